// SPDX-License-Identifier: GPL-2.0-only
/* Which entries are of one phase of the run. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fio/fio_json.h"

/* An entry, and what it did. */
struct done {
	const char *operation;
	struct fio_entry *entry;
};

static int compare(const void *a, const void *b)
{
	const struct done *l = a, *r = b;

	return strcmp(l->operation, r->operation);
}

/* Several sections, which fio did not let run together. */
static bool are_apart(const struct done *done, size_t n)
{
	bool sections = false, groups = false;

	for (size_t i = 1; i < n; i++) {
		sections |= strcmp(done[i].entry->job, done->entry->job) != 0;
		groups |= done[i].entry->group != done->entry->group;
	}
	return sections && groups;
}

int fio_json_mark_phases(struct fio_result *result)
{
	struct done *done = calloc(result->entries + 1, sizeof(*done));
	size_t begin, end, i;

	if (!done)
		return -ENOMEM;
	for (i = 0; i < result->entries; i++) {
		done[i].entry = &result->entry[i];
		done[i].operation = fio_json_operation(result, done[i].entry);
	}
	qsort(done, result->entries, sizeof(*done), compare);
	for (begin = 0; begin < result->entries; begin = end) {
		bool apart;

		for (end = begin; end < result->entries; end++)
			if (compare(&done[begin], &done[end]) != 0)
				break;
		apart = are_apart(&done[begin], end - begin);
		for (i = begin; i < end; i++)
			done[i].entry->apart = apart;
	}
	free(done);
	return 0;
}

const char *fio_json_phase(const struct fio_result *result,
			   const struct fio_entry *entry)
{
	return entry->apart ? entry->job : fio_json_operation(result, entry);
}
