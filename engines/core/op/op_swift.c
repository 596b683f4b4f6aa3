// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

#include "op/op.h"
#include "op/op_record.h"
#include "op/op_value.h"
#include "util/sys.h"

#define NS_PER_S    1000000000ll
#define SECONDS_MAX 8000000000ll /* the year 2223, in 64 bits of ns */
/* How often await-create looks: the resolution of its latencies. */
#define AWAIT_POLL_NS 500000

/* swift-put looks whether an attribute is there before it sets it. */
static int put_attributes(struct worker *w, struct request *r, int fd)
{
	uint8_t *found = value_found(w, r);
	char name[OP_XATTR_NAME_MAX];

	for (uint32_t j = 0; j < w->options.xattr_count; j++) {
		op_xattr_name(OP_XATTR_SWIFT, j, name);
		if (fgetxattr(fd, name, found, WORKER_XATTR_SIZE_MAX) < 0 &&
		    errno != ENODATA)
			return request_fail(r, "fgetxattr");
		if (fsetxattr(fd, name, r->attributes + j,
			      w->options.xattr_size_bytes, 0))
			return request_fail(r, "fsetxattr");
	}
	return 0;
}

static int put_file(struct worker *w, struct request *r, int fd)
{
	int ret;

	if (fchmod(fd, OP_SWIFT_MODE))
		return request_fail(r, "fchmod");
	/* Only an optimisation to Swift, too, where it is not supported. */
	if (r->size_bytes && fallocate(fd, 0, 0, r->size_bytes) &&
	    errno != EOPNOTSUPP)
		return request_fail(r, "fallocate");
	ret = op_write_records(w, r, fd, 0);
	if (!ret)
		ret = put_attributes(w, r, fd);
	if (!ret && w->options.fsync && fsync(fd))
		ret = request_fail(r, "fsync");
	if (!ret && (errno = posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED)))
		ret = request_fail(r, "fadvise");
	return ret;
}

int op_swift_put(struct worker *w, struct request *r)
{
	const struct path_at *at = &r->at[TREE_SRC];
	const char *tmp = request_extra_paused(w, r, TREE_SRC, ".tmp");
	int fd, ret;

	fd = sys_openat(at->fd, tmp,
			O_CREAT | O_TRUNC | O_WRONLY | O_NOFOLLOW | O_CLOEXEC |
				w->open_direct,
			RECORD_FILE_MODE);
	if (fd < 0)
		return request_fail(r, "open");
	ret = put_file(w, r, fd);
	if (sys_close(fd) && !ret)
		ret = request_fail(r, "close");
	if (!ret && renameat(at->fd, tmp, at->fd, at->path))
		ret = request_fail(r, "rename");
	return ret ? ret : request_sync_dir(w, r, TREE_SRC);
}

int op_swift_get(struct worker *w, struct request *r)
{
	int fd = sys_openat(r->at[TREE_SRC].fd, r->at[TREE_SRC].path,
			    O_RDONLY | O_NOFOLLOW | O_CLOEXEC | w->open_direct,
			    0);
	int ret;

	if (fd < 0)
		return request_fail(r, "open");
	ret = op_read_records(w, r, fd);
	if (!ret)
		ret = op_xattr_verify(w, r, OP_XATTR_SWIFT, fd);
	if (sys_close(fd) && !ret)
		ret = request_fail(r, "close");
	return ret;
}

/* "1700000000.123456789,64" -> ns; -1 where it is none. smallfile writes
 * fewer digits of the fraction. */
int64_t op_parse_stamp(const char *text)
{
	int64_t seconds = 0, fraction = 0, unit = NS_PER_S;

	if (*text < '0' || *text > '9')
		return -1;
	for (; *text >= '0' && *text <= '9' && seconds < SECONDS_MAX; text++)
		seconds = seconds * 10 + (*text - '0');
	if (*text == '.')
		for (text++; *text >= '0' && *text <= '9'; text++)
			if (unit > 1) {
				unit /= 10;
				fraction += (*text - '0') * unit;
			}
	return *text == ',' && seconds < SECONDS_MAX
		       ? seconds * NS_PER_S + fraction
		       : -1;
}

/*
 * One look: 1 when the file is complete, 0 when not yet, or -errno.
 * *created_ns: the time in its attribute.
 */
static int look(struct worker *w, struct request *r, int64_t *created_ns)
{
	char text[65];
	struct stat st;
	ssize_t n;
	int fd, ret = 0;

	if (!request_find_dir(w, r)) {
		errno = -r->placed_error;
		return errno ? request_fail(r, "open of the directory") : 0;
	}
	fd = sys_openat(r->at[TREE_SRC].fd, r->at[TREE_SRC].path,
			O_RDONLY | O_NOFOLLOW | O_CLOEXEC, 0);
	if (fd < 0)
		return errno == ENOENT ? 0 : request_fail(r, "open");
	n = fgetxattr(fd, OP_XATTR_STAMP, text, sizeof(text) - 1);
	if (n < 0 && errno != ENODATA) {
		ret = request_fail(r, "fgetxattr");
	} else if (n >= 0 && fstat(fd, &st)) {
		ret = request_fail(r, "fstat");
	} else if (n >= 0 && (uint64_t)st.st_size >= r->size_bytes) {
		text[n] = 0;
		*created_ns = op_parse_stamp(text);
		ret = 1;
	}
	sys_close(fd);
	return ret;
}

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return now.tv_sec * NS_PER_S + now.tv_nsec;
}

int op_await_create(struct worker *w, struct request *r)
{
	const struct timespec poll = { .tv_nsec = AWAIT_POLL_NS };
	int64_t created = 0, age;
	int ret;

	while (!(ret = look(w, r, &created))) {
		if (stop_asked(&w->stop))
			return request_fail_text(r, ETIMEDOUT, "await",
						 "not there, with its size and "
						 "its " OP_XATTR_STAMP
						 " attribute, when the run was "
						 "over (give runtime=)");
		nanosleep(&poll, NULL);
	}
	if (ret < 0)
		return ret;
	age = now_ns() - created;
	if (created < 0)
		return request_fail_text(r, EINVAL, "await",
					 "its " OP_XATTR_STAMP
					 " attribute is not "
					 "'seconds.fraction,KiB'");
	if (age <= 0)
		return request_fail_text(r, ERANGE, "await",
					 "created %lld us in the future: "
					 "synchronise the hosts' clocks",
					 (long long)-age / 1000);
	r->latency_ns = age;
	return 0;
}
