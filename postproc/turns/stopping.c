// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "turns/stopping.h"
#include "util/array.h"
#include "util/clock.h"
#include "util/hash64.h"
#include "util/offspring.h"

/* How often to look whether the last side has ended. */
#define LOOK_NS 5000000
/* How often to look whether a side works in its turn, and how often meanwhile.
 */
#define WORKS_EVERY_NS 5000000000
#define WORKS_LOOK_NS  1000000

static int signal_both(const struct stopping *s, int number)
{
	int ret = offspring_signal(s->patience[0].child, number);

	return ret ? ret : offspring_signal(s->patience[1].child, number);
}

/* A signal that tells us to end ends the sleep, too. */
static void sleep_ns(int64_t ns)
{
	const struct timespec time = { ns / 1000000000, ns % 1000000000 };

	nanosleep(&time, NULL);
}

/* Whether a side has ended: 0, 1 or an error. */
static int any_ended(const struct stopping *s)
{
	int ret = s->has_ended(s->context, 0);

	return ret ? ret : s->has_ended(s->context, 1);
}

static int hangs(struct stopping *s, int side, const char *where)
{
	s->hang.side = side;
	snprintf(s->hang.where, sizeof(s->hang.where), "%s", where);
	return -ETIMEDOUT;
}

/*
 * Waits until the side, whose turn goes on meanwhile, has done something. That
 * it was woken and stopped is not work, so this is not looked at from turn to
 * turn. Returns 0 or an error.
 */
static int wait_for_work(struct stopping *s, int side)
{
	struct patience *p = &s->patience[side];

	patience_begin(p);
	while (!patience_sees_work(p)) {
		int ret = any_ended(s);

		if (ret)
			return ret < 0 ? ret : 0;
		if (patience_ends(p))
			return hangs(s, side, "in its turn");
		sleep_ns(WORKS_LOOK_NS);
	}
	return 0;
}

/*
 * `since_ns` is what the steady clock's 0 is since 1970. So a step of the other
 * clock does no harm; fio's logs do the same.
 */
static int take_turn(struct stopping *s, int side, int64_t since_ns)
{
	struct stopping_turn *turn = array_add(&s->turn, &s->turns);
	pid_t child = s->patience[side].child;
	int ret = 0;

	if (!turn)
		return -ENOMEM;
	turn->side = side;
	turn->from_ns = since_ns + clock_steady_ns();
	offspring_signal(child, SIGCONT);
	sleep_ns(s->turn_ns);
	if (clock_steady_ns() - s->patience[side].looked_ns >= WORKS_EVERY_NS)
		ret = wait_for_work(s, side);
	offspring_signal(child, SIGSTOP);
	turn->to_ns = since_ns + clock_steady_ns();
	return ret ? ret : any_ended(s);
}

static int take_turns(struct stopping *s)
{
	int64_t since_ns = clock_unix_ns() - clock_steady_ns();
	int ret = signal_both(s, SIGSTOP);

	patience_begin(&s->patience[0]);
	patience_begin(&s->patience[1]);
	while (!ret) {
		int begins = (int)(hash64_next(&s->seed) >> 63);

		ret = take_turn(s, begins, since_ns);
		if (!ret)
			ret = take_turn(s, !begins, since_ns);
	}
	signal_both(s, SIGCONT);
	return ret < 0 ? ret : 0;
}

int stopping_run(struct stopping *s)
{
	int ret = take_turns(s), side;

	for (side = 0; side < 2 && ret >= 0; side++) {
		patience_begin(&s->patience[side]);
		while (!(ret = s->has_ended(s->context, side)) &&
		       !patience_ends(&s->patience[side]))
			sleep_ns(LOOK_NS);
		if (!ret)
			ret = hangs(s, side, "after the turns");
	}
	return ret < 0 ? ret : 0;
}

void stopping_free(struct stopping *s)
{
	size_t i;
	int side;

	for (side = 0; side < 2; side++) {
		log_times_free(&s->log[side].times);
		run_files_free(&s->log[side].files);
	}
	for (i = 0; i < s->heats; i++)
		free(s->heat[i].pair);
	free(s->heat);
	free(s->turn);
}
