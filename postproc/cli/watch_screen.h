/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SMALLFIO_WATCH_SCREEN_H
#define SMALLFIO_WATCH_SCREEN_H

#include "cluster/watch.h"

/*
 * The table of a watch on a terminal. Lines that the watch prints go above the
 * table, which is drawn anew in its place.
 */
struct watch_screen {
	FILE *lines; /* for the watch; NULL: there is no table */
	char *text;  /* what is in `lines` */
	size_t size;
	size_t drawn; /* lines of the table on the terminal */
	uint64_t drawn_ns;
};

/*
 * Begins a table, and sets where the watch prints. If standard output is no
 * terminal that can move its cursor, does nothing. Returns 0 or -ENOMEM.
 */
int watch_screen_begin(struct watch_screen *screen, struct watch *watch);

/* Draws if there are lines, or if the last time was a second ago. */
void watch_screen_tick(struct watch_screen *screen, const struct watch *watch,
		       uint64_t now_ns);

/* Draws a last time. The watch goes on to print, below the table. */
void watch_screen_end(struct watch_screen *screen, struct watch *watch,
		      uint64_t now_ns);

#endif
