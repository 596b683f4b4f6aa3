// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reads fio's latency logs. Columns by version and option (from "Log File
 * Formats" in fio's documentation, and its iolog.c in 3.1, 3.25, 3.33 and 3.36
 * to 3.42):
 *
 *	time (ms), value (ns), data direction, block size
 *	  ... , priority                       from 3.18 on
 *	  ... , offset, priority               log_offset=1
 *	  ... , offset, priority, issue time   and log_issue_time=1, from 3.38
 *	time, value, maximum, direction, ...   log_window_value=both, from 3.37
 *
 * The priority is 0 or 1, or hexadecimal with log_prio=1. The value is the
 * latency of one operation. With log_avg_msec= it is the average or the maximum
 * of many. These are refused, because their percentiles would be wrong.
 */
#include <errno.h>
#include <string.h>

#include "util/number.h"
#include "input/reader.h"

#define FIELDS_MAX 8
/*
 * Times in ms from here on count from 1970. Times since the start of a job are
 * smaller, because no job runs for three years.
 */
#define TIMES_SINCE_1970 UINT64_C(100000000000)
#define FAR_MORE         10
#define FAR_MORE_LINES   10000

struct fio_layout {
	unsigned fields;
	unsigned direction;  /* index of the column */
	unsigned block_size; /* likewise */
	unsigned priority;   /* likewise; 0: none */
	bool averaged;
};

/* The likely ones come first. The first that fits the first line is taken. */
static const struct fio_layout layouts[] = {
	{ .fields = 5, .direction = 2, .block_size = 3, .priority = 4 },
	{ .fields = 4, .direction = 2, .block_size = 3 },
	{ .fields = 6, .direction = 2, .block_size = 3, .priority = 5 },
	{ .fields = 7, .direction = 2, .block_size = 3, .priority = 5 },
	{ 6, .direction = 3, .block_size = 4, .priority = 5, .averaged = true },
	{ 7, .direction = 3, .block_size = 4, .priority = 6, .averaged = true },
	{ 8, .direction = 3, .block_size = 4, .priority = 6, .averaged = true },
};

struct fio_line {
	uint64_t value[FIELDS_MAX];
	const char *at[FIELDS_MAX]; /* where each begins */
	unsigned fields;
	unsigned hex; /* the hexadecimal column, 0: none */
};

static const char *const field_name[] = {
	"a time in ms",
	"a latency in ns",
	"a whole number",
};

static int parse_field(struct parse *parse, struct fio_line *line,
		       const char *start, const char **p, const char *end)
{
	unsigned f = line->fields;
	int ret;

	line->at[f] = *p;
	if ((*p)[0] == '0' && (*p)[1] == 'x' && f >= 3) {
		line->hex = f;
		ret = number_hex(p, &line->value[f]);
	} else {
		ret = number_u63(p, &line->value[f]);
	}
	if (ret)
		return parse_fail_number(parse, ret, start, *p, end,
					 field_name[f < 2 ? f : 2]);
	*p = skip_blanks(*p);
	line->fields++;
	return 0;
}

/* Parses the numbers of a line, which are divided by ','. */
static int parse_fields(struct parse *parse, struct fio_line *line,
			const char *start, const char *end)
{
	const char *p = skip_blanks(start);
	char found[INPUT_FOUND_MAX];
	int ret;

	line->fields = 0;
	line->hex = 0;
	for (;;) {
		ret = parse_field(parse, line, start, &p, end);
		if (ret)
			return ret;
		if (at_line_end(p))
			return 0;
		if (*p != ',')
			return parse_fail(parse, INPUT_NOT_A_NUMBER, start, p,
					  "expected \",\" or the end of the "
					  "line, found %s; this is no %s, or "
					  "it is damaged",
					  input_error_found(found, p, end),
					  parse->reader->name);
		if (line->fields == FIELDS_MAX)
			return parse_fail(parse, INPUT_COLUMNS, start, p,
					  "expected 4 to %d columns, found "
					  "more; this is no %s (a histogram "
					  "log?)",
					  FIELDS_MAX, parse->reader->name);
		p = skip_blanks(p + 1);
	}
}

static bool layout_fits(const struct fio_layout *layout,
			const struct fio_line *line)
{
	return layout->fields == line->fields &&
	       line->value[layout->direction] <= DIRECTION_MAX &&
	       (!line->hex || line->hex == layout->priority) &&
	       (!layout->averaged || (line->value[2] >= line->value[1] &&
				      !line->value[layout->block_size]));
}

