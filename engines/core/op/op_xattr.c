// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "op/op.h"
#include "op/op_value.h"
#include "util/sys.h"

int op_setxattr(struct worker *w, struct request *r)
{
	int fd = op_open(r, O_WRONLY), ret = 0;

	if (fd < 0)
		return fd;
	for (uint32_t j = 0; !ret && j < w->options.xattr_count; j++)
		if (fsetxattr(fd, w->attribute_names[j], r->attributes + j,
			      w->options.xattr_size_bytes, 0))
			ret = request_fail(r, "fsetxattr");
	return op_close(w, r, fd, ret);
}

/*
 * Reads an attribute through a path that begins with the directory's
 * descriptor. Before Linux 6.13 no call reads an attribute of a name in an open
 * directory.
 */
static ssize_t get_by_path(const struct path_at *at, const char *name,
			   void *value)
{
	char path[OP_FD_PATH_MAX + NAME_MAX + 2];
	size_t n = op_fd_path(at->fd, path);

	path[n] = '/';
	strcpy(path + n + 1, at->path);
	return lgetxattr(path, name, value, WORKER_XATTR_SIZE_MAX);
}

/*
 * Reads an attribute by name. The file is not opened for it, as in smallfile.
 */
static ssize_t get_by_name(const struct request *r, const char *name,
			   void *value)
{
	const struct path_at *at = &r->at[TREE_SRC];
	ssize_t n = sys_getxattrat(at->fd, at->path, AT_SYMLINK_NOFOLLOW, name,
				   value, WORKER_XATTR_SIZE_MAX);
	struct stat st;

	/*
	 * Older kernels lack the call. Some sandboxes forbid calls that they do
	 * not know.
	 */
	if (n < 0 && (errno == ENOSYS || errno == EPERM))
		n = get_by_path(at, name, value);
	/* Links have no such attributes, so a link is reported as one. */
	if (n < 0 && (errno == ENODATA || errno == EPERM) &&
	    !fstatat(at->fd, at->path, &st, AT_SYMLINK_NOFOLLOW))
		errno = S_ISLNK(st.st_mode) ? ELOOP : ENODATA;
	return n;
}

int op_xattr_verify(struct worker *w, struct request *r, int fd)
{
	uint8_t *found = value_found(w, r);
	int ret = 0;

	for (uint32_t j = 0; !ret && j < w->options.xattr_count; j++) {
		const char *name = w->attribute_names[j];
		ssize_t n = fd < 0 ? get_by_name(r, name, found)
				   : fgetxattr(fd, name, found,
					       WORKER_XATTR_SIZE_MAX);

		request_pause(w, r);
		ret = value_check(w, r, name, r->attributes + j, found, n);
		request_resume(w, r);
	}
	return ret;
}

int op_getxattr(struct worker *w, struct request *r)
{
	return op_xattr_verify(w, r, -1);
}
