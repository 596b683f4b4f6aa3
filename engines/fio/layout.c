// SPDX-License-Identifier: GPL-2.0-only
/*
 * Whether the structures of the fio that runs are those that this glue was
 * compiled with. fio itself tells, in two ways. Its table of options has the
 * places of each option in struct thread_options. And its functions write into
 * structures of which they get only the address: what they have written must
 * be where the headers say.
 *
 * fio has no function that tells where the following is, and does nothing
 * else: opt_list, eo, subjob_number, groupid, all logs but slat_log, pid,
 * orig_buffer, io_ops_data, rate_bps, last_rate_check_time, total_io_size,
 * io_issue_bytes, loops, ts_cache_nr and ts_cache_mask of a job; ddir_seq_add,
 * ddir_seq_nr and rw_min_bs of its options; usr_time, sys_time,
 * clat_percentiles, lat_percentiles, io_u_lat_*, io_u_plat, io_bytes and
 * total_run_time of its statistics; io_size, zipf and gauss of a file; ioprio,
 * index and engine_data of an io_u; the options of an engine, and its hooks but
 * get_file_size; print_option. Each but the last three lies between members
 * that are found in their places. So a release with more, fewer or larger
 * members is noticed. One in which two of the same size have changed places may
 * not be.
 */
#include <stdlib.h>
#include <string.h>

#include "fio.h"
#include "iolog.h"

#include "layout.h"

/* fio may write this much behind what the headers call the end. */
#define SLACK        (1 << 18)
#define COUNT(array) (sizeof(array) / sizeof(*(array)))

#define AT(member) offsetof(struct thread_options, member)
#define ROW(option, member)                                                    \
	{                                                                      \
#option,                                                       \
		{                                                              \
			AT(member)                                             \
		}                                                              \
	}
#define ROW_OF_EACH(option, member)                                            \
	{                                                                      \
#option,                                                       \
		{                                                              \
			AT(member[0]), AT(member[1]), AT(member[2])            \
		}                                                              \
	}

/*
 * The options that our engines read or set, and the places of each: fio has up
 * to six. 0 is none of them.
 */
