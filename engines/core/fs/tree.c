// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fs/tree.h"
#include "util/open_below.h"

#define DIR_MODE 0777 /* the umask decides, as for mkdir(1) */

int tree_open_dir(int dir_fd, const char *path, int flags)
{
	return open_below(dir_fd, path, flags | O_DIRECTORY | O_CLOEXEC, 0);
}

int tree_open_file(int dir_fd, const char *path, int flags, mode_t mode)
{
	return open_below(dir_fd, path, flags | O_LARGEFILE | O_CLOEXEC, mode);
}

/* Makes a directory, or accepts an existing one. Returns 0 or errno. */
static int make_dir(int dir_fd, const char *name)
{
	struct stat st;

	if (!mkdirat(dir_fd, name, DIR_MODE))
		return 0;
	if (errno != EEXIST)
		return errno;
	if (fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW))
		return errno;
	if (S_ISLNK(st.st_mode))
		return ELOOP;
	return S_ISDIR(st.st_mode) ? 0 : ENOTDIR;
}

/*
 * Walks the directories of one tree in one top directory. Consecutive numbers
 * share their parent, so its descriptor is kept until the parent changes.
 */
struct walk {
	const struct fileset *fs;
	enum tree tree;
	unsigned int top;
	int top_fd;
	int base_fd;
	int parent_fd; /* -1: none open */
	uint64_t parent;
	struct failure *failure;
};

static int walk_fail(const struct walk *w, uint64_t dir, const char *call,
		     int code)
{
	char path[FILESET_PATH_MAX];

	fileset_path(w->fs, w->tree, dir, w->top, 0, true, path);
	return failure_set(
		w->failure, code, "%s: %s: %s%s", call, path, strerror(code),
		code == ELOOP ? "; a symbolic link is in the way" : "");
}

static int walk_fail_base(const struct walk *w, const char *call, int code)
{
	return failure_set(
		w->failure, code, "%s: %s/%s: %s%s", call, w->fs->top[w->top],
		w->fs->base[w->tree], strerror(code),
		code == ELOOP ? "; a symbolic link is in the way" : "");
}

