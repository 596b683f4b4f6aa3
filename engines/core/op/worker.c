// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/hash64.h"
#include "op/worker.h"

#define DEFAULT_RECORD_MAX (1ull << 20)
#define LISTING_BYTES      (128u << 10)

static int check_sizes(const struct worker_options *o, struct failure *f)
{
	/* Negative sizes, too: fio hands on "-1" as the range 2^64 - 1 to 1. */
	if (o->file_size_low_bytes > INT64_MAX / 2 ||
	    o->file_size_high_bytes > INT64_MAX / 2)
		return failure_set(f, EINVAL,
				   "filesize= is too large or negative: "
				   "expected a size such as 64k, or a range "
				   "such as 4k-64k");
	if (o->file_size_low_bytes > o->file_size_high_bytes)
		return failure_set(f, EINVAL,
				   "filesize=%llu-%llu: the range is empty",
				   (unsigned long long)o->file_size_low_bytes,
				   (unsigned long long)o->file_size_high_bytes);
	if (o->size_distribution == FILESIZE_UNIFORM &&
	    o->file_size_low_bytes == o->file_size_high_bytes)
		return failure_set(f, EINVAL,
				   "size_distribution=uniform needs a range, "
				   "such as filesize=4k-64k");
	if (o->size_distribution == FILESIZE_TABLE &&
	    o->file_size_low_bytes != o->file_size_high_bytes)
		return failure_set(f, EINVAL,
				   "size_distribution=table: filesize= is the "
				   "largest size there, and no range");
	if (o->record_size_bytes > WORKER_RECORD_MAX)
		return failure_set(f, EINVAL,
				   "bs=%llu: a record is at most %llu bytes",
				   (unsigned long long)o->record_size_bytes,
				   WORKER_RECORD_MAX);
	return 0;
}

static int check_xattrs(const struct worker_options *o,
			const struct operation *op, struct failure *f)
{
	if (o->xattr_size_bytes > WORKER_XATTR_SIZE_MAX)
		return failure_set(f, EINVAL,
				   "xattr_size=%u: the kernel allows %u bytes "
				   "a value",
				   o->xattr_size_bytes, WORKER_XATTR_SIZE_MAX);
	if (o->xattr_count > WORKER_XATTR_COUNT_MAX)
		return failure_set(f, EINVAL, "xattr_count=%u: at most %u",
				   o->xattr_count, WORKER_XATTR_COUNT_MAX);
	if (!o->xattr_count && op->needs_xattrs)
		return failure_set(f, EINVAL,
				   "operation=%s needs xattr_count=1 or more "
				   "(and xattr_size=)",
				   op->name);
	if (o->dir_files > WORKER_DIR_FILES_MAX)
		return failure_set(f, EINVAL, "dir_files=%u: at most %u",
				   o->dir_files, WORKER_DIR_FILES_MAX);
	return 0;
}

static int check_listing(const struct worker *w, struct failure *f)
{
	if (w->lists && w->fileset.kind == FILESET_HASHED &&
	    !w->fileset.hash_inverse)
		return failure_set(f, EINVAL,
				   "operation=%s with hash_into_dirs: files "
				   "must not be a multiple of 900593",
				   w->operation->name);
	return 0;
}

static uint64_t round_up(uint64_t bytes, uint64_t to)
{
	return (bytes + to - 1) / to * to;
}

static int set_sizes(struct worker *w, uint64_t key, struct failure *f)
{
	const struct worker_options *o = &w->options;
	uint64_t record = o->record_size_bytes;
	int ret = 0;

	w->filesize.distribution = o->size_distribution;
	w->filesize.low_bytes = o->empty ? 0 : o->file_size_low_bytes;
	w->filesize.high_bytes = o->empty ? 0 : o->file_size_high_bytes;
	if (w->filesize.distribution == FILESIZE_FIXED &&
	    w->filesize.low_bytes != w->filesize.high_bytes)
		w->filesize.distribution = FILESIZE_UNIFORM;
	if (o->empty)
		w->filesize.distribution = FILESIZE_FIXED;
	w->filesize.key = key;
	if (w->filesize.distribution == FILESIZE_TABLE)
		ret = filesize_read_table(&w->filesize, o->size_table,
					  w->fileset.files, f);
	if (!record || record > w->filesize.high_bytes)
		record = w->filesize.high_bytes;
	if (!o->record_size_bytes && record > DEFAULT_RECORD_MAX)
		record = DEFAULT_RECORD_MAX;
	w->record_bytes = record;
	w->buffer_bytes = record;
	if (w->lists && w->buffer_bytes < LISTING_BYTES)
		w->buffer_bytes = LISTING_BYTES;
	/*
	 * Leaves room for a word after the record, because random contents are
	 * made in words.
	 */
	w->buffer_bytes = round_up(w->buffer_bytes + 8, REQUEST_BUFFER_ALIGN);
	return ret;
}

