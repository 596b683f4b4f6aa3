// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "verdict/compare.h"
#include "verdict/trend.h"

int compare_doubles(const void *a, const void *b)
{
	double l = *(const double *)a, r = *(const double *)b;

	return (l > r) - (l < r);
}

static double median(const double *sorted, size_t n)
{
	return (sorted[(n - 1) / 2] + sorted[n / 2]) / 2;
}

/*
 * The number of orders of n and m runs that give U = u is the coefficient of
 * q^u in the Gaussian binomial: the product of (1 - q^(m + i)) / (1 - q^i) for
 * i = 1 to n. Each factor is a pass over the coefficients. Only the lower half
 * is computed, where the differences are of small numbers. The upper half is
 * its mirror image.
 */
int compare_distribution(size_t n, size_t m, double **out)
{
	size_t size = n * m + 1, half = size / 2 + 1, i, u;
	long double *c = calloc(size, sizeof(*c)), sum = 0, below = 0;
	double *p = malloc(size * sizeof(*p));

	*out = p;
	if (!c || !p) {
		free(c);
		free(p);
		*out = NULL;
		return -ENOMEM;
	}
	c[0] = 1;
	for (i = 1; i <= n; i++) {
		for (u = half - 1; u >= m + i; u--)
			c[u] -= c[u - m - i];
		for (u = i; u < half; u++)
			c[u] += c[u - i];
	}
	for (u = half; u < size; u++)
		c[u] = c[size - 1 - u];
	for (u = 0; u < size; u++)
		sum += c[u];
	for (u = 0; u < size; u++) {
		below += c[u];
		p[u] = (double)(below / sum);
	}
	free(c);
	return 0;
}

/*
 * Each rank belongs to a change up or down with the same chance. So P(W = w) is
 * the coefficient of q^w in the product of (1 + q^i) / 2 for i = 1 to n.
 */
int compare_signed_ranks(size_t n, double **out)
{
	size_t size = n * (n + 1) / 2 + 1, i, w;
	double *p = calloc(size, sizeof(*p));

	*out = p;
	if (!p)
		return -ENOMEM;
	p[0] = 1;
	for (i = 1; i <= n; i++) {
		for (w = i * (i + 1) / 2; w >= i; w--)
			p[w] = (p[w] + p[w - i]) / 2;
		for (w = 0; w < i; w++)
			p[w] /= 2;
	}
	for (w = 1; w < size; w++)
		p[w] += p[w - 1];
	return 0;
}

/*
 * Makes the Walsh averages of the logarithms of n ratios within pairs, in
 * ascending order. Above 0 is worse. NULL: no memory.
 */
static double *make_averages(const double *baseline, const double *current,
			     size_t n, bool more_is_better)
{
	double *averages, *ratio = reallocarray(NULL, n, sizeof(*ratio));
	double sign = more_is_better ? -1 : 1;
	size_t i, k, count = 0;

	averages = reallocarray(NULL, n * (n + 1) / 2, sizeof(*averages));
	if (!averages || !ratio) {
		free(averages);
		free(ratio);
		return NULL;
	}
	for (i = 0; i < n; i++)
		ratio[i] = sign * log(current[i] / baseline[i]);
	for (i = 0; i < n; i++) {
		for (k = 0; k <= i; k++)
			averages[count++] = (ratio[i] + ratio[k]) / 2;
	}
	free(ratio);
	qsort(averages, count, sizeof(*averages), compare_doubles);
	return averages;
}

/* Takes the logarithms of values, turned so that more is worse. */
static void put_logs(double *logs, const double *value, size_t n,
		     bool more_is_better)
{
	size_t i;

	for (i = 0; i < n; i++)
		logs[i] = more_is_better ? -log(value[i]) : log(value[i]);
}

/*
 * Spreads the ratios around their median by `factor`. This gives back the noise
 * that went with the trend.
 */
static void widen(double *ratios, size_t n, double factor)
{
	double middle = median(ratios, n);
	size_t i;

	for (i = 0; i < n; i++)
		ratios[i] = middle + factor * (ratios[i] - middle);
}

/*
 * Makes the logarithms of all ratios of a current to a baseline value, in
 * ascending order. Above 0 is worse. NULL: no memory.
 */
static double *make_ratios(const double *baseline, size_t baselines,
			   const double *current, size_t currents,
			   const struct compare_options *options)
{
	size_t i, k, n = 0, runs = baselines + currents;
	double *logs = reallocarray(NULL, runs, sizeof(*logs));
	double *ratios =
		reallocarray(NULL, baselines * currents, sizeof(*ratios));
	bool ok = logs && ratios;

	if (ok) {
		put_logs(logs, baseline, baselines, options->more_is_better);
		put_logs(logs + baselines, current, currents,
			 options->more_is_better);
	}
	if (ok && options->order)
		ok = !trend_remove(logs, options->order, runs, baselines);
	if (!ok) {
		free(logs);
		free(ratios);
		return NULL;
	}
	for (i = 0; i < baselines; i++) {
		for (k = 0; k < currents; k++)
			ratios[n++] = logs[baselines + k] - logs[i];
	}
	free(logs);
	qsort(ratios, n, sizeof(*ratios), compare_doubles);
	if (options->order)
		widen(ratios, n, trend_widening(runs));
	return ratios;
}

