// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "async/async_op.h"
#include "op/op_record.h"
#include "op/op_value.h"

/*
 * The steps that rows of the operation table are made of. Each adds the calls
 * of its own part. async_op.h says what a step returns.
 */

/*
 * Adds the time of a call for which io_uring has no request. The thread made
 * this call itself, and waited for it. `began` is its first mark.
 */
static void own_call(const struct worker *w, struct async_op *op,
		     enum op_part part, uint64_t began)
{
	uint64_t marks = ticks_mark(w->ticks) - began;

	op->own_calls += marks;
	if (op->request.parts)
		parts_add(op->request.parts, part, marks);
}

/*
 * Opens the file. The next step waits if its calls cannot use the file in the
 * same chain.
 */
static int open_file(struct async_op *op, int flags, mode_t mode)
{
	const struct path_at *at = &op->request.at[TREE_SRC];

	return call_open(op, at->fd, at->path, flags, mode, "open") ? STEP_ON
								    : STEP_WAIT;
}

static int open_existing(const struct worker *w, struct async_op *op, int flags)
{
	int direct = w->operation->moves_data ? w->open_direct : 0;

	op->own_fd |= direct || w->attribute_bytes;
	return open_file(op, flags | O_NOFOLLOW | direct, 0);
}

int step_create(struct worker *w, struct async_op *op)
{
	op->own_fd |= w->open_direct || w->options.record_ctime_size;
	return open_file(op, O_CREAT | O_EXCL | O_WRONLY | w->open_direct,
			 RECORD_FILE_MODE);
}

int step_open_to_write(struct worker *w, struct async_op *op)
{
	return open_existing(w, op, O_WRONLY);
}

int step_open_truncated(struct worker *w, struct async_op *op)
{
	return open_existing(w, op, O_WRONLY | O_TRUNC);
}

/*
 * io_uring has no lseek, so O_APPEND finds the end of the file. With O_DIRECT,
 * step_find_end() does.
 */
int step_open_to_append(struct worker *w, struct async_op *op)
{
	return open_existing(w, op, O_WRONLY | (w->open_direct ? 0 : O_APPEND));
}

int step_open_to_read(struct worker *w, struct async_op *op)
{
	return open_existing(w, op, O_RDONLY);
}

/*
 * Finds the end of the file for O_DIRECT, because records must be aligned
 * there.
 */
int step_find_end(struct worker *w, struct async_op *op)
{
	uint64_t began = ticks_mark(w->ticks);
	off_t end;

	if (!w->open_direct)
		return STEP_ON;
	end = lseek(op->fd, 0, SEEK_END);
	own_call(w, op, PART_SEEK, began);
	if (end < 0)
		return request_fail(&op->request, "lseek");
	op->base = end;
	return STEP_ON;
}

/*
 * Whether several records may be written at the same time. Records of the
 * pattern have bytes of their own. All others share one buffer.
 */
static bool records_stay(const struct worker *w)
{
	return !w->open_direct && w->options.content == CONTENT_PATTERN;
}

/*
 * If O_DIRECT refuses a record, the rest of the file goes through the cache.
 * The synchronous form does the same.
 */
static int leave_direct(struct worker *w, struct async_op *op, uint64_t offset,
			uint64_t length)
{
	uint64_t began;
	int ret;

	if (!w->open_direct || op->no_direct ||
	    record_aligned(w, offset, length))
		return 0;
	op->no_direct = true;
	began = ticks_mark(w->ticks);
	ret = record_end_direct(&op->request, op->fd);
	own_call(w, op, PART_FCNTL, began);
	return ret;
}

static int more_records(const struct async_op *op)
{
	return op->position < op->request.size_bytes ? STEP_AGAIN : STEP_ON;
}

