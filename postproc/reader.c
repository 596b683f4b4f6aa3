// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "reader.h"

#define CHUNK_BYTES ((size_t)1 << 20)

static const struct reader *const readers[] = {
	&reader_fio,
	&reader_rsptimes,
};

const struct reader *reader_find(const char *base, struct log_name *name)
{
	size_t i;

	for (i = 0; i < sizeof(readers) / sizeof(*readers); i++) {
		if (!readers[i]->recognise(base, name))
			return readers[i];
	}
	return NULL;
}

static bool series_is(const struct series *series, const char *operation,
		      size_t length, int direction)
{
	return series->direction == direction &&
	       !memcmp(series->operation, operation, length) &&
	       !series->operation[length];
}

struct series *parse_series(struct parse *parse, const char *operation,
			    size_t length, int direction)
{
	struct series *series = parse->last;
	size_t i;

	if (series && series_is(series, operation, length, direction))
		return series;
	for (i = 0; i < parse->series.count; i++) {
		series = parse->series.series[i];
		if (series_is(series, operation, length, direction))
			return parse->last = series;
	}
	if (parse->series.count == SAMPLES_PER_LOG_MAX) {
		input_error_set(parse->error, INPUT_TOO_MANY, parse->line, 0,
				"expected at most %d operations in one log",
				SAMPLES_PER_LOG_MAX);
		return NULL;
	}
	series = series_list_add(&parse->series);
	if (!series) {
		input_error_set(parse->error, INPUT_NO_MEMORY, 0, 0,
				"out of memory");
		return NULL;
	}
	memcpy(series->operation, operation, length);
	series->direction = direction;
	series->thread = parse->name.thread;
	series->fio_job = parse->name.fio_job;
	series->kind = parse->name.kind;
	series->path = parse->path;
	return parse->last = series;
}

int parse_fail_number(struct parse *parse, int ret, const char *start,
		      const char *p, const char *end, const char *what)
{
	char found[INPUT_FOUND_MAX];

	input_error_found(found, p, end);
	if (ret == -ERANGE)
		return parse_fail(parse, INPUT_OVERFLOW, start, p,
				  "expected %s of at most 2^63 - 1 ns, found "
				  "%s; the log is damaged",
				  what, found);
	if (*p == '-')
		return parse_fail(parse, INPUT_NEGATIVE, start, p,
				  "expected %s, found the negative %s; the "
				  "clock was set back during the run or the "
				  "log is damaged",
				  what, found);
	return parse_fail(parse, INPUT_NOT_A_NUMBER, start, p,
			  "expected %s, found %s; this is no %s, or it is "
			  "damaged",
			  what, found, parse->reader->name);
}

/* Lines in [p, end), the last byte a '\n'. */
static int parse_lines(struct parse *parse, const char *p, const char *end)
{
	while (p < end) {
		const char *newline = memchr(p, '\n', (size_t)(end - p));
		int ret;

		parse->line++;
		if (newline - p > READER_LINE_MAX)
			return parse_fail(parse, INPUT_LINE_TOO_LONG, p, p,
					  "expected a line of at most %d "
					  "bytes; this is no %s",
					  READER_LINE_MAX, parse->reader->name);
		ret = parse->reader->line(parse, p, newline);
		if (ret)
			return ret;
		p = newline + 1;
	}
	return 0;
}

/*
 * What stands behind the last '\n'; at_end: and nothing will follow. The line
 * is reported, not parsed: half a number is a number.
 */
static int parse_rest(struct parse *parse, size_t size, bool at_end)
{
	if (size > READER_LINE_MAX)
		return input_error_set(parse->error, INPUT_LINE_TOO_LONG,
				       parse->line + 1, 1,
				       "expected a line of at most %d bytes; "
				       "this is no %s",
				       READER_LINE_MAX, parse->reader->name);
	if (size && at_end)
		return input_error_set(
			parse->error, INPUT_TRUNCATED, parse->line + 1,
			(unsigned)size + 1,
			"expected the end of the line, found the end of the "
			"file; the log is cut off: copy it again, or delete "
			"its last line");
	return 0;
}

static size_t skip_mark(const char *data, size_t size)
{
	return size >= 3 && !memcmp(data, "\xef\xbb\xbf", 3) ? 3 : 0;
}

/* The bytes up to and with the last '\n'. */
static size_t whole_lines(const char *data, size_t size)
{
	const char *newline = memrchr(data, '\n', size);

	return newline ? (size_t)(newline - data) + 1 : 0;
}

/*
 * Whatever the lines said, the log's host goes into the result; and a log
 * without a sample is a thread with none, not a thread that never was.
 */
static int parse_finish(struct parse *parse)
{
	size_t i;
	int ret = parse->reader->finish(parse);

	if (ret)
		return ret;
	if (!parse->series.count &&
	    !parse_series(parse, parse->name.operation,
			  strlen(parse->name.operation), DIRECTION_NONE))
		return -EINVAL;
	for (i = 0; i < parse->series.count; i++)
		strcpy(parse->series.series[i]->host, parse->name.host);
	return 0;
}

int reader_parse(struct parse *parse, const char *data, size_t size)
{
	size_t skip = size ? skip_mark(data, size) : 0, whole;
	int ret;

	data = size ? data + skip : "";
	size -= skip;
	whole = whole_lines(data, size);
	ret = parse_lines(parse, data, data + whole);
	if (!ret)
		ret = parse_rest(parse, size - whole, true);
	return ret ? ret : parse_finish(parse);
}

static int unreadable(struct parse *parse, const char *verb)
{
	return input_error_set(parse->error, INPUT_UNREADABLE, 0, 0,
			       "cannot %s: %s", verb, strerror(errno));
}

/* Reads until the buffer is full or the file ends. Bytes read, or -1. */
static ssize_t fill(int fd, char *buffer, size_t size)
{
	size_t done = 0;

	while (done < size) {
		ssize_t n = read(fd, buffer + done, size - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		if (!n)
			break;
		done += (size_t)n;
	}
	return (ssize_t)done;
}

static int parse_stream(struct parse *parse, int fd, char *buffer,
			atomic_ullong *bytes_done)
{
	size_t rest = 0;
	bool first = true;
	int ret;

	for (;;) {
		char *data = buffer;
		ssize_t got = fill(fd, buffer + rest, CHUNK_BYTES - rest);
		size_t size, whole;

		if (got < 0)
			return unreadable(parse, "read");
		size = rest + (size_t)got;
		if (first && size) {
			data += skip_mark(data, size);
			size -= (size_t)(data - buffer);
			first = false;
		}
		whole = size ? whole_lines(data, size) : 0;
		ret = parse_lines(parse, data, data + whole);
		if (!ret)
			ret = parse_rest(parse, size - whole, !got);
		if (ret)
			return ret;
		if (!got)
			return parse_finish(parse);
		rest = size - whole;
		memmove(buffer, data + whole, rest);
		if (bytes_done)
			atomic_fetch_add_explicit(bytes_done,
						  (unsigned long long)got,
						  memory_order_relaxed);
	}
}

int reader_parse_file(struct parse *parse, atomic_ullong *bytes_done)
{
	char *buffer;
	int ret, fd = open(parse->path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return unreadable(parse, "open");
	posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
	buffer = malloc(CHUNK_BYTES);
	if (buffer)
		ret = parse_stream(parse, fd, buffer, bytes_done);
	else
		ret = input_error_set(parse->error, INPUT_NO_MEMORY, 0, 0,
				      "out of memory");
	free(buffer);
	close(fd);
	return ret;
}
