// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "async/async_op.h"

/* The asynchronous forms of what is one system call on a name. */

static void sync_and_close(struct async_op *f, enum tree tree)
{
	call_fsync(f, "fsync of the directory");
	call_close(f, "close of the directory");
	f->synced |= 1u << tree;
}

bool async_op_sync_dir(struct worker *w, struct async_op *f, enum tree tree)
{
	struct request *r = &f->request;
	const struct place *at = &r->at[tree];
	const char *slash;

	if (!w->options.fsync || f->synced & 1u << tree)
		return false;
	if (f->open) {
		sync_and_close(f, tree);
		return true;
	}
	slash = strrchr(at->path, '/');
	if (!slash) {
		call_fsync_fd(f, at->fd, "fsync of the directory");
		f->synced |= 1u << tree;
		return true;
	}
	memcpy(r->extra, at->path, slash - at->path);
	r->extra[slash - at->path] = 0;
	if (call_open(f, at->fd, r->extra, O_RDONLY | O_DIRECTORY, 0,
		      "open of the directory"))
		sync_and_close(f, tree);
	return true;
}

int op_stat_async(struct worker *w, struct async_op *f)
{
	if (!f->step++)
		call_stat(f, &f->request.at[TREE_SRC]);
	return 0;
}

static int delete_in(struct worker *w, struct async_op *f, enum tree tree)
{
	const struct place *at = &f->request.at[tree];

	if (!f->step++)
		call_unlink(f, at->fd, at->path, 0, "unlink");
	else
		async_op_sync_dir(w, f, tree);
	return 0;
}

int op_delete_async(struct worker *w, struct async_op *f)
{
	return delete_in(w, f, TREE_SRC);
}

int op_delete_renamed_async(struct worker *w, struct async_op *f)
{
	return delete_in(w, f, TREE_DST);
}

int op_rename_async(struct worker *w, struct async_op *f)
{
	const struct place *src = &f->request.at[TREE_SRC];
	const struct place *dst = &f->request.at[TREE_DST];

	if (!f->step++)
		call_rename(f, src->fd, src->path, dst->fd, dst->path);
	else if (!async_op_sync_dir(w, f, TREE_DST))
		async_op_sync_dir(w, f, TREE_SRC);
	return 0;
}

int op_symlink_async(struct worker *w, struct async_op *f)
{
	struct request *r = &f->request;

	if (!f->step++)
		call_symlink(f, r->full.path, r->at[TREE_DST].fd,
			     request_extra(r, TREE_DST, ".s"));
	else
		async_op_sync_dir(w, f, TREE_DST);
	return 0;
}
