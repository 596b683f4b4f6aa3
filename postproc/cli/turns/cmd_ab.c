// SPDX-License-Identifier: GPL-2.0-only
/* smallfio ab: two commands against each other, interleaved. */
#include "cli/turns/ab.h"
#include "cli/cli.h"
#include "cli/command.h"

static const char usage[] =
	"usage: smallfio ab [OPTION...] --a COMMAND --b COMMAND\n"
	"\n"
	"Runs A and B in turns, in random order, and judges B against A as "
	"`smallfio gate`\n"
	"does: two engines, two mounts, two builds. Stops as soon as the answer "
	"is clear;\n"
	"a regression is confirmed by more runs before it is red.\n"
	"\n";

static int judge(struct ab *ab, struct ab_session *session, struct gate *gate)
{
	int code = ab_begin(ab, session);

	if (!code)
		code = ab_judge(ab, session, gate);
	return code ? code : gate_settings_write(&ab->settings, ab->name, gate);
}

int cmd_ab(int argc, char **argv)
{
	return ab_command("ab", ab_rows, usage, argc, argv, judge);
}
