// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "op/op.h"
#include "op/op_record.h"

/*
 * The head of a name is written once. From one file to the next, only the
 * number and the tail are new.
 */
#define TAIL_MOVE  8
#define NAME_BYTES (NAME_MAX + 1 + TAIL_MOVE)

int request_init(struct request *r, struct worker *w)
{
	const struct fileset *fs = &w->fileset;
	size_t values = w->options.xattr_size_bytes + w->options.xattr_count;

	memset(r, 0, sizeof(*r));
	r->worker = w;
	r->placed_dir = UINT64_MAX;
	r->inner_fd = -1;
	for (int t = 0; t < TREE_COUNT; t++) {
		r->at[t].fd = r->own_fd[t] = -1;
		r->tree[t] = t;
	}
	r->name = malloc(NAME_BYTES);
	r->extra = malloc(2 * NAME_MAX + 2);
	r->full.path = calloc(1, FILESET_PATH_MAX);
	r->values = malloc(values + WORKER_XATTR_SIZE_MAX + 8);
	r->buffer = aligned_alloc(REQUEST_BUFFER_ALIGN, w->buffer_bytes);
	if (w->lists)
		r->found = malloc(w->found_bytes);
	if (w->options.phases)
		r->parts = calloc(1, sizeof(*r->parts));
	if (!r->name || !r->extra || !r->full.path || !r->values ||
	    !r->buffer || (w->lists && !r->found) ||
	    (w->options.phases && !r->parts)) {
		request_free(r);
		return -ENOMEM;
	}
	if (r->parts)
		r->parts->ticks = w->ticks;
	memcpy(r->name, fs->head, fs->head_length);
	r->number = r->name + fs->head_length;
	/* The 9 makes the first file write its number anew. */
	r->number[0] = '9';
	r->last_digit = r->number;
	return 0;
}

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void request_free(struct request *r)
{
	close_fd(&r->inner_fd);
	for (int t = 0; t < TREE_COUNT; t++)
		close_fd(&r->own_fd[t]);
	free(r->name);
	free(r->extra);
	free(r->full.path);
	free(r->values);
	free(r->buffer);
	free(r->found);
	free(r->parts);
	memset(r, 0, sizeof(*r));
	r->inner_fd = -1;
	for (int t = 0; t < TREE_COUNT; t++)
		r->own_fd[t] = -1;
}

/*
 * Sets what only changes with the directory. A directory that was not opened
 * beforehand is opened here, which is not measured. So an operation resolves
 * one name in an open directory, and no symbolic link can lead its path out of
 * the tree.
 */
static void place_dir(struct worker *w, struct request *r)
{
	const struct operation *op = w->operation;

	r->placed_error = 0;
	for (int t = 0; t < TREE_COUNT; t++) {
		enum tree tree = r->tree[t];
		int fd;

		if (!(w->trees & 1u << t))
			continue;
		close_fd(&r->own_fd[t]);
		fd = dirtable_fd(&w->dirtable, tree, r->top, r->dir);
		if (fd < 0)
			fd = r->own_fd[t] =
				dirtable_open_dir(&w->dirtable, &w->fileset,
						  tree, r->top, r->dir);
		r->at[t].fd = fd < 0 ? -1 : fd;
		r->at[t].path = op->unit == UNIT_DIR ? "." : r->name;
		if (fd < 0 && (fd != -ENOENT || !op->allows_no_dir))
			r->placed_error = fd;
	}
	if (op->names_full_path)
		r->full.dir_length =
			fileset_path(&w->fileset, r->tree[TREE_SRC], r->dir,
				     r->top, 0, true, r->full.path);
	r->placed_dir = r->dir;
	r->placed_top = r->top;
}

bool request_find_dir(struct worker *w, struct request *r)
{
	if (r->at[TREE_SRC].fd < 0)
		place_dir(w, r);
	return r->at[TREE_SRC].fd >= 0;
}

/*
 * The name of a shaped tree has another length. The 9 behind it makes the next
 * file write its whole name, too.
 */
static void write_name(const struct fileset *fs, struct request *r)
{
	r->name_length = fileset_name(fs, r->dir, r->file, r->name);
	r->last_digit = r->name + r->name_length + 1;
	*r->last_digit = '9';
}

static void write_number(const struct worker *w, struct request *r)
{
	const struct fileset *fs = &w->fileset;
	size_t digits;

	if (fs->kind == FILESET_SHAPED) {
		write_name(fs, r);
		return;
	}
	digits = fileset_decimal(r->file, r->number);
	/* One short move copies the usual tail. A long suffix needs another. */
	memcpy(r->number + digits, fs->tail, TAIL_MOVE);
	if (fs->tail_length >= TAIL_MOVE)
		memcpy(r->number + digits, fs->tail, fs->tail_length + 1);
	r->last_digit = r->number + digits - 1;
	r->name_length = fs->head_length + digits + fs->tail_length;
}

