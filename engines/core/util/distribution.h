/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CORE_DISTRIBUTION_H
#define CORE_DISTRIBUTION_H

#include <stdint.h>

/*
 * How often numbers come: ranges of numbers that do not overlap, in ascending
 * order, each with its count. Numbers of one range are taken to be alike.
 */
#define DISTRIBUTION_ROWS_MAX  16384u
#define DISTRIBUTION_VALUE_MAX (UINT64_MAX / 4)
#define DISTRIBUTION_TOTAL_MAX (1ull << 48)

struct distribution_row {
	uint64_t low, high; /* both included */
	uint64_t below;     /* the counts of all rows before this one */
};

/* All zero: no numbers. */
struct distribution {
	struct distribution_row *row;
	uint32_t rows;
	uint64_t total; /* all counts */
};

/*
 * Adds a range behind all others. Returns 0, -ENOMEM, or -EINVAL: the range is
 * empty, not behind the last one, or above DISTRIBUTION_VALUE_MAX, the count is
 * 0, or one of the other limits would be passed.
 */
int distribution_add(struct distribution *distribution, uint64_t low,
		     uint64_t high, uint64_t count);
void distribution_free(struct distribution *distribution);

/* The count of one row. */
uint64_t distribution_count(const struct distribution *distribution,
			    uint32_t row);

/*
 * The number of this rank, below `total`, in ascending order. `random` says
 * which one of its range.
 */
uint64_t distribution_at(const struct distribution *distribution, uint64_t rank,
			 uint64_t random);

/*
 * The rank in the middle of part `i` of `parts` equal ones, i < parts. So the
 * numbers of all parts together are distributed as those of the distribution.
 */
uint64_t distribution_rank(const struct distribution *distribution, uint64_t i,
			   uint64_t parts);

/* The mean of all numbers, where none counts as more than `most`. */
double distribution_mean(const struct distribution *distribution,
			 uint64_t most);

/* How many numbers are at most `value`. A range is divided in proportion. */
double distribution_up_to(const struct distribution *distribution,
			  uint64_t value);

#endif
