// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "async/async_op.h"

/* The asynchronous forms of what is one system call on a name. */

bool async_op_sync_dir(struct worker *w, struct async_op *op, enum tree tree)
{
	if (!w->options.fsync || op->synced & 1u << tree)
		return false;
	call_fsync_fd(op, op->request.at[tree].fd, "fsync of the directory");
	op->synced |= 1u << tree;
	return true;
}

int op_stat_async(struct worker *w, struct async_op *op)
{
	if (op->step++)
		return op_not_link(&op->request, op->statx.stx_mode);
	call_stat(op, &op->request.at[TREE_SRC]);
	return 0;
}

static int delete_in(struct worker *w, struct async_op *op, enum tree tree)
{
	const struct path_at *at = &op->request.at[tree];

	if (!op->step++)
		call_unlink(op, at->fd, at->path, 0, "unlink");
	else
		async_op_sync_dir(w, op, tree);
	return 0;
}

int op_delete_async(struct worker *w, struct async_op *op)
{
	return delete_in(w, op, TREE_SRC);
}

int op_delete_renamed_async(struct worker *w, struct async_op *op)
{
	return delete_in(w, op, TREE_DST);
}

int op_rename_async(struct worker *w, struct async_op *op)
{
	const struct path_at *src = &op->request.at[TREE_SRC];
	const struct path_at *dst = &op->request.at[TREE_DST];

	if (!op->step++)
		call_rename(op, src->fd, src->path, dst->fd, dst->path);
	else if (!async_op_sync_dir(w, op, TREE_DST))
		async_op_sync_dir(w, op, TREE_SRC);
	return 0;
}

int op_symlink_async(struct worker *w, struct async_op *op)
{
	struct request *r = &op->request;

	if (!op->step++)
		call_symlink(op, r->full.path, r->at[TREE_DST].fd,
			     request_extra(r, TREE_DST, ".s"));
	else
		async_op_sync_dir(w, op, TREE_DST);
	return 0;
}