static int choose_layout(struct parse *parse, const char *start,
			 const struct fio_line *line)
{
	size_t i;

	for (i = 0; i < sizeof(layouts) / sizeof(*layouts); i++) {
		if (layout_fits(&layouts[i], line)) {
			parse->layout = &layouts[i];
			return 0;
		}
	}
	if (line->fields < 4 || line->fields == FIELDS_MAX)
		return parse_fail(parse, INPUT_COLUMNS, start,
				  line->at[line->fields - 1],
				  "expected 4 to 7 columns, found %u; this is "
				  "no %s, or it is damaged",
				  line->fields, parse->reader->name);
	return parse_fail(parse, INPUT_DIRECTION, start, line->at[2],
			  "expected the data direction 0, 1 or 2, found %llu; "
			  "this is no %s, or it is damaged",
			  (unsigned long long)line->value[2],
			  parse->reader->name);
}

static int check_line(struct parse *parse, const char *start,
		      const struct fio_line *line)
{
	const struct fio_layout *layout = parse->layout;

	if (line->fields != layout->fields)
		return parse_fail(parse, INPUT_COLUMNS, start,
				  line->at[line->fields - 1],
				  "expected %u columns as in the first line, "
				  "found %u; the log is damaged",
				  layout->fields, line->fields);
	if (line->value[layout->direction] > DIRECTION_MAX)
		return parse_fail(
			parse, INPUT_DIRECTION, start,
			line->at[layout->direction],
			"expected the data direction 0, 1 or 2, found %llu; "
			"the log is damaged",
			(unsigned long long)line->value[layout->direction]);
	if (line->hex && line->hex != layout->priority)
		return parse_fail(parse, INPUT_NOT_A_NUMBER, start,
				  line->at[line->hex],
				  "expected a decimal number, found a "
				  "hexadecimal one; the log is damaged");
	return 0;
}

/*
 * Converts a time to ns. fio writes ms since the job began, or with
 * log_unix_epoch=1 since 1970. Tools that rewrite logs use us and ns since
 * 1970, too. The magnitude tells the unit, because no job runs for 10^14 ms
 * (3000 years).
 */
int64_t reader_fio_time(uint64_t time)
{
	uint64_t scale = 1000000;
	int64_t ns;

	if (time >= UINT64_C(100000000000000000))
		scale = 1;
	else if (time >= UINT64_C(100000000000000))
		scale = 1000;
	/* Only --time-interval needs such times, and refuses this one. */
	return __builtin_mul_overflow(time, scale, &ns) ? INT64_MAX : ns;
}

/* Keeps what fio_finish() needs to tell averages from operations. */
static void watch(struct parse *parse, uint64_t time, uint64_t block_size)
{
	parse->operations_seen |= block_size > 0;
	if (!parse->times_seen || time < parse->first_time)
		parse->first_time = time;
	if (!parse->times_seen || time > parse->last_time)
		parse->last_time = time;
	parse->times_seen = true;
}

static int fail_averaged(struct parse *parse, uint64_t line)
{
	return input_error_set(
		parse->error, INPUT_AVERAGED, line, line ? 1 : 0,
		"expected one latency a line, found averages or maxima over "
		"a time window (or what nothing tells from them), and "
		"percentiles of those are wrong; run fio without "
		"log_avg_msec=");
}

static int fio_line(struct parse *parse, const char *start, const char *end)
{
	const struct fio_layout *layout;
	struct fio_line line;
	struct series *series;
	uint64_t direction;
	int64_t time_ns;
	int ret = parse_fields(parse, &line, start, end);

	if (!ret && !parse->layout)
		ret = choose_layout(parse, start, &line);
	if (!ret)
		ret = check_line(parse, start, &line);
	if (ret)
		return ret;
	layout = parse->layout;
	if (layout->averaged)
		return fail_averaged(parse, parse->line);
	direction = line.value[layout->direction];
	time_ns = reader_fio_time(line.value[0]);
	watch(parse, line.value[0], line.value[layout->block_size]);
	series = parse->last;
	if (!series || series->direction != (int)direction)
		series = parse_series(parse, parse->name.operation,
				      strlen(parse->name.operation),
				      (int)direction);
	if (!series)
		return -EINVAL;
	if (series_append(series, parse->series.keep_times, time_ns,
			  line.value[1]) ||
	    activity_add(&series->activity, time_ns, line.value[1]))
		return input_error_no_memory(parse->error);
	return 0;
}

struct fio_quick {
	uint64_t time;
	uint64_t latency_ns;
	int direction;
};

