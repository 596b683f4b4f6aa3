// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "turns/referee.h"
#include "util/array.h"
#include "util/clock.h"
#include "util/hash64.h"

/* How often to look whether a program has ended. */
#define LOOK_NS 5000000

/* What a side had done when its last turn ended. */
struct mark {
	uint64_t operations;
	uint64_t ns;
};

/* A heat under way. */
struct match {
	struct referee *referee;
	struct relay_heat *heat;
	struct referee_heat *result;
	struct mark mark[2];
	int last; /* the side of the last turn; -1: none */
};

int referee_begin(struct referee *r)
{
	int ret = relay_make(&r->relay, &r->fd);

	if (ret)
		return ret;
	r->relay->real_time = r->real_time;
	r->relay->first_processor = hash64_next(&r->seed) >> 48;
	if (asprintf(&r->path, "/proc/%ld/fd/%d", (long)getpid(), r->fd) >= 0)
		return 0;
	r->path = NULL;
	referee_end(r);
	return -ENOMEM;
}

void referee_end(struct referee *r)
{
	size_t i;

	if (r->relay)
		close(r->fd);
	relay_free(r->relay);
	for (i = 0; i < r->heats; i++)
		free(r->heat[i].pair);
	free(r->heat);
	free(r->path);
	r->relay = NULL;
	r->heat = NULL;
	r->path = NULL;
	r->heats = 0;
}

void referee_let_go(struct referee *r)
{
	for (unsigned int i = 0; i < RELAY_HEATS; i++)
		relay_give(&r->relay->heat[i], RELAY_OVER);
}

/* Waits for a change of the heat, or until the time, or for LOOK_NS. */
static void wait_until(struct relay_heat *heat, unsigned int seen,
		       int64_t until_ns)
{
	int64_t left_ns = until_ns - clock_steady_ns();

	if (left_ns > 0)
		relay_wait_for_change(heat, seen,
				      left_ns < LOOK_NS ? left_ns : LOOK_NS);
}

static bool some_left(const struct relay_heat *heat)
{
	return relay_count(&heat->side[0], RELAY_LEFT) ||
	       relay_count(&heat->side[1], RELAY_LEFT);
}

/* What the side does outside of turns. */
static void say_where(struct referee *r)
{
	if (r->heats)
		snprintf(r->hang.where, sizeof(r->hang.where),
			 "after the turns of %s", r->heat[r->heats - 1].name);
	else
		strcpy(r->hang.where, "before the first section in turns");
}

/*
 * Whether a side has ended, while nothing goes on without it: 0, 1 or an error.
 */
static int look_at(struct referee *r, int side)
{
	int ended = r->has_ended(r->context, side);

	if (ended || !patience_ends(&r->patience[side]))
		return ended;
	r->hang.side = side;
	return -ETIMEDOUT;
}

/* Whether a side has lost a thread: 0 or -ESRCH. */
static int look_for_lost(struct referee *r, const struct relay_heat *heat,
			 const char *name)
{
	for (int side = 0; side < 2; side++) {
		if (!relay_has_lost(&heat->side[side]))
			continue;
		r->hang.side = side;
		snprintf(r->hang.where, sizeof(r->hang.where), "in %s", name);
		return -ESRCH;
	}
	return 0;
}

/*
 * Waits until all threads of both sides are at their start. Returns 1, or 0 if
 * one of the programs has ended before, or an error.
 */
static int gather(struct referee *r, struct relay_heat *heat)
{
	patience_begin(&r->patience[0]);
	patience_begin(&r->patience[1]);
	for (;;) {
		unsigned int seen = heat->changes;
		bool here[2];
		int side;

		for (side = 0; side < 2; side++)
			here[side] = relay_all_here(&heat->side[side]);
		if (here[0] && here[1])
			return 1;
		if (look_for_lost(r, heat, "the start of a section"))
			return -ESRCH;
		for (side = 0; side < 2; side++) {
			/* One that is here waits for the other. */
			int ended = here[side] ? r->has_ended(r->context, side)
					       : look_at(r, side);

			if (ended == -ETIMEDOUT)
				say_where(r);
			if (ended)
				return ended < 0 ? ended : 0;
		}
		wait_until(heat, seen, INT64_MAX);
	}
}

static struct mark total(const struct relay_side *side, unsigned int threads)
{
	struct mark mark = { 0 };

	for (unsigned int i = 0; i < threads; i++) {
		mark.operations += side->thread[i].operations;
		mark.ns += side->thread[i].own_ns;
	}
	mark.ns /= threads;
	return mark;
}

/*
 * Waits until no thread of the side runs. Returns 0, -ETIMEDOUT, or what
 * has_ended() says.
 */
static int wait_for_rest(struct match *m, int side)
{
	patience_begin(&m->referee->patience[side]);
	for (;;) {
		unsigned int seen = m->heat->changes;
		int ended;

		if (!relay_count(&m->heat->side[side], RELAY_RUNS))
			return 0;
		ended = look_for_lost(m->referee, m->heat, m->result->name);
		if (!ended)
			ended = look_at(m->referee, side);
		if (ended == -ETIMEDOUT)
			snprintf(m->referee->hang.where,
				 sizeof(m->referee->hang.where),
				 "in an operation of %s", m->result->name);
		if (ended)
			return ended < 0 ? ended : 0;
		wait_until(m->heat, seen, INT64_MAX);
	}
}

