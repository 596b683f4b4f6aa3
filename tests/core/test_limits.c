// SPDX-License-Identifier: GPL-2.0-only
/*
 * What happens if the system refuses: a full or read-only disk, or a limit of
 * the process. Also, what a worker refuses before it touches a file.
 */
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "rig.h"

static bool can_mount;

static void put_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);

	if (fd < 0)
		return;
	if (write(fd, text, strlen(text)) < 0)
		print_message("# cannot write %s\n", path);
	close(fd);
}

/* Mounts of the process's own: nobody else sees them, they end with it. */
static int own_mounts(void **state)
{
	uid_t uid = geteuid();
	char *uids, *gids;

	uids = printed("0 %u 1\n", uid);
	gids = printed("0 %u 1\n", getegid());
	if (unshare(uid ? CLONE_NEWUSER | CLONE_NEWNS : CLONE_NEWNS))
		return 0;
	if (uid) {
		put_text("/proc/self/setgroups", "deny");
		put_text("/proc/self/uid_map", uids);
		put_text("/proc/self/gid_map", gids);
	}
	can_mount = !mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL);
	return 0;
}

TEST_FILE_FIXTURE(own_mounts, NULL)

static void need_mount(struct rig *rig, const char *options)
{
	if (!can_mount || mount("none", rig->top[0], "tmpfs", 0, options))
		scratch_skip("mounting needs root, and a container that may");
}

static int teardown(void **state)
{
	struct rig *rig = *state;

	if (rig->running)
		rig_stop(rig);
	umount2(rig->top[0], MNT_DETACH);
	return rig_teardown(state);
}

#define LIMITS_TEST(name) TEST_WITH(name, struct rig *rig, rig_setup, teardown)

/* The disk gets full in the middle: an error for each file. cleanup works. */
LIMITS_TEST(full_disk)
{
	uint64_t unit = 0;

	need_mount(rig, "size=1m");
	rig->options.layout.files = 30;
	rig_set_size(rig, 100000);
	rig_start(rig, "create");
	while (unit < 30 && !rig_run(rig, unit, false))
		unit++;
	assert_in_range(unit, 5, 10);
	rig_fails(rig, unit + 1, ENOSPC, "write: No space left on device");
	rig_fails(rig, unit + 2, ENOSPC, "/_host_00_");
	rig_stop(rig);
	/* Files that were whole before still are. */
	rig_start(rig, "read");
	rig_ok(rig, 0, false);
	rig_fails(rig, unit + 1, EIO, "the file ends at byte ");
	rig_all(rig, "cleanup");
	assert_false(scratch_exists("%s/file_srcdir", rig->top[0]));
}

LIMITS_TEST(no_inode_left)
{
	need_mount(rig, "nr_inodes=30");
	rig->options.layout.files = 30;
	rig->options.layout.files_per_dir = 10;
	rig_start(rig, "mkdir");
	for (uint64_t unit = 0; unit < 5; unit++)
		rig_ok(rig, unit, false);
	while (!rig_run(rig, 5, false))
		rig_ok(rig, 6, true);
	rig_fails(rig, 20, ENOSPC, "No space left on device");
	rig_stop(rig);
	rig_all(rig, "cleanup");
	assert_false(scratch_exists("%s/file_srcdir", rig->top[0]));
	/* With more files, not even the directories can be made. */
	rig->options.layout.files = 5000;
	rig_init(rig, "create");
	assert_int_equal(worker_make_dirs(&rig->worker, &rig->failure),
			 -ENOSPC);
	assert_says(rig->failure.text, "mkdir: ");
	assert_says(rig->failure.text, "No space left");
	worker_free(&rig->worker);
	rig_all(rig, "cleanup");
	assert_false(scratch_exists("%s/file_srcdir", rig->top[0]));
}

LIMITS_TEST(read_only)
{
	static const char *const changes[] = { "append", "chmod", "delete",
					       "rmdir", "setxattr" };
	struct worker *w = &rig->worker;

	need_mount(rig, NULL);
	rig_all(rig, "create");
	rig_all(rig, "mkdir");
	assert_ok(mount(NULL, rig->top[0], NULL, MS_REMOUNT | MS_RDONLY, NULL));
	rig_all(rig, "read");
	rig_all(rig, "ls-l");
	/* The directories are there already, so making them is no error. */
	for_each_in (row, changes) {
		rig_start(rig, *row);
		rig_fails(rig, 0, EROFS, "Read-only file system");
		rig_stop(rig);
	}
	rig_start(rig, "cleanup");
	rig_fails(rig, 0, EROFS, "Read-only file system");
	rig_stop(rig);
	rig->options.layout.files = 200;
	rig_init(rig, "create");
	assert_int_equal(worker_make_dirs(w, &rig->failure), -EROFS);
	assert_says(rig->failure.text, "Read-only file system");
	worker_free(w);
}

LIMITS_TEST(file_too_big)
{
	struct rlimit limit, low;
	int ret;

	signal(SIGXFSZ, SIG_IGN);
	assert_ok(getrlimit(RLIMIT_FSIZE, &limit));
	low = limit;
	low.rlim_cur = 2500;
	rig_set_size(rig, 5000);
	rig->options.record_size_bytes = 1000;
	rig_start(rig, "create");
	setrlimit(RLIMIT_FSIZE, &low);
	ret = rig_run(rig, 0, false);
	setrlimit(RLIMIT_FSIZE, &limit);
	assert_int_equal(ret, -EFBIG);
	assert_string_equal(rig->request.call, "write");
	assert_int_equal(rig->request.records, 2);
	rig_ok(rig, 0, true);
	rig_ok(rig, 1, false);
	rig_stop(rig);
	rig_start(rig, "read");
	rig_ok(rig, 0, false);
}

LIMITS_TEST(sizes)
{
	struct worker_options *o = &rig->options;

	o->file_size_low_bytes = 2000;
	rig_refuses(rig, "create", "filesize=2000-1000: the range is empty");
	o->file_size_low_bytes = o->file_size_high_bytes = 1000;
	o->size_distribution = FILESIZE_UNIFORM;
	rig_refuses(rig, "create", "size_distribution=uniform needs a range");
	o->size_distribution = FILESIZE_FIXED;
	o->file_size_low_bytes = o->file_size_high_bytes = UINT64_MAX;
	rig_refuses(rig, "create", "filesize= is too large");
	o->file_size_low_bytes = o->file_size_high_bytes = 1000;
	o->record_size_bytes = WORKER_RECORD_MAX + 1;
	rig_refuses(rig, "create",
		    "bs=1073741825: a record is at most 1073741824 bytes");
	o->record_size_bytes = 0;
	o->dir_files = WORKER_DIR_FILES_MAX + 1;
	rig_refuses(rig, "create", "dir_files=100001: at most 100000");
	o->dir_files = 1;
	o->layout.files = 0;
	rig_refuses(rig, "create", "files=0: ");
}

/* A worker needs no more memory for a record than the file is long. */
LIMITS_TEST(memory)
{
	rig->options.record_size_bytes = WORKER_RECORD_MAX;
	rig_start(rig, "create");
	assert_true(rig->worker.buffer_bytes <= 8192);
	rig_stop(rig);
	rig->options.record_size_bytes = 0;
	rig_set_size(rig, 1ull << 40);
	rig_start(rig, "create");
	assert_true(rig->worker.buffer_bytes <= (1 << 20) + 8192);
	assert_int_equal(worker_mean_bytes(&rig->worker), 1ull << 40);
	rig_stop(rig);
	rig_start(rig, "stat");
	assert_int_equal(worker_mean_bytes(&rig->worker), 1);
}
