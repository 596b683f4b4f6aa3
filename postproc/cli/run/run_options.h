/* SPDX-License-Identifier: GPL-2.0-only */
/* The options of smallfio run, on the command line and in a YAML file. */
#ifndef SMALLFIO_RUN_OPTIONS_H
#define SMALLFIO_RUN_OPTIONS_H

#include "cli/options.h"
#include "launch/launch.h"

/* The rows store into a struct launch. */
extern const struct option_row run_option_rows[];

/*
 * Reads a YAML file as smallfile does: a mapping of the options' names, without
 * "--", to values. A list of values is the same as one text with commas.
 * Returns 0, or -EINVAL with "PATH:LINE: what is wrong" in `error`
 * (OPTIONS_ERROR_MAX bytes).
 */
int run_options_read_yaml(struct launch *launch, const char *path, char *error);

#endif
