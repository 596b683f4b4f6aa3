// SPDX-License-Identifier: GPL-2.0-only
/*
 * Runs two commands in turns (turns/referee.h), for the benchmarks:
 *
 *   in-turns MS DIRECTORY-A COMMAND-A DIRECTORY-B COMMAND-B
 *
 * Both take turns of MS milliseconds as util/relay.h has it. Each runs in its
 * directory. Prints a line for each section that both ran in turns:
 *
 *   NAME PAIRS OPERATIONS-A NS-A OPERATIONS-B NS-B
 */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "turns/command.h"
#include "turns/referee.h"

static int has_ended(void *context, int side)
{
	struct command_run *run = context;
	int ret = command_look(&run[side], false);

	if (ret)
		return ret;
	return command_interrupts() ? -EINTR : run[side].ended;
}

static void print(const struct referee_heat *heat)
{
	uint64_t operations[2] = { 0 }, ns[2] = { 0 };
	size_t i;
	int side;

	for (i = 0; i < heat->pairs; i++) {
		for (side = 0; side < 2; side++) {
			const struct referee_turn *t =
				&heat->pair[i].turn[side];

			operations[side] += t->operations;
			ns[side] += t->ns;
		}
	}
	printf("%s %zu %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 "\n",
	       heat->name, heat->pairs, operations[0], ns[0], operations[1],
	       ns[1]);
}

static int fail(const char *what, int ret)
{
	fprintf(stderr, "in-turns: %s: %s\n", what, strerror(-ret));
	return 1;
}

int main(int argc, char **argv)
{
	struct referee referee = { .seed = (uint64_t)time(NULL) };
	struct command_variable variable[2][2] = { 0 };
	struct command_run run[2] = { 0 };
	char *turns[2];
	size_t h;
	int ret, i;

	if (argc != 6)
		return fail("expected MS and two directories and commands",
			    -EINVAL);
	referee.turn_ns = (int64_t)(strtod(argv[1], NULL) * 1e6);
	command_take_signals();
	ret = referee_begin(&referee);
	for (i = 0; i < 2 && !ret; i++) {
		if (asprintf(&turns[i], "%c:%s", 'a' + i, referee.path) < 0)
			return fail("memory", -ENOMEM);
		variable[i][0] =
			(struct command_variable){ RELAY_VARIABLE, turns[i] };
		run[i].directory = argv[2 + 2 * i];
		run[i].command = argv[3 + 2 * i];
		run[i].variable = variable[i];
		run[i].apart = true;
		ret = command_start(&run[i]);
	}
	referee.has_ended = has_ended;
	referee.context = run;
	if (!ret)
		ret = referee_run(&referee);
	for (i = 0; i < 2; i++)
		if (ret)
			command_signal(&run[i], SIGTERM);
	if (ret)
		return fail("in turns", ret);
	for (h = 0; h < referee.heats; h++)
		print(&referee.heat[h]);
	ret = run[0].status || run[1].status;
	referee_end(&referee);
	return ret ? fail("a command failed", -EIO) : 0;
}
