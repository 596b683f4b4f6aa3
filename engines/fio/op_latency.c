// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "fio.h"

#include "op_latency.h"
#include "smallfile.h"
#include "startline.h"

#define OPTION_NAME "fio-smallfile latency %u"
/* Readers take no longer lines, and names have some room of their own. */
#define BINS_BYTES 1200

struct op_latency {
	uint64_t samples, bytes, errors, conflicts;
	int64_t error; /* the first one's errno */
	uint64_t first_ns, sum_ns, min_ns, max_ns;
	/*
	 * Of the differences from the first sample, which lose little by
	 * rounding: their sum and that of their squares.
	 */
	double apart, squares;
	uint64_t bins[FIO_IO_U_PLAT_NR];
};

/* Where fio's main process finds the latencies of a job. */
struct report {
	struct thread_data *td;
	const struct op_latency *latency;
	const struct operation *operation[MIX_OPERATIONS_MAX];
	unsigned int count;
	bool mixed, phases; /* what it has latencies of */
	char host[HOST_BYTES];
	struct report *next;
};

/* Of fio's main process alone. Only its first thread writes here. */
static struct report *reports;

/* Something that takes the notes, one after the other. */
struct taker {
	void (*take)(struct taker *taker, const char *text);
	FILE *file;
	struct thread_data *td;
	unsigned int taken;
};

void op_latency_add_all(struct op_latency *latency,
			const struct thread_data *td,
			const struct sample *sample, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		op_latency_end(latency, td, sample[i].unit, sample[i].took,
			       sample[i].bytes, 0);
}

void op_latency_end(struct op_latency *latency, const struct thread_data *td,
		    unsigned int index, uint64_t ns, uint64_t bytes, int error)
{
	const struct job *job = td->io_ops_data;
	struct op_latency *l = &latency[index];
	double apart;

	/* fio counts nothing else: not while ramp_time= lasts. */
	if (td->runstate != TD_RUNNING)
		return;
	if (error) {
		if (!l->errors++)
			l->error = -error;
		return;
	}
	if (job->heat_over)
		return;
	if (!l->samples++)
		l->first_ns = l->min_ns = ns;
	if (ns < l->min_ns)
		l->min_ns = ns;
	if (ns > l->max_ns)
		l->max_ns = ns;
	l->sum_ns += ns;
	l->bytes += bytes;
	apart = (double)ns - (double)l->first_ns;
	l->apart += apart;
	l->squares += apart * apart;
	l->bins[fio_state_bin(ns)]++;
}

/* The latencies of the operations come first, then those of their parts. */
static unsigned int part_index(unsigned int count, unsigned int index,
			       enum op_part part)
{
	return count + index * PART_COUNT + part;
}

static unsigned int count_operations(const struct job *job)
{
	return job->mix ? mix_operations(job->mix) : 1;
}

void op_latency_end_parts(const struct thread_data *td, const struct job *job,
			  unsigned int index, const struct parts *parts)
{
	unsigned int count = count_operations(job);

	for (enum op_part p = 0; p < PART_COUNT; p++)
		if (parts->seen & 1u << p)
			op_latency_end(
				job->latency, td, part_index(count, index, p),
				tick_clock_ns(&job->clock, parts->took[p]), 0,
				0);
}

void op_latency_conflict(struct op_latency *latency,
			 const struct thread_data *td, unsigned int index)
{
	if (td->runstate == TD_RUNNING)
		latency[index].conflicts++;
}

static double mean_ns(const struct op_latency *l)
{
	return l->samples ? (double)l->sum_ns / (double)l->samples : 0;
}

static double stddev_ns(const struct op_latency *l)
{
	double n = (double)l->samples, squares;

	if (l->samples < 2)
		return 0;
	squares = l->squares - l->apart * l->apart / n;
	return squares > 0 ? sqrt(squares / (n - 1)) : 0;
}

