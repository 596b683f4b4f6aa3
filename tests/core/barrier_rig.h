/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef BARRIER_RIG_H
#define BARRIER_RIG_H

#include <limits.h>
#include <stdatomic.h>
#include <sys/types.h>

#include "test.h"
#include "util/clock.h"
#include "barrier/barrier_file.h"

/*
 * The start barrier with a process for each host. Files written by hand stand
 * for other hosts, and for what earlier runs may have left.
 */
#define RIG_HOSTS 16
#define PATIENT_S 10
#define MS        1000

/* What one host's process reports. */
struct slot {
	int ret;
	int64_t passed_ns;
	uint64_t number;
	bool opened;
	int64_t version;
	struct barrier_clock clock;
	struct failure failure;
};

/* What the processes of a test share. */
struct board {
	atomic_int come;
	atomic_int early; /* how many passed before all had come */
	atomic_bool stop;
	struct slot slot[RIG_HOSTS];
};

struct barrier_rig {
	char dir[PATH_MAX];
	struct barrier barrier; /* as most tests need it; host "a" */
	struct failure failure; /* of barrier_alone() */
	struct board *board;
	pid_t pid[RIG_HOSTS];
	int64_t stamp_ns; /* the time that barrier_say() writes */
	unsigned int fds;
};

extern const char *const barrier_names[RIG_HOSTS];

int barrier_setup(void **state);
int barrier_teardown(void **state);
#define BARRIER_TEST(name)                                                     \
	TEST_WITH(name, struct barrier_rig *m, barrier_setup, barrier_teardown)

/*
 * Starts the process of the i-th host. `host` NULL: the host has its usual
 * name.
 */
void barrier_come(struct barrier_rig *m, unsigned int i, const char *host,
		  unsigned int delay_us);

/* What the barrier returns in this process. */
int barrier_alone(struct barrier_rig *m);

/*
 * The first `count` hosts come, the last one first and each so much later, and
 * all pass together.
 */
void barrier_meet(struct barrier_rig *m, unsigned int count,
		  unsigned int each_us);

/* Waits until the i-th host ends. Returns what its barrier returned. */
int barrier_gone(struct barrier_rig *m, unsigned int i);
void barrier_passes(struct barrier_rig *m, unsigned int i);
void barrier_fails(struct barrier_rig *m, unsigned int i, int code,
		   const char *word);

/* Checks that the i-th host still waits a while later. */
void barrier_waits(struct barrier_rig *m, unsigned int i);

/* Does the same, then stops the host and checks that it ends. */
void barrier_waits_on(struct barrier_rig *m, unsigned int i);

/* Leaves the barrier for the i-th host, as after its run. */
void barrier_leave(struct barrier_rig *m, unsigned int i);
void barrier_nothing_is_left(const struct barrier_rig *m);

/*
 * The path of a host's latest file; if there is none, of the file that the host
 * locks; for "" that of the section's directory. It stays until the program
 * ends.
 */
char *barrier_path(const struct barrier_rig *m, const char *host);
void barrier_make_section(struct barrier_rig *m);

/* Writes a host's next file, which appears whole. */
void barrier_say(struct barrier_rig *m, const char *host, uint64_t number,
		 enum barrier_state state, const struct barrier_name *seen,
		 unsigned int count);

/* Reads what a host says now. Returns false if it has no whole file. */
bool barrier_hear(struct barrier_rig *m, const char *host,
		  struct barrier_peer *peer);

/* Waits until a host says that it is at least as far as `state`. */
struct barrier_name barrier_hear_of(struct barrier_rig *m, const char *host,
				    enum barrier_state state);

#endif
