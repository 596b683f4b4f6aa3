// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "async/async_op.h"
#include "op/op_record.h"

/* What is left for the calls that end a chain of records. */
#define ROOM_TO_END 2

enum {
	OPEN,
	RECORDS,
	STAMP,
	CLOSE,
	END,
};

/* Whether several records may be on their way: each has bytes of its own. */
static bool records_stay(const struct worker *w)
{
	return !w->open_direct && w->options.content == CONTENT_PATTERN;
}

/*
 * O_DIRECT and a record that it refuses: from there on through the cache, as
 * the synchronous form does.
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
	op->own_calls += ticks_mark(w->ticks) - began;
	return ret;
}

int async_op_write(struct worker *w, struct async_op *op, unsigned int room)
{
	struct request *r = &op->request;
	uint64_t full = record_bytes(w, r), left;
	bool several = records_stay(w);

	while ((left = r->size_bytes - op->position) &&
	       async_op_room(op) > room) {
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
	return 0;
}

int async_op_read(struct worker *w, struct async_op *op)
{
	struct request *r = &op->request;
	uint64_t full = record_bytes(w, r), left = r->size_bytes - op->position;
	uint64_t length = left < full ? left : full, ask = length;
	uint64_t offset = op->position, mask = w->direct_align - 1;
	int ret;

	if (!left)
		return 0;
	/* O_DIRECT wants whole blocks also at the end of a file. */
	ret = leave_direct(w, op, offset, left == length ? 0 : length);
	if (ret)
		return ret;
	if (w->open_direct && !op->no_direct)
		ask = (length + mask) & ~mask;
	op->position += length;
	call_read(op, offset, ask, length);
	return 0;
}

/* A file is written whose attributes or descriptor others have to know. */
static void choose_fd(const struct worker *w, struct async_op *op)
{
	if (w->open_direct || w->options.record_ctime_size)
		op->own_fd = true;
}

static void stamp(struct async_op *op)
{
	char *text = op->name[0];

	_Static_assert(sizeof(op->name) >= RECORD_STAMP_BYTES, "room");
	call_fsetxattr(op, OP_XATTR_STAMP, text,
		       record_stamp(&op->request, text));
}

/* From the open file on: its records, their stamp, fsync, close. */
static int write_and_close(struct worker *w, struct async_op *op, bool stamps)
{
	struct request *r = &op->request;
	int ret;

	if (op->step == RECORDS) {
		ret = async_op_write(w, op, ROOM_TO_END);
		if (ret || op->position < r->size_bytes)
			return ret;
		op->step = stamps ? STAMP : CLOSE;
		/* The time in it is after the last write. */
		if (stamps && op->calls)
			return 0;
	}
	if (op->step == STAMP) {
		stamp(op);
		op->step = CLOSE;
	}
	if (op->step == CLOSE) {
		if (w->options.fsync)
			call_fsync(op, "fsync");
		call_close(op, "close");
		op->step = END;
	} else if (r->size_bytes) {
		r->bytes = r->size_bytes;
	}
	return 0;
}

int op_create_async(struct worker *w, struct async_op *op)
{
	const struct path_at *at = &op->request.at[TREE_SRC];

	if (op->step == OPEN) {
		choose_fd(w, op);
		op->step = RECORDS;
		if (!call_open(op, at->fd, at->path,
			       O_CREAT | O_EXCL | O_WRONLY | w->open_direct,
			       RECORD_FILE_MODE, "open"))
			return 0;
	}
	return write_and_close(w, op, w->options.record_ctime_size);
}

static int rewrite(struct worker *w, struct async_op *op, int flags)
{
	const struct path_at *at = &op->request.at[TREE_SRC];

	if (op->step == OPEN) {
		op->own_fd |= w->open_direct != 0;
		op->step = RECORDS;
		if (!call_open(op, at->fd, at->path,
			       O_WRONLY | O_NOFOLLOW | w->open_direct | flags,
			       0, "open"))
			return 0;
	}
	return write_and_close(w, op, false);
}

int op_overwrite_async(struct worker *w, struct async_op *op)
{
	return rewrite(w, op, 0);
}

int op_truncate_overwrite_async(struct worker *w, struct async_op *op)
{
	return rewrite(w, op, O_TRUNC);
}

/*
 * There is no lseek: O_APPEND finds the end of the file by itself. O_DIRECT
 * has to know beforehand where that is, to align to it.
 */
int op_append_async(struct worker *w, struct async_op *op)
{
	if (w->open_direct && op->step == RECORDS && !op->position) {
		uint64_t began = ticks_mark(w->ticks);
		off_t end = lseek(op->fd, 0, SEEK_END);

		op->own_calls += ticks_mark(w->ticks) - began;
		if (end < 0)
			return request_fail(&op->request, "lseek");
		op->base = end;
	}
	return rewrite(w, op, w->open_direct ? 0 : O_APPEND);
}

int op_read_async(struct worker *w, struct async_op *op)
{
	struct request *r = &op->request;
	const struct path_at *at = &r->at[TREE_SRC];
	int ret;

	switch (op->step) {
	case OPEN:
		op->own_fd |= w->open_direct != 0;
		op->step = RECORDS;
		if (!call_open(op, at->fd, at->path,
			       O_RDONLY | O_NOFOLLOW | w->open_direct, 0,
			       "open"))
			return 0;
		__attribute__((fallthrough));
	case RECORDS:
		ret = async_op_read(w, op);
		if (ret || op->position < r->size_bytes)
			return ret;
		call_close(op, "close");
		op->step = END;
		return 0;
	}
	if (r->size_bytes)
		r->bytes = r->size_bytes;
	return 0;
}