static void take_text(struct taker *t, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void take_text(struct taker *t, const char *format, ...)
{
	char *text;
	va_list ap;
	int n;

	va_start(ap, format);
	n = vasprintf(&text, format, ap);
	va_end(ap);
	if (n < 0)
		return;
	t->take(t, text);
	free(text);
}

static void take_bins(struct taker *t, const struct report *r,
		      const struct op_latency *l, const char *operation)
{
	char text[BINS_BYTES + 64];
	size_t length = 0;

	for (unsigned int i = 0; i <= FIO_IO_U_PLAT_NR; i++) {
		bool end = i == FIO_IO_U_PLAT_NR;

		if (!end && l->bins[i])
			length += snprintf(text + length, 64, "%s%u:%" PRIu64,
					   length ? "," : "", i, l->bins[i]);
		if (!length || (!end && length < BINS_BYTES))
			continue;
		take_text(t,
			  "bins: host=%s thread=%u operation=%s bins=%s job=%s",
			  r->host, startline_number(r->td), operation, text,
			  r->td->o.name);
		length = 0;
	}
}

static void take_one(struct taker *t, const struct report *r,
		     const struct op_latency *l, bool reads,
		     const char *operation)
{
	take_text(t,
		  "latency: host=%s thread=%u operation=%s reads=%d "
		  "samples=%" PRIu64 " bytes=%" PRIu64 " errors=%" PRIu64
		  " error=%" PRId64 " conflicts=%" PRIu64 " min=%" PRIu64
		  " max=%" PRIu64 " mean=%f stddev=%f job=%s",
		  r->host, startline_number(r->td), operation, reads,
		  l->samples, l->bytes, l->errors, l->error, l->conflicts,
		  l->min_ns, l->max_ns, mean_ns(l), stddev_ns(l),
		  r->td->o.name);
	take_bins(t, r, l, operation);
}

static void take_parts(struct taker *t, const struct report *r, unsigned int i)
{
	const struct operation *op = r->operation[i];

	for (enum op_part p = 0; p < PART_COUNT; p++) {
		const struct op_latency *l =
			&r->latency[part_index(r->count, i, p)];
		char name[64];

		if (!l->samples)
			continue;
		snprintf(name, sizeof(name), "%s part=%s", op->name,
			 part_name(p));
		take_one(t, r, l, op->reads, name);
	}
}

static void take_all(struct taker *t, const struct report *r)
{
	for (unsigned int i = 0; i < r->count; i++) {
		if (r->mixed)
			take_one(t, r, &r->latency[i], r->operation[i]->reads,
				 r->operation[i]->name);
		if (r->phases)
			take_parts(t, r, i);
	}
}

static void put_line(struct taker *t, const char *text)
{
	fprintf(t->file, "fio-smallfile: %s\n", text);
}

static void log_line(struct taker *t, const char *text)
{
	log_err("fio-smallfile: %s\n", text);
}

static void add_as_option(struct taker *t, const char *text)
{
	static unsigned int number;
	char name[64];

	snprintf(name, sizeof(name), OPTION_NAME, ++number);
	fio_state_add_option(t->td, name, text);
}

static struct report *find(const struct thread_data *td)
{
	struct report *r = reports;

	while (r && r->td != td)
		r = r->next;
	return r;
}

void op_latency_gone(struct thread_data *td)
{
	const struct report *r = find(td);
	struct taker taker = { .take = add_as_option };

	if (!r)
		return;
	taker.td = startline_carrier(td);
	take_all(&taker, r);
}

static int add_report(struct thread_data *td, struct job *job)
{
	const struct mix *mix = job->mix;
	struct report *r = calloc(1, sizeof(*r));

	if (!r)
		return -ENOMEM;
	r->td = td;
	r->latency = job->latency;
	r->count = count_operations(job);
	r->mixed = mix != NULL;
	r->phases = job->worker.options.phases;
	for (unsigned int i = 0; i < r->count; i++)
		r->operation[i] =
			mix ? mix_operation(mix, i) : job->worker.operation;
	memcpy(r->host, job->own_host, sizeof(r->host));
	r->next = reports;
	reports = r;
	return 0;
}

int op_latency_enter(struct thread_data *td, struct job *job)
{
	unsigned int count = count_operations(job);
	void *p;

	if (!job->mix && !job->worker.options.phases)
		return 0;
	/* What is not used takes no memory. */
	p = mmap(NULL, part_index(count, count, 0) * sizeof(*job->latency),
		 PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED)
		return -errno;
	job->latency = p;
	return add_report(td, job);
}

void op_latency_put(FILE *file, const struct thread_data *td,
		    const struct job *job)
{
	struct taker taker = { .take = put_line, .file = file };
	const struct report *r = job->latency ? find(td) : NULL;

	if (r)
		take_all(&taker, r);
}

void op_latency_tell(const struct thread_data *td, const struct job *job)
{
	struct taker taker = { .take = log_line };
	const struct report *r = job->latency ? find(td) : NULL;

	if (r && is_backend && td->o.stats)
		take_all(&taker, r);
}
