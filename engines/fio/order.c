// SPDX-License-Identifier: GPL-2.0-only
#include "fio.h"

#include "op/mix.h"
#include "order.h"
#include "util/hash64.h"

enum order_kind order_wanted(const struct thread_data *td)
{
	const struct thread_options *o = &td->o;

	/* rw=write:8 and rw=randwrite:8 are left to fio. */
	if (o->ddir_seq_add || o->ddir_seq_nr > 1)
		return ORDER_FIO;
	if (!td_random(td))
		return ORDER_FILES;
	if (o->perc_rand[td_write(td) ? DDIR_WRITE : DDIR_READ] != 100)
		return ORDER_FIO;
	switch (o->random_distribution) {
	case FIO_RAND_DIST_RANDOM:
		return o->norandommap ? ORDER_UNIFORM : ORDER_SHUFFLED;
	case FIO_RAND_DIST_ZIPF:
		return ORDER_ZIPF;
	case FIO_RAND_DIST_PARETO:
		return ORDER_PARETO;
	case FIO_RAND_DIST_GAUSS:
		return ORDER_NORMAL;
	default:
		return ORDER_FIO;
	}
}

void order_init(struct order *o, struct thread_data *td)
{
	struct fio_file *f = td->files[0];

	o->file = f;
	o->first = f->file_offset;
	o->count = f->real_file_size - f->file_offset;
	if (o->count > f->io_size)
		o->count = f->io_size;
	/* The key follows from randseed=, randrepeat= and the job's number. */
	o->key = hash64(td->rand_seeds[FIO_RAND_BLOCK_OFF]);
	o->passes = 0;
	o->last = UINT64_MAX;
}

static void begin_pass(struct order *o)
{
	o->pass_key = hash64_in(o->key, o->passes++);
	permutation_init(&o->permutation, o->count, o->pass_key);
}

static uint64_t uniform(const struct order *o, uint64_t position)
{
	uint64_t random = hash64(o->pass_key + position);

	return (uint64_t)((__uint128_t)random * o->count >> 64);
}

uint64_t order_draw(struct order *o, uint64_t position)
{
	if (o->kind == ORDER_DRAWN)
		return mix_draw(o->mix);
	/* A position that does not ascend begins a new pass. */
	if (o->last == UINT64_MAX || position <= o->last)
		begin_pass(o);
	o->last = position;
	switch (o->kind) {
	case ORDER_SHUFFLED:
		return o->first +
		       permutation_at(&o->permutation, position - o->first);
	case ORDER_UNIFORM:
		return o->first + uniform(o, position);
	case ORDER_ZIPF:
		return o->first + zipf_next(&o->file->zipf);
	case ORDER_PARETO:
		return o->first + pareto_next(&o->file->zipf);
	case ORDER_NORMAL:
		return o->first + gauss_next(&o->file->gauss);
	default:
		return position;
	}
}
