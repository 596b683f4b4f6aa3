// SPDX-License-Identifier: GPL-2.0-only
/*
 * A chunk log. Either every line except headers is a sample, or the error says
 * which line is wrong.
 */
#include <errno.h>
#include <string.h>

#include "fuzz.h"
#include "input/reader.h"

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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input_error error = { 0 };
	struct parse parse = { .reader = &reader_chunks,
			       .path = "chunks.csv",
			       .error = &error };
	size_t lines = 0;
	int ret;

	log_name_default("chunks.csv", LOG_CHUNKS, &parse.name);
	parse.series.keep_times = size & 1;
	ret = reader_parse(&parse, (const char *)data, size);
	for (size_t i = 0; i < size; i++)
		lines += data[i] == '\n';
	if (ret) {
		assert(ret == -EINVAL && error.code != INPUT_OK);
		assert(error.line > 0 && error.message[0]);
		assert(!strchr(error.message, '\n'));
	} else {
		assert(error.code == INPUT_OK);
		check(&parse, lines);
	}
	series_list_free(&parse.series);
	return 0;
}
