// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>

#include "async/async_op.h"
#include "op/op_value.h"

/* fsync and close. */
#define ROOM_TO_END 2

enum {
	OPEN,
	ATTRIBUTES,
	END,
};

int op_setxattr_async(struct worker *w, struct async_op *op)
{
	const struct path_at *at = &op->request.at[TREE_SRC];

	if (op->step == OPEN) {
		op->own_fd = true;
		op->step = ATTRIBUTES;
		call_open(op, at->fd, at->path, O_WRONLY | O_NOFOLLOW, 0,
			  "open");
		return 0;
	}
	if (op->step == END)
		return 0;
	while (op->count < w->options.xattr_count &&
	       async_op_room(op) > ROOM_TO_END) {
		char *name = op->name[op->calls];

		op_xattr_name(OP_XATTR, op->count, name);
		call_fsetxattr(op, name, op->request.attributes + op->count++,
			       w->options.xattr_size_bytes);
	}
	if (op->count < w->options.xattr_count)
		return 0;
	if (w->options.fsync)
		call_fsync(op, "fsync");
	call_close(op, "close");
	op->step = END;
	return 0;
}

/* Checks the attribute that the last chain has read. */
static int check(struct worker *w, struct async_op *op)
{
	int length = call_result(op);

	errno = length < 0 ? -length : 0;
	return value_check(w, &op->request, op->name[0],
			   op->request.attributes + op->count++,
			   value_found(w, &op->request), length);
}

int async_op_verify_xattrs(struct worker *w, struct async_op *op,
			   const char *stem)
{
	uint8_t *found = value_found(w, &op->request);
	int ret = op->asked ? check(w, op) : 0;

	op->asked = !ret && op->count < w->options.xattr_count;
	if (!op->asked)
		return ret;
	op_xattr_name(stem, op->count, op->name[0]);
	call_fgetxattr(op, op->name[0], found, WORKER_XATTR_SIZE_MAX);
	return 0;
}

/* io_uring's getxattr of a path would follow a link in its last place. */
int op_getxattr_async(struct worker *w, struct async_op *op)
{
	const struct path_at *at = &op->request.at[TREE_SRC];
	int ret;

	switch (op->step) {
	case OPEN:
		op->own_fd = true;
		op->step = ATTRIBUTES;
		call_open(op, at->fd, at->path, O_RDONLY | O_NOFOLLOW, 0,
			  "open");
		return 0;
	case ATTRIBUTES:
		ret = async_op_verify_xattrs(w, op, OP_XATTR);
		if (ret || op->calls)
			return ret;
		call_close(op, "close");
		op->step = END;
	}
	return 0;
}
