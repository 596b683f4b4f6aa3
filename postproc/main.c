// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <string.h>

#include "command.h"

static const struct command commands[] = {
	{ "result", "rates of a run, and whether they can be trusted",
	  cmd_result },
	{ "gate", "verdict for CI: limits, or comparison with a baseline",
	  cmd_gate },
	{ "check", "whether all hosts of a list could run a job", cmd_check },
	{ "watch", "how a run of many hosts goes, and who has gone silent",
	  cmd_watch },
	{ "ab", "run two commands in turns and compare them", cmd_ab },
	{ "record", "keep runs in a history", cmd_record },
	{ "report", "a page of runs, with charts", cmd_report },
	{ "plot", "one chart of a run, as SVG or PNG", cmd_plot },
	{ "history", "runs in a history, a metric over time", cmd_history },
	{ "stats", "percentiles from latency logs of fio and smallfile",
	  cmd_stats },
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
	      "  --help     print this; smallfio COMMAND --help: its options\n"
	      "  --version  print the version\n"
	      "\n"
	      "Exit codes: 0 good; 1 regression or broken limit; 2 wrong "
	      "usage; 3 input\n"
	      "missing, unreadable or invalid, or output not written; 4 too "
	      "little data.\n",
	      out);
}

int main(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : "";
	size_t i;

	for (i = 0; i < COMMANDS; i++) {
		if (!strcmp(name, commands[i].name))
			return commands[i].run(argc - 1, argv + 1);
	}
	if (!strcmp(name, "--help") || !strcmp(name, "-h")) {
		print_help(stdout);
		return EXIT_GOOD;
	}
	if (!strcmp(name, "--version")) {
		puts("smallfio " SMALLFIO_VERSION);
		return EXIT_GOOD;
	}
	if (*name)
		fprintf(stderr, "smallfio: %s is no command\n", name);
	print_help(stderr);
	return EXIT_USAGE;
}
