// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fio/fio_status.h"
#include "util/array.h"

static uint64_t hash_text(uint64_t hash, const char *text)
{
	for (; *text; text++)
		hash = (hash ^ (unsigned char)*text) *
		       UINT64_C(0x100000001b3); /* FNV-1a */
	return hash * UINT64_C(0x9e3779b97f4a7c15);
}

static uint64_t hash_entries(const struct fio_result *result)
{
	uint64_t hash = 1;

	for (size_t i = 0; i < result->entries; i++) {
		const struct fio_entry *entry = &result->entry[i];

		hash = hash_text(hash, entry->job);
		hash = hash_text(hash, fio_json_host(entry));
		hash ^= (uint64_t)entry->port;
	}
	return hash;
}

static struct fio_status_entry status_of(const struct fio_entry *entry)
{
	struct fio_status_entry status = { 0 };

	for (int d = 0; d < FIO_DIRECTIONS; d++) {
		const struct fio_side *side = entry->side[d];

		if (!side)
			continue;
		status.operations += side->total_ios;
		if (side->runtime_ms > status.runtime_ms)
			status.runtime_ms = side->runtime_ms;
	}
	return status;
}

int fio_status_keep(struct fio_result *result)
{
	struct fio_status *status =
		array_add(&result->status, &result->statuses);

	if (!status)
		return -ENOMEM;
	*status = (struct fio_status){
		.timestamp_ms = result->timestamp_ms,
		.hash = hash_entries(result),
		.entries = result->entries,
		.entry = calloc(result->entries + 1, sizeof(*status->entry)),
	};
	if (!status->entry) {
		result->statuses--;
		return -ENOMEM;
	}
	for (size_t i = 0; i < result->entries; i++)
		status->entry[i] = status_of(&result->entry[i]);
	return 0;
}

int fio_status_finish(struct fio_result *result)
{
	const uint64_t hash = hash_entries(result);
	size_t kept = 0;

	for (size_t i = 0; i < result->entries; i++)
		result->entry[i].place = i;
	if (!result->statuses)
		return 0;
	for (size_t i = 0; i < result->statuses; i++) {
		struct fio_status *status = &result->status[i];

		if (status->hash == hash && status->entries == result->entries)
			result->status[kept++] = *status;
		else
			free(status->entry);
	}
	result->statuses = kept;
	return fio_status_keep(result);
}

void fio_status_add(struct fio_status_sum *sum, const struct fio_result *result,
		    size_t i, const struct fio_entry *entry)
{
	const struct fio_status *status = &result->status[i];
	const struct fio_status_entry *added = &status->entry[entry->place];

	sum->timestamp_ms = status->timestamp_ms;
	sum->operations += added->operations;
	if (added->runtime_ms > sum->runtime_ms)
		sum->runtime_ms = added->runtime_ms;
}

void fio_status_free(struct fio_result *result)
{
	for (size_t i = 0; i < result->statuses; i++)
		free(result->status[i].entry);
	free(result->status);
	result->status = NULL;
	result->statuses = 0;
}
