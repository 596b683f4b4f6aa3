/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CORE_BARRIER_VIEW_H
#define CORE_BARRIER_VIEW_H

#include "barrier/barrier.h"
#include "barrier/barrier_file.h"

/*
 * What a host sees in the directory of gate=, and what it says there itself.
 * Functions return 0 or -errno, with a sentence in the view's failure.
 */
struct barrier_view {
	const struct barrier *barrier;
	struct failure *failure;
	int dir_fd;
	int held_fd; /* of barrier_view_hold(); not closed by barrier_view_end()
		      */
	struct barrier_name self;
	enum barrier_state state;
	char unreadable[BARRIER_NAME_MAX + 1]; /* a file, or empty */
	unsigned int count; /* peers[0] is this host itself */
	/* peers[1] up to here are in the order of their hosts' names. */
	unsigned int sorted;
	struct barrier_peer *peers;
	uint64_t written; /* what of the view our file holds */
};

int barrier_view_begin(struct barrier_view *view, const struct barrier *barrier,
		       struct failure *failure);
void barrier_view_end(struct barrier_view *view);

/* Makes DIRECTORY/smallfio-gate/SECTION where it is missing, and opens it. */
int barrier_view_open(struct barrier_view *view);

/*
 * Locks this host's file, which is made where it is missing. -EEXIST where
 * another process holds it, -ENOENT where it was just removed.
 */
int barrier_view_hold(struct barrier_view *view);

/* Writes this host's file, where it does not say what it should already. */
int barrier_view_write(struct barrier_view *view);

/* Reads the files of all others. */
int barrier_view_look(struct barrier_view *view);

/* Reads the file of one that barrier_view_look() has found. */
int barrier_view_look_at(struct barrier_view *view, const char *host);

/* -EEXIST where another process has made this host's file its own. */
int barrier_view_check_self(struct barrier_view *view);

/* Whether the file of this host's name is there, and this process's. */
bool barrier_view_is_ours(const struct barrier_view *view);

#endif
