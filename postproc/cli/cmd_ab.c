// SPDX-License-Identifier: GPL-2.0-only
/* smallfio ab: two commands against each other, interleaved. */
#include "cli/ab.h"
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

int cmd_ab(int argc, char **argv)
{
	struct ab_session session = { 0 };
	struct gate gate = { 0 };
	struct ab ab;
	int code;

	ab_init(&ab, "ab");
	if (ab_parse(&ab, ab_rows, usage, argc, argv, &code)) {
		code = ab_begin(&ab, &session);
		if (!code)
			code = ab_judge(&ab, &session, &gate);
		cli_print_notes(ab.name, &session.notes);
		if (!code)
			code = gate_settings_write(&ab.settings, ab.name,
						   &gate);
		ab_session_end(&session);
	}
	gate_free(&gate);
	gate_settings_free(&ab.settings);
	return code;
}
