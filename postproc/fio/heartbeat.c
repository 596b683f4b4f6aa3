// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>

#include "fio/heartbeat.h"

#define BYTES_PER_MIB 1048576.

static double larger(double a, double b)
{
	return a > b ? a : b;
}

const char *heartbeat_operation(const struct progress_message *message)
{
	return *message->operation ? message->operation : HEARTBEAT_CHUNKS;
}

/* Engines of 0.1.0 say a rate and no bytes. */
static uint64_t bytes_of(const struct progress_message *message)
{
	double bytes = message->mib_per_s * BYTES_PER_MIB * message->interval_s;

	if (message->bytes)
		return message->bytes;
	return bytes < (double)INT64_MAX ? (uint64_t)bytes : 0;
}

static void add_rate(struct heartbeat *beat, const struct progress_message *m)
{
	beat->rates++;
	beat->mib_per_s += m->mib_per_s;
	beat->units_per_s += *m->operation ? m->files_per_s
			     : m->interval_s > 0
				     ? (double)m->units / m->interval_s
				     : 0;
	beat->p99_ms = larger(beat->p99_ms, m->p99_ms);
	beat->max_ms = larger(beat->max_ms, m->max_ms);
	beat->units += m->units;
	beat->bytes += bytes_of(m);
}

static void add_usage(struct heartbeat *beat, const struct progress_message *m)
{
	beat->has_usage = true;
	beat->cpu_user_pct += m->cpu_user_pct;
	beat->cpu_system_pct += m->cpu_system_pct;
	beat->memory_mib += m->memory_mib;
}

/* The state of all threads: one that runs decides, but a stalled one shows. */
static enum heartbeat_state state_of(const struct heartbeat *beat,
				     const struct progress_message *m)
{
	enum heartbeat_state own =
		m->kind == PROGRESS_STALLED  ? HEARTBEAT_STALLED
		: m->end != PROGRESS_GOES_ON ? HEARTBEAT_ENDED
		: m->kind == PROGRESS_IDLE   ? HEARTBEAT_IDLE
					     : HEARTBEAT_RUNS;

	if (!beat->threads || own == HEARTBEAT_STALLED)
		return own;
	if (beat->state == HEARTBEAT_STALLED || own == beat->state)
		return beat->state;
	return HEARTBEAT_RUNS;
}

void heartbeat_add(struct heartbeat *beat, const struct progress_message *m,
		   uint64_t errors_before)
{
	if (!beat->threads) {
		snprintf(beat->operation, sizeof(beat->operation), "%s",
			 heartbeat_operation(m));
		beat->files_asked = *m->operation ? 0 : -1;
	}
	beat->state = state_of(beat, m);
	beat->threads += m->threads;
	beat->interval_s = larger(beat->interval_s, m->interval_s);
	/* A job that was started again counts from 0. */
	beat->errors += m->errors < errors_before ? m->errors
						  : m->errors - errors_before;
	beat->files_done += m->files_done;
	if (m->files_asked < 0)
		beat->files_asked = -1;
	else if (beat->files_asked >= 0)
		beat->files_asked += m->files_asked;
	if (m->kind == PROGRESS_RATE)
		add_rate(beat, m);
	if (m->has_usage)
		add_usage(beat, m);
}
