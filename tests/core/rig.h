/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TEST_RIG_H
#define TEST_RIG_H

#include "async/async.h"
#include "scratch.h"
#include "op/worker.h"

/*
 * One worker on a directory of its own, driven as the engine drives it. Use
 * rig_setup and rig_teardown as a test's fixture. Change options (and top)
 * before rig_start. Teardown fails a test that leaks a descriptor.
 */
struct rig {
	char dir[PATH_MAX]; /* scratch */
	const char *top[2]; /* used if options.layout.directory names them */
	struct worker_options options;
	struct worker worker;
	struct request request;
	struct failure failure;
	bool running;
	unsigned int fds;
	unsigned int depth; /* above 0: use io_uring */
	/* extras of io_uring to do without: enum uring_extra */
	unsigned int without;
	unsigned int end_ms; /* struct async_options */
	bool remote;         /* as on a file system that is not local */
	bool memory;         /* as on a file system in memory */
	struct async *async; /* set if the operation has that form */
};

/*
 * With $SMALLFIO_TEST_DEPTH set, every test that uses this runs operations by
 * io_uring if they have that form. A test that runs many at once uses that
 * depth. $SMALLFIO_TEST_WITHOUT takes away extras of io_uring, as an older
 * kernel does. $SMALLFIO_TEST_REMOTE=1 stands for a network file system, and
 * $SMALLFIO_TEST_MEMORY=1 for tmpfs.
 */

int rig_setup(void **state);
int rig_teardown(void **state);
#define RIG_TEST(name) TEST_WITH(name, struct rig *rig, rig_setup, rig_teardown)

/* Skips the test if the file system has no user attributes. */
void rig_need_attributes(struct rig *rig);

/* Uses two top directories instead of one. */
void rig_two_tops(struct rig *rig);

/* All files have this size. */
void rig_set_size(struct rig *rig, uint64_t bytes);

/* The part of rig_start() before a directory is made: worker_init(). */
void rig_init(struct rig *rig, const char *operation);

/* worker_init() refuses the options with -EINVAL and says `text`. */
void rig_refuses(struct rig *rig, const char *operation, const char *text);

/*
 * Whether the file system lacks what the operation needs. Then the worker
 * refuses to start, and says what is lacking.
 */
bool rig_lacks(struct rig *rig, const struct operation *op);

/*
 * rig_start() ends where the measured part begins, rig_finish() begins after
 * it.
 */
void rig_start(struct rig *rig, const char *operation);
void rig_finish(struct rig *rig);
/* Ends without worker_finish(), as after an error. */
void rig_stop(struct rig *rig);

/* Runs one request. */
int rig_run(struct rig *rig, uint64_t unit, bool again);
/* Runs a request that must succeed. */
void rig_ok(struct rig *rig, uint64_t unit, bool again);
/*
 * Runs a request that must fail with `code` and a description that has `text`
 * in it.
 */
void rig_fails(struct rig *rig, uint64_t unit, int code, const char *text);

/* Runs requests of all units that must succeed. */
void rig_units(struct rig *rig, bool again);

/* Starts an operation, runs it on all units and finishes. */
void rig_all(struct rig *rig, const char *operation);

/* Makes objects of all files, by the operations that the table names. */
void rig_put(struct rig *rig, enum object object);

/* The expected path of file n, which stays until the program ends. */
char *rig_path(struct rig *rig, enum tree tree, uint64_t n, const char *ending);
/* The same of the file itself, as create makes it. */
char *rig_file(struct rig *rig, uint64_t n);

#endif
