/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef STARTLINE_H
#define STARTLINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "glue.h"

struct thread_data;

/*
 * The line at which the threads of one fio wait for each other after their
 * preparation. So no thread measures while another still makes its directories.
 * The line works between forked jobs as well as between threads, because its
 * state is in memory that all share.
 *
 * Who has to wait for whom is not written down anywhere. A thread waits for the
 * threads that fio has started and that have neither arrived nor ended. So
 * sections behind a stonewall, delayed jobs and jobs that failed need no
 * special case. Threads that are let go together are a group. If one of them
 * has a start barrier, one thread leads the group there while the others wait.
 */

/*
 * Call it in the parent, once for each job, before any job is started. Jobs
 * that do different things have a different `work`. Returns 0 or -errno.
 */
int startline_enter(struct thread_data *td, bool has_gate, unsigned int work);

/*
 * In the job, when it begins to prepare: has it end when fio is killed. A job
 * that is a process would go on unseen.
 */
void startline_begin(const struct thread_data *td);

/* The number of a job among the numjobs of its section, from 0. */
uint32_t startline_number(const struct thread_data *td);
/* The number of jobs of this job's section: numjobs=. */
uint32_t startline_siblings(const struct thread_data *td);

/*
 * The job whose options fio shows in place of this job's: the last one of its
 * group (group_reporting), or the job itself. Every job has to have entered.
 */
struct thread_data *startline_carrier(struct thread_data *td);

/* In the job: how many jobs of this fio run now, or begin with it. */
unsigned int startline_jobs(void);

/* How many of these jobs are threads, and so share one table of descriptors. */
unsigned int startline_threads(void);

/*
 * In the job: waits for the others. Returns 0 to go. Returns 1 if this thread
 * has to lead the group through the barrier. It then calls startline_open() as
 * soon as the time of the opening is known, or that there will be none. Returns
 * -ECANCELED if told to end, or the leader's error. `section` gets a name of
 * the group, which is the same on every host that runs this job file.
 *
 * To wake many jobs one after the other takes long. So they are told before
 * when to go, and each sleeps until then.
 */
int startline_wait(struct thread_data *td, char *section, size_t size);

/*
 * For the thread that leads: the others go at that time of CLOCK_MONOTONIC, or
 * fail with `ret`. Only the first call counts.
 */
void startline_open(struct thread_data *td, int ret, int64_t at_ns);

/* Ends all jobs of this fio. Those that fio has not started do not start. */
void startline_end_all(void);

/*
 * After startline_wait(): whether this thread was the only one of this fio to
 * go.
 */
bool startline_alone(const struct thread_data *td);

/*
 * After startline_wait(): how many threads went together and are measured
 * (stats=1). *section is a number from 1, which only they have. Returns 0 if
 * they do different work.
 */
unsigned int startline_measured(const struct thread_data *td,
				unsigned int *section);

/*
 * Called by a job that has nothing left to do: whether all others of fio's
 * group that have the same work have called it, too, or are gone. What a job
 * does after fio's clock has stopped, such as removing directories, is work.
 */
bool startline_work_is_done(struct thread_data *td);

#endif
