// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>
#include <string.h>

#include "fio.h"

#include "fio_state.h"
#include "section_note.h"
#include "startline.h"

/* An option's name is the engine's name, this text and a number. */
#define NOTE_OPTION " section "
#define OPTION_MAX  64

/*
 * Whether the user has asked for something that may tell a job to end before
 * its work is done. A job with latency_target= may end so, too, but by itself.
 */
static bool may_end_early(const struct thread_data *td)
{
	const struct thread_options *o = &td->o;

	return exitall_on_terminate || o->ss_dur || o->fill_device ||
	       o->read_iolog_file;
}

/* The operations a second that rate= or rate_iops= ask of a thread; 0: none. */
static unsigned long long rate_of(const struct thread_data *td)
{
	unsigned long long rate = 0;

	/* No engine of ours trims, and that bit of td_ddir is another's. */
	for (int ddir = DDIR_READ; ddir <= DDIR_WRITE; ddir++)
		if ((td->o.rate[ddir] || td->o.rate_iops[ddir]) &&
		    td->o.td_ddir & (1 << ddir))
			rate += td->rate_bps[ddir] / td->o.min_bs[ddir];
	return rate;
}

static void put_asked(FILE *file, const struct thread_data *td,
		      const struct section_note *note, bool grouped)
{
	bool timed = td->o.time_based || (note->endless && td->o.timeout);

	fprintf(file,
		"operation=%s units=%lld unit_records=%lld threads=%u "
		"grouped=%d time_based=%d runtime_ms=%llu ramp_ms=%llu "
		"early=%d hosts=%llu rate=%llu scheduled=%d %slog=%s job=%s",
		note->operation, (long long)note->units, note->unit_records,
		td->o.numjobs, grouped, timed, td->o.timeout / 1000,
		td->o.ramp_time / 1000,
		may_end_early(td) || td->o.latency_target != 0, note->hosts,
		rate_of(td), note->scheduled, note->turns ? "turns=1 " : "",
		td->o.lat_log_file ? td->o.lat_log_file : "", td->o.name);
}

void section_note_put(FILE *file, const struct thread_data *td,
		      const struct section_note *note, bool grouped)
{
	fprintf(file, "%s: section: ", note->engine);
	put_asked(file, td, note, grouped);
	fputc('\n', file);
}

static void append_option(struct thread_data *td, const char *engine,
			  unsigned int number, const char *value)
{
	char name[OPTION_MAX];

	snprintf(name, sizeof(name), "%s" NOTE_OPTION "%u", engine, number);
	fio_state_add_option(td, name, value);
}

static unsigned int copy_sections(struct thread_data *td,
				  const struct thread_data *from,
				  const char *engine)
{
	char begin[OPTION_MAX];
	unsigned int copied = 0;
	struct flist_head *entry;

	snprintf(begin, sizeof(begin), "%s" NOTE_OPTION, engine);
	flist_for_each(entry, &from->opt_list)
	{
		const struct print_option *p =
			flist_entry(entry, struct print_option, list);

		if (!strncmp(p->name, begin, strlen(begin)))
			append_option(td, engine, ++copied, p->value);
	}
	return copied;
}

/*
 * Runs in fio's main process, which owns the list of options, writes it out and
 * frees it. fio shows only the options of a group's last job. So this job
 * carries the descriptions of all sections.
 */
void section_note_describe(struct thread_data *td,
			   const struct section_note *note)
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
		copied = copy_sections(td, before, note->engine);
	before = td;
	/*
	 * Only the first job of a section has its numjobs. The others have 1.
	 */
	if (td->subjob_number)
		return;
	file = open_memstream(&text, &length);
	if (!file)
		return;
	put_asked(file, td, note, td->o.group_reporting);
	if (!fclose(file))
		append_option(td, note->engine, copied + 1, text);
	free(text);
}

void section_note_tell(const struct thread_data *td,
		       const struct section_note *note)
{
	char *text = NULL;
	size_t length;
	FILE *file;

	if (!is_backend || !td->o.stats || startline_number(td))
		return;
	file = open_memstream(&text, &length);
	if (!file)
		return;
	section_note_put(file, td, note, td->o.group_reporting);
	if (!fclose(file))
		log_err("%s", text);
	free(text);
}

static bool is_time_over(const struct thread_data *td)
{
	return td->o.timeout && utime_since_now(&td->epoch) >= td->o.timeout;
}

/*
 * Tells fio's client that the job was told to end and had work left. A signal,
 * the client or another job may have ended it. A local fio says itself that it
 * ended by a signal.
 */
void section_note_tell_end(const struct thread_data *td,
			   const struct section_note *note, const char *host,
			   unsigned int number)
{
	uint64_t done = ddir_rw_sum(td->ts.total_io_u);

	if (!is_backend || !td->o.stats || !td->terminate || td->error ||
	    is_time_over(td) || may_end_early(td) ||
	    (note->units >= 0 && done >= (uint64_t)note->units))
		return;
	log_err("%s: ended: host=%s number=%u done=%llu asked=%lld job=%s\n",
		note->engine, host, number, (unsigned long long)done,
		(long long)note->units, td->o.name);
}
