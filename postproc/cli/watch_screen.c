// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli/watch_screen.h"
#include "util/number.h"

#define COLUMNS 80 /* of a terminal that does not say */
#define LINES   24

static bool can_move_cursor(void)
{
	const char *term = getenv("TERM");

	return isatty(STDOUT_FILENO) && term && *term &&
	       strcmp(term, "dumb") != 0;
}

int watch_screen_begin(struct watch_screen *s, struct watch *w)
{
	w->out = stdout;
	if (!can_move_cursor())
		return 0;
	s->lines = open_memstream(&s->text, &s->size);
	if (!s->lines)
		return -ENOMEM;
	w->out = s->lines;
	w->quiet = true;
	return 0;
}

static void draw(struct watch_screen *s, const struct watch *w, uint64_t now_ns)
{
	struct winsize size = { 0 };

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) || !size.ws_col ||
	    !size.ws_row) {
		size.ws_col = COLUMNS;
		size.ws_row = LINES;
	}
	if (s->drawn)
		printf("\033[%zuA\r", s->drawn);
	/* The lines take the place of the table, which comes below them. */
	if (s->size)
		printf("\033[J%.*s", (int)s->size, s->text);
	s->drawn =
		watch_table(w, now_ns, stdout, size.ws_col, size.ws_row - 1u);
	fputs("\033[J", stdout);
	fflush(stdout);
	s->drawn_ns = now_ns;
	rewind(s->lines);
}

void watch_screen_tick(struct watch_screen *s, const struct watch *w,
		       uint64_t now_ns)
{
	if (!s->lines)
		return;
	fflush(s->lines);
	if (s->size || now_ns - s->drawn_ns >= NS_PER_S)
		draw(s, w, now_ns);
}

void watch_screen_end(struct watch_screen *s, struct watch *w, uint64_t now_ns)
{
	if (!s->lines)
		return;
	fflush(s->lines);
	draw(s, w, now_ns);
	fclose(s->lines);
	free(s->text);
	s->lines = NULL;
	w->out = stdout;
}
