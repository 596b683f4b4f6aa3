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
#define PATIENT_S 60
#define MS        1000

/* What one host's process reports, and what it is told. */
struct slot {
	atomic_bool done;  /* the wait is over */
	atomic_bool stop;  /* end the wait */
	atomic_bool leave; /* leave after the run */
	int ret;
	int64_t passed_ns;
	struct barrier_clock clock;
	struct failure failure;
};

/* What the processes of a test share. */
struct board {
	atomic_int come;
	atomic_int early; /* how many passed before all had come */
	struct slot slot[RIG_HOSTS];
};

struct barrier_rig {
	char dir[PATH_MAX];
	struct barrier barrier; /* as most tests need it; host "a" */
	struct failure failure; /* of barrier_alone() */
	struct board *board;
	pid_t pid[RIG_HOSTS];
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

/* Waits until the i-th host's wait is over. Returns what it returned. */
int barrier_gone(struct barrier_rig *m, unsigned int i);
void barrier_passes(struct barrier_rig *m, unsigned int i);
void barrier_fails(struct barrier_rig *m, unsigned int i, int code,
		   const char *word);

/* Checks that the i-th host still waits a while later. */
void barrier_waits(struct barrier_rig *m, unsigned int i);

/* Stops the i-th host's wait. */
void barrier_stop(struct barrier_rig *m, unsigned int i);

/* The i-th host, which has passed, leaves after its run; or is killed. */
void barrier_leave(struct barrier_rig *m, unsigned int i);
void barrier_kill(struct barrier_rig *m, unsigned int i);
void barrier_nothing_is_left(const struct barrier_rig *m);

/*
 * The path of something in the section's directory, or where the hosts meet. It
 * stays until the program ends.
 */
char *barrier_in_section(const struct barrier_rig *m, const char *name);
char *barrier_in_place(const struct barrier_rig *m, const char *name);
void barrier_make_place(struct barrier_rig *m);

/* Makes a host's name in generation `at`: it has come, or has answered. */
void barrier_say(struct barrier_rig *m, unsigned int at, const char *host,
		 uint64_t number, unsigned int call);

/*
 * Writes the report of a leader, or a verdict. Its stamp is the time now plus
 * ahead_ns.
 */
void barrier_report(struct barrier_rig *m, unsigned int at,
		    struct barrier_report *report, int64_t ahead_ns);

/*
 * Waits for a process of that host in generation `at` which has answered that
 * roll call (0: which is there), or for a leader's report after that call.
 */
struct barrier_name barrier_hear(struct barrier_rig *m, unsigned int at,
				 const char *host, unsigned int call);
struct barrier_name barrier_hear_leader(struct barrier_rig *m, unsigned int at,
					const char *host, unsigned int call);

/* Whether there is a verdict on generation `at`. */
bool barrier_decided(struct barrier_rig *m, unsigned int at);

#endif
