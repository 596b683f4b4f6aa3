/* SPDX-License-Identifier: GPL-2.0-only */
/* Functions that the files gate*.c share. */
#ifndef SMALLFIO_GATE_PARTS_H
#define SMALLFIO_GATE_PARTS_H

#include "verdict/gate.h"

/* Adds a check. `host` may be NULL or empty. Returns NULL without memory. */
struct gate_check *gate_add_check(struct gate *gate, const char *operation,
				  const char *host,
				  const struct metric *metric);

/* Sets the outcome of a check, with a sentence. Returns 0 or -ENOMEM. */
int gate_conclude(struct gate_check *check, enum gate_state state,
		  const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/*
 * Decides a comparison that is one of so many: sets its outcome, with a
 * sentence. Its values of p are corrected already. Returns 0 or -ENOMEM.
 */
int gate_decide(const struct gate *gate, struct gate_check *check,
		size_t comparisons);

/* Adds a note for each run with a pause, and for several of many runs. */
void gate_note_pauses(struct gate *gate, const struct run_summaries *runs);

/* The outcome of a check whose metric has no value. */
enum gate_state gate_state_of(enum metric_state state);

#endif
