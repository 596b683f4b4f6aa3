// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fs/topdir.h"

/* Directories of the system, where a mistyped directory= would do harm. */
static const char *const refused[] = {
	"/",     "/bin",  "/boot", "/dev",  "/etc", "/home", "/lib", "/lib64",
	"/proc", "/root", "/run",  "/sbin", "/sys", "/usr",  "/var",
};

/* Compares inodes, not names, because /bin may be /usr/bin. */
static bool is_refused(const struct stat *st)
{
	struct stat other;

	for (size_t i = 0; i < sizeof(refused) / sizeof(*refused); i++)
		if (!stat(refused[i], &other) && other.st_dev == st->st_dev &&
		    other.st_ino == st->st_ino)
			return true;
	return false;
}

/* Whether a file system, or a directory of one, is mounted at `path`. */
static bool is_mount_point(const char *path)
{
	struct statx at, parent;
	int dir_fd, ret;

	if (statx(AT_FDCWD, path, 0, STATX_INO, &at))
		return false;
#ifdef STATX_ATTR_MOUNT_ROOT
	if (at.stx_attributes_mask & STATX_ATTR_MOUNT_ROOT)
		return at.stx_attributes & STATX_ATTR_MOUNT_ROOT;
#endif
	/*
	 * Kernels before 5.8 do not tell. Then bind mounts are not recognised.
	 */
	dir_fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (dir_fd < 0)
		return false;
	ret = statx(dir_fd, "..", 0, STATX_INO, &parent);
	close(dir_fd);
	return !ret && (at.stx_dev_major != parent.stx_dev_major ||
			at.stx_dev_minor != parent.stx_dev_minor);
}

int topdir_check(const char *given, const char *path, struct failure *f)
{
	struct stat st;

	if (stat(path, &st))
		return failure_set(f, errno, "directory=%s: %s", given,
				   strerror(errno));
	if (!S_ISDIR(st.st_mode))
		return failure_set(f, ENOTDIR,
				   "directory=%s: is not a directory", given);
	if (is_refused(&st))
		return failure_set(f, EINVAL,
				   "directory=%s: %s is a directory of the "
				   "system itself; name one made for the "
				   "test, such as /var/tmp/smallfio or "
				   "/home/smallfio",
				   given, path);
	if (strlen(path) < TOPDIR_PATH_MIN && !is_mount_point(path))
		return failure_set(f, EINVAL,
				   "directory=%s: %s is too short a path: "
				   "expected %d characters or more, or the "
				   "mount point of a file system; make a "
				   "directory of the test's own, such as "
				   "%s/smallfio, and name that",
				   given, path, TOPDIR_PATH_MIN, path);
	return 0;
}
