// SPDX-License-Identifier: GPL-2.0-only
/* smallfio ab: two commands against each other, interleaved. */
#include "cli/turns/ab.h"
#include "cli/cli.h"
#include "cli/command.h"

static const char usage[] =
	"usage: smallfio ab [OPTION...] JOB.fio\n"
	"       smallfio ab [OPTION...] --a COMMAND --b COMMAND\n"
	"\n"
	"Judges B against A as `smallfio gate` does: two directories, mounts, "
	"engines, builds\n"
	"or options. Both sides of a job file with ioengine=fio-smallfile.so "
	"are under way at\n"
	"once and take turns of 10 ms, so what slows the machine slows both. "
	"Commands run one\n"
	"after the other, in random order. Stops as soon as the answer is "
	"clear.\n"
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
