// SPDX-License-Identifier: GPL-2.0-only
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "cli/command.h"
#include "cli/options.h"
#include "cli/version.h"
#include "util/shown.h"

/* The subcommands, in the order in which a user comes to need them. */
static const struct command commands[] = {
	{ "run", "what smallfile's options ask for, done by fio", cmd_run },
	{ "stats", "percentiles from latency logs of fio and smallfile",
	  cmd_stats },
	{ "result", "rates of a run, and whether they can be trusted",
	  cmd_result },
	{ "report", "a page of runs, with charts", cmd_report },
	{ "plot", "one chart of a run, as SVG or PNG", cmd_plot },
	{ "compare", "runs next to each other, with changes and verdicts",
	  cmd_compare },
	{ "gate", "verdict for CI: limits, or comparison with a baseline",
	  cmd_gate },
	{ "ab", "run a job file or two commands in turns and compare them",
	  cmd_ab },
	{ "record", "keep runs in a history", cmd_record },
	{ "history", "runs in a history, a metric over time", cmd_history },
	{ "profile", "what a tree of files is like, for trees like it",
	  cmd_profile },
	{ "check", "whether all hosts of a list could run a job", cmd_check },
	{ "watch", "how a run of many hosts goes, and who has gone silent",
	  cmd_watch },
};

#define COMMANDS (sizeof(commands) / sizeof(*commands))

static void print_help(FILE *out)
{
	size_t i;

	fputs("usage: smallfio COMMAND [OPTION...] [ARGUMENT...]\n"
	      "\n"
	      "Reads what fio and smallfile wrote.\n"
	      "\n",
	      out);
	for (i = 0; i < COMMANDS; i++)
		fprintf(out, "  %-10s %s\n", commands[i].name,
			commands[i].help);
	fputs("\n"
	      "  -h, --help     print this; smallfio help COMMAND, or smallfio "
	      "COMMAND --help:\n"
	      "                 its options\n"
	      "  -V, --version  print the version\n"
	      "\n"
	      "Exit codes: 0 good; 1 regression or broken limit; 2 wrong "
	      "usage; 3 input\n"
	      "missing, unreadable or invalid, or output not written; 4 too "
	      "little data.\n",
	      out);
}

static const char *command_name(const void *names, size_t i)
{
	return i < COMMANDS ? commands[i].name : NULL;
}

/* Prints a short message, so that the mistake stays on the screen. */
static void print_unknown(const char *name)
{
	const char *meant = options_closest(name, command_name, NULL);
	size_t i;

	fprintf(stderr, "smallfio: %s is no command; ", shown(name));
	if (meant)
		fprintf(stderr, "did you mean %s? There are", meant);
	else
		fputs("there are", stderr);
	for (i = 0; i < COMMANDS; i++)
		fprintf(stderr, "%s %s", i ? "," : "", commands[i].name);
	fputs("\nTry: smallfio --help\n", stderr);
}

static bool is_one_of(const char *name, const char *a, const char *b,
		      const char *c)
{
	return !strcmp(name, a) || !strcmp(name, b) || !strcmp(name, c);
}

static const struct command *find_command(const char *name)
{
	size_t i;

	for (i = 0; i < COMMANDS; i++) {
		if (!strcmp(name, commands[i].name))
			return &commands[i];
	}
	return NULL;
}

static int fail_unknown(const char *name)
{
	print_unknown(name);
	return EXIT_USAGE;
}

/* Runs `smallfio help [COMMAND [ACTION]]`. argv[0] is "help". */
static int help(int argc, char **argv)
{
	static char option[] = "--help";
	char *words[] = { argc > 1 ? argv[1] : NULL, NULL, NULL, NULL };
	const struct command *command;
	int words_count = 1;

	if (argc < 2 || is_one_of(argv[1], "help", "-h", "--help")) {
		print_help(stdout);
		return EXIT_GOOD;
	}
	command = find_command(argv[1]);
	if (!command)
		return fail_unknown(argv[1]);
	/* `help gate calibrate` is the same as `gate calibrate --help`. */
	if (argc > 2 && argv[2][0] != '-')
		words[words_count++] = argv[2];
	words[words_count++] = option;
	return command->run(words_count, words);
}

int main(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : "";
	const struct command *command = find_command(name);

	if (command)
		return command->run(argc - 1, argv + 1);
	if (is_one_of(name, "help", "-h", "--help"))
		return help(argc - 1, argv + 1);
	if (is_one_of(name, "version", "-V", "--version")) {
		version_print();
		return EXIT_GOOD;
	}
	if (*name)
		return fail_unknown(name);
	print_help(stderr);
	return EXIT_USAGE;
}
