// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "verdict/turns.h"
#include "util/array.h"

/* The mean of the middle half of n values, which it sorts. */
static double midmean(double *value, size_t n)
{
	size_t cut = n / 4, i;
	double sum = 0;

	qsort(value, n, sizeof(*value), compare_doubles);
	for (i = cut; i < n - cut; i++)
		sum += value[i];
	return sum / (double)(n - 2 * cut);
}

static void add(struct turns_turn *to, const struct turns_turn *turn)
{
	to->operations += turn->operations;
	to->time_ns += turn->time_ns;
}

static double per_s(const struct turns_turn *turn)
{
	return (double)turn->operations / (double)turn->time_ns * 1e9;
}

int turns_rate(const struct turns_pair *pair, size_t pairs,
	       struct turns_rate *rate)
{
	struct turns_pair all = { 0 }, some = { 0 };
	double *ratio = reallocarray(NULL, pairs + 1, sizeof(*ratio));
	size_t i, n = 0;
	bool timed = true;

	if (!ratio)
		return -ENOMEM;
	for (i = 0; i < pairs; i++) {
		timed = timed && pair[i].a.time_ns && pair[i].b.time_ns;
		add(&some.a, &pair[i].a);
		add(&some.b, &pair[i].b);
		add(&all.a, &pair[i].a);
		add(&all.b, &pair[i].b);
		if (!some.a.operations || !some.b.operations)
			continue;
		ratio[n++] = log(per_s(&some.b) / per_s(&some.a));
		some = (struct turns_pair){ 0 };
	}
	if (n && timed)
		*rate = (struct turns_rate){ per_s(&all.a), per_s(&all.b),
					     midmean(ratio, n) };
	free(ratio);
	return n && timed ? 0 : -EDOM;
}

/* What least squares say of the rounds. */
struct fit {
	double change;  /* of the logarithm; above 0 is worse */
	double error;   /* standard error of `change` */
	double rounds;  /* so many rounds with balanced places say as much */
	double freedom; /* degrees of freedom; 0: the error is unknown */
};

/* The log ratio of a round, turned so that more is worse. */
static double worse(const struct turns_value *value, double sign)
{
	return sign * value->log_ratio;
}

static double side_of(const struct turns_value *value)
{
	return value->b_second ? 1 : -1;
}

static struct fit fit_rounds(const struct turns_value *value, size_t n,
			     double sign)
{
	double sum = 0, places = 0, both = 0, place = 0, squares = 0;
	struct fit fit = { .rounds = (double)n, .freedom = (double)n - 1 };
	size_t i;

	for (i = 0; i < n; i++) {
		sum += worse(&value[i], sign);
		places += side_of(&value[i]);
		both += worse(&value[i], sign) * side_of(&value[i]);
	}
	fit.change = sum / (double)n;
	/* The effect of the place is known if both places occur. */
	if (fabs(places) < (double)n) {
		fit.rounds -= places * places / (double)n;
		fit.freedom--;
		fit.change = (sum - places * both / (double)n) / fit.rounds;
		place = (both - fit.change * places) / (double)n;
	}
	for (i = 0; i < n; i++) {
		double rest = worse(&value[i], sign) - fit.change -
			      place * side_of(&value[i]);

		squares += rest * rest;
	}
	if (fit.freedom > 0)
		fit.error = sqrt(squares / fit.freedom / fit.rounds);
	return fit;
}

/*
 * p of "the change is not above `change`", at all looks together: 1 / (2 E) of
 * turns.h.
 */
static double p_above(const struct fit *fit, double change)
{
	double r = 1 + fit->rounds, t, least, square;

	if (!(fit->change > change) || fit->freedom <= 0)
		return 1;
	t = (fit->change - change) / fit->error;
	square = t * t / fit->freedom;
	/* An error of 0 gives an infinite t, and the least p. */
	least = isinf(square) ? r : (1 + square) / (1 + square / r);
	return fmin(1, sqrt(r) * pow(least, -(fit->freedom + 1) / 2) / 2);
}

/* p_above() turned round: how far the bound at `alpha` is from the change. */
static double reach(const struct fit *fit, double alpha)
{
	double r = 1 + fit->rounds, k;

	if (fit->freedom <= 0)
		return INFINITY;
	k = pow(sqrt(r) / (2 * alpha), 2 / (fit->freedom + 1));
	if (k >= r)
		return INFINITY;
	return fit->error * sqrt(fit->freedom * (k - 1) / (1 - k / r));
}

/* The p of an infinite t. */
static double least_p(double rounds, double freedom)
{
	return freedom > 0 ? fmin(1, pow(1 + rounds, -freedom / 2) / 2) : 1;
}

size_t turns_least_rounds(double alpha, size_t comparisons)
{
	size_t n = 3;

	while (n < TURNS_ROUNDS_MAX &&
	       least_p((double)n, (double)n - 2) * (double)comparisons > alpha)
		n++;
	return n;
}

static struct fit turned(const struct fit *fit)
{
	struct fit other = *fit;

	other.change = -fit->change;
	return other;
}

static int set_medians(const struct turns_value *value, size_t n,
		       struct comparison *c)
{
	double *side = reallocarray(NULL, n, sizeof(*side));
	size_t i;