static int walk_open_top(struct walk *w)
{
	w->base_fd = w->parent_fd = -1;
	w->top_fd = open(w->fs->top[w->top], O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (w->top_fd < 0)
		return walk_fail_base(w, "open", errno);
	return 0;
}

static void walk_close(struct walk *w)
{
	if (w->parent_fd >= 0 && w->parent_fd != w->base_fd)
		close(w->parent_fd);
	if (w->base_fd >= 0)
		close(w->base_fd);
	if (w->top_fd >= 0)
		close(w->top_fd);
}

/* Opens the directory that `dir` lies in, unless it is open already. */
static int walk_to_parent(struct walk *w, uint64_t dir)
{
	uint64_t parent = fileset_parent(w->fs, dir);
	char path[FILESET_PATH_MAX];
	int fd = w->base_fd;

	if (w->parent_fd >= 0 && w->parent == parent)
		return 0;
	if (!fileset_is_top(w->fs, parent, 1)) {
		size_t skip = strlen(w->fs->base[w->tree]) + 1;

		fileset_path(w->fs, w->tree, parent, w->top, 0, false, path);
		fd = tree_open_dir(w->base_fd, path + skip, O_PATH);
		if (fd < 0)
			return fd;
	}
	if (w->parent_fd >= 0 && w->parent_fd != w->base_fd)
		close(w->parent_fd);
	w->parent_fd = fd;
	w->parent = parent;
	return 0;
}

/* Calls `act` on file_srcdir, file_srcdir/HOST and so on, outermost first. */
static int for_each_base_level(struct walk *w, int (*act)(struct walk *, int fd,
							  const char *name))
{
	char base[FILESET_PATH_MAX], *name = base, *slash;
	int fd = fcntl(w->top_fd, F_DUPFD_CLOEXEC, 0);
	int next, ret = fd < 0 ? walk_fail_base(w, "open", errno) : 0;

	strcpy(base, w->fs->base[w->tree]);
	while (!ret) {
		slash = strchr(name, '/');
		if (slash)
			*slash = 0;
		ret = act(w, fd, name);
		if (ret || !slash)
			break;
		next = tree_open_dir(fd, name, O_PATH);
		if (next < 0) {
			ret = walk_fail_base(w, "open", -next);
			break;
		}
		close(fd);
		fd = next;
		name = slash + 1;
	}
	if (fd >= 0)
		close(fd);
	return ret;
}

static int make_level(struct walk *w, int fd, const char *name)
{
	int error = make_dir(fd, name);

	return error ? walk_fail_base(w, "mkdir", error) : 0;
}

static int make_in_top(struct walk *w, const struct stop *stop)
{
	char component[FILESET_COMPONENT_MAX];
	int ret = for_each_base_level(w, make_level);

	if (ret)
		return ret;
	w->base_fd = tree_open_dir(w->top_fd, w->fs->base[w->tree], O_PATH);
	if (w->base_fd < 0)
		return walk_fail_base(w, "open", -w->base_fd);
	for (uint64_t dir = 0; dir < w->fs->dirs; dir++) {
		if (fileset_is_top(w->fs, dir, 0))
			continue;
		if (stop_asked(stop))
			return -ECANCELED;
		ret = walk_to_parent(w, dir);
		if (ret)
			return walk_fail(w, fileset_parent(w->fs, dir), "open",
					 -ret);
		fileset_component(w->fs, dir, component);
		ret = make_dir(w->parent_fd, component);
		if (ret)
			return walk_fail(w, dir, "mkdir", ret);
	}
	return 0;
}

int tree_make(const struct fileset *fs, enum tree tree, const struct stop *stop,
	      struct failure *failure)
{
	struct walk w = { .fs = fs, .tree = tree, .failure = failure };
	int ret = 0;

	for (w.top = 0; !ret && w.top < fs->tops; w.top++) {
		ret = walk_open_top(&w);
		if (!ret)
			ret = make_in_top(&w, stop);
		walk_close(&w);
	}
	return ret;
}

/*
 * Whether another number stands for the same directory. In the hashed layout 0
 * and 1 are both the thread's top directory. So a number whose first digit is 1
 * stands for the directory of the number without that digit. This holds only if
 * the second digit is above 1, because 0 and 1 are the top directory again.
 */
static bool is_counted_elsewhere(const struct fileset *fs, uint64_t dir)
{
	uint64_t above = dir, below = 0;

	if (fs->kind != FILESET_HASHED)
		return false;
	while (above > 1) {
		below = above;
		above /= fs->dirs_per_dir;
	}
	return above == 1 && below > fs->dirs_per_dir + 1;
}

static int remove_dirs(struct walk *w, const struct stop *stop, uint64_t *left)
{
	char component[FILESET_COMPONENT_MAX];

	for (uint64_t dir = w->fs->dirs; dir-- > 0;) {
		int ret;

		if (fileset_is_top(w->fs, dir, 0))
			continue;
		if (stop_asked(stop))
			return -ECANCELED;
		ret = walk_to_parent(w, dir);
		if (ret == -ENOENT)
			continue;
		if (ret)
			return walk_fail(w, fileset_parent(w->fs, dir), "open",
					 -ret);
		fileset_component(w->fs, dir, component);
		if (!unlinkat(w->parent_fd, component, AT_REMOVEDIR) ||
		    errno == ENOENT)
			continue;
		if (errno != ENOTEMPTY && errno != EEXIST)
			return walk_fail(w, dir, "rmdir", errno);
		if (!is_counted_elsewhere(w->fs, dir))
			(*left)++;
	}
	return 0;
}

/*
 * Removes thrd_TT, then HOST, then file_srcdir. Stops at the first that is not
 * empty, because other threads or hosts use it.
 */
static int remove_levels(struct walk *w)
{
	char base[FILESET_PATH_MAX];
	char *slash;

	strcpy(base, w->fs->base[w->tree]);
	for (;;) {
		char *name = base;
		int fd = w->top_fd, ret = 0;

		slash = strrchr(base, '/');
		if (slash) {
			*slash = 0;
			name = slash + 1;
			fd = tree_open_dir(w->top_fd, base, O_PATH);
			if (fd < 0)
				return fd == -ENOENT
					       ? 0
					       : walk_fail_base(w, "open", -fd);
		}
		if (unlinkat(fd, name, AT_REMOVEDIR))
			ret = errno;
		if (slash)
			close(fd);
		if (ret == ENOTEMPTY || ret == EEXIST || !slash)
			return 0;
		if (ret && ret != ENOENT)
			return walk_fail_base(w, "rmdir", ret);
	}
}

static int remove_in_top(struct walk *w, const struct stop *stop,
			 uint64_t *left)
{
	int ret;

	w->base_fd = tree_open_dir(w->top_fd, w->fs->base[w->tree], O_PATH);
	if (w->base_fd == -ENOENT)
		return remove_levels(w);
	if (w->base_fd < 0)
		return walk_fail_base(w, "open", -w->base_fd);
	ret = remove_dirs(w, stop, left);
	return ret ? ret : remove_levels(w);
}

int tree_remove(const struct fileset *fs, enum tree tree,
		const struct stop *stop, uint64_t *left,
		struct failure *failure)
{
	struct walk w = { .fs = fs, .tree = tree, .failure = failure };
	int ret = 0;

	for (w.top = 0; !ret && w.top < fs->tops; w.top++) {
		ret = walk_open_top(&w);
		if (!ret)
			ret = remove_in_top(&w, stop, left);
		walk_close(&w);
	}
	return ret;
}
