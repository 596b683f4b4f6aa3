// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "op/op.h"

int op_truncate(struct worker *w, struct request *r)
{
	int fd = op_open(r, O_WRONLY), ret = 0;

	if (fd < 0)
		return fd;
	if (TIMED(r, PART_TRUNCATE, ftruncate(fd, 0)))
		ret = request_fail(r, "ftruncate");
	return op_close(w, r, fd, ret);
}

static int change_space(struct worker *w, struct request *r, int mode,
			uint64_t offset, uint64_t bytes)
{
	int fd = op_open(r, O_WRONLY), ret = 0;

	if (fd < 0)
		return fd;
	if (TIMED(r, PART_FALLOCATE,
		  fallocate(fd, mode | FALLOC_FL_KEEP_SIZE, offset, bytes)))
		ret = request_fail(r, "fallocate");
	return op_close(w, r, fd, ret);
}

int op_fallocate(struct worker *w, struct request *r)
{
	return change_space(w, r, 0, r->size_bytes, op_reserve_bytes(r));
}

int op_punch_hole(struct worker *w, struct request *r)
{
	return change_space(w, r, FALLOC_FL_PUNCH_HOLE, 0, op_hole_bytes(r));
}
