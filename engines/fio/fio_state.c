// SPDX-License-Identifier: GPL-2.0-only
/*
 * The only file that writes into fio's structures. It writes the following.
 * Each entry says who uses the data at that time.
 *
 * - td->o, td->flags, td->rate_bps, td->io_ops, td->opt_list, td->files[0],
 *   td->prof_io_ops: written in ->setup by fio's main process. Its other
 *   threads then only read. It adds to td->opt_list once more when a job is
 *   gone. --status-interval= may read that list meanwhile. So an entry is whole
 *   before it is in the list.
 *   The job writes td->loops, io_size and total_io_size once more in ->init or
 *   ->post_init, before it has its first io_u. fio's main process reads
 *   total_io_size for its ETA. While it runs it writes td->o.disable_lat and
 *   disable_clat, which fio reads in the job alone by then.
 *   td->epoch and start are the job's own when it runs. fio's main process
 *   reads them for its ETA and --status-interval.
 * - io_u and td->files[0]->last_*: only the job uses them.
 * - td->io_*, this_io_*, bytes_done and td->ts: only the job counts in them, as
 *   fio does it in the job. fio's main process and its helper thread read them
 *   at any time, for averages, the ETA and --status-interval. Each is right at
 *   any time but for what is being added.
 * - td->lat_log and clat_log with log_avg_msec=: only the job adds to their
 *   window. Logs of each sample are the job's, too. bw_log and iops_log with
 *   log_avg_msec= belong to the helper thread in fio's main process. They are
 *   not touched, and not grown either. A forked job that grows them would leave
 *   that process with pointers to memory of the job.
 *
 * Beside these the hooks set td->io_ops_data and io_u->engine_data, which fio
 * keeps for them. They call fio's td_verror(), fio_mark_td_terminate(),
 * fio_terminate_threads(), io_u_queued() and io_u_mark_submit().
 */
#include <stdlib.h>
#include <string.h>

#include "fio.h"

#include "fio_state.h"

#define NS_PER_S 1000000000ll
#define FUTURE_S (1ll << 40) /* later than any clock of fio's */

void fio_state_set_file(struct thread_data *td, const char *name,
			uint64_t bytes)
{
	if (!td->files_index)
		add_file(td, name, 0, 0);
	td->files[0]->filetype = FIO_TYPE_FILE;
	td->files[0]->real_file_size = bytes;
}

void fio_state_set_blocks(struct thread_data *td, uint64_t block_bytes)
{
	struct thread_options *o = &td->o;

	for (int ddir = 0; ddir < DDIR_RWDIR_CNT; ddir++) {
		o->bs[ddir] = o->min_bs[ddir] = o->max_bs[ddir] = block_bytes;
		o->ba[ddir] = block_bytes;
	}
	o->rw_min_bs = block_bytes;
	o->file_size_low = o->file_size_high = 0;
	o->size = 0;
	o->nr_files = 1;
	o->open_files = 1;
	/* This takes the least work to choose the file each time. */
	o->file_service_type = FIO_FSERVICE_SEQ;
	/* The engine does these. fio would do them to its one pseudo file. */
	o->fsync_on_close = 0;
	o->unlink = 0;
	/* fio's buffers are never written, so they need not be filled. */
	o->zero_buffers = 1;
	o->scramble_buffers = 0;
	td->flags &= ~(TD_F_SCRAMBLE_BUFFERS | TD_F_REFILL_BUFFERS);
}

/*
 * fio has computed a rate of blocks with its own default of bs=, which is wrong
 * here.
 */
void fio_state_set_rates(struct thread_data *td, uint64_t mean_bytes)
{
	const struct thread_options *o = &td->o;

	for (int ddir = 0; ddir < DDIR_RWDIR_CNT; ddir++) {
		uint64_t rate = o->rate_iops[ddir];

		if (o->rate[ddir] && mean_bytes)
			rate = o->rate[ddir] / mean_bytes;
		else if (!rate)
			continue;
		td->rate_bps[ddir] = (rate ? rate : 1) * o->min_bs[ddir];
	}
}

