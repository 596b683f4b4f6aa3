// SPDX-License-Identifier: GPL-2.0-only
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fio/engine_note.h"
#include "fio/note_field.h"

#define CLOCK   "clock at the gate: "
#define SECTION "section: "
#define KEPT    "kept: "
#define ENDED   "ended: "
#define CLIENT  "client: "

static int parse_clock(struct engine_note *note, const char *line)
{
	note->kind = NOTE_CLOCK;
	if (note_field_text(line, "host", " ", note->host) ||
	    note_field_text(line, "reference", " ", note->reference) ||
	    note_field_integer(line, "ahead_ns", &note->ahead_ns) ||
	    note_field_integer(line, "error_ns", &note->error_ns) ||
	    note->error_ns < 0)
		return -EINVAL;
	return note_field_text(line, "job", NULL, note->job);
}

/*
 * Reads a count that older engines do not print. Without such a count *out
 * stays as it is.
 */
static int later_count(const char *line, const char *name, uint64_t *out)
{
	char value[ENGINE_NOTE_NAME_MAX];

	return note_field_text(line, name, " ", value)
		       ? 0
		       : note_field_count(line, name, out);
}

static int parse_limits(struct engine_note *note, const char *line)
{
	uint64_t time_based = 0, early = 1, scheduled = 0, turns = 0;

	note->runtime_ms = ENGINE_NOTE_UNKNOWN;
	if (later_count(line, "time_based", &time_based) ||
	    later_count(line, "early", &early) ||
	    later_count(line, "runtime_ms", &note->runtime_ms) ||
	    later_count(line, "ramp_ms", &note->ramp_ms) ||
	    later_count(line, "hosts", &note->hosts) ||
	    later_count(line, "rate", &note->rate) ||
	    later_count(line, "scheduled", &scheduled) ||
	    later_count(line, "turns", &turns) || time_based > 1 || early > 1 ||
	    scheduled > 1 || turns > 1 || note->rate == ENGINE_NOTE_UNKNOWN)
		return -EINVAL;
	note->time_based = time_based;
	note->early = early;
	note->scheduled = scheduled;
	note->turns = turns;
	return 0;
}

static int parse_section(struct engine_note *note, const char *line)
{
	uint64_t grouped;

	note->kind = NOTE_SECTION;
	if (parse_limits(note, line))
		return -EINVAL;
	if (note_field_text(line, "operation", " ", note->operation) ||
	    note_field_count(line, "units", &note->units) ||
	    note_field_count(line, "unit_records", &note->unit_records) ||
	    note_field_count(line, "threads", &note->threads) ||
	    note_field_count(line, "grouped", &grouped) || !note->threads ||
	    note->threads == ENGINE_NOTE_UNKNOWN || grouped > 1 ||
	    note_field_text(line, "log", " job=", note->log))
		return -EINVAL;
	note->grouped = grouped;
	return note_field_text(line, "job", NULL, note->job);
}

static int number(const char *line, const char *name, uint64_t *out)
{
	char value[ENGINE_NOTE_NAME_MAX], *end;

	if (note_field_text(line, name, " ", value) ||
	    !isxdigit((unsigned char)*value))
		return -EINVAL;
	errno = 0;
	*out = strtoull(value, &end, 16);
	return errno || *end ? -EINVAL : 0;
}

static int parse_kept(struct engine_note *note, const char *line)
{
	int64_t ended_ns;

	note->kind = NOTE_KEPT;
	if (note_field_text(line, "host", " ", note->host) ||
	    number(line, "fio", &note->fio) ||
	    number(line, "run", &note->run) ||
	    note_field_count(line, "number", &note->number) ||
	    note->number == ENGINE_NOTE_UNKNOWN ||
	    note_field_integer(line, "ended_ns", &ended_ns))
		return -EINVAL;
	note->ended = ended_ns != 0;
	return note_field_text(line, "job", NULL, note->job);
}

static int parse_ended(struct engine_note *note, const char *line)
{
	note->kind = NOTE_ENDED;
	if (note_field_text(line, "host", " ", note->host) ||
	    note_field_count(line, "number", &note->number) ||
	    note_field_count(line, "done", &note->done) ||
	    note_field_count(line, "asked", &note->units) ||
	    note->number == ENGINE_NOTE_UNKNOWN ||
	    note->done == ENGINE_NOTE_UNKNOWN)
		return -EINVAL;
	return note_field_text(line, "job", NULL, note->job);
}

const char *const client_counter_name[CLIENT_COUNTERS] = {
	"voluntary_switches", "involuntary_switches", "ran_ns",
	"waited_ns",          "server_trips",         "read_bytes",
	"written_bytes",      "fetched_bytes",        "sent_bytes",
};

static int parse_client(struct engine_note *note, const char *line)
{
	note->kind = NOTE_CLIENT;
	for (int i = 0; i < CLIENT_COUNTERS; i++)
		if (note_field_count(line, client_counter_name[i],
				     &note->counter[i]))
			return -EINVAL;
	if (note_field_text(line, "host", " ", note->host) ||
	    note_field_count(line, "threads", &note->threads) ||
	    note->threads == ENGINE_NOTE_UNKNOWN)
		return -EINVAL;
	return note_field_text(line, "job", NULL, note->job);
}

int engine_note_parse(struct engine_note *note, const char *line, size_t length)
{
	char copy[NOTE_FIELD_LINE_MAX];
	const char *p = note_field_said(copy, line, length);

	if (!p)
		return -ENOENT;
	p++;
	memset(note, 0, sizeof(*note));
	/* The blank at the end of each word stays, as note_field_text() needs
	 * it. */
	if (!strncmp(p, CLOCK, strlen(CLOCK)))
		return parse_clock(note, p + strlen(CLOCK) - 1);
	if (!strncmp(p, SECTION, strlen(SECTION)))
		return parse_section(note, p + strlen(SECTION) - 1);
	if (!strncmp(p, KEPT, strlen(KEPT)))
		return parse_kept(note, p + strlen(KEPT) - 1);
	if (!strncmp(p, ENDED, strlen(ENDED)))
		return parse_ended(note, p + strlen(ENDED) - 1);
	if (!strncmp(p, CLIENT, strlen(CLIENT)))
		return parse_client(note, p + strlen(CLIENT) - 1);
	return -ENOENT;
}

bool engine_note_is_option(const char *name)
{
	static const char *const begins[] = { ENGINE_NOTE_SMALLFILE,
					      ENGINE_NOTE_DISKWRITE,
					      ENGINE_NOTE_CLIENT };

	for (size_t i = 0; i < sizeof(begins) / sizeof(*begins); i++)
		if (!strncmp(name, begins[i], strlen(begins[i])))
			return true;
	return false;
}

int engine_note_parse_option(struct engine_note *note, const char *value)
{
	char line[NOTE_FIELD_LINE_MAX];

	if (snprintf(line, sizeof(line), " %s", value) >= (int)sizeof(line))
		return -EINVAL;
	memset(note, 0, sizeof(*note));
	return strncmp(value, CLIENT, strlen(CLIENT))
		       ? parse_section(note, line)
		       : parse_client(note, line + strlen(CLIENT));
}
