// SPDX-License-Identifier: GPL-2.0-only
/*
 * Several workers at once in one tree make the same directories, create, list
 * and remove. The end is the same whatever the order. Run it under the thread
 * sanitizer, too.
 */
#include <pthread.h>
#include <sys/stat.h>

#include "rig.h"

#define THREADS 4
#define ROUNDS  5

/*
 * cmocka's checks work only in the main thread. The other threads note a
 * failure and go on.
 */
struct thread_fixture {
	struct worker_options options;
	pthread_barrier_t *line;
	bool same_step; /* all threads do one operation at a time */
	char failed[2 * PATH_MAX];
};

static void note(struct thread_fixture *j, const char *what, int ret,
		 const struct failure *f)
{
	if (ret && !j->failed[0])
		sprintf(j->failed, "thread %u: %s: %s: %d: %.500s",
			j->options.layout.thread, j->options.operation->name,
			what, ret, f->text);
}

static void run_units(struct thread_fixture *j, struct worker *w)
{
	struct request r;

	if (request_init(&r, w)) {
		sprintf(j->failed, "request_init");
		return;
	}
	for (uint64_t unit = 0; unit < w->units; unit++) {
		int ret;

		request_prepare(w, &r, unit, false);
		ret = request_run(w, &r);
		if (ret && !j->failed[0])
			request_describe(w, &r, ret, j->failed,
					 sizeof(j->failed));
	}
	request_free(&r);
}

/* Waits for the others, if all go step by step. */
static void step(struct thread_fixture *j)
{
	if (j->same_step)
		pthread_barrier_wait(j->line);
}

static void do_operation(struct thread_fixture *j, const char *name)
{
	struct failure f;
	struct worker w;
	int ret;

	j->options.operation = operation_find(name);
	ret = worker_init(&w, &j->options, &f);
	note(j, "worker_init", ret, &f);
	step(j);
	if (!ret) {
		ret = worker_make_dirs(&w, &f);
		note(j, "make_dirs", ret, &f);
	}
	/* Directories are opened when all threads have made theirs. */
	step(j);
	if (!ret) {
		ret = worker_open_dirs(&w, &f);
		note(j, "open_dirs", ret, &f);
	}
	if (!ret)
		run_units(j, &w);
	step(j);
	if (!ret)
		note(j, "finish", worker_finish(&w, &f), &f);
	step(j);
	if (!ret)
		worker_free(&w);
}

static void *work(void *arg)
{
	static const char *const cycle[] = {
		"create",    "stat",   "readdir", "setxattr", "getxattr",
		"append",    "read",   "symlink", "mkdir",    "ls-l",
		"swift-put", "rename", "rmdir",   "cleanup",
	};
	struct thread_fixture *j = arg;

	for (int round = 0; round < ROUNDS; round++)
		for_each_in (row, cycle)
			do_operation(j, *row);
	return NULL;
}

static void together(struct rig *rig, bool same_step)
{
	struct thread_fixture *jobs = calloc(THREADS, sizeof(*jobs));
	pthread_t threads[THREADS];
	pthread_barrier_t line;

	assert_non_null(jobs);
	pthread_barrier_init(&line, NULL, THREADS);
	for (int i = 0; i < THREADS; i++) {
		jobs[i].options = rig->options;
		jobs[i].options.layout.thread = i;
		jobs[i].line = &line;
		jobs[i].same_step = same_step;
		assert_ok(pthread_create(&threads[i], NULL, work, &jobs[i]));
	}
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	pthread_barrier_destroy(&line);
	for (int i = 0; i < THREADS; i++)
		if (jobs[i].failed[0])
			fail_msg("%s", jobs[i].failed);
	free(jobs);
}

/*
 * All threads share one tree and go step by step, as at the engine's start
 * line.
 */
RIG_TEST(same_dir)
{
	rig->options.layout.same_dir = true;
	rig->options.layout.files = 60;
	for (int hashed = 0; hashed < 2; hashed++) {
		rig->options.layout.hash_into_dirs = hashed;
		rig->options.max_fds = hashed ? 2 : 0;
		together(rig, true);
		assert_false(scratch_exists("%s/file_srcdir", rig->top[0]));
		assert_false(scratch_exists("%s/file_dstdir", rig->top[0]));
	}
}

/*
 * Threads have trees of their own and go at their own pace. They share only
 * file_srcdir/HOST.
 */
RIG_TEST(own_trees)
{
	static const char keep[] =
		"file_srcdir/host/keep file_dstdir/host/keep";

	/* Keep the shared levels while threads come and go. */
	assert_ok(system(printed("cd %s && mkdir -p %s", rig->top[0], keep)));
	rig->options.layout.files = 60;
	rig->options.record_ctime_size = true;
	together(rig, false);
	assert_ok(system(printed("cd %s && rmdir -p %s", rig->top[0], keep)));
}
