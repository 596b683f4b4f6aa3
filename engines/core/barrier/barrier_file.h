/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CORE_BARRIER_FILE_H
#define CORE_BARRIER_FILE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "barrier/barrier.h"

/* What a host says of itself at the barrier (barrier.h), and of whom it has
 * seen.
 */
enum barrier_state {
	BARRIER_WAITING,  /* has not seen all others */
	BARRIER_COMPLETE, /* all have seen each other */
	BARRIER_READY,    /* the first host has said so, too */
	BARRIER_OPEN,     /* the first host's word: go, at opens_ns */
};

struct barrier_name {
	char host[BARRIER_NAME_MAX + 1];
	uint64_t number; /* drawn for one run */
	/* By the reader's clock, the shortest from a stamp to its reading. */
	int64_t delay_ns;
};

#define BARRIER_NS_MAX                                                         \
	(INT64_C(1) << 62) /* of stamps and delays: 146 years                  \
			    */

struct barrier_peer {
	struct barrier_name name; /* host: the name of its file */
	enum barrier_state state;
	int64_t stamp_ns; /* its time of day when it wrote */
	int64_t opens_ns; /* by its clock, since 1970; 0: has no say in that */
	uint64_t job;     /* struct barrier; 0: it did not say */
	unsigned int seen_count;
	struct barrier_name *seen; /* freed by the owner */
	bool present;              /* its file was there at the last look */
	bool here;                 /* has seen us, in this run */
	bool stranger;             /* has seen us, and runs another job */
};

/* Writes the file of peers[0], which has seen the others. */
void barrier_file_print(FILE *f, const struct barrier_peer *peers,
			unsigned int count);

/*
 * Reads all but the host. 0, -ENOMEM, or -EINVAL: not such a file, or one that
 * is being written right now.
 */
int barrier_file_parse(FILE *f, struct barrier_peer *peer);

/* That a peer has seen this host in this run: what it says of it, or NULL. */
const struct barrier_name *barrier_file_find(const struct barrier_peer *peer,
					     const struct barrier_name *name);

#endif
