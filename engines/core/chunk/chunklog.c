// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "chunk/chunklog.h"

#define LINE_MAX_BYTES 512u
#define NS_PER_S       1000000000u

static const char header[] = CHUNKLOG_HEADER "\n";

static int write_all(int fd, const char *text, size_t bytes)
{
	while (bytes) {
		ssize_t n = write(fd, text, bytes);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		text += n;
		bytes -= (size_t)n;
	}
	return 0;
}

static int foreign(const char *path, struct failure *f)
{
	return failure_set(f, EEXIST,
			   "chunk_log=%.2048s: there is a file that is no "
			   "chunk log (its first line is not \"%.20s...\"): it "
			   "stays as it is; give another name",
			   path, header);
}

/* Cuts off what stands after the last whole line. */
static int cut_torn_line(struct chunklog *log, off_t size)
{
	char tail[LINE_MAX_BYTES];
	size_t want = size < (off_t)sizeof(tail) ? (size_t)size : sizeof(tail);
	ssize_t n = pread(log->fd, tail, want, size - (off_t)want);
	const char *newline;

	if (n < 0)
		return -errno;
	newline = memrchr(tail, '\n', (size_t)n);
	if (!newline)
		return -EEXIST; /* longer than any line of ours */
	log->cut_bytes = (uint64_t)(tail + n - newline - 1);
	if (!log->cut_bytes)
		return 0;
	return ftruncate(log->fd, size - (off_t)log->cut_bytes) ? -errno : 0;
}

static int check_log(struct chunklog *log, bool alone, struct failure *f)
{
	char found[sizeof(header) - 1];
	struct stat st;
	ssize_t n;
	int ret;

	if (fstat(log->fd, &st))
		return -errno;
	if (!S_ISREG(st.st_mode))
		return foreign(log->path, f);
	if (!st.st_size)
		return write_all(log->fd, header, sizeof(header) - 1);
	n = pread(log->fd, found, sizeof(found), 0);
	if (n < 0)
		return -errno;
	if (n < (ssize_t)sizeof(found) || memcmp(found, header, sizeof(found)))
		return foreign(log->path, f);
	if (!alone)
		return 0;
	ret = cut_torn_line(log, st.st_size);
	return ret == -EEXIST ? foreign(log->path, f) : ret;
}

/*
 * Locks the log and checks it. All who use a log hold a shared lock on it. Only
 * a process that is alone may cut a torn line. If others write to the log, the
 * first of them has checked it. What looks like a torn line is then a line that
 * is being written, because a file may grow in the middle of a write. A file
 * system without locks does without.
 */
static int open_locked(struct chunklog *log, struct failure *f)
{
	bool alone = !flock(log->fd, LOCK_EX | LOCK_NB) || errno != EWOULDBLOCK;
	int ret;

	if (!alone)
		flock(log->fd, LOCK_SH);
	ret = check_log(log, alone, f);
	if (alone)
		flock(log->fd, LOCK_SH);
	return ret;
}

int chunklog_open(struct chunklog *log, const char *path, struct failure *f)
{
	int ret;

	memset(log, 0, sizeof(*log));
	log->path = path;
	/* O_NONBLOCK, because open() of a FIFO would wait. */
	log->fd = open(path,
		       O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK |
			       O_NOFOLLOW,
		       0666);
	if (log->fd < 0)
		return failure_set(f, errno, "chunk_log=%.2048s: %s", path,
				   strerror(errno));
	ret = open_locked(log, f);
	if (!ret)
		return 0;
	if (!f->text[0])
		failure_set(f, -ret, "chunk_log=%.2048s: %s", path,
			    strerror(-ret));
	close(log->fd);
	log->fd = -1;
	return ret;
}

static void *sync_lines(void *arg)
{
	struct chunklog *log = arg;

	while (!log->stop) {
		while (sem_wait(&log->lines))
			;
		while (!sem_trywait(&log->lines))
			;
		if (fdatasync(log->fd))
			log->sync_error = -errno;
		if (log->sync == CHUNKLOG_SYNC_SECOND && !log->stop)
			sleep(1);
	}
	return NULL;
}

int chunklog_start(struct chunklog *log, enum chunklog_sync sync)
{
	int ret;

	log->sync = sync;
	if (sync == CHUNKLOG_SYNC_NONE)
		return 0;
	sem_init(&log->lines, 0, 0);
	ret = -pthread_create(&log->syncer, NULL, sync_lines, log);
	log->syncing = !ret;
	return ret;
}

static int print_line(char *text, const struct chunklog_line *l)
{
	double seconds = (double)l->latency_ns / NS_PER_S;
	double mib = (double)l->bytes / (1 << 20);
	const struct monitor *m = l->monitor;
	int n;

	n = snprintf(text, LINE_MAX_BYTES,
		     "%" PRIu64 ".%06" PRIu64 ",%s,%02" PRIu32 ",%" PRIu64
		     ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ".%03" PRIu64 ",%.3f,",
		     l->unix_time_ns / NS_PER_S,
		     l->unix_time_ns % NS_PER_S / 1000, l->host, l->thread,
		     l->file, l->chunk, l->bytes, l->latency_ns / 1000,
		     l->latency_ns % 1000, seconds > 0 ? mib / seconds : 0);
	if (!m)
		return n +
		       snprintf(text + n, LINE_MAX_BYTES - (size_t)n, ",,\n");
	return n + snprintf(text + n, LINE_MAX_BYTES - (size_t)n,
			    "%.1f,%.1f,%" PRIu64 "\n", m->user_pct,
			    m->system_pct, m->rss_kib);
}

int chunklog_add(struct chunklog *log, const struct chunklog_line *line)
{
	char text[LINE_MAX_BYTES];
	int ret, n = print_line(text, line);

	if (n >= (int)sizeof(text))
		return -EOVERFLOW;
	ret = write_all(log->fd, text, (size_t)n);
	if (ret)
		return ret;
	if (log->syncing)
		sem_post(&log->lines);
	return log->sync_error;
}

int chunklog_close(struct chunklog *log)
{
	int ret;

	if (log->fd < 0)
		return 0;
	if (log->syncing) {
		log->stop = true;
		sem_post(&log->lines);
		pthread_join(log->syncer, NULL);
		sem_destroy(&log->lines);
		log->syncing = false;
	}
	ret = log->sync_error;
	if (close(log->fd) && !ret)
		ret = -errno;
	log->fd = -1;
	return ret;
}
