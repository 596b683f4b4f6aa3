// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "util/open_below.h"

/*
 * Returns ELOOP if `name` is a symbolic link, else `error`. open() fails with
 * ENOTDIR for a link, too, if it wants a directory.
 */
static int error_of(int dir_fd, const char *name, int error)
{
	struct stat st;

	if (error == ENOTDIR &&
	    !fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) &&
	    S_ISLNK(st.st_mode))
		return ELOOP;
	return error;
}

/* Opens a path one component at a time, for kernels without openat2(). */
static int open_by_component(int dir_fd, const char *path, int flags,
			     mode_t mode)
{
	char name[NAME_MAX + 1];
	int fd = dir_fd;

	for (;;) {
		size_t n = strcspn(path, "/");
		int next, error;

		snprintf(name, sizeof(name), "%.*s", (int)n, path);
		next = openat(fd, name,
			      (path[n] ? O_PATH | O_DIRECTORY | O_CLOEXEC
				       : flags) |
				      O_NOFOLLOW,
			      mode);
		error = next < 0 ? error_of(fd, name, errno) : 0;
		if (fd != dir_fd)
			close(fd);
		if (next < 0)
			return -error;
		if (!path[n])
			return next;
		fd = next;
		path += n + 1;
	}
}

int open_below(int dir_fd, const char *path, int flags, mode_t mode)
{
	struct open_how how = {
		.flags = flags,
		.mode = mode,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS,
	};
	int fd = syscall(__NR_openat2, dir_fd, path, &how, sizeof(how));

	/* Kernels before 5.6 lack openat2(), and some sandboxes forbid it. */
	if (fd < 0 && (errno == ENOSYS || errno == EPERM))
		return open_by_component(dir_fd, path, flags, mode);
	return fd < 0 ? -errno : fd;
}