void fio_state_set_io_size(struct thread_data *td, uint64_t mean_bytes)
{
	td->o.io_size = (td->o.io_size + mean_bytes - 1) / mean_bytes;
}

unsigned int fio_state_let_others_end(struct thread_data *td)
{
	unsigned int exit_what = td->o.exit_what;

	td->o.exit_what = TERMINATE_NONE;
	return exit_what;
}

void fio_state_set_direct(struct thread_data *td, bool direct)
{
	td->o.odirect = direct;
	/* The engine has its own buffers, which are aligned. */
	td->o.mem_align = 0;
}

void fio_state_set_sync(struct thread_data *td)
{
	struct thread_options *o = &td->o;

	o->iodepth = o->iodepth_low = o->iodepth_batch = 1;
	o->iodepth_batch_complete_min = o->iodepth_batch_complete_max = 1;
}

/*
 * rw= stays random, because fio prints it. But fio chooses no block at random,
 * and keeps no map of blocks. At the end of the file fio would go on with a
 * random block. It finds none, because no block has this alignment.
 */
void fio_state_count_positions(struct thread_data *td)
{
	struct thread_options *o = &td->o;

	for (int ddir = 0; ddir < DDIR_RWDIR_CNT; ddir++) {
		o->perc_rand[ddir] = 0;
		o->ba[ddir] = UINT64_MAX;
	}
	o->norandommap = 1;
}

void fio_state_show_both(struct thread_data *td)
{
	td->o.disable_lat = 0;
	td->o.lat_percentiles = td->ts.lat_percentiles = 1;
	td->o.clat_percentiles = td->ts.clat_percentiles = 1;
}

void fio_state_set_engine(struct thread_data *td, struct ioengine_ops *ops)
{
	td->io_ops = ops;
	td_set_ioengine_flags(td);
}

void fio_state_add_option(struct thread_data *td, const char *name,
			  const char *value)
{
	struct print_option *p = calloc(1, sizeof(*p));

	if (p) {
		p->name = strdup(name);
		p->value = strdup(value);
	}
	if (p && p->name && p->value) {
		__atomic_thread_fence(__ATOMIC_RELEASE);
		flist_add_tail(&p->list, &td->opt_list);
		return;
	}
	if (p) {
		free(p->name);
		free(p->value);
	}
	free(p);
}

void fio_state_describe(struct thread_data *td, const char *text)
{
	char *old = td->o.description, *all;

	if (asprintf(&all, "%s%s%s", text, old ? "; " : "", old ? old : "") < 0)
		return;
	td->o.description = all;
	free(old);
}

void fio_state_at_exit(struct thread_data *td,
		       void (*gone)(struct thread_data *td))
{
	td->prof_io_ops.td_exit = gone;
}

void fio_state_start_at_once(struct thread_data *td)
{
	td->o.start_delay = 0;
	td->o.exec_prerun = NULL;
	td->o.exec_postrun = NULL;
}

/* Makes a moment later. */
static void move(struct timespec *moment, int64_t ns)
{
	ns += moment->tv_nsec;
	moment->tv_sec += ns / NS_PER_S;
	moment->tv_nsec = ns % NS_PER_S;
}

/*
 * fio's helper, another thread, computes rates of intervals from these. While a
 * job stands still it must not. So the last time seems to be in the future.
 */
static void hide(struct timespec *sampled)
{
	sampled->tv_sec += FUTURE_S;
}

static void show(struct timespec *sampled, int64_t ns)
{
	/* The helper may have been on its way to set the time. */
	if (sampled->tv_sec >= FUTURE_S)
		sampled->tv_sec -= FUTURE_S;
	move(sampled, ns);
}

void fio_state_stand_still(struct thread_data *td)
{
	hide(&td->bw_sample_time);
	hide(&td->iops_sample_time);
}

void fio_state_stood_still(struct thread_data *td, int64_t ns)
{
	move(&td->epoch, ns);
	move(&td->start, ns);
	for (int ddir = 0; ddir < DDIR_RWDIR_CNT; ddir++)
		move(&td->last_rate_check_time[ddir], ns);
	show(&td->bw_sample_time, ns);
	show(&td->iops_sample_time, ns);
}

