/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ORDER_H
#define ORDER_H

#include <stdbool.h>
#include <stdint.h>

#include "glue.h"
#include "util/permutation.h"

struct fio_file;
struct mix;
struct thread_data;

/*
 * The order in which a job's units are worked on. fio counts positions, 0, 1, 2
 * and so on up to the end of a pass, whatever rw= says. The unit of a position
 * is decided here. So the next units are known without asking fio, and a random
 * order needs no map of what was done.
 */
enum order_kind {
	ORDER_FILES, /* position and unit are the same */
	ORDER_FIO,   /* fio's own order, whatever it hands out */
	/* each unit once, at random, in another order in each pass */
	ORDER_SHUFFLED,
	ORDER_UNIFORM, /* norandommap: each draw is among all units */
	ORDER_ZIPF,    /* this and the next two: by fio's generators */
	ORDER_PARETO,
	ORDER_NORMAL,
	ORDER_DRAWN, /* a mix draws. A unit is an operation of the mix */
};

struct order {
	enum order_kind kind;
	struct fio_file *file;
	struct mix *mix; /* ORDER_DRAWN */
	uint64_t first;  /* a pass has `count` units from this one on */
	uint64_t count;
	uint64_t key;
	uint64_t pass_key;
	uint64_t passes; /* passes that have begun */
	uint64_t last;   /* last position asked for; at first UINT64_MAX */
	struct permutation permutation;
};

/* Which order a job wants, by fio's options. For ->setup. */
enum order_kind order_wanted(const struct thread_data *td);

/*
 * Sets up an order of the kind that `order` has. For ->post_init, when fio
 * knows which units are to be worked on.
 */
void order_init(struct order *order, struct thread_data *td);

/*
 * Returns the unit that is drawn for a position. Positions ascend within a
 * pass.
 */
uint64_t order_draw(struct order *order, uint64_t position);

static inline uint64_t order_unit(struct order *order, uint64_t position)
{
	return order->kind <= ORDER_FIO ? position
					: order_draw(order, position);
}

/* Whether a unit may come twice within a pass. */
static inline bool order_repeats(enum order_kind kind)
{
	return kind != ORDER_FILES && kind != ORDER_SHUFFLED &&
	       kind != ORDER_DRAWN;
}

#endif
