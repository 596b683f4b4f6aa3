/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A run_bundle (run_bundle.h) from a history instead of files: of a soak, also
 * while it goes on, or of a run with its intervals.
 */
#ifndef SMALLFIO_STORED_BUNDLE_H
#define SMALLFIO_STORED_BUNDLE_H

#include "run/run_bundle.h"

/* Whether a file begins as SQLite's do. */
bool stored_bundle_is_history(const char *path);

/*
 * Reads the soak of this number, or the run; both 0: the latest soak, or if
 * there is none the latest run.
 *
 * The bundle has one run and its time series. The result of a run has no
 * phases. That of a soak has one for each operation, in which each host is a
 * thread, and of which only units and times are known. Of a soak no histogram
 * is known. Its time series have as 99th percentile the highest of a host, the
 * largest latency where the engine says it, and no other percentile; `unknown`
 * marks what nobody heard. Long series are made coarser.
 *
 * The owner zeroes *bundle first, and frees it in any case. Returns 0, or
 * -errno with bundle->error filled in.
 */
int stored_bundle_read(struct run_bundle *bundle, const char *path,
		       int64_t soak, int64_t run);

#endif
