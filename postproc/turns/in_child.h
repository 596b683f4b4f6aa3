/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Work on a file system that may not answer, in a process of its own. A thread
 * that hangs could not be given up.
 */
#ifndef SMALLFIO_IN_CHILD_H
#define SMALLFIO_IN_CHILD_H

#include "turns/patience.h"

struct in_child {
	/* Only the functions below use these. */
	struct patience patience;
	bool runs;
	int error; /* errno, or 0 */
};

/* Begins the work, which returns 0, or -1 with errno. */
void in_child_begin(struct in_child *child, int (*work)(const char *path),
		    const char *path, int64_t patience_ns);

/*
 * Waits for its end. Returns 0, or what errno the work had. ETIMEDOUT: the
 * child did nothing for patience_ns, and was given up.
 */
int in_child_end(struct in_child *child);

#endif
