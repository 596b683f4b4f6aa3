// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "delayfs.h"

#define NS_PER_S 1000000000ll
/* While requests hang, the switch is looked at this often. */
#define HANGING_NS 5000000
#define IDLE_NS    5000000

enum kind {
	ERROR,
	ENTRY,
	CREATED,
	OPENED,
	ATTR,
	WRITTEN,
	XATTR_SIZE,
	DATA,
};

struct answer {
	struct answer *next;
	fuse_req_t req;
	int64_t asked_ns;
	int64_t due_ns;
	char *about; /* what is watched, or NULL */
	enum kind kind;
	int error;
	size_t count;
	void *data;
	struct fuse_entry_param entry;
	struct fuse_file_info fi;
	struct stat st;
};

/*
 * The latency is the same for all requests, so answers are due in the order of
 * the requests.
 */
static struct answer *first, **last = &first;

static int64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * NS_PER_S + t.tv_nsec;
}

static void answer(struct answer *a);

/* Sleeps if this is the first request after a while. */
static void wake_up(void)
{
	static int64_t last_ns;

	if (settings.wake_us && now_ns() - last_ns > IDLE_NS)
		usleep(settings.wake_us);
	last_ns = now_ns();
}

/*
 * With `watch`, a request that is not noted is answered at once. So is one that
 * is not of the kind in `only`.
 */
static void queue(fuse_req_t req, int error, struct answer *a)
{
	struct answer *copy = malloc(sizeof(*copy));

	if (!copy) {
		fuse_reply_err(req, ENOMEM);
		free(a->data);
		return;
	}
	*copy = *a;
	copy->req = req;
	copy->error = error;
	wake_up();
	copy->asked_ns = now_ns();
	copy->due_ns = copy->asked_ns + settings.delay_us * 1000ll;
	if ((settings.watch && !*watch_about()) || !watch_is_slow()) {
		answer(copy);
		return;
	}
	if (settings.watch)
		copy->about = strdup(watch_about());
	*last = copy;
	last = &copy->next;
}

void answer_error(fuse_req_t req, int error)
{
	queue(req, error, &(struct answer){ .kind = ERROR });
}

void answer_entry(fuse_req_t req, int error, const struct fuse_entry_param *e)
{
	queue(req, error, &(struct answer){ .kind = ENTRY, .entry = *e });
}

void answer_create(fuse_req_t req, int error, const struct fuse_entry_param *e,
		   const struct fuse_file_info *fi)
{
	queue(req, error,
	      &(struct answer){ .kind = CREATED, .entry = *e, .fi = *fi });
}

void answer_open(fuse_req_t req, int error, const struct fuse_file_info *fi)
{
	queue(req, error, &(struct answer){ .kind = OPENED, .fi = *fi });
}

void answer_attr(fuse_req_t req, int error, const struct stat *st)
{
	queue(req, error, &(struct answer){ .kind = ATTR, .st = *st });
}

void answer_written(fuse_req_t req, ssize_t count)
{
	queue(req, count < 0 ? -count : 0,
	      &(struct answer){ .kind = WRITTEN, .count = count });
}

void answer_xattr_size(fuse_req_t req, ssize_t count)
{
	queue(req, count < 0 ? -count : 0,
	      &(struct answer){ .kind = XATTR_SIZE, .count = count });
}

void *answer_alloc(size_t size)
{
	return malloc(size ? size : 1);
}

void answer_data(fuse_req_t req, void *data, ssize_t count)
{
	queue(req, count < 0 ? -count : 0,
	      &(struct answer){ .kind = DATA, .count = count, .data = data });
}

/*
 * A client that gave up waiting does not know of the node that was looked up.
 */
static void undo(const struct answer *a)
{
	if (a->kind == ENTRY || a->kind == CREATED)
		node_forget(node_of(a->entry.ino), 1);
}

static void send_good(struct answer *a)
{
	int ret = 0;

	switch (a->kind) {
	case ERROR:
		fuse_reply_err(a->req, 0);
		break;
	case ENTRY:
		ret = fuse_reply_entry(a->req, &a->entry);
		break;
	case CREATED:
		ret = fuse_reply_create(a->req, &a->entry, &a->fi);
		break;
	case OPENED:
		ret = fuse_reply_open(a->req, &a->fi);
		break;
	case ATTR:
		fuse_reply_attr(a->req, &a->st, 0);
		break;
	case WRITTEN:
		fuse_reply_write(a->req, a->count);
		break;
	case XATTR_SIZE:
		fuse_reply_xattr(a->req, a->count);
		break;
	case DATA:
		fuse_reply_buf(a->req, a->data, a->count);
		break;
	}
	if (ret)
		undo(a);
}

static void answer(struct answer *a)
{
	int64_t now = now_ns();

	if (a->error)
		fuse_reply_err(a->req, a->error);
	else
		send_good(a);
	if (a->about)
		watch_answered(a->about, a->asked_ns, now);
	free(a->about);
	free(a->data);
	free(a);
}

static bool hangs(void)
{
	return settings.hang && !access(settings.hang, F_OK);
}

/*
 * While requests hang, only those that their client has given up are answered,
 * with an error.
 */
static void answer_given_up(void)
{
	struct answer **at = &first, *a;

	while ((a = *at)) {
		if (!fuse_req_interrupted(a->req)) {
			at = &a->next;
			continue;
		}
		*at = a->next;
		if (!a->error)
			undo(a);
		a->error = EINTR;
		answer(a);
	}
	last = at;
}

int64_t answers_send(void)
{
	int64_t now = now_ns();
	struct answer *a;

	if (!first)
		return -1;
	if (hangs()) {
		answer_given_up();
		return HANGING_NS;
	}
	while ((a = first) && a->due_ns <= now) {
		first = a->next;
		if (!first)
			last = &first;
		answer(a);
	}
	return first ? first->due_ns - now : -1;
}
