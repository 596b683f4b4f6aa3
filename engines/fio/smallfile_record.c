// SPDX-License-Identifier: GPL-2.0-only
/*
 * What `smallfio result` cannot learn from fio about a client's run: fio files
 * the options of sections under wrong numbers there. One job of each section
 * says on each server what was asked of them; the line reaches the client's
 * output file. postproc/engine_note.h reads it.
 */
#include <stdlib.h>

#include "fio.h"

#include "smallfile.h"
#include "startline.h"

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

void smallfile_put_section(FILE *file, const struct thread_data *td,
			   const struct job *job, bool grouped)
{
	const struct worker *w = &job->worker;

	fprintf(file,
		"fio-smallfile: section: operation=%s units=%lld "
		"unit_records=%lld threads=%u grouped=%d log=%s job=%s\n",
		w->operation->name, (long long)job->asked, unit_records(w),
		td->o.numjobs, grouped,
		td->o.lat_log_file ? td->o.lat_log_file : "", td->o.name);
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
