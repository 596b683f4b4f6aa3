/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How long a process that this one waits for may do nothing. A process that
 * does anything at all is waited for as long as that takes: a side may be quiet
 * for minutes while it makes a large file. One that hangs, in a file system
 * that no longer answers, does nothing.
 */
#ifndef SMALLFIO_PATIENCE_H
#define SMALLFIO_PATIENCE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define PATIENCE_DEFAULT_NS INT64_C(60000000000)

struct patience {
	/* To be set beforehand. */
	int64_t most_ns; /* 0: for ever */
	pid_t child;     /* counts with all that come from it */
	/* Only the functions below use the rest. */
	int64_t looked_ns;
	int64_t idle_ns; /* so long it has done nothing */
	uint64_t work;   /* of the last look; 0: there was none */
};

/* A wait begins. */
void patience_begin(struct patience *patience);

/*
 * Looks whether the child has worked since the last look: whether its threads
 * have used the processor. Those that only wait for others do not count: the
 * ones of fio that look after its jobs, and what relay_in_vain() says of
 * itself. Returns true if nobody can tell.
 */
bool patience_sees_work(struct patience *patience);

/*
 * Whether it has done nothing for most_ns. To be called again and again; looks
 * once a second. A time in which this process, too, stood still does not count.
 */
bool patience_ends(struct patience *patience);

#endif
