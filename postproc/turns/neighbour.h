/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a turn loses if the turn before was the other side's and not one of its
 * own: the logarithm of the rate after its own, over that after the other's.
 * Cold caches cost both sides alike. But what a side leaves to the kernel, such
 * as dirty pages, costs the other side alone; then turns do not tell the sides
 * apart.
 */
#ifndef SMALLFIO_NEIGHBOUR_H
#define SMALLFIO_NEIGHBOUR_H

#include <stddef.h>

#include "turns/referee.h"
#include "util/notes.h"
#include "verdict/turns.h"

/* All zeros are no operations. */
struct neighbours {
	struct neighbour {
		char name[NAME_MAX + 1]; /* of an operation */
		double loss[2];          /* of A and B, sums over the rounds */
		/* A's loss less B's is the log_ratio. */
		struct turns_value *round;
		size_t rounds;
	} * operation;
	size_t operations;
};

/*
 * Adds what A and B lost in a round. Nothing is added if a side had no turn of
 * one of the kinds. Returns 0 or -ENOMEM.
 */
int neighbours_add(struct neighbours *n, const struct referee_heat *heat);

/* The same, of figures. For tests. */
int neighbours_add_loss(struct neighbours *n, const char *name,
			const double loss[2]);

enum neighbours_fit {
	NEIGHBOURS_FIT,
	NEIGHBOURS_OPEN, /* seems not to fit; more rounds will tell */
	NEIGHBOURS_UNFIT,
};

/*
 * Whether turns fit each operation. They do not if the losses of A and B differ
 * by more than half the threshold (0.05 for 5 %), and surely differ. Of
 * operations whose sides lose the same, at most 1 in 100 is unfit, at all looks
 * together (turns.h).
 */
enum neighbours_fit neighbours_fit(const struct neighbours *n,
				   double threshold);

/* Adds a line for each operation. */
void neighbours_note(const struct neighbours *n, double threshold,
		     struct notes *notes);

void neighbours_free(struct neighbours *n);

#endif
