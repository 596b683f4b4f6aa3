/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef GATE_RIG_H
#define GATE_RIG_H

#include <limits.h>
#include <stdatomic.h>
#include <sys/types.h>

#include "cmocka_all.h"
#include "barrier/gate_file.h"

/*
 * The starting gate with a process for each host, and with files written by
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
	struct gate_clock clock;
	struct failure failure;
};

/* What the processes of a test share. */
struct board {
	atomic_int come;
	atomic_int early; /* passed before all had come */
	atomic_bool stop;
	struct slot slot[RIG_HOSTS];
};

struct made {
	char dir[PATH_MAX];
	struct gate gate; /* what most tests want; host "a" */
	struct board *board;
	pid_t pid[RIG_HOSTS];
	int64_t stamp_ns; /* that gate_say() writes */
	unsigned int fds;
};

extern const char *const gate_names[RIG_HOSTS];

int gate_setup(void **state);
int gate_teardown(void **state);

int64_t gate_now_ns(void);

/* A host of its own: the i-th of this test, by its name unless given. */
void gate_come(struct made *m, unsigned int i, const char *host,
	       unsigned int delay_us);

/* Waits for the i-th to end; what its gate returned. */
int gate_gone(struct made *m, unsigned int i);
void gate_passes(struct made *m, unsigned int i);
void gate_fails(struct made *m, unsigned int i, int code, const char *word);

/* The i-th still waits a while later. */
void gate_waits(struct made *m, unsigned int i);

/* The same, and it goes when it is told to. */
void gate_waits_on(struct made *m, unsigned int i);

/* By the i-th, after its run. */
void gate_leave(struct made *m, unsigned int i);
void gate_nothing_is_left(const struct made *m);

/* The file of a host; of "" the section's directory. */
void gate_path(const struct made *m, const char *host, char *path);
void gate_make_section(struct made *m);

/* Puts a host's file there, in one step. */
void gate_say(struct made *m, const char *host, uint64_t number,
	      enum gate_state state, const struct gate_name *seen,
	      unsigned int count);

/* What a host says now; false: no such file, or not whole. */
bool gate_hear(struct made *m, const char *host, struct gate_peer *peer);

/* Waits until a host says that it is at least as far as `state`. */
struct gate_name gate_hear_of(struct made *m, const char *host,
			      enum gate_state state);

#endif
