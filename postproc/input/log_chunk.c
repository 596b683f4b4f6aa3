// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "input/log_chunk.h"

#define BUFFER_BYTES ((size_t)256 << 10)

/* A chunk on its way through the buffer. */
struct feed {
	struct log_chunk chunk;
	struct parse *parse;
	atomic_ullong *bytes_done;
	int fd;
	struct source *source; /* NULL: the input is divisible */
	char *buffer;
	size_t size; /* bytes in the buffer */
	uint64_t at; /* where in the file the buffer begins */
	bool ended;  /* nothing follows the buffer */
};

static int fail_changed(struct input_error *error)
{
	return input_error_set(
		error, INPUT_CHANGED, 0, 0,
		"expected a log that is complete, found one that changes "
		"while it is read; wait until fio, or the copy, has ended");
}

static int unreadable(struct input_error *error, const char *verb)
{
	return input_error_set(error, INPUT_UNREADABLE, 0, 0, "cannot %s: %s",
			       verb, strerror(errno));
}

static void add_done(const struct feed *feed, uint64_t bytes)
{
	if (feed->bytes_done)
		atomic_fetch_add_explicit(feed->bytes_done, bytes,
					  memory_order_relaxed);
}

/* Appends up to `room` bytes to the buffer. Returns how many, or -errno. */
static long read_some(struct feed *feed, size_t room)
{
	char *to = feed->buffer + feed->size;
	struct input_error *error = feed->parse->error;
	ssize_t n;

	if (feed->source) {
		uint64_t before = source_bytes(feed->source);

		n = source_read(feed->source, to, room, error);
		add_done(feed, source_bytes(feed->source) - before);
		return n;
	}
	do {
		n = pread(feed->fd, to, room, (off_t)(feed->at + feed->size));
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return unreadable(error, "read");
	if (!n && room)
		return fail_changed(error);
	add_done(feed, (uint64_t)n);
	return n;
}

/*
 * Returns where reading stops. A chunk needs all of its last line, and the
 * length of a line has a limit.
 */
static uint64_t stop_at(const struct feed *feed)
{
	uint64_t size = inputs_size(feed->chunk.input);
	uint64_t stop = feed->chunk.end + feed->parse->reader->line_max + 1;

	if (feed->source)
		return UINT64_MAX;
	return stop < size ? stop : size;
}

/* Fills the buffer, but not beyond stop_at(). */
static int fill(struct feed *feed)
{
	uint64_t stop = stop_at(feed);

	while (feed->size < BUFFER_BYTES && !feed->ended) {
		size_t room = BUFFER_BYTES - feed->size;
		uint64_t left = stop - feed->at - feed->size;
		long n;

		if (left < room)
			room = (size_t)left;
		n = room ? read_some(feed, room) : 0;
		if (n < 0)
			return (int)n;
		feed->ended = !n;
		feed->size += (size_t)n;
	}
	return 0;
}

/* Drops the first n bytes of the buffer. */
static void drop(struct feed *feed, size_t n)
{
	feed->size -= n;
	feed->at += n;
	memmove(feed->buffer, feed->buffer + n, feed->size);
}

/*
 * Drops all bytes before the first line that begins in the chunk. The byte
 * before the chunk was read, too. If that byte ends a line, the next line
 * begins with the chunk.
 */
static int find_first_line(struct feed *feed)
{
	for (;;) {
		const char *newline;
		int ret = fill(feed);

		if (ret)
			return ret;
		newline = memchr(feed->buffer, '\n', feed->size);
		if (newline) {
			drop(feed, (size_t)(newline - feed->buffer) + 1);
			return 0;
		}
		if (feed->ended || feed->at >= feed->chunk.end) {
			feed->at = feed->chunk.end;
			return 0;
		}
		drop(feed, feed->size);
	}
}

/* Returns how many bytes of whole lines of the chunk are in the buffer. */
static size_t whole_lines(const struct feed *feed)
{
	uint64_t end = feed->chunk.end;
	const char *newline;
	size_t inside;

	if (feed->source || feed->at + feed->size <= end)
		return reader_whole(feed->buffer, feed->size);
	/* The last line ends at or behind the last byte of the chunk. */
	inside = (size_t)(end - feed->at - 1);
	newline = memchr(feed->buffer + inside, '\n', feed->size - inside);
	if (!newline)
		return reader_whole(feed->buffer, feed->size);
	return (size_t)(newline - feed->buffer) + 1;
}

static int feed_lines(struct feed *feed)
{
	while (feed->source || feed->at < feed->chunk.end) {
		size_t whole;
		int ret = fill(feed);

		if (ret)
			return ret;
		whole = whole_lines(feed);
		ret = reader_lines(feed->parse, feed->buffer, whole);
		if (ret)
			return ret;
		drop(feed, whole);
		if (!feed->source && feed->at >= feed->chunk.end)
			return 0;
		ret = reader_rest(feed->parse, feed->size, feed->ended);
		if (ret || feed->ended)
			return ret;
	}
	return 0;
}

/*
 * Drops the byte order mark, if there is one. The first line begins behind it.
 */
static void drop_mark(struct feed *feed)
{
	drop(feed, reader_mark(feed->buffer, feed->size));
	if (feed->at && feed->chunk.end <= feed->at)
		feed->chunk.end = feed->at + 1;
}

static int feed_chunk(struct feed *feed)
{
	int ret;

	if (feed->chunk.begin) {
		feed->at = feed->chunk.begin - 1;
		ret = find_first_line(feed);
	} else {
		ret = fill(feed);
		if (!ret)
			drop_mark(feed);
	}
	if (!ret)
		ret = feed_lines(feed);
	return ret ? ret : parse_finish_piece(feed->parse);
}

static bool same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino &&
	       a->st_size == b->st_size &&
	       a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
	       a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

int log_chunk_check_file(const struct input *input, struct input_error *error)
{
	struct stat st;

	if (!S_ISREG(input->stat.st_mode) || input->source)
		return 0;
	if (stat(input->path, &st))
		return unreadable(error, "open");
	return same_file(&input->stat, &st) ? 0 : fail_changed(error);
}

static int open_feed(struct feed *feed)
{
	const struct input *input = feed->chunk.input;
	int ret = 0;

	if (inputs_divisible(input)) {
		feed->fd = open(input->path, O_RDONLY | O_CLOEXEC);
		if (feed->fd < 0)
			return unreadable(feed->parse->error, "open");
	} else if (input->source) {
		feed->source = input->source;
	} else {
		ret = source_open(&feed->source, input->path,
				  feed->parse->error);
	}
	return ret;
}

int log_chunk_read(const struct log_chunk *chunk, struct parse *parse,
		   atomic_ullong *bytes_done)
{
	struct feed feed = { .chunk = *chunk,
			     .parse = parse,
			     .bytes_done = bytes_done,
			     .fd = -1 };
	int ret = open_feed(&feed);

	if (!ret) {
		feed.buffer = malloc(BUFFER_BYTES + READER_SLACK);
		if (feed.buffer)
			ret = feed_chunk(&feed);
		else
			ret = input_error_no_memory(parse->error);
	}
	free(feed.buffer);
	if (feed.fd >= 0)
		close(feed.fd);
	if (feed.source != chunk->input->source)
		source_close(feed.source);
	return ret;
}
