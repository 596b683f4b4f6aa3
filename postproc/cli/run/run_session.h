/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A run of `smallfio run`: what it knows while it is under way, its hosts
 * (run_hosts.c), one run of fio (run_fio.c), and its results (run_results.c).
 * Functions print what failed, and return an exit code.
 */
#ifndef SMALLFIO_RUN_SESSION_H
#define SMALLFIO_RUN_SESSION_H

#include <stdio.h>
#include <time.h>

#include "launch/launch.h"
#include "launch/run_progress.h"
#include "run/result.h"

/* A run under way. */
struct run_session {
	struct launch launch;
	char *const *argument; /* for fio */
	size_t arguments;
	bool terminal;
	size_t sample; /* from 0 */
	time_t began;  /* when fio was started */
	time_t said;   /* when progress was last printed */
	struct run_progress progress;
	char *directory;
	double *rate;   /* launch.samples of each phase */
	int code;       /* worst exit code so far */
	bool lost;      /* a host, or fio: results may still be on hosts */
	bool over;      /* nothing more is begun, and why has been said */
	bool owns_tree; /* no file of an earlier run was there */
};

/* Prints "cannot DOING PATH: why". Returns EXIT_INPUT. */
int run_session_fail(const char *doing, const char *path, int ret);

/* Writes a job file, which must not be there, by one of job_file.h's writers.
 */
int run_session_write_job(const struct launch *launch, const char *directory,
			  const char *name,
			  void (*write)(const struct launch *, FILE *));

/* Writes the facts of this machine. A run without them is as good. */
int run_session_write_environment(const struct run_session *session,
				  const char *directory);

/* Runs fio on the job file in a directory, and shows how far it is. */
int run_session_fio(struct run_session *session, const char *directory);

/* Removes the tree, by a job in a directory that is gone afterwards. */
int run_session_clean_up(struct run_session *session);

/*
 * Notes whether the tree is the run's own, and how far an interrupted run came,
 * so that the clean-up is no longer.
 */
void run_session_note_made(struct run_session *session,
			   const struct result *result);

/*
 * Prints smallfile's lines and the verdict, and writes the other files that
 * were asked for. `fio` is what run_session_fio() returned.
 */
int run_session_print_result(struct run_session *session, const char *directory,
			     int fio);

/*
 * Starts the servers of the hosts, and collects what earlier runs that were
 * killed have left there.
 */
int run_hosts_start(struct run_session *session);

/* Asks the hosts, as smallfio check does, whether they can run the job. */
int run_hosts_check(struct run_session *session);

/* Notes what a line of fio's says about hosts. */
void run_hosts_hear(struct run_session *session, const char *line);

/* Whether all hosts are there. Prints which one is not. */
bool run_hosts_go_on(struct run_session *session);

/* Ends the servers. If results were lost, fetches what the hosts have kept. */
void run_hosts_end(struct run_session *session);

/*
 * With --rate-sweep: does all of it at each rate, prints a table, and writes
 * sweep.json and sweep.svg (run_sweep.c). What was measured before ^C is shown.
 */
int run_session_sweep(struct run_session *session);

/* Clears the line of progress. */
void run_session_end_progress(const struct run_session *session);

/* Prints a row of statistics for each operation. */
void run_session_print_samples(const struct run_session *session);

#endif
