// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "worker.h"

/*
 * The line holds "d_001/d_002/" right before "PREFIX_HOST_TT_17_SUFFIX": the
 * head is written once, the components when the directory changes, so that
 * from one file to the next only the number and the tail are new.
 */
#define LINE_NAME  FILESET_PATH_MAX
#define LINE_BYTES (LINE_NAME + NAME_MAX + 1)

int request_init(struct request *r, const struct worker *w)
{
	const struct fileset *fs = &w->fileset;
	size_t values = w->options.xattr_size_bytes + w->options.xattr_count;

	memset(r, 0, sizeof(*r));
	r->placed_dir = UINT64_MAX;
	r->line = malloc(LINE_BYTES);
	r->extra = malloc(FILESET_PATH_MAX + NAME_MAX);
	for (int t = 0; t < TREE_COUNT; t++)
		r->far[t].path = calloc(1, FILESET_PATH_MAX);
	r->full.path = calloc(1, FILESET_PATH_MAX);
	r->values = malloc(values + WORKER_XATTR_SIZE_MAX + 8);
	r->buffer = aligned_alloc(REQUEST_BUFFER_ALIGN, w->buffer_bytes);
	if (w->operation->unit == UNIT_DIR)
		r->found = malloc(fs->files_per_dir / 8 + 1);
	if (!r->line || !r->extra || !r->far[TREE_SRC].path ||
	    !r->far[TREE_DST].path || !r->full.path || !r->values ||
	    !r->buffer || (w->operation->unit == UNIT_DIR && !r->found)) {
		request_free(r);
		return -ENOMEM;
	}
	memcpy(r->line + LINE_NAME, fs->head, fs->head_length);
	r->number = r->line + LINE_NAME + fs->head_length;
	return 0;
}

void request_free(struct request *r)
{
	free(r->line);
	free(r->extra);
	for (int t = 0; t < TREE_COUNT; t++)
		free(r->far[t].path);
	free(r->full.path);
	free(r->values);
	free(r->buffer);
	free(r->found);
	memset(r, 0, sizeof(*r));
}

/* Components from `dir` up to the open directory, right-aligned. */
static const char *place_components(const struct worker *w, struct request *r)
{
	const struct fileset *fs = &w->fileset;
	char component[FILESET_COMPONENT_MAX];
	char *start = r->line + LINE_NAME;
	uint64_t dir = r->dir;

	for (unsigned int level = 0; level < w->dirtable.level; level++) {
		size_t n;

		if (fileset_is_top(fs, dir, level))
			break;
		n = fileset_component(fs, dir, component);
		*--start = '/';
		start -= n;
		memcpy(start, component, n);
		dir = fileset_parent(fs, dir);
	}
	return start;
}

/* Everything that only changes with the directory. */
static void place_dir(struct worker *w, struct request *r)
{
	const struct fileset *fs = &w->fileset;
	const char *path = place_components(w, r);
	uint64_t slot = dirtable_slot(&w->dirtable, r->top, r->dir);

	for (int t = 0; t < TREE_COUNT; t++) {
		if (!w->dirtable.fd[t])
			continue;
		r->far[t].path[0] = 0;
		r->at[t].fd = w->dirtable.fd[t][slot];
		r->at[t].path = path;
		if (r->at[t].fd >= 0)
			continue;
		r->at[t].fd = w->dirtable.top_fd[r->top];
		r->at[t].path = r->far[t].path;
		r->far[t].dir_length = fileset_path(fs, t, r->dir, r->top, 0,
						    false, r->far[t].path);
	}
	if (w->operation->names_full_path)
		r->full.dir_length = fileset_path(fs, TREE_SRC, r->dir, r->top,
						  0, true, r->full.path);
	r->placed_dir = r->dir;
	r->placed_top = r->top;
}

static void append_name(const struct request *r, char *path, size_t dir_length)
{
	path[dir_length] = '/';
	memcpy(path + dir_length + 1, r->line + LINE_NAME, r->name_length + 1);
}

