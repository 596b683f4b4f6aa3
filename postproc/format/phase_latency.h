/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The latencies of all threads of a phase together, from the histograms of
 * fio's JSON+. Of a single thread without a histogram they are the percentiles
 * that fio printed.
 */
#ifndef SMALLFIO_PHASE_LATENCY_H
#define SMALLFIO_PHASE_LATENCY_H

#include "run/result.h"
#include "stats/percentiles.h"

#define PHASE_PERCENTILES      3
#define PHASE_PERCENTILES_LIST "50,99,99.9"
#define PHASE_COLUMNS          2 /* of these, where there is room for few */

struct phase_latency {
	uint64_t samples;
	struct percentiles percentiles; /* PHASE_PERCENTILES_LIST */
	/*
	 * NaN where there are too few samples, or neither histograms of all
	 * threads nor percentiles by fio.
	 */
	struct bounded value[PHASE_PERCENTILES];
	const char *source; /* stats_origin_name(): histograms, fio, figures */
};

/*
 * Computes everything in *latency, from fio's latencies of that kind: FIO_CLAT
 * for the time of the operations themselves. Returns 0 or -ENOMEM.
 */
int phase_latency_build(struct phase_latency *latency,
			const struct fio_result *run, const struct phase *phase,
			enum fio_latency_kind kind);

#endif
