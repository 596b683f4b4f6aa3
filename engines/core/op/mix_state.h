/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CORE_MIX_STATE_H
#define CORE_MIX_STATE_H

#include <stdatomic.h>

#include "op/mix.h"

/* For mix*.c only. */

/* Drawn operations, and at most one that makes what each kind of object is. */
#define MIX_PARTS_MAX (MIX_OPERATIONS_MAX + OBJECT_KINDS)

/* One operation, and what it does to the bits of a number. */
struct mix_part {
	struct worker worker;
	const struct operation *operation;
	enum object from;  /* drawn from the numbers that have this object... */
	bool there;        /* ...or that do not */
	enum object with;  /* which must have this, too; or OBJECT_ANY */
	enum object makes; /* or OBJECT_ANY */
	enum object removes; /* or OBJECT_ANY */
	bool moves;          /* to the other tree */
	bool changes;        /* a failure leaves an unknown state */
};

/* What was drawn. */
struct mix_draw {
	unsigned int part;
	uint64_t number; /* MIX_NO_NUMBER: see mix_waits() */
	bool there;      /* it has the object that it is drawn by */
	bool moved;      /* its file is in the destination tree */
	bool claimed;    /* no other thread changes it */
	bool again;      /* what it makes is there, and goes before */
	bool lost;       /* another operation on the number has failed since */
	/* parts that make what is missing, one after the other; or MIX_NONE */
	unsigned int before[2];
};

#define MIX_NO_NUMBER UINT64_MAX

enum mix_finding { MIX_UNKNOWN, MIX_FINDING, MIX_FOUND, MIX_NOT_FOUND };

/*
 * The population, of one thread or of all that share it. Then it is in memory
 * that their processes share, and stays until they end.
 */
struct mix_files {
	/* size 0: no operation needs to know. OBJECT_RENAMED: the tree. */
	struct population set[OBJECT_KINDS];
	struct population claimed; /* if shared: see mix_claim() */
	atomic_uint finding;       /* enum mix_finding */
	atomic_uint users;         /* mixes that have not closed it */
	atomic_bool unknown;       /* the sets may be wrong */
	/* The files to make before the start, those begun, and a number. */
	uint64_t to_make;
	atomic_ullong begun, at;
};

struct mix {
	struct worker *base; /* the thread's own */
	unsigned int drawn;  /* parts that are drawn. The others make things. */
	unsigned int parts;
	struct mix_part part[MIX_PARTS_MAX];
	double weight[MIX_OPERATIONS_MAX];
	/* the part that makes an object, or MIX_NONE */
	unsigned int maker[OBJECT_KINDS];
	struct alias shares;
	struct choice choice;
	bool shared;
	struct mix_files *files;
	struct population *set; /* files->set */
	uint64_t population;    /* files to begin with */
	uint64_t random;        /* of hash64_next() */
	unsigned int conflicts; /* since the last success */
	struct mix_draw next;
	struct mix_found found;
	bool open;    /* the population is known */
	bool hurried; /* told to end: does not wait for a number any more */
};

/* Makes room for the bits of an object, unless there is. 0 or -ENOMEM. */
static inline int mix_know(struct mix *m, enum object object, uint64_t files)
{
	return m->set[object].size
		       ? 0
		       : population_init(&m->set[object], files, m->shared);
}

/* The file is gone, with all that is said of it. */
void mix_forget_file(struct mix *mix, uint64_t number);

/* Notes what a part does to a number. */
void mix_take_effect(struct mix *mix, const struct mix_part *part,
		     uint64_t number);

/* Points a request at a part and a number; see mix.c. */
void mix_point(struct mix *mix, struct request *request, unsigned int part,
	       uint64_t number, bool moved, bool again);

/*
 * Makes the object that a part makes. Returns what request_run() does. Not
 * measured.
 */
int mix_make(struct mix *mix, struct request *request, unsigned int part,
	     uint64_t number, bool moved);

/*
 * mix_shared.c: several threads on one population.
 *
 * mix_claim() gets what was drawn for this thread alone, if the part changes
 * it. Returns false if it is another thread's, or not what it was any more. A
 * part that changes nothing begins on no number that another thread has, but
 * one may get the number meanwhile. mix_release() gives it up.
 */
int mix_share(struct mix *mix, const struct mix_options *options,
	      uint64_t files);
bool mix_claim(struct mix *mix, const struct mix_part *part);
void mix_release(struct mix *mix, struct request *request);

/*
 * Has one thread find the population, and the others wait for that. Returns
 * what `find` does.
 */
int mix_find_once(struct mix *mix,
		  int (*find)(struct mix *mix, struct failure *failure),
		  struct failure *failure);

/* mix_record.c: what a run leaves for the next one. */

/*
 * Reads the record, and removes it, so that it is gone if this run changes the
 * population and leaves no other. Returns 1 if it fits, 0 if there is none or
 * it does not fit, or -errno with a sentence.
 */
int mix_record_take(struct mix *mix, struct failure *failure);
int mix_record_write(const struct mix *mix, struct failure *failure);

/* mix_scan.c: lists all directories. Returns 0 or -errno with a sentence. */
int mix_scan(struct mix *mix, struct failure *failure);

#endif
