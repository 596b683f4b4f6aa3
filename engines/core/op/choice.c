// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "op/choice.h"
#include "util/hash64.h"

#define TRIES 64
/* An age of so many means or more comes once in nine million draws. */
#define AGE_MEANS 16
/* Groups: each number below 2 * EXACT, then EXACT for each power of two. */
#define EXACT 64u

static uint64_t group_first(uint32_t group)
{
	unsigned int shift = group < 2 * EXACT ? 0 : group / EXACT - 1;

	if (!shift)
		return group;
	return (uint64_t)(EXACT + group % EXACT) << shift;
}

/* One more than the last number of a group; numbers are below `size`. */
static uint64_t group_end(uint32_t group, uint64_t size)
{
	uint64_t end = group_first(group + 1);

	return end < size ? end : size;
}

static uint32_t group_count(uint64_t size)
{
	uint32_t n = 0;

	while (group_first(n) < size)
		n++;
	return n;
}

static int parse_number(const char *text, double *number)
{
	char *end;

	*number = strtod(text, &end);
	return end == text || *end || !isfinite(*number) ? -EINVAL : 0;
}

int choice_parse(struct choice *c, const char *text, struct failure *f)
{
	memset(c, 0, sizeof(*c));
	if (!text || !strcmp(text, "uniform"))
		return 0;
	if (!strncmp(text, "zipf:", 5) &&
	    !parse_number(text + 5, &c->parameter) && c->parameter > 0 &&
	    c->parameter <= CHOICE_EXPONENT_MAX) {
		c->kind = CHOICE_ZIPF;
		return 0;
	}
	if (!strncmp(text, "recent:", 7) &&
	    !parse_number(text + 7, &c->parameter) && c->parameter >= 1 &&
	    c->parameter <= CHOICE_AGE_MAX) {
		c->kind = CHOICE_RECENT;
		return 0;
	}
	return failure_set(f, EINVAL,
			   "mix_distribution=%s: expected uniform, zipf:T with "
			   "T above 0 and up to %g, or recent:T with T from 1 "
			   "to %g files",
			   text, CHOICE_EXPONENT_MAX, CHOICE_AGE_MAX);
}

/* The weight of all numbers of a group together. */
static double group_weight(const struct choice *c, uint64_t first, uint64_t end)
{
	double middle = (double)first + (double)(end - first - 1) / 2;

	if (c->kind == CHOICE_ZIPF)
		return (double)(end - first) * pow(middle + 1, -c->parameter);
	/* Geometric: k files ago with (1 - p)^k p, whose mean is 1/p - 1. */
	return (double)(end - first) *
	       exp(middle * log(c->parameter / (c->parameter + 1)));
}

static int make_groups(struct choice *c, uint64_t size)
{
	uint32_t count = group_count(size);
	double *weight = calloc(count, sizeof(*weight));
	int ret;

	if (!weight)
		return -ENOMEM;
	for (uint32_t i = 0; i < count; i++)
		weight[i] = group_weight(c, group_first(i), group_end(i, size));
	ret = alias_init(&c->groups, weight, count);
	free(weight);
	return ret;
}

int choice_init(struct choice *c, uint64_t size, uint64_t key)
{
	if (c->kind == CHOICE_UNIFORM)
		return 0;
	if (c->kind == CHOICE_ZIPF) {
		permutation_init(&c->rank, size, key);
		return make_groups(c, size);
	}
	c->ring = (uint64_t)(c->parameter * AGE_MEANS);
	c->made = calloc(c->ring, sizeof(*c->made));
	return c->made ? make_groups(c, c->ring) : -ENOMEM;
}

void choice_free(struct choice *c)
{
	if (c->groups.column)
		alias_free(&c->groups);
	free(c->made);
	c->made = NULL;
}

/* Draws a rank or an age. */
static uint64_t draw_number(const struct choice *c, uint64_t size,
			    uint64_t *random)
{
	uint32_t group = alias_draw(&c->groups, hash64_next(random));
	uint64_t first = group_first(group);

	if (group < 2 * EXACT)
		return first;
	return first + population_below(hash64_next(random),
					group_end(group, size) - first);
}

uint64_t choice_draw(const struct choice *c, const struct population *there,
		     uint64_t *random)
{
	for (int i = 0; c->kind != CHOICE_UNIFORM && i < TRIES; i++) {
		uint64_t n;

		if (c->kind == CHOICE_ZIPF) {
			n = draw_number(c, there->size, random);
			n = permutation_at(&c->rank, n);
		} else {
			n = draw_number(c, c->ring, random);
			if (n >= c->makes)
				continue;
			n = c->made[(c->makes - 1 - n) % c->ring];
		}
		if (population_has(there, n))
			return n;
	}
	return population_draw(there, true, random);
}