int step_write(struct worker *w, struct async_op *op)
{
	struct request *r = &op->request;
	uint64_t full = record_bytes(w, r), left;
	bool several = records_stay(w);

	while ((left = r->size_bytes - op->position) && async_op_room(op)) {
		uint64_t length = left < full ? left : full;
		uint64_t offset = op->base + op->position;
		const uint8_t *data;
		int ret = leave_direct(w, op, offset, length);

		if (ret)
			return ret;
		data = several && op->position
			       ? record_make(w, r, op->position / full, length)
			       : record_next(w, r, length);
		call_write(op, data, offset, length);
		op->position += length;
		if (!several)
			break;
	}
	return more_records(op);
}

int step_read(struct worker *w, struct async_op *op)
{
	struct request *r = &op->request;
	uint64_t full = record_bytes(w, r), left = r->size_bytes - op->position;
	uint64_t length = left < full ? left : full, ask = length;
	uint64_t offset = op->position, mask = w->direct_align - 1;
	int ret;

	if (!left)
		return STEP_ON;
	/* O_DIRECT wants whole blocks also at the end of a file. */
	ret = leave_direct(w, op, offset, left == length ? 0 : length);
	if (ret)
		return ret;
	if (w->open_direct && !op->no_direct)
		ask = (length + mask) & ~mask;
	op->position += length;
	call_read(op, offset, ask, length);
	return more_records(op);
}

/* Waits for the last write, so that the attribute has a time after it. */
int step_stamp(struct worker *w, struct async_op *op)
{
	char *text = op->text;

	_Static_assert(sizeof(op->text) >= RECORD_STAMP_BYTES, "room");
	if (!w->options.record_ctime_size)
		return STEP_ON;
	if (op->calls)
		return STEP_AGAIN;
	call_fsetxattr(op, OP_XATTR_STAMP, text,
		       record_stamp(&op->request, text));
	return STEP_ON;
}

int step_sync(struct worker *w, struct async_op *op)
{
	if (w->options.fsync)
		call_fsync(op, "fsync");
	return STEP_ON;
}

int step_close(struct worker *w, struct async_op *op)
{
	call_close(op, "close");
	return STEP_ON;
}

static int sync_dir(const struct worker *w, struct async_op *op, enum tree tree)
{
	if (w->options.fsync)
		call_fsync_fd(op, op->request.at[tree].fd,
			      "fsync of the directory");
	return STEP_ON;
}

int step_sync_src(struct worker *w, struct async_op *op)
{
	return sync_dir(w, op, TREE_SRC);
}

int step_sync_dst(struct worker *w, struct async_op *op)
{
	return sync_dir(w, op, TREE_DST);
}

static int look_at_file(struct async_op *op, int flags)
{
	const struct path_at *at = &op->request.at[TREE_SRC];

	call_stat(op, CALL_PLAIN, at->fd, at->path, flags);
	return STEP_WAIT;
}

int step_stat(struct worker *w, struct async_op *op)
{
	return look_at_file(op, 0);
}

int step_statx_dont_sync(struct worker *w, struct async_op *op)
{
	return look_at_file(op, AT_STATX_DONT_SYNC);
}

int step_statx_force_sync(struct worker *w, struct async_op *op)
{
	return look_at_file(op, AT_STATX_FORCE_SYNC);
}

int step_look_up(struct worker *w, struct async_op *op)
{
	call_stat(op, CALL_VALUE, op->request.at[TREE_SRC].fd,
		  op->request.extra, 0);
	return STEP_WAIT;
}

int step_missing(struct worker *w, struct async_op *op)
{
	return op_missing(&op->request, -call_result(op));
}

int step_not_link(struct worker *w, struct async_op *op)
{
	return op_not_link(&op->request, op->statx.stx_mode);
}

int step_unlink(struct worker *w, struct async_op *op)
{
	const struct path_at *at =
		&op->request.at[w->operation->in_dst ? TREE_DST : TREE_SRC];

	call_unlink(op, at->fd, at->path, 0, "unlink");
	return STEP_ON;
}

int step_rename(struct worker *w, struct async_op *op)
{
	const struct path_at *src = &op->request.at[TREE_SRC];
	const struct path_at *dst = &op->request.at[TREE_DST];

	call_rename(op, src->fd, src->path, dst->fd, dst->path, 0);
	return STEP_ON;
}

