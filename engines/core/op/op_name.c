// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "op/op.h"
#include "util/sys.h"

#define CHMOD_MODE 0646

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

	if (fstatat(r->at[TREE_SRC].fd, r->at[TREE_SRC].path, &st,
		    AT_SYMLINK_NOFOLLOW))
		return request_fail(r, "stat");
	return op_not_link(r, st.st_mode);
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
	if (chmod(path, CHMOD_MODE))
		ret = fail_chmod(r);
	sys_close(fd);
	return ret;
}

/*
 * Opens the file, because a mode can only be made durable through a descriptor.
 */
static int chmod_and_sync(struct worker *w, struct request *r)
{
	int fd = op_open(r, O_RDONLY), ret = 0;

	if (fd < 0)
		return fd;
	if (fchmod(fd, CHMOD_MODE))
		ret = request_fail(r, "fchmod");
	return op_close(w, r, fd, ret);
}

int op_chmod(struct worker *w, struct request *r)
{
	if (w->options.fsync)
		return chmod_and_sync(w, r);
	if (!sys_fchmodat2(r->at[TREE_SRC].fd, r->at[TREE_SRC].path, CHMOD_MODE,
			   AT_SYMLINK_NOFOLLOW))
		return 0;
	/*
	 * Older kernels lack the call. Some sandboxes forbid calls that they do
	 * not know.
	 */
	if (errno == ENOSYS || errno == EPERM)
		return chmod_by_descriptor(r);
	return fail_chmod(r);
}

static int delete_in(struct worker *w, struct request *r, enum tree tree)
{
	if (unlinkat(r->at[tree].fd, r->at[tree].path, 0))
		return request_fail(r, "unlink");
	return request_sync_dir(w, r, tree);
}

int op_delete(struct worker *w, struct request *r)
{
	return delete_in(w, r, TREE_SRC);
}

int op_delete_renamed(struct worker *w, struct request *r)
{
	return delete_in(w, r, TREE_DST);
}

int op_rename(struct worker *w, struct request *r)
{
	const struct path_at *src = &r->at[TREE_SRC], *dst = &r->at[TREE_DST];
	int ret;

	if (renameat(src->fd, src->path, dst->fd, dst->path))
		return request_fail(r, "rename");
	ret = request_sync_dir(w, r, TREE_DST);
	return ret ? ret : request_sync_dir(w, r, TREE_SRC);
}

int op_rename_again(struct worker *w, struct request *r)
{
	const struct path_at *src = &r->at[TREE_SRC], *dst = &r->at[TREE_DST];

	if (renameat(dst->fd, dst->path, src->fd, src->path) && errno != ENOENT)
		return request_fail(r, "rename back before renaming again");
	return 0;
}

int op_symlink(struct worker *w, struct request *r)
{
	if (symlinkat(r->full.path, r->at[TREE_DST].fd, r->extra))
		return request_fail(r, "symlink");
	return request_sync_dir(w, r, TREE_DST);
}

int op_symlink_again(struct worker *w, struct request *r)
{
	const char *link = request_extra(r, TREE_DST, ".s");

	if (unlinkat(r->at[TREE_DST].fd, link, 0) && errno != ENOENT)
		return request_fail(r, "unlink before linking again");
	return 0;
}
