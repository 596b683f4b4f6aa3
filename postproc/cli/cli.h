/* SPDX-License-Identifier: GPL-2.0-only */
/* What subcommands say on standard error, in one way. Each returns the exit
 * code that goes with it. */
#ifndef SMALLFIO_CLI_H
#define SMALLFIO_CLI_H

#include "util/input_error.h"
#include "util/notes.h"
#include "util/output.h"
#include "cli/options.h"

/* "smallfio gate: MESSAGE" and where to find help: EXIT_USAGE. */
int cli_usage_error(const char *command, const char *message);

/* "smallfio gate: PATH:LINE:COLUMN: MESSAGE": EXIT_INPUT. */
int cli_input_failed(const char *command, const struct input_error *error);

/* "smallfio gate: cannot write PATH: why": EXIT_INPUT. NULL: stdout. */
int cli_output_failed(const char *command, const char *path, int ret);

/*
 * Around what writes to output->file: EXIT_GOOD, or an exit code with all said.
 * `ret` is what the writer returned: where it failed, nothing appears at
 * `path`.
 */
int cli_output_begin(struct output *output, const char *command,
		     const char *path);
int cli_output_end(struct output *output, const char *command, const char *path,
		   int ret);

/* The first ten of them, as "smallfio gate: WHAT: NOTE". */
void cli_print_marked(const char *command, const char *what,
		      const struct notes *notes);

/* The same with "note". */
void cli_print_notes(const char *command, const struct notes *notes);

/*
 * The options of a subcommand, into `context`, and what is said of them: a
 * wrong one is a usage error; --help prints usage, rows and footer (NULL:
 * none). CLI_GO_ON, with *argc what is left in argv[]; else an exit code.
 */
#define CLI_GO_ON (-1)
int cli_options(const char *command, const struct option_row *rows,
		const char *usage, const char *footer, void *context, int *argc,
		char **argv);

#endif
