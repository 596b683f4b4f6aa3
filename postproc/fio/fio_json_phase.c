// SPDX-License-Identifier: GPL-2.0-only
/* Which entries are of one phase of the run. */
#include <errno.h>
#include <stdio.h>
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
		groups |= done[i].entry->group != done->entry->group ||
			  !done[i].entry->operation != !done->entry->operation;
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

/* Orders entries by server and section, those of one section as in the file. */
static int compare_sections(const void *a, const void *b)
{
	const struct fio_entry *l = *(struct fio_entry *const *)a;
	const struct fio_entry *r = *(struct fio_entry *const *)b;
	int order = strcmp(fio_json_host(l), fio_json_host(r));

	if (!order)
		order = (l->port > r->port) - (l->port < r->port);
	if (!order)
		order = strcmp(l->job, r->job);
	return order ? order : (l > r) - (l < r);
}

static bool is_same_section(const struct fio_entry *a,
			    const struct fio_entry *b)
{
	return a->port == b->port && !strcmp(a->job, b->job) &&
	       !strcmp(fio_json_host(a), fio_json_host(b));
}

/* Renames the entries order[0] to order[n - 1], of one server and section. */
static int rename_groups(struct fio_entry **order, size_t n)
{
	const long long first = order[0]->group;
	size_t groups = 1;

	for (size_t i = 1; i < n; i++) {
		struct fio_entry *entry = order[i];
		char *name;

		if (entry->group != order[i - 1]->group)
			groups++;
		if (entry->group == first)
			continue;
		if (asprintf(&name, "%s#%zu", entry->job, groups) < 0)
			return -ENOMEM;
		entry->section_name = entry->job;
		entry->job = name;
	}
	return 0;
}

int fio_json_tell_apart(struct fio_result *result)
{
	struct fio_entry **order = calloc(result->entries + 1, sizeof(*order));
	size_t begin, end;
	int ret = order ? 0 : -ENOMEM;

	for (size_t i = 0; i < result->entries && !ret; i++)
		order[i] = &result->entry[i];
	if (!ret)
		qsort(order, result->entries, sizeof(*order), compare_sections);
	for (begin = 0; begin < result->entries && !ret; begin = end) {
		end = begin + 1;
		while (end < result->entries &&
		       is_same_section(order[begin], order[end]))
			end++;
		ret = rename_groups(order + begin, end - begin);
	}
	free(order);
	return ret;
}

const char *fio_json_section_name(const struct fio_entry *entry)
{
	return entry->section_name ? entry->section_name : entry->job;
}

const char *fio_json_phase(const struct fio_result *result,
			   const struct fio_entry *entry)
{
	return entry->apart ? entry->job : fio_json_operation(result, entry);
}
