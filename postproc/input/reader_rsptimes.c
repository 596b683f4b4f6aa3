// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reads smallfile's response times. A line is `operation, start, response`,
 * with both times in seconds. A start counts from the start of the thread. It
 * may be negative, because await-create starts at the time in an xattr, which
 * may be earlier.
 */
#include <errno.h>

#include "util/number.h"
#include "input/reader.h"

static bool is_name_byte(char c)
{
	return c > ' ' && c < 0x7f && c != ',';
}

static int bad_operation(struct parse *parse, const char *start, const char *p,
			 const char *end)
{
	char found[INPUT_FOUND_MAX];

	return parse_fail(parse, INPUT_OPERATION, start, p,
			  "expected the name of an operation (1 to %d "
			  "printable characters), found %s; this is no %s, or "
			  "it is damaged",
			  SERIES_OPERATION_MAX,
			  input_error_found(found, p, end),
			  parse->reader->name);
}

static int expect_comma(struct parse *parse, const char *start, const char **p,
			const char *end, const char *after)
{
	char found[INPUT_FOUND_MAX];

	*p = skip_blanks(*p);
	if (**p != ',')
		return parse_fail(parse,
				  at_line_end(*p) ? INPUT_COLUMNS
						  : INPUT_NOT_A_NUMBER,
				  start, *p,
				  "expected \",\" after %s, found %s; a line "
				  "is: operation, start, response time",
				  after, input_error_found(found, *p, end));
	*p = skip_blanks(*p + 1);
	return 0;
}

/* Parses start and response of a line. `p` is behind the operation. */
static int parse_times(struct parse *parse, const char *start, const char *p,
		       const char *end, int64_t *time_ns, uint64_t *latency_ns)
{
	uint64_t begin;
	bool before;
	int ret = expect_comma(parse, start, &p, end, "the operation");

	if (ret)
		return ret;
	before = *p == '-';
	p += before;
	ret = number_seconds(&p, &begin);
	if (ret)
		return parse_fail_number(parse, ret, start, p, end,
					 "a start time in seconds");
	*time_ns = before ? -(int64_t)begin : (int64_t)begin;
	ret = expect_comma(parse, start, &p, end, "the start time");
	if (ret)
		return ret;
	ret = number_seconds(&p, latency_ns);
	if (ret)
		return parse_fail_number(parse, ret, start, p, end,
					 "a response time in seconds");
	p = skip_blanks(p);
	if (!at_line_end(p)) {
		char found[INPUT_FOUND_MAX];

		return parse_fail(parse, INPUT_COLUMNS, start, p,
				  "expected the end of the line after the "
				  "response time, found %s; a line is: "
				  "operation, start, response time",
				  input_error_found(found, p, end));
	}
	return 0;
}

/* The log has the times at which operations began. */
static int add_activity(struct series *series, int64_t time_ns,
			uint64_t latency_ns)
{
	int64_t end_ns;

	if (__builtin_add_overflow(time_ns, (int64_t)latency_ns, &end_ns))
		end_ns = INT64_MAX;
	return activity_add(&series->activity, end_ns, latency_ns);
}

/* Keeps a line's lead for rsptimes_lines(): blanks, operation and comma. */
static void remember_lead(struct parse *parse, const char *start, const char *p)
{
	size_t length = (size_t)(p - start) + 1;

	parse->lead_length = 0;
	if (*p != ',' || length > sizeof(parse->lead))
		return;
	memcpy(parse->lead, start, length);
	parse->lead_length = length;
}

static int rsptimes_line(struct parse *parse, const char *start,
			 const char *end)
{
	const char *name = skip_blanks(start), *p = name;
	struct series *series;
	uint64_t latency_ns = 0;
	int64_t time_ns = 0;
	int ret;

	while (is_name_byte(*p))
		p++;
	if (p == name || p - name > SERIES_OPERATION_MAX ||
	    (*p != ',' && *p != ' ' && *p != '\t' && !at_line_end(p)))
		return bad_operation(parse, start, name, end);
	ret = parse_times(parse, start, p, end, &time_ns, &latency_ns);
	if (ret)
		return ret;
	if (!parse->begun)
		log_name_split(&parse->name, name, (size_t)(p - name));
	series = parse_series(parse, name, (size_t)(p - name), DIRECTION_NONE);
	if (!series)
		return -EINVAL;
	if (series_append(series, parse->series.keep_times, time_ns,
			  latency_ns) ||
	    add_activity(series, time_ns, latency_ns))
		return input_error_no_memory(parse->error);
	remember_lead(parse, start, p);
	return 0;
}

/* Reads the rest of a line quickly. Returns what follows it, or NULL. */
NUMBER_INLINE const char *quick_line(const char *p, int64_t *time_ns,
				     uint64_t *latency_ns)
{
	uint64_t start;

	while (*p == ' ')
		p++;
	p = number_seconds_quick(p, &start);
	if (!p || *p++ != ',')
		return NULL;
	*time_ns = (int64_t)start;
	while (*p == ' ')
		p++;
	p = number_seconds_quick(p, latency_ns);
	if (!p)
		return NULL;
	p += *p == '\r';
	return *p == '\n' ? p + 1 : NULL;
}

/* Compares a few bytes, without a call of memcmp(). */
NUMBER_INLINE bool begins_with(const char *p, const char *lead, size_t length)
{
	uint64_t a, b, c, d;

	if (length < 8 || length > 16)
		return !memcmp(p, lead, length);
	memcpy(&a, p, 8);
	memcpy(&b, lead, 8);
	memcpy(&c, p + length - 8, 8);
	memcpy(&d, lead + length - 8, 8);
	return a == b && c == d;
}

static const char *rsptimes_lines(struct parse *parse, const char *p,
				  const char *end)
{
	struct series *series = parse->last;
	bool keep_times = parse->series.keep_times;
	size_t n, length = parse->lead_length;

	if (!series || !length)
		return p;
	n = series->pending;
	while ((size_t)(end - p) > length && n < series->capacity &&
	       begins_with(p, parse->lead, length)) {
		uint64_t latency_ns = 0;
		int64_t time_ns = 0;
		const char *next =
			quick_line(p + length, &time_ns, &latency_ns);

		/* Without memory, rsptimes_line() will be the one to say so. */
		if (!next || add_activity(series, time_ns, latency_ns))
			break;
		series->latency_ns[n] = latency_ns;
		if (keep_times)
			series->time_ns[n] = time_ns;
		n++;
		p = next;
	}
	parse->line += n - series->pending;
	series->pending = n;
	return p;
}

static int rsptimes_finish(struct parse *parse)
{
	if (!parse->begun)
		log_name_split(&parse->name, "", 0);
	return 0;
}

const struct reader reader_rsptimes = {
	.name = "smallfile response time log",
	.line_max = READER_LINE_MAX,
	.first_kind = LOG_RSPTIMES,
	.last_kind = LOG_RSPTIMES,
	.line = rsptimes_line,
	.lines = rsptimes_lines,
	.finish = rsptimes_finish,
};
