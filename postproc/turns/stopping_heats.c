// SPDX-License-Identifier: GPL-2.0-only
/* What sides that were stopped did in their turns, by their logs. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "turns/stopping.h"
#include "util/array.h"

static int check_logs(const struct log_times_list *times, const char *directory,
		      struct input_error *error)
{
	size_t i;

	error->path = directory;
	if (!times->count)
		return input_error_set(error, INPUT_RUN, 0, 0,
				       "expected latency logs of this run, to "
				       "tell what it did in its turns: it "
				       "needs write_lat_log=NAME and "
				       "log_unix_epoch=1");
	for (i = 0; i < times->count; i++) {
		error->path = times->log[i].path;
		if (times->log[i].samples && !times->log[i].absolute)
			return input_error_set(error, INPUT_RUN, 0, 0,
					       "expected times since 1970: the "
					       "job needs log_unix_epoch=1");
	}
	return 0;
}

int stopping_read(struct stopping *s, int side, const char *directory,
		  struct notes *notes, struct input_error *error)
{
	struct stopping_log *log = &s->log[side];
	const struct load_options options = { 0 };
	int ret;

	log->files.notes = notes;
	log->files.error = error;
	ret = run_files_read_run(&log->files, directory, NULL, NULL);
	if (!ret)
		ret = run_files_times(&log->files, &options, &log->times);
	return ret ? ret : check_logs(&log->times, directory, error);
}

/* The entry of a log's section; NULL: fio did not measure it (stats=0). */
static const struct fio_entry *entry_of(const struct stopping_log *log,
					const struct log_times *times,
					const struct fio_result **result)
{
	const struct tie *tie = fio_results_find_tie(
		&log->files.results, times->name->host, times->name->operation);

	if (!tie)
		return NULL;
	*result = tie->result;
	return times->entry ? times->entry : tie->entry[0];
}

/* What figures of the log's section go by. NULL: it was not measured. */
static const char *phase_of(const struct stopping_log *log,
			    const struct log_times *times)
{
	const struct fio_result *result;
	const struct fio_entry *entry = entry_of(log, times, &result);

	return entry ? fio_json_phase(result, entry) : NULL;
}

/* The logs of a phase, and the time that they share. */
struct logs {
	const struct log_times **log;
	size_t count;
	int64_t from_ns, to_ns;
};

/* Returns 0 or -ENOMEM. */
static int find(struct logs *logs, const struct stopping_log *of,
		const char *phase)
{
	*logs = (struct logs){ .from_ns = INT64_MIN, .to_ns = INT64_MAX };
	for (size_t i = 0; i < of->times.count; i++) {
		const struct log_times *log = &of->times.log[i], **kept;
		const char *other = phase_of(of, log);

		if (!other || strcmp(other, phase))
			continue;
		kept = array_add(&logs->log, &logs->count);
		if (!kept)
			return -ENOMEM;
		*kept = log;
		if (log->start_ns > logs->from_ns)
			logs->from_ns = log->start_ns;
		if (log->end_ns < logs->to_ns)
			logs->to_ns = log->end_ns;
	}
	return 0;
}

/* How many operations had ended by then. */
static uint64_t done_by(const struct logs *logs, int64_t time_ns)
{
	uint64_t done = 0;

	for (size_t i = 0; i < logs->count; i++)
		done += log_times_by(logs->log[i], time_ns);
	return done;
}

/* All that a side did since its turn before belongs to this turn. */
struct count {
	struct logs logs;
	uint64_t done;
};

static struct referee_turn end_turn(struct count *count,
				    const struct stopping_turn *turn,
				    bool after_other)
{
	uint64_t done = done_by(&count->logs, turn->to_ns);
	struct referee_turn result = {
		.operations = done - count->done,
		.ns = (uint64_t)(turn->to_ns - turn->from_ns),
		.after_other = after_other,
	};

	count->done = done;
	return result;
}

/* Adds the pairs in which both sides were at work all the time. */
static int add_pairs(struct referee_heat *heat, const struct stopping *s,
		     struct count count[2])
{
	int64_t from_ns = count[0].logs.from_ns, to_ns = count[0].logs.to_ns;
	size_t i, k;

	if (count[1].logs.from_ns > from_ns)
		from_ns = count[1].logs.from_ns;
	if (count[1].logs.to_ns < to_ns)
		to_ns = count[1].logs.to_ns;
	for (i = 0; i + 1 < s->turns; i += 2) {
		struct referee_pair pair, *kept;
		int side = 0;

		for (k = i; k < i + 2; k++) {
			side = s->turn[k].side;
			pair.turn[side] =
				end_turn(&count[side], &s->turn[k],
					 k && s->turn[k - 1].side != side);
		}
		if (s->turn[i].from_ns < from_ns ||
		    s->turn[i + 1].to_ns > to_ns)
			continue;
		kept = array_add(&heat->pair, &heat->pairs);
		if (!kept)
			return -ENOMEM;
		*kept = pair;
	}
	return 0;
}

static int add_heat(struct stopping *s, const char *phase,
		    struct count count[2])
{
	struct referee_heat *heat;
	int ret = find(&count[0].logs, &s->log[0], phase);

	if (!ret && !count[0].logs.count)
		return 0;
	if (!ret)
		ret = find(&count[1].logs, &s->log[1], phase);
	heat = ret ? NULL : array_add(&s->heat, &s->heats);
	if (!heat)
		return -ENOMEM;
	snprintf(heat->name, sizeof(heat->name), "%s", phase);
	heat->alike = true;
	for (int side = 0; side < 2; side++)
		heat->threads[side] = (unsigned int)count[side].logs.count;
	return add_pairs(heat, s, count);
}

static bool has_heat(const struct stopping *s, const char *phase)
{
	for (size_t i = 0; i < s->heats; i++)
		if (!strcmp(s->heat[i].name, phase))
			return true;
	return false;
}

int stopping_heats(struct stopping *s)
{
	const struct stopping_log *b = &s->log[1];
	int ret = 0;

	for (size_t i = 0; i < b->times.count && !ret; i++) {
		const char *phase = phase_of(b, &b->times.log[i]);
		struct count count[2] = { 0 };

		if (!phase || has_heat(s, phase))
			continue;
		ret = add_heat(s, phase, count);
		free(count[0].logs.log);
		free(count[1].logs.log);
	}
	return ret;
}
