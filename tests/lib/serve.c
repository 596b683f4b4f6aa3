// SPDX-License-Identifier: GPL-2.0-only
#include "serve.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#define NS_PER_S 1000000000ll
/*
 * After so many requests, answers that are due have their turn, and so have
 * signals.
 */
#define REQUESTS_AT_ONCE 256

/*
 * Signals are waited for like requests. With a handler that sets a flag, a
 * signal could come after the look at the flag and before the wait, and the
 * wait would last for ever.
 */
static int open_signals(void)
{
	sigset_t set;

	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	if (sigprocmask(SIG_BLOCK, &set, NULL))
		return -1;
	return signalfd(-1, &set, SFD_CLOEXEC);
}

/* A failing answer is the same for all kinds of requests. */
static void refuse(struct fuse_session *se,
		   const struct fuse_in_header *request, int error)
{
	const struct fuse_out_header out = {
		.len = sizeof(out),
		.error = -error,
		.unique = request->unique,
	};

	/* A client that has given up does not want the answer. */
	if (write(fuse_session_fd(se), &out, sizeof(out)) < 0 &&
	    errno != ENOENT)
		fuse_session_exit(se);
}

/* The requests that somebody waits for. */
static unsigned long requests;

static void count(const struct fuse_in_header *request)
{
	requests += request->opcode != FUSE_FORGET &&
		    request->opcode != FUSE_BATCH_FORGET &&
		    request->opcode != FUSE_RELEASE &&
		    request->opcode != FUSE_RELEASEDIR;
}

static void write_count(void)
{
	const char *path = getenv("SMALLFIO_REQUESTS");
	FILE *f = path ? fopen(path, "w") : NULL;

	if (!f)
		return;
	fprintf(f, "%lu\n", requests);
	fclose(f);
}

/* Returns 0, or 1 when the file system is unmounted. */
static int take_requests(struct fuse_session *se, struct fuse_buf *buffer,
			 int (*asked)(const struct fuse_in_header *request))
{
	for (int i = 0; i < REQUESTS_AT_ONCE; i++) {
		int ret = fuse_session_receive_buf(se, buffer), error;

		if (ret == -EINTR)
			continue;
		if (ret == -EAGAIN)
			return 0;
		if (ret <= 0)
			return 1;
		count(buffer->mem);
		error = asked ? asked(buffer->mem) : 0;
		if (error)
			refuse(se, buffer->mem, error);
		else
			fuse_session_process_buf(se, buffer);
	}
	return 0;
}

static int loop(struct fuse_session *se, int signals, int64_t (*due)(void),
		int (*asked)(const struct fuse_in_header *request))
{
	struct pollfd fds[] = {
		{ .fd = fuse_session_fd(se), .events = POLLIN },
		{ .fd = signals, .events = POLLIN },
	};
	struct fuse_buf buffer = { 0 };

	if (fcntl(fds[0].fd, F_SETFL, fcntl(fds[0].fd, F_GETFL) | O_NONBLOCK))
		return 1;
	while (!fuse_session_exited(se)) {
		int64_t next_ns = due ? due() : -1;
		const struct timespec wait = {
			.tv_sec = next_ns / NS_PER_S,
			.tv_nsec = next_ns % NS_PER_S,
		};

		if (ppoll(fds, 2, next_ns < 0 ? NULL : &wait, NULL) <= 0)
			continue;
		if (fds[1].revents ||
		    (fds[0].revents && take_requests(se, &buffer, asked)))
			break;
	}
	free(buffer.mem);
	return 0;
}

int serve(struct fuse_args *args, const struct fuse_lowlevel_ops *operations,
	  const char *mountpoint, int64_t (*due)(void),
	  int (*asked)(const struct fuse_in_header *request))
{
	int signals = open_signals(), ret = 1;
	struct fuse_session *se;

	if (signals < 0)
		return 1;
	se = fuse_session_new(args, operations, sizeof(*operations), NULL);
	if (se && !fuse_session_mount(se, mountpoint)) {
		ret = loop(se, signals, due, asked);
		fuse_session_unmount(se);
		write_count();
	}
	if (se)
		fuse_session_destroy(se);
	close(signals);
	return ret;
}
