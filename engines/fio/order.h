/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ORDER_H
#define ORDER_H

#include <stdbool.h>
#include <stdint.h>

#include "glue.h"
#include "util/permutation.h"

struct fio_file;
struct thread_data;

/*
 * In which order a job's units are worked on. fio counts positions: 0, 1, 2
 * and so on up to the end of a pass, whatever rw= says; which unit a position
 * stands for is decided here. So the units that follow are known without asking
 * fio, and a random order costs no map of what was done.
 */
enum order_kind {
	ORDER_FILES,    /* position and unit are the same */
	ORDER_FIO,      /* fio's own, whatever it hands out */
	ORDER_SHUFFLED, /* each once, at random, another way in each pass */
	ORDER_UNIFORM,  /* norandommap: each draw is of all */
	ORDER_ZIPF,     /* these by the generators of fio */
	ORDER_PARETO,
	ORDER_NORMAL,
};

struct order {
	enum order_kind kind;
	struct fio_file *file;
	uint64_t first; /* units of a pass: so many from this one on */
	uint64_t count;
	uint64_t key;
	uint64_t pass_key;
	uint64_t passes; /* begun */
	uint64_t last;   /* position asked for; at first UINT64_MAX */
	struct permutation permutation;
};

/* Of fio's options: which one a job wants. For ->setup. */
enum order_kind order_wanted(const struct thread_data *td);

/*
 * One of the kind that is in it, once fio knows which units are to be worked
 * on: for ->post_init.
 */
void order_init(struct order *order, struct thread_data *td);

/* The unit at a position that is drawn for; positions ascend within a pass. */
uint64_t order_draw(struct order *order, uint64_t position);

static inline uint64_t order_unit(struct order *order, uint64_t position)
{
	return order->kind <= ORDER_FIO ? position
					: order_draw(order, position);
}

/* Whether a unit may come twice within a pass. */
static inline bool order_repeats(enum order_kind kind)
{
	return kind != ORDER_FILES && kind != ORDER_SHUFFLED;
}

#endif