static int take_turn(struct match *m, int side, struct referee_turn *turn)
{
	int64_t until_ns = clock_steady_ns() + m->referee->turn_ns;
	struct mark mark;
	int ret;

	relay_give(m->heat, side == 0 ? RELAY_OF_A : RELAY_OF_B);
	while (clock_steady_ns() < until_ns && !some_left(m->heat))
		wait_until(m->heat, m->heat->changes, until_ns);
	relay_give(m->heat, RELAY_OF_NOBODY);
	ret = wait_for_rest(m, side);
	mark = total(&m->heat->side[side], m->result->threads[side]);
	*turn = (struct referee_turn){
		.operations = mark.operations - m->mark[side].operations,
		.ns = mark.ns - m->mark[side].ns,
		.after_other = m->last == !side,
	};
	if (turn->ns > m->result->longest_ns)
		m->result->longest_ns = turn->ns;
	m->mark[side] = mark;
	m->last = side;
	if (!ret && m->referee->between)
		ret = m->referee->between(m->referee->between_context, side);
	return ret;
}

/* Names the section, the second one of a name NAME#2 and so on. */
static void name_section(const struct referee *r, const struct relay_heat *heat,
			 struct referee_heat *result)
{
	const char *name = heat->side[1].name;
	char number[12] = "";
	unsigned int nth = 1;

	for (const struct relay_heat *h = r->relay->heat; h < heat; h++)
		nth += !strcmp(h->side[1].name, name);
	if (nth > 1)
		snprintf(number, sizeof(number), "#%u", nth);
	snprintf(result->section, sizeof(result->section), "%s%s", name,
		 number);
}

/* Figures go by these names; see fio_json_phase(). */
static void tell_apart(struct referee *r)
{
	for (size_t i = 0; i < r->heats; i++) {
		struct referee_heat *heat = &r->heat[i];
		const char *operation = r->relay->heat[i].side[1].operation;
		size_t same = 0;

		for (size_t k = 0; k < r->heats; k++)
			same += !strcmp(r->relay->heat[k].side[1].operation,
					operation);
		if (same > 1)
			snprintf(heat->name, sizeof(heat->name), "%s",
				 heat->section);
	}
}

/*
 * Takes pairs of turns until a thread has left or a program has ended. The
 * first pair does not count: it has fio's own start in it. Nor does the last,
 * in which not all threads ran to the end.
 */
static int take_pairs(struct match *m)
{
	struct referee_heat *result = m->result;
	struct referee_pair pair, *kept;
	bool first = true;

	for (;;) {
		int begins = (int)(hash64_next(&m->referee->seed) >> 63);
		int ret = take_turn(m, begins, &pair.turn[begins]);

		if (!ret && !some_left(m->heat))
			ret = take_turn(m, !begins, &pair.turn[!begins]);
		if (ret || some_left(m->heat))
			return ret;
		ret = m->referee->has_ended(m->referee->context, begins);
		if (!ret)
			ret = look_for_lost(m->referee, m->heat, result->name);
		if (ret)
			return ret < 0 ? ret : 0;
		if (!first) {
			kept = array_add(&result->pair, &result->pairs);
			if (!kept)
				return -ENOMEM;
			*kept = pair;
		}
		first = false;
	}
}

static int run_heat(struct referee *r, struct relay_heat *heat)
{
	struct match match = { .referee = r, .heat = heat, .last = -1 };
	struct referee_heat *result;
	int ret = gather(r, heat), side;

	if (ret <= 0)
		return ret;
	result = realloc(r->heat, (r->heats + 1) * sizeof(*result));
	if (!result)
		return -ENOMEM;
	r->heat = result;
	result += r->heats++;
	memset(result, 0, sizeof(*result));
	strcpy(result->name, heat->side[1].operation);
	name_section(r, heat, result);
	result->alike = !strcmp(heat->side[0].operation, result->name);
	for (side = 0; side < 2; side++)
		result->threads[side] = heat->side[side].expected;
	match.result = result;
	ret = take_pairs(&match);
	relay_give(heat, RELAY_OVER);
	return ret ? ret : 1;
}

size_t referee_compared(const struct referee_heat *heat, size_t heats)
{
	size_t i, n = 0;

	for (i = 0; i < heats; i++)
		n += heat[i].alike && heat[i].pairs;
	return n;
}

static int run_heats(struct referee *r)
{
	int ret = 1, side;

	for (unsigned int i = 0; i < RELAY_HEATS && ret == 1; i++)
		ret = run_heat(r, &r->relay->heat[i]);
	tell_apart(r);
	referee_let_go(r);
	for (side = 0; side < 2 && ret >= 0; side++) {
		patience_begin(&r->patience[side]);
		do {
			ret = look_at(r, side);
			if (ret == -ETIMEDOUT)
				say_where(r);
			if (!ret)
				wait_until(&r->relay->heat[0],
					   r->relay->heat[0].changes,
					   INT64_MAX);
		} while (!ret);
	}
	return ret < 0 ? ret : 0;
}

int referee_run(struct referee *r)
{
	/* Above the sides, or nobody would take their turns away. */
	int ret = r->real_time ? relay_run_first(2) : 0;

	if (!ret)
		ret = run_heats(r);
	if (r->real_time)
		relay_run_first(0);
	return ret;
}
