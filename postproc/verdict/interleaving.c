// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#include "verdict/trend.h"
#include "verdict/interleaving.h"

struct turn {
	int64_t end_ms;
	size_t place; /* number of the run, those of the baseline first */
};

static int by_end(const void *a, const void *b)
{
	const struct turn *l = a, *r = b;

	return (l->end_ms > r->end_ms) - (l->end_ms < r->end_ms);
}

static void fill(struct turn *turn, const struct run_summaries *runs,
		 size_t place)
{
	size_t i;

	for (i = 0; i < runs->count; i++)
		turn[i] = (struct turn){ runs->run[i].end_ms, place + i };
}

/* Whether runs in the order of time, `side` of each side, are turns. */
static bool are_turns(const struct turn *turn, size_t side)
{
	size_t i;

	for (i = 0; i < 2 * side; i++) {
		if (i && turn[i].end_ms == turn[i - 1].end_ms)
			return false;
		if (i % 2 &&
		    (turn[i].place < side) == (turn[i - 1].place < side))
			return false;
	}
	return true;
}

int interleaving_find(const struct run_summaries *baseline,
		      const struct run_summaries *current, size_t **order)
{
	size_t i, side = baseline->count;
	struct turn *turn;

	*order = NULL;
	if (current->count != side || side < TREND_RUNS_LEAST)
		return 0;
	turn = reallocarray(NULL, side, 2 * sizeof(*turn));
	*order = reallocarray(NULL, side, 2 * sizeof(**order));
	if (!turn || !*order) {
		free(turn);
		free(*order);
		*order = NULL;
		return -ENOMEM;
	}
	fill(turn, baseline, 0);
	fill(turn + side, current, side);
	qsort(turn, 2 * side, sizeof(*turn), by_end);
	for (i = 0; i < 2 * side; i++)
		(*order)[turn[i].place] = i;
	if (!are_turns(turn, side)) {
		free(*order);
		*order = NULL;
	}
	free(turn);
	return 0;
}
