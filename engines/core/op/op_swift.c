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
#include "util/clock.h"
#include "util/sys.h"

#define NS_PER_S    1000000000ll
#define SECONDS_MAX 8000000000ll /* in the year 2223; fits 64 bits of ns */
/*
 * Time between two looks of await-create, and so the resolution of its
 * latencies.
 */
#define AWAIT_POLL_NS 500000
/*
 * create sets the attribute right after it has written the file. If the
 * attribute is seen so much later than the whole file, a cache has hidden it.
 * Looks are counted, too, because a machine that stands still has few of them
 * in that time.
 */
#define AWAIT_BARE_NS    1000000000ll
#define AWAIT_BARE_LOOKS 20

/* swift-put looks whether an attribute is there before it sets it. */
static int put_attributes(struct worker *w, struct request *r, int fd)
{
	uint8_t *found = value_found(w, r);

	for (uint32_t j = 0; j < w->options.xattr_count; j++) {
		const char *name = w->attribute_names[j];

		if (TIMED(r, PART_GETXATTR,
			  fgetxattr(fd, name, found, WORKER_XATTR_SIZE_MAX)) <
			    0 &&
		    errno != ENODATA)
			return request_fail(r, "fgetxattr");
		if (TIMED(r, PART_SETXATTR,
			  fsetxattr(fd, name, r->attributes + j,
				    w->options.xattr_size_bytes, 0)))
			return request_fail(r, "fsetxattr");
	}
	return 0;
}

static int put_file(struct worker *w, struct request *r, int fd)
{
	int ret;

	if (TIMED(r, PART_CHMOD, fchmod(fd, OP_SWIFT_MODE)))
		return request_fail(r, "fchmod");
	/*
	 * To Swift, too, this is only an optimisation. The file system need not
	 * support it.
	 */
	if (r->size_bytes &&
	    TIMED(r, PART_FALLOCATE, fallocate(fd, 0, 0, r->size_bytes)) &&
	    errno != EOPNOTSUPP)
		return request_fail(r, "fallocate");
	ret = op_write_records(w, r, fd, 0);
	if (!ret)
		ret = put_attributes(w, r, fd);
	if (!ret && w->options.fsync && TIMED(r, PART_FSYNC, fsync(fd)))
		ret = request_fail(r, "fsync");
	if (!ret &&
	    (errno = TIMED(r, PART_FADVISE,
			   posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED))))
		ret = request_fail(r, "fadvise");
	return ret;
}

int op_swift_put(struct worker *w, struct request *r)
{
	const struct path_at *at = &r->at[TREE_SRC];
	const char *tmp = request_extra_paused(w, r, TREE_SRC, ".tmp");
	int fd, ret;

	fd = TIMED(r, PART_OPEN,
		   sys_openat(at->fd, tmp,
			      O_CREAT | O_TRUNC | O_WRONLY | O_NOFOLLOW |
				      O_CLOEXEC | w->open_direct,
			      RECORD_FILE_MODE));
	if (fd < 0)
		return request_fail(r, "open");
	ret = put_file(w, r, fd);
	if (TIMED(r, PART_CLOSE, sys_close(fd)) && !ret)
		ret = request_fail(r, "close");
	if (!ret &&
	    TIMED(r, PART_RENAME, renameat(at->fd, tmp, at->fd, at->path)))
		ret = request_fail(r, "rename");
	return ret ? ret : request_sync_dir(w, r, TREE_SRC);
}

int op_swift_get(struct worker *w, struct request *r)
{
	int fd = op_open(r, O_RDONLY | w->open_direct);
	int ret;

	if (fd < 0)
		return fd;
	ret = op_read_records(w, r, fd);
	if (!ret)
		ret = op_xattr_verify(w, r, fd);
	if (TIMED(r, PART_CLOSE, sys_close(fd)) && !ret)
		ret = request_fail(r, "close");
	return ret;
}

/*
 * Returns the ns of "1700000000.123456789,64", or -1 if the text is not of this
 * form. smallfile writes fewer digits of the fraction.
 */
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

/* What await-create has seen of a file so far. */
struct awaited {
	int64_t created_ns; /* the time in its attribute; -1: not readable */
	int64_t whole_ns;   /* CLOCK_MONOTONIC of the first bare look */
	unsigned int bare_looks; /* looks at the whole file without attribute */
};

