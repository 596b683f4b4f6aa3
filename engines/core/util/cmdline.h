/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CORE_CMDLINE_H
#define CORE_CMDLINE_H

#include <stddef.h>

/*
 * A program that looks up options by getopt_long() takes the start of a name
 * for the whole, as long as it knows no option of exactly that name: fio knows
 * an engine's only after --ioengine=.
 */
struct cmdline_option {
	const char *name;   /* "files": of the engine */
	const char *engine; /* what of --ioengine='s value tells the engine */
	const char *job;    /* the job asked about */
};

/*
 * Finds an option that was given where its engine was not chosen yet, for all
 * jobs of the command line or for this one. `arguments` is as in
 * /proc/self/cmdline, each ending with a zero, the program's name first;
 * `length` with all zeroes. Returns the argument, such as "--files=10", or
 * NULL.
 */
const char *cmdline_too_early(const struct cmdline_option *option,
			      const char *arguments, size_t length);

/*
 * Reads this process's own, into memory to be freed. Returns 0 or -errno.
 */
int cmdline_read(char **arguments, size_t *length);

#endif