double compare_median(double *values, size_t n)
{
	qsort(values, n, sizeof(*values), compare_doubles);
	return median(values, n);
}

static int find_median(const double *values, size_t n, double *out)
{
	double *sorted = reallocarray(NULL, n, sizeof(*sorted));

	if (!sorted)
		return -ENOMEM;
	memcpy(sorted, values, n * sizeof(*sorted));
	*out = compare_median(sorted, n);
	free(sorted);
	return 0;
}

static size_t count_up_to(const double *sorted, size_t n, double limit)
{
	size_t low = 0, high = n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (sorted[middle] <= limit)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* The largest u with P(U <= u) <= alpha, or -1 for none. */
static long critical(const double *p, size_t size, double alpha)
{
	long u = -1;

	while ((size_t)(u + 1) < size && p[u + 1] <= alpha)
		u++;
	return u;
}

/* The change of the value, from a logarithm of which above 0 is worse. */
static double as_change(double ratio, bool more_is_better)
{
	return expm1(more_is_better ? -ratio : ratio);
}

/* The logarithm, from a change of the value for the worse. */
static double as_ratio(double change, bool more_is_better)
{
	return more_is_better ? -log1p(-change) : log1p(change);
}

/*
 * The number that a standard normal value exceeds with probability alpha, which
 * is below 1/2.
 */
static double normal_quantile(double alpha)
{
	double low = 0, high = 40;

	while (high - low > 1e-5) {
		double middle = (low + high) / 2;

		if (erfc(middle / M_SQRT2) / 2 > alpha)
			low = middle;
		else
			high = middle;
	}
	return low;
}

/*
 * How many runs make a bound that is `wide` with `runs` runs as narrow as
 * `room`. The width shrinks with the square root of the runs.
 */
static double runs_for(double wide, double room, size_t runs)
{
	return room > 0 ? (double)runs * (wide / room) * (wide / room)
			: INFINITY;
}

/*
 * How many runs a side would decide, if what was seen is the truth. Estimates
 * and bounds come nearer to the truth with the square root of the number of
 * runs. With a margin of z(0.2), new bounds lie where a verdict needs them in
 * four of five cases. For a regression the estimate must lie past the threshold
 * with that margin, too. `corrected` is the level that Holm's correction leaves
 * for a regression.
 */
static size_t runs_to_decide(const struct comparison *c, double alpha,
			     double corrected)
{
	size_t runs = c->baselines < c->currents ? c->baselines : c->currents;
	double past = c->log_change - c->log_threshold, n;
	double z = normal_quantile(alpha),
	       power = normal_quantile(1 - COMPARE_POWER);

	if (past > 0) {
		double error = (c->log_change - c->log_low) / z;

		n = fmax(runs_for(error * (normal_quantile(corrected) + power),
				  c->log_change, runs),
			 runs_for(error * power, past, runs));
	} else {
		n = runs_for((c->log_high - c->log_change) * (1 + power / z),
			     -past, runs);
	}
	n = ceil(n);
	/* Too many runs, or infinite or not a number for an infinite bound. */
	if (!(n <= COMPARE_MORE_RUNS_MAX))
		return 0;
	/* At least one run more, because with these the answer is open. */
	return n > (double)runs ? (size_t)n : runs + 1;
}

void compare_decide(struct comparison *c, double p_slower, double alpha)
{
	double corrected = p_slower > c->p_slower && c->p_slower > 0
				   ? alpha * c->p_slower / p_slower
				   : alpha;

	c->runs_to_decide = 0;
	if (p_slower <= alpha && c->past_threshold) {
		c->verdict = VERDICT_REGRESSION;
	} else if (c->p_within <= alpha) {
		c->verdict = VERDICT_NO_REGRESSION;
	} else {
		c->verdict = VERDICT_INCONCLUSIVE;
		c->runs_to_decide = runs_to_decide(c, alpha, corrected);
	}
}

/*
 * The threshold that counts: the larger of the threshold and of the floor as a
 * share of the baseline. A rate cannot fall by more than all of itself.
 */
static double larger_threshold(const struct compare_options *options,
			       double baseline_median)
{
	double floor = options->floor / baseline_median;

	if (options->more_is_better && floor > 1)
		floor = 1;
	return floor > options->threshold ? floor : options->threshold;
}

void compare_set_changes(struct comparison *c,
			 const struct compare_options *options)
{
	double low = as_change(c->log_low, options->more_is_better);
	double high = as_change(c->log_high, options->more_is_better);

	c->threshold = larger_threshold(options, c->baseline_median);
	c->log_threshold = as_ratio(c->threshold, options->more_is_better);
	c->change = as_change(c->log_change, options->more_is_better);
	c->change_low = options->more_is_better ? high : low;
	c->change_high = options->more_is_better ? low : high;
	c->past_threshold = c->log_change > c->log_threshold;
}

static void conclude(struct comparison *c, const double *ratios, size_t size,
		     const double *p, const struct compare_options *options)
{
	long k = critical(p, size + 1, options->alpha);

	c->log_change = median(ratios, size);
	c->log_low = k < 0 ? -INFINITY : ratios[k];
	c->log_high = k < 0 ? INFINITY : ratios[size - 1 - (size_t)k];
	compare_set_changes(c, options);
	c->p_slower = p[count_up_to(ratios, size, 0)];
	c->p_faster =
		p[size - count_up_to(ratios, size, nextafter(0, -INFINITY))];
	/*
	 * Ratios at or above the threshold are counted: a tie counts against
	 * "no regression".
	 */
	c->p_within =
		p[size - count_up_to(ratios, size,
				     nextafter(c->log_threshold, -INFINITY))];
	c->p_least = p[0];
	compare_decide(c, c->p_slower, options->alpha);
}

/* The sum of the squared distances of n logarithms from their mean. */
static double squares_of(const double *over, const double *under, size_t n)
{
	double sum = 0, squares = 0;
	size_t i;

	for (i = 0; i < n; i++) {
		double l = log(over[i]) - (under ? log(under[i]) : 0);

		sum += l;
		squares += l * l;
	}
	return fmax(squares - sum * sum / (double)n, 0);
}

static double noise_of(const double *baseline, size_t baselines,
		       const double *current, size_t currents, bool paired)
{
	double squares;

	if (paired)
		return baselines < 2
			       ? NAN
			       : sqrt(squares_of(current, baseline, baselines) /
				      (double)(baselines - 1) / 2);
	if (baselines + currents < 3)
		return NAN;
	squares = squares_of(baseline, NULL, baselines) +
		  squares_of(current, NULL, currents);
	return sqrt(squares / (double)(baselines + currents - 2));
}

static bool all_positive(const double *values, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (!(values[i] > 0) || !isfinite(values[i]))
			return false;
	}
	return true;
}

