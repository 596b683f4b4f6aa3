// SPDX-License-Identifier: GPL-2.0-only
/*
 * What only many operations in flight can show. The tests of the operations run
 * by io_uring, too, and show that each operation does what it should: see
 * core_async_ways in meson.build.
 */
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>

#include "forbid_call.h"
#include "rig_async.h"
#include "async/uring.h"

#define DEPTH 16

/* Runs in a child. Returns 0 if the ring is refused with error and text. */
static int refused(int error, const char *text)
{
	const struct uring_options options = { .entries = 8,
					       .completions = 16 };
	struct failure f;
	struct uring u;

	if (forbid_call(SYS_io_uring_setup, error))
		return 77;
	if (uring_init(&u, &options, &f) != -error)
		return 1;
	return strstr(f.text, text) ? 0 : 2;
}

static void check_refused(int error, const char *text)
{
	pid_t child = fork();
	int status;

	if (!child)
		_exit(refused(error, text));
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == 77)
		scratch_skip("no seccomp filters here");
	assert_int_equal(WEXITSTATUS(status), 0);
}

TEST(disabled)
{
	check_refused(EPERM, "/proc/sys/kernel/io_uring_disabled");
	check_refused(ENOSYS, "has no io_uring");
	check_refused(ENOMEM, "ulimit -l");
	check_refused(EMFILE, "ulimit -n");
}

TEST(opcode_missing)
{
	struct uring_options options = { .entries = 8, .completions = 16 };
	struct failure f;
	struct uring u;
	int ret;

	options.opcodes = 1ull << IORING_OP_STATX;
	ret = uring_init(&u, &options, &f);
	scratch_needs_call(ret, f.text);
	assert_ok(ret);
	uring_free(&u);
	/* No kernel has this request by now. */
	options.opcodes |= 1ull << 63;
	assert_int_equal(uring_init(&u, &options, &f), -EOPNOTSUPP);
	assert_says(f.text, "request 63");
}

RIG_TEST(depth_too_large)
{
	struct async_options options = { .depth = ASYNC_DEPTH_MAX + 1 };
	struct async *async;

	rig_start(rig, "stat");
	assert_int_equal(async_init(&async, &rig->worker, &options,
				    &rig->failure),
			 -EINVAL);
	assert_null(async);
	assert_says(rig->failure.text, "iodepth=");
	rig_stop(rig);
}

/* How many files of this test the ring's own table holds open. */
static unsigned int files_in_table(const struct rig *rig)
{
	const char *name = strrchr(rig->dir, '/') + 1;
	char target[PATH_MAX];
	unsigned int count = 0;

	for (int fd = 0; fd < 256; fd++) {
		ssize_t n = readlink(printed("/proc/self/fd/%d", fd), target,
				     sizeof(target) - 1);
		const char *at;

		target[n > 0 ? n : 0] = 0;
		if (!strstr(target, "io_uring"))
			continue;
		at = contents_of(printed("/proc/self/fdinfo/%d", fd));
		while ((at = strstr(at, name))) {
			at++;
			count++;
		}
	}
	return count;
}

/* Runs all units at once. Returns how many failed, all with `error`. */
static unsigned int all_at_once(struct rig *rig, unsigned int count, int error)
{
	unsigned int failed = 0, place;

	for (unsigned int i = 0; i < count; i++)
		rig_async_begin(rig, i, i);
	assert_ok(async_submit(rig->async));
	assert_int_equal(async_reap(rig->async, count), count);
	for (unsigned int i = 0; i < count; i++) {
		int ret = async_take(rig->async, &place);

		assert_true(!ret || ret == -error);
		failed += ret != 0;
	}
	return failed;
}

/* A write fails in the middle of a chain. The opened file is closed. */
RIG_TEST(failed_link)
{
	const struct rlimit small = { 10000, RLIM_INFINITY };
	const struct rlimit none = { RLIM_INFINITY, RLIM_INFINITY };

	rig->depth = DEPTH;
	rig->options.file_size_low_bytes = 4000;
	rig->options.file_size_high_bytes = 20000;
	rig->options.record_size_bytes = 1500;
	for (unsigned int without = 0; without <= URING_ALL;
	     without += URING_ALL) {
		unsigned int failed;

		rig->without = without;
		rig_start(rig, "create");
		signal(SIGXFSZ, SIG_IGN);
		assert_ok(setrlimit(RLIMIT_FSIZE, &small));
		failed = all_at_once(rig, DEPTH, EFBIG);
		setrlimit(RLIMIT_FSIZE, &none);
		assert_in_range(failed, 1, DEPTH - 1);
		assert_int_equal(files_in_table(rig), 0);
		/* Places can be used again. What failed has left its file. */
		assert_int_equal(all_at_once(rig, DEPTH, EEXIST), DEPTH);
		assert_int_equal(files_in_table(rig), 0);
		rig_stop(rig);
		rig_all(rig, "cleanup");
	}
}

static void nothing(int signal)
{
}

/* Signals that interrupt every wait change nothing. */
RIG_TEST(interrupted)
{
	const struct sigaction act = { .sa_handler = nothing };
	const struct itimerval often = { { 0, 500 }, { 0, 500 } };
	const struct itimerval never = { { 0, 0 }, { 0, 0 } };

	rig->depth = DEPTH;
	rig->options.layout.files = 2000;
	assert_ok(sigaction(SIGALRM, &act, NULL));
	assert_ok(setitimer(ITIMER_REAL, &often, NULL));
	rig_all(rig, "create");
	rig_all(rig, "read");
	rig_all(rig, "rename");
	rig_all(rig, "delete-renamed");
	assert_ok(setitimer(ITIMER_REAL, &never, NULL));
}

