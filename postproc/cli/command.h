/* SPDX-License-Identifier: GPL-2.0-only */
/* Subcommands: a row in main.c and a function in cmd_NAME.c. */
#ifndef SMALLFIO_COMMAND_H
#define SMALLFIO_COMMAND_H

#include "util/exit_code.h"

struct command {
	const char *name;
	const char *help; /* half a line, for smallfio --help */
	/* argv[0] is the name of the subcommand. Returns an exit code. */
	int (*run)(int argc, char **argv);
};

int cmd_run(int argc, char **argv);
int cmd_result(int argc, char **argv);
int cmd_ab(int argc, char **argv);
int cmd_compare(int argc, char **argv);
int cmd_gate(int argc, char **argv);
/* smallfio gate calibrate, smallfio gate selftest. */
int cmd_gate_calibrate(int argc, char **argv);
int cmd_gate_selftest(int argc, char **argv);
int cmd_check(int argc, char **argv);
int cmd_history(int argc, char **argv);
/* smallfio history accept, smallfio history relabel. */
int cmd_history_accept(int argc, char **argv);
int cmd_history_relabel(int argc, char **argv);
int cmd_plot(int argc, char **argv);
int cmd_profile(int argc, char **argv);
int cmd_record(int argc, char **argv);
int cmd_report(int argc, char **argv);
int cmd_stats(int argc, char **argv);
int cmd_watch(int argc, char **argv);

#endif
