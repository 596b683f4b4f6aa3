// SPDX-License-Identifier: GPL-2.0-only
#include <fcntl.h>

#include "async/async_op.h"
#include "op/op_record.h"

/*
 * The asynchronous forms of mkdir and rmdir. One name at a time: a call's path
 * has to stay until it is handed over, and there is one place for it.
 */

int op_mkdir_async(struct worker *w, struct async_op *op)
{
	struct request *r = &op->request;
	int fd = r->at[TREE_SRC].fd;

	if (!op->step++) {
		call_mkdir(op, fd, request_extra(r, TREE_SRC, ".d"),
			   OP_DIR_MODE);
		return 0;
	}
	if (!op->open && op->count < w->options.dir_files &&
	    !call_create_below(op, fd, op_file_in_dir(r, op->count),
			       RECORD_FILE_MODE, "open of its file"))
		return 0;
	if (op->count < w->options.dir_files) {
		call_close(op, "close of its file");
		op->count++;
		return 0;
	}
	async_op_sync_dir(w, op, TREE_SRC);
	return 0;
}

int op_rmdir_async(struct worker *w, struct async_op *op)
{
	struct request *r = &op->request;
	int fd = r->at[TREE_SRC].fd;

	if (op->count < w->options.dir_files) {
		call_unlink(op, r->inner_fd,
			    op_inner_name(op->count++, op->name[0]), 0,
			    "unlink of its file");
	} else if (!op->step++) {
		request_close_inner(r);
		call_unlink(op, fd, request_extra(r, TREE_SRC, ".d"),
			    AT_REMOVEDIR, "rmdir");
	} else {
		async_op_sync_dir(w, op, TREE_SRC);
	}
	return 0;
}
