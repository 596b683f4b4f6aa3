// SPDX-License-Identifier: GPL-2.0-only
/*
 * What fio-smallfile.so says of its jobs beside fio's JSON, see section_note.h.
 */
#include "fio.h"

#include "smallfile.h"

/* More operations than any job does. fio multiplies it by bytes. */
#define DRAWN_ENDLESS (1ull << 32)

uint64_t smallfile_drawn_units(const struct thread_data *td,
			       const struct job *job)
{
	const struct thread_options *o = &td->o;

	if (o->number_ios)
		return o->number_ios;
	return o->timeout || o->io_size ? DRAWN_ENDLESS
					: job->worker.fileset.files;
}

/* Call it before the start, because fio counts its loops down later. */
int64_t smallfile_units_asked(const struct thread_data *td,
			      const struct job *job)
{
	unsigned long long units;

	if (td->o.time_based || td->o.io_size ||
	    job->worker.units == DRAWN_ENDLESS)
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

	if (w->operation == &operation_mix)
		return -1;
	if (!w->operation->moves_data || w->options.empty)
		return 0;
	if (record >= w->filesize.high_bytes)
		return 1;
	if (w->filesize.distribution != FILESIZE_FIXED || !record)
		return -1;
	return (long long)((w->filesize.high_bytes + record - 1) / record);
}

struct section_note smallfile_note(const struct thread_data *td,
				   const struct job *job)
{
	const struct smallfile_options *so = td->eo;

	return (struct section_note){
		.engine = "fio-smallfile",
		.operation = job->worker.operation->name,
		.units = job->asked,
		.unit_records = unit_records(&job->worker),
		.scheduled = job->scheduled,
		.hosts = so->gate ? so->gate_hosts : 0,
		.endless = job->worker.units == DRAWN_ENDLESS,
		.turns = smallfile_turns_taken(),
	};
}
