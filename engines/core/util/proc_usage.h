/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CORE_PROC_USAGE_H
#define CORE_PROC_USAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * What processes have used, by /proc/PID/stat: processor time in ms, in steps
 * of the kernel's ticks (10 ms as a rule), and resident memory. Pages that
 * several processes share count in each of them.
 */
struct proc_usage {
	uint64_t user_ms;
	uint64_t system_ms;
	uint64_t resident_kib;
};

/* Adds the usage of a process to *usage. False: there is no such process. */
bool proc_usage_add(struct proc_usage *usage, pid_t pid);

/*
 * Writes what was used between two looks that are interval_ns > 0 apart, such
 * as ", CPU 80.0 % user 120.0 % system, memory 41.2 MiB". 100 % are one
 * processor.
 */
void proc_usage_text(const struct proc_usage *before,
		     const struct proc_usage *now, uint64_t interval_ns,
		     char *text, size_t size);

/*
 * How long ago this process began, by at most 20 ms too little. 0: not known.
 */
int64_t proc_usage_age_ns(void);

#endif
