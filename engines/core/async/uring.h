/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CORE_URING_H
#define CORE_URING_H

#include <liburing.h>
#include <stdbool.h>
#include <stdint.h>

#include "util/failure.h"

/*
 * A ring, set up with what the running kernel offers. Each extra makes the ring
 * faster and none is needed: a ring of Linux 5.15 need not have any.
 */
enum uring_extra {
	/* One task submits, and completions run when it asks for them (6.1). */
	URING_DEFER = 1 << 0,
	/* Completions do not interrupt the task (5.19). */
	URING_COOP = 1 << 1,
	/* A refused request does not hold up those behind it (5.18). */
	URING_SUBMIT_ALL = 1 << 2,
	/* A linked request may use a file that an earlier one opens (5.18). */
	URING_LINKED_FILE = 1 << 3,
	/* Files are in a table of the ring, not of the process (5.15). */
	URING_FILES = 1 << 4,
	/* The kernel has mapped the buffers beforehand. */
	URING_BUFFERS = 1 << 5,
	/* The ring itself is in a table of the task (5.18). */
	URING_RING_FD = 1 << 6,
	/* There is room for all requests and completions at a time. */
	URING_ROOM = 1 << 7,
	URING_ALL = (1 << 8) - 1,
};

struct uring_options {
	unsigned int entries;     /* requests handed over at once */
	unsigned int completions; /* kept until they are taken */
	unsigned int files;       /* places in the table of files */
	unsigned int workers;     /* kernel threads at most; 0: its default */
	unsigned int without;     /* extras to do without: for tests */
	uint64_t opcodes;         /* needed requests: 1 << IORING_OP_x */
	const struct iovec *buffers;
	unsigned int buffer_count;
};

struct uring {
	struct io_uring ring;
	unsigned int extras; /* extras that it has */
	bool in_vain;        /* see relay_in_vain() */
};

/*
 * Whether the kernel has all these requests (1 << IORING_OP_x). If it does not
 * tell, it counts as having them, and uring_init() says what is wrong.
 */
bool uring_offers(uint64_t opcodes);

/*
 * Makes a ring that only the calling thread may use. Returns 0, or -errno with
 * a sentence.
 */
int uring_init(struct uring *uring, const struct uring_options *options,
	       struct failure *failure);
void uring_free(struct uring *uring);

/* The longest wait of uring_enter(), because the caller may have to stop. */
#define URING_WAIT_NS 100000000

/*
 * Hands over what is queued, and waits for `wait` completions if that is not 0.
 * Returns 0, also if that took too long or was cut short by a signal or a lack
 * of memory. The caller takes completions and comes again. Otherwise returns
 * -errno.
 */
int uring_enter(struct uring *uring, unsigned int wait);

#endif
