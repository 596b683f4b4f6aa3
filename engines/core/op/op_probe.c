// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "op/op.h"

#define PROBE_NAME_MAX 64
#define PROBE_BYTES    4096

/* Whether an error says that the file system does not know the call. */
static bool is_unknown(int error)
{
	return error == EOPNOTSUPP || error == ENOTTY || error == ENOSYS ||
	       error == EINVAL;
}

static int verdict(bool failed)
{
	return failed && is_unknown(errno) ? -EOPNOTSUPP : 0;
}

/* Other threads and hosts may probe the same directory. */
static void name_probe(char name[PROBE_NAME_MAX], int number)
{
	snprintf(name, PROBE_NAME_MAX, ".smallfio-probe-%lx-%d-%d", gethostid(),
		 (int)syscall(SYS_gettid), number);
}

static int open_probe(int dir_fd, const char *name)
{
	return openat(dir_fd, name, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC,
		      0600);
}

/*
 * Opens an empty file to try something on. It has no name, or none any more,
 * so that nothing is left behind. Returns -1 if there can be none.
 */
static int open_scratch(int dir_fd)
{
	char name[PROBE_NAME_MAX];
	int fd = openat(dir_fd, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	if (fd >= 0)
		return fd;
	name_probe(name, 0);
	fd = open_probe(dir_fd, name);
	if (fd >= 0)
		unlinkat(dir_fd, name, 0);
	return fd;
}

/* Kernels that do not know O_TMPFILE take it for the opening of a directory. */
int probe_tmpfile(int dir_fd)
{
	int fd = openat(dir_fd, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	if (fd >= 0)
		close(fd);
	else if (errno == EISDIR)
		return -EOPNOTSUPP;
	return verdict(fd < 0);
}

int probe_clone(int dir_fd)
{
	int from = open_scratch(dir_fd), to = open_scratch(dir_fd), ret = 0;

	if (from >= 0 && to >= 0)
		ret = verdict(ioctl(to, FICLONE, from));
	if (from >= 0)
		close(from);
	if (to >= 0)
		close(to);
	return ret;
}

static int probe_space(int dir_fd, int mode)
{
	int fd = open_scratch(dir_fd), ret;

	if (fd < 0)
		return 0;
	ret = verdict(
		fallocate(fd, mode | FALLOC_FL_KEEP_SIZE, 0, PROBE_BYTES));
	close(fd);
	return ret;
}

int probe_fallocate(int dir_fd)
{
	return probe_space(dir_fd, 0);
}

int probe_punch_hole(int dir_fd)
{
	return probe_space(dir_fd, FALLOC_FL_PUNCH_HOLE);
}

/* Makes files with names, which have to be removed. Returns how many. */
static int make_named(int dir_fd, char name[2][PROBE_NAME_MAX], int wanted)
{
	int made = 0;

	for (int i = 0; i < 2; i++)
		name_probe(name[i], i);
	for (; made < wanted; made++) {
		int fd = open_probe(dir_fd, name[made]);

		if (fd < 0)
			break;
		close(fd);
	}
	return made;
}

int probe_link(int dir_fd)
{
	char name[2][PROBE_NAME_MAX];
	int ret = 0;

	if (!make_named(dir_fd, name, 1))
		return 0;
	if (!linkat(dir_fd, name[0], dir_fd, name[1], 0))
		unlinkat(dir_fd, name[1], 0);
	else if (errno == EPERM)
		ret = -EOPNOTSUPP;
	else
		ret = verdict(true);
	unlinkat(dir_fd, name[0], 0);
	return ret;
}

/* Needs two names, because the kernel itself refuses anything else. */
int probe_exchange(int dir_fd)
{
	char name[2][PROBE_NAME_MAX];
	int made = make_named(dir_fd, name, 2), ret = 0;

	if (made == 2)
		ret = verdict(renameat2(dir_fd, name[0], dir_fd, name[1],
					RENAME_EXCHANGE));
	while (made-- > 0)
		unlinkat(dir_fd, name[made], 0);
	return ret;
}
