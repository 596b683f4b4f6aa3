// SPDX-License-Identifier: GPL-2.0-only
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "input/reader.h"

static const struct reader *const readers[] = {
	&reader_fio,
	&reader_rsptimes,
	&reader_hist,
	&reader_chunks,
};
#define READERS (sizeof(readers) / sizeof(*readers))

const struct reader *reader_find(const char *base, struct log_name *name)
{
	size_t i;

	if (log_name_fio(base, name) && log_name_rsptimes(base, name))
		return NULL;
	for (i = 0; i < READERS; i++) {
		if (name->kind >= readers[i]->first_kind &&
		    name->kind <= readers[i]->last_kind)
			return readers[i];
	}
	return NULL;
}

const struct reader *reader_of_line(const char *line, size_t size)
{
	const struct reader *found = NULL;
	size_t i;

	for (i = 0; i < READERS && !found; i++) {
		struct input_error error = { 0 };
		struct parse parse = { .reader = readers[i], .error = &error };

		/* No operation's name begins with a digit. */
		if (readers[i] == &reader_rsptimes &&
		    isdigit((unsigned char)*skip_blanks(line)))
			continue;
		log_name_default("x", readers[i]->first_kind, &parse.name);
		/* If memory ran out, reading the log will say so. */
		if (!readers[i]->line(&parse, line, line + size - 1) ||
		    error.code == INPUT_AVERAGED || error.code == INPUT_OLD ||
		    error.code == INPUT_NO_MEMORY)
			found = readers[i];
		series_list_free(&parse.series);
	}
	return found;
}

/* Tells whose samples a series has. An empty host stands for the log's. */
struct key {
	const char *operation, *host;
	size_t length, host_length;
	int direction;
	long thread;
};

static bool same_text(const char *text, const char *p, size_t length)
{
	return !strncmp(text, p, length) && !text[length];
}

static bool series_is(const struct series *series, const struct key *key)
{
	return series->direction == key->direction &&
	       series->thread == key->thread &&
	       same_text(series->operation, key->operation, key->length) &&
	       same_text(series->host, key->host, key->host_length);
}

static struct series *find_series(const struct parse *parse,
				  const struct key *key)
{
	size_t i;

	for (i = 0; i < parse->series.count; i++) {
		struct series *series = parse->series.series[i];

		if (series_is(series, key))
			return series;
	}
	return NULL;
}

static struct series *add_series(struct parse *parse, const struct key *key)
{
	struct series *series = series_list_add(&parse->series);

	if (!series)
		return NULL;
	memcpy(series->operation, key->operation, key->length);
	memcpy(series->host, key->host, key->host_length);
	series->direction = key->direction;
	series->entry = parse->proof.entry;
	series->thread = key->thread;
	return series;
}

static bool too_many(const struct parse *parse)
{
	return parse->series.count == (parse->reader->names_itself
					       ? SERIES_THREADS_PER_LOG_MAX
					       : SERIES_PER_LOG_MAX);
}

static int fail_too_many(struct parse *parse, uint64_t line)
{
	return input_error_set(
		parse->error, INPUT_TOO_MANY, line, 0,
		"expected at most %zu %s in one log", parse->series.count,
		parse->reader->names_itself ? "threads" : "operations");
}

struct series *parse_series_of(struct parse *parse, const char *operation,
			       size_t length, int direction, const char *host,
			       size_t host_length, long thread)
{
	const struct key key = { operation,   host,      length,
				 host_length, direction, thread };
	struct series *series = parse->last;

	if (series && series_is(series, &key))
		return series;
	series = find_series(parse, &key);
	if (series)
		return parse->last = series;
	if (too_many(parse)) {
		fail_too_many(parse, parse->line);
		return NULL;
	}
	series = add_series(parse, &key);
	if (!series) {
		input_error_no_memory(parse->error);
		return NULL;
	}
	series->first_line = parse->line;
	return parse->last = series;
}

