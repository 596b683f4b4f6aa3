// SPDX-License-Identifier: GPL-2.0-only
/*
 * What operations do that the objects of the table do not show: times, owners,
 * room on disk and locks. Also what an operation says of a file that somebody
 * else has changed.
 */
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include "rig.h"

static struct stat look(struct rig *rig, uint64_t n)
{
	struct stat st;

	assert_ok(stat(rig_file(rig, n), &st));
	return st;
}

RIG_TEST(times)
{
	rig_all(rig, "create");
	for (int sync = 0; sync < 2; sync++) {
		rig->options.fsync = sync;
		rig_all(rig, "utimens");
		for (uint64_t n = 1; n <= 20; n++) {
			struct stat st = look(rig, n);

			assert_int_equal(st.st_mtim.tv_sec, 1000000000);
			assert_int_equal(st.st_mtim.tv_nsec, 500000000);
			assert_int_equal(st.st_atim.tv_sec, 1000000000);
			assert_int_equal(st.st_atim.tv_nsec, 500000000);
			assert_ok(
				utimensat(AT_FDCWD, rig_file(rig, n), NULL, 0));
		}
	}
}

/* Only root can give files to somebody else beforehand. */
RIG_TEST(owner)
{
	rig_all(rig, "create");
	for (int sync = 0; sync < 2; sync++) {
		rig->options.fsync = sync;
		for (uint64_t n = 1; !geteuid() && n <= 20; n++)
			assert_ok(chown(rig_file(rig, n), 12345, 54321));
		rig_all(rig, "chown");
		for (uint64_t n = 1; n <= 20; n++) {
			struct stat st = look(rig, n);

			assert_int_equal(st.st_uid, geteuid());
			assert_int_equal(st.st_gid, getegid());
		}
	}
}

/* What fallocate reserved is given back before the next pass. */
RIG_TEST(room)
{
	struct stat before, after;

	rig_set_size(rig, 40000);
	rig_all(rig, "create");
	before = look(rig, 7);
	rig_start(rig, "fallocate");
	rig_units(rig, false);
	after = look(rig, 7);
	assert_true(after.st_blocks * 512 >= 80000);
	assert_int_equal(after.st_size, 40000);
	request_prepare(&rig->worker, &rig->request, 6, true);
	assert_int_equal(look(rig, 7).st_blocks, before.st_blocks);
	rig_stop(rig);
	rig_all(rig, "read");
}

RIG_TEST(holes)
{
	rig_set_size(rig, 40000);
	rig_all(rig, "create");
	rig_all(rig, "punch-hole");
	for (uint64_t n = 1; n <= 20; n++) {
		int fd = open(rig_file(rig, n), O_RDONLY);

		assert_true(fd >= 0);
		assert_int_equal(lseek(fd, 0, SEEK_DATA), -1);
		assert_int_equal(errno, ENXIO);
		assert_int_equal(lseek(fd, 0, SEEK_END), 40000);
		close(fd);
	}
	/* The next pass begins with the files as they were. */
	rig_start(rig, "punch-hole");
	request_prepare(&rig->worker, &rig->request, 6, true);
	rig_stop(rig);
	rig_start(rig, "read");
	rig_ok(rig, 6, false);
	rig_fails(rig, 5, EILSEQ, "found 0x00");
}

static int lock_file(const char *path, short type)
{
	struct flock lock = { .l_type = type, .l_whence = SEEK_SET };
	int fd = open(path, O_RDWR);

	assert_true(fd >= 0);
	assert_ok(fcntl(fd, F_OFD_SETLK, &lock));
	return fd;
}

RIG_TEST(locks)
{
	int fd;

	rig_all(rig, "create");
	fd = lock_file(rig_file(rig, 3), F_RDLCK);
	rig_start(rig, "lock");
	rig_ok(rig, 1, false);
	rig_fails(rig, 2, EAGAIN, "somebody else holds a lock");
	close(fd);
	rig_ok(rig, 2, false);
	/* The operation has let go of it. */
	fd = lock_file(rig_file(rig, 3), F_WRLCK);
	close(fd);
}

RIG_TEST(names_that_are_there)
{
	rig_all(rig, "create");
	scratch_text(rig_path(rig, TREE_SRC, 4, ".n"), "x");
	rig_start(rig, "lookup-missing");
	rig_ok(rig, 2, false);
	rig_fails(rig, 3, EEXIST, "it is there");
}

RIG_TEST(links_to_elsewhere)
{
	char *link;

	rig_all(rig, "symlink");
	link = rig_path(rig, TREE_DST, 4, ".s");
	assert_ok(unlink(link));
	assert_ok(symlink("/elsewhere", link));
	rig_start(rig, "readlink");
	rig_ok(rig, 2, false);
	rig_fails(rig, 3, EILSEQ, "it leads to /elsewhere, expected ");
	rig_stop(rig);
	rig->options.verify_read = false;
	rig_start(rig, "readlink");
	rig_ok(rig, 3, false);
}

RIG_TEST(lists_of_attributes)
{
	char *path = rig_file(rig, 5);

	rig_need_attributes(rig);
	rig->options.xattr_count = 12;
	rig_all(rig, "create");
	rig_all(rig, "setxattr");
	/* Another order, and names of others, do not matter. */
	assert_ok(removexattr(path, "user.smallfile-3"));
	assert_ok(setxattr(path, "user.other", "x", 1, 0));
	assert_ok(setxattr(path, "user.smallfile-3", "x", 1, 0));
	rig_all(rig, "listxattr");
	assert_ok(removexattr(path, "user.smallfile-11"));
	rig_start(rig, "listxattr");
	rig_fails(rig, 4, ENODATA, "user.smallfile-11 is not listed");
	rig_stop(rig);
	assert_ok(setxattr(path, "user.smallfile-11", "x", 1, 0));
	rig_all(rig, "removexattr");
	assert_int_equal(getxattr(path, "user.smallfile-0", NULL, 0), -1);
	assert_int_equal(getxattr(path, "user.other", NULL, 0), 1);
}

static unsigned int entries(const char *path)
{
	unsigned int count = 0;
	DIR *dir = opendir(path);

	assert_non_null(dir);
	while (readdir(dir))
		count++;
	closedir(dir);
	return count - 2;
}

/* What is tried on a file system is gone when the operation begins. */
RIG_TEST(probes_leave_nothing)
{
	rig_all(rig, "create");
	for (unsigned int i = 0; i < operation_count; i++) {
		if (!operations[i].probe || rig_lacks(rig, &operations[i]))
			continue;
		rig_start(rig, operations[i].name);
		assert_int_equal(entries(rig->top[0]), 2);
		rig_stop(rig);
	}
}
