/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CORE_CMDLINE_H
#define CORE_CMDLINE_H

#include <stddef.h>

/*
 * getopt_long() takes the start of an option's name for the whole name, unless
 * another option has exactly that name. fio knows the names of an engine's
 * options only after --ioengine=. Before that, it may take them for options of
 * its own.
 */
struct cmdline_option {
	const char *name; /* the engine's option, such as "files" */
	/* the part of --ioengine='s value that names the engine */
	const char *engine;
	const char *job; /* name of the job that asks */
};

/*
 * Finds an option that was given before its engine was chosen, for all jobs of
 * the command line or for this job. `arguments` is as in /proc/self/cmdline:
 * the program's name comes first, and each argument ends with a zero. `length`
 * counts the zeroes, too. Returns the argument, such as "--files=10", or NULL.
 */
const char *cmdline_too_early(const struct cmdline_option *option,
			      const char *arguments, size_t length);

/*
 * Reads this process's own arguments. The caller frees them. Returns 0 or
 * -errno.
 */
int cmdline_read(char **arguments, size_t *length);

#endif
