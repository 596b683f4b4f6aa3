// SPDX-License-Identifier: GPL-2.0-only
/*
 * A chunk log. Either every line except headers is a sample, or the error says
 * which line is wrong.
 */
#include "fuzz_log.h"

static void check(const struct parse *parse, size_t lines)
{
	size_t samples = 0;

	for (size_t i = 0; i < parse->series.count; i++) {
		const struct series *series = parse->series.series[i];

		assert(series->host[0] && series->thread >= 0);
		assert(!strcmp(series->operation, "chunk"));
		samples += series->count;
	}
	assert(samples <= lines);
}

FUZZ(data, size)
{
	struct parse parse = { .reader = &reader_chunks, .path = "chunks.csv" };
	size_t lines = 0;

	log_name_default("chunks.csv", LOG_CHUNKS, &parse.name);
	for (size_t i = 0; i < size; i++)
		lines += data[i] == '\n';
	if (fuzz_parse(&parse, data, size))
		check(&parse, lines);
	series_list_free(&parse.series);
}
