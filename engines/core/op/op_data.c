// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "op/op.h"
#include "op/op_record.h"
#include "util/sys.h"

int op_close(struct worker *w, struct request *r, int fd, int ret)
{
	if (!ret && w->options.fsync && TIMED(r, PART_FSYNC, fsync(fd)))
		ret = request_fail(r, "fsync");
	if (TIMED(r, PART_CLOSE, sys_close(fd)) && !ret)
		ret = request_fail(r, "close");
	return ret;
}

static int write_all(struct request *r, int fd, const uint8_t *data,
		     size_t length)
{
	do {
		ssize_t n = TIMED(r, PART_WRITE, sys_write(fd, data, length));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return request_fail(r, "write");
		if (!n)
			return record_not_written(r);
		data += n;
		length -= n;
	} while (length);
	return 0;
}

/*
 * Writes records with O_DIRECT, from an aligned buffer. From the first
 * unaligned record on, they go through the cache.
 */
static int write_records_direct(struct worker *w, struct request *r, int fd,
				uint64_t offset)
{
	uint64_t left = r->size_bytes, full = record_bytes(w, r);
	bool direct = true;

	for (; left; r->records++) {
		uint64_t length = left < full ? left : full;
		int ret = 0;

		if (direct && !record_aligned(w, offset, length)) {
			ret = record_end_direct(r, fd);
			direct = false;
		}
		if (!ret)
			ret = write_all(r, fd, record_next(w, r, length),
					length);
		if (ret)
			return ret;
		offset += length;
		left -= length;
	}
	return 0;
}

static int write_records_cached(struct worker *w, struct request *r, int fd)
{
	uint64_t left = r->size_bytes, full = record_bytes(w, r);

	for (; left; r->records++) {
		uint64_t length = left < full ? left : full;
		int ret = write_all(r, fd, record_next(w, r, length), length);

		if (ret)
			return ret;
		left -= length;
	}
	return 0;
}

int op_write_records(struct worker *w, struct request *r, int fd,
		     uint64_t offset)
{
	int ret = w->open_direct ? write_records_direct(w, r, fd, offset)
				 : write_records_cached(w, r, fd);

	if (!ret && r->size_bytes)
		r->bytes = r->size_bytes;
	return ret;
}

/*
 * Reads `length` bytes. `ask` may be more, for whole blocks at the end of a
 * file.
 */
static int read_all(struct worker *w, struct request *r, int fd, size_t length,
		    size_t ask)
{
	size_t done = 0;

	do {
		ssize_t n = TIMED(r, PART_READ,
				  sys_read(fd, r->buffer + done, ask - done));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return request_fail(r, "read");
		if (!n)
			return record_too_short(w, r, done);
		done += n;
	} while (done < length);
	return 0;
}

/*
 * Reads a record with O_DIRECT, which wants whole blocks. At the end of the
 * file it returns the bytes that are there. Records that are no whole number of
 * blocks are read through the cache.
 */
static int read_direct(struct worker *w, struct request *r, int fd,
		       uint64_t offset, size_t length)
{
	bool last = offset + length == r->size_bytes;
	size_t mask = w->direct_align - 1;
	int ret = 0;

	if (record_aligned(w, offset, last ? 0 : length))
		return read_all(w, r, fd, length, (length + mask) & ~mask);
	/* All records but the last have one length, so the first decides. */
	if (!offset)
		ret = record_end_direct(r, fd);
	return ret ? ret : read_all(w, r, fd, length, length);
}

/*
 * Verifies a record before the next one is read to the same place. The last
 * record is verified when the operation has ended.
 */
static int verify_between(struct worker *w, struct request *r, uint64_t length,
			  uint64_t left)
{
	int ret;

	if (length == left) {
		r->unverified_bytes = length;
		return 0;
	}
	request_pause(w, r);
	ret = record_verify(w, r, r->records, length);
	request_resume(w, r);
	return ret;
}