void fio_state_end_latencies(struct thread_data *td)
{
	td->o.disable_lat = td->o.disable_clat = 1;
}

void fio_state_set_total(struct thread_data *td, uint64_t bytes)
{
	td->total_io_size = bytes;
}

void fio_state_set_loops(struct thread_data *td, unsigned int loops)
{
	td->o.loops = loops;
}

void fio_state_set_file_bytes(struct thread_data *td, uint64_t bytes)
{
	td->files[0]->real_file_size = bytes;
	td->files[0]->io_size = bytes;
	td->o.size = bytes;
}

void fio_state_set_buffer(struct thread_data *td, void *buffer)
{
	td->orig_buffer = buffer;
}

void fio_state_set_unit(struct io_u *io_u, uint64_t unit)
{
	io_u->offset = unit;
}

void fio_state_set_issued(struct io_u *io_u, const struct timespec *now)
{
	io_u->issue_time = *now;
}

void fio_state_set_done(struct io_u *io_u, uint64_t bytes)
{
	io_u->resid = 0;
	io_u->error = 0;
	io_u->xfer_buflen = bytes;
}

void fio_state_set_failed(struct thread_data *td, struct io_u *io_u, int error,
			  bool counted)
{
	uint64_t *total = &td->ts.total_io_u[io_u->ddir];

	io_u->resid = 0;
	io_u->error = (unsigned int)error;
	/*
	 * Without a queue, fio counts the operation right after this. With a
	 * queue, fio has counted it before. If ramp_time= has ended meanwhile,
	 * fio has set the count back to 0.
	 */
	if (counted && (*total || td_ioengine_flagged(td, FIO_SYNCIO)))
		--*total;
}

static void add_ns(struct timespec *t, int64_t ns)
{
	ns += t->tv_nsec;
	t->tv_sec += ns / NS_PER_S;
	t->tv_nsec = ns % NS_PER_S;
	/* fio's clock may count from its own start. Before, it is negative. */
	if (t->tv_nsec < 0) {
		t->tv_nsec += NS_PER_S;
		t->tv_sec--;
	}
}

void fio_state_set_latency(struct io_u *io_u, const struct timespec *now,
			   uint64_t latency_ns)
{
	uint64_t queued_ns =
		now ? ntime_since(&io_u->start_time, &io_u->issue_time) : 0;

	if (now)
		io_u->issue_time = *now;
	else
		fio_gettime(&io_u->issue_time, NULL);
	add_ns(&io_u->issue_time, -(int64_t)latency_ns);
	io_u->start_time = io_u->issue_time;
	add_ns(&io_u->start_time, -(int64_t)queued_ns);
}

void fio_state_start_when_due(const struct thread_data *td, struct io_u *io_u)
{
	struct timespec due = td->epoch;

	add_ns(&due, (int64_t)td->rate_next_io_time[io_u->ddir] * 1000);
	if (ntime_since(&due, &io_u->start_time) > 0)
		io_u->start_time = due;
}

/*
 * The least and the greatest sample, the mean, and the sum of the squares of
 * all differences from the mean.
 */
struct batch_moments {
	uint64_t min, max;
	double mean, squares;
};

static struct batch_moments moments_of(const struct sample *sample,
				       unsigned int n)
{
	struct batch_moments m = { .min = sample->took, .max = sample->took };
	/* Differences from one sample, not from 0, lose nothing by rounding. */
	double from = (double)sample->took, sum = 0, squares = 0;

	for (unsigned int i = 0; i < n; i++) {
		uint64_t ns = sample[i].took;
		double d = (double)ns - from;

		if (ns < m.min)
			m.min = ns;
		if (ns > m.max)
			m.max = ns;
		sum += d;
		squares += d * d;
	}
	m.mean = from + sum / n;
	m.squares = squares - sum * sum / n;
	return m;
}

/*
 * Adds the moments of n samples to fio's. The formula is of Chan, Golub,
 * LeVeque 1979.
 */