/*
 * Returns how many bytes make the values of a file's attributes, or 0 if they
 * are not needed.
 */
static uint32_t attribute_bytes(const struct worker_options *o,
				const struct operation *op)
{
	enum object before = op->before, after = op->after;

	if (!o->xattr_count)
		return 0;
	if (before != OBJECT_XATTRS && before != OBJECT_SWIFT &&
	    after != OBJECT_XATTRS && after != OBJECT_SWIFT)
		return 0;
	return o->xattr_size_bytes + o->xattr_count;
}

/* The names that smallfile gives them. */
static int name_attributes(struct worker *w)
{
	const char *stem = w->operation->after == OBJECT_SWIFT
				   ? "user.smallfile-all-"
				   : "user.smallfile-";
	uint32_t count = w->options.xattr_count;

	w->attribute_names = malloc(count * sizeof(*w->attribute_names));
	if (!w->attribute_names)
		return -ENOMEM;
	for (uint32_t j = 0; j < count; j++)
		snprintf(w->attribute_names[j], sizeof(*w->attribute_names),
			 "%s%u", stem, j);
	return 0;
}

int worker_set_operation(struct worker *w, const struct operation *op,
			 struct failure *f)
{
	const struct worker_options *o = &w->options;
	int ret;

	w->operation = op;
	w->trees = op->trees;
	w->opcodes = op->opcodes;
	w->async = op->async != NULL;
	w->lists = op->lists || op->unit == UNIT_DRAWN;
	w->writes = op->moves_data && !op->reads && !op->copies;
	w->attribute_bytes = attribute_bytes(o, op);
	w->makes_contents = w->writes || w->attribute_bytes;
	w->opens_inner = op->empties_dir && o->dir_files;
	w->attribute_names = NULL;
	ret = check_xattrs(o, op, f);
	return !ret && w->attribute_bytes ? name_attributes(w) : ret;
}

/* Sets what no operation changes. */
static int set_up(struct worker *w, const struct worker_options *o,
		  struct failure *f)
{
	size_t longest = o->xattr_size_bytes + o->xattr_count;
	uint64_t key = hash64_in(hash64_text(hash64(o->seed), o->layout.host),
				 o->layout.thread);
	int ret = set_sizes(w, key, f);

	if (ret)
		return ret;
	if (longest < w->record_bytes)
		longest = w->record_bytes;
	w->units = w->operation->unit == UNIT_DIR
			   ? w->fileset.dirs * w->fileset.tops
			   : w->fileset.files;
	w->found_bytes = fileset_places(&w->fileset) / 8 + 1;
	w->open_direct = o->direct ? O_DIRECT : 0;
	w->direct_align = 512;
	w->ticks = ticks_usable();
	w->user = geteuid();
	w->group = getegid();
	return content_init(&w->content, o->content, key, o->layout.thread,
			    longest);
}

int worker_init(struct worker *w, const struct worker_options *o,
		struct failure *f)
{
	int ret;

	memset(w, 0, sizeof(*w));
	f->text[0] = 0;
	w->options = *o;
	memset(&w->options.layout, 0, sizeof(w->options.layout));
	ret = check_sizes(o, f);
	if (!ret)
		ret = worker_set_operation(w, o->operation, f);
	if (!ret)
		ret = fileset_init(&w->fileset, &o->layout, f);
	if (!ret)
		ret = check_listing(w, f);
	if (!ret)
		ret = set_up(w, o, f);
	if (ret)
		worker_free(w);
	return ret;
}

void worker_free(struct worker *w)
{
	dirtable_close(&w->dirtable);
	content_free(&w->content);
	distribution_free(&w->filesize.table);
	free(w->attribute_names);
	w->attribute_names = NULL;
	fileset_free(&w->fileset);
}

