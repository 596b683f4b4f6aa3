/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CORE_BARRIER_FILE_H
#define CORE_BARRIER_FILE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "barrier/barrier.h"

/* How far a host is at the start barrier (barrier.h). Its file says so. */
enum barrier_state {
	BARRIER_WAITING,  /* has not seen all others */
	BARRIER_COMPLETE, /* all have seen each other */
	BARRIER_READY,    /* the first host's file says COMPLETE, too */
	BARRIER_OPEN,     /* the first host has decided: go at opens_ns */
};

struct barrier_name {
	char host[BARRIER_NAME_MAX + 1];
	uint64_t number; /* drawn for one run */
	/*
	 * The shortest time from this host's stamp to the reading of it: the
	 * reader's clock less the stamp. Below 0 where the reader's clock is
	 * behind.
	 */
	int64_t delay_ns;
};

/* Stamps and delays are below this, 146 years. */
#define BARRIER_NS_MAX (INT64_C(1) << 62)

struct barrier_peer {
	struct barrier_name name; /* host: from the name of its file */
	int64_t version;          /* likewise: the file's place among others */
	enum barrier_state state;
	int64_t stamp_ns; /* its time of day when it wrote its file */
	int64_t opens_ns; /* by its clock, since 1970; 0: it has not decided */
	uint64_t job;     /* see struct barrier; 0: its file names none */
	unsigned int seen_count;
	struct barrier_name *seen; /* freed by the owner */
	bool present;              /* its file was there at the last look */
	bool here;                 /* has seen us, in this run */
	bool stranger;             /* has seen us, and runs another job */
};

/* Writes the file of peers[0], which has seen the other `count` - 1 peers. */
void barrier_file_print(FILE *f, const struct barrier_peer *peers,
			unsigned int count);

/*
 * Reads a host's file into `peer`, all but the host's name. Returns 0, -ENOMEM,
 * or -EINVAL if this is no such file or is being written right now.
 */
int barrier_file_parse(FILE *f, struct barrier_peer *peer);

/*
 * Returns what `peer` says of the host and run in `name`, or NULL if it has not
 * seen them.
 */
const struct barrier_name *barrier_file_find(const struct barrier_peer *peer,
					     const struct barrier_name *name);

#endif
