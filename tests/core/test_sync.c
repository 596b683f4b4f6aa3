// SPDX-License-Identifier: GPL-2.0-only
/*
 * fsync_on_close: every operation that changes something makes the change
 * durable, and none does so if not asked to. Also the mode that chmod sets,
 * which no other test shows.
 */
#include <sys/stat.h>
#include <sys/syscall.h>

#include "rig.h"

static unsigned int syncs;
static int sync_error; /* the error that fsync() fails with, or 0 */

/*
 * These replace libc's functions for the operations, too, which are linked in
 * here.
 */
int fsync(int fd)
{
	syncs++;
	if (sync_error) {
		errno = sync_error;
		return -1;
	}
	return syscall(SYS_fsync, fd);
}

/* fsync-dir is the call itself, whether it was asked for or not. */
static bool is_a_sync(const struct operation *op)
{
	return !strcmp(op->name, "fsync-dir");
}

static unsigned int count_syncs(struct rig *rig, const struct operation *op)
{
	rig_start(rig, op->name);
	syncs = 0;
	rig_units(rig, false);
	rig_finish(rig);
	return syncs;
}

static void counted(bool wanted, uint64_t max_fds)
{
	for (unsigned int i = 0; i < operation_count; i++) {
		const struct operation *op = &operations[i];
		unsigned int count;
		struct rig *rig;

		rig_setup((void **)&rig);
		rig->options.max_fds = max_fds;
		if (rig_lacks(rig, op)) {
			rig_teardown((void **)&rig);
			continue;
		}
		rig_put(rig, op->before);
		rig->options.fsync = wanted;
		count = count_syncs(rig, op);
		if (is_a_sync(op))
			assert_int_equal(count, rig->worker.units);
		else if (!wanted || op->reads)
			assert_int_equal(count, 0);
		else if (!op->removes_dirs && count < 20)
			fail_msg("%s: %u of 20 synced", op->name, count);
		rig_teardown((void **)&rig);
	}
}

TEST(asked_for)
{
	counted(true, 0);
	counted(true, 1);
}

TEST(not_asked_for)
{
	counted(false, 0);
}

/* A change that is not durable is a failure. */
TEST(that_fails)
{
	for (unsigned int i = 0; i < operation_count; i++) {
		const struct operation *op = &operations[i];
		struct rig *rig;

		if (op->reads || op->removes_dirs)
			continue;
		rig_setup((void **)&rig);
		if (!rig_lacks(rig, op)) {
			rig_put(rig, op->before);
			rig->options.fsync = true;
			rig_start(rig, op->name);
			sync_error = EIO;
			rig_fails(rig, 0, EIO, "fsync");
			sync_error = 0;
		}
		rig_teardown((void **)&rig);
	}
}

RIG_TEST(mode)
{
	char *path;
	struct stat st;

	rig_all(rig, "create");
	for (int sync = 0; sync < 2; sync++) {
		rig->options.fsync = sync;
		rig_all(rig, "chmod");
		for (uint64_t n = 1; n <= 20; n++) {
			path = rig_file(rig, n);
			assert_ok(stat(path, &st));
			assert_int_equal(st.st_mode & 07777, 0646);
			assert_ok(chmod(path, 0600));
		}
	}
}
