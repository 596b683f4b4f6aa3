// SPDX-License-Identifier: GPL-2.0-only
/*
 * A simulation with a fixed seed. It finds out how often a verdict on 10 runs a
 * side is wrong, and how often the best possible test would find a change.
 */
#include <math.h>

#include "test.h"
#include "verdict/compare.h"
#include "noise.h"
#include "verdict/trend.h"

#define RUNS   10 /* a side */
#define LEVEL  0.01
#define TENTH  (-0.1)        /* a tenth fewer files/s */
#define LONGER (1 / 1.1 - 1) /* each operation a tenth longer */

/* --- the trend ------------------------------------------------------------ */

TEST(trend)
{
	/*
	 * The turns are BA AB AB BA AB. B has 0.1 more than A, and each run has
	 * 0.02 more than the run before.
	 */
	const size_t order[] = { 1, 2, 4, 7, 8, 0, 3, 5, 6, 9 };
	double value[10];
	size_t i;

	for (i = 0; i < 10; i++)
		value[i] = 0.02 * (double)order[i] + (i < 5 ? 0 : 0.1);
	value[3] += 7; /* stands out, and changes nothing */
	assert_ok(trend_remove(value, order, 10, 5));
	for (i = 0; i < 10; i++)
		assert_true(fabs(value[i] - (i == 3 ? 7 : 0) -
				 (i < 5 ? 0 : 0.1)) < 1e-12);
	assert_true(fabs(trend_widening(20) - sqrt(18.0 / 16)) < 1e-12);
}

/* A drift of 40 % hides a change of 10 %, unless it is taken out. */
TEST(drifted)
{
	struct compare_options options = { .alpha = LEVEL, .threshold = 0.05 };
	double a[RUNS], b[RUNS];
	size_t order[2 * RUNS], i;
	struct comparison c;

	for (i = 0; i < RUNS; i++) {
		order[i] = 2 * i + i % 2;
		order[RUNS + i] = 2 * i + 1 - i % 2;
		a[i] = 100 * exp(0.02 * (double)order[i]) + (double)(i % 3);
		b[i] = 110 * exp(0.02 * (double)order[RUNS + i]);
	}
	assert_ok(compare(a, RUNS, b, RUNS, &options, &c));
	assert_int_equal(c.verdict, VERDICT_INCONCLUSIVE);
	options.order = order;
	assert_ok(compare(a, RUNS, b, RUNS, &options, &c));
	assert_int_equal(c.verdict, VERDICT_REGRESSION);
	assert_true(fabs(c.change - 0.1) < 0.02);
	/*
	 * Four runs a side are too few to find a trend. Pairs need no
	 * correction.
	 */
	assert_int_equal(compare(a, 4, b, 4, &options, &c), -EINVAL);
	options.paired = true;
	assert_int_equal(compare(a, RUNS, b, RUNS, &options, &c), -EINVAL);
}

/* --- error rates ---------------------------------------------------------- */

/* Percent of verdicts, by enum verdict. */
static void simulate(enum noise noise, double sigma, double change, int runs,
		     int trials, double *percent)
{
	struct compare_options options = {
		.alpha = LEVEL,
		.threshold = 0.05,
		.more_is_better = true,
	};
	/* The seed is fixed, and different for each field of the table. */
	uint64_t seed = (uint64_t)noise * 1000 + (uint64_t)(sigma * 1e4) +
			(uint64_t)(-change * 1e7) + (uint64_t)runs;
	double log_time[2 * RUNS], a[RUNS], b[RUNS];
	size_t order[2 * RUNS];
	int count[3] = { 0 }, i;
	struct comparison c;

	options.order = order;
	for (i = 0; i < trials; i++) {
		noise_session(log_time, 2 * runs, noise, sigma, &seed);
		noise_rates(a, b, order, log_time, runs, change, &seed);
		assert_ok(compare(a, (size_t)runs, b, (size_t)runs, &options,
				  &c));
		count[c.verdict]++;
	}
	for (i = 0; i < 3; i++)
		percent[i] = 100.0 * count[i] / trials;
}

/*
 * At most 1 % are false alarms. With noise of 5 %, at least 95 % of the changes
 * of a tenth are found.
 */
static void check_row(enum noise noise, double sigma, double change,
		      const double *percent)
{
	if (change >= 0)
		assert_true(percent[VERDICT_REGRESSION] <= 1);
	else
		assert_true(percent[VERDICT_NO_REGRESSION] <= 1);
	if (change <= TENTH && sigma <= 0.05 &&
	    (noise != OUTLIERS_BEYOND || sigma <= 0.02))
		assert_true(percent[VERDICT_REGRESSION] >= 95);
}

TEST(error_rates)
{
	static const double sigmas[] = { 0.02, 0.05, 0.15 };
	static const double changes[] = { 0, TENTH, LONGER };
	double percent[3];
	size_t n, s, k;

	print_message("# gate: 10 runs a side, in turns; files/s; percent of "
		      "sessions\n");
	print_message("# %-15s %5s %8s %11s %13s %14s\n", "noise", "sd",
		      "files/s", "regression", "inconclusive", "no regression");
	for (n = 0; n < NOISES; n++)
		for (s = 0; s < 3; s++)
			for (k = 0; k < 3; k++) {
				/*
				 * False alarms are rare, so their number takes
				 * more sessions.
				 */
				simulate(n, sigmas[s], changes[k], RUNS,
					 k ? 4000 : 10000, percent);
				print_message(
					"# %-15s %4.0f%% %7.1f%% %11.2f %13.2f "
					"%14.2f\n",
					noise_names[n], 100 * sigmas[s],
					100 * changes[k],
					percent[VERDICT_REGRESSION],
					percent[VERDICT_INCONCLUSIVE],
					percent[VERDICT_NO_REGRESSION]);
				check_row(n, sigmas[s], changes[k], percent);
			}
}

