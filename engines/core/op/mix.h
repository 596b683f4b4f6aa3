/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CORE_MIX_H
#define CORE_MIX_H

#include "op/choice.h"
#include "op/population.h"
#include "op/worker.h"

/*
 * operation=mix: one thread does several operations of the table on a
 * population of files. Each next operation is drawn by its weight.
 *
 * State. The file set has numbers 1..files, and some of them have a file. A
 * number has one bit for each kind of object (enum object) that operations of
 * the mix make or need: whether the file is there, whether it is in
 * file_dstdir (rename moves it there, and the next rename moves it back),
 * whether it has attributes, whether there is a link or a directory beside it.
 * So a mix that only makes, reads, renames and deletes files takes two bits a
 * number. All else about a file follows from its number, as ever.
 *
 * What an operation does to these bits follows from its row, from `before` and
 * `after`: create takes a number without a file, delete one with a file, rename
 * changes the tree, stat changes nothing. Operations with `before` of the same
 * kind all draw from the same numbers, by mix_distribution= (choice.h).
 *
 * Order. All random numbers come from one sequence, whose key is the seed and
 * the thread's number. They are drawn when an operation is about to begin, and
 * the bits change then, not when it has ended. So the sequence is the same on
 * each host and at each depth. An operation on a file that is in flight waits
 * until that file is free: mix_number() is what must not be in flight.
 *
 * What does not fit. If no number is left for a create, a file is drawn, and
 * removed before; if none is there for a stat, one is made before. This is not
 * measured, as in a second pass, and follows from the weights alone. With as
 * much delete as create the population stays about as large as it was.
 *
 * Failures. After a failed operation that changes something, all that belongs
 * to the number is removed, as cleanup does. So what is known is true again.
 *
 * Several threads on one population. The mixes of one fio then share the bits,
 * and these change when an operation has ended. An operation that changes a
 * number has it for itself, so the bits stay true. Others may meet what it does
 * while it does it, and threads of another fio, such as on another host, are
 * not known at all. So an operation may find a file gone, or there: a conflict.
 * That is no failure, and no sample. The bits then learn from it.
 *
 * Measuring. Each operation has a worker of its own: a copy of the thread's,
 * which differs in the operation and shares everything else. mix_prepare()
 * points the request at it. request_run() then runs the operation's function as
 * if it were the only one, so no work of the mix is in a sample.
 *
 * Before the start mix_open() finds the population again: in the record that
 * mix_close() left, or by listing the directories. If there is no record, it
 * makes files until there are `population`.
 */
#define MIX_OPERATIONS_MAX 64
#define MIX_NONE           UINT32_MAX
/* So many in a row, and none of them is taken for a conflict any more. */
#define MIX_CONFLICTS_MAX 1000

struct mix;

struct mix_options {
	const char *operations;   /* mix=: "create:10,stat:90" */
	const char *distribution; /* NULL: uniform */
	uint64_t population;      /* 0: four fifths of the files */
	uint32_t thread;
	bool shared; /* several threads work on one population */
	/*
	 * The first mix of these, which stays; NULL for itself. It was made by
	 * the process that has forked this one, or by this process.
	 */
	const struct mix *first;
};

/* What mix_open() found, for people. */
struct mix_found {
	uint64_t files; /* that are there now */
	uint64_t made;  /* of these, by mix_open() */
	bool record;    /* found in the record of an earlier run */
};

/*
 * Reads the options, and sets what a worker with operation=mix needs for any of
 * the operations. The worker must stay. Returns 0, or -errno with a sentence.
 */
int mix_init(struct mix **mix, struct worker *worker,
	     const struct mix_options *options, struct failure *failure);
void mix_free(struct mix *mix);

/* The mean bytes that an operation moves, at least 1. */
uint64_t mix_mean_bytes(const struct mix *mix);

/*
 * Finds or makes the population, when the worker has opened its directories.
 * This may take long; worker->stop ends it. Returns 0, or -errno with a
 * sentence.
 */
int mix_open(struct mix *mix, struct failure *failure);
const struct mix_found *mix_found(const struct mix *mix);

/* The operations in the order of the option. */
unsigned int mix_operations(const struct mix *mix);
const struct operation *mix_operation(const struct mix *mix,
				      unsigned int index);

/*
 * Draws the next operation, with the file that it is about. Returns its index.
 */
unsigned int mix_draw(struct mix *mix);

/*
 * Of the operation that was drawn last: the number of its file, from 0; or
 * UINT64_MAX if it may run beside any other.
 */
uint64_t mix_number(const struct mix *mix);

/*
 * Whether the operation that was drawn last has no number yet, because others
 * have each that it tried. mix_redraw() tries again.
 */
bool mix_waits(const struct mix *mix);

/*
 * For an operation that was drawn and has waited for its file: draws another
 * file if what was in flight has failed, because this file is gone then.
 */
void mix_redraw(struct mix *mix);

/*
 * Prepares a request for the operation that was drawn last, and points
 * request->worker at the worker to run it with. Waits until the operation has a
 * number. Not measured.
 */
void mix_prepare(struct mix *mix, struct request *request);

/* Whether several threads work on the population. */
bool mix_is_shared(const struct mix *mix);

/*
 * If they do, for each operation that has ended, when its request is still as
 * it was: with 0, or a negative error. Returns whether it was a conflict.
 * Otherwise mix_failed() follows after an error.
 */
bool mix_conflict(struct mix *mix, struct request *request, int error);

/*
 * For each operation that has failed, when its request is still as it was.
 * `error` is negative.
 */
void mix_failed(struct mix *mix, struct request *request, int error);

/*
 * Leaves a record of the population for the next run. Does nothing if
 * mix_open() has not been through, or if the population is not known for
 * certain, because operations were given up. Returns 0, or -errno with a
 * sentence.
 */
int mix_close(struct mix *mix, struct failure *failure);

/*
 * For cleanup: removes the record of the worker's thread, if there is one.
 * Returns the same.
 */
int mix_record_remove(const struct worker *worker, struct failure *failure);

#endif
