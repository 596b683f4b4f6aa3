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
		if (TIMED(r, PART_SETXATTR,
			  fsetxattr(fd, w->attribute_names[j],
				    r->attributes + j,
				    w->options.xattr_size_bytes, 0)))
			ret = request_fail(r, "fsetxattr");
	return op_close(w, r, fd, ret);
}

#define BY_PATH_MAX (OP_FD_PATH_MAX + NAME_MAX + 2)

/*
 * Writes a path that begins with the directory's descriptor. Before Linux 6.13
 * no call reads an attribute of a name in an open directory.
 */
static const char *by_path(const struct path_at *at, char path[BY_PATH_MAX])
{
	size_t n = op_fd_path(at->fd, path);

	path[n] = '/';
	strcpy(path + n + 1, at->path);
	return path;
}

/* Links have no such attributes, so a link is reported as one. */
static int none_or_link(const struct path_at *at)
{
	struct stat st;

	if (fstatat(at->fd, at->path, &st, AT_SYMLINK_NOFOLLOW))
		return errno;
	return S_ISLNK(st.st_mode) ? ELOOP : ENODATA;
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
	char path[BY_PATH_MAX];

	/*
	 * Older kernels lack the call. Some sandboxes forbid calls that they do
	 * not know.
	 */
	if (n < 0 && (errno == ENOSYS || errno == EPERM))
		n = lgetxattr(by_path(at, path), name, value,
			      WORKER_XATTR_SIZE_MAX);
	if (n < 0 && (errno == ENODATA || errno == EPERM))
		errno = none_or_link(at);
	return n;
}

int op_xattr_verify(struct worker *w, struct request *r, int fd)
{
	uint8_t *found = value_found(w, r);
	int ret = 0;

	for (uint32_t j = 0; !ret && j < w->options.xattr_count; j++) {
		const char *name = w->attribute_names[j];
		ssize_t n = TIMED(r, PART_GETXATTR,
				  fd < 0 ? get_by_name(r, name, found)
					 : fgetxattr(fd, name, found,
						     WORKER_XATTR_SIZE_MAX));

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

static ssize_t list_by_name(const struct request *r, char *names)
{
	const struct path_at *at = &r->at[TREE_SRC];
	ssize_t n = sys_listxattrat(at->fd, at->path, AT_SYMLINK_NOFOLLOW,
				    names, WORKER_XATTR_SIZE_MAX);
	char path[BY_PATH_MAX];

	if (n < 0 && (errno == ENOSYS || errno == EPERM))
		n = llistxattr(by_path(at, path), names, WORKER_XATTR_SIZE_MAX);
	return n;
}

/* Returns where in a list of names this one is, from `from` on, or NULL. */
static const char *find_name(const char *from, const char *end,
			     const char *name)
{
	for (; from < end; from += strlen(from) + 1)
		if (!strcmp(from, name))
			return from;
	return NULL;
}

/*
 * Most file systems list names in the order in which they were set. So each
 * name is looked for behind the one before it.
 */
static int check_names(const struct worker *w, struct request *r,
		       const char *list, ssize_t bytes)
{
	const char *end = list + bytes, *at = list;

	for (uint32_t j = 0; j < w->options.xattr_count; j++) {
		const char *name = w->attribute_names[j];
		const char *found = find_name(at, end, name);

		if (!found)
			found = find_name(list, end, name);
		if (!found) {
			errno = none_or_link(&r->at[TREE_SRC]);
			return errno == ENODATA
				       ? request_fail_text(r, ENODATA, "verify",
							   "%s is not listed",
							   name)
				       : request_fail(r, "listxattr");
		}
		at = found;
	}
	return 0;
}

int op_listxattr(struct worker *w, struct request *r)
{
	char *list = (char *)value_found(w, r);
	ssize_t n = TIMED(r, PART_LISTXATTR, list_by_name(r, list));
	int ret = 0;

	if (n < 0)
		return request_fail(r, "listxattr");
	request_pause(w, r);
	if (w->options.verify_read)
		ret = check_names(w, r, list, n);
	request_resume(w, r);
	return ret;
}

int op_removexattr(struct worker *w, struct request *r)
{
	int fd = op_open(r, O_WRONLY), ret = 0;

	if (fd < 0)
		return fd;
	for (uint32_t j = 0; !ret && j < w->options.xattr_count; j++)
		if (TIMED(r, PART_REMOVEXATTR,
			  fremovexattr(fd, w->attribute_names[j])))
			ret = request_fail(r, "fremovexattr");
	return op_close(w, r, fd, ret);
}
