// SPDX-License-Identifier: GPL-2.0-only
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "op/mix_state.h"
#include "util/sys.h"

/*
 * Finds the population by listing each directory of both trees. Files are known
 * by their names alone: what is in them shows when they are read.
 */
#define LIST_BYTES (128u << 10)

/* The object that an ending stands for, by the table; or OBJECT_ANY. */
static enum object object_of(const struct mix *m, enum tree tree,
			     const char *ending)
{
	for (unsigned int i = 0; i < operation_count; i++) {
		const struct operation *op = &operations[i];

		if (op->ending && op->after != op->before &&
		    op->after != OBJECT_NONE &&
		    op->in_dst == (tree == TREE_DST) &&
		    m->set[op->after].size && !strcmp(op->ending, ending))
			return op->after;
	}
	return OBJECT_ANY;
}

/* Notes what a name says. Names that are not of this mix say nothing. */
static void note_name(struct mix *m, enum tree tree, uint64_t dir, char *name)
{
	const struct fileset *fs = &m->base->fileset;
	uint64_t number = fileset_number(fs, dir, name);
	char *dot = number ? NULL : strrchr(name, '.');
	enum object object = OBJECT_FILE;

	if (dot) {
		object = object_of(m, tree, dot);
		*dot = 0;
		number = fileset_number(fs, dir, name);
	}
	if (!number || number > fs->files || object == OBJECT_ANY)
		return;
	number--;
	population_set(&m->set[object], number, true);
	if (object == OBJECT_FILE)
		population_set(&m->set[OBJECT_RENAMED], number,
			       tree == TREE_DST);
}

static int list(struct mix *m, enum tree tree, uint64_t dir, int fd,
		char *buffer)
{
	for (;;) {
		ssize_t n = syscall(SYS_getdents64, fd, buffer, LIST_BYTES);

		if (n <= 0)
			return n ? -errno : 0;
		for (char *at = buffer; at < buffer + n;) {
			struct dirent *entry = (struct dirent *)at;

			note_name(m, tree, dir, entry->d_name);
			at += entry->d_reclen;
		}
	}
}

static int list_dir(struct mix *m, enum tree tree, unsigned int top,
		    uint64_t dir, char *buffer)
{
	const struct worker *w = m->base;
	int own = -1, at = dirtable_fd(&w->dirtable, tree, top, dir), fd, ret;

	if (at < 0)
		at = own = dirtable_open_dir(&w->dirtable, &w->fileset, tree,
					     top, dir);
	if (at < 0)
		return at == -ENOENT ? 0 : at;
	fd = openat(at, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ret = fd < 0 ? -errno : list(m, tree, dir, fd, buffer);
	if (fd >= 0)
		close(fd);
	if (own >= 0)
		close(own);
	return ret;
}

static int fail(const struct worker *w, enum tree tree, unsigned int top,
		uint64_t dir, int error, struct failure *f)
{
	char path[FILESET_PATH_MAX];

	fileset_path(&w->fileset, tree, dir, top, 0, true, path);
	return failure_set(f, -error, "operation=mix: list of %s: %s", path,
			   strerror(-error));
}

int mix_scan(struct mix *m, struct failure *f)
{
	const struct worker *w = m->base;
	const struct fileset *fs = &w->fileset;
	char *buffer = malloc(LIST_BYTES);
	uint64_t all = TREE_COUNT * fs->dirs * fs->tops;
	int ret = buffer ? 0 : -ENOMEM;

	/* The source tree comes last: a name in both is found there. */
	for (uint64_t i = 0; !ret && i < all; i++) {
		enum tree tree = i < all / 2 ? TREE_DST : TREE_SRC;
		uint64_t dir = i % (all / 2) / fs->tops;
		unsigned int top = i % fs->tops;

		if (stop_asked(&w->stop))
			ret = -ECANCELED;
		else
			ret = list_dir(m, tree, top, dir, buffer);
		if (ret && ret != -ECANCELED)
			ret = fail(w, tree, top, dir, ret, f);
	}
	free(buffer);
	return ret;
}
