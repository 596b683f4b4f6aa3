/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef GLUE_H
#define GLUE_H

#include <stdbool.h>
#include <stdint.h>

#include "util/failure.h"

/*
 * The glue may be in one module several times, compiled for one fio version
 * each. The build gives each its own GLUE_SYMBOL(), and what the glue's files
 * share among themselves takes its names from that.
 */
#define glue_ops                GLUE_SYMBOL(ops)
#define smallfile_option_table  GLUE_SYMBOL(smallfile_option_table)
#define smallfile_read_options  GLUE_SYMBOL(smallfile_read_options)
#define smallfile_take_over     GLUE_SYMBOL(smallfile_take_over)
#define smallfile_barrier_wait  GLUE_SYMBOL(smallfile_barrier_wait)
#define smallfile_barrier_enter GLUE_SYMBOL(smallfile_barrier_enter)
#define smallfile_barrier_leave GLUE_SYMBOL(smallfile_barrier_leave)
#define smallfile_fail          GLUE_SYMBOL(smallfile_fail)
#define smallfile_choose_async  GLUE_SYMBOL(smallfile_choose_async)
#define smallfile_init_async    GLUE_SYMBOL(smallfile_init_async)
#define smallfile_free_async    GLUE_SYMBOL(smallfile_free_async)
#define smallfile_choose_row    GLUE_SYMBOL(smallfile_choose_row)
#define smallfile_free_row      GLUE_SYMBOL(smallfile_free_row)
#define smallfile_add_samples   GLUE_SYMBOL(smallfile_add_samples)
#define smallfile_choose_burst  GLUE_SYMBOL(smallfile_choose_burst)
#define smallfile_free_burst    GLUE_SYMBOL(smallfile_free_burst)
#define smallfile_is_paced      GLUE_SYMBOL(smallfile_is_paced)
#define smallfile_run           GLUE_SYMBOL(smallfile_run)
#define smallfile_describe      GLUE_SYMBOL(smallfile_describe)
#define smallfile_tell_section  GLUE_SYMBOL(smallfile_tell_section)
#define smallfile_tell_end      GLUE_SYMBOL(smallfile_tell_end)
#define smallfile_units_asked   GLUE_SYMBOL(smallfile_units_asked)
#define smallfile_put_section   GLUE_SYMBOL(smallfile_put_section)
#define smallfile_keep          GLUE_SYMBOL(smallfile_keep)
#define smallfile_keep_enter    GLUE_SYMBOL(smallfile_keep_enter)
#define smallfile_keep_run      GLUE_SYMBOL(smallfile_keep_run)
#define smallfile_kept_where    GLUE_SYMBOL(smallfile_kept_where)
#define diskwrite_option_table  GLUE_SYMBOL(diskwrite_option_table)
#define diskwrite_read_options  GLUE_SYMBOL(diskwrite_read_options)
#define diskwrite_take_over     GLUE_SYMBOL(diskwrite_take_over)
#define diskwrite_endless       GLUE_SYMBOL(diskwrite_endless)
#define smallfile_is_preflight  GLUE_SYMBOL(smallfile_is_preflight)
#define smallfile_preflight     GLUE_SYMBOL(smallfile_preflight)
#define glue_refuse             GLUE_SYMBOL(refuse)
#define glue_set_latency        GLUE_SYMBOL(set_latency)
#define glue_go_back            GLUE_SYMBOL(go_back)
#define glue_make_room          GLUE_SYMBOL(make_room)
#define glue_names_clash        GLUE_SYMBOL(names_clash)
#define glue_slow_down          GLUE_SYMBOL(slow_down)
#define startline_enter         GLUE_SYMBOL(startline_enter)
#define startline_number        GLUE_SYMBOL(startline_number)
#define startline_jobs          GLUE_SYMBOL(startline_jobs)
#define startline_threads       GLUE_SYMBOL(startline_threads)
#define startline_open          GLUE_SYMBOL(startline_open)
#define startline_alone         GLUE_SYMBOL(startline_alone)
#define startline_wait          GLUE_SYMBOL(startline_wait)

struct fio_option;
struct io_u;
struct ioengine_ops;
struct thread_data;

/*
 * The engine's entry for this fio version, for the loader. Not usable: an
 * entry that every fio refuses (by a wrong interface number), since fio offers
 * an engine no other way to decline.
 */
struct ioengine_ops *glue_ops(bool usable);

/* What all engines need of fio; `engine` is the name that messages begin with.
 */

/*
 * A job that cannot go on: says why, and makes fio end with an error. Returns
 * what fio's hooks do then, 1.
 */
int glue_refuse(struct thread_data *td, const char *engine, int ret,
		const struct failure *failure);

/* Fills in ->cancel, where this fio has it. */
#ifdef GLUE_HAS_CANCEL
#define GLUE_SET_CANCEL(engine, hook) ((engine).cancel = (hook))
#else
#define GLUE_SET_CANCEL(engine, hook) ((void)(hook))
#endif

/*
 * For what is done when it is queued and whose time is not that of ->queue:
 * what fio is about to measure as its latency is latency_ns.
 */
void glue_set_latency(struct io_u *io_u, uint64_t latency_ns);

/* Takes so much off a time of fio's clock. */
void glue_go_back(struct timespec *time, uint64_t by_ns);

/*
 * For ->event, where nothing else is in flight: fio's logs take the sample that
 * it is about to add. A full one keeps it apart, and fio sees to that when it
 * queues the next operation: what comes after the last is lost.
 *
 * Only logs of each sample belong to the job. Averages of bandwidth and IOPS
 * are logged by fio's main process, whose memory a job that grew them would
 * leave with pointers into its own; averages of latencies grow by themselves.
 */
void glue_make_room(struct thread_data *td);

/*
 * Whether an option is called as one of fio's: fio matches its own first, and
 * the engine's would silently never be seen. Says which.
 */
bool glue_names_clash(const struct fio_option *own, const char *engine);

/*
 * Makes a job slower by a known part where the environment asks for it
 * (util/slowdown.h). For ->setup, once the job's hooks are chosen; a job that
 * is not slowed down has nothing of it in its way. `itself`: its hooks wait on
 * their own, since it is not when they are queued that its operations are done.
 * 0 or -errno with *f filled in.
 */
int glue_slow_down(struct thread_data *td, const char *engine, bool itself,
		   struct failure *f);

#endif
