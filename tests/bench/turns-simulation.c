// SPDX-License-Identifier: GPL-2.0-only
/*
 * Simulates comparisons by turns, with a fixed seed, and prints how many of
 * them were red, inconclusive or without a regression, and the rounds that they
 * took. docs/ci-gate.md has the tables.
 *
 * usage: turns-simulation [COMPARISONS [PAIRS]]
 */
#include <stdio.h>
#include <string.h>

#include "../postproc/turns_noise.h"

#define SEED 20

static const struct {
	const char *title;
	double slower, threshold;
	size_t rounds, metrics;
} tables[] = {
	{ "A against A, --threshold 3, at most 60 rounds", 0, 0.03, 60, 1 },
	{ "A against A, --threshold 0.1, 60 rounds, a look after each, four "
	  "metrics",
	  0, 0.001, 60, TURNS_METRICS },
	{ "A against A, --threshold 0.1, at most 10 rounds", 0, 0.001, 10, 1 },
	{ "5 % slower, --threshold 2, at most 60 rounds", 0.05, 0.02, 60, 1 },
	{ "10 % slower, --threshold 5, at most 60 rounds", 0.10, 0.05, 60, 1 },
	{ "3 % slower, --threshold 1, at most 150 rounds", 0.03, 0.01, 150, 1 },
	{ "3 % slower, --threshold 3, at most 60 rounds", 0.03, 0.03, 60, 1 },
};

int main(int argc, char **argv)
{
	size_t comparisons = argc > 1 ? strtoul(argv[1], NULL, 10) : 10000;
	size_t pairs = argc > 2 ? strtoul(argv[2], NULL, 10) : 50, i, k;

	if (!comparisons || !pairs || pairs > TURNS_PAIRS_MAX) {
		fprintf(stderr,
			"turns-simulation: expected COMPARISONS above "
			"0, and PAIRS from 1 to %d\n",
			TURNS_PAIRS_MAX);
		return 2;
	}
	for (k = 0; k < sizeof(tables) / sizeof(*tables); k++) {
		printf("\n%s\n%-24s %6s %13s %14s %7s\n", tables[k].title,
		       "noise", "red", "inconclusive", "no regression",
		       "rounds");
		for (i = 0; i < TURNS_NOISES; i++) {
			const struct turns_case c = {
				&turns_noises[i],    tables[k].slower,
				tables[k].threshold, pairs,
				tables[k].rounds,    tables[k].metrics,
			};
			struct turns_tally t =
				turns_many(&c, comparisons, SEED + i);

			printf("%-24s %5.2f%% %12.2f%% %13.2f%% %7.1f\n",
			       c.noise->name, t.percent[TURNS_RED],
			       t.percent[TURNS_OPEN], t.percent[TURNS_GREEN],
			       t.rounds);
			fflush(stdout);
		}
	}
	return 0;
}
