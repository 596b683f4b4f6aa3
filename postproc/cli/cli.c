// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>

#include "cli/cli.h"
#include "cli/command.h"
#include "util/shown.h"
#include "util/terminal.h"

#define NOTES_SHOWN_MAX 10

int cli_usage_error(const char *command, const char *message)
{
	fprintf(stderr, "smallfio %s: %s\nTry: smallfio %s --help\n", command,
		shown(message), command);
	return EXIT_USAGE;
}

/*
 * Whether an input may lack what no longer fitted. A file system without a size
 * of its own is never full.
 */
static bool is_for_want_of_room(const struct input_error *error)
{
	struct statvfs fs;

	return (error->code == INPUT_TRUNCATED || error->code == INPUT_RUN) &&
	       error->path && !statvfs(error->path, &fs) && fs.f_blocks &&
	       !fs.f_bavail;
}

int cli_input_failed(const char *command, const struct input_error *error)
{
	fprintf(stderr, "smallfio %s: ", command);
	if (error->path)
		fprintf(stderr, "%s:", shown(error->path));
	if (error->line)
		fprintf(stderr, "%llu:", (unsigned long long)error->line);
	if (error->line && error->column)
		fprintf(stderr, "%u:", error->column);
	fprintf(stderr, "%s%s\n", error->path ? " " : "",
		shown(error->message));
	if (is_for_want_of_room(error))
		fprintf(stderr,
			"smallfio %s: the disk with %s is full: make room. fio "
			"does not say that its output does not fit\n",
			command, shown(error->path));
	return EXIT_INPUT;
}

int cli_output_failed(const char *command, const char *path, int ret)
{
	fprintf(stderr, "smallfio %s: cannot write %s: %s\n", command,
		path ? shown(path) : "standard output", strerror(-ret));
	return EXIT_INPUT;
}

int cli_output_begin(struct output *output, const char *command,
		     const char *path)
{
	int ret = output_open(output, path);

	if (!ret)
		terminal_use(output->file);
	return ret ? cli_output_failed(command, path, ret) : EXIT_GOOD;
}

int cli_output_end(struct output *output, const char *command, const char *path,
		   int ret)
{
	if (ret)
		output_abandon(output);
	else
		ret = output_close(output);
	return ret ? cli_output_failed(command, path, ret) : EXIT_GOOD;
}

void cli_print_marked(const char *command, const char *what,
		      const struct notes *notes)
{
	size_t i;

	for (i = 0; i < notes->count && i < NOTES_SHOWN_MAX; i++)
		fprintf(stderr, "smallfio %s: %s: %s\n", command, what,
			shown(notes->text[i]));
	if (notes->count > NOTES_SHOWN_MAX)
		fprintf(stderr, "smallfio %s: and %zu more\n", command,
			notes->count - NOTES_SHOWN_MAX);
}

void cli_print_notes(const char *command, const struct notes *notes)
{
	cli_print_marked(command, "note", notes);
}

int cli_options(const char *command, const struct option_row *rows,
		const char *usage, const char *footer, void *context, int *argc,
		char **argv)
{
	char error[OPTIONS_ERROR_MAX];

	*argc = options_parse(rows, context, *argc, argv, error);
	if (*argc < 0)
		return cli_usage_error(command, error);
	if (*argc != OPTIONS_HELP)
		return CLI_GO_ON;
	fputs(usage, stdout);
	options_help(stdout, rows);
	fputs(footer ? footer : "", stdout);
	return EXIT_GOOD;
}
