/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CORE_MONITOR_H
#define CORE_MONITOR_H

#include <stdint.h>

/*
 * What the measuring program itself uses. That is the processor time of this
 * process, as a share of one processor (two busy threads are 200 %), and its
 * resident memory.
 */
struct monitor {
	int statm_fd;
	uint64_t page_kib;
	uint64_t next_ns; /* when the next sample may be taken */
	uint64_t time_ns; /* when the last sample was taken */
	uint64_t user_us; /* processor time at the last sample */
	uint64_t system_us;
	/* Shares between the last two samples. */
	double user_pct;
	double system_pct;
	uint64_t rss_kib; /* at the last sample; 0: not known */
};

/* Takes the first sample. now_ns may be of any clock that does not jump. */
void monitor_init(struct monitor *monitor, uint64_t now_ns);
void monitor_free(struct monitor *monitor);

/* Takes a sample if the last one is MONITOR_INTERVAL_NS old. */
#define MONITOR_INTERVAL_NS 200000000u
void monitor_update(struct monitor *monitor, uint64_t now_ns);

#endif
