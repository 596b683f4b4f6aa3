// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "op/op.h"

/*
 * The line holds "d_001/d_002/" right before "PREFIX_HOST_TT_17_SUFFIX": the
 * head is written once, the components when the directory changes, so that
 * from one file to the next only the number and the tail are new.
 */
#define LINE_NAME  FILESET_PATH_MAX
#define TAIL_MOVE  8
#define LINE_BYTES (LINE_NAME + NAME_MAX + 1 + TAIL_MOVE)

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
		r->found = malloc(w->found_bytes);
	if (!r->line || !r->extra || !r->far[TREE_SRC].path ||
	    !r->far[TREE_DST].path || !r->full.path || !r->values ||
	    !r->buffer || (w->operation->unit == UNIT_DIR && !r->found)) {
		request_free(r);
		return -ENOMEM;
	}
	memcpy(r->line + LINE_NAME, fs->head, fs->head_length);
	r->number = r->line + LINE_NAME + fs->head_length;
	/* Before the first file: as if the number had to be written anew. */
	r->number[0] = '9';
	r->last_digit = r->number;
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

/* A directory that was not there when the others were opened. */
static void place_far(struct worker *w, struct request *r, enum tree tree)
{
	r->at[tree].fd = w->dirtable.top_fd[r->top];
	r->at[tree].path = r->far[tree].path;
	r->far[tree].dir_length = fileset_path(
		&w->fileset, tree, r->dir, r->top, 0, false, r->far[tree].path);
	r->long_paths = true;
}

static void place_full(struct worker *w, struct request *r)
{
	r->full.dir_length = fileset_path(&w->fileset, TREE_SRC, r->dir, r->top,
					  0, true, r->full.path);
	r->long_paths = true;
}

/*
 * Components that stay in a name are resolved by the operation itself, which
 * would follow a symbolic link among them out of the tree. Reading does no
 * harm, and directories that the operation made were checked then; for the
 * others it is done here, once for each directory, and not measured.
 */
static int check_links(const struct worker *w, const struct request *r)
{
	char path[FILESET_PATH_MAX];

	if (!w->guards_links)
		return 0;
	for (int t = 0; t < TREE_COUNT; t++) {
		int fd;

		if (!w->dirtable.fd[t] ||
		    (!w->dirtable.level && r->at[t].path != r->far[t].path))
			continue;
		fileset_path(&w->fileset, t, r->dir, r->top, 0, false, path);
		fd = tree_open_dir(w->dirtable.top_fd[r->top], path, O_PATH);
		if (fd >= 0)
			close(fd);
		else if (fd == -ELOOP)
			return fd;
	}
	return 0;
}

/* Everything that only changes with the directory. */
static void place_dir(struct worker *w, struct request *r)
{
	uint64_t slot = dirtable_slot(&w->dirtable, r->top, r->dir);
	const char *path = r->line + LINE_NAME;

	if (w->dirtable.level)
		path = place_components(w, r);
	r->long_paths = false;
	for (int t = 0; t < TREE_COUNT; t++) {
		if (!w->dirtable.fd[t])
			continue;
		r->at[t].fd = w->dirtable.fd[t][slot];
		r->at[t].path = path;
		if (r->at[t].fd < 0)
			place_far(w, r, t);
	}
	if (w->operation->names_full_path)
		place_full(w, r);
	r->placed_dir = r->dir;
	r->placed_top = r->top;
	r->placed_error = check_links(w, r);
}

static void append_name(const struct request *r, char *path, size_t dir_length)
{
	path[dir_length] = '/';
	memcpy(path + dir_length + 1, r->line + LINE_NAME, r->name_length + 1);
}

static void write_number(const struct worker *w, struct request *r)
{
	const struct fileset *fs = &w->fileset;
	size_t digits = fileset_decimal(r->file, r->number);

	/* A tail is short but for a long suffix: the usual one in one move. */
	memcpy(r->number + digits, fs->tail, TAIL_MOVE);
	if (fs->tail_length >= TAIL_MOVE)
		memcpy(r->number + digits, fs->tail, fs->tail_length + 1);
	r->last_digit = r->number + digits - 1;
	r->name_length = fs->head_length + digits + fs->tail_length;
}

static void write_long_paths(const struct worker *w, struct request *r)
{
	for (int t = 0; t < TREE_COUNT; t++)
		if (r->at[t].path == r->far[t].path)
			append_name(r, r->far[t].path, r->far[t].dir_length);
	if (w->operation->names_full_path)
		append_name(r, r->full.path, r->full.dir_length);
}

