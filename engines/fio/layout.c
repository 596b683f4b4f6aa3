// SPDX-License-Identifier: GPL-2.0-only
/*
 * Whether the structures of the fio that runs are those that this glue was
 * compiled with. fio itself tells, in two ways. Its table of options has the
 * place of each option in struct thread_options. And its functions write into
 * structures of which they get only the address: what they have written must
 * be where the headers say.
 */
#include <stdlib.h>
#include <string.h>

#include "fio.h"
#include "iolog.h"

#include "layout.h"

/* fio may write this much behind what the headers call the end. */
#define SLACK        (1 << 18)
#define COUNT(array) (sizeof(array) / sizeof(*(array)))

#define ROW(option, member)                                                    \
	{                                                                      \
#option, offsetof(struct thread_options, member)               \
	}

/* The options that our engines read or set. */
static const struct {
	const char *name;
	unsigned int at;
} rows[] = {
	ROW(name, name),
	ROW(directory, directory),
	ROW(filename, filename),
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
	ROW(filesize, file_size_low),
	ROW(offset, start_offset),
	ROW(bs, bs),
	ROW(ba, ba),
	ROW(norandommap, norandommap),
	ROW(percentage_random, perc_rand),
	ROW(random_distribution, random_distribution),
	ROW(nrfiles, nr_files),
	ROW(openfiles, open_files),
	ROW(file_service_type, file_service_type),
	ROW(fallocate, fallocate_mode),
	ROW(fsync, fsync_blocks),
	ROW(fdatasync, fdatasync_blocks),
	ROW(write_barrier, barrier_blocks),
	ROW(end_fsync, end_fsync),
	ROW(fsync_on_close, fsync_on_close),
	ROW(unlink, unlink),
	ROW(unlink_each_loop, unlink_each_loop),
	ROW(direct, odirect),
	ROW(iomem_align, mem_align),
	ROW(verify, verify),
	ROW(pre_read, pre_read),
	ROW(zero_buffers, zero_buffers),
	ROW(scramble_buffers, scramble_buffers),
	ROW(buffer_compress_percentage, compress_percentage),
	ROW(dedupe_percentage, dedupe_percentage),
	ROW(rate, rate),
	ROW(rate_min, ratemin),
	ROW(rate_iops, rate_iops),
	ROW(rate_iops_min, rate_iops_min),
	ROW(max_latency, max_latency),
	ROW(latency_target, latency_target),
	ROW(thinktime, thinktime),
	ROW(runtime, timeout),
	ROW(time_based, time_based),
	ROW(ramp_time, ramp_time),
	ROW(startdelay, start_delay),
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
	ROW(exit_what, exit_what),
	ROW(read_iolog, read_iolog_file),
	ROW(write_iolog, write_iolog_file),
	ROW(zonemode, zone_mode),
	ROW(flow, flow),
	ROW(steadystate_duration, ss_dur),
};

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

		if (!o || o->off1 != rows[i].at)
			return false;
		row_bytes = common_divisor(row_bytes,
					   labs((const char *)o - first));
	}
	return row_bytes == sizeof(struct fio_option);
}

/* fio sets its defaults, changes a state, counts, and starts anew. */
static bool thread_fits(struct thread_data *td)
{
	bool fits;

	fio_fill_default_options(td);
	fits = td->o.magic == OPT_MAGIC && td->o.numjobs == 1 && td->o.stats &&
	       td->o.iodepth == 1 && td->o.bs[DDIR_READ] == 4096;
	td_set_runstate(td, TD_VERIFYING);
	fits = fits && td->runstate == TD_VERIFYING;
	fio_mark_td_terminate(td);
	fits = fits && td->terminate;
	io_u_mark_submit(td, 1);
	return fits && td->ts.total_submit == 1 && td->ts.io_u_submit[1] == 1;
}

static bool counters_fit(struct thread_data *td)
{
	const int ddir = DDIR_WRITE;

	td->this_io_bytes[ddir] = td->this_io_blocks[ddir] = 7;
	td->bytes_done[ddir] = td->rate_next_io_time[ddir] = 7;
	clear_io_state(td, 1);
	return !td->this_io_bytes[ddir] && !td->this_io_blocks[ddir] &&
	       !td->bytes_done[ddir] && !td->rate_next_io_time[ddir];
}

/* fio takes the time that an io_u was queued. */
static bool io_u_fits(struct thread_data *td, struct io_u *io_u)
{
	const struct io_stat *stat = &td->ts.slat_stat[DDIR_WRITE];

	io_u->start_time.tv_sec = 1;
	io_u->issue_time.tv_sec = 3;
	io_u->ddir = DDIR_WRITE;
#ifdef GLUE_SAMPLE_OF_IO_U
	add_slat_sample(td, io_u);
#else
	io_u_queued(td, io_u);
#endif
	return stat->samples == 1 && stat->max_val == 2000000000ull;
}

static bool structures_fit(void)
{
	struct thread_data *td = calloc(1, sizeof(*td) + SLACK);
	struct io_u *io_u = calloc(1, sizeof(*io_u) + SLACK);
	bool fits = td && io_u && thread_fits(td) && io_u_fits(td, io_u) &&
		    counters_fit(td);

	free(io_u);
	free(td);
	return fits;
}

bool layout_fits(void)
{
	/* fio loads an engine once a job. */
	static enum { UNKNOWN, FITS, DIFFERS } known;

	if (known == UNKNOWN)
		known = options_fit() && structures_fit() ? FITS : DIFFERS;
	return known == FITS;
}