struct series *parse_series(struct parse *parse, const char *operation,
			    size_t length, int direction)
{
	return parse_series_of(parse, operation, length, direction, "", 0, 0);
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

static int read_lines(struct parse *parse, const char *p, const char *end,
		      bool quick)
{
	for (;;) {
		const char *newline;
		int ret;

		if (quick && parse->reader->lines)
			p = parse->reader->lines(parse, p, end);
		if (p == end)
			return 0;
		newline = memchr(p, '\n', (size_t)(end - p));
		parse->line++;
		if ((size_t)(newline - p) > parse->reader->line_max)
			return parse_fail(parse, INPUT_LINE_TOO_LONG, p, p,
					  "expected a line of at most %zu "
					  "bytes; this is no %s",
					  parse->reader->line_max,
					  parse->reader->name);
		ret = parse->reader->line(parse, p, newline);
		if (ret)
			return ret;
		parse->begun = true;
		p = newline + 1;
	}
}

int reader_lines(struct parse *parse, const char *data, size_t size)
{
	return read_lines(parse, data, data + size, true);
}

int reader_rest(struct parse *parse, size_t size, bool at_end)
{
	if (size > parse->reader->line_max)
		return input_error_set(parse->error, INPUT_LINE_TOO_LONG,
				       parse->line + 1, 1,
				       "expected a line of at most %zu bytes; "
				       "this is no %s",
				       parse->reader->line_max,
				       parse->reader->name);
	if (size && at_end)
		return input_error_set(
			parse->error, INPUT_TRUNCATED, parse->line + 1,
			(unsigned)size + 1,
			"expected the end of the line, found the end of the "
			"file; the log is cut off: copy it again, or delete "
			"its last line");
	return 0;
}

size_t reader_mark(const char *data, size_t size)
{
	return size >= 3 && !memcmp(data, "\xef\xbb\xbf", 3) ? 3 : 0;
}

size_t reader_whole(const char *data, size_t size)
{
	const char *newline = size ? memrchr(data, '\n', size) : NULL;

	return newline ? (size_t)(newline - data) + 1 : 0;
}

void reader_continue(struct parse *parse, const struct parse *first)
{
	parse->reader = first->reader;
	parse->path = first->path;
	parse->name = first->name;
	parse->layout = first->layout;
	parse->coarseness = first->coarseness;
	parse->begun = first->begun;
	parse->series.keep_times = first->series.keep_times;
}

int parse_finish_piece(struct parse *parse)
{
	size_t i;

	for (i = 0; i < parse->series.count; i++) {
		if (series_finish(parse->series.series[i]))
			return input_error_no_memory(parse->error);
	}
	return 0;
}

static int merge_series(struct parse *whole, struct series *series)
{
	const struct key key = {
		series->operation,         series->host,
		strlen(series->operation), strlen(series->host),
		series->direction,         series->thread,
	};
	struct series *to = find_series(whole, &key);

	if (!to && too_many(whole))
		return fail_too_many(whole, whole->line + series->first_line);
	if (!to)
		to = add_series(whole, &key);
	return !to || series_move_samples(to, series)
		       ? input_error_no_memory(whole->error)
		       : 0;
}

int parse_merge(struct parse *whole, struct parse *chunk, int ret)
{
	size_t i;

	/* Merges in the order of first lines, so that the first error wins. */
	for (i = 0; i < chunk->series.count; i++) {
		int merged = merge_series(whole, chunk->series.series[i]);

		if (merged)
			return merged;
	}
	if (ret) {
		*whole->error = *chunk->error;
		whole->error->path = whole->path;
		if (whole->error->line)
			whole->error->line += whole->line;
		return ret;
	}
	if (!whole->begun) {
		whole->name = chunk->name;
		whole->begun = chunk->begun;
	}
	whole->line += chunk->line;
	whole->operations_seen |= chunk->operations_seen;
	if (!chunk->times_seen)
		return 0;
	if (!whole->times_seen || chunk->first_time < whole->first_time)
		whole->first_time = chunk->first_time;
	if (chunk->last_time > whole->last_time)
		whole->last_time = chunk->last_time;
	whole->times_seen = true;
	return 0;
}

/*
 * Gives the series the log's host and thread, unless the lines have them. A log
 * without a sample is of a thread that did nothing, so it gets a series, too.
 */
int parse_finish(struct parse *parse)
{
	size_t i;
	int ret = parse->reader->finish ? parse->reader->finish(parse) : 0;

	if (ret)
		return ret;
	if (!parse->series.count &&
	    !parse_series(parse, parse->name.operation,
			  strlen(parse->name.operation), DIRECTION_NONE))
		return -EINVAL;
	for (i = 0; i < parse->series.count; i++) {
		struct series *series = parse->series.series[i];

		if (!series->host[0]) {
			strcpy(series->host, parse->name.host);
			series->thread = parse->name.thread;
		}
		series->fio_job = parse->name.fio_job;
		series->kind = parse->name.kind;
		series->path = parse->path;
	}
	return 0;
}

int reader_parse(struct parse *parse, const char *data, size_t size)
{
	size_t mark = size ? reader_mark(data, size) : 0, whole, quick;
	int ret;

	data = size ? data + mark : "";
	size -= mark;
	whole = reader_whole(data, size);
	quick = size < READER_SLACK ? 0
				    : reader_whole(data, size - READER_SLACK);
	ret = read_lines(parse, data, data + quick, true);
	/*
	 * Lines near the end of the memory are read one by one, because the
	 * quick readers load bytes behind a line.
	 */
	if (!ret)
		ret = read_lines(parse, data + quick, data + whole, false);
	if (!ret)
		ret = reader_rest(parse, size - whole, true);
	if (!ret)
		ret = parse_finish_piece(parse);
	return ret ? ret : parse_finish(parse);
}
