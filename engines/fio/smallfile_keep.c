// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a host keeps of its jobs (core/util/result_spool.h). fio's server hands
 * results over when the whole job file is done. The client may be gone by then.
 *
 * Each job writes a file without figures when it comes to the start. At its end
 * the job puts a file with figures in its place. So smallfio knows of a job
 * that was killed, or whose host was. The job writes the second file after the
 * moment at which stonewalled rates end.
 *
 * A file is what fio's client would have written of this job alone: our own
 * lines, then JSON+. So smallfio reads both in the same way.
 */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>

#include "fio.h"

#include "fio_state.h"
#include "util/result_spool.h"
#include "op_latency.h"
#include "smallfile.h"

#define NEVER "no"

/* Shared by all jobs of one fio. */
static struct keeping {
	uint64_t fio;
	int64_t began_s;      /* since 1970 */
	atomic_ullong run;    /* the run, from its first barrier; or 0 */
	atomic_bool dropped;  /* has removed what an earlier run left */
	unsigned int entered; /* jobs so far */
} * keeping;

/* Returns the directory in which results are kept, or NULL. */
static const char *directory(const struct smallfile_options *so)
{
	if (so->keep_results)
		return strcmp(so->keep_results, NEVER) ? so->keep_results
						       : NULL;
	return is_backend && so->gate && *so->gate != '@' ? so->gate : NULL;
}

const char *smallfile_kept_where(const struct thread_data *td)
{
	return directory(td->eo);
}

