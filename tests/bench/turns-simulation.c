// SPDX-License-Identifier: GPL-2.0-only
/*
 * Simulates comparisons by turns, with a fixed seed. For each kind of noise it
 * prints how many of them ended as they should, or should not, and how many
 * rounds they took. docs/ci-gate.md has the table.
 *
 * usage: turns-simulation [COMPARISONS [PAIRS]]
 */
#include <stdio.h>
#include <string.h>

#include "../postproc/turns_noise.h"

#define SEED 20

/* A column. `counted` is the outcome that it counts. */
static const struct {
	const char *title;
	double slower, threshold;
	size_t rounds, metrics;
	enum turns_outcome counted;
} columns[] = {
	/* Errors: at most 1 %. */
	{ "A against A, a look after each of 60 rounds, four metrics: red", 0,
	  0.001, 60, TURNS_METRICS, TURNS_RED },
	{ "A against A, at most 10 rounds: red", 0, 0.001, 10, 1, TURNS_RED },
	{ "slower by --threshold 3 itself, at most 60 rounds: no regression",
	  1 / 0.97 - 1, 0.03, 60, 1, TURNS_GREEN },
	/* Power. */
	{ "A against A, --threshold 3, at most 60 rounds: no regression", 0,
	  0.03, 60, 1, TURNS_GREEN },
	{ "5 % slower, --threshold 2, at most 60 rounds: red", 0.05, 0.02, 60,
	  1, TURNS_RED },
	{ "10 % slower, --threshold 5, at most 60 rounds: red", 0.10, 0.05, 60,
	  1, TURNS_RED },
	{ "3 % slower, --threshold 1, at most 150 rounds: red", 0.03, 0.01, 150,
	  1, TURNS_RED },
	/* A change that one wants to tolerate. */
	{ "1.5 % slower, --threshold 3, at most 60 rounds: red", 0.015, 0.03,
	  60, 1, TURNS_RED },
};

#define COLUMNS (sizeof(columns) / sizeof(*columns))

static void print_row(const struct turns_noise *noise, size_t comparisons,
		      size_t pairs, uint64_t seed)
{
	size_t k;

	printf("%-24s", noise->name);
	for (k = 0; k < COLUMNS; k++) {
		const struct turns_case c = {
			noise, columns[k].slower, columns[k].threshold,
			pairs, columns[k].rounds, columns[k].metrics,
		};
		struct turns_tally t = turns_many(&c, comparisons, seed);

		printf(" %7.2f%% %5.1f", t.percent[columns[k].counted],
		       t.rounds);
		fflush(stdout);
	}
	putchar('\n');
}

int main(int argc, char **argv)
{
	size_t comparisons = argc > 1 ? strtoul(argv[1], NULL, 10) : 10000;
	size_t pairs = argc > 2 ? strtoul(argv[2], NULL, 10) : 50, i;

	if (!comparisons || !pairs || pairs > TURNS_PAIRS_MAX) {
		fprintf(stderr,
			"turns-simulation: expected COMPARISONS above 0, and "
			"PAIRS from 1 to %d\n",
			TURNS_PAIRS_MAX);
		return 2;
	}
	printf("%zu comparisons, %zu pairs a round; each column: how many, and "
	       "rounds\n",
	       comparisons, pairs);
	for (i = 0; i < COLUMNS; i++)
		printf("  %zu: %s\n", i + 1, columns[i].title);
	printf("\n%-24s", "noise");
	for (i = 0; i < COLUMNS; i++)
		printf(" %14zu", i + 1);
	putchar('\n');
	for (i = 0; i < TURNS_NOISES; i++)
		print_row(&turns_noises[i], comparisons, pairs, SEED + i);
	return 0;
}
