// SPDX-License-Identifier: GPL-2.0-only
#include "fio.h"

#include "smallfile.h"

/*
 * What fio's add_clat_sample(), add_lat_sample() and its classes of latencies
 * do for one operation, for many at once, which is less work. The shapes are
 * those of fio's stat.h. Where there are logs fio's functions do it, one by
 * one.
 */

/* The mean, and the sum of the squares of what each differs from it. */
struct moments {
	uint64_t min, max;
	double mean, squares;
};

static struct moments moments_of(const struct sample *sample, unsigned int n)
{
	struct moments m = { .min = sample->took, .max = sample->took };
	/* From one of them, not from 0: so that nothing is lost by rounding. */
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

/* Two sets' moments are those of both: Chan, Golub, LeVeque 1979. */
static void add_moments(struct io_stat *s, const struct moments *m,
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
 * fio's histogram, as stat.h has it: values below 2^(PLAT_BITS + 1) have a
 * place each; above, each power of two has 2^PLAT_BITS of the same width.
 */
static unsigned int place_of(uint64_t ns)
{
	unsigned int exponent, place;

	if (ns < 2 * FIO_IO_U_PLAT_VAL)
		return (unsigned int)ns;
	exponent = 63 - (unsigned int)__builtin_clzll(ns) - FIO_IO_U_PLAT_BITS;
	/* The highest bit of what is shifted is set: one PLAT_VAL of these. */
	place = exponent * FIO_IO_U_PLAT_VAL + (unsigned int)(ns >> exponent);
	return place < FIO_IO_U_PLAT_NR ? place : FIO_IO_U_PLAT_NR - 1;
}

/* Which of the classes of fio's report it is in: below 2, 4, 10 and so on. */
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
		histogram[place_of(sample[i].took)]++;
}

static void add_together(struct thread_data *td, enum fio_ddir ddir,
			 const struct sample *sample, unsigned int n)
{
	const struct thread_options *o = &td->o;
	struct thread_stat *ts = &td->ts;
	struct moments m = moments_of(sample, n);

	if (!o->disable_lat) {
		add_moments(&ts->lat_stat[ddir], &m, n);
		if (ts->lat_percentiles)
			add_places(ts->io_u_plat[FIO_LAT][ddir], sample, n);
	}
	if (o->disable_clat)
		return;
	add_moments(&ts->clat_stat[ddir], &m, n);
	if (ts->clat_percentiles)
		add_places(ts->io_u_plat[FIO_CLAT][ddir], sample, n);
}

/*
 * fio's two functions take the io_u from 3.38 on, parts of it from 3.30 on, and
 * before, a flag as the last of them.
 */
typedef void any_function(void);
typedef void add_of_io_u(struct thread_data *td, enum fio_ddir ddir,
			 unsigned long long ns, unsigned long long bytes,
			 struct io_u *io_u);
typedef void add_of_parts(struct thread_data *td, enum fio_ddir ddir,
			  unsigned long long ns, unsigned long long bytes,
			  uint64_t offset, unsigned int ioprio,
			  unsigned short priority);
typedef void add_of_flag(struct thread_data *td, enum fio_ddir ddir,
			 unsigned long long ns, unsigned long long bytes,
			 uint64_t offset, unsigned int ioprio, bool priority);

__attribute__((unused)) static void by_io_u(any_function *add,
					    struct thread_data *td,
					    struct io_u *io_u,
					    const struct sample *s)
{
	((add_of_io_u *)add)(td, io_u->ddir, s->took, s->bytes, io_u);
}

__attribute__((unused)) static void by_parts(any_function *add,
					     struct thread_data *td,
					     struct io_u *io_u,
					     const struct sample *s)
{
	((add_of_parts *)add)(td, io_u->ddir, s->took, s->bytes, io_u->offset,
			      io_u->ioprio, 0);
}

__attribute__((unused)) static void by_flag(any_function *add,
					    struct thread_data *td,
					    struct io_u *io_u,
					    const struct sample *s)
{
	((add_of_flag *)add)(td, io_u->ddir, s->took, s->bytes, io_u->offset,
			     io_u->ioprio, false);
}

/* Whichever this fio has; another one does not compile. */
#define ADD(add, td, io_u, sample)                                             \
	_Generic(&(add), add_of_io_u *                                         \
		 : by_io_u, add_of_parts *                                     \
		 : by_parts, add_of_flag *                                     \
		 : by_flag)((any_function *)(add), td, io_u, sample)

static void add_ns(struct timespec *t, uint64_t ns)
{
	ns += (uint64_t)t->tv_nsec;
	t->tv_sec += (time_t)(ns / 1000000000);
	t->tv_nsec = (long)(ns % 1000000000);
}

static void add_each(struct thread_data *td, struct io_u *io_u,
		     const struct sample *sample, unsigned int n)
{
	const struct thread_options *o = &td->o;

	for (unsigned int i = 0; i < n; i++, sample++) {
		if (!o->disable_lat)
			ADD(add_lat_sample, td, io_u, sample);
		if (!o->disable_clat)
			ADD(add_clat_sample, td, io_u, sample);
		/* As fio does behind each operation: logs have to grow. */
		if (td->flags & TD_F_REGROW_LOGS)
			regrow_logs(td);
		io_u->offset++;
		add_ns(&io_u->issue_time, sample->took);
	}
}

void smallfile_add_samples(struct thread_data *td, struct io_u *io_u,
			   const struct sample *sample, unsigned int n)
{
	if (!td->o.stats)
		return;
	if (td->lat_log || td->clat_log || td->clat_hist_log)
		add_each(td, io_u, sample, n);
	else
		add_together(td, io_u->ddir, sample, n);
	for (unsigned int i = 0; i < n && !td->o.disable_clat; i++)
		add_class(&td->ts, sample[i].took);
}