int step_exchange(struct worker *w, struct async_op *op)
{
	const struct request *r = &op->request;
	const struct path_at *src = &r->at[TREE_SRC], *dst = &r->at[TREE_DST];

	call_rename(op, src->fd, src->path, dst->fd, r->extra, RENAME_EXCHANGE);
	return STEP_ON;
}

int step_link(struct worker *w, struct async_op *op)
{
	const struct request *r = &op->request;
	const struct path_at *src = &r->at[TREE_SRC], *dst = &r->at[TREE_DST];

	call_link(op, src->fd, src->path, dst->fd, r->extra, 0);
	return STEP_ON;
}

int step_symlink(struct worker *w, struct async_op *op)
{
	struct request *r = &op->request;

	call_symlink(op, r->full.path, r->at[TREE_DST].fd,
		     request_extra(r, TREE_DST, ".s"));
	return STEP_ON;
}

/*
 * Makes directories and their files one name at a time. A call's path has to
 * stay until the call is handed over, and there is one place for the path.
 */
int step_mkdir(struct worker *w, struct async_op *op)
{
	struct request *r = &op->request;

	call_mkdir(op, r->at[TREE_SRC].fd, request_extra(r, TREE_SRC, ".d"),
		   OP_DIR_MODE);
	return STEP_WAIT;
}

int step_make_files(struct worker *w, struct async_op *op)
{
	struct request *r = &op->request;

	if (op->count == w->options.dir_files)
		return STEP_ON;
	if (op->open ||
	    call_create_below(op, r->at[TREE_SRC].fd,
			      op_file_in_dir(r, op->count), RECORD_FILE_MODE,
			      "open of its file")) {
		call_close(op, "close of its file");
		op->count++;
	}
	return STEP_AGAIN;
}

int step_remove_files(struct worker *w, struct async_op *op)
{
	if (op->count == w->options.dir_files)
		return STEP_ON;
	call_unlink(op, op->request.inner_fd,
		    op_inner_name(op->count++, op->text), 0,
		    "unlink of its file");
	return STEP_AGAIN;
}

int step_rmdir(struct worker *w, struct async_op *op)
{
	struct request *r = &op->request;

	/*
	 * An open directory is not freed, and freeing is part of the removal.
	 */
	request_close_inner(r);
	call_unlink(op, r->at[TREE_SRC].fd, request_extra(r, TREE_SRC, ".d"),
		    AT_REMOVEDIR, "rmdir");
	return STEP_ON;
}

static int more_attributes(const struct worker *w, const struct async_op *op)
{
	return op->count < w->options.xattr_count ? STEP_AGAIN : STEP_ON;
}

static void set_attribute(struct worker *w, struct async_op *op)
{
	call_fsetxattr(op, w->attribute_names[op->count],
		       op->request.attributes + op->count,
		       w->options.xattr_size_bytes);
	op->count++;
}

static void ask_attribute(struct worker *w, struct async_op *op)
{
	call_fgetxattr(op, w->attribute_names[op->count],
		       value_found(w, &op->request), WORKER_XATTR_SIZE_MAX);
}

int step_set_attributes(struct worker *w, struct async_op *op)
{
	while (op->count < w->options.xattr_count && async_op_room(op))
		set_attribute(w, op);
	return more_attributes(w, op);
}

/* swift-put looks whether an attribute is there before it sets it. */
int step_put_attributes(struct worker *w, struct async_op *op)
{
	int length = call_result(op);

	if (op->count == w->options.xattr_count)
		return STEP_ON;
	if (op->calls)
		return STEP_AGAIN;
	op->asked = !op->asked;
	if (op->asked) {
		ask_attribute(w, op);
		return STEP_AGAIN;
	}
	if (length < 0 && length != -ENODATA) {
		errno = -length;
		return request_fail(&op->request, "fgetxattr");
	}
	set_attribute(w, op);
	return STEP_AGAIN;
}

