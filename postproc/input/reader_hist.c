// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reads fio's histogram logs (write_hist_log=, log_hist_msec=). These have a
 * line for each stretch of time and direction:
 *
 *	time (ms), data direction, block size, count of bin 0, of bin 1, ...
 *
 * A line counts the samples since the line before of the same direction. There
 * are 1856 bins, or with log_hist_coarseness=c, 1856 >> c groups of 2^c bins.
 * fio does not write what came after the last full stretch. (fio's iolog.c,
 * flush_hist_samples(), 3.25 to 3.42.)
 */
#include <errno.h>

#include "fio/fio_histogram.h"
#include "util/number.h"
#include "input/reader.h"

#define COLUMNS_BEFORE 3
#define COLUMN_BYTES   22 /* 20 digits, ", " */
#define BINS_OF_FIO_2  1216

static const char *const expected[] = {
	"a time in ms",
	"the data direction",
	"a block size",
	"a count",
};

/* Parses one number and the comma behind it. */
static int parse_column(struct parse *parse, const char *start, const char **p,
			const char *end, unsigned column, uint64_t *value)
{
	char found[INPUT_FOUND_MAX];
	int ret;

	*p = skip_blanks(*p);
	ret = number_u63(p, value);
	if (ret)
		return parse_fail_number(parse, ret, start, *p, end,
					 expected[column < 3 ? column : 3]);
	*p = skip_blanks(*p);
	if (at_line_end(*p))
		return 0;
	if (**p != ',')
		return parse_fail(parse, INPUT_NOT_A_NUMBER, start, *p,
				  "expected \",\" or the end of the line, "
				  "found %s; this is no %s, or it is damaged",
				  input_error_found(found, *p, end),
				  parse->reader->name);
	(*p)++;
	return 0;
}

static int fail_old(struct parse *parse, const char *start, unsigned bins)
{
	return parse_fail(parse, INPUT_OLD, start, start,
			  "expected a histogram log of fio 3.0 or later (1856 "
			  "bins of ns), found a histogram log of fio 2 (%d "
			  "bins of us%s); run a later fio",
			  BINS_OF_FIO_2,
			  bins == BINS_OF_FIO_2 ? "" : ", in groups");
}

/* Finds how many columns there are. All lines of a log must have as many. */
static int check_columns(struct parse *parse, const char *start,
			 const char *end)
{
	unsigned bins = 1 - COLUMNS_BEFORE, c, old;
	const char *p;

	for (p = start; p < end; p++)
		bins += *p == ',';
	for (c = 0; c <= FIO_HISTOGRAM_COARSENESS_MAX; c++) {
		if (bins == (unsigned)FIO_HISTOGRAM_BINS >> c)
			break;
	}
	for (old = 0; old <= FIO_HISTOGRAM_COARSENESS_MAX; old++) {
		if (bins == (unsigned)BINS_OF_FIO_2 >> old)
			return fail_old(parse, start, bins);
	}
	if (c > FIO_HISTOGRAM_COARSENESS_MAX)
		return parse_fail(parse, INPUT_COLUMNS, start, end,
				  "expected 1856 bins, or a half, a quarter, "
				  "... or 29 of them, behind 3 columns, found "
				  "%d columns; this is no %s, or it is damaged",
				  (int)bins + COLUMNS_BEFORE,
				  parse->reader->name);
	if (parse->begun && c != parse->coarseness)
		return parse_fail(parse, INPUT_COLUMNS, start, end,
				  "expected %d bins as in the first line, "
				  "found %d; the log is damaged",
				  FIO_HISTOGRAM_BINS >> parse->coarseness,
				  (unsigned)FIO_HISTOGRAM_BINS >> c);
	parse->coarseness = c;
	return 0;
}

static int parse_bins(struct parse *parse, const char *start, const char *p,
		      const char *end, struct fio_histogram *bins)
{
	unsigned i;

	bins->coarseness = parse->coarseness;
	for (i = 0; i < (unsigned)FIO_HISTOGRAM_BINS >> parse->coarseness;
	     i++) {
		const char *at = skip_blanks(p);
		uint64_t count;
		int ret = parse_column(parse, start, &p, end,
				       COLUMNS_BEFORE + i, &count);

		if (!ret && count)
			ret = fio_histogram_add(bins, i << parse->coarseness,
						count);
		if (ret == -EOVERFLOW)
			return parse_fail(parse, INPUT_OVERFLOW, start, at,
					  "expected at most 2^63 - 1 samples, "
					  "found more; the log is damaged");
		if (ret == -ENOMEM)
			return input_error_no_memory(parse->error);
		if (ret)
			return ret;
	}
	return 0;
}

static int add_bins(struct parse *parse, const char *start, unsigned direction,
		    int64_t time_ns, const struct fio_histogram *bins)
{
	struct series *series =
		parse_series(parse, parse->name.operation,
			     strlen(parse->name.operation), (int)direction);
	int ret;

	if (!series)
		return -EINVAL;
	ret = series_add_histogram(series, parse->series.keep_times, time_ns,
				   bins);
	if (ret == -EOVERFLOW)
		return parse_fail(parse, INPUT_OVERFLOW, start, start,
				  "expected at most 2^63 - 1 samples, found "
				  "more; the log is damaged");
	return ret ? input_error_no_memory(parse->error) : 0;
}

static int hist_line(struct parse *parse, const char *start, const char *end)
{
	uint64_t value[COLUMNS_BEFORE];
	struct fio_histogram bins = { 0 };
	const char *p = start, *at = start;
	unsigned i;
	int ret = 0;

	for (i = 0; i < COLUMNS_BEFORE && !ret && !at_line_end(p); i++) {
		at = skip_blanks(p);
		ret = parse_column(parse, start, &p, end, i, &value[i]);
		if (!ret && i == 1 && value[i] > DIRECTION_MAX)
			return parse_fail(parse, INPUT_DIRECTION, start, at,
					  "expected the data direction 0, 1 or "
					  "2, found %llu; this is no %s, or it "
					  "is damaged",
					  (unsigned long long)value[i],
					  parse->reader->name);
	}
	if (!ret)
		ret = check_columns(parse, start, end);
	if (ret)
		return ret;
	ret = parse_bins(parse, start, p, end, &bins);
	if (!ret)
		ret = add_bins(parse, start, (unsigned)value[1],
			       reader_fio_time(value[0]), &bins);
	fio_histogram_free(&bins);
	return ret;
}

const struct reader reader_hist = {
	.name = "fio histogram log",
	.line_max = (COLUMNS_BEFORE + FIO_HISTOGRAM_BINS) * COLUMN_BYTES,
	.first_kind = LOG_CLAT_HIST,
	.last_kind = LOG_CLAT_HIST,
	.line = hist_line,
};
