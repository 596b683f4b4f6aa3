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
 * preparation, so that no thread measures while another still makes its
 * directories. Works between forked jobs as well as between threads: the
 * state is in memory shared by all.
 *
 * Who has to wait for whom is not written down anywhere: a thread waits for
 * those that fio has started and that have neither arrived nor ended. So
 * sections behind a stonewall, delayed jobs and jobs that failed need no
 * special case. Those that are let go together are a group; where one of them
 * has a barrier, one leads the group there while the others wait.
 */

/* In the parent, once for each job, before any is started. 0 or -errno. */
int startline_enter(struct thread_data *td, bool has_gate);

/* The number of a job among the numjobs of its section, from 0. */
uint32_t startline_number(const struct thread_data *td);

/* In the job: how many of this fio's run now, or begin with it. */
unsigned int startline_jobs(void);

/* How many of the jobs are threads, so share one table of descriptors. */
unsigned int startline_threads(void);

/*
 * In the job: waits for the others. 0: go; 1: lead the group through the
 * barrier, and call startline_open() as soon as it is known when that opens, or
 * that it will not; -ECANCELED when told to end; the leader's error. `section`
 * gets a name of the group that is the same on every host that runs this job
 * file.
 *
 * To be woken one after the other takes many jobs long. So they are told before
 * when to go, and each sleeps until then.
 */
int startline_wait(struct thread_data *td, char *section, size_t size);

/*
 * By the one that leads: the others go at that moment of CLOCK_MONOTONIC, or
 * fail with `ret`. The first call counts.
 */
void startline_open(struct thread_data *td, int ret, int64_t at_ns);

/* After startline_wait(): whether it let nobody else of this fio go. */
bool startline_alone(const struct thread_data *td);

#endif