/*
 * The job ends with all operations in flight. It waits for them and leaks
 * nothing (see teardown).
 */
RIG_TEST(freed_in_flight)
{
	rig->depth = DEPTH;
	rig_all(rig, "create");
	rig_start(rig, "read");
	for (unsigned int i = 0; i < DEPTH; i++) {
		rig_async_begin(rig, i, i);
		assert_true(async_in_flight(rig->async, i));
	}
	assert_ok(async_submit(rig->async));
	rig_stop(rig);
	rig_start(rig, "read");
	rig_async_begin(rig, 0, 0);
	rig_stop(rig); /* the operations are not even handed over */
}

/* If asked for no operation, async_reap() does not wait. */
RIG_TEST(poll)
{
	unsigned int place;

	rig->depth = 2;
	rig_all(rig, "create");
	rig_start(rig, "stat");
	assert_int_equal(async_reap(rig->async, 0), 0);
	rig_async_begin(rig, 1, 5);
	while (!async_reap(rig->async, 0))
		;
	assert_ok(async_take(rig->async, &place));
	assert_int_equal(place, 1);
	rig_stop(rig);
}

#define APART  32u /* spread=, twice the depth */
#define HANGS  3u  /* this unit hangs until somebody writes */
#define BLOCK  (APART * 3)
#define BLOCKS 4u

/* Puts a FIFO in place of a file. Returns a descriptor to write into it. */
static int put_fifo(struct rig *rig, uint64_t unit)
{
	char *path = rig_path(rig, TREE_SRC,
			      fileset_file(&rig->worker.fileset, unit), "");
	int fd;

	assert_ok(unlink(path));
	assert_ok(mkfifo(path, 0600));
	fd = open(path, O_RDWR | O_CLOEXEC);
	assert_true(fd >= 0);
	return fd;
}

/*
 * Checks that no two operations in flight work in one directory. One that is
 * done, and only has to be taken, is not in flight.
 */
static void check_apart(struct rig *rig, const bool used[DEPTH],
			const uint64_t unit[DEPTH])
{
	for (unsigned int i = 0; i < DEPTH; i++)
		for (unsigned int j = 0; j < i; j++)
			if (used[i] && used[j] &&
			    async_in_flight(rig->async, unit[i]) &&
			    async_in_flight(rig->async, unit[j]))
				assert_true(async_request(rig->async, i)->dir !=
					    async_request(rig->async, j)->dir);
}

static unsigned int in_use(const bool used[DEPTH])
{
	unsigned int count = 0;

	for (unsigned int i = 0; i < DEPTH; i++)
		count += used[i];
	return count;
}

static unsigned int free_place(const bool used[DEPTH])
{
	unsigned int place = 0;

	while (place < DEPTH && used[place])
		place++;
	return place;
}

/*
 * Waits until one operation is done. With `write_it`, first writes what the
 * hanging operation waits for.
 */
static void one_done(struct rig *rig, bool used[DEPTH], bool write_it, int fifo)
{
	static const char zeros[1000];
	unsigned int place;

	if (write_it)
		assert_int_equal(write(fifo, zeros, sizeof(zeros)),
				 sizeof(zeros));
	assert_true(async_reap(rig->async, 1) >= 1);
	assert_ok(async_take(rig->async, &place));
	assert_true(used[place]);
	used[place] = false;
}

/*
 * Operations in flight stay in different directories, even if all others
 * overtake one of them.
 */
RIG_TEST(stays_apart)
{
	bool used[DEPTH] = { false };
	uint64_t unit_of[DEPTH] = { 0 };
	unsigned int held = 0;
	int fifo;

	rig->depth = DEPTH;
	rig->options.layout.files = BLOCKS * BLOCK - 1;
	rig->options.layout.spread = APART;
	rig->options.verify_read = false;
	rig_all(rig, "create");
	rig_start(rig, "read");
	fifo = put_fifo(rig, HANGS);
	for (uint64_t unit = 0; unit < rig->worker.units;) {
		unsigned int place = free_place(used);
		bool may = async_apart(rig->async, unit);

		if (place < DEPTH && may) {
			request_prepare(&rig->worker,
					async_request(rig->async, place), unit,
					false);
			unit_of[place] = unit;
			async_start(rig->async, place, unit++);
			used[place] = true;
			check_apart(rig, used, unit_of);
			continue;
		}
		held += !may;
		/*
		 * The hanging operation is answered only when all others that
		 * may have overtaken it.
		 */
		one_done(rig, used, !may && in_use(used) == 1, fifo);
	}
	assert_true(held > 0);
	while (in_use(used))
		one_done(rig, used, false, fifo);
	close(fifo);
	rig_stop(rig);
}

/* With fewer directories than operations in flight there is no choice. */
RIG_TEST(cannot_be_apart)
{
	unsigned int place;

	rig->depth = DEPTH;
	rig->options.layout.spread = DEPTH - 1;
	rig_all(rig, "create");
	rig_start(rig, "stat");
	for (unsigned int i = 0; i < DEPTH; i++) {
		assert_true(async_apart(rig->async, i));
		rig_async_begin(rig, i, i);
	}
	assert_int_equal(async_reap(rig->async, DEPTH), DEPTH);
	for (unsigned int i = 0; i < DEPTH; i++)
		assert_ok(async_take(rig->async, &place));
	rig_stop(rig);
}
