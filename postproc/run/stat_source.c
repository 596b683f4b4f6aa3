// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fio/job_options.h"
#include "run/stat_source.h"

static struct stat_source *add(struct stat_sources *leaves)
{
	if (leaves->count == leaves->capacity) {
		size_t capacity = leaves->capacity ? 2 * leaves->capacity : 64;
		struct stat_source *grown =
			reallocarray(leaves->leaf, capacity, sizeof(*grown));

		if (!grown)
			return NULL;
		leaves->leaf = grown;
		leaves->capacity = capacity;
	}
	memset(&leaves->leaf[leaves->count], 0, sizeof(struct stat_source));
	return &leaves->leaf[leaves->count++];
}

int stat_sources_add_series(struct stat_sources *leaves,
			    const struct series_list *list)
{
	size_t i;

	for (i = 0; i < list->count; i++) {
		const struct series *series = list->series[i];
		struct stat_source *leaf = add(leaves);

		if (!leaf)
			return -ENOMEM;
		strcpy(leaf->operation, series->operation);
		strcpy(leaf->host, series->host);
		leaf->thread = series->thread;
		leaf->fio_job = series->fio_job;
		leaf->place = series->place;
		leaf->named = series->named;
		leaf->direction = series->direction;
		leaf->kind = series->kind;
		leaf->series = series;
		leaf->threads = 1;
	}
	return 0;
}

int stat_sources_add_entry(struct stat_sources *leaves,
			   const struct fio_result *result,
			   const struct fio_entry *entry,
			   const struct stat_sources_json *how)
{
	struct job_options options;
	const char *name =
		how->by_job ? entry->job : fio_json_phase(result, entry);
	int i;

	job_options_read(&options, result, entry);
	for (i = 0; i < FIO_DIRECTIONS; i++) {
		const struct fio_side *side = entry->side[i];
		struct stat_source *leaf;

		if (!side || !side->latency[how->kind])
			continue;
		leaf = add(leaves);
		if (!leaf)
			return -ENOMEM;
		snprintf(leaf->operation, sizeof(leaf->operation), "%s", name);
		fio_json_server(entry, leaf->host, sizeof(leaf->host));
		if (how->host_suffix)
			log_name_cut_suffix(leaf->host, how->host_suffix);
		leaf->fio_job = (long)entry->number;
		leaf->place = leaf->fio_job + 1;
		leaf->named = leaves->count;
		leaf->grouped =
			options.grouped || job_options_is_group(result, entry);
		leaf->threads = leaf->grouped ? options.threads : 1;
		leaf->direction = i;
		leaf->kind = how->kind;
		leaf->latency = side->latency[how->kind];
	}
	return 0;
}

bool stat_sources_same_operation(const struct stat_source *a,
				 const struct stat_source *b)
{
	return a->kind == b->kind && !a->series == !b->series &&
	       !strcmp(a->operation, b->operation);
}

static int compare(const void *a, const void *b)
{
	const struct stat_source *l = a, *r = b;
	int order = strcmp(l->operation, r->operation);

	if (!order)
		order = (int)l->kind - (int)r->kind;
	if (!order)
		order = !l->series - !r->series;
	/* node2 comes before node10. node02 and node2 are different. */
	if (!order)
		order = strverscmp(l->host, r->host);
	if (!order)
		order = strcmp(l->host, r->host);
	if (!order)
		order = (l->fio_job > r->fio_job) - (l->fio_job < r->fio_job);
	if (!order)
		order = (l->thread > r->thread) - (l->thread < r->thread);
	return order ? order : l->direction - r->direction;
}

static int compare_places(const struct stat_source *l,
			  const struct stat_source *r)
{
	if (l->place != r->place)
		return l->place < r->place ? -1 : 1;
	return (l->named > r->named) - (l->named < r->named);
}

/* Compares by the operations' places, which place_operations() has set. */
static int compare_in_run(const void *a, const void *b)
{
	int order = compare_places(a, b);

	return order ? order : compare(a, b);
}

static bool same_host(const struct stat_source *a, const struct stat_source *b)
{
	return stat_sources_same_operation(a, b) && !strcmp(a->host, b->host);
}

/*
 * Numbers the threads that come from JSON, as the engine does (see load.c).
 * Series have their numbers already.
 */
static void number_threads(struct stat_sources *leaves)
{
	size_t i;

	for (i = 0; i < leaves->count; i++) {
		struct stat_source *leaf = &leaves->leaf[i];
		const struct stat_source *before = leaf - 1;

		if (leaf->series)
			continue;
		if (!i || !same_host(before, leaf))
			leaf->thread = 0;
		else
			leaf->thread = before->thread +
				       (before->fio_job != leaf->fio_job);
	}
}

/* Returns the end of the stat sources that share the operation at `begin`. */
static size_t operation_end(const struct stat_sources *leaves, size_t begin)
{
	size_t end = begin;

	while (end < leaves->count &&
	       stat_sources_same_operation(&leaves->leaf[begin],
					   &leaves->leaf[end]))
		end++;
	return end;
}

static void add_direction(struct stat_source *leaf)
{
	size_t used = strlen(leaf->operation);

	snprintf(leaf->operation + used, sizeof(leaf->operation) - used, ":%s",
		 fio_json_direction_name(leaf->direction));
}

static void name_directions(struct stat_sources *leaves)
{
	size_t begin, end, i;

	for (begin = 0; begin < leaves->count; begin = end) {
		unsigned directions = 0;

		end = operation_end(leaves, begin);
		if (leaves->leaf[begin].series)
			continue; /* load() has done it */
		for (i = begin; i < end; i++)
			directions |= 1u << leaves->leaf[i].direction;
		if (!(directions & (directions - 1)))
			continue;
		for (i = begin; i < end; i++)
			add_direction(&leaves->leaf[i]);
	}
}

static void sort(struct stat_sources *leaves,
		 int (*by)(const void *a, const void *b))
{
	if (leaves->count)
		qsort(leaves->leaf, leaves->count, sizeof(*leaves->leaf), by);
}

/* Gives each stat source, once sorted, the first place of its operation. */
static void place_operations(struct stat_sources *leaves)
{
	size_t begin, end, i;

	for (begin = 0; begin < leaves->count; begin = end) {
		const struct stat_source *leaf = &leaves->leaf[begin],
					 *first = leaf;
		long place;
		size_t named;

		for (end = begin; end < leaves->count; end++) {
			if (strcmp(leaves->leaf[end].operation,
				   leaf->operation) != 0)
				break;
			if (compare_places(&leaves->leaf[end], first) < 0)
				first = &leaves->leaf[end];
		}
		place = first->place;
		named = first->named;
		for (i = begin; i < end; i++) {
			leaves->leaf[i].place = place;
			leaves->leaf[i].named = named;
		}
	}
}

void stat_sources_order(struct stat_sources *leaves)
{
	sort(leaves, compare);
	number_threads(leaves);
	name_directions(leaves);
	sort(leaves, compare);
	place_operations(leaves);
	sort(leaves, compare_in_run);
}

void stat_sources_free(struct stat_sources *leaves)
{
	free(leaves->leaf);
	memset(leaves, 0, sizeof(*leaves));
}
