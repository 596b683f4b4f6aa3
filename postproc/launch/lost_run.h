/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is left of a run of many hosts that was killed, or that lost a host.
 *
 * While it lives, a run has a directory LOST_RUN_PLACE + ID here, with the
 * sockets of its hosts and a file that it keeps locked. The lines of the file
 * are: the run's directory, the directory where its hosts met, and the address
 * of each host for ssh. At that place the hosts have kept what their jobs
 * measured (keep_results= of the engine).
 */
#ifndef SMALLFIO_LOST_RUN_H
#define SMALLFIO_LOST_RUN_H

#define LOST_RUN_PLACE "/tmp/smallfio-client-"
#define LOST_RUN_LOCK  "run"
/* In the run's directory. */
#define LOST_RUN_KEPT "kept"

/*
 * Fetches what the hosts of a run have kept into its directory, removes that
 * there, and forgets the run. If no host answers, the next call tries again.
 * tell() gets a sentence about what was done.
 */
void lost_run_collect(const char *directory, const char *ssh,
		      void (*tell)(const char *sentence));

/* Does this for all runs of this user whose process is gone. */
void lost_runs_collect(const char *ssh, void (*tell)(const char *sentence));

/* Removes the directory of a run's sockets. */
void lost_run_forget(const char *directory);

#endif