static void write_full_path(struct request *r)
{
	char *end = r->full.path + r->full.dir_length;

	*end = '/';
	memcpy(end + 1, r->name, r->name_length + 1);
}

static void fail_placed(struct request *r)
{
	errno = -r->placed_error;
	r->error = request_fail(r, "open of the directory");
}

static void prepare_dir(struct worker *w, struct request *r, uint64_t unit,
			bool again)
{
	r->dir = unit / w->fileset.tops;
	r->top = unit % w->fileset.tops;
	r->expected = fileset_files_in(&w->fileset, r->dir, r->top);
	if (w->lists)
		memset(r->found, 0, w->found_bytes);
	place_dir(w, r);
	r->error = 0;
	/* smallfile makes no directory without files, so it may be missing. */
	if (r->placed_error && (r->placed_error != -ENOENT || r->expected))
		fail_placed(r);
	else if (again && w->operation->restore)
		r->error = w->operation->restore(w, r);
}

/* Makes the first record that is to be written, and attributes' values. */
static void prepare_contents(struct worker *w, struct request *r)
{
	uint64_t length = record_bytes(w, r);

	if (length > r->size_bytes)
		length = r->size_bytes;
	if (w->writes)
		r->first_record = record_make(w, r, 0, length);
	if (w->attribute_bytes)
		r->attributes = content_record(&w->content, r->values, r->file,
					       0, w->attribute_bytes);
}

void request_prepare(struct worker *w, struct request *r, uint64_t unit,
		     bool again)
{
	const struct fileset *fs = &w->fileset;
	uint64_t file;

	if (w->operation->unit == UNIT_DIR) {
		prepare_dir(w, r, unit, again);
		return;
	}
	file = fileset_file(fs, unit);
	r->dir = fileset_dir(fs, file);
	r->top = fileset_top(fs, file);
	r->size_bytes = filesize_of(&w->filesize, file);
	if (r->dir != r->placed_dir || r->top != r->placed_top)
		place_dir(w, r);
	/* From one file to the next, usually only one digit changes. */
	if (file == r->file + 1 && *r->last_digit != '9') {
		++*r->last_digit;
		r->file = file;
	} else {
		r->file = file;
		write_number(w, r);
	}
	if (w->operation->names_full_path)
		write_full_path(r);
	if (w->makes_contents)
		prepare_contents(w, r);
	r->error = 0;
	if (r->placed_error) {
		fail_placed(r);
		return;
	}
	if (again && w->operation->restore) {
		r->records = 0;
		r->error = w->operation->restore(w, r);
	}
	if (w->opens_inner && !r->error)
		r->error = request_open_inner(r);
	/*
	 * Prepares the name that the operation works on, if it has an ending.
	 */
	if (w->operation->ending)
		request_extra(r, w->operation->in_dst ? TREE_DST : TREE_SRC,
			      w->operation->ending);
}

int request_verify(struct worker *w, struct request *r)
{
	return record_verify(w, r, r->records - 1, r->unverified_bytes);
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

int request_open_inner(struct request *r)
{
	close_fd(&r->inner_fd);
	r->inner_fd = tree_open_dir(r->at[TREE_SRC].fd,
				    request_extra(r, TREE_SRC, ".d"), O_PATH);
	if (r->inner_fd >= 0)
		return 0;
	errno = -r->inner_fd;
	return request_fail(r, "open");
}

void request_close_inner(struct request *r)
{
	close_fd(&r->inner_fd);
}

int request_sync_dir(struct worker *w, struct request *r, enum tree tree)
{
	if (w->options.fsync && TIMED(r, PART_FSYNC, fsync(r->at[tree].fd)))
		return request_fail(r, "fsync of the directory");
	return 0;
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
	/* Of two names, the one that an operation needs is missing. */
	bool needed = op->before == OBJECT_FILE && -error == op->missing;
	char path[FILESET_PATH_MAX];
	int n;

	fileset_path(&w->fileset,
		     r->tree[op->in_dst && !needed ? TREE_DST : TREE_SRC],
		     r->dir, r->top, op->unit == UNIT_DIR ? 0 : r->file, true,
		     path);
	n = snprintf(out, size, "%s: %s%s: ", op->name, path,
		     op->ending && !needed ? op->ending : "");
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

	/* With ENODATA the file is there, but its attributes are not. */
	if (-error == op->missing || (-error == ENODATA && op->missing))
		return op->remedy;
	switch (-error) {
	case EILSEQ:
		return "contents follow from filesize=, bs=, content=, seed=, "
		       "xattr_size=, host= and thread: unless these were "
		       "others when it was written, data has been damaged";
	case EIO:
		/* Errors of the file system itself come without a sentence. */
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