/*
 * Makes the `size` ratios, or Walsh averages for pairs, and the distribution of
 * the test's statistic. Returns 0 or -ENOMEM.
 */
static int prepare(const double *baseline, size_t baselines,
		   const double *current, size_t currents,
		   const struct compare_options *options, double **ratios,
		   double **p, size_t *size)
{
	int ret;

	if (options->paired) {
		*size = baselines * (baselines + 1) / 2;
		*ratios = make_averages(baseline, current, baselines,
					options->more_is_better);
		ret = compare_signed_ranks(baselines, p);
	} else {
		*size = baselines * currents;
		*ratios = make_ratios(baseline, baselines, current, currents,
				      options);
		ret = compare_distribution(baselines, currents, p);
	}
	return *ratios ? ret : -ENOMEM;
}

static int check_values(const double *baseline, size_t baselines,
			const double *current, size_t currents,
			const struct compare_options *options)
{
	size_t most = options->paired ? COMPARE_PAIRS_MAX : COMPARE_RUNS_MAX;

	if (!baselines || !currents || !all_positive(baseline, baselines) ||
	    !all_positive(current, currents))
		return -EDOM;
	if (options->paired && baselines != currents)
		return -EINVAL;
	if (options->order &&
	    (options->paired || baselines < TREND_RUNS_LEAST ||
	     currents < TREND_RUNS_LEAST))
		return -EINVAL;
	if (baselines > most || currents > most)
		return -E2BIG;
	return 0;
}

int compare(const double *baseline, size_t baselines, const double *current,
	    size_t currents, const struct compare_options *options,
	    struct comparison *c)
{
	double *ratios = NULL, *p = NULL;
	size_t size;
	int ret = check_values(baseline, baselines, current, currents, options);

	memset(c, 0, sizeof(*c));
	if (ret)
		return ret;
	c->baselines = baselines;
	c->currents = currents;
	c->noise = noise_of(baseline, baselines, current, currents,
			    options->paired);
	ret = find_median(baseline, baselines, &c->baseline_median);
	if (!ret)
		ret = find_median(current, currents, &c->current_median);
	if (!ret)
		ret = prepare(baseline, baselines, current, currents, options,
			      &ratios, &p, &size);
	if (!ret)
		conclude(c, ratios, size, p, options);
	free(ratios);
	free(p);
	return ret;
}
