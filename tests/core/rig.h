/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TEST_RIG_H
#define TEST_RIG_H

#include "async/async.h"
#include "scratch.h"
#include "op/worker.h"

/*
 * One worker on a directory of its own, driven as the engine drives it. Use
 * rig_setup and rig_teardown as a test's fixture; change options (and top)
 * before rig_start. Teardown fails a test that leaks a descriptor.
 */
struct rig {
	char dir[PATH_MAX];           /* scratch */
	char directory[3 * PATH_MAX]; /* the option: its tops */
	char top[2][PATH_MAX + 8];    /* in use where options say so */
	struct worker_options options;
	struct worker worker;
	struct request request;
	struct failure failure;
	bool running;
	unsigned int fds;
	unsigned int depth;   /* more than 0: by io_uring */
	unsigned int without; /* extras of io_uring: enum uring_extra */
	unsigned int end_ms;  /* struct async_options */
	bool remote;          /* as on a file system that is not local */
	bool memory;          /* as on one in memory */
	struct async *async;  /* of an operation that has that form */
};

/*
 * With $SMALLFIO_TEST_DEPTH set, every test that uses this does by io_uring
 * what has such a form, and at that depth where it does many at once; with
 * $SMALLFIO_TEST_WITHOUT, as on a kernel without those extras; with
 * $SMALLFIO_TEST_REMOTE=1, as on a network file system, or with
 * $SMALLFIO_TEST_MEMORY=1, on tmpfs.
 */

int rig_setup(void **state);
int rig_teardown(void **state);

/* Two top directories instead of one. */
void rig_two_tops(struct rig *rig);

/* Up to where the measured part begins, and from its end on. */
void rig_start(struct rig *rig, const char *operation);
void rig_finish(struct rig *rig);
/* Without worker_finish: as after an error. */
void rig_stop(struct rig *rig);

/* One request. */
int rig_run(struct rig *rig, uint64_t unit, bool again);
/* One that must succeed. */
void rig_ok(struct rig *rig, uint64_t unit, bool again);
/* One that must fail so, its description with `text` in it. */
void rig_fails(struct rig *rig, uint64_t unit, int code, const char *text);

/* Starts an operation, runs it on all units, finishes. */
void rig_all(struct rig *rig, const char *operation);

/* Makes objects of all files, by the operations that the table names. */
void rig_put(struct rig *rig, enum object object);

/* The expected path of file n. */
const char *rig_path(struct rig *rig, enum tree tree, uint64_t n,
		     const char *ending, char out[PATH_MAX]);

#endif