static const struct {
	const char *name;
	unsigned int at[6];
} rows[] = {
	ROW(name, name),
	ROW(description, description),
	ROW(directory, directory),
	ROW(filename, filename),
	ROW(opendir, opendir),
	ROW(rw, td_ddir),
	ROW(ioengine, ioengine),
	ROW(iodepth, iodepth),
	ROW(iodepth_batch, iodepth_batch),
	ROW(iodepth_batch_complete_min, iodepth_batch_complete_min),
	ROW(iodepth_batch_complete_max, iodepth_batch_complete_max),
	ROW(iodepth_low, iodepth_low),
	ROW(io_submit_mode, io_submit_mode),
	ROW(size, size),
	ROW(io_size, io_size),
	ROW(fill_device, fill_device),
	{ "filesize", { AT(file_size_low), AT(file_size_high) } },
	ROW(offset, start_offset),
	ROW_OF_EACH(bs, bs),
	ROW_OF_EACH(ba, ba),
	{ "bsrange",
	  { AT(min_bs[DDIR_READ]), AT(max_bs[DDIR_READ]),
	    AT(min_bs[DDIR_WRITE]), AT(max_bs[DDIR_WRITE]),
	    AT(min_bs[DDIR_TRIM]), AT(max_bs[DDIR_TRIM]) } },
	ROW(norandommap, norandommap),
	ROW_OF_EACH(percentage_random, perc_rand),
	ROW(random_distribution, random_distribution),
	ROW(nrfiles, nr_files),
	ROW(openfiles, open_files),
	ROW(file_service_type, file_service_type),
	ROW(fallocate, fallocate_mode),
	ROW(fsync, fsync_blocks),
	ROW(fdatasync, fdatasync_blocks),
	ROW(write_barrier, barrier_blocks),
	ROW(sync_file_range, sync_file_range),
	ROW(end_fsync, end_fsync),
	ROW(fsync_on_close, fsync_on_close),
	ROW(unlink, unlink),
	ROW(unlink_each_loop, unlink_each_loop),
	ROW(direct, odirect),
	ROW(atomic, oatomic),
	ROW(sync, sync_io),
	ROW(iomem_align, mem_align),
	ROW(verify, verify),
	ROW(pre_read, pre_read),
	ROW(zero_buffers, zero_buffers),
	ROW(scramble_buffers, scramble_buffers),
	ROW(buffer_compress_percentage, compress_percentage),
	ROW(dedupe_percentage, dedupe_percentage),
	ROW_OF_EACH(rate, rate),
	ROW_OF_EACH(rate_min, ratemin),
	ROW_OF_EACH(rate_iops, rate_iops),
	ROW_OF_EACH(rate_iops_min, rate_iops_min),
	ROW_OF_EACH(max_latency, max_latency),
	ROW(latency_target, latency_target),
	ROW(thinktime, thinktime),
#ifdef GLUE_HAS_THINKCYCLES
	ROW(thinkcycles, thinkcycles),
#endif
	ROW(runtime, timeout),
	ROW(time_based, time_based),
	ROW(ramp_time, ramp_time),
	{ "startdelay", { AT(start_delay), AT(start_delay_high) } },
	ROW(loops, loops),
	ROW(numjobs, numjobs),
	ROW(number_ios, number_ios),
	ROW(thread, use_thread),
	ROW(group_reporting, group_reporting),
	ROW(stats, stats),
	ROW(disable_lat, disable_lat),
	ROW(disable_clat, disable_clat),
	ROW(clat_percentiles, clat_percentiles),
	ROW(lat_percentiles, lat_percentiles),
	ROW(exec_prerun, exec_prerun),
	ROW(exec_postrun, exec_postrun),
	ROW(exitall_on_error, exitall_error),
	ROW(ignore_error, ignore_error_nr),
	ROW(exit_what, exit_what),
	ROW(read_iolog, read_iolog_file),
	ROW(write_iolog, write_iolog_file),
	ROW(write_lat_log, lat_log_file),
	ROW(zonemode, zone_mode),
	ROW(flow, flow),
	ROW(steadystate_duration, ss_dur),
};

static bool row_fits(const struct fio_option *o, const unsigned int at[6])
{
	const unsigned int places[] = { o->off1, o->off2, o->off3,
					o->off4, o->off5, o->off6 };

	return !memcmp(places, at, sizeof(places));
}

static size_t common_divisor(size_t a, size_t b)
{
	return b ? common_divisor(b, a % b) : a;
}

/*
 * fio itself finds the rows of its table. All distances between rows are
 * multiples of the size that a row has in this fio, and some of the rows above
 * are neighbours. So the greatest common divisor is that size.
 */
static bool options_fit(void)
{
	const char *first = (const char *)fio_option_find(rows[0].name);
	size_t row_bytes = 0;

	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct fio_option *o = fio_option_find(rows[i].name);

		if (!o || !row_fits(o, rows[i].at))
			return false;
		row_bytes = common_divisor(row_bytes,
					   labs((const char *)o - first));
	}
	return row_bytes == sizeof(struct fio_option);
}

/* What fio writes into. All of it is 0 in the beginning. */
struct probe {
	struct thread_data td;
	char slack[SLACK];
	struct io_u io_u;
	char slack_of_io_u[SLACK];
	struct ioengine_ops ops;
	char slack_of_ops[SLACK];
};

/* fio fills statistics with zeros up to their end. */
static bool statistics_fit(struct thread_data *td)
{
	const unsigned char *end = (unsigned char *)td +
				   offsetof(struct thread_data, ts) +
				   sizeof(td->ts);
	bool fits;

	memset(td, 0xff, sizeof(*td));
	init_thread_stat(&td->ts);
	fits = !end[-1] && end[0] && td->ts.groupid == -1u &&
	       td->ts.clat_stat[DDIR_TRIM].min_val == ULONG_MAX &&
	       td->ts.lat_stat[DDIR_TRIM].min_val == ULONG_MAX;
	memset(td, 0, sizeof(*td));
	return fits;
}

