/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Says whose turn it is of two programs that are under way at once, and counts
 * what each did in its turns (util/relay.h is how they hear of it).
 *
 * Turns come in pairs, one of each side. Who begins a pair is random. So half
 * of the turns follow one of the same side, and what a side leaves behind for
 * the other can be told from what it leaves for itself.
 */
#ifndef SMALLFIO_REFEREE_H
#define SMALLFIO_REFEREE_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "turns/patience.h"
#include "util/relay.h"

/* A side that hangs, or has lost a thread. */
struct referee_hang {
	int side;
	/* Such as "before the first section in turns". */
	char where[NAME_MAX + 40];
};

/* Room for the name of an operation, or of a section with #NUMBER. */
#define REFEREE_NAME (NAME_MAX + 12)

/* One turn. */
struct referee_turn {
	uint64_t operations;
	uint64_t ns;      /* how long the side ran, the mean of its threads */
	bool after_other; /* the turn before was the other side's */
};

struct referee_pair {
	struct referee_turn turn[2]; /* of A and B */
};

/* What two sides did in turns in one section, of the same operation. */
struct referee_heat {
	/* Of B's operation, or of its section if several do this operation. */
	char name[REFEREE_NAME];
	char section[REFEREE_NAME]; /* as fio_json_tell_apart() has it */
	bool alike;                 /* A's operation is the same */
	unsigned int threads[2];
	uint64_t longest_ns; /* of a turn of either side, counted or not */
	struct referee_pair *pair;
	size_t pairs;
};

struct referee {
	/* To be set beforehand. */
	int64_t turn_ns;
	uint64_t seed;
	bool real_time; /* see util/relay.h; the caller must be allowed to */
	struct patience patience[2]; /* with A and B */
	/*
	 * Whether a side's program has ended. Called often. A negative result
	 * ends referee_run() with it.
	 */
	int (*has_ended)(void *context, int side);
	void *context;
	/*
	 * Called after each turn, before the next begins; may be NULL. A
	 * negative result ends referee_run() with it.
	 */
	int (*between)(void *context, int side);
	void *between_context;
	/* Filled in. */
	struct relay *relay;
	char *path; /* of the memory, for other processes */
	int fd;
	struct referee_heat *heat;
	size_t heats;
	struct referee_hang hang; /* after -ETIMEDOUT and -ESRCH */
};

/* Makes the memory. Returns 0 or -errno. */
int referee_begin(struct referee *referee);

/*
 * Lets the two programs run in turns until both have ended. Returns 0, an error
 * of has_ended(), -ENOMEM, -EPERM if this process may not run before others, or
 * -ETIMEDOUT if a side that the other one waits for does nothing: it hangs; or
 * -ESRCH if a thread of a side ended in the middle of its work: it was killed.
 */
int referee_run(struct referee *referee);

/* How many heats have pairs of turns of the same operation. */
size_t referee_compared(const struct referee_heat *heat, size_t heats);

/* Lets both go on without turns. For the end after an error. */
void referee_let_go(struct referee *referee);

void referee_end(struct referee *referee);

#endif
