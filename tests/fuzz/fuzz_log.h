/* SPDX-License-Identifier: GPL-2.0-only */
/* What the targets for logs share. */
#ifndef SMALLFIO_FUZZ_LOG_H
#define SMALLFIO_FUZZ_LOG_H

#include "fuzz.h"
#include "input/reader.h"

/*
 * Checks that latencies are below 2^63, and that every line is a sample. A line
 * of a histogram log may be any number of samples.
 */
static inline void fuzz_check_series(const struct series_list *list,
				     const uint8_t *data, size_t size)
{
	size_t i, j, lines = 0, samples = 0;
	bool hist = false;

	for (i = 0; i < size; i++)
		lines += data[i] == '\n';
	for (i = 0; i < list->count; i++) {
		const struct series *series = list->series[i];

		assert(series->host[0] && series->operation[0]);
		for (j = 0; j < series->run_count; j++)
			assert(series->runs[j].max_ns <= INT64_MAX);
		samples += series->count;
		hist |= series->kind == LOG_CLAT_HIST;
	}
	assert(samples == lines || (lines && hist));
}

/* Reads `data`. Returns whether it is good; if not, the error says what is not.
 */
static inline bool fuzz_parse(struct parse *parse, const uint8_t *data,
			      size_t size)
{
	struct input_error error = { 0 };
	int ret;

	parse->error = &error;
	parse->series.keep_times = size & 1;
	ret = reader_parse(parse, (const char *)data, size);
	if (!ret) {
		assert(error.code == INPUT_OK);
		return true;
	}
	assert(ret == -EINVAL && error.code != INPUT_OK);
	assert(error.line > 0 && error.message[0]);
	assert(!strchr(error.message, '\n'));
	return false;
}

/*
 * Reads `data` as a log with the name `base`. Either every line is a sample, or
 * the error says what was wrong in which line.
 */
static inline void fuzz_log(const char *base, const uint8_t *data, size_t size)
{
	struct parse parse = { .path = base };

	parse.reader = reader_find(base, &parse.name);
	assert(parse.reader);
	if (fuzz_parse(&parse, data, size))
		fuzz_check_series(&parse.series, data, size);
	series_list_free(&parse.series);
}

#endif