/* Skips a priority of log_prio=1. Returns what follows it, or NULL. */
static const char *quick_hex(const char *p)
{
	uint64_t value;

	return number_hex(&p, &value) ? NULL : p;
}

/*
 * Skips the numbers behind the block size. Returns what follows them, or NULL
 * if they are no numbers.
 */
NUMBER_INLINE const char *quick_rest(const char *p,
				     const struct fio_layout *layout)
{
	unsigned i;

	for (i = 4; i < layout->fields; i++) {
		uint64_t rest;

		if (p[0] != ',' || p[1] != ' ')
			return NULL;
		p += 2;
		if (i == layout->priority && p[0] == '0' && p[1] == 'x') {
			p = quick_hex(p);
		} else {
			p = number_quick(p, &rest);
		}
		if (!p)
			return NULL;
	}
	return p;
}

/* Reads one line quickly. Returns what follows it, or NULL. */
NUMBER_INLINE const char *quick_line(const char *p,
				     const struct fio_layout *layout,
				     struct fio_quick *quick)
{
	uint64_t block_size;

	p = number_quick(p, &quick->time);
	if (!p || p[0] != ',' || p[1] != ' ')
		return NULL;
	p = number_quick(p + 2, &quick->latency_ns);
	if (!p || p[0] != ',' || p[1] != ' ')
		return NULL;
	quick->direction = p[2] - '0';
	if (quick->direction < 0 || quick->direction > DIRECTION_MAX ||
	    p[3] != ',' || p[4] != ' ')
		return NULL;
	p += 5;
	p = number_quick(p, &block_size);
	if (!p)
		return NULL;
	p = quick_rest(p, layout);
	if (!p)
		return NULL;
	p += *p == '\r';
	return *p == '\n' ? p + 1 : NULL;
}

/*
 * Reads lines that have the direction of the last line, as long as there is
 * room for samples. The log must be known to have no averages.
 */
static const char *quick_lines(struct parse *parse, const char *p,
			       const char *end)
{
	struct series *series = parse->last;
	bool keep_times = parse->series.keep_times;
	const struct fio_layout *layout = parse->layout;
	size_t n = series->pending;

	while (p < end && n < series->capacity) {
		struct fio_quick line;
		const char *next = quick_line(p, layout, &line);
		int64_t time_ns;

		if (!next || line.direction != series->direction)
			break;
		time_ns = reader_fio_time(line.time);
		/* Without memory, fio_line() will be the one to say so. */
		if (activity_add(&series->activity, time_ns, line.latency_ns))
			break;
		series->latency_ns[n] = line.latency_ns;
		if (keep_times)
			series->time_ns[n] = time_ns;
		n++;
		p = next;
	}
	parse->line += n - series->pending;
	series->pending = n;
	return p;
}

static const char *fio_lines(struct parse *parse, const char *p,
			     const char *end)
{
	if (!parse->operations_seen || !parse->last || parse->layout->averaged)
		return p;
	return quick_lines(parse, p, end);
}

/*
 * Returns true if the lines are operations and not averages. The block size of
 * an average is 0. But fio's own engines for metadata log each operation with
 * 0, too. A window of averages takes a ms or longer. It gives at most one line
 * for each direction, late if operations took long. So a job's averages have no
 * more lines than its time has ms, for each direction. The log may not say when
 * the job began (times since 1970), or be of several jobs (per_job_logs=0).
 * Then only far more lines prove operations.
 */
static bool proves_operations(const struct parse *parse)
{
	bool since_1970 = parse->first_time >= TIMES_SINCE_1970;
	bool several = parse->name.fio_job == LOG_FIO_JOB_UNKNOWN &&
		       !parse->name.by_default;
	const struct log_proof *proof = &parse->proof;
	uint64_t windows = parse->last_time + 2;

	if (parse->operations_seen || !parse->line)
		return true;
	if (proof->averages)
		return false;
	if (proof->operations || parse->line == proof->samples)
		return true;
	if (since_1970)
		windows -= parse->first_time;
	if (since_1970 || several)
		return parse->line / FAR_MORE > windows &&
		       parse->line > FAR_MORE_LINES;
	return parse->line / (DIRECTION_MAX + 1) > windows;
}

static int fio_finish(struct parse *parse)
{
	return proves_operations(parse) ? 0 : fail_averaged(parse, 1);
}

const struct reader reader_fio = {
	.name = "fio latency log",
	.line_max = READER_LINE_MAX,
	.first_kind = LOG_CLAT,
	.last_kind = LOG_SLAT,
	.line = fio_line,
	.lines = fio_lines,
	.finish = fio_finish,
};
