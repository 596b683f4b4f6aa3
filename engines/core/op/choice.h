/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CORE_CHOICE_H
#define CORE_CHOICE_H

#include "op/population.h"
#include "util/alias.h"
#include "util/failure.h"
#include "util/permutation.h"

/*
 * mix_distribution=: which of the files that are there an operation is about.
 *
 * uniform   any of them alike.
 * zipf:T    the file of rank r is drawn r^-T as often as that of rank 1. Each
 *           number has a rank, by a permutation, so that the often drawn ones
 *           are all over the tree. A rank whose file is not there is drawn
 *           anew. Ranks up to 128 have their exact weights. Above, there are
 *           64 groups for each power of two, and all ranks of a group are
 *           alike: within 2 % of their weights for T=1.
 * recent:T  the file made k files ago, with k geometric of mean T: memory is
 *           that of 16 T file numbers. (Within a power of two, as above, k is
 *           alike.) A file that is not there any more is drawn anew.
 *
 * Where some draws in a row meet no file that is there, one is drawn uniformly.
 * Memory does not grow with the number of files.
 */
enum choice_kind { CHOICE_UNIFORM, CHOICE_ZIPF, CHOICE_RECENT };

#define CHOICE_EXPONENT_MAX 20.0
#define CHOICE_AGE_MAX      65536.0

struct choice {
	enum choice_kind kind;
	double parameter;
	struct alias groups; /* of ranks, or of ages */
	struct permutation rank;
	uint64_t *made; /* ring of the numbers made last; recent only */
	uint64_t ring;  /* its size */
	uint64_t makes; /* how many were made so far */
};

/*
 * Reads the option's value; NULL: uniform. Returns 0, or -EINVAL with a
 * sentence. choice_init() makes the tables for numbers below `size`, and
 * returns 0 or -ENOMEM.
 */
int choice_parse(struct choice *choice, const char *text,
		 struct failure *failure);
int choice_init(struct choice *choice, uint64_t size, uint64_t key);
void choice_free(struct choice *choice);

/* Notes that the file of this number is made now. */
static inline void choice_note(struct choice *choice, uint64_t number)
{
	if (choice->made)
		choice->made[choice->makes++ % choice->ring] = number;
}

/* Draws one that is there. There must be one. */
uint64_t choice_draw(const struct choice *choice,
		     const struct population *there, uint64_t *random);

#endif
