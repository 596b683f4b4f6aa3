// SPDX-License-Identifier: GPL-2.0-only
/*
 * What `smallfio` cannot learn from fio's JSON: what was asked of a job, and
 * whether the job was ended before that was done. fio leaves options without a
 * value (time_based, group_reporting) out of its "job options", shows those of
 * one job for a whole group, and files a client's under wrong numbers.
 *
 * A local run carries the engine's description among fio's "job options": text
 * on stdout would break a pipe into a JSON parser. Through fio's server come
 * lines of text, which the client puts in front of its JSON.
 * postproc/engine_note.h reads both.
 */
#include <stdlib.h>
#include <string.h>

#include "fio.h"

#include "fio_state.h"
#include "smallfile.h"
#include "startline.h"

/* postproc knows it: see engine_note.h. */
#define NOTE_OPTION "fio-smallfile section "

/* Before the start: fio counts its loops down. */
int64_t smallfile_units_asked(const struct thread_data *td,
			      const struct job *job)
{
	unsigned long long units;

	if (td->o.time_based || td->o.io_size)
		return -1;
	if (__builtin_mul_overflow(job->worker.units,
				   (unsigned long long)td->o.loops, &units) ||
	    units > INT64_MAX)
		return -1;
	if (td->o.number_ios && td->o.number_ios < units)
		units = td->o.number_ios;
	return (int64_t)units;
}

static long long unit_records(const struct worker *w)
{
	uint64_t record = w->record_bytes;

	if (!w->operation->moves_data || w->options.empty)
		return 0;
	if (record >= w->filesize.high_bytes)
		return 1;
	if (w->filesize.distribution != FILESIZE_FIXED || !record)
		return -1;
	return (long long)((w->filesize.high_bytes + record - 1) / record);
}

/* What ends a job before its work is done, and was asked for. */
static bool may_end_early(const struct thread_data *td)
{
	const struct thread_options *o = &td->o;

	return exitall_on_terminate || o->ss_dur || o->fill_device ||
	       o->read_iolog_file;
}

static void put_asked(FILE *file, const struct thread_data *td,
		      const struct job *job, bool grouped)
{
	const struct smallfile_options *so = td->eo;
	const struct worker *w = &job->worker;

	fprintf(file,
		"operation=%s units=%lld unit_records=%lld threads=%u "
		"grouped=%d time_based=%d runtime_ms=%llu ramp_ms=%llu "
		"early=%d hosts=%llu log=%s job=%s",
		w->operation->name, (long long)job->asked, unit_records(w),
		td->o.numjobs, grouped, td->o.time_based != 0,
		td->o.timeout / 1000, td->o.ramp_time / 1000, may_end_early(td),
		so->gate ? so->gate_hosts : 0,
		td->o.lat_log_file ? td->o.lat_log_file : "", td->o.name);
}

void smallfile_put_section(FILE *file, const struct thread_data *td,
			   const struct job *job, bool grouped)
{
	fprintf(file, "fio-smallfile: section: ");
	put_asked(file, td, job, grouped);
	fputc('\n', file);
}

static void append_option(struct thread_data *td, unsigned int number,
			  const char *value)
{
	char name[sizeof(NOTE_OPTION) + 12];

	snprintf(name, sizeof(name), NOTE_OPTION "%u", number);
	fio_state_add_option(td, name, value);
}

static unsigned int copy_sections(struct thread_data *td,
				  const struct thread_data *from)
{
	unsigned int copied = 0;
	struct flist_head *entry;

	flist_for_each(entry, &from->opt_list)
	{
		const struct print_option *p =
			flist_entry(entry, struct print_option, list);

		if (!strncmp(p->name, NOTE_OPTION, strlen(NOTE_OPTION)))
			append_option(td, ++copied, p->value);
	}
	return copied;
}

/*
 * In fio's main process, which owns the list, writes it out and frees it. fio
 * shows the options of a group's last job: that one tells of all sections.
 */
void smallfile_describe(struct thread_data *td, const struct job *job)
{
	static const struct thread_data *before;
	unsigned int copied = 0;
	char *text = NULL;
	size_t length;
	FILE *file;

	if (is_backend || !td->o.stats)
		return;
	if (before && (td->subjob_number || (td->o.group_reporting &&
					     before->groupid == td->groupid)))
		copied = copy_sections(td, before);
	before = td;
	/* numjobs of the others is 1. */
	if (td->subjob_number)
		return;
	file = open_memstream(&text, &length);
	if (!file)
		return;
	put_asked(file, td, job, td->o.group_reporting);
	if (!fclose(file))
		append_option(td, copied + 1, text);
	free(text);
}

void smallfile_tell_section(struct thread_data *td, const struct job *job)
{
	char *text = NULL;
	size_t length;
	FILE *file;

	if (!is_backend || !td->o.stats || startline_number(td))
		return;
	file = open_memstream(&text, &length);
	if (!file)
		return;
	smallfile_put_section(file, td, job, td->o.group_reporting);
	if (!fclose(file))
		log_err("%s", text);
	free(text);
}

static bool is_time_over(const struct thread_data *td)
{
	return td->o.timeout && utime_since_now(&td->epoch) >= td->o.timeout;
}

/*
 * The job was told to end, by a signal, by fio's client or by another job, and
 * had work left. Only fio's client needs to be told: a local fio says itself
 * that it ended by a signal.
 */
void smallfile_tell_end(const struct thread_data *td, const struct job *job)
{
	uint64_t done = ddir_rw_sum(td->ts.total_io_u);

	if (!is_backend || !td->o.stats || !td->terminate || td->error ||
	    is_time_over(td) || may_end_early(td) ||
	    (job->asked >= 0 && done >= (uint64_t)job->asked))
		return;
	log_err("fio-smallfile: ended: host=%s number=%u done=%llu asked=%lld "
		"job=%s\n",
		job->own_host, job->number, (unsigned long long)done,
		(long long)job->asked, td->o.name);
}