/* A directory as such: its components without the slash, or ".". */
static void place_listing(struct worker *w, struct request *r)
{
	struct place *at = &r->at[TREE_SRC];
	char *end = r->line + LINE_NAME;

	place_dir(w, r);
	if (at->path == r->far[TREE_SRC].path)
		return;
	if (at->path == end)
		at->path = ".";
	else
		end[-1] = 0;
}

static void prepare_dir(struct worker *w, struct request *r, uint64_t unit)
{
	r->dir = unit / w->fileset.tops;
	r->top = unit % w->fileset.tops;
	r->expected = fileset_files_in(&w->fileset, r->dir, r->top);
	memset(r->found, 0, w->found_bytes);
	place_listing(w, r);
}

void request_prepare(struct worker *w, struct request *r, uint64_t unit,
		     bool again)
{
	const struct fileset *fs = &w->fileset;
	uint64_t file;

	if (w->operation->unit == UNIT_DIR) {
		prepare_dir(w, r, unit);
		return;
	}
	file = fileset_file(fs, unit);
	r->dir = fileset_dir(fs, file);
	r->top = fileset_top(fs, file);
	r->size_bytes = filesize_of(&w->filesize, file);
	if (r->dir != r->placed_dir || r->top != r->placed_top)
		place_dir(w, r);
	/* From one file to the next mostly one digit changes. */
	if (file == r->file + 1 && *r->last_digit != '9') {
		++*r->last_digit;
		r->file = file;
	} else {
		r->file = file;
		write_number(w, r);
	}
	if (r->long_paths)
		write_long_paths(w, r);
	if (w->makes_contents)
		op_prepare_contents(w, r);
	r->error = r->placed_error;
	if (r->error) {
		errno = -r->error;
		request_fail(r, "open of the directory");
	}
	if (again && w->operation->restore && !r->error) {
		r->records = 0;
		r->error = w->operation->restore(w, r);
	}
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
	r->failure.text[0] = 0;
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

static const char *hint(const struct worker *w, int error)
{
	switch (-error) {
	case EINVAL:
		if (w->open_direct)
			return "; if the file system has no O_DIRECT, use "
			       "direct=0";
		break;
	case EOPNOTSUPP:
		return "; this file system does not support it";
	case EMFILE:
		return "; raise the limit of open files (ulimit -n)";
	case ELOOP:
		return "; a symbolic link is in the way";
	}
	return "";
}

size_t request_describe(const struct worker *w, const struct request *r,
			int error, char *out, size_t size)
{
	const struct operation *op = w->operation;
	char path[FILESET_PATH_MAX];
	int n;

	fileset_path(&w->fileset, op->in_dst ? TREE_DST : TREE_SRC, r->dir,
		     r->top, op->unit == UNIT_DIR ? 0 : r->file, true, path);
	n = snprintf(out, size, "%s: %s%s: ", op->name, path,
		     op->ending ? op->ending : "");
	if (n < 0 || (size_t)n >= size)
		return 0;
	if (r->failure.text[0])
		n += snprintf(out + n, size - n, "%s", r->failure.text);
	else
		n += snprintf(out + n, size - n, "%s: %s%s",
			      r->call ? r->call : "open", strerror(-error),
			      hint(w, error));
	return n;
}

const char *request_remedy(const struct worker *w, const struct request *r,
			   int error)
{
	const struct operation *op = w->operation;

	/* The file is there, and what it should carry is not. */
	if (-error == op->missing || (-error == ENODATA && op->missing))
		return op->remedy;
	switch (-error) {
	case EILSEQ:
		return "contents follow from filesize=, bs=, content=, seed=, "
		       "xattr_size=, host= and thread: unless these were "
		       "others when it was written, data has been damaged";
	case EIO:
		/* The file system's own errors come without a sentence. */
		if (op->reads && r->failure.text[0])
			return "sizes follow from filesize=, "
			       "size_distribution= and seed=: unless these "
			       "were others when it was written, data has been "
			       "lost";
		break;
	case ENOSPC:
	case EDQUOT:
		return "remove what earlier runs left by operation=cleanup, "
		       "or make fewer or smaller files";
	case ENOTEMPTY:
		return "dir_files= must be what it was when mkdir made it";
	}
	return NULL;
}
