/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Turns for programs that know nothing of turns: a side is stopped by SIGSTOP
 * while it is the other side's turn, in the middle of whatever it does. What it
 * did in its turns is found afterwards in its latency logs, which tell when
 * each operation ended. Its latencies contain pauses, so they compare nothing.
 *
 * The caller starts a watchdog, so that no side stays stopped if this process
 * is killed.
 */
#ifndef SMALLFIO_STOPPING_H
#define SMALLFIO_STOPPING_H

#include <stdint.h>
#include <sys/types.h>

#include "run/run_files.h"
#include "turns/referee.h"

struct stopping_turn {
	int side;
	int64_t from_ns, to_ns; /* since 1970 */
};

struct stopping {
	/* To be set beforehand, as in struct referee. */
	int64_t turn_ns;
	uint64_t seed;
	struct patience patience[2]; /* with A and B, which run */
	int (*has_ended)(void *context, int side);
	void *context;
	/* Filled in by stopping_run(): A and B, or B and A, again and again. */
	struct stopping_turn *turn;
	size_t turns;
	struct referee_hang hang; /* after -ETIMEDOUT */
	/* Filled in by stopping_read(). */
	struct stopping_log {
		struct run_files files;
		struct log_times_list times;
	} log[2];
	/* Filled in by stopping_heats(): one of each operation of both. */
	struct referee_heat *heat;
	size_t heats;
};

/*
 * Lets the two run in turns until both have ended. After the first has ended,
 * the other one goes on alone. Returns 0, -errno, or an error of has_ended();
 * then both go on. -ETIMEDOUT: a side does nothing, not even in its turn.
 */
int stopping_run(struct stopping *stopping);

/*
 * Reads the logs of a side's run, of all jobs that have any. Returns 0, or
 * -errno with *error filled in: there are none, or they do not tell the time
 * since 1970.
 */
int stopping_read(struct stopping *stopping, int side, const char *directory,
		  struct notes *notes, struct input_error *error);

/*
 * Counts what each operation did in its turns, while all threads of both sides
 * were at it. A log tells whole ms, so two turns of one side that follow each
 * other share the operations of a ms by chance. Returns 0 or -ENOMEM.
 */
int stopping_heats(struct stopping *stopping);

void stopping_free(struct stopping *stopping);

#endif
