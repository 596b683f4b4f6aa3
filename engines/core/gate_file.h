/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CORE_GATE_FILE_H
#define CORE_GATE_FILE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "gate.h"

/* What a host says of itself at the gate (gate.h), and of whom it has seen. */
enum gate_state {
	GATE_WAITING,  /* has not seen all others */
	GATE_COMPLETE, /* all have seen each other */
	GATE_OPEN,     /* the first host's word: go */
};

struct gate_name {
	char host[GATE_NAME_MAX + 1];
	uint64_t number; /* drawn for one run */
};

struct gate_peer {
	struct gate_name name; /* host: the name of its file */
	enum gate_state state;
	unsigned int seen_count;
	struct gate_name *seen; /* freed by the owner */
	bool present;           /* its file was there at the last look */
	bool here;              /* has seen us, in this run */
};

/* Writes the file of peers[0], which has seen the others. */
void gate_file_print(FILE *f, const struct gate_peer *peers,
		     unsigned int count);

/*
 * Reads all but the host. 0, -ENOMEM, or -EINVAL: not such a file, or one that
 * is being written right now.
 */
int gate_file_parse(FILE *f, struct gate_peer *peer);

bool gate_file_has(const struct gate_peer *peer, const struct gate_name *name);

#endif
