// SPDX-License-Identifier: GPL-2.0-only
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "op.h"
#include "tree.h"

/*
 * Only names that an operation of the table makes are ever removed, and each
 * by its own full name: nothing is listed and swept. The one exception is a
 * directory NAME.d of mkdir, whose files "f_" and digits may be more than
 * this job's dir_files says; nothing else in it is touched.
 */
static bool made_by_mkdir(const char *name)
{
	if (strncmp(name, "f_", 2) || !name[2])
		return false;
	return !name[2 + strspn(name + 2, "0123456789")];
}

static int empty_dir(struct request *r, int parent, const char *path)
{
	int fd = tree_open_dir(parent, path, O_RDONLY), ret = 0;
	const struct dirent *entry;
	DIR *dir;

	if (fd < 0) {
		errno = -fd;
		return request_fail(r, "open");
	}
	dir = fdopendir(fd);
	if (!dir) {
		ret = request_fail(r, "open");
		close(fd);
		return ret;
	}
	while (!ret && (entry = readdir(dir)))
		if (made_by_mkdir(entry->d_name) &&
		    unlinkat(dirfd(dir), entry->d_name, 0) && errno != ENOENT)
			ret = request_fail(r, "unlink");
	closedir(dir);
	return ret;
}

static int remove_dir(struct request *r)
{
	const char *path = request_extra(r, TREE_SRC, ".d");
	int fd = r->at[TREE_SRC].fd, ret;

	if (!unlinkat(fd, path, AT_REMOVEDIR) || errno == ENOENT ||
	    errno == ENOTDIR)
		return 0;
	if (errno != ENOTEMPTY && errno != EEXIST)
		return request_fail(r, "rmdir");
	ret = empty_dir(r, fd, path);
	if (!ret && unlinkat(fd, path, AT_REMOVEDIR) && errno != ENOENT)
		ret = request_fail(r, "rmdir");
	return ret;
}

static int remove_file(struct request *r, enum tree tree, const char *path)
{
	if (unlinkat(r->at[tree].fd, path, 0) && errno != ENOENT)
		return request_fail(r, "unlink");
	return 0;
}

int op_cleanup(struct worker *w, struct request *r)
{
	int ret = remove_file(r, TREE_SRC, r->at[TREE_SRC].path);

	if (!ret)
		ret = remove_file(r, TREE_SRC,
				  request_extra(r, TREE_SRC, ".tmp"));
	if (!ret)
		ret = remove_dir(r);
	if (!ret)
		ret = remove_file(r, TREE_DST, r->at[TREE_DST].path);
	if (!ret)
		ret = remove_file(r, TREE_DST,
				  request_extra(r, TREE_DST, ".s"));
	return ret;
}
