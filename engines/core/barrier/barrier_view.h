/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CORE_BARRIER_VIEW_H
#define CORE_BARRIER_VIEW_H

#include "barrier/barrier.h"
#include "barrier/barrier_file.h"

/*
 * What a host sees in the directory of gate=, and what it writes there itself.
 * Functions return 0 or -errno, with a sentence in the view's failure.
 */
struct barrier_view {
	const struct barrier *barrier;
	struct failure *failure;
	int dir_fd;
	/* Set by barrier_view_hold(). barrier_view_end() does not close it. */
	int held_fd;
	struct barrier_name self;
	enum barrier_state state;
	char unreadable[BARRIER_NAME_MAX + 1]; /* a file's name, or empty */
	unsigned int count; /* peers[0] is this host itself */
	/*
	 * peers[1] to peers[sorted - 1] are in the order of their hosts' names.
	 */
	unsigned int sorted;
	struct barrier_peer *peers;
	/* fingerprint of what our file says; 0: nothing yet */
	uint64_t written;
	int64_t version;  /* of our file; 0: there is none */
	int64_t leftover; /* the latest that an earlier run left of this host */
	bool listed;      /* the last look found our file */
	bool rival;       /* and a later one of this host's name */
	int64_t longest_look_ns;
};

int barrier_view_begin(struct barrier_view *view, const struct barrier *barrier,
		       struct failure *failure);
void barrier_view_end(struct barrier_view *view);

/*
 * Opens DIRECTORY/smallfio-gate/SECTION, and makes it first if it is missing.
 */
int barrier_view_open(struct barrier_view *view);

/*
 * Locks the file that has this host's name, and makes it if it is missing.
 * Returns -EEXIST if another process holds the lock, -ENOENT if the file was
 * just removed.
 */
int barrier_view_hold(struct barrier_view *view);

/*
 * Writes a file of this host, unless the last one says what it should. Then
 * removes the one before.
 */
int barrier_view_write(struct barrier_view *view);

/*
 * Lists the directory, and reads the files of others that were not read yet.
 * Removes what earlier runs have left of this host.
 */
int barrier_view_look(struct barrier_view *view);

/*
 * After a look: returns -EEXIST if another process writes files of this host.
 */
int barrier_view_check_self(struct barrier_view *view);

/* Removes this host's files. */
void barrier_view_remove(const struct barrier_view *view);

#endif
