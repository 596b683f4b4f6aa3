/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef OP_LATENCY_H
#define OP_LATENCY_H

#include <stdio.h>

#include "fio_state.h"

struct job;
struct parts;

/*
 * The latencies of a mix by operation, and with phases=1 those of the parts of
 * each operation. fio tells reads from writes, and no
 * more. So the engine keeps a histogram for each operation, in fio's bins, of
 * the samples that fio counts: the sum of a job's histograms is fio's own.
 *
 * They are in memory that fio's main process shares, because it writes the JSON
 * when the job's process has ended. It then puts them among the "job options",
 * as section_note.h does with what was asked of the job. A server tells its
 * client by lines of text, and a host's spool has these lines, too. All are the
 * same notes, of one line each, that postproc/fio/latency_note.h reads:
 *
 *   latency: host=H thread=N operation=O reads=0|1 samples=N bytes=N errors=N
 *            error=ERRNO conflicts=N min=NS max=NS mean=NS stddev=NS
 *            job=SECTION
 *   bins: host=H thread=N operation=O bins=INDEX:COUNT,... job=SECTION
 *
 * In the notes of a part, part=P stands behind operation=O.
 * The bins of one operation may be in several notes.
 */
struct op_latency;

/*
 * For ->setup of a mix, or with phases=1, in the parent: makes job->latency.
 * Returns 0 or -errno.
 */
int op_latency_enter(struct thread_data *td, struct job *job);

/*
 * Adds n samples, whose units are indices of operations. op_latency_end() adds
 * the one that fio counts itself, or an error (negative).
 */
void op_latency_add_all(struct op_latency *latency,
			const struct thread_data *td,
			const struct sample *sample, unsigned int n);
void op_latency_end(struct op_latency *latency, const struct thread_data *td,
		    unsigned int index, uint64_t ns, uint64_t bytes, int error);

/*
 * With phases=1: adds the parts of an operation that succeeded. `index` is its
 * own in a mix, else 0.
 */
void op_latency_end_parts(const struct thread_data *td, const struct job *job,
			  unsigned int index, const struct parts *parts);

/* Counts an operation that met another thread's. It is no sample. */
void op_latency_conflict(struct op_latency *latency,
			 const struct thread_data *td, unsigned int index);

/* For fio's main process when a job is gone, before fio writes the JSON. */
void op_latency_gone(struct thread_data *td);

/* For ->cleanup: tells fio's client. Does nothing in a local run. */
void op_latency_tell(const struct thread_data *td, const struct job *job);

/* Writes the notes as lines. */
void op_latency_put(FILE *file, const struct thread_data *td,
		    const struct job *job);

#endif
