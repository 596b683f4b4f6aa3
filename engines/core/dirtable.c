// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dirtable.h"
#include "tree.h"

static void plan(struct dirtable *t, const struct fileset *fs, uint64_t max_fds)
{
	uint64_t last = fs->dirs - 1;

	t->level = 0;
	t->divisor = 1;
	while (last / t->divisor && last / t->divisor >= max_fds) {
		t->level++;
		t->divisor *= fs->dirs_per_dir;
	}
	t->slots = last / t->divisor + 1;
}

/* A slot's number is that of the directory it stands for, or of the top. */
static int open_slot(const struct dirtable *t, const struct fileset *fs,
		     enum tree tree, int top_fd, uint64_t slot, int flags)
{
	char path[FILESET_PATH_MAX];

	if (fileset_is_top(fs, slot, t->level))
		return tree_open_dir(top_fd, fs->base[tree], flags);
	fileset_path(fs, tree, slot, 0, 0, false, path);
	return tree_open_dir(top_fd, path, flags);
}

static int open_tree(struct dirtable *t, const struct fileset *fs,
		     enum tree tree, int flags, struct failure *f)
{
	char path[FILESET_PATH_MAX];
	uint64_t count = t->slots * t->tops;

	t->fd[tree] = malloc(count * sizeof(int));
	if (!t->fd[tree])
		return -ENOMEM;
	memset(t->fd[tree], -1, count * sizeof(int));
	for (uint64_t i = 0; i < count; i++) {
		unsigned int top = i / t->slots;
		uint64_t slot = i % t->slots;
		int fd = open_slot(t, fs, tree, t->top_fd[top], slot, flags);

		if (fd >= 0) {
			t->fd[tree][i] = fd;
			continue;
		}
		if (fd == -ENOENT)
			continue;
		fileset_path(fs, tree, slot, top, 0, true, path);
		return failure_set(f, -fd, "open: %s: %s%s", path,
				   strerror(-fd),
				   fd == -EMFILE ? "; raise the limit of open "
						   "files (ulimit -n)"
				   : fd == -ELOOP
					   ? "; a symbolic link is in the "
					     "way"
					   : "");
	}
	return 0;
}

int dirtable_open(struct dirtable *t, const struct fileset *fs,
		  unsigned int trees, uint64_t max_fds, bool readable,
		  struct failure *f)
{
	int flags = readable ? O_RDONLY : O_PATH, ret = 0;

	memset(t, 0, sizeof(*t));
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
	plan(t, fs, max_fds / fs->tops);
	for (int tree = 0; !ret && tree < TREE_COUNT; tree++)
		if (trees & 1u << tree)
			ret = open_tree(t, fs, tree, flags, f);
	if (ret)
		dirtable_close(t);
	return ret;
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