/*
 * Looks for the attribute of a whole file. Returns 1 if it is there, 0 if not
 * yet, or -errno.
 */
static int look_at_stamp(struct request *r, int fd, struct awaited *a)
{
	char text[65];
	ssize_t n = fgetxattr(fd, OP_XATTR_STAMP, text, sizeof(text) - 1);

	if (n < 0 && errno != ENODATA)
		return request_fail(r, "fgetxattr");
	if (n < 0) {
		if (!a->bare_looks++)
			a->whole_ns = clock_steady_ns();
		return 0;
	}
	text[n] = 0;
	a->created_ns = op_parse_stamp(text);
	return 1;
}

/*
 * Looks once. Returns 1 if the file is complete, 0 if not yet, or -errno.
 * Clients of distributed file systems answer from memory for seconds. So each
 * look opens the file anew, and asks for the size with the flag that demands
 * the server's. No call has such a flag for the attribute, and some clients
 * remember that an attribute was not there. So a look asks for it only when the
 * file is whole.
 */
static int look(struct worker *w, struct request *r, struct awaited *a)
{
	struct statx stx;
	int fd, ret = 0;

	if (!request_find_dir(w, r)) {
		errno = -r->placed_error;
		return errno ? request_fail(r, "open of the directory") : 0;
	}
	fd = sys_openat(r->at[TREE_SRC].fd, r->at[TREE_SRC].path,
			O_RDONLY | O_NOFOLLOW | O_CLOEXEC, 0);
	if (fd < 0)
		return errno == ENOENT ? 0 : request_fail(r, "open");
	if (statx(fd, "", AT_EMPTY_PATH | AT_STATX_FORCE_SYNC, STATX_SIZE,
		  &stx))
		ret = request_fail(r, "statx");
	else if (stx.stx_size >= r->size_bytes)
		ret = look_at_stamp(r, fd, a);
	sys_close(fd);
	return ret;
}

static int fail_at_end(struct request *r, const struct awaited *a)
{
	if (a->bare_looks)
		return request_fail_text(
			r, ETIMEDOUT, "await",
			"whole for %.1f s, but without its " OP_XATTR_STAMP
			" attribute, when the run was over: create makes it "
			"with record_ctime_size=1; a client that remembers "
			"for long that it was not there hides it",
			(double)(clock_steady_ns() - a->whole_ns) / 1e9);
	return request_fail_text(
		r, ETIMEDOUT, "await",
		"not there, with its size and its " OP_XATTR_STAMP
		" attribute, when the run was "
		"over (give runtime=)");
}

/* Whether a cache hid the attribute: it came late, and many looks missed it. */
static bool is_of_cache(const struct awaited *a)
{
	return a->bare_looks >= AWAIT_BARE_LOOKS &&
	       clock_steady_ns() - a->whole_ns > AWAIT_BARE_NS;
}

static int measure(struct request *r, const struct awaited *a)
{
	int64_t age = clock_unix_ns() - a->created_ns;

	if (a->created_ns < 0)
		return request_fail_text(r, EINVAL, "await",
					 "its " OP_XATTR_STAMP
					 " attribute is not "
					 "'seconds.fraction,KiB'");
	if (is_of_cache(a))
		return request_fail_text(
			r, ENODATA, "await",
			"whole for %.1f s before its " OP_XATTR_STAMP
			" attribute was seen: this file system's client "
			"remembers for long that an attribute is not there, "
			"and a latency would be that of its cache; mount it "
			"without one for attributes",
			(double)(clock_steady_ns() - a->whole_ns) / 1e9);
	if (age <= 0)
		return request_fail_text(r, ERANGE, "await",
					 "created %lld us in the future: "
					 "synchronise the hosts' clocks",
					 (long long)-age / 1000);
	r->latency_ns = age;
	return 0;
}

int op_await_create(struct worker *w, struct request *r)
{
	const struct timespec poll = { .tv_nsec = AWAIT_POLL_NS };
	struct awaited a = { 0 };
	int ret;

	while (!(ret = look(w, r, &a))) {
		if (stop_asked(&w->stop))
			return fail_at_end(r, &a);
		nanosleep(&poll, NULL);
	}
	return ret < 0 ? ret : measure(r, &a);
}