static void add_moments(struct io_stat *s, const struct batch_moments *m,
			unsigned int n)
{
	double all = (double)s->samples + n;
	double apart = m->mean - s->mean.u.f;

	if (m->max > s->max_val)
		s->max_val = m->max;
	if (m->min < s->min_val)
		s->min_val = m->min;
	s->S.u.f += m->squares + apart * apart * (double)s->samples * n / all;
	s->mean.u.f += apart * n / all;
	s->samples += n;
}

/*
 * Returns the place in fio's histogram, as stat.h has it. Values below
 * 2^(PLAT_BITS + 1) have a place each. Above, each power of two has 2^PLAT_BITS
 * places of the same width.
 */
unsigned int fio_state_bin(uint64_t ns)
{
	unsigned int exponent, place;

	if (ns < 2 * FIO_IO_U_PLAT_VAL)
		return (unsigned int)ns;
	exponent = 63 - (unsigned int)__builtin_clzll(ns) - FIO_IO_U_PLAT_BITS;
	/*
	 * The shifted value has its highest bit set, which adds one PLAT_VAL.
	 */
	place = exponent * FIO_IO_U_PLAT_VAL + (unsigned int)(ns >> exponent);
	return place < FIO_IO_U_PLAT_NR ? place : FIO_IO_U_PLAT_NR - 1;
}

uint64_t fio_state_bin_ns(unsigned int bin)
{
	unsigned int exponent;

	if (bin < 2 * FIO_IO_U_PLAT_VAL)
		return bin;
	exponent = bin / FIO_IO_U_PLAT_VAL - 1;
	return ((uint64_t)(bin % FIO_IO_U_PLAT_VAL + FIO_IO_U_PLAT_VAL)
		<< exponent) +
	       ((uint64_t)1 << exponent >> 1);
}

/* Returns the class of fio's report for a value: below 2, 4, 10 and so on. */
static unsigned int class_of(uint64_t value)
{
	static const unsigned int ends[FIO_IO_U_LAT_M_NR - 1] = {
		2, 4, 10, 20, 50, 100, 250, 500, 750, 1000, 2000
	};
	unsigned int i = 0;

	while (i < FIO_IO_U_LAT_M_NR - 1 && value >= ends[i])
		i++;
	return i;
}

static void add_class(struct thread_stat *ts, uint64_t ns)
{
	if (ns < 1000)
		ts->io_u_lat_n[class_of(ns)]++;
	else if (ns < 1000000)
		ts->io_u_lat_u[class_of(ns / 1000)]++;
	else
		ts->io_u_lat_m[class_of(ns / 1000000)]++;
}

static void add_places(uint64_t *histogram, const struct sample *sample,
		       unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		histogram[fio_state_bin(sample[i].took)]++;
}

/*
 * Adds to the open window of a log of averages. fio decides whether the window
 * is over when it adds the io_u behind the samples. So there is one entry for
 * one time.
 */
static void add_to_window(struct io_log *log, enum fio_ddir ddir,
			  const struct batch_moments *m, unsigned int n)
{
	if (log)
		add_moments(&log->avg_window[ddir], m, n);
}

/*
 * Does what fio's add_lat_sample() and add_clat_sample() do, for many samples
 * with less work.
 */
static void add_together(struct thread_data *td, enum fio_ddir ddir,
			 const struct sample *sample, unsigned int n)
{
	const struct thread_options *o = &td->o;
	struct thread_stat *ts = &td->ts;
	struct batch_moments m = moments_of(sample, n);

	if (!o->disable_lat) {
		add_moments(&ts->lat_stat[ddir], &m, n);
		add_to_window(td->lat_log, ddir, &m, n);
		if (ts->lat_percentiles)
			add_places(ts->io_u_plat[FIO_LAT][ddir], sample, n);
	}
	if (o->disable_clat)
		return;
	add_moments(&ts->clat_stat[ddir], &m, n);
	add_to_window(td->clat_log, ddir, &m, n);
	if (ts->clat_percentiles)
		add_places(ts->io_u_plat[FIO_CLAT][ddir], sample, n);
}

