/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Counts numbers of any size in bounded memory, for a profile: each number
 * below 128 by itself, and above that 64 ranges for each power of two. So a
 * range is at most 1.6 % wide. A range is told by the least and the most of its
 * numbers, so 1,000 files of 4,096 bytes are just that.
 */
#ifndef SMALLFIO_TALLY_H
#define SMALLFIO_TALLY_H

#include <stdint.h>

#include "util/distribution.h"

#define TALLY_EXACT  64u /* ranges of a power of two */
#define TALLY_RANGES (TALLY_EXACT * 58)

struct tally_range {
	uint64_t count, least, most; /* least, most: if there is a count */
};

/* All zero: nothing counted. */
struct tally {
	struct tally_range *seen;
	uint32_t ranges; /* memory for so many */
};

/* Counts a number; too large ones as the largest. Returns 0 or -ENOMEM. */
int tally_add(struct tally *tally, uint64_t number);

/*
 * Makes the distribution of what was counted. Returns 0 or -ENOMEM, and also
 * then the distribution has to be freed.
 */
int tally_distribution(const struct tally *tally,
		       struct distribution *distribution);
void tally_free(struct tally *tally);

#endif
