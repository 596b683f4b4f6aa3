/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CORE_BARRIER_FILE_H
#define CORE_BARRIER_FILE_H

#include <stdint.h>
#include <stdio.h>

#include "barrier/barrier.h"

/* How a generation of the start barrier ended (barrier.h). */
enum barrier_verdict {
	BARRIER_NONE, /* it has not */
	BARRIER_OPEN, /* all go at opens_ns */
	BARRIER_OVER, /* there is a next one */
	BARRIER_LATE, /* a host has waited for all of its time */
	BARRIER_TOO_MANY,
	BARRIER_TWICE, /* two processes of one name have answered */
};

/* Times and delays are below this, 146 years. */
#define BARRIER_NS_MAX (INT64_C(1) << 62)

/*
 * What a process tells others by the name of a file: HOST~NUMBER~TIME~CALL.
 */
struct barrier_name {
	char host[BARRIER_NAME_MAX + 1];
	uint64_t number;  /* drawn for one wait */
	int64_t stamp_ns; /* its time of day when it made the name */
	/* The last roll call that it has answered, or that the leader made. */
	unsigned int call;
};

/* A process that has come, as the leader sees it. */
struct barrier_peer {
	struct barrier_name name;
	/*
	 * The shortest time from a stamp of its to the leader's reading: the
	 * leader's clock less the stamp. Below 0 where the leader's is behind.
	 */
	int64_t delay_ns;
};

/* The contents of a leader's file, or of a verdict. */
struct barrier_report {
	struct barrier_name by;
	enum barrier_verdict verdict;
	int64_t opens_ns; /* by the clock of `by`, since 1970; or 0 */
	/* What else there is to say of who is missing; or empty. */
	char note[512];
	/* In the order of hosts, then numbers. Freed by the owner. */
	struct barrier_peer *peers;
	unsigned int count;
};

/* Prints a name into `text`, which has BARRIER_NAME_MAX + 1 bytes. */
void barrier_name_print(const struct barrier_name *name, char *text);

/* Returns 0, or -EINVAL if the text is no such name. */
int barrier_name_parse(const char *text, struct barrier_name *name);

/* What names in the place of meeting tell of a generation. */
struct barrier_generation {
	unsigned int at; /* its number; 0: there is none */
	bool decided;
	struct barrier_name leader; /* host "": nothing heard of it */
};

/* Room for a generation's number, and for a sign behind it. */
#define BARRIER_NUMBER_BYTES 16

/* Prints the name of the verdict on a generation, into that room. */
void barrier_verdict_print(unsigned int at, char *name);

/*
 * Prints the name of a leader's report, into room for a number and a name
 * (BARRIER_NAME_MAX + 1).
 */
void barrier_report_print_name(unsigned int at,
			       const struct barrier_name *leader, char *name);

/*
 * Reads the name of a generation, of its verdict, or of its leader's report.
 * Returns whether the text is one of them.
 */
bool barrier_entry_parse(const char *text, struct barrier_generation *entry);

/* Adds a peer at the end. Returns 0, -ENOMEM, or -EINVAL: there are too many.
 */
int barrier_report_add(struct barrier_report *report,
		       const struct barrier_peer *peer);

void barrier_report_print(FILE *f, const struct barrier_report *report);

/*
 * Reads a report. Returns 0, -ENOMEM, or -EINVAL if this is none, or is not
 * whole. The owner frees the peers in any case.
 */
int barrier_report_parse(FILE *f, struct barrier_report *report);

/* Returns the process of this number, or NULL. */
const struct barrier_peer *
barrier_report_find(const struct barrier_report *report,
		    const struct barrier_name *name);

/* Whether a process of that host has come. */
bool barrier_report_has(const struct barrier_report *report, const char *host);

#endif
