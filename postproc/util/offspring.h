/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Ends the processes that a command has started and left behind. A process
 * whose parent has ended becomes a child of process 1, where nobody looks for
 * it. After offspring_adopt() it becomes a child of this process instead.
 */
#ifndef SMALLFIO_OFFSPRING_H
#define SMALLFIO_OFFSPRING_H

#include <stdbool.h>
#include <sys/types.h>

/* From now on this process is the parent of what its children leave behind. */
void offspring_adopt(void);

/*
 * Ends all children of this process and their children. Sends SIGTERM, and
 * after three seconds SIGKILL to those that are still there. Gives up after ten
 * seconds more, because a process that waits for a dead disk cannot be ended.
 */
void offspring_end(void);

/*
 * Sends a signal to a child of this process and to all that come from it,
 * whatever process groups and sessions they have made; fio makes a session for
 * each job. SIGSTOP reaches a process before its children, so that it makes no
 * more of them, and other signals reach it after them. Returns 0, or -ENOSYS on
 * a kernel that names no children (CONFIG_PROC_CHILDREN).
 */
int offspring_signal(pid_t child, int number);

/*
 * Calls `see` for a child of this process and for all that come from it: each
 * before its own children, and once more after them. Calls nothing on a kernel
 * that names no children.
 */
void offspring_walk(pid_t child,
		    void (*see)(void *context, pid_t pid, bool after),
		    void *context);

#endif
