/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Facts about the machine of a run that fio's JSON does not hold. They are in a
 * file beside the JSON: environment.json in a run's directory, or
 * NAME.environment.json beside NAME.json. The file is JSON, as in
 *   { "schema": "smallfio-environment-1", "kernel": "6.1.0", ... }
 * Every fact is a text, and any fact may be missing.
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
	FACT_CPUS,       /* number of processors that this process may use */
	FACT_FILESYSTEM, /* type, as the mount table has it */
	FACT_MOUNT,      /* options of the mount */
	ENVIRONMENT_FACTS,
};

extern const char *const environment_fact_names[ENVIRONMENT_FACTS];

struct environment {
	char fact[ENVIRONMENT_FACTS][ENVIRONMENT_FACT_MAX]; /* "": unknown */
};

/*
 * Collects the facts of this machine, and of the file system of `directory`
 * unless it is NULL. Facts that cannot be told stay "". Returns 0, or -errno if
 * there is no such directory.
 */
int environment_here(struct environment *environment, const char *directory);

/* Writes the facts that are known. Errors of writing stay in the FILE. */
void environment_write(const struct environment *environment, FILE *out);

/*
 * Reads a file of facts. Returns 0, -ENOENT if there is no such file (*error
 * stays as it was), or -EINVAL with *error filled in.
 */
int environment_read(struct environment *environment, const char *path,
		     struct input_error *error);

#endif
