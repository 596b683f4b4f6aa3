/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CORE_ALIAS_H
#define CORE_ALIAS_H

#include <stdint.h>

/*
 * Draws one of `count` numbers by weight, with one random number and one look
 * at a table, however many there are. (Walker: An efficient method for
 * generating discrete random variables with general distributions, 1977; the
 * table is made as in Vose: A linear algorithm for generating random numbers
 * with a given distribution, 1991.)
 *
 * Shares are whole multiples of 2^-32 / count. The table is made with integers
 * from there on. So hosts whose compilers round in different ways still draw
 * the same numbers.
 */
#define ALIAS_COUNT_MAX 65536u

struct alias_column {
	uint32_t below; /* a lower half below this means the column itself */
	uint32_t other; /* what is drawn otherwise */
};

struct alias {
	uint32_t count;
	struct alias_column *column;
};

/*
 * Weights are finite and not negative, and one of them is above 0. count: 1 to
 * ALIAS_COUNT_MAX. Returns 0 or -ENOMEM. alias_free() frees the table.
 */
int alias_init(struct alias *alias, const double *weight, uint32_t count);
void alias_free(struct alias *alias);

/* Returns the number that a random number of 64 bits stands for. */
static inline uint32_t alias_draw(const struct alias *alias, uint64_t random)
{
	uint32_t i = (uint32_t)((random >> 32) * alias->count >> 32);

	return (uint32_t)random < alias->column[i].below
		       ? i
		       : alias->column[i].other;
}

#endif