int smallfile_keep_enter(struct job *job)
{
	void *p;

	if (!keeping) {
		p = mmap(NULL, sizeof(*keeping), PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
		if (p == MAP_FAILED)
			return -errno;
		keeping = p;
		keeping->began_s = clock_unix_ns() / 1000000000;
		if (getrandom(&keeping->fio, sizeof(keeping->fio), 0) < 0)
			return -errno;
	}
	job->number = keeping->entered++;
	return 0;
}

static void print_string(FILE *f, const char *name, const char *value)
{
	fprintf(f, "\"%s\" : \"", name);
	for (; *value; value++) {
		unsigned char c = (unsigned char)*value;

		if (c == '"' || c == '\\')
			fprintf(f, "\\%c", c);
		else if (c < ' ')
			fprintf(f, "\\u%04x", c);
		else
			putc(c, f);
	}
	fprintf(f, "\",\n");
}

/* Prints no bins without clat_percentiles, because fio then fills none. */
static void print_bins(FILE *f, const uint64_t *plat, uint64_t samples)
{
	const char *comma = "";
	uint64_t sum = 0;

	for (unsigned int i = 0; i < FIO_IO_U_PLAT_NR; i++)
		sum += plat[i];
	if (sum != samples)
		return;
	fprintf(f, ",\n\"bins\" : {");
	for (unsigned int i = 0; i < FIO_IO_U_PLAT_NR; i++) {
		if (!plat[i])
			continue;
		fprintf(f, "%s\"%" PRIu64 "\" : %" PRIu64, comma,
			fio_state_bin_ns(i), plat[i]);
		comma = ", ";
	}
	putc('}', f);
}

static void print_latency(FILE *f, const struct thread_stat *ts,
			  enum fio_ddir ddir)
{
	const struct io_stat *s = &ts->clat_stat[ddir];
	double n = (double)s->samples;

	fprintf(f,
		",\n\"clat_ns\" : {\"min\" : %" PRIu64 ", \"max\" : %" PRIu64
		", \"mean\" : %f, \"stddev\" : %f, \"N\" : %" PRIu64,
		s->samples ? s->min_val : 0, s->max_val,
		n > 0 ? s->mean.u.f : 0., n > 1 ? sqrt(s->S.u.f / (n - 1)) : 0.,
		s->samples);
	print_bins(f, ts->io_u_plat[FIO_CLAT][ddir], s->samples);
	putc('}', f);
}

static void print_side(FILE *f, const struct thread_stat *ts,
		       enum fio_ddir ddir, const char *name)
{
	if (!ts->total_io_u[ddir])
		return;
	fprintf(f,
		",\n\"%s\" : {\n\"io_bytes\" : %" PRIu64
		",\n\"runtime\" : %" PRIu64 ",\n\"total_ios\" : %" PRIu64,
		name, ts->io_bytes[ddir], ts->runtime[ddir],
		ts->total_io_u[ddir]);
	print_latency(f, ts, ddir);
	fprintf(f, "\n}");
}

static double percent(uint64_t part, uint64_t whole)
{
	return whole ? 100. * (double)part / (double)whole : 0;
}

static void print_entry(FILE *f, const struct thread_data *td,
			const struct job *job)
{
	const struct thread_stat *ts = &td->ts;
	uint64_t whole = ts->total_run_time;

	fprintf(f, "{\n");
	print_string(f, "jobname", td->o.name);
	print_string(f, "hostname", job->own_host);
	fprintf(f,
		"\"error\" : %d,\n\"total_err\" : %u,\n\"first_error\" : %d,\n"
		"\"job_start\" : %" PRId64 ",\n\"job_runtime\" : %" PRIu64
		",\n\"usr_cpu\" : %f,\n\"sys_cpu\" : %f",
		td->error, (unsigned int)td->total_err_count, td->first_error,
		job->began_ns / 1000000, whole, percent(ts->usr_time, whole),
		percent(ts->sys_time, whole));
	print_side(f, ts, DDIR_READ, "read");
	print_side(f, ts, DDIR_WRITE, "write");
	fprintf(f, "\n}\n");
}

/* ended_ns is 0 if the job has not ended. */
static void print(FILE *f, const struct thread_data *td, const struct job *job,
		  int64_t ended_ns)
{
	const struct section_note note = smallfile_note(td, job);

	fprintf(f,
		"run=%016llx number=%u began_ns=%" PRId64 " ended_ns=%" PRId64
		" job=%s\n",
		(unsigned long long)keeping->run, job->number, job->began_ns,
		ended_ns, td->o.name);
	section_note_put(f, td, &note, false);
	if (ended_ns)
		op_latency_put(f, td, job);
	fprintf(f, "{\n");
	print_string(f, "fio version", fio_version_string);
	fprintf(f, "\"timestamp_ms\" : %" PRId64 ",\n\"client_stats\" : [\n",
		clock_unix_ns() / 1000000);
	print_entry(f, td, job);
	fprintf(f, "]\n}\n");
}

static int write_text(const struct job *job, struct result_spool *spool,
		      struct failure *f)
{
	int ret;

	spool->host = job->own_host;
	spool->number = job->number;
	spool->fio = keeping->fio;
	spool->began_s = keeping->began_s;
	ret = result_spool_write(spool, f);
	if (!ret && !atomic_exchange(&keeping->dropped, true))
		ret = result_spool_drop_earlier(spool, f);
	return ret;
}

static int write_file(const struct thread_data *td, const struct job *job,
		      bool ended, struct failure *f)
{
	struct result_spool spool = {
		.directory = directory(td->eo),
		.lasting = ended,
	};
	char *text = NULL;
	FILE *file = open_memstream(&text, &spool.length);
	int ret = -ENOMEM;

	if (!file)
		return failure_set(f, ENOMEM, "out of memory");
	print(file, td, job, ended ? clock_unix_ns() : 0);
	if (fclose(file))
		failure_set(f, ENOMEM, "out of memory");
	else {
		spool.text = text;
		ret = write_text(job, &spool, f);
	}
	free(text);
	return ret;
}

static void keep(const struct thread_data *td, struct job *job, bool ended)
{
	struct failure f = { "" };

	/* A job says only once that its results cannot be kept. */
	if (!directory(td->eo) || !td->o.stats ||
	    !write_file(td, job, ended, &f) || job->keep_failed)
		return;
	job->keep_failed = true;
	log_err("fio-smallfile: job %s: keep_results: %s\n", td->o.name,
		f.text);
}

void smallfile_keep_begin(const struct thread_data *td, struct job *job)
{
	job->kept = true;
	keep(td, job, false);
}

/*
 * Writes the file without figures again, because the run's number is known now.
 */
void smallfile_keep_run(const struct thread_data *td, struct job *job,
			uint64_t run)
{
	unsigned long long none = 0;

	if (run && atomic_compare_exchange_strong(&keeping->run, &none, run))
		keep(td, job, false);
}

/*
 * fio prints a description in each result. What hosts have printed of other
 * runs can so be told apart, also where they did as much.
 */
void smallfile_keep_gone(struct thread_data *td)
{
	char text[64];

	if (!keeping->run)
		return;
	snprintf(text, sizeof(text), "fio-smallfile run=%016llx",
		 (unsigned long long)keeping->run);
	fio_state_describe(td, text);
}

void smallfile_keep_end(const struct thread_data *td, struct job *job)
{
	if (job->kept)
		keep(td, job, true);
}
