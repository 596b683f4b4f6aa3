// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "turns/neighbour.h"
#include "util/array.h"

/* How sure that sides differ, and that they may, in either direction. */
#define ALPHA      0.005
#define ALPHA_OPEN 0.1

static struct neighbour *find(struct neighbours *n, const char *name)
{
	struct neighbour *added;
	size_t i;

	for (i = 0; i < n->operations; i++)
		if (!strcmp(n->operation[i].name, name))
			return &n->operation[i];
	added = array_add(&n->operation, &n->operations);
	if (added)
		snprintf(added->name, sizeof(added->name), "%s", name);
	return added;
}

int neighbours_add_loss(struct neighbours *n, const char *name,
			const double loss[2])
{
	struct neighbour *operation = find(n, name);
	struct turns_value *round =
		operation ? array_add(&operation->round, &operation->rounds)
			  : NULL;

	if (!round)
		return -ENOMEM;
	operation->loss[0] += loss[0];
	operation->loss[1] += loss[1];
	*round = (struct turns_value){ 1, 1, loss[0] - loss[1], false };
	return 0;
}

/* Returns NAN for a side that did nothing after one of the two. */
static double loss_of(const struct referee_heat *heat, int side)
{
	double operations[2] = { 0 }, ns[2] = { 0 };
	size_t i;

	for (i = 0; i < heat->pairs; i++) {
		const struct referee_turn *turn = &heat->pair[i].turn[side];

		operations[turn->after_other] += (double)turn->operations;
		ns[turn->after_other] += (double)turn->ns;
	}
	return log(operations[0] / ns[0] / (operations[1] / ns[1]));
}

int neighbours_add(struct neighbours *n, const struct referee_heat *heat)
{
	double loss[2] = { loss_of(heat, 0), loss_of(heat, 1) };

	if (!isfinite(loss[0]) || !isfinite(loss[1]))
		return 0;
	return neighbours_add_loss(n, heat->name, loss);
}

static enum neighbours_fit fit_of(const struct neighbour *n, double threshold)
{
	const struct compare_options options = { .alpha = ALPHA };
	struct comparison c;
	double p;

	if (turns_compare(n->round, n->rounds, &options, &c) ||
	    !(fabs(c.log_change) > threshold / 2))
		return NEIGHBOURS_FIT;
	p = fmin(c.p_slower, c.p_faster);
	if (p <= ALPHA)
		return NEIGHBOURS_UNFIT;
	return p <= ALPHA_OPEN ? NEIGHBOURS_OPEN : NEIGHBOURS_FIT;
}

enum neighbours_fit neighbours_fit(const struct neighbours *n, double threshold)
{
	enum neighbours_fit worst = NEIGHBOURS_FIT, fit;
	size_t i;

	for (i = 0; i < n->operations; i++) {
		fit = fit_of(&n->operation[i], threshold);
		if (fit > worst)
			worst = fit;
	}
	return worst;
}

void neighbours_note(const struct neighbours *n, double threshold,
		     struct notes *notes)
{
	size_t i;

	for (i = 0; i < n->operations; i++) {
		const struct neighbour *o = &n->operation[i];
		double rounds = (double)o->rounds;

		notes_add(
			notes,
			"%s: after a turn of the other side the rate changes by "
			"%+.1f %% (A) and %+.1f %% (B), compared with after "
			"a turn of the same side%s",
			o->name, 100 * expm1(-o->loss[0] / rounds),
			100 * expm1(-o->loss[1] / rounds),
			fit_of(o, threshold) == NEIGHBOURS_UNFIT
				? ": what a side leaves to the kernel falls "
				  "into the other's turns. Longer turns "
				  "(--turns 1s), --sync or whole runs "
				  "(--turns off) fit better"
				: "");
	}
}

void neighbours_free(struct neighbours *n)
{
	size_t i;

	for (i = 0; i < n->operations; i++)
		free(n->operation[i].round);
	free(n->operation);
	memset(n, 0, sizeof(*n));
}
