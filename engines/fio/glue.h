/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef GLUE_H
#define GLUE_H

#include <stdbool.h>
#include <stdint.h>

#include "util/failure.h"

/*
 * A module may contain the glue several times, compiled for one fio version
 * each. The build gives each a GLUE_SYMBOL() of its own. The names that the
 * glue's files share among themselves are made with GLUE_SYMBOL().
 */
#define glue_ops                  GLUE_SYMBOL(ops)
#define smallfile_option_table    GLUE_SYMBOL(smallfile_option_table)
#define smallfile_read_options    GLUE_SYMBOL(smallfile_read_options)
#define smallfile_take_over       GLUE_SYMBOL(smallfile_take_over)
#define smallfile_barrier_wait    GLUE_SYMBOL(smallfile_barrier_wait)
#define smallfile_barrier_enter   GLUE_SYMBOL(smallfile_barrier_enter)
#define smallfile_barrier_leave   GLUE_SYMBOL(smallfile_barrier_leave)
#define smallfile_fail            GLUE_SYMBOL(smallfile_fail)
#define smallfile_choose_async    GLUE_SYMBOL(smallfile_choose_async)
#define smallfile_init_async      GLUE_SYMBOL(smallfile_init_async)
#define smallfile_free_async      GLUE_SYMBOL(smallfile_free_async)
#define smallfile_describe        GLUE_SYMBOL(smallfile_describe)
#define smallfile_tell            GLUE_SYMBOL(smallfile_tell)
#define section_note_describe     GLUE_SYMBOL(section_note_describe)
#define section_note_put          GLUE_SYMBOL(section_note_put)
#define section_note_tell         GLUE_SYMBOL(section_note_tell)
#define section_note_tell_end     GLUE_SYMBOL(section_note_tell_end)
#define smallfile_units_asked     GLUE_SYMBOL(smallfile_units_asked)
#define smallfile_put_section     GLUE_SYMBOL(smallfile_put_section)
#define smallfile_keep_begin      GLUE_SYMBOL(smallfile_keep_begin)
#define smallfile_keep_end        GLUE_SYMBOL(smallfile_keep_end)
#define smallfile_keep_enter      GLUE_SYMBOL(smallfile_keep_enter)
#define smallfile_keep_run        GLUE_SYMBOL(smallfile_keep_run)
#define smallfile_kept_where      GLUE_SYMBOL(smallfile_kept_where)
#define diskwrite_option_table    GLUE_SYMBOL(diskwrite_option_table)
#define diskwrite_read_options    GLUE_SYMBOL(diskwrite_read_options)
#define diskwrite_take_over       GLUE_SYMBOL(diskwrite_take_over)
#define diskwrite_endless         GLUE_SYMBOL(diskwrite_endless)
#define smallfile_is_preflight    GLUE_SYMBOL(smallfile_is_preflight)
#define smallfile_preflight       GLUE_SYMBOL(smallfile_preflight)
#define inline_batch_prep         GLUE_SYMBOL(inline_batch_prep)
#define inline_batch_queue        GLUE_SYMBOL(inline_batch_queue)
#define inline_batch_init         GLUE_SYMBOL(inline_batch_init)
#define inline_batch_free         GLUE_SYMBOL(inline_batch_free)
#define order_wanted              GLUE_SYMBOL(order_wanted)
#define order_init                GLUE_SYMBOL(order_init)
#define order_draw                GLUE_SYMBOL(order_draw)
#define fio_state_add             GLUE_SYMBOL(fio_state_add)
#define fio_state_add_option      GLUE_SYMBOL(fio_state_add_option)
#define fio_state_count_positions GLUE_SYMBOL(fio_state_count_positions)
#define fio_state_let_others_end  GLUE_SYMBOL(fio_state_let_others_end)
#define fio_state_make_log_room   GLUE_SYMBOL(fio_state_make_log_room)
#define fio_state_set_blocks      GLUE_SYMBOL(fio_state_set_blocks)
#define fio_state_set_buffer      GLUE_SYMBOL(fio_state_set_buffer)
#define fio_state_set_direct      GLUE_SYMBOL(fio_state_set_direct)
#define fio_state_set_done        GLUE_SYMBOL(fio_state_set_done)
#define fio_state_set_engine      GLUE_SYMBOL(fio_state_set_engine)
#define fio_state_set_failed      GLUE_SYMBOL(fio_state_set_failed)
#define fio_state_set_file        GLUE_SYMBOL(fio_state_set_file)
#define fio_state_set_file_bytes  GLUE_SYMBOL(fio_state_set_file_bytes)
#define fio_state_set_io_size     GLUE_SYMBOL(fio_state_set_io_size)
#define fio_state_set_issued      GLUE_SYMBOL(fio_state_set_issued)
#define fio_state_set_latency     GLUE_SYMBOL(fio_state_set_latency)
#define fio_state_set_loops       GLUE_SYMBOL(fio_state_set_loops)
#define fio_state_set_rates       GLUE_SYMBOL(fio_state_set_rates)
#define fio_state_set_sync        GLUE_SYMBOL(fio_state_set_sync)
#define fio_state_set_total       GLUE_SYMBOL(fio_state_set_total)
#define fio_state_set_unit        GLUE_SYMBOL(fio_state_set_unit)
#define fio_state_start_at_once   GLUE_SYMBOL(fio_state_start_at_once)
#define glue_refuse               GLUE_SYMBOL(refuse)
#define glue_names_clash          GLUE_SYMBOL(names_clash)
#define glue_slow_down            GLUE_SYMBOL(slow_down)
#define glue_expand_host          GLUE_SYMBOL(expand_host)
#define startline_enter           GLUE_SYMBOL(startline_enter)
#define startline_number          GLUE_SYMBOL(startline_number)
#define startline_jobs            GLUE_SYMBOL(startline_jobs)
#define startline_threads         GLUE_SYMBOL(startline_threads)
#define startline_open            GLUE_SYMBOL(startline_open)
#define startline_alone           GLUE_SYMBOL(startline_alone)
#define startline_work_is_done    GLUE_SYMBOL(startline_work_is_done)
#define startline_wait            GLUE_SYMBOL(startline_wait)

struct fio_option;
struct io_u;
struct ioengine_ops;
struct thread_data;

/*
 * Returns the engine's entry for this fio version, for the loader. If not
 * `usable`, this is an entry that every fio refuses (by a wrong interface
 * number), because fio offers an engine no other way to decline.
 */
struct ioengine_ops *glue_ops(bool usable);

/* What all engines need of fio. Messages begin with the name `engine`. */

/*
 * Says why a job cannot go on, and makes fio end with an error. Returns 1, as
 * fio's hooks do then.
 */
int glue_refuse(struct thread_data *td, const char *engine, int ret,
		const struct failure *failure);

/*
 * Whether an option has the name of one of fio's, and says which. fio matches
 * its own options first, so the engine's would silently never be seen.
 */
bool glue_names_clash(const struct fio_option *own, const char *engine);

/*
 * The value `text` of an option, with this host's name in place of a %h.
 * Returns 0, or -errno with *f filled in.
 */
int glue_expand_host(const char *option, const char *text, char *out,
		     size_t size, struct failure *f);

/*
 * Makes a job slower by a known percentage if the environment asks for it
 * (util/slowdown.h). For ->setup, after the job's hooks are chosen. A job that
 * is not slowed down does not run any of this. `itself`: the job's hooks wait
 * on their own, because its operations are not done when they are queued.
 * Returns 0, or -errno with *f filled in.
 */
int glue_slow_down(struct thread_data *td, const char *engine, bool itself,
		   struct failure *f);

#endif
