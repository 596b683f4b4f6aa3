/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Messages of subcommands on standard error, in one form. Functions that report
 * a failure return the exit code that goes with it.
 */
#ifndef SMALLFIO_CLI_H
#define SMALLFIO_CLI_H

#include "util/input_error.h"
#include "util/notes.h"
#include "util/output.h"
#include "cli/options.h"

/*
 * Prints "smallfio gate: MESSAGE" and where to find help. Returns EXIT_USAGE.
 */
int cli_usage_error(const char *command, const char *message);

/* Prints "smallfio gate: PATH:LINE:COLUMN: MESSAGE". Returns EXIT_INPUT. */
int cli_input_failed(const char *command, const struct input_error *error);

/*
 * Prints "smallfio gate: cannot write PATH: why". `path` NULL: standard output.
 * Returns EXIT_INPUT.
 */
int cli_output_failed(const char *command, const char *path, int ret);

/*
 * Open and end an output file. Between the two calls a writer writes to
 * output->file, and `ret` is what the writer returned. If the writer failed,
 * nothing appears at `path`. Both return EXIT_GOOD, or an exit code after a
 * message.
 */
int cli_output_begin(struct output *output, const char *command,
		     const char *path);
int cli_output_end(struct output *output, const char *command, const char *path,
		   int ret);

/* Prints the first ten notes, as "smallfio gate: WHAT: NOTE". */
void cli_print_marked(const char *command, const char *what,
		      const struct notes *notes);

/* Prints the first ten notes, as "smallfio gate: note: NOTE". */
void cli_print_notes(const char *command, const struct notes *notes);

/*
 * Parses the options of a subcommand into `context`. A wrong option is a usage
 * error. --help prints usage, rows and footer (NULL: none). Returns CLI_GO_ON
 * with the new argc in *argc, else an exit code.
 */
#define CLI_GO_ON (-1)
int cli_options(const char *command, const struct option_row *rows,
		const char *usage, const char *footer, void *context, int *argc,
		char **argv);

#endif
