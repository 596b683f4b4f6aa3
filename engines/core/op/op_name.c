// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "op/op.h"

static int delete_in(struct worker *w, struct request *r, enum tree tree)
{
	if (TIMED(r, PART_UNLINK,
		  unlinkat(r->at[tree].fd, r->at[tree].path, 0)))
		return request_fail(r, "unlink");
	return request_sync_dir(w, r, tree);
}

int op_delete(struct worker *w, struct request *r)
{
	return delete_in(w, r, TREE_SRC);
}

int op_delete_renamed(struct worker *w, struct request *r)
{
	return delete_in(w, r, TREE_DST);
}

int op_rename(struct worker *w, struct request *r)
{
	const struct path_at *src = &r->at[TREE_SRC], *dst = &r->at[TREE_DST];
	int ret;

	if (TIMED(r, PART_RENAME,
		  renameat(src->fd, src->path, dst->fd, dst->path)))
		return request_fail(r, "rename");
	ret = request_sync_dir(w, r, TREE_DST);
	return ret ? ret : request_sync_dir(w, r, TREE_SRC);
}

int op_rename_again(struct worker *w, struct request *r)
{
	const struct path_at *src = &r->at[TREE_SRC], *dst = &r->at[TREE_DST];

	if (renameat(dst->fd, dst->path, src->fd, src->path) && errno != ENOENT)
		return request_fail(r, "rename back before renaming again");
	return 0;
}

/*
 * As with rename, a link that took the file's place is linked itself, and not
 * followed.
 */
int op_link(struct worker *w, struct request *r)
{
	const struct path_at *src = &r->at[TREE_SRC];

	if (TIMED(r, PART_LINK,
		  linkat(src->fd, src->path, r->at[TREE_DST].fd, r->extra, 0)))
		return request_fail(r, "link");
	return request_sync_dir(w, r, TREE_DST);
}

int op_exchange(struct worker *w, struct request *r)
{
	const struct path_at *src = &r->at[TREE_SRC], *dst = &r->at[TREE_DST];
	int ret;

	if (TIMED(r, PART_RENAME,
		  renameat2(src->fd, src->path, dst->fd, r->extra,
			    RENAME_EXCHANGE)))
		return request_fail(r, "rename");
	ret = request_sync_dir(w, r, TREE_DST);
	return ret ? ret : request_sync_dir(w, r, TREE_SRC);
}

int op_missing(struct request *r, int error)
{
	if (!error)
		return request_fail_text(r, EEXIST, "stat",
					 "it is there, although no operation "
					 "makes it");
	errno = error;
	return error == ENOENT ? 0 : request_fail(r, "stat");
}

int op_lookup_missing(struct worker *w, struct request *r)
{
	struct stat st;

	return op_missing(r, TIMED(r, PART_STAT,
				   fstatat(r->at[TREE_SRC].fd, r->extra, &st,
					   AT_SYMLINK_NOFOLLOW))
				     ? errno
				     : 0);
}

int op_symlink(struct worker *w, struct request *r)
{
	if (TIMED(r, PART_SYMLINK,
		  symlinkat(r->full.path, r->at[TREE_DST].fd, r->extra)))
		return request_fail(r, "symlink");
	return request_sync_dir(w, r, TREE_DST);
}

static int check_text(struct request *r, size_t length)
{
	const char *text = (const char *)r->buffer, *path = r->full.path;

	if (length == strlen(path) && !memcmp(text, path, length))
		return 0;
	return request_fail_text(r, EILSEQ, "verify",
				 "it leads to %.*s, expected %s", (int)length,
				 text, path);
}

int op_readlink(struct worker *w, struct request *r)
{
	ssize_t length = TIMED(r, PART_READLINK,
			       readlinkat(r->at[TREE_DST].fd, r->extra,
					  (char *)r->buffer, w->buffer_bytes));
	int ret = 0;

	if (length < 0)
		return request_fail(r, "readlink");
	request_pause(w, r);
	if (w->options.verify_read)
		ret = check_text(r, length);
	request_resume(w, r);
	return ret;
}

static int remove_made(struct request *r, const char *ending)
{
	const char *name = request_extra(r, TREE_DST, ending);

	if (unlinkat(r->at[TREE_DST].fd, name, 0) && errno != ENOENT)
		return request_fail(r, "unlink before the next pass");
	return 0;
}

int op_symlink_again(struct worker *w, struct request *r)
{
	return remove_made(r, ".s");
}

int op_link_again(struct worker *w, struct request *r)
{
	return remove_made(r, ".l");
}

int op_copy_again(struct worker *w, struct request *r)
{
	return remove_made(r, ".c");
}
