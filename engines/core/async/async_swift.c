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
static int set_mode(struct async_op *f)
{
	struct request *r = &f->request;

	if (fchmod(f->fd, OP_SWIFT_MODE))
		return request_fail(r, "fchmod");
	if (r->size_bytes)
		call_fallocate(f, r->size_bytes);
	return 0;
}

static int set_attribute(struct worker *w, struct async_op *f)
{
	int length = call_result(f);

	if (length < 0 && length != -ENODATA) {
		errno = -length;
		return request_fail(&f->request, "fgetxattr");
	}
	call_fsetxattr(f, f->name[0], f->request.attributes + f->count++,
		       w->options.xattr_size_bytes);
	return 0;
}

/* Behind it in the same chain, where the last is being set. */
static void look(struct worker *w, struct async_op *f)
{
	char *name = f->name[f->calls];

	op_xattr_name(OP_XATTR_SWIFT, f->count, name);
	call_fgetxattr(f, name, value_found(w, &f->request),
		       WORKER_XATTR_SIZE_MAX);
}

static void close_and_rename(struct worker *w, struct async_op *f)
{
	const struct place *at = &f->request.at[TREE_SRC];

	if (w->options.fsync)
		call_fsync(f, "fsync");
	call_forget_cache(f);
	call_close(f, "close");
	call_rename(f, at->fd, f->request.extra, at->fd, at->path);
}

static void open_temporary(struct worker *w, struct async_op *f)
{
	struct request *r = &f->request;

	f->own_fd = true;
	call_open(f, r->at[TREE_SRC].fd, request_extra(r, TREE_SRC, ".tmp"),
		  O_CREAT | O_TRUNC | O_WRONLY | O_NOFOLLOW | w->open_direct,
		  RECORD_FILE_MODE, "open");
}

int op_swift_put_async(struct worker *w, struct async_op *f)
{
	struct request *r = &f->request;
	int ret;

	switch (f->step) {
	case OPEN:
		open_temporary(w, f);
		f->step = MODE;
		return 0;
	case MODE:
		ret = set_mode(f);
		f->step = RECORDS;
		if (ret)
			return ret;
		__attribute__((fallthrough));
	case RECORDS:
		ret = async_op_write(w, f, 0);
		if (ret || f->calls)
			return ret;
		f->step = LOOK;
		__attribute__((fallthrough));
	case LOOK:
		if (f->count < w->options.xattr_count) {
			look(w, f);
			f->step = SET;
			return 0;
		}
		close_and_rename(w, f);
		f->step = SYNC_DIR;
		return 0;
	case SET:
		f->step = LOOK;
		return set_attribute(w, f);
	}
	async_op_sync_dir(w, f, TREE_SRC);
	if (r->size_bytes)
		r->bytes = r->size_bytes;
	return 0;
}

int op_swift_get_async(struct worker *w, struct async_op *f)
{
	struct request *r = &f->request;
	const struct place *at = &r->at[TREE_SRC];
	int ret;

	switch (f->step) {
	case OPEN:
		f->own_fd |= w->open_direct || w->options.xattr_count;
		f->step = RECORDS;
		if (!call_open(f, at->fd, at->path,
			       O_RDONLY | O_NOFOLLOW | w->open_direct, 0,
			       "open"))
			return 0;
		__attribute__((fallthrough));
	case RECORDS:
		ret = async_op_read(w, f);
		if (ret || f->calls)
			return ret;
		f->step = LOOK;
		__attribute__((fallthrough));
	case LOOK:
		ret = async_op_verify_xattrs(w, f, OP_XATTR_SWIFT);
		if (ret || f->calls)
			return ret;
		call_close(f, "close");
		f->step = END;
		return 0;
	}
	if (r->size_bytes)
		r->bytes = r->size_bytes;
	return 0;
}
