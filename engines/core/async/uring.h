/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CORE_URING_H
#define CORE_URING_H

#include <liburing.h>
#include <stdbool.h>
#include <stdint.h>

#include "util/failure.h"

/*
 * A ring, set up with what the running kernel offers. Each of these makes it
 * faster and none is needed: a ring of Linux 5.15 has none of them.
 */
enum uring_extra {
	/* One task submits; completions run when it asks for them (6.1). */
	URING_DEFER = 1 << 0,
	/* Completions do not interrupt the task (5.19). */
	URING_COOP = 1 << 1,
	/* A refused request does not hold up those behind it (5.18). */
	URING_SUBMIT_ALL = 1 << 2,
	/* A linked request may use the file that one before it opens (5.18). */
	URING_LINKED_FILE = 1 << 3,
	/* Files in a table of the ring, not of the process (5.15). */
	URING_FILES = 1 << 4,
	/* Memory that the kernel has mapped beforehand. */
	URING_BUFFERS = 1 << 5,
	/* The ring itself in a table of the task (5.18). */
	URING_RING_FD = 1 << 6,
	/* For all requests and completions that there can be at a time. */
	URING_ROOM = 1 << 7,
	URING_ALL = (1 << 8) - 1,
};

struct uring_options {
	unsigned int entries;     /* requests handed over at once */
	unsigned int completions; /* kept until they are taken */
	unsigned int files;       /* places in the table of files */
	unsigned int workers;     /* kernel threads at most; 0: its default */
	unsigned int without;     /* extras to do without: for tests */
	uint64_t opcodes;         /* that must be there: 1 << IORING_OP_x */
	const struct iovec *buffers;
	unsigned int buffer_count;
};

struct uring {
	struct io_uring ring;
	unsigned int extras; /* that it has */
};

/*
 * Belongs to the calling thread, which alone may use it. Returns 0, or -errno
 * with a sentence.
 */
int uring_init(struct uring *uring, const struct uring_options *options,
	       struct failure *failure);
void uring_free(struct uring *uring);

/* How long uring_enter() waits at most: the caller may have to stop. */
#define URING_WAIT_NS 100000000

/*
 * Hands over what is queued, and waits for `wait` completions where it is not
 * 0. Returns 0, also where that took too long, or a signal or a lack of memory
 * cut it short: the caller takes completions and comes again. Else -errno.
 */
int uring_enter(struct uring *uring, unsigned int wait);

#endif
