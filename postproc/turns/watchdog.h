/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A process that kills both sides, and all that comes from them, if this
 * process ends before the watchdog does, as by SIGKILL. Nobody needs their
 * results then. SIGTERM would be no good: fio's handler can wait for ever for a
 * lock that its thread has, and a side that is stopped would have to go on.
 */
#ifndef SMALLFIO_WATCHDOG_H
#define SMALLFIO_WATCHDOG_H

#include <sys/types.h>

struct watchdog {
	/*
	 * Process numbers of the sides, 0 before they are there, in memory that
	 * children share. The watchdog comes first, and each side writes its
	 * own (command_run.number): so there is no moment without a watchdog.
	 */
	pid_t *side;
	pid_t pid;
};

/* The calling thread must be the main one. Returns 0 or -errno. */
int watchdog_start(struct watchdog *dog);

/* The sides have ended, or this process ends them. */
void watchdog_end(struct watchdog *dog);

#endif
