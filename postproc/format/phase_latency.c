// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <math.h>
#include <string.h>

#include "format/phase_latency.h"
#include "run/stats_report.h"

/* The latencies of all threads of a phase. */
struct latencies {
	struct fio_histogram bins;
	uint64_t samples;
	bool known; /* there are latencies, and all have histograms */
	const struct fio_latency *only; /* NULL: there are none or several */
	size_t found;
};

static bool is_of(const struct fio_result *run, const struct fio_entry *entry,
		  const struct phase *phase)
{
	return !strcmp(entry->job, phase->job) &&
	       !strcmp(fio_json_operation(run, entry), phase->operation);
}

static int add_latency(struct latencies *sum, const struct fio_latency *l)
{
	if (!l || !l->samples)
		return 0;
	sum->only = sum->found++ ? NULL : l;
	sum->samples += l->samples;
	sum->known &= l->has_bins;
	return fio_latency_add_bins(&sum->bins, l);
}

static int add_entry(struct latencies *sum, const struct fio_entry *entry,
		     enum fio_latency_kind kind)
{
	int ret = 0;

	for (int d = 0; d < FIO_DIRECTIONS && !ret; d++)
		if (entry->side[d])
			ret = add_latency(sum, entry->side[d]->latency[kind]);
	return ret;
}

static struct bounded value_of(const struct latencies *sum,
			       const struct percentile *p)
{
	if (percentile_has_enough(p, sum->samples)) {
		if (sum->known)
			return fio_histogram_percentile(&sum->bins, p->e9);
		if (sum->only)
			return fio_percentiles_find(&sum->only->printed, p->e9);
	}
	return (struct bounded){ NAN, NAN, NAN };
}

int phase_latency_build(struct phase_latency *latency,
			const struct fio_result *run, const struct phase *phase,
			enum fio_latency_kind kind)
{
	struct latencies sum = { .known = true };
	char error[PERCENTILES_ERROR_MAX];
	int ret = 0;

	for (size_t i = 0; i < run->entries && !ret; i++)
		if (is_of(run, &run->entry[i], phase))
			ret = add_entry(&sum, &run->entry[i], kind);
	/* Without a histogram of all threads, there are no percentiles. */
	sum.known &= !ret && sum.bins.samples > 0;
	percentiles_parse(&latency->percentiles, PHASE_PERCENTILES_LIST, error);
	for (size_t i = 0; i < PHASE_PERCENTILES; i++)
		latency->value[i] = value_of(&sum, &latency->percentiles.p[i]);
	latency->samples = sum.samples;
	latency->source = stats_origin_name(
		sum.known                             ? FROM_HISTOGRAMS
		: sum.only && sum.only->printed.n > 0 ? FROM_FIO
						      : FROM_FIGURES);
	fio_histogram_free(&sum.bins);
	return ret == -ENOMEM ? ret : 0;
}
