/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CORE_GATE_FILE_H
#define CORE_GATE_FILE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "barrier/gate.h"

/* What a host says of itself at the gate (gate.h), and of whom it has seen. */
enum gate_state {
	GATE_WAITING,  /* has not seen all others */
	GATE_COMPLETE, /* all have seen each other */
	GATE_READY,    /* the first host has said so, too */
	GATE_OPEN,     /* the first host's word: go, at opens_ns */
};

struct gate_name {
	char host[GATE_NAME_MAX + 1];
	uint64_t number; /* drawn for one run */
	/* By the reader's clock, the shortest from a stamp to its reading. */
	int64_t delay_ns;
};

#define GATE_NS_MAX (INT64_C(1) << 62) /* of stamps and delays: 146 years */

struct gate_peer {
	struct gate_name name; /* host: the name of its file */
	enum gate_state state;
	int64_t stamp_ns; /* its time of day when it wrote */
	int64_t opens_ns; /* by its clock, since 1970; 0: has no say in that */
	uint64_t job;     /* struct gate; 0: it did not say */
	unsigned int seen_count;
	struct gate_name *seen; /* freed by the owner */
	bool present;           /* its file was there at the last look */
	bool here;              /* has seen us, in this run */
	bool stranger;          /* has seen us, and runs another job */
};

/* Writes the file of peers[0], which has seen the others. */
void gate_file_print(FILE *f, const struct gate_peer *peers,
		     unsigned int count);

/*
 * Reads all but the host. 0, -ENOMEM, or -EINVAL: not such a file, or one that
 * is being written right now.
 */
int gate_file_parse(FILE *f, struct gate_peer *peer);

/* That a peer has seen this host in this run: what it says of it, or NULL. */
const struct gate_name *gate_file_find(const struct gate_peer *peer,
				       const struct gate_name *name);

#endif
