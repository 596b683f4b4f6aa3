// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "op/op.h"
#include "util/sys.h"

#define CHMOD_MODE 0646
/* 2001-09-09 01:46:40 UTC, and a half second */
#define UTIMENS_S  1000000000
#define UTIMENS_NS 500000000

int op_not_link(struct request *r, mode_t mode)
{
	if (!S_ISLNK(mode))
		return 0;
	errno = ELOOP;
	return request_fail(r, "stat");
}

int op_stat(struct worker *w, struct request *r)
{
	struct stat st;

	if (TIMED(r, PART_STAT,
		  fstatat(r->at[TREE_SRC].fd, r->at[TREE_SRC].path, &st,
			  AT_SYMLINK_NOFOLLOW)))
		return request_fail(r, "stat");
	return op_not_link(r, st.st_mode);
}

static int statx_with(struct request *r, int flag)
{
	struct statx stx;

	if (TIMED(r, PART_STAT,
		  statx(r->at[TREE_SRC].fd, r->at[TREE_SRC].path,
			AT_SYMLINK_NOFOLLOW | flag, STATX_BASIC_STATS, &stx)))
		return request_fail(r, "statx");
	return op_not_link(r, stx.stx_mode);
}

int op_statx_dont_sync(struct worker *w, struct request *r)
{
	return statx_with(r, AT_STATX_DONT_SYNC);
}

int op_statx_force_sync(struct worker *w, struct request *r)
{
	return statx_with(r, AT_STATX_FORCE_SYNC);
}

/*
 * Asks of a link itself, which everybody may read and write. Before Linux 5.8
 * libc looks at the mode by fstatat() instead.
 */
int op_access(struct worker *w, struct request *r)
{
	if (TIMED(r, PART_ACCESS,
		  faccessat(r->at[TREE_SRC].fd, r->at[TREE_SRC].path,
			    R_OK | W_OK, AT_SYMLINK_NOFOLLOW)))
		return request_fail(r, "access");
	return 0;
}

/*
 * A link's own mode cannot be changed, and its target's mode must not change.
 * So EOPNOTSUPP says that a link is in the way.
 */
static int fail_chmod(struct request *r)
{
	if (errno == EOPNOTSUPP)
		errno = ELOOP;
	return request_fail(r, "chmod");
}

size_t op_fd_path(int fd, char path[OP_FD_PATH_MAX])
{
	static const char fds[] = "/proc/self/fd/";
	size_t n = sizeof(fds) - 1;

	memcpy(path, fds, n);
	n += fileset_decimal(fd, path + n);
	path[n] = 0;
	return n;
}

/*
 * Changes the mode through a descriptor's path in /proc. Before Linux 6.6 every
 * call by name follows a link. The call that takes a descriptor needs the right
 * to read or write the file.
 */
static int chmod_by_descriptor(struct request *r)
{
	char path[OP_FD_PATH_MAX];
	int fd = op_open(r, O_PATH), ret = 0;

	if (fd < 0)
		return fd;
	op_fd_path(fd, path);
	if (TIMED(r, PART_CHMOD, chmod(path, CHMOD_MODE)))
		ret = fail_chmod(r);
	TIMED(r, PART_CLOSE, sys_close(fd));
	return ret;
}

/*
 * Opens the file, because mode, owner and times can only be made durable
 * through a descriptor.
 */
static int change_and_sync(struct worker *w, struct request *r,
			   int (*change)(const struct worker *w, int fd),
			   enum op_part part, const char *call)
{
	int fd = op_open(r, O_RDONLY), ret = 0;

	if (fd < 0)
		return fd;
	if (TIMED(r, part, change(w, fd)))
		ret = request_fail(r, call);
	return op_close(w, r, fd, ret);
}

static int change_mode(const struct worker *w, int fd)
{
	return fchmod(fd, CHMOD_MODE);
}

int op_chmod(struct worker *w, struct request *r)
{
	if (w->options.fsync)
		return change_and_sync(w, r, change_mode, PART_CHMOD, "fchmod");
	if (!TIMED(r, PART_CHMOD,
		   sys_fchmodat2(r->at[TREE_SRC].fd, r->at[TREE_SRC].path,
				 CHMOD_MODE, AT_SYMLINK_NOFOLLOW)))
		return 0;
	/*
	 * Older kernels lack the call. Some sandboxes forbid calls that they do
	 * not know.
	 */
	if (errno == ENOSYS || errno == EPERM)
		return chmod_by_descriptor(r);
	return fail_chmod(r);
}

/* chown and utimens change a link itself if one took the file's place. */
static int change_owner(const struct worker *w, int fd)
{
	return fchown(fd, w->user, w->group);
}

int op_chown(struct worker *w, struct request *r)
{
	if (w->options.fsync)
		return change_and_sync(w, r, change_owner, PART_CHOWN,
				       "fchown");
	if (TIMED(r, PART_CHOWN,
		  fchownat(r->at[TREE_SRC].fd, r->at[TREE_SRC].path, w->user,
			   w->group, AT_SYMLINK_NOFOLLOW)))
		return request_fail(r, "chown");
	return 0;
}

static const struct timespec utimens_times[2] = {
	{ .tv_sec = UTIMENS_S, .tv_nsec = UTIMENS_NS },
	{ .tv_sec = UTIMENS_S, .tv_nsec = UTIMENS_NS },
};

static int change_times(const struct worker *w, int fd)
{
	return futimens(fd, utimens_times);
}

int op_utimens(struct worker *w, struct request *r)
{
	if (w->options.fsync)
		return change_and_sync(w, r, change_times, PART_UTIMENS,
				       "futimens");
	if (TIMED(r, PART_UTIMENS,
		  utimensat(r->at[TREE_SRC].fd, r->at[TREE_SRC].path,
			    utimens_times, AT_SYMLINK_NOFOLLOW)))
		return request_fail(r, "utimensat");
	return 0;
}
