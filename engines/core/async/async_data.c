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
static int leave_direct(struct worker *w, struct async_op *f, uint64_t offset,
			uint64_t length)
{
	if (!w->open_direct || f->no_direct ||
	    record_aligned(w, offset, length))
		return 0;
	f->no_direct = true;
	return record_end_direct(&f->request, f->fd);
}

int async_op_write(struct worker *w, struct async_op *f, unsigned int room)
{
	struct request *r = &f->request;
	uint64_t full = record_bytes(w, r), left;
	bool several = records_stay(w);

	while ((left = r->size_bytes - f->position) &&
	       async_op_room(f) > room) {
		uint64_t length = left < full ? left : full;
		uint64_t offset = f->base + f->position;
		const uint8_t *data;
		int ret = leave_direct(w, f, offset, length);

		if (ret)
			return ret;
		data = several && f->position
			       ? record_make(w, r, f->position / full, length)
			       : record_next(w, r, length);
		call_write(f, data, offset, length);
		f->position += length;
		if (!several)
			break;
	}
	return 0;
}

int async_op_read(struct worker *w, struct async_op *f)
{
	struct request *r = &f->request;
	uint64_t full = record_bytes(w, r), left = r->size_bytes - f->position;
	uint64_t length = left < full ? left : full, ask = length;
	uint64_t offset = f->position, mask = w->direct_align - 1;
	int ret;

	if (!left)
		return 0;
	/* O_DIRECT wants whole blocks also at the end of a file. */
	ret = leave_direct(w, f, offset, left == length ? 0 : length);
	if (ret)
		return ret;
	if (w->open_direct && !f->no_direct)
		ask = (length + mask) & ~mask;
	f->position += length;
	call_read(f, offset, ask, length);
	return 0;
}

/* A file is written whose attributes or descriptor others have to know. */
static void choose_fd(const struct worker *w, struct async_op *f)
{
	if (w->open_direct || w->options.record_ctime_size)
		f->own_fd = true;
}

static void stamp(struct async_op *f)
{
	char *text = f->name[0];

	_Static_assert(sizeof(f->name) >= RECORD_STAMP_BYTES, "room");
	call_fsetxattr(f, OP_XATTR_STAMP, text,
		       record_stamp(&f->request, text));
}

/* From the open file on: its records, their stamp, fsync, close. */
static int write_and_close(struct worker *w, struct async_op *f, bool stamps)
{
	struct request *r = &f->request;
	int ret;

	if (f->step == RECORDS) {
		ret = async_op_write(w, f, ROOM_TO_END);
		if (ret || f->position < r->size_bytes)
			return ret;
		f->step = stamps ? STAMP : CLOSE;
		/* The time in it is after the last write. */
		if (stamps && f->calls)
			return 0;
	}
	if (f->step == STAMP) {
		stamp(f);
		f->step = CLOSE;
	}
	if (f->step == CLOSE) {
		if (w->options.fsync)
			call_fsync(f, "fsync");
		call_close(f, "close");
		f->step = END;
	} else if (r->size_bytes) {
		r->bytes = r->size_bytes;
	}
	return 0;
}

int op_create_async(struct worker *w, struct async_op *f)
{
	const struct place *at = &f->request.at[TREE_SRC];

	if (f->step == OPEN) {
		choose_fd(w, f);
		f->step = RECORDS;
		if (!call_open(f, at->fd, at->path,
			       O_CREAT | O_EXCL | O_WRONLY | w->open_direct,
			       RECORD_FILE_MODE, "open"))
			return 0;
	}
	return write_and_close(w, f, w->options.record_ctime_size);
}

static int rewrite(struct worker *w, struct async_op *f, int flags)
{
	const struct place *at = &f->request.at[TREE_SRC];

	if (f->step == OPEN) {
		f->own_fd |= w->open_direct != 0;
		f->step = RECORDS;
		if (!call_open(f, at->fd, at->path,
			       O_WRONLY | O_NOFOLLOW | w->open_direct | flags,
			       0, "open"))
			return 0;
	}
	return write_and_close(w, f, false);
}

int op_overwrite_async(struct worker *w, struct async_op *f)
{
	return rewrite(w, f, 0);
}

int op_truncate_overwrite_async(struct worker *w, struct async_op *f)
{
	return rewrite(w, f, O_TRUNC);
}

/*
 * There is no lseek: O_APPEND finds the end of the file by itself. O_DIRECT
 * has to know beforehand where that is, to align to it.
 */
int op_append_async(struct worker *w, struct async_op *f)
{
	if (w->open_direct && f->step == RECORDS && !f->position) {
		off_t end = lseek(f->fd, 0, SEEK_END);

		if (end < 0)
			return request_fail(&f->request, "lseek");
		f->base = end;
	}
	return rewrite(w, f, w->open_direct ? 0 : O_APPEND);
}

int op_read_async(struct worker *w, struct async_op *f)
{
	struct request *r = &f->request;
	const struct place *at = &r->at[TREE_SRC];
	int ret;

	switch (f->step) {
	case OPEN:
		f->own_fd |= w->open_direct != 0;
		f->step = RECORDS;
		if (!call_open(f, at->fd, at->path,
			       O_RDONLY | O_NOFOLLOW | w->open_direct, 0,
			       "open"))
			return 0;
		__attribute__((fallthrough));
	case RECORDS:
		ret = async_op_read(w, f);
		if (ret || f->position < r->size_bytes)
			return ret;
		call_close(f, "close");
		f->step = END;
		return 0;
	}
	if (r->size_bytes)
		r->bytes = r->size_bytes;
	return 0;
}
