// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <string.h>

#include "fio_json.h"
#include "load_json.h"

/* What fio_json_read() reads from. */
struct reading {
	struct source *source;
	struct input_error error;
};

static long read_more(void *context, char *buffer, size_t size)
{
	struct reading *reading = context;

	return source_read(reading->source, buffer, size, &reading->error);
}

static int read_json(const struct input *input, struct fio_result *result,
		     struct input_error *error)
{
	struct reading reading = { .source = input->source };
	struct fio_json_source from = { read_more, &reading };
	int ret = 0;

	if (!reading.source)
		ret = source_open(&reading.source, input->path, error);
	if (!ret)
		ret = fio_json_read(result, &from, input->path, error);
	/* What the source said is more than "cannot read". */
	if (reading.error.code)
		*error = reading.error;
	if (reading.source != input->source)
		source_close(reading.source);
	error->path = input->path;
	return ret;
}

static bool has_samples(const struct fio_result *result, enum log_kind kind)
{
	size_t i, d;

	for (i = 0; i < result->entries; i++) {
		for (d = 0; d < FIO_DIRECTIONS; d++) {
			const struct fio_side *side = result->entry[i].side[d];

			if (side && side->latency[kind])
				return true;
		}
	}
	return false;
}

static enum log_kind choose(const struct fio_result *result, enum log_kind kind)
{
	if (kind == LOG_CLAT_HIST)
		return LOG_CLAT;
	if (kind != LOG_KINDS)
		return kind;
	for (kind = LOG_CLAT; kind < LOG_SLAT; kind++) {
		if (has_samples(result, kind))
			return kind;
	}
	return kind;
}

static int fail_memory(struct input_error *error)
{
	return input_error_set(error, INPUT_NO_MEMORY, 0, 0, "out of memory");
}

static void copy_name(char *to, const char *from)
{
	size_t length = strnlen(from, NAME_MAX);

	memcpy(to, from, length);
	to[length] = '\0';
}

static int add_series(const struct fio_result *result,
		      const struct fio_entry *entry,
		      const struct fio_latency *latency, enum log_kind kind,
		      struct series_list *list, struct input_error *error)
{
	struct series *series = series_list_add(list);

	if (!series)
		return fail_memory(error);
	copy_name(series->operation, fio_json_operation(result, entry));
	copy_name(series->host, fio_json_host(entry));
	series->fio_job = (long)entry->number + 1;
	series->kind = kind == LOG_CLAT ? LOG_CLAT_HIST : kind;
	series->path = error->path;
	if (!latency)
		return 0;
	if (!latency->has_bins)
		return input_error_set(
			error, INPUT_NO_BINS, entry->line, 1,
			"expected histograms (\"bins\"), found none: "
			"percentiles of several jobs need them; run fio with "
			"--output-format=json+, or with write_lat_log=");
	return series_add_bins(series, false, 0, &latency->bins)
		       ? fail_memory(error)
		       : 0;
}

/* A job that did nothing is a thread without samples. */
static int add_entry(const struct fio_result *result,
		     const struct fio_entry *entry, enum log_kind kind,
		     struct series_list *list, struct input_error *error)
{
	size_t d, added = 0;
	int ret = 0;

	for (d = 0; d < FIO_DIRECTIONS && !ret; d++) {
		const struct fio_side *side = entry->side[d];

		if (!side || !side->latency[kind])
			continue;
		ret = add_series(result, entry, side->latency[kind], kind, list,
				 error);
		if (!ret && d != FIO_MIXED)
			list->series[list->count - 1]->direction = (int)d;
		added++;
	}
	if (!ret && !added)
		ret = add_series(result, entry, NULL, kind, list, error);
	return ret;
}

int load_json(const struct inputs *inputs, const struct load_options *options,
	      struct series_list *list, struct input_error *error)
{
	size_t i, j;
	int ret = 0;

	for (i = 0; i < inputs->json_count && !ret; i++) {
		struct fio_result result = { 0 };
		enum log_kind kind;

		error->path = inputs->json[i].path;
		if (options->interval_ns)
			return input_error_set(
				error, INPUT_CLOCKS, 0, 0,
				"expected logs for --time-interval, found "
				"fio's JSON, which does not say when");
		ret = read_json(&inputs->json[i], &result, error);
		kind = choose(&result, options->kind);
		for (j = 0; j < result.entries && !ret; j++)
			ret = add_entry(&result, &result.entry[j], kind, list,
					error);
		fio_json_free(&result);
	}
	return ret;
}
