// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "op/op.h"
#include "op/op_record.h"
#include "util/sys.h"

/*
 * Gives a name to a file that has none. The path in /proc is the form that
 * needs no privilege.
 */
static int name_file(struct request *r, int fd)
{
	char path[OP_FD_PATH_MAX];

	op_fd_path(fd, path);
	if (TIMED(r, PART_LINK,
		  linkat(AT_FDCWD, path, r->at[TREE_SRC].fd,
			 r->at[TREE_SRC].path, AT_SYMLINK_FOLLOW)))
		return request_fail(r, "link");
	return 0;
}

int op_tmpfile(struct worker *w, struct request *r)
{
	int fd = TIMED(r, PART_OPEN,
		       sys_openat(r->at[TREE_SRC].fd, ".",
				  O_TMPFILE | O_WRONLY | O_CLOEXEC |
					  w->open_direct,
				  RECORD_FILE_MODE));
	int ret;

	if (fd < 0)
		return request_fail(r, "open");
	ret = op_write_records(w, r, fd, 0);
	if (!ret && w->options.fsync && TIMED(r, PART_FSYNC, fsync(fd)))
		ret = request_fail(r, "fsync");
	if (!ret)
		ret = name_file(r, fd);
	if (TIMED(r, PART_CLOSE, sys_close(fd)) && !ret)
		ret = request_fail(r, "close");
	return ret ? ret : request_sync_dir(w, r, TREE_SRC);
}

/* Copies from one descriptor's position to the other's. */
static int copy_all(struct worker *w, struct request *r, int from, int to,
		    uint64_t length)
{
	uint64_t done = 0;

	while (done < length) {
		ssize_t n = TIMED(r, PART_COPY,
				  copy_file_range(from, NULL, to, NULL,
						  length - done, 0));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return request_fail(r, "copy_file_range");
		if (!n)
			return record_too_short(w, r, done);
		done += n;
	}
	return 0;
}

static int copy_records(struct worker *w, struct request *r, int from, int to)
{
	uint64_t left = r->size_bytes, full = record_bytes(w, r);

	for (; left; r->records++) {
		uint64_t length = left < full ? left : full;
		int ret = copy_all(w, r, from, to, length);

		if (ret)
			return ret;
		left -= length;
	}
	if (r->size_bytes)
		r->bytes = r->size_bytes;
	return 0;
}

static int share_blocks(struct worker *w, struct request *r, int from, int to)
{
	return TIMED(r, PART_CLONE, ioctl(to, FICLONE, from))
		       ? request_fail(r, "clone")
		       : 0;
}

static int copy_by(struct worker *w, struct request *r,
		   int (*copy)(struct worker *, struct request *, int, int))
{
	int from = op_open(r, O_RDONLY), to, ret;

	if (from < 0)
		return from;
	to = TIMED(r, PART_OPEN,
		   sys_openat(r->at[TREE_DST].fd, r->extra,
			      O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC,
			      RECORD_FILE_MODE));
	ret = to < 0 ? request_fail(r, "open of the copy")
		     : op_close(w, r, to, copy(w, r, from, to));
	if (TIMED(r, PART_CLOSE, sys_close(from)) && !ret)
		ret = request_fail(r, "close");
	return ret;
}

int op_copy_range(struct worker *w, struct request *r)
{
	return copy_by(w, r, copy_records);
}

int op_clone(struct worker *w, struct request *r)
{
	return copy_by(w, r, share_blocks);
}