/* The same with much noise and few runs. */
TEST(error_rates_of_few)
{
	double percent[3];
	size_t n;
	int runs;

	for (runs = TREND_RUNS_LEAST; runs < RUNS; runs += 3)
		for (n = 0; n < NOISES; n++) {
			simulate(n, 0.15, 0, runs, 10000, percent);
			check_row(n, 0.15, 0, percent);
		}
}

/* --- what could be found at best ------------------------------------------ */

static double normal_below(double z)
{
	return erfc(-z / M_SQRT2) / 2;
}

/*
 * Returns the density of a run with LOG_NORMAL or OUTLIERS_BEYOND noise at z
 * sigmas.
 */
static double density(enum noise noise, double z)
{
	double normal = exp(-z * z / 2) / sqrt(2 * M_PI);

	if (noise == LOG_NORMAL)
		return normal;
	return 0.9 * normal +
	       0.1 * (normal_below(z) - normal_below(z - 10)) / 10;
}

/*
 * Returns which share of random assignments of the runs to sides scores as
 * high.
 */
static double chance(double *score, double found, uint64_t *seed)
{
	const int assignments = 1000;
	int i, k, high = 1;

	for (i = 0; i < assignments; i++) {
		double sum = 0;

		for (k = 0; k < RUNS; k++) {
			uint64_t left = 2 * RUNS - (uint64_t)k;
			size_t with = (size_t)k + random_bits(seed) % left;
			double taken = score[with];

			score[with] = score[k];
			score[k] = taken;
			sum += taken;
		}
		high += sum >= found - 1e-9;
	}
	return (double)high / (assignments + 1);
}

/*
 * The scores of the most powerful of all tests that hold for any noise. That
 * test knows the density of the noise and the size of the change, and asks only
 * whether the change is there. Lehmann, Stein: On the Theory of some
 * Non-Parametric Hypotheses, Ann. Math. Stat. 20 (1949) 28-45.
 */
static void score_by_density(const double *z, double *score, enum noise noise,
			     double shift)
{
	int k;

	for (k = 0; k < 2 * RUNS; k++)
		score[k] = log(density(noise, z[k] - shift) /
			       density(noise, z[k]));
}

static double median(const double *values)
{
	double sorted[2 * RUNS];

	memcpy(sorted, values, sizeof(sorted));
	qsort(sorted, 2 * RUNS, sizeof(*sorted), compare_doubles);
	return (sorted[RUNS - 1] + sorted[RUNS]) / 2;
}

/*
 * The scores of a test that knows nothing, and in which outliers do not count:
 * Tukey's biweight of the distance from the median of all runs, in units of the
 * median distance.
 */
static void score_by_biweight(const double *z, double *score, enum noise noise,
			      double shift)
{
	double middle = median(z), unit;
	int k;

	for (k = 0; k < 2 * RUNS; k++)
		score[k] = fabs(z[k] - middle);
	unit = 4.685 * median(score) / 0.6745;
	for (k = 0; k < 2 * RUNS; k++) {
		double u = (z[k] - middle) / unit;

		score[k] = fabs(u) < 1 ? u * (1 - u * u) * (1 - u * u) : 0;
	}
}

typedef void score_function(const double *z, double *score, enum noise noise,
			    double shift);

static double percent_found(score_function *give_scores, enum noise noise,
			    double change, int trials)
{
	double shift = -log1p(change) / 0.05, z[2 * RUNS], score[2 * RUNS];
	uint64_t seed = 7;
	int i, k, found = 0;

	for (i = 0; i < trials; i++) {
		double sum = 0;

		noise_session(z, 2 * RUNS, noise, 1, &seed);
		for (k = 0; k < RUNS; k++)
			z[k] += shift;
		give_scores(z, score, noise, shift);
		for (k = 0; k < RUNS; k++)
			sum += score[k];
		found += chance(score, sum, &seed) <= LEVEL;
	}
	return 100.0 * found / trials;
}

TEST(at_best)
{
	static const enum noise noises[] = { LOG_NORMAL, OUTLIERS_BEYOND };
	static const double changes[] = { TENTH, LONGER };
	double best, robust;
	size_t i;

	print_message("# the best of all tests that hold for any noise, and "
		      "one made for outliers; noise of 5 %%; percent found\n");
	print_message("# %-15s %8s %11s %11s\n", "noise", "files/s", "best",
		      "biweight");
	for (i = 0; i < 4; i++) {
		best = percent_found(score_by_density, noises[i / 2],
				     changes[i % 2], 2000);
		robust = percent_found(score_by_biweight, noises[i / 2],
				       changes[i % 2], 2000);
		print_message("# %-15s %7.1f%% %11.1f %11.1f\n",
			      noise_names[noises[i / 2]], 100 * changes[i % 2],
			      best, robust);
		/* Only in the first case can any test find 95 %. */
		assert_true(i ? best < 95 : best > 97);
		assert_true(robust < best);
	}
}
