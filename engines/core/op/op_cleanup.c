// SPDX-License-Identifier: GPL-2.0-only
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "fs/tree.h"
#include "op/op.h"

/*
 * cleanup removes only names that an operation of the table makes, each by its
 * own full name. It does not list directories to remove what is in them. The
 * one exception is a directory NAME.d of mkdir. It may hold more files named
 * "f_" and digits than this job's dir_files says. Nothing else in it is
 * touched.
 */
/*
 * Whether a name is "f_" and a number of three digits, or of more digits
 * without a leading zero.
 */
static bool made_by_mkdir(const char *name)
{
	size_t digits;

	if (strncmp(name, "f_", 2))
		return false;
	name += 2;
	digits = strspn(name, "0123456789");
	return !name[digits] && digits >= 3 && (digits == 3 || *name != '0');
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
	while (errno = 0, !ret && (entry = readdir(dir)))
		if (made_by_mkdir(entry->d_name) &&
		    unlinkat(dirfd(dir), entry->d_name, 0) && errno != ENOENT &&
		    errno != EISDIR)
			ret = request_fail(r, "unlink");
	if (!ret && errno)
		ret = request_fail(r, "readdir");
	closedir(dir);
	return ret;
}

int op_remove_dir(struct worker *w, struct request *r)
{
	const char *path = request_extra_paused(w, r, TREE_SRC, ".d");
	int fd = r->at[TREE_SRC].fd, ret;

	if (!TIMED(r, PART_RMDIR, unlinkat(fd, path, AT_REMOVEDIR)) ||
	    errno == ENOENT || errno == ENOTDIR)
		return 0;
	if (errno != ENOTEMPTY && errno != EEXIST)
		return request_fail(r, "rmdir");
	ret = empty_dir(r, fd, path);
	if (!ret && TIMED(r, PART_RMDIR, unlinkat(fd, path, AT_REMOVEDIR)) &&
	    errno != ENOENT)
		ret = request_fail(r, "rmdir");
	return ret;
}

static int remove_file(struct request *r, enum tree tree, const char *path)
{
	if (TIMED(r, PART_UNLINK, unlinkat(r->at[tree].fd, path, 0)) &&
	    errno != ENOENT)
		return request_fail(r, "unlink");
	return 0;
}

/*
 * Counts what stays because it is not ours, such as a directory that holds
 * other files. This is no error.
 */
static int foreign(struct worker *w, int ret)
{
	if (ret != -ENOTEMPTY && ret != -EEXIST && ret != -EISDIR)
		return ret;
	w->dirs_left++;
	return 0;
}

/* The names of files that operations make, NAME.d apart. */
static const struct {
	enum tree tree;
	const char *ending;
} made[] = {
	{ TREE_SRC, "" },   { TREE_SRC, ".tmp" }, { TREE_DST, "" },
	{ TREE_DST, ".s" }, { TREE_DST, ".l" },   { TREE_DST, ".c" },
};

/*
 * If a name cannot be removed, the others are removed all the same. Returns the
 * last error.
 */
int op_cleanup(struct worker *w, struct request *r)
{
	int failed = 0;

	if (r->at[TREE_SRC].fd >= 0)
		failed = foreign(w, op_remove_dir(w, r));
	for (size_t i = 0; i < sizeof(made) / sizeof(*made); i++) {
		enum tree tree = made[i].tree;
		const char *name = r->at[tree].path;
		int ret;

		if (r->at[tree].fd < 0)
			continue;
		if (*made[i].ending)
			name = request_extra_paused(w, r, tree, made[i].ending);
		ret = foreign(w, remove_file(r, tree, name));
		if (ret)
			failed = ret;
	}
	return failed;
}
