/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CORE_SUBMIT_H
#define CORE_SUBMIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "util/failure.h"

/*
 * Reads and writes of whole pieces, several at a time: a row for each way the
 * kernel offers. A short transfer is gone on with, so a request is done when
 * all of it is or when it failed.
 */

struct submit_request {
	int fd;
	bool writes;
	unsigned int slot; /* below the depth; no two in flight share one */
	uint8_t *buffer;
	size_t bytes;
	uint64_t offset_bytes;
	/* Results. */
	size_t done_bytes;
	int error; /* 0 or -errno */
};

struct submit;

struct submit_row {
	const char *name;
	const char *help;
	/*
	 * 0, or -errno with a sentence where a person can do something about
	 * it.
	 */
	int (*init)(struct submit *submit, struct failure *failure);
	void (*free)(struct submit *submit);
	/*
	 * Hands over up to `count`. How many the kernel took; the rest is to
	 * be offered again after a wait. -errno.
	 */
	int (*start)(struct submit *submit, struct submit_request **requests,
		     unsigned int count);
	/*
	 * Waits until `min` are done, at most `timeout_ns` (negative: for
	 * ever); takes up to `max`. How many were taken, or -errno.
	 */
	int (*wait)(struct submit *submit, unsigned int min, unsigned int max,
		    int64_t timeout_ns, struct submit_request **done);
};

enum { SUBMIT_SYNC, SUBMIT_LIBAIO, SUBMIT_IO_URING, SUBMIT_COUNT };

/* In the order of the names above; NULL where the build has none. */
extern const struct submit_row *const submit_rows[SUBMIT_COUNT];

struct submit {
	const struct submit_row *row;
	unsigned int depth;
	unsigned int in_flight;
	/* To be handed over: new ones, and what is left of short ones. */
	struct submit_request **waiting;
	unsigned int waiting_count;
	int start_error; /* the kernel takes nothing any more */
	void *state;     /* of the row */
};

/* 0 or -errno with a sentence. */
int submit_init(struct submit *submit, const struct submit_row *row,
		unsigned int depth, struct failure *failure);
/* Waits for what is in flight: the kernel must not write to freed memory. */
void submit_free(struct submit *submit);

/* Puts a request up; the kernel gets it with submit_start(). */
void submit_add(struct submit *submit, struct submit_request *request);

/*
 * Hands over what was put up, as far as the kernel takes it. 0 or -errno; the
 * requests then come back from submit_wait() with that error.
 */
int submit_start(struct submit *submit);

/*
 * As the row's wait, but goes on with what was short: a request comes back
 * when it is done or has failed. May come back early, with fewer than `min`.
 */
int submit_wait(struct submit *submit, unsigned int min, unsigned int max,
		int64_t timeout_ns, struct submit_request **done);

/* For the rows: takes in a result (bytes or -errno). True: it is done. */
bool submit_result(struct submit_request *request, ssize_t result);

extern const struct submit_row submit_sync;
extern const struct submit_row submit_libaio;
extern const struct submit_row submit_io_uring;

#endif