/* fio sets its defaults, and reads options as in a job file. */
static bool defaults_fit(struct thread_data *td)
{
	struct thread_options *o = &td->o;

	fio_fill_default_options(td);
	if (o->magic != OPT_MAGIC || o->numjobs != 1 || !o->stats ||
	    o->iodepth != 1 || o->bs[DDIR_READ] != 4096 ||
	    parse_cmd_option("size", "30%", fio_options, o, NULL) ||
	    parse_cmd_option("offset", "20%", fio_options, o, NULL) ||
	    parse_cmd_option("buffer_pattern", "0xabcd", fio_options, o, NULL))
		return false;
	return o->size_percent == 30 && o->start_offset_percent == 20 &&
	       o->buffer_pattern_bytes == 2;
}

/* fio changes the state of a job, counts, and looks at the use of resources. */
static bool state_fits(struct thread_data *td)
{
	bool fits;

	td->terminate_time.tv_nsec = -1;
	td_set_runstate(td, TD_VERIFYING);
	fits = td->runstate == TD_VERIFYING;
	fio_mark_td_terminate(td);
	fits = fits && td->terminate && td->terminate_time.tv_nsec >= 0;
	td->cur_depth = 1;
	io_u_mark_submit(td, 1);
	io_u_mark_complete(td, 1);
	io_u_mark_depth(td, 1);
	fits = fits && td->ts.total_submit == 1 && td->ts.io_u_submit[1] == 1 &&
	       td->ts.total_complete == 1 && td->ts.io_u_complete[1] == 1 &&
	       td->ts.io_u_map[0] == 1;
	td->ru_end.ru_nsignals = 7; /* Linux has none */
	update_rusage_stat(td);
	update_error_count(td, EIO);
	return fits && !td->ru_end.ru_nsignals && td->total_err_count == 1 &&
	       td->first_error == EIO;
}

/* fio draws from a seed. */
static bool seeds_fit(struct thread_data *td)
{
	struct frand_state own = { 0 };

	td->rand_seeds[FIO_RAND_MIX_OFF] = 7;
	td_fill_rand_seeds(td);
	init_rand_seed(&own, 7, false);
	return !memcmp(&own, &td->rwmix_state, sizeof(own));
}

/* fio adds a file, and looks for it in vain. */
static bool files_fit(struct thread_data *td)
{
	const int d = DDIR_TRIM;
	struct fio_file *f;

	add_file(td, "/dev/null/none", 0, 0);
	if (td->files_index != 1 || !td->files)
		return false;
	f = td->files[0];
	return !f->last_pos[d] && f->last_start[d] == UINT64_MAX &&
	       f->flags == FIO_FILE_smalloc && generic_get_file_size(td, f) &&
	       (td->error == ENOTDIR || td->error == ENOENT);
}

/* fio begins a loop, at the end of the file. */
static bool loops_fit(struct thread_data *td)
{
	const int d = DDIR_TRIM;
	struct fio_file *f = td->files[0];

	td->o.file_append = 1;
	f->filetype = FIO_TYPE_FILE;
	f->real_file_size = 7;
	td->this_io_blocks[d] = td->this_io_bytes[d] = 7;
	td->bytes_done[d] = td->rate_next_io_time[d] = 7;
	clear_io_state(td, 1);
	return f->file_offset == 7 &&
	       !(td->this_io_blocks[d] | td->this_io_bytes[d] |
		 td->bytes_done[d] | td->rate_next_io_time[d]);
}

/* fio begins to measure. */
static bool measures_fit(struct thread_data *td)
{
	struct timespec *const clocks[] = { &td->epoch, &td->start,
					    &td->bw_sample_time,
					    &td->iops_sample_time };
	const int d = DDIR_TRIM;

	td->io_issues[d] = td->io_blocks[d] = td->io_bytes[d] = 7;
	td->ts.total_io_u[d] = td->ts.runtime[d] = 7;
	for (size_t i = 0; i < COUNT(clocks); i++)
		clocks[i]->tv_nsec = -1 - (long)i;
	td->thinktime_blocks_counter = td->io_blocks;
	reset_all_stats(td);
	for (size_t i = 0; i < COUNT(clocks); i++)
		if (clocks[i]->tv_nsec < 0 ||
		    memcmp(clocks[i], clocks[0], sizeof(*clocks[i])))
			return false;
	return !(td->io_issues[d] | td->io_blocks[d] | td->io_bytes[d] |
		 td->ts.total_io_u[d] | td->ts.runtime[d]);
}

