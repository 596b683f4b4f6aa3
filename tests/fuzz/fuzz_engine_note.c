// SPDX-License-Identifier: GPL-2.0-only
/*
 * A line of our engines. In an accepted line all texts are terminated and no
 * longer than allowed, and all numbers are in range.
 */
#include "fio/engine_note.h"
#include "fuzz.h"

static void check_name(const char *name)
{
	assert(memchr(name, '\0', ENGINE_NOTE_NAME_MAX));
}

FUZZ(data, size)
{
	struct engine_note note;
	int ret = engine_note_parse(&note, (const char *)data, size);

	assert(ret == 0 || ret == -ENOENT || ret == -EINVAL);
	if (ret)
		return;
	check_name(note.job);
	if (note.kind == NOTE_CLOCK) {
		check_name(note.host);
		check_name(note.reference);
		assert(note.error_ns >= 0);
	} else if (note.kind == NOTE_KEPT) {
		check_name(note.host);
		assert(note.number != ENGINE_NOTE_UNKNOWN);
	} else if (note.kind == NOTE_ENDED) {
		check_name(note.host);
		assert(note.done != ENGINE_NOTE_UNKNOWN);
	} else if (note.kind == NOTE_CLIENT) {
		check_name(note.host);
		assert(note.threads != ENGINE_NOTE_UNKNOWN);
	} else {
		assert(note.kind == NOTE_SECTION);
		check_name(note.operation);
		check_name(note.log);
		assert(note.threads && note.threads != ENGINE_NOTE_UNKNOWN);
	}
}