/* Checks the attribute that the last chain has read. */
static int check_attribute(struct worker *w, struct async_op *op)
{
	int length = call_result(op);
	uint32_t j = op->count++;

	errno = length < 0 ? -length : 0;
	return value_check(w, &op->request, w->attribute_names[j],
			   op->request.attributes + j,
			   value_found(w, &op->request), length);
}

/*
 * Reads from an open file. io_uring's getxattr of a path would follow a link in
 * the last place of the path.
 */
int step_verify_attributes(struct worker *w, struct async_op *op)
{
	int ret = op->asked ? check_attribute(w, op) : 0;

	if (ret || op->count == w->options.xattr_count)
		return ret;
	op->asked = true;
	ask_attribute(w, op);
	return STEP_AGAIN;
}

int step_open_temporary(struct worker *w, struct async_op *op)
{
	struct request *r = &op->request;

	op->own_fd = true;
	call_open(op, r->at[TREE_SRC].fd, request_extra(r, TREE_SRC, ".tmp"),
		  O_CREAT | O_TRUNC | O_WRONLY | O_NOFOLLOW | w->open_direct,
		  RECORD_FILE_MODE, "open");
	return STEP_WAIT;
}

/* Calls fchmod() itself, because io_uring has no request for it. */
int step_allocate(struct worker *w, struct async_op *op)
{
	struct request *r = &op->request;
	uint64_t began = ticks_mark(w->ticks);
	int ret = fchmod(op->fd, OP_SWIFT_MODE);

	own_call(w, op, PART_CHMOD, began);
	if (ret)
		return request_fail(r, "fchmod");
	if (r->size_bytes)
		call_fallocate(op, CALL_OPTIONAL, 0, 0, r->size_bytes);
	return STEP_ON;
}

int step_forget_cache(struct worker *w, struct async_op *op)
{
	call_forget_cache(op);
	return STEP_ON;
}

int step_rename_temporary(struct worker *w, struct async_op *op)
{
	const struct path_at *at = &op->request.at[TREE_SRC];

	call_rename(op, at->fd, op->request.extra, at->fd, at->path, 0);
	return STEP_ON;
}

int step_open_nameless(struct worker *w, struct async_op *op)
{
	op->own_fd = true;
	call_open(op, op->request.at[TREE_SRC].fd, ".",
		  O_TMPFILE | O_WRONLY | w->open_direct, RECORD_FILE_MODE,
		  "open");
	return STEP_WAIT;
}

int step_name_file(struct worker *w, struct async_op *op)
{
	const struct path_at *at = &op->request.at[TREE_SRC];

	_Static_assert(sizeof(op->text) >= OP_FD_PATH_MAX, "room");
	op_fd_path(op->fd, op->text);
	call_link(op, AT_FDCWD, op->text, at->fd, at->path, AT_SYMLINK_FOLLOW);
	return STEP_ON;
}

int step_truncate(struct worker *w, struct async_op *op)
{
	call_truncate(op, 0);
	return STEP_ON;
}

int step_reserve(struct worker *w, struct async_op *op)
{
	const struct request *r = &op->request;

	call_fallocate(op, CALL_PLAIN, FALLOC_FL_KEEP_SIZE, r->size_bytes,
		       op_reserve_bytes(r));
	return STEP_ON;
}

int step_punch_hole(struct worker *w, struct async_op *op)
{
	call_fallocate(op, CALL_PLAIN,
		       FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0,
		       op_hole_bytes(&op->request));
	return STEP_ON;
}

/* A directory without files may be missing. Then there is nothing to do. */
int step_open_dir(struct worker *w, struct async_op *op)
{
	const struct path_at *at = &op->request.at[TREE_SRC];

	if (at->fd < 0)
		return STEP_DONE;
	return call_open(op, at->fd, at->path, O_RDONLY | O_DIRECTORY, 0,
			 "open")
		       ? STEP_ON
		       : STEP_WAIT;
}

int step_sync_always(struct worker *w, struct async_op *op)
{
	call_fsync(op, "fsync");
	return STEP_ON;
}
