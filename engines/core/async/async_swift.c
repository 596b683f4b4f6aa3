// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "async/async_op.h"
#include "op/op_record.h"
#include "op/op_value.h"

/* The asynchronous forms of what an object store does. */

enum {
	OPEN,
	MODE,
	RECORDS,
	LOOK, /* whether an attribute is there */
	SET,
	CLOSE,
	SYNC_DIR,
	END,
};

/*
 * There is no fchmod among io_uring's requests: this one call is made here,
 * and waited for.
 */
static int set_mode(const struct worker *w, struct async_op *op)
{
	struct request *r = &op->request;
	uint64_t began = ticks_mark(w->ticks);
	int ret = fchmod(op->fd, OP_SWIFT_MODE);

	op->own_calls += ticks_mark(w->ticks) - began;
	if (ret)
		return request_fail(r, "fchmod");
	if (r->size_bytes)
		call_fallocate(op, r->size_bytes);
	return 0;
}

static int set_attribute(struct worker *w, struct async_op *op)
{
	int length = call_result(op);

	if (length < 0 && length != -ENODATA) {
		errno = -length;
		return request_fail(&op->request, "fgetxattr");
	}
	call_fsetxattr(op, op->name[0], op->request.attributes + op->count++,
		       w->options.xattr_size_bytes);
	return 0;
}

/* Behind it in the same chain, where the last is being set. */
static void look(struct worker *w, struct async_op *op)
{
	char *name = op->name[op->calls];

	op_xattr_name(OP_XATTR_SWIFT, op->count, name);
	call_fgetxattr(op, name, value_found(w, &op->request),
		       WORKER_XATTR_SIZE_MAX);
}

static void close_and_rename(struct worker *w, struct async_op *op)
{
	const struct path_at *at = &op->request.at[TREE_SRC];

	if (w->options.fsync)
		call_fsync(op, "fsync");
	call_forget_cache(op);
	call_close(op, "close");
	call_rename(op, at->fd, op->request.extra, at->fd, at->path);
}

static void open_temporary(struct worker *w, struct async_op *op)
{
	struct request *r = &op->request;

	op->own_fd = true;
	call_open(op, r->at[TREE_SRC].fd, request_extra(r, TREE_SRC, ".tmp"),
		  O_CREAT | O_TRUNC | O_WRONLY | O_NOFOLLOW | w->open_direct,
		  RECORD_FILE_MODE, "open");
}

int op_swift_put_async(struct worker *w, struct async_op *op)
{
	struct request *r = &op->request;
	int ret;

	switch (op->step) {
	case OPEN:
		open_temporary(w, op);
		op->step = MODE;
		return 0;
	case MODE:
		ret = set_mode(w, op);
		op->step = RECORDS;
		if (ret)
			return ret;
		__attribute__((fallthrough));
	case RECORDS:
		ret = async_op_write(w, op, 0);
		if (ret || op->calls)
			return ret;
		op->step = LOOK;
		__attribute__((fallthrough));
	case LOOK:
		if (op->count < w->options.xattr_count) {
			look(w, op);
			op->step = SET;
			return 0;
		}
		close_and_rename(w, op);
		op->step = SYNC_DIR;
		return 0;
	case SET:
		op->step = LOOK;
		return set_attribute(w, op);
	}
	async_op_sync_dir(w, op, TREE_SRC);
	if (r->size_bytes)
		r->bytes = r->size_bytes;
	return 0;
}

int op_swift_get_async(struct worker *w, struct async_op *op)
{
	struct request *r = &op->request;
	const struct path_at *at = &r->at[TREE_SRC];
	int ret;

	switch (op->step) {
	case OPEN:
		op->own_fd |= w->open_direct || w->options.xattr_count;
		op->step = RECORDS;
		if (!call_open(op, at->fd, at->path,
			       O_RDONLY | O_NOFOLLOW | w->open_direct, 0,
			       "open"))
			return 0;
		__attribute__((fallthrough));
	case RECORDS:
		ret = async_op_read(w, op);
		if (ret || op->calls)
			return ret;
		op->step = LOOK;
		__attribute__((fallthrough));
	case LOOK:
		ret = async_op_verify_xattrs(w, op, OP_XATTR_SWIFT);
		if (ret || op->calls)
			return ret;
		call_close(op, "close");
		op->step = END;
		return 0;
	}
	if (r->size_bytes)
		r->bytes = r->size_bytes;
	return 0;
}