static void place_name(const struct worker *w, struct request *r)
{
	const struct fileset *fs = &w->fileset;
	size_t digits = fileset_decimal(r->file, r->number);

	memcpy(r->number + digits, fs->tail, fs->tail_length + 1);
	r->name_length = fs->head_length + digits + fs->tail_length;
	for (int t = 0; t < TREE_COUNT; t++)
		if (r->far[t].path[0])
			append_name(r, r->far[t].path, r->far[t].dir_length);
	if (w->operation->names_full_path)
		append_name(r, r->full.path, r->full.dir_length);
}

/* A directory as such: its components without the slash, or ".". */
static void place_listing(const struct worker *w, struct request *r)
{
	struct place *at = &r->at[TREE_SRC];
	char *end = r->line + LINE_NAME;

	place_dir((struct worker *)w, r);
	if (at->path == r->far[TREE_SRC].path)
		return;
	if (at->path == end)
		at->path = ".";
	else
		end[-1] = 0;
}

static void restore(struct worker *w, struct request *r)
{
	r->error = w->operation->restore(w, r);
}

void request_prepare(struct worker *w, struct request *r, uint64_t unit,
		     bool again)
{
	const struct fileset *fs = &w->fileset;

	r->unit = unit;
	r->error = 0;
	r->latency_ns = 0;
	r->failure.text[0] = 0;
	if (w->operation->unit == UNIT_DIR) {
		r->dir = unit / fs->tops;
		r->top = unit % fs->tops;
		place_listing(w, r);
		return;
	}
	r->file = fileset_file(fs, unit);
	r->dir = fileset_dir(fs, r->file);
	r->top = fileset_top(fs, r->file);
	r->size_bytes = filesize_of(&w->filesize, r->file);
	if (r->dir != r->placed_dir || r->top != r->placed_top)
		place_dir(w, r);
	place_name(w, r);
	if (again && w->operation->restore)
		restore(w, r);
}

const char *request_extra(struct request *r, enum tree tree, const char *ending)
{
	size_t length = strlen(r->at[tree].path);

	memcpy(r->extra, r->at[tree].path, length);
	strcpy(r->extra + length, ending);
	return r->extra;
}

int request_fail(struct request *r, const char *call)
{
	r->call = call;
	return -errno;
}

int request_fail_text(struct request *r, int code, const char *call,
		      const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vsnprintf(r->failure.text, sizeof(r->failure.text), format, ap);
	va_end(ap);
	r->call = call;
	return -code;
}

int request_sync_dir(struct worker *w, struct request *r, enum tree tree)
{
	const struct place *at = &r->at[tree];
	int fd = at->fd, ret = 0;
	char *slash;

	if (!w->options.fsync)
		return 0;
	strcpy(r->extra, at->path);
	slash = strrchr(r->extra, '/');
	if (slash) {
		*slash = 0;
		fd = openat(at->fd, r->extra,
			    O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (fd < 0)
			return request_fail(r, "open of the directory");
	}
	if (fsync(fd))
		ret = request_fail(r, "fsync of the directory");
	if (slash)
		close(fd);
	return ret;
}

size_t request_describe(const struct worker *w, const struct request *r,
			int error, char *out, size_t size)
{
	char path[FILESET_PATH_MAX];
	const struct operation *op = w->operation;
	enum tree tree = op->trees & 1u << TREE_SRC ? TREE_SRC : TREE_DST;
	const char *hint = "";
	int n;

	fileset_path(&w->fileset, tree, r->dir, r->top, r->file, true, path);
	if (r->failure.text[0]) {
		n = snprintf(out, size, "%s: %s: %s", op->name, path,
			     r->failure.text);
		return n < 0 ? 0 : n;
	}
	if (error == -EINVAL && w->options.direct)
		hint = "; if this file system has no O_DIRECT, use direct=0";
	else if (error == -EOPNOTSUPP)
		hint = "; this file system does not support it";
	else if (error == -EMFILE)
		hint = "; raise the limit of open files (ulimit -n)";
	n = snprintf(out, size, "%s: %s: %s: %s%s", op->name, path,
		     r->call ? r->call : "-", strerror(-error), hint);
	return n < 0 ? 0 : n;
}