int op_read_records(struct worker *w, struct request *r, int fd)
{
	uint64_t left = r->size_bytes, full = record_bytes(w, r);

	while (left) {
		uint64_t length = left < full ? left : full;
		int ret = w->open_direct
				  ? read_direct(w, r, fd, r->size_bytes - left,
						length)
				  : read_all(w, r, fd, length, length);

		if (!ret && w->options.verify_read)
			ret = verify_between(w, r, length, left);
		if (ret)
			return ret;
		left -= length;
		r->records++;
	}
	if (r->size_bytes)
		r->bytes = r->size_bytes;
	return 0;
}

static int set_stamp(struct worker *w, struct request *r, int fd)
{
	char text[RECORD_STAMP_BYTES];
	int n;

	request_pause(w, r);
	n = record_stamp(r, text);
	request_resume(w, r);
	if (TIMED(r, PART_SETXATTR, fsetxattr(fd, OP_XATTR_STAMP, text, n, 0)))
		return request_fail(r, "fsetxattr");
	return 0;
}

static int create_in(struct worker *w, struct request *r, enum tree tree)
{
	int fd = TIMED(r, PART_OPEN,
		       sys_openat(r->at[tree].fd, r->at[tree].path,
				  O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC |
					  w->open_direct,
				  RECORD_FILE_MODE));
	int ret;

	if (fd < 0)
		return request_fail(r, "open");
	ret = op_write_records(w, r, fd, 0);
	if (!ret && w->options.record_ctime_size)
		ret = set_stamp(w, r, fd);
	return op_close(w, r, fd, ret);
}

int op_create(struct worker *w, struct request *r)
{
	return create_in(w, r, TREE_SRC);
}

static int rewrite(struct worker *w, struct request *r, int flags)
{
	int fd = op_open(r, O_WRONLY | w->open_direct | flags);

	if (fd < 0)
		return fd;
	return op_close(w, r, fd, op_write_records(w, r, fd, 0));
}

int op_overwrite(struct worker *w, struct request *r)
{
	return rewrite(w, r, 0);
}

int op_truncate_overwrite(struct worker *w, struct request *r)
{
	return rewrite(w, r, O_TRUNC);
}

int op_append(struct worker *w, struct request *r)
{
	int fd = op_open(r, O_WRONLY | w->open_direct);
	off_t end;
	int ret;

	if (fd < 0)
		return fd;
	end = TIMED(r, PART_SEEK, lseek(fd, 0, SEEK_END));
	ret = end < 0 ? request_fail(r, "lseek")
		      : op_write_records(w, r, fd, end);
	return op_close(w, r, fd, ret);
}

int op_read(struct worker *w, struct request *r)
{
	int fd = op_open(r, O_RDONLY | w->open_direct);
	int ret;

	if (fd < 0)
		return fd;
	ret = op_read_records(w, r, fd);
	if (TIMED(r, PART_CLOSE, sys_close(fd)) && !ret)
		ret = request_fail(r, "close");
	return ret;
}

int op_create_again(struct worker *w, struct request *r)
{
	if (unlinkat(r->at[TREE_SRC].fd, r->at[TREE_SRC].path, 0) &&
	    errno != ENOENT)
		return request_fail(r, "unlink before creating again");
	return 0;
}

/*
 * Otherwise files would grow with every pass until the disk is full.
 */
int op_size_again(struct worker *w, struct request *r)
{
	int fd = sys_openat(r->at[TREE_SRC].fd, r->at[TREE_SRC].path,
			    O_WRONLY | O_NOFOLLOW | O_CLOEXEC, 0);
	int ret = 0;

	if (fd < 0)
		return request_fail(r, "open before the next pass");
	if (ftruncate(fd, r->size_bytes))
		ret = request_fail(r, "truncate before the next pass");
	sys_close(fd);
	return ret;
}

static int create_again_in(struct worker *w, struct request *r, enum tree tree)
{
	int ret = create_in(w, r, tree);

	return ret == -EEXIST ? 0 : ret;
}

int op_delete_again(struct worker *w, struct request *r)
{
	return create_again_in(w, r, TREE_SRC);
}

int op_delete_renamed_again(struct worker *w, struct request *r)
{
	return create_again_in(w, r, TREE_DST);
}
