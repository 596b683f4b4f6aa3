// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "util/exit_code.h"
#include "verdict/gate_parts.h"
#include "util/array.h"

/* A note about pauses names at most so many runs of a side. */
#define PAUSES_NOTED 4

struct gate_check *gate_add_check(struct gate *gate, const char *operation,
				  const char *host, const struct metric *metric)
{
	struct gate_check *check = array_add(&gate->check, &gate->count);

	if (!check)
		return NULL;
	check->metric = *metric;
	check->against = gate->against;
	check->operation = strdup(operation);
	check->host = host && *host ? strdup(host) : NULL;
	return check->operation && (!host || !*host || check->host) ? check
								    : NULL;
}

int gate_conclude(struct gate_check *check, enum gate_state state,
		  const char *format, ...)
{
	va_list args;

	check->state = state;
	va_start(args, format);
	if (vasprintf(&check->reason, format, args) < 0)
		check->reason = NULL;
	va_end(args);
	return check->reason ? 0 : -ENOMEM;
}

void gate_note_pauses(struct gate *gate, const struct run_summaries *runs)
{
	size_t paused = 0;

	for (size_t i = 0; i < runs->count; i++) {
		const struct run_summary *run = &runs->run[i];
		char *note;

		if (!run->pauses || ++paused > PAUSES_NOTED)
			continue;
		if (asprintf(&note, "%s: %s", run->path, run->pauses) < 0)
			return;
		/* Limits and a comparison share runs. */
		notes_add_once(&gate->notes, note);
		free(note);
	}
	if (paused > PAUSES_NOTED)
		notes_add(&gate->notes, "%zu more runs with such pauses",
			  paused - PAUSES_NOTED);
}

enum gate_state gate_state_of(enum metric_state state)
{
	return state == METRIC_NO_HISTOGRAM || state == METRIC_NO_DATA ||
			       state == METRIC_NO_RATE
		       ? GATE_ABSENT
		       : GATE_TOO_LITTLE;
}

enum gate_state gate_state(const struct gate *gate)
{
	enum gate_state worst = GATE_PASS;
	size_t i;

	for (i = 0; i < gate->count; i++) {
		if (gate->check[i].state > worst)
			worst = gate->check[i].state;
	}
	return worst;
}

int gate_exit_code(const struct gate *gate)
{
	switch (gate_state(gate)) {
	case GATE_PASS:
		return EXIT_GOOD;
	case GATE_INCONCLUSIVE:
		return gate->options->strict ? EXIT_TOO_LITTLE : EXIT_GOOD;
	case GATE_TOO_LITTLE:
		return EXIT_TOO_LITTLE;
	case GATE_RED:
		return EXIT_GATE;
	default:
		return EXIT_INPUT;
	}
}

const char *gate_check_verdict(const struct gate_check *check)
{
	switch (check->state) {
	case GATE_PASS:
		return check->is_limit   ? "within limit"
		       : check->improved ? "improved"
					 : "no regression";
	case GATE_INCONCLUSIVE:
		return "inconclusive";
	case GATE_TOO_LITTLE:
		return "too little data";
	case GATE_RED:
		return check->is_limit ? "limit broken" : "regression";
	default:
		return "absent";
	}
}

void gate_free(struct gate *gate)
{
	size_t i;

	for (i = 0; i < gate->count; i++) {
		free(gate->check[i].rule);
		free(gate->check[i].run);
		free(gate->check[i].operation);
		free(gate->check[i].host);
		free(gate->check[i].reason);
	}
	free(gate->check);
	free(gate->order);
	notes_free(&gate->notes);
	memset(gate, 0, sizeof(*gate));
}
