// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fs/dirtable.h"

uint64_t dirtable_budget(uint64_t limit, uint64_t reserved,
			 unsigned int sharing, unsigned int jobs,
			 unsigned int trees)
{
	uint64_t want = DIRTABLE_FDS_ALL / (jobs ? jobs : 1);
	uint64_t each = 0;

	if (want > DIRTABLE_FDS_MAX)
		want = DIRTABLE_FDS_MAX;
	if (want < DIRTABLE_FDS_MIN)
		want = DIRTABLE_FDS_MIN;
	if (limit > reserved)
		each = (limit - reserved) / (sharing ? sharing : 1) /
		       (trees ? __builtin_popcount(trees) : 1);
	if (each > want)
		return want;
	return each ? each : 1;
}

static int open_fail(const struct fileset *fs, enum tree tree, unsigned int top,
		     uint64_t slot, int error, struct failure *f)
{
	char path[FILESET_PATH_MAX];

	fileset_path(fs, tree, slot, top, 0, true, path);
	return failure_set(f, error, "open: %s: %s%s", path, strerror(error),
			   error == EMFILE  ? "; raise the limit of open files "
					      "(ulimit -n)"
			   : error == ELOOP ? "; a symbolic link is in the way"
					    : "");
}

/*
 * Opens the directory of a slot. `base` is the thread's top directory. The
 * parent has a lower number and is open already. So each slot takes one lookup,
 * however deep its directory lies.
 */
static int open_slot(const struct dirtable *t, const struct fileset *fs,
		     const int *opened, int base, uint64_t slot)
{
	char component[FILESET_COMPONENT_MAX];
	uint64_t parent;
	int fd = base;

	if (fileset_is_top(fs, slot, 0))
		return tree_open_dir(base, ".", t->flags);
	parent = fileset_parent(fs, slot);
	if (!fileset_is_top(fs, parent, 1))
		fd = opened[parent];
	if (fd < 0)
		return -ENOENT;
	fileset_component(fs, slot, component);
	return tree_open_dir(fd, component, t->flags);
}

static int open_slots(struct dirtable *t, const struct fileset *fs,
		      enum tree tree, unsigned int top, int base,
		      const struct stop *stop, struct failure *f)
{
	int *fds = t->fd[tree] + top * t->slots;

	for (uint64_t slot = 0; slot < t->slots; slot++) {
		int fd = open_slot(t, fs, fds, base, slot);

		if (fd < 0 && fd != -ENOENT)
			return open_fail(fs, tree, top, slot, -fd, f);
		if (fd >= 0)
			fds[slot] = fd;
		if (stop_asked(stop))
			return -ECANCELED;
	}
	return 0;
}

static int open_tree(struct dirtable *t, const struct fileset *fs,
		     enum tree tree, const struct stop *stop, struct failure *f)
{
	uint64_t count = t->slots * t->tops;
	int ret = 0;

	t->fd[tree] = malloc(count * sizeof(int));
	if (!t->fd[tree])
		return -ENOMEM;
	memset(t->fd[tree], -1, count * sizeof(int));
	for (unsigned int top = 0; !ret && top < t->tops; top++) {
		int base =
			tree_open_dir(t->top_fd[top], fs->base[tree], O_PATH);

		if (base == -ENOENT)
			continue;
		if (base < 0)
			return open_fail(fs, tree, top, 0, -base, f);
		ret = open_slots(t, fs, tree, top, base, stop, f);
		close(base);
	}
	return ret;
}

int dirtable_open(struct dirtable *t, const struct fileset *fs,
		  unsigned int trees, uint64_t max_fds, bool readable,
		  const struct stop *stop, struct failure *f)
{
	int ret = 0;

	memset(t, 0, sizeof(*t));
	t->flags = readable ? O_RDONLY : O_PATH;
	t->top_fd = malloc(fs->tops * sizeof(int));
	if (!t->top_fd)
		return -ENOMEM;
	for (; t->tops < fs->tops; t->tops++) {
		int fd = open(fs->top[t->tops],
			      O_PATH | O_DIRECTORY | O_CLOEXEC);

		if (fd < 0) {
			ret = failure_set(f, errno, "open: %s: %s",
					  fs->top[t->tops], strerror(errno));
			break;
		}
		t->top_fd[t->tops] = fd;
	}
	t->slots = max_fds / fs->tops ? max_fds / fs->tops : 1;
	if (t->slots > fs->dirs)
		t->slots = fs->dirs;
	for (int tree = 0; !ret && tree < TREE_COUNT; tree++)
		if (trees & 1u << tree)
			ret = open_tree(t, fs, tree, stop, f);
	if (ret)
		dirtable_close(t);
	return ret;
}

/* Which directory it is. The file system need not be asked for that. */
static int identify(int fd, const char *path, struct statx *out)
{
	return statx(fd, path, AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_INO,
		     out);
}

int dirtable_check(const struct dirtable *t, const struct fileset *fs,
		   struct failure *f)
{
	struct statx opened, found;

	for (unsigned int top = 0; top < t->tops; top++) {
		const char *path = fs->top[top];

		if (identify(t->top_fd[top], "", &opened) ||
		    identify(AT_FDCWD, path, &found))
			return failure_set(f, errno,
					   "directory=%s, at the end: %s", path,
					   strerror(errno));
		if (opened.stx_ino != found.stx_ino ||
		    opened.stx_dev_major != found.stx_dev_major ||
		    opened.stx_dev_minor != found.stx_dev_minor)
			return failure_set(
				f, ESTALE,
				"directory=%s is no longer where the job ran: "
				"it was unmounted, moved or mounted over "
				"meanwhile, and the files are not there",
				path);
	}
	return 0;
}

int dirtable_open_dir(const struct dirtable *t, const struct fileset *fs,
		      enum tree tree, unsigned int top, uint64_t dir)
{
	char path[FILESET_PATH_MAX], component[FILESET_COMPONENT_MAX];
	char *start = path + FILESET_PATH_MAX - 1;
	uint64_t above = dir;

	*start = 0;
	for (unsigned int level = 0; !fileset_is_top(fs, above, level);
	     level++) {
		int fd = dirtable_fd(t, tree, top, above);
		size_t n;

		if (fd >= 0)
			return tree_open_dir(fd, *start ? start : ".",
					     t->flags);
		if (*start)
			*--start = '/';
		n = fileset_component(fs, above, component);
		start -= n;
		memcpy(start, component, n);
		above = fileset_parent(fs, above);
	}
	fileset_path(fs, tree, dir, top, 0, false, path);
	return tree_open_dir(t->top_fd[top], path, t->flags);
}

void dirtable_close(struct dirtable *t)
{
	for (int tree = 0; tree < TREE_COUNT; tree++) {
		for (uint64_t i = 0; t->fd[tree] && i < t->slots * t->tops; i++)
			if (t->fd[tree][i] >= 0)
				close(t->fd[tree][i]);
		free(t->fd[tree]);
	}
	for (unsigned int i = 0; i < t->tops; i++)
		close(t->top_fd[i]);
	free(t->top_fd);
	memset(t, 0, sizeof(*t));
}
