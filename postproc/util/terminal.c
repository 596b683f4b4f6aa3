// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "util/terminal.h"

static struct {
	int width;
	bool colored;
	const char *when;
} terminal = { TERMINAL_WIDTH, false, "auto" };

int terminal_set_color(const char *when)
{
	static const char *const words[] = { "auto", "always", "never" };

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (!strcmp(when, words[i])) {
			terminal.when = words[i];
			return 0;
		}
	return -EINVAL;
}

static bool no_color(void)
{
	const char *value = getenv("NO_COLOR");

	return value && *value;
}

void terminal_use(FILE *out)
{
	bool is_terminal = isatty(fileno(out));
	struct winsize size;

	terminal.width = TERMINAL_WIDTH;
	if (is_terminal && !ioctl(fileno(out), TIOCGWINSZ, &size) &&
	    size.ws_col)
		terminal.width = size.ws_col < TERMINAL_LEAST ? TERMINAL_LEAST
							      : size.ws_col;
	terminal.colored =
		!strcmp(terminal.when, "always") ||
		(!strcmp(terminal.when, "auto") && is_terminal && !no_color());
}

int terminal_width(void)
{
	return terminal.width;
}

void terminal_put(FILE *out, enum terminal_tone tone, const char *text)
{
	static const char *const colors[] = {
		[TONE_GOOD] = "32", /* green */
		[TONE_BAD] = "31",  /* red */
		[TONE_OPEN] = "33", /* yellow */
	};

	if (terminal.colored)
		fprintf(out, "\033[1;%sm%s\033[0m", colors[tone], text);
	else
		fputs(text, out);
}
