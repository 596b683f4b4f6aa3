/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef BARRIER_RIG_H
#define BARRIER_RIG_H

#include <limits.h>
#include <stdatomic.h>
#include <sys/types.h>

#include "cmocka_all.h"
#include "barrier/barrier_file.h"

/*
 * The start barrier with a process for each host, and with files written by
 * hand for what other hosts, and those of earlier runs, may have left.
 */
#define RIG_HOSTS 16
#define PATIENT_S 10
#define MS        1000

/* What became of a host. */
struct slot {
	int ret;
	int64_t passed_ns;
	uint64_t number;
	bool opened;
	struct barrier_clock clock;
	struct failure failure;
};

/* What the processes of a test share. */
struct board {
	atomic_int come;
	atomic_int early; /* passed before all had come */
	atomic_bool stop;
	struct slot slot[RIG_HOSTS];
};

struct barrier_rig {
	char dir[PATH_MAX];
	struct barrier barrier; /* what most tests want; host "a" */
	struct board *board;
	pid_t pid[RIG_HOSTS];
	int64_t stamp_ns; /* that barrier_say() writes */
	unsigned int fds;
};

extern const char *const barrier_names[RIG_HOSTS];

int barrier_setup(void **state);
int barrier_teardown(void **state);

int64_t barrier_now_ns(void);

/* A host of its own: the i-th of this test, by its name unless given. */
void barrier_come(struct barrier_rig *m, unsigned int i, const char *host,
		  unsigned int delay_us);

/* Waits for the i-th to end; what its barrier returned. */
int barrier_gone(struct barrier_rig *m, unsigned int i);
void barrier_passes(struct barrier_rig *m, unsigned int i);
void barrier_fails(struct barrier_rig *m, unsigned int i, int code,
		   const char *word);

/* The i-th still waits a while later. */
void barrier_waits(struct barrier_rig *m, unsigned int i);

/* The same, and it goes when it is told to. */
void barrier_waits_on(struct barrier_rig *m, unsigned int i);

/* By the i-th, after its run. */
void barrier_leave(struct barrier_rig *m, unsigned int i);
void barrier_nothing_is_left(const struct barrier_rig *m);

/* The file of a host; of "" the section's directory. */
void barrier_path(const struct barrier_rig *m, const char *host, char *path);
void barrier_make_section(struct barrier_rig *m);

/* Puts a host's file there, in one step. */
void barrier_say(struct barrier_rig *m, const char *host, uint64_t number,
		 enum barrier_state state, const struct barrier_name *seen,
		 unsigned int count);

/* What a host says now; false: no such file, or not whole. */
bool barrier_hear(struct barrier_rig *m, const char *host,
		  struct barrier_peer *peer);

/* Waits until a host says that it is at least as far as `state`. */
struct barrier_name barrier_hear_of(struct barrier_rig *m, const char *host,
				    enum barrier_state state);

#endif
