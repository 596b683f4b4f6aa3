// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "op/op.h"
#include "util/sys.h"

int op_open_close(struct worker *w, struct request *r)
{
	int fd = op_open(r, O_RDONLY);

	if (fd < 0)
		return fd;
	return TIMED(r, PART_CLOSE, sys_close(fd)) ? request_fail(r, "close")
						   : 0;
}

/* Locks or unlocks the whole file. Does not wait for others. */
static int set_lock(struct request *r, int fd, short type)
{
	struct flock lock = { .l_type = type, .l_whence = SEEK_SET };

	if (!TIMED(r, PART_LOCK, fcntl(fd, F_OFD_SETLK, &lock)))
		return 0;
	if (errno == EAGAIN || errno == EACCES)
		return request_fail_text(r, EAGAIN, "fcntl",
					 "somebody else holds a lock on it");
	return request_fail(r, "fcntl");
}

int op_lock(struct worker *w, struct request *r)
{
	int fd = op_open(r, O_RDWR), ret;

	if (fd < 0)
		return fd;
	ret = set_lock(r, fd, F_WRLCK);
	if (!ret)
		ret = set_lock(r, fd, F_UNLCK);
	if (TIMED(r, PART_CLOSE, sys_close(fd)) && !ret)
		ret = request_fail(r, "close");
	return ret;
}
