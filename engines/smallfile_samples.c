// SPDX-License-Identifier: GPL-2.0-only
#include "fio.h"

#include "smallfile.h"

/*
 * What fio's add_clat_sample(), add_lat_sample() and its classes of latencies
 * do for one operation, for many at once: a tenth of the work. The shapes are
 * those of fio's stat.h. Not for what they do beside: logs, and priorities,
 * which only other engines know.
 */

/* The mean, and the sum of the squares of what each differs from it. */
struct moments {
	uint64_t min, max;
	double mean, squares;
};

static struct moments moments_of(const uint64_t *ns, unsigned int n)
{
	struct moments m = { .min = ns[0], .max = ns[0] };
	/* From one of them, not from 0: so that nothing is lost by rounding. */
	double from = (double)ns[0], sum = 0, squares = 0;

	for (unsigned int i = 0; i < n; i++) {
		double d = (double)ns[i] - from;

		if (ns[i] < m.min)
			m.min = ns[i];
		if (ns[i] > m.max)
			m.max = ns[i];
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

static void add_places(uint64_t *histogram, const uint64_t *ns, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		histogram[place_of(ns[i])]++;
}

void smallfile_add_samples(struct thread_data *td, enum fio_ddir ddir,
			   const uint64_t *ns, unsigned int n)
{
	const struct thread_options *o = &td->o;
	struct thread_stat *ts = &td->ts;
	struct moments m = moments_of(ns, n);

	if (!o->disable_lat) {
		add_moments(&ts->lat_stat[ddir], &m, n);
		if (ts->lat_percentiles)
			add_places(ts->io_u_plat[FIO_LAT][ddir], ns, n);
	}
	if (o->disable_clat)
		return;
	add_moments(&ts->clat_stat[ddir], &m, n);
	if (ts->clat_percentiles)
		add_places(ts->io_u_plat[FIO_CLAT][ddir], ns, n);
	for (unsigned int i = 0; i < n; i++)
		add_class(ts, ns[i]);
}
