// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "piece.h"

#define BUFFER_BYTES ((size_t)256 << 10)

/* A piece on its way through the buffer. */
struct feed {
	const struct piece *piece;
	struct parse *parse;
	atomic_ullong *bytes_done;
	int fd;
	bool pipe;
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

static ssize_t read_some(struct feed *feed, size_t room)
{
	char *to = feed->buffer + feed->size;

	if (feed->pipe)
		return read(feed->fd, to, room);
	return pread(feed->fd, to, room, (off_t)(feed->at + feed->size));
}

/* Where reading stops: a piece needs its last line, and that has a limit. */
static uint64_t stop_at(const struct feed *feed)
{
	uint64_t size = inputs_size(feed->piece->input);
	uint64_t stop = feed->piece->end + READER_LINE_MAX + 1;

	return stop < size ? stop : size;
}

/* Fills the buffer, as far as it goes. */
static int fill(struct feed *feed)
{
	uint64_t stop = stop_at(feed);

	while (feed->size < BUFFER_BYTES && !feed->ended) {
		size_t room = BUFFER_BYTES - feed->size;
		uint64_t left = stop - feed->at - feed->size;
		ssize_t n;

		if (!feed->pipe && left < room)
			room = (size_t)left;
		n = room ? read_some(feed, room) : 0;
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return unreadable(feed->parse->error, "read");
		if (!n && room && !feed->pipe)
			return fail_changed(feed->parse->error);
		feed->ended = !n;
		feed->size += (size_t)n;
		if (feed->bytes_done)
			atomic_fetch_add_explicit(feed->bytes_done,
						  (unsigned long long)n,
						  memory_order_relaxed);
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
 * The first line of a piece is the first that begins in it. The byte before
 * the piece was read, too: if it ends a line, the next begins with the piece.
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
		if (feed->ended || feed->at >= feed->piece->end) {
			feed->at = feed->piece->end;
			return 0;
		}
		drop(feed, feed->size);
	}
}

/* The bytes in the buffer up to the end of the last line of the piece. */
static size_t piece_lines(const struct feed *feed)
{
	uint64_t end = feed->piece->end;
	const char *newline;
	size_t inside;

	if (feed->pipe || feed->at + feed->size <= end)
		return reader_whole(feed->buffer, feed->size);
	/* Up to the first line end at or behind the last byte of the piece. */
	inside = (size_t)(end - feed->at - 1);
	newline = memchr(feed->buffer + inside, '\n', feed->size - inside);
	if (!newline)
		return reader_whole(feed->buffer, feed->size);
	return (size_t)(newline - feed->buffer) + 1;
}

static int feed_lines(struct feed *feed)
{
	while (feed->pipe || feed->at < feed->piece->end) {
		size_t whole;
		int ret = fill(feed);

		if (ret)
			return ret;
		whole = piece_lines(feed);
		ret = reader_lines(feed->parse, feed->buffer, whole);
		if (ret)
			return ret;
		drop(feed, whole);
		if (!feed->pipe && feed->at >= feed->piece->end)
			return 0;
		ret = reader_rest(feed->parse, feed->size, feed->ended);
		if (ret || feed->ended)
			return ret;
	}
	return 0;
}

static int feed_piece(struct feed *feed)
{
	int ret;

	if (feed->piece->begin) {
		feed->at = feed->piece->begin - 1;
		ret = find_first_line(feed);
	} else {
		ret = fill(feed);
		if (!ret)
			drop(feed, reader_mark(feed->buffer, feed->size));
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

int piece_check_file(const struct input *input, struct input_error *error)
{
	struct stat st;

	if (!S_ISREG(input->stat.st_mode))
		return 0;
	if (stat(input->path, &st))
		return unreadable(error, "open");
	return same_file(&input->stat, &st) ? 0 : fail_changed(error);
}

int piece_read(const struct piece *piece, struct parse *parse,
	       atomic_ullong *bytes_done)
{
	struct feed feed = { .piece = piece,
			     .parse = parse,
			     .bytes_done = bytes_done,
			     .pipe = !S_ISREG(piece->input->stat.st_mode) };
	int ret;

	feed.fd = open(piece->input->path, O_RDONLY | O_CLOEXEC);
	if (feed.fd < 0)
		return unreadable(parse->error, "open");
	feed.buffer = malloc(BUFFER_BYTES + READER_SLACK);
	if (feed.buffer)
		ret = feed_piece(&feed);
	else
		ret = input_error_set(parse->error, INPUT_NO_MEMORY, 0, 0,
				      "out of memory");
	free(feed.buffer);
	close(feed.fd);
	return ret;
}
