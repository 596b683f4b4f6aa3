/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where a run was done: facts that fio's JSON does not hold. They are kept in
 * a file beside it, environment.json in a run's directory or
 * NAME.environment.json beside NAME.json: { "schema": "smallfio-environment-1",
 * "kernel": "6.1.0", ... } every fact is text, each may be missing.
 */
#ifndef SMALLFIO_ENVIRONMENT_H
#define SMALLFIO_ENVIRONMENT_H

#include <stdio.h>

#include "util/input_error.h"

#define ENVIRONMENT_SCHEMA   "smallfio-environment-1"
#define ENVIRONMENT_FILE     "environment.json"
#define ENVIRONMENT_FACT_MAX 128

/* In the order of environment_fact_names[]. */
enum environment_fact {
	FACT_KERNEL,     /* uname's release */
	FACT_MACHINE,    /* uname's machine: x86_64 */
	FACT_CPU,        /* model */
	FACT_CPUS,       /* that this process may use */
	FACT_FILESYSTEM, /* type, as the mount table has it */
	FACT_MOUNT,      /* options of the mount */
	ENVIRONMENT_FACTS,
};

extern const char *const environment_fact_names[ENVIRONMENT_FACTS];

struct environment {
	char fact[ENVIRONMENT_FACTS][ENVIRONMENT_FACT_MAX]; /* "": not known */
};

/*
 * The facts of this machine, and of the file system of `directory` (NULL: not
 * asked). Facts that cannot be told stay "". 0, or -errno where there is no
 * such directory.
 */
int environment_here(struct environment *environment, const char *directory);

int environment_write(const struct environment *environment, FILE *out);

/*
 * Reads such a file. 0, -ENOENT if there is none (*error stays as it was), or
 * -EINVAL with *error filled in.
 */
int environment_read(struct environment *environment, const char *path,
		     struct input_error *error);

#endif
