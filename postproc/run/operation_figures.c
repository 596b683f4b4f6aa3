// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run/operation_figures.h"
#include "stats/moments.h"
#include "util/array.h"

#define OPERATION_MAX 512

static bool same_host(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

const struct operation_figures *
operation_figures_find(const struct operation_figures_list *list,
		       const char *operation, const char *host)
{
	/* From the last on: the entries of a host follow each other. */
	for (size_t i = list->count; i-- > 0;) {
		const struct operation_figures *f = &list->figures[i];

		if (!strcmp(f->operation, operation) &&
		    same_host(f->host, host))
			return f;
	}
	return NULL;
}

struct operation_figures *
operation_figures_row(struct operation_figures_list *list,
		      const char *operation, const char *host)
{
	const struct operation_figures *found =
		operation_figures_find(list, operation, host);
	struct operation_figures *row;

	if (found)
		return &list->figures[found - list->figures];
	row = array_add(&list->figures, &list->count);
	if (!row)
		return NULL;
	row->operation = strdup(operation);
	row->host = host ? strdup(host) : NULL;
	if (row->operation && (!host || row->host))
		return row;
	free(row->operation);
	free(row->host);
	list->count--;
	return NULL;
}

static void add_moments(struct operation_figures *f,
			const struct fio_latency *l)
{
	struct pooled_moments pooled = { 0 };

	pooled_moments_add(&pooled, f->samples, f->mean_ns, f->stddev_ns);
	pooled_moments_add(&pooled, l->samples, l->mean_ns, l->stddev_ns);
	f->mean_ns = (double)pooled.mean;
	f->stddev_ns =
		pooled.count > 1 ? (double)pooled_moments_stddev(&pooled) : 0;
	if (!f->samples || l->min_ns < f->min_ns)
		f->min_ns = l->min_ns;
	if (l->max_ns > f->max_ns)
		f->max_ns = l->max_ns;
}

static int add_latency(struct operation_figures *f, const struct fio_latency *l)
{
	int ret = 0;

	if (!l)
		return 0;
	if (l->samples > INT64_MAX - f->samples)
		return -EOVERFLOW;
	if (!f->samples)
		f->has_bins = true;
	f->has_bins = f->has_bins && l->has_bins;
	if (f->has_bins)
		ret = fio_latency_add_bins(&f->bins, l);
	else if (!f->samples)
		ret = fio_percentiles_copy(&f->printed, &l->printed);
	else /* fio prints no percentiles of several together */
		fio_percentiles_free(&f->printed);
	add_moments(f, l);
	f->samples += l->samples;
	return ret;
}

static int add_side(struct operation_figures *f, const struct fio_side *side)
{
	const struct fio_latency *l = side->latency[FIO_CLAT];

	if (side->total_ios > INT64_MAX - f->ios ||
	    side->io_bytes > INT64_MAX - f->bytes)
		return -EOVERFLOW;
	f->ios += side->total_ios;
	f->bytes += side->io_bytes;
	if (side->runtime_ms > f->runtime_ms)
		f->runtime_ms = side->runtime_ms;
	return add_latency(f, l ? l : side->latency[FIO_LAT]);
}

static int add_to(struct operation_figures_list *list, const char *operation,
		  const char *host, const struct fio_entry *entry,
		  const struct fio_side *side, uint64_t errors)
{
	struct operation_figures *f =
		operation_figures_row(list, operation, host);

	if (!f)
		return -ENOMEM;
	f->threads++;
	f->of_mix = entry->operation && !entry->part;
	if (errors > INT64_MAX - f->errors)
		return -EOVERFLOW;
	f->errors += errors;
	return side ? add_side(f, side) : 0;
}

static int add_entry(struct operation_figures_list *list,
		     const struct fio_result *result,
		     const struct fio_entry *entry, const char *host)
{
	const char *operation = fio_json_phase(result, entry);
	uint64_t errors = fio_json_errors(entry);
	char full[OPERATION_MAX];
	int i, sides = 0, ret = 0;

	for (i = 0; i < FIO_DIRECTIONS; i++)
		sides += entry->side[i] != NULL;
	if (!sides)
		return add_to(list, operation, host, entry, NULL, errors);
	for (i = 0; i < FIO_DIRECTIONS && !ret; i++) {
		if (!entry->side[i])
			continue;
		snprintf(full, sizeof(full), "%s%s%s", operation,
			 sides > 1 ? ":" : "",
			 sides > 1 ? fio_json_direction_name(i) : "");
		/* fio does not tell errors apart, so the first gets all. */
		ret = add_to(list, full, host, entry, entry->side[i], errors);
		errors = 0;
	}
	return ret;
}

static int compare_rows(const void *a, const void *b)
{
	const struct operation_figures *l = a, *r = b;
	int order = strcmp(l->operation, r->operation);

	if (order || (!l->host && !r->host))
		return order;
	if (!l->host || !r->host)
		return l->host ? 1 : -1;
	return strcmp(l->host, r->host);
}

int operation_figures_build(struct operation_figures_list *list,
			    const struct fio_result *result)
{
	const struct fio_entry *entry = result->entry;
	int ret = 0;

	for (size_t i = 0; i < result->entries && !ret; i++)
		ret = add_entry(list, result, &entry[i], NULL);
	for (size_t i = 0; i < result->entries && !ret; i++)
		ret = add_entry(list, result, &entry[i],
				fio_json_host(&entry[i]));
	if (list->count)
		qsort(list->figures, list->count, sizeof(*list->figures),
		      compare_rows);
	return ret;
}

static void count_run(const struct sample_set *run, uint64_t *counts)
{
	size_t b, n;

	for (b = 0; b < run->blocks; b++) {
		const struct sample_block *block = &run->block[b];

		for (n = 0; n < block->count; n++)
			counts[fio_histogram_index(block->latency_ns[n])]++;
	}
}

/* Counts the samples of a series, and widens *min and *max to them. */
static void count_series(const struct series *s, uint64_t *counts,
			 uint64_t *min, uint64_t *max)
{
	size_t k;

	for (k = 0; k < s->run_count; k++) {
		const struct sample_set *run = &s->runs[k];

		if (!run->count)
			continue;
		count_run(run, counts);
		if (run->min_ns < *min)
			*min = run->min_ns;
		if (run->max_ns > *max)
			*max = run->max_ns;
	}
}

/* Makes the histogram of all series that belong to this row. */
static int collect(const struct operation_figures *f,
		   const struct series_list *list, struct fio_histogram *bins)
{
	uint64_t counts[FIO_HISTOGRAM_BINS] = { 0 }, min = UINT64_MAX, max = 0;
	uint32_t index;
	size_t i;
	int ret = 0;

	for (i = 0; i < list->count; i++) {
		const struct series *s = list->series[i];

		if (!strcmp(s->operation, f->operation) &&
		    (!f->host || !strcmp(s->host, f->host)))
			count_series(s, counts, &min, &max);
	}
	for (index = 0; index < FIO_HISTOGRAM_BINS && !ret; index++)
		ret = fio_histogram_add(bins, index, counts[index]);
	fio_histogram_extremes(bins, min, max);
	return ret;
}

int operation_figures_add_samples(struct operation_figures_list *list,
				  const struct series_list *samples)
{
	size_t i;
	int without = 0;

	for (i = 0; i < list->count; i++) {
		struct operation_figures *f = &list->figures[i];
		struct fio_histogram bins = { 0 };

		if (f->has_bins || !f->samples)
			continue;
		if (collect(f, samples, &bins)) {
			fio_histogram_free(&bins);
			return -ENOMEM;
		}
		if (bins.samples != f->samples) {
			without += bins.samples > 0;
			fio_histogram_free(&bins);
			continue;
		}
		fio_histogram_free(&f->bins);
		f->bins = bins;
		f->has_bins = true;
	}
	return without;
}

void operation_figures_free(struct operation_figures_list *list)
{
	size_t i;

	for (i = 0; i < list->count; i++) {
		free(list->figures[i].operation);
		free(list->figures[i].host);
		fio_histogram_free(&list->figures[i].bins);
		fio_percentiles_free(&list->figures[i].printed);
	}
	free(list->figures);
	memset(list, 0, sizeof(*list));
}
