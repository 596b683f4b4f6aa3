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

int op_setxattr_async(struct worker *w, struct async_op *f)
{
	const struct place *at = &f->request.at[TREE_SRC];

	if (f->step == OPEN) {
		f->own_fd = true;
		f->step = ATTRIBUTES;
		call_open(f, at->fd, at->path, O_WRONLY | O_NOFOLLOW, 0,
			  "open");
		return 0;
	}
	if (f->step == END)
		return 0;
	while (f->count < w->options.xattr_count &&
	       async_op_room(f) > ROOM_TO_END) {
		char *name = f->name[f->calls];

		op_xattr_name(OP_XATTR, f->count, name);
		call_fsetxattr(f, name, f->request.attributes + f->count++,
			       w->options.xattr_size_bytes);
	}
	if (f->count < w->options.xattr_count)
		return 0;
	if (w->options.fsync)
		call_fsync(f, "fsync");
	call_close(f, "close");
	f->step = END;
	return 0;
}

/* Checks the attribute that the last chain has read. */
static int check(struct worker *w, struct async_op *f)
{
	int length = call_result(f);

	errno = length < 0 ? -length : 0;
	return value_check(w, &f->request, f->name[0],
			   f->request.attributes + f->count++,
			   value_found(w, &f->request), length);
}

int async_op_verify_xattrs(struct worker *w, struct async_op *f,
			   const char *stem)
{
	uint8_t *found = value_found(w, &f->request);
	int ret = f->asked ? check(w, f) : 0;

	f->asked = !ret && f->count < w->options.xattr_count;
	if (!f->asked)
		return ret;
	op_xattr_name(stem, f->count, f->name[0]);
	if (f->open)
		call_fgetxattr(f, f->name[0], found, WORKER_XATTR_SIZE_MAX);
	else
		call_getxattr(f, f->request.full.path, f->name[0], found,
			      WORKER_XATTR_SIZE_MAX);
	return 0;
}

int op_getxattr_async(struct worker *w, struct async_op *f)
{
	return async_op_verify_xattrs(w, f, OP_XATTR);
}