int worker_make_dirs(struct worker *w, struct failure *f)
{
	int ret = 0;

	f->text[0] = 0;
	if (!w->operation->makes_dirs)
		return 0;
	/*
	 * Makes both, because smallfile's rename and symlink expect the second
	 * tree.
	 */
	for (int t = 0; !ret && t < TREE_COUNT; t++)
		ret = tree_make(&w->fileset, t, &w->stop, f);
	return ret;
}

static int read_alignment(struct worker *w, int fd, const char *top,
			  struct failure *f)
{
#ifdef STATX_DIOALIGN
	struct statx stx;

	if (statx(fd, "", AT_EMPTY_PATH, STATX_DIOALIGN, &stx) ||
	    !(stx.stx_mask & STATX_DIOALIGN))
		return 0;
	if (stx.stx_dio_offset_align > REQUEST_BUFFER_ALIGN ||
	    stx.stx_dio_mem_align > REQUEST_BUFFER_ALIGN)
		return failure_set(f, EINVAL,
				   "direct=1: the file system of %s aligns "
				   "O_DIRECT to more than %u bytes; use "
				   "direct=0",
				   top, REQUEST_BUFFER_ALIGN);
	if (stx.stx_dio_offset_align > w->direct_align)
		w->direct_align = stx.stx_dio_offset_align;
#endif
	return 0;
}

/*
 * Asks each file system whether it does O_DIRECT, and at what alignment. A file
 * without a name is used, so that nothing is left behind. If a file system has
 * no such files, the first operation shows whether O_DIRECT works.
 */
static int probe_direct(struct worker *w, struct failure *f)
{
	int ret = 0;

	for (unsigned int i = 0; !ret && i < w->fileset.tops; i++) {
		int fd =
			openat(w->dirtable.top_fd[i], ".",
			       O_TMPFILE | O_RDWR | O_DIRECT | O_CLOEXEC, 0600);

		if (fd < 0 && errno == EINVAL)
			return failure_set(f, EINVAL,
					   "direct=1: the file system of %s "
					   "has no O_DIRECT; use direct=0",
					   w->fileset.top[i]);
		if (fd < 0)
			continue;
		ret = read_alignment(w, fd, w->fileset.top[i], f);
		close(fd);
	}
	return ret;
}

int worker_probe(struct worker *w, const struct operation *op,
		 struct failure *f)
{
	for (unsigned int i = 0; op->probe && i < w->fileset.tops; i++)
		if (op->probe(w->dirtable.top_fd[i]))
			return failure_set(f, EOPNOTSUPP,
					   "operation=%s: the file system of "
					   "%s has no %s",
					   op->name, w->fileset.top[i],
					   op->probed);
	return 0;
}

int worker_open_dirs(struct worker *w, struct failure *f)
{
	uint64_t max_fds = w->options.max_fds;
	int ret;

	f->text[0] = 0;
	ret = dirtable_open(&w->dirtable, &w->fileset, w->trees,
			    max_fds ? max_fds : DIRTABLE_FDS_MIN,
			    w->options.fsync, &w->stop, f);
	if (!ret && w->options.direct)
		ret = probe_direct(w, f);
	if (!ret)
		ret = worker_probe(w, w->operation, f);
	return ret;
}

int worker_finish(struct worker *w, struct failure *f)
{
	int ret = 0;

	f->text[0] = 0;
	if (!w->operation->removes_dirs)
		return 0;
	for (int t = 0; !ret && t < TREE_COUNT; t++)
		ret = tree_remove(&w->fileset, t, &w->stop, &w->dirs_left, f);
	return ret;
}

enum fskind worker_fskind(const struct worker *w)
{
	enum fskind kind = FSKIND_MEMORY;

	for (unsigned int i = 0; i < w->fileset.tops; i++) {
		enum fskind of_top = fskind_of(w->fileset.top[i]);

		if (of_top > kind)
			kind = of_top;
	}
	return kind;
}

bool worker_gains_by_depth(const struct worker *w, enum fskind fskind)
{
	return fskind != FSKIND_MEMORY ||
	       (w->operation->ring_in_memory && w->fileset.spread > 1);
}

uint64_t worker_mean_bytes(const struct worker *w)
{
	uint64_t mean = 1;

	if (w->operation->moves_data)
		mean = filesize_mean(&w->filesize);
	return mean ? mean : 1;
}
