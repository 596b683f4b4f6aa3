/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Commands that the shell runs, one alone or two at once. Signals that tell
 * this process to end are passed on to them.
 */
#ifndef SMALLFIO_COMMAND_RUN_H
#define SMALLFIO_COMMAND_RUN_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define COMMAND_OUTPUT "output.txt"

/* A variable of the command's environment. */
struct command_variable {
	const char *name;
	const char *value; /* NULL: as it is */
};

struct command_run {
	const char *command;
	const char *directory; /* where it runs, and leaves COMMAND_OUTPUT */
	const struct command_variable *variable; /* ends with a NULL name */
	char *const
		*also; /* further "NAME=VALUE", ends with NULL; NULL: none */
	bool apart;    /* a process group of its own, also on a terminal */
	/*
	 * In memory that children share: the command writes its process number
	 * there before it does anything. If this process has ended by then, so
	 * does the command. NULL: it does neither.
	 */
	pid_t *number;
	/* Filled in by the functions below. */
	pid_t pid;
	bool ended;
	int status; /* as waitpid() sets it */
};

/* From now on signals that tell us to end go to the commands. */
void command_take_signals(void);

/* How many such signals have come. */
int command_interrupts(void);

/* Starts a command. Returns 0 or -errno. */
int command_start(struct command_run *run);

/*
 * Whether the command has ended, in whatever way. With `wait` this waits for
 * it. Returns 0 or -errno, which means that nobody can tell.
 */
int command_look(struct command_run *run, bool wait);

/* Sends a signal to the command and all that belongs to it. */
void command_signal(const struct command_run *run, int number);

#endif
