/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CORE_SUBMIT_H
#define CORE_SUBMIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "util/failure.h"

/*
 * Reads and writes of whole chunks, several at a time. There is a row for each
 * way that the kernel offers. A short transfer is continued, so a request is
 * done when all of it is done or when it has failed.
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
	 * Returns 0 or -errno, with a sentence if a person can do something
	 * about it.
	 */
	int (*init)(struct submit *submit, struct failure *failure);
	void (*free)(struct submit *submit);
	/*
	 * Hands up to `count` requests to the kernel. Returns how many the
	 * kernel took, or -errno. The others are offered again after a wait.
	 */
	int (*start)(struct submit *submit, struct submit_request **requests,
		     unsigned int count);
	/*
	 * Waits until `min` requests are done, at most `timeout_ns` (negative:
	 * for ever). Takes up to `max` of them. Returns how many were taken, or
	 * -errno.
	 */
	int (*wait)(struct submit *submit, unsigned int min, unsigned int max,
		    int64_t timeout_ns, struct submit_request **done);
};

enum { SUBMIT_SYNC, SUBMIT_LIBAIO, SUBMIT_IO_URING, SUBMIT_COUNT };

/* In the order of the enum; NULL if the build has no such row. */
extern const struct submit_row *const submit_rows[SUBMIT_COUNT];

struct submit {
	const struct submit_row *row;
	unsigned int depth;
	unsigned int in_flight;
	/* Requests to be handed over: new ones, and the rest of short ones. */
	struct submit_request **waiting;
	unsigned int waiting_count;
	int start_error; /* -errno: the kernel takes no more requests */
	void *state;     /* the row's own state */
};

/* Returns 0, or -errno with a sentence. */
int submit_init(struct submit *submit, const struct submit_row *row,
		unsigned int depth, struct failure *failure);
/* Waits for what is in flight: the kernel must not write to freed memory. */
void submit_free(struct submit *submit);

/* Lines up a request. submit_start() hands it to the kernel. */
void submit_add(struct submit *submit, struct submit_request *request);

/*
 * Hands over what was lined up, as far as the kernel takes it. Returns 0 or
 * -errno. After an error the requests come back from submit_wait() with that
 * error.
 */
int submit_start(struct submit *submit);

/*
 * Like the row's wait, but continues short transfers: a request comes back when
 * it is done or has failed. May return early, with fewer than `min` requests.
 */
int submit_wait(struct submit *submit, unsigned int min, unsigned int max,
		int64_t timeout_ns, struct submit_request **done);

/*
 * For the rows: takes in a result (bytes or -errno) of a request. Returns true
 * if the request is done or has failed.
 */
bool submit_result(struct submit_request *request, ssize_t result);

extern const struct submit_row submit_sync;
extern const struct submit_row submit_libaio;
extern const struct submit_row submit_io_uring;

#endif
