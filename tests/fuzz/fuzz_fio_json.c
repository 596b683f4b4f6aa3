// SPDX-License-Identifier: GPL-2.0-only
/*
 * fio's JSON. Either it is read, and its figures agree with each other, or the
 * error says what was wrong and where. It does not matter in which pieces the
 * text arrives.
 */
#include "fio/fio_json.h"
#include "stats/pause.h"
#include "fuzz.h"

/* The input, which arrives in pieces of `step` bytes. */
struct pieces {
	const char *data;
	size_t size, step;
};

static long read_piece(void *context, char *buffer, size_t size)
{
	struct pieces *pieces = context;

	if (size > pieces->step)
		size = pieces->step;
	if (size > pieces->size)
		size = pieces->size;
	if (!size)
		return 0;
	memcpy(buffer, pieces->data, size);
	pieces->data += size;
	pieces->size -= size;
	return (long)size;
}

static void check_latency(const struct fio_latency *latency)
{
	struct fio_histogram bins = { 0 };
	uint64_t samples = 0;
	size_t i;

	assert(latency->samples > 0);
	if (!latency->has_bins)
		return;
	assert(!fio_latency_add_bins(&bins, latency));
	for (i = 0; i < bins.n; i++) {
		assert(bins.bin[i].count > 0);
		assert(!i || bins.bin[i].index > bins.bin[i - 1].index);
		samples += bins.bin[i].count;
	}
	assert(samples == latency->samples);
	for (i = 0; i <= 100; i += 25) {
		struct bounded b = fio_histogram_percentile(
			&bins, i * UINT64_C(1000000000));

		assert(b.low_ns <= b.value_ns && b.value_ns <= b.high_ns);
	}
	fio_histogram_free(&bins);
}

static void check_entry(const struct fio_result *result,
			const struct fio_entry *entry)
{
	int i, j;

	assert(entry->job && entry->line > 0);
	assert(fio_json_operation(result, entry));
	for (i = 0; i < FIO_DIRECTIONS; i++) {
		const struct fio_side *side = entry->side[i];

		for (j = 0; side && j < FIO_LATENCIES; j++) {
			if (side->latency[j])
				check_latency(side->latency[j]);
		}
	}
}

/* Each pause lies within the run, whatever fio's times are. */
static void check_pauses(const struct fio_result *result,
			 const struct fio_entry *entry)
{
	struct pauses pauses;

	assert(!pauses_of_status(&pauses, result, &entry, 1));
	assert(!pauses.count ||
	       (pauses.known && pauses.longest_ns >= PAUSE_MIN_NS &&
		pauses.longest_from_ns >= 0));
}

static void check_good(const struct fio_result *result)
{
	size_t i;

	for (i = 0; i < result->entries && result->statuses; i++)
		check_pauses(result, &result->entry[i]);
	for (i = 0; i < result->entries; i++)
		check_entry(result, &result->entry[i]);
}

static void check_error(int ret, const struct input_error *error)
{
	assert(ret == -EINVAL && error->code != INPUT_OK);
	assert(error->line > 0 && error->message[0]);
	assert(!strchr(error->message, '\n'));
}

static void check_same(const struct fio_result *a, const struct fio_result *b)
{
	size_t i;

	assert(a->entries == b->entries && a->superseded == b->superseded);
	for (i = 0; i < a->entries; i++) {
		assert(!strcmp(a->entry[i].job, b->entry[i].job));
		assert(a->entry[i].line == b->entry[i].line);
	}
}

FUZZ(data, size)
{
	struct pieces all = { (const char *)data, size, size };
	struct pieces pieces = { (const char *)data, size, 1 + size % 61 };
	struct json_source at_once = { read_piece, &all };
	struct json_source source = { read_piece, &pieces };
	struct fio_result whole = { 0 }, parts = { 0 };
	struct input_error error = { 0 }, parts_error = { 0 };
	int ret = fio_json_read(&whole, &at_once, "x", &error);

	assert(fio_json_read(&parts, &source, "x", &parts_error) == ret);
	if (ret) {
		check_error(ret, &error);
		assert(error.line == parts_error.line);
		assert(!strcmp(error.message, parts_error.message));
	} else {
		check_good(&whole);
		check_same(&whole, &parts);
	}
	fio_json_free(&whole);
	fio_json_free(&parts);
}
