// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lines with the latencies of a mix by operation. In what is accepted, texts
 * are terminated, and bins are fio's and ascend.
 */
#include "fio/latency_note.h"
#include "fuzz.h"

static void check(const struct latency_note *note)
{
	uint64_t samples = 0;

	assert(memchr(note->job, '\0', NOTE_FIELD_MAX));
	assert(memchr(note->host, '\0', NOTE_FIELD_MAX));
	assert(memchr(note->operation, '\0', NOTE_FIELD_MAX));
	assert(*note->operation && note->min_ns <= note->max_ns);
	assert(note->samples != NOTE_FIELD_UNKNOWN);
	for (size_t i = 0; i < note->bins.n; i++) {
		assert(note->bins.bin[i].index < FIO_HISTOGRAM_BINS);
		assert(!i ||
		       note->bins.bin[i].index > note->bins.bin[i - 1].index);
		samples += note->bins.bin[i].count;
	}
	assert(samples == note->bins.samples);
}

FUZZ(data, size)
{
	struct latency_notes notes = { 0 };
	const char *p = (const char *)data, *end = p + size;

	while (p < end) {
		const char *newline = memchr(p, '\n', (size_t)(end - p));
		const char *stop = newline ? newline : end;
		int ret = latency_notes_read(&notes, p, (size_t)(stop - p));

		assert(ret == 0 || ret == -ENOENT || ret == -EINVAL);
		p = stop + 1;
	}
	for (size_t i = 0; i < notes.count; i++)
		check(&notes.note[i]);
	latency_notes_free(&notes);
}
