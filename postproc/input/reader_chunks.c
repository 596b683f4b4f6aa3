// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reads the chunk log of fio-diskwrite.so. This is CSV with a header and a line
 * for each chunk. Each line has host and thread, so a log may be of many
 * threads. A time is when the chunk was done, since 1970. Logs put behind each
 * other, with their headers, are a log, too.
 */
#include <errno.h>
#include <string.h>

#include "util/number.h"
#include "input/reader.h"

#define OPERATION  "chunk"
#define COLUMNS    11
#define LINE_BYTES 1024

static const char header[] =
	"unix_time_s,host,thread,file,chunk,bytes,latency_us,mib_per_s,"
	"cpu_user_pct,cpu_system_pct,rss_kib";

enum { TIME, HOST, THREAD, FILE_NUMBER, CHUNK, BYTES, LATENCY, RATE };

struct column {
	const char *p;
	size_t length;
};

static bool is_header(const char *p, const char *end)
{
	size_t length = (size_t)(end - p);

	if (length && p[length - 1] == '\r')
		length--;
	return length == strlen(header) && !memcmp(p, header, length);
}

static int fail_columns(struct parse *parse, const char *start, const char *p,
			const char *end)
{
	char found[INPUT_FOUND_MAX];

	return parse_fail(parse, INPUT_COLUMNS, start, p,
			  "expected %d columns (%s), found %s; this is no %s, "
			  "or it is damaged",
			  COLUMNS, header, input_error_found(found, p, end),
			  parse->reader->name);
}

/* Returns the length of a column. The '\n' of the line ends the search. */
static size_t column_length(const char *p)
{
	size_t n = 0;

	while (p[n] != ',' && p[n] != '\r' && p[n] != '\n')
		n++;
	return n;
}

static int divide(struct parse *parse, const char *start, const char *end,
		  struct column column[COLUMNS])
{
	const char *p = start;
	unsigned int i;

	for (i = 0; i < COLUMNS; i++) {
		const char *stop = i + 1 < COLUMNS ? "," : "\r\n";

		column[i].p = p;
		column[i].length = column_length(p);
		p += column[i].length;
		if (!strchr(stop, *p))
			return fail_columns(parse, start, p, end);
		p++;
	}
	p--;
	return at_line_end(p) ? 0 : fail_columns(parse, start, p, end);
}

/* Parses a whole column like a time in seconds. The fraction may be missing. */
static int parse_column(struct parse *parse, const char *start, const char *end,
			const struct column *column, const char *what,
			uint64_t *billionths)
{
	const char *p = column->p;
	int ret = number_seconds(&p, billionths);

	if (!ret && p != column->p + column->length)
		ret = -EINVAL;
	return ret ? parse_fail_number(parse, ret, start, column->p, end, what)
		   : 0;
}

static int parse_thread(struct parse *parse, const char *start, const char *end,
			const struct column *column, uint64_t *thread)
{
	const char *p = column->p;
	int ret = number_u63(&p, thread);

	if (!ret && (p != column->p + column->length || *thread > UINT32_MAX))
		ret = -EINVAL;
	return ret ? parse_fail_number(parse, ret, start, column->p, end,
				       "a thread's number")
		   : 0;
}

static int check_host(struct parse *parse, const char *start, const char *end,
		      const struct column *column)
{
	char found[INPUT_FOUND_MAX];
	size_t i;

	for (i = 0; i < column->length; i++) {
		unsigned char c = (unsigned char)column->p[i];

		if (c < 0x20 || c == 0x7f)
			break;
	}
	if (column->length && column->length <= NAME_MAX && i == column->length)
		return 0;
	return parse_fail(parse, INPUT_HOST, start, column->p,
			  "expected a host's name, found %s; this is no %s, or "
			  "it is damaged",
			  input_error_found(found, column->p, end),
			  parse->reader->name);
}

static int chunks_line(struct parse *parse, const char *start, const char *end)
{
	struct column column[COLUMNS];
	uint64_t time_ns = 0, latency_ns = 0, thread = 0, unused;
	struct series *series;
	unsigned int i;
	int ret;

	if (is_header(start, end))
		return 0;
	if (!parse->begun)
		return fail_columns(parse, start, start, end);
	ret = divide(parse, start, end, column);
	if (!ret)
		ret = parse_column(parse, start, end, &column[TIME],
				   "a time in seconds", &time_ns);
	if (!ret)
		ret = check_host(parse, start, end, &column[HOST]);
	if (!ret)
		ret = parse_thread(parse, start, end, &column[THREAD], &thread);
	for (i = FILE_NUMBER; i <= RATE && !ret; i++)
		ret = parse_column(parse, start, end, &column[i],
				   i == LATENCY ? "a latency in us"
						: "a number",
				   i == LATENCY ? &latency_ns : &unused);
	if (ret)
		return ret;
	series = parse_series_of(parse, OPERATION, strlen(OPERATION),
				 DIRECTION_NONE, column[HOST].p,
				 column[HOST].length, (long)thread);
	if (!series)
		return -EINVAL;
	/* The latency was read in billionths of a us. */
	latency_ns /= 1000000;
	if (series_append(series, parse->series.keep_times, (int64_t)time_ns,
			  latency_ns) ||
	    activity_add(&series->activity, (int64_t)time_ns, latency_ns))
		return input_error_no_memory(parse->error);
	return 0;
}

/* A log without a chunk is of one thread without samples. */
static int chunks_finish(struct parse *parse)
{
	strcpy(parse->name.operation, OPERATION);
	parse->name.thread = 0;
	return 0;
}

const struct reader reader_chunks = {
	.name = "chunk log",
	.line_max = LINE_BYTES,
	.first_kind = LOG_CHUNKS,
	.last_kind = LOG_CHUNKS,
	.names_itself = true,
	.line = chunks_line,
	.finish = chunks_finish,
};
