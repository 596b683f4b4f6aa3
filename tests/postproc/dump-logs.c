// SPDX-License-Identifier: GPL-2.0-only
/*
 * Prints what a reader finds in each of many logs, for check_grammar.py:
 *
 *	dump-logs fio_log|rsptimes|fio_hist
 *
 * Standard input has, for each log, 4 bytes with its length (little endian) and
 * the log. For each sample this prints "SERIES LATENCY". SERIES is the
 * direction; for response times it is the number of the operation. For each bin
 * of a histogram it prints "DIRECTION BIN COUNT". Then it prints "accepted" or
 * "refused LINE:COLUMN MESSAGE".
 */
#include <endian.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "input/reader.h"

static const struct {
	const char *name, *base;
} kinds[] = {
	{ "fio_log", "create_clat.1.log" },
	{ "rsptimes", "rsptimes_01_h_create_1.csv" },
	{ "fio_hist", "create_clat_hist.1.log" },
};

static void dump_bins(int key, const struct fio_histogram *bins)
{
	size_t i;

	for (i = 0; i < bins->n; i++)
		printf("%d %" PRIu32 " %" PRIu64 "\n", key, bins->bin[i].index,
		       bins->bin[i].count);
}

static void dump_series(int key, const struct series *series)
{
	size_t i, j;

	for (i = 0; i < series->timed_count; i++) {
		for (j = 0; j < series->timed[i].count; j++)
			printf("%d %" PRIu64 "\n", key,
			       series->timed[i].latency_ns[j]);
	}
	for (i = 0; i < series->timed_bins_count; i++)
		dump_bins(key, &series->timed_bins[i].bins);
}

static void dump_log(const char *base, const char *data, size_t size)
{
	struct input_error error = { 0 };
	struct parse parse = { .path = base, .error = &error };
	int ret;
	size_t i;

	parse.reader = reader_find(base, &parse.name);
	parse.series.keep_times = true;
	ret = reader_parse(&parse, data, size);
	for (i = 0; i < parse.series.count && !ret; i++) {
		const struct series *series = parse.series.series[i];
		bool directed = series->direction != DIRECTION_NONE;

		dump_series(directed ? series->direction : (int)i, series);
	}
	if (ret)
		printf("refused %" PRIu64 ":%u %s\n", error.line, error.column,
		       error.message);
	else
		puts("accepted");
	series_list_free(&parse.series);
}

int main(int argc, char **argv)
{
	uint32_t size;
	size_t i, n = sizeof(kinds) / sizeof(*kinds);

	for (i = 0; i < n && argc == 2; i++) {
		if (!strcmp(kinds[i].name, argv[1]))
			break;
	}
	if (argc != 2 || i == n)
		return 2;
	while (fread(&size, sizeof(size), 1, stdin) == 1) {
		/*
		 * The block has no byte to spare, so that sanitizers see
		 * overruns.
		 */
		char *data = malloc(le32toh(size) ? le32toh(size) : 1);

		if (!data ||
		    fread(data, 1, le32toh(size), stdin) != le32toh(size))
			return 1;
		dump_log(kinds[i].base, data, le32toh(size));
		free(data);
	}
	return 0;
}