#ifdef GLUE_SAMPLE_OF_IO_U
#define ADD(add, td, io_u, s) add(td, (io_u)->ddir, (s)->took, (s)->bytes, io_u)
#else
/* The last argument is an index of priorities, or a flag. */
#define ADD(add, td, io_u, s)                                                  \
	add(td, (io_u)->ddir, (s)->took, (s)->bytes, (io_u)->offset,           \
	    (io_u)->ioprio, 0)
#endif

/*
 * Adds samples one by one, for logs of each sample. fio looks at its clock for
 * each.
 */
static void add_each(struct thread_data *td, struct io_u *io_u,
		     const struct sample *sample, unsigned int n)
{
	const struct thread_options *o = &td->o;

	for (unsigned int i = 0; i < n; i++, sample++) {
		io_u->offset = sample->unit;
		if (!o->disable_lat)
			ADD(add_lat_sample, td, io_u, sample);
		if (!o->disable_clat)
			ADD(add_clat_sample, td, io_u, sample);
		/*
		 * fio does this after each operation, because logs have to
		 * grow.
		 */
		if (td->flags & TD_F_REGROW_LOGS)
			regrow_logs(td);
		add_ns(&io_u->issue_time, (int64_t)sample->took);
	}
}

static bool logs_each(const struct thread_data *td)
{
	return (td->lat_log && !td->lat_log->avg_msec) ||
	       (td->clat_log && !td->clat_log->avg_msec);
}

static void add_samples(struct thread_data *td, struct io_u *io_u,
			const struct sample *sample, unsigned int n)
{
	if (!td->o.stats)
		return;
	if (logs_each(td))
		add_each(td, io_u, sample, n);
	else
		add_together(td, io_u->ddir, sample, n);
	for (unsigned int i = 0; i < n && !td->o.disable_clat; i++)
		add_class(&td->ts, sample[i].took);
}

/* Counts n operations that moved so many bytes. A unit is a byte to fio. */
static void count(struct thread_data *td, struct io_u *io_u, unsigned int n,
		  uint64_t bytes)
{
	enum fio_ddir ddir = io_u->ddir;
	struct fio_file *f = io_u->file;
	struct thread_stat *ts = &td->ts;

	f->last_start[ddir] += n;
	f->last_pos[ddir] += n;
	td->io_issues[ddir] += n;
	td->io_issue_bytes[ddir] += n;
	td->io_blocks[ddir] += n;
	td->this_io_blocks[ddir] += n;
	td->io_bytes[ddir] += bytes;
	td->this_io_bytes[ddir] += bytes;
	td->bytes_done[ddir] += bytes;
	ts->total_io_u[ddir] += n;
	/* fio's classes: [0] of the map is depth 1, [1] is 1 to 4 at once. */
	ts->io_u_map[0] += n;
	ts->io_u_submit[1] += n;
	ts->io_u_complete[1] += n;
	ts->total_submit += n;
	ts->total_complete += n;
}

void fio_state_add(struct thread_data *td, struct io_u *io_u,
		   const struct sample *sample, unsigned int n)
{
	uint64_t bytes = 0, unit = io_u->offset;

	for (unsigned int i = 0; i < n; i++)
		bytes += sample[i].bytes;
	count(td, io_u, n, bytes);
	add_samples(td, io_u, sample, n);
	io_u->offset = unit;
	/*
	 * With gtod_reduce= fio looks at its clock once in 64 io_us. Makes fio
	 * look now.
	 */
	td->ts_cache_nr = td->ts_cache_mask - 1;
}

void fio_state_make_log_room(struct thread_data *td)
{
	struct io_log *const logs[] = { td->slat_log,      td->clat_log,
					td->clat_hist_log, td->lat_log,
					td->bw_log,        td->iops_log };

	for (size_t i = 0; i < sizeof(logs) / sizeof(*logs); i++)
		if (logs[i] && !per_unit_log(logs[i]))
			return;
	regrow_logs(td);
}
