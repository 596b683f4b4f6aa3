/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CORE_MONITOR_H
#define CORE_MONITOR_H

#include <stdint.h>

/*
 * What the measuring program itself uses: processor time of this process as a
 * share of one processor (two busy threads are 200 %), and resident memory.
 */
struct monitor {
	int statm_fd;
	uint64_t page_kib;
	uint64_t next_ns; /* no sample before */
	uint64_t time_ns; /* of the last one */
	uint64_t user_us; /* processor time at it */
	uint64_t system_us;
	/* Between the last two samples. */
	double user_pct;
	double system_pct;
	uint64_t rss_kib; /* at the last; 0: not known */
};

/* now_ns: of any clock that does not jump. Takes the first sample. */
void monitor_init(struct monitor *monitor, uint64_t now_ns);
void monitor_free(struct monitor *monitor);

/* Takes a sample if the last is MONITOR_INTERVAL_NS old; else costs nothing. */
#define MONITOR_INTERVAL_NS 200000000u
void monitor_update(struct monitor *monitor, uint64_t now_ns);

#endif