	if (!side)
		return -ENOMEM;
	for (i = 0; i < n; i++)
		side[i] = value[i].a;
	c->baseline_median = compare_median(side, n);
	for (i = 0; i < n; i++)
		side[i] = value[i].b;
	c->current_median = compare_median(side, n);
	free(side);
	return 0;
}

static void conclude(const struct fit *fit,
		     const struct compare_options *options,
		     struct comparison *c)
{
	double wide = reach(fit, options->alpha);
	struct fit better = turned(fit);

	c->noise = fit->freedom > 0 ? fit->error * sqrt(fit->rounds) : NAN;
	c->log_change = fit->change;
	c->log_low = fit->change - wide;
	c->log_high = fit->change + wide;
	compare_set_changes(c, options);
	c->p_slower = p_above(fit, 0);
	c->p_faster = p_above(&better, 0);
	c->p_within = p_above(&better, -c->log_threshold);
	c->p_least = least_p(fit->rounds, fit->freedom);
	compare_decide(c, c->p_slower, options->alpha);
}

int turns_compare(const struct turns_value *value, size_t rounds,
		  const struct compare_options *options,
		  struct comparison *result)
{
	struct fit fit;
	size_t i;
	int ret;

	memset(result, 0, sizeof(*result));
	if (rounds > TURNS_ROUNDS_MAX)
		return -E2BIG;
	for (i = 0; i < rounds; i++) {
		if (!(value[i].a > 0 && value[i].b > 0) ||
		    !isfinite(value[i].log_ratio))
			return -EDOM;
	}
	if (!rounds)
		return -EDOM;
	ret = set_medians(value, rounds, result);
	if (ret)
		return ret;
	result->baselines = result->currents = rounds;
	fit = fit_rounds(value, rounds, options->more_is_better ? -1 : 1);
	conclude(&fit, options, result);
	return 0;
}

size_t turns_to_decide(const struct comparison *c, double p_slower,
		       double alpha)
{
	double n = (double)c->baselines;
	struct fit one = { .error = 1, .rounds = n, .freedom = n - 2 };
	double sd = (c->log_change - c->log_low) / reach(&one, alpha) * sqrt(n);
	double past = c->log_change - c->log_threshold;
	/* Holm's factor, which the level has for a regression. */
	double holm = c->p_slower > 0 ? fmax(1, p_slower / c->p_slower) : 1;

	for (n++; n <= COMPARE_MORE_RUNS_MAX && isfinite(sd); n++) {
		struct fit fit = {
			.change = past > 0 ? c->log_change : -past,
			.error = sd / sqrt(n),
			.rounds = n,
			.freedom = n - 2,
		};

		if (p_above(&fit, 0) * (past > 0 ? holm : 1) <= alpha)
			return (size_t)n;
	}
	return 0;
}

double turns_found(const struct comparison *calibrated, size_t rounds,
		   double alpha)
{
	double freedom = (double)calibrated->baselines - 2;
	double n = (double)rounds, error, told;
	struct fit fit = { .error = 1, .rounds = n, .freedom = n - 2 };

	if (!(freedom > 0) || n <= 2)
		return INFINITY;
	error = calibrated->noise * (1 + 1.28 / sqrt(2 * freedom)) / sqrt(n);
	told = reach(&fit, alpha);
	/* The error that is seen then has a spread of its own. */
	told += 1.645 * sqrt(1 + told * told / (2 * fit.freedom));
	return fmax(told * error, calibrated->log_threshold + 1.645 * error);
}

int turns_add_round(struct turns *turns, bool b_second)
{
	struct turns_round *round = array_add(&turns->round, &turns->rounds);

	if (!round)
		return -ENOMEM;
	round->b_second = b_second;
	return 0;
}

int turns_add_pairs(struct turns *turns, const char *operation,
		    const char *section, const struct turns_pair *pair,
		    size_t pairs)
{
	struct turns_round *round = &turns->round[turns->rounds - 1];
	struct turns_operation *added;
	struct turns_rate rate;
	int ret = turns_rate(pair, pairs, &rate);

	if (ret)
		return ret;
	added = array_add(&round->operation, &round->operations);
	if (!added)
		return -ENOMEM;
	*added = (struct turns_operation){ strdup(operation), strdup(section),
					   rate };
	if (added->operation && added->section)
		return 0;
	free(added->operation);
	free(added->section);
	round->operations--;
	return -ENOMEM;
}

const struct turns_rate *turns_find(const struct turns *turns, size_t round,
				    const char *operation)
{
	const struct turns_round *r = &turns->round[round];
	size_t i;

	for (i = 0; i < r->operations; i++) {
		if (!strcmp(r->operation[i].operation, operation))
			return &r->operation[i].rate;
	}
	for (i = 0; i < r->operations; i++) {
		if (!strcmp(r->operation[i].section, operation))
			return &r->operation[i].rate;
	}
	return NULL;
}

void turns_free(struct turns *turns)
{
	size_t i, k;

	for (i = 0; i < turns->rounds; i++) {
		for (k = 0; k < turns->round[i].operations; k++) {
			free(turns->round[i].operation[k].operation);
			free(turns->round[i].operation[k].section);
		}
		free(turns->round[i].operation);
	}
	free(turns->round);
	memset(turns, 0, sizeof(*turns));
}
