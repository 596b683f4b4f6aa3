// SPDX-License-Identifier: GPL-2.0-only
/*
 * smallfile's response times: `operation, start, response`, both times in
 * seconds; the start counts from the start of the thread. await-create starts
 * at the time in an xattr, which may lie before that: a start may be negative.
 */
#include <errno.h>

#include "number.h"
#include "reader.h"

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
			  SAMPLES_OPERATION_MAX,
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

/* "start" and "response" of the line; p behind the operation. */
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
	if (p == name || p - name > SAMPLES_OPERATION_MAX ||
	    (*p != ',' && *p != ' ' && *p != '\t' && !at_line_end(p)))
		return bad_operation(parse, start, name, end);
	ret = parse_times(parse, start, p, end, &time_ns, &latency_ns);
	if (ret)
		return ret;
	if (!parse->last)
		log_name_split(&parse->name, name, (size_t)(p - name));
	series = parse_series(parse, name, (size_t)(p - name), DIRECTION_NONE);
	if (!series)
		return -EINVAL;
	if (series_append(series, parse->series.keep_times, time_ns,
			  latency_ns))
		return input_error_set(parse->error, INPUT_NO_MEMORY, 0, 0,
				       "out of memory");
	return 0;
}

static int rsptimes_finish(struct parse *parse)
{
	if (!parse->last)
		log_name_split(&parse->name, "", 0);
	return 0;
}

const struct reader reader_rsptimes = {
	.name = "smallfile response time log",
	.recognise = log_name_rsptimes,
	.line = rsptimes_line,
	.finish = rsptimes_finish,
};