/* fio takes the time that an io_u was queued, and adds it to a log. */
static bool log_fits(struct thread_data *td, struct io_u *io_u)
{
	const enum fio_ddir d = DDIR_WRITE;
	const struct io_stat *stat = &td->ts.slat_stat[d];
	struct log_params asked = { .td = td,
				    .avg_msec = 1 << 30,
				    .log_gz_store = 1 };
	const struct io_log *log;

	setup_log(&td->slat_log, &asked, "");
	log = td->slat_log;
	if (log->avg_msec != asked.avg_msec || !log->log_gz_store ||
	    td->flags != TD_F_COMPRESS_LOG)
		return false;
	io_u->start_time.tv_sec = 1;
	io_u->issue_time.tv_sec = 3;
	io_u->ddir = d;
#ifdef GLUE_SAMPLE_OF_IO_U
	add_slat_sample(td, io_u);
#else
	io_u_queued(td, io_u);
#endif
	return stat->samples == 1 && stat->max_val == 2000000000 &&
	       log->avg_window[d].samples == 1;
}

static int refuse_io_u(struct thread_data *td, struct io_u **io_u)
{
	return 1;
}

/*
 * An io_u in flight overlaps with itself, unless its end is 2^64. fio takes one
 * that is free, and refuses to sync it.
 */
static bool io_u_fits(struct thread_data *td, struct io_u *io_u)
{
	struct io_u_queue *q = &td->io_u_freelist;

	io_u->flags = IO_U_F_FLIGHT | IO_U_F_FREE;
	io_u->buflen = 1;
	io_u->xfer_buflen = 7;
	io_u->file = td->files[0];
	io_u->end_io = refuse_io_u;
	io_u->error = io_u->resid = 1;
	if (!io_u_qinit(q, 1, false))
		return false;
	io_u_qpush(q, io_u);
	if (!in_flight_overlap(q, io_u))
		return false;
	io_u->offset = UINT64_MAX;
	return !in_flight_overlap(q, io_u) && __get_io_u(td) == io_u &&
	       !io_u->file && !io_u->error && !io_u->resid && !io_u->end_io &&
	       td->cur_depth == 2 && do_io_u_sync(td, io_u) == 7 &&
	       io_u->error == EINVAL;
}

static void note(struct thread_data *td)
{
	td->io_ops_data = td;
}

static int note_file(struct thread_data *td, struct fio_file *file)
{
	note(td);
	return 0;
}

/* fio calls hooks of a profile and of an engine. */
static bool hooks_fit(struct thread_data *td, struct ioengine_ops *ops)
{
	bool fits;

	td->prof_io_ops.td_exit = note;
	profile_td_exit(td);
	fits = td->io_ops_data == td;
	td->io_ops_data = NULL;
	td->io_ops = ops;
	ops->get_file_size = note_file;
	return fits && !td_io_get_file_size(td, NULL) && td->io_ops_data == td;
}

/*
 * fio follows addresses in these structures in the last functions alone. By
 * then what lies around the addresses is known to be in its place.
 */
static bool structures_fit(struct probe *p)
{
	struct thread_data *td = &p->td;

	return statistics_fit(td) && defaults_fit(td) && state_fits(td) &&
	       seeds_fit(td) && files_fit(td) && loops_fit(td) &&
	       measures_fit(td) && log_fits(td, &p->io_u) &&
	       io_u_fits(td, &p->io_u) && hooks_fit(td, &p->ops);
}

static bool fio_fits(void)
{
	struct probe *p = calloc(1, sizeof(*p));
	bool fits = p && options_fit() && structures_fit(p);

	/* What fio has allocated, some KiB, stays: it may be anything else. */
	free(p);
	return fits;
}

bool layout_fits(void)
{
	/* fio loads an engine once a job. */
	static enum { UNKNOWN, FITS, DIFFERS } known;

	if (known == UNKNOWN)
		known = fio_fits() ? FITS : DIFFERS;
	return known == FITS;
}
