/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CORE_GATE_VIEW_H
#define CORE_GATE_VIEW_H

#include "barrier/gate.h"
#include "barrier/gate_file.h"

/*
 * What a host sees in the gate's directory, and what it says there itself.
 * Functions return 0 or -errno, with a sentence in the view's failure.
 */
struct gate_view {
	const struct gate *gate;
	struct failure *failure;
	int dir_fd;
	int held_fd; /* of gate_view_hold(); not closed by gate_view_end() */
	struct gate_name self;
	enum gate_state state;
	char unreadable[GATE_NAME_MAX + 1]; /* a file, or empty */
	unsigned int count;                 /* peers[0] is this host itself */
	struct gate_peer *peers;
	uint64_t written; /* what of the view our file holds */
};

int gate_view_begin(struct gate_view *view, const struct gate *gate,
		    struct failure *failure);
void gate_view_end(struct gate_view *view);

/* Makes DIRECTORY/smallfio-gate/SECTION where it is missing, and opens it. */
int gate_view_open(struct gate_view *view);

/*
 * Locks this host's file, which is made where it is missing. -EEXIST where
 * another process holds it, -ENOENT where it was just removed.
 */
int gate_view_hold(struct gate_view *view);

/* Writes this host's file, where it does not say what it should already. */
int gate_view_write(struct gate_view *view);

/* Reads the files of all others. */
int gate_view_look(struct gate_view *view);

/* Reads the file of one that gate_view_look() has found. */
int gate_view_look_at(struct gate_view *view, const char *host);

/* -EEXIST where another process has made this host's file its own. */
int gate_view_check_self(struct gate_view *view);

/* Whether the file of this host's name is there, and this process's. */
bool gate_view_is_ours(const struct gate_view *view);

#endif
