/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CORE_OP_RECORD_H
#define CORE_OP_RECORD_H

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <time.h>

#include "op/op.h"

/*
 * What the synchronous and the asynchronous forms of operations share for a
 * file's records. The functions are inline, so that neither form pays for the
 * other.
 */

#define RECORD_DEFAULT_MAX (1ull << 20)
#define RECORD_FILE_MODE   0666 /* the umask decides */

/* The length of the records in this request's file. */
static inline uint64_t record_bytes(const struct worker *w,
				    const struct request *r)
{
	if (w->options.record_size_bytes)
		return w->options.record_size_bytes;
	if (r->size_bytes < RECORD_DEFAULT_MAX)
		return r->size_bytes;
	return RECORD_DEFAULT_MAX;
}

/* Returns the contents of a record; with O_DIRECT in the request's buffer. */
static inline const uint8_t *record_make(struct worker *w, struct request *r,
					 uint64_t record, uint64_t length)
{
	if (!w->open_direct)
		return content_record(&w->content, r->buffer, r->file, record,
				      length);
	content_fill(&w->content, r->buffer, r->file, record, length);
	return r->buffer;
}

static inline const uint8_t *record_next(struct worker *w, struct request *r,
					 uint64_t length)
{
	const uint8_t *data;

	if (!r->records && r->first_record)
		return r->first_record;
	/* The pattern exists already, so no time is taken out. */
	if (w->options.content == CONTENT_PATTERN && !w->open_direct)
		return record_make(w, r, r->records, length);
	request_pause(w, r);
	data = record_make(w, r, r->records, length);
	request_resume(w, r);
	return data;
}

static inline int record_not_written(struct request *r)
{
	return request_fail_text(r, EIO, "write", "write returned 0");
}

/*
 * Switches O_DIRECT off, so that the rest of the file goes through the cache.
 * O_DIRECT refuses a length that is no whole number of blocks, such as a short
 * last record.
 */
static inline int record_end_direct(struct request *r, int fd)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags < 0 ||
	    TIMED(r, PART_FCNTL, fcntl(fd, F_SETFL, flags & ~O_DIRECT)))
		return request_fail(r, "fcntl");
	return 0;
}

static inline bool record_aligned(const struct worker *w, uint64_t offset,
				  uint64_t length)
{
	return !((offset | length) & (w->direct_align - 1));
}

static inline int record_too_short(const struct worker *w, struct request *r,
				   size_t done)
{
	uint64_t end = r->records * record_bytes(w, r) + done;

	return request_fail_text(r, EIO, "read",
				 "record %llu: the file ends at byte %llu, "
				 "expected %llu bytes",
				 (unsigned long long)r->records,
				 (unsigned long long)end,
				 (unsigned long long)r->size_bytes);
}

static inline int record_verify(struct worker *w, struct request *r,
				uint64_t record, size_t length)
{
	uint8_t expected;
	size_t at = content_compare(&w->content, r->buffer, r->file, record,
				    length, &expected);

	if (at == CONTENT_SAME)
		return 0;
	return request_fail_text(r, EILSEQ, "verify",
				 "record %llu, byte %zu: found 0x%02x, "
				 "expected 0x%02x",
				 (unsigned long long)record, at, r->buffer[at],
				 expected);
}

/*
 * Writes the attribute of record_ctime_size and returns its length.
 * await-create measures from it, maybe on another host.
 */
#define RECORD_STAMP_BYTES 64
static inline int record_stamp(const struct request *r, char *text)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return snprintf(text, RECORD_STAMP_BYTES, "%lld.%09ld,%llu",
			(long long)now.tv_sec, now.tv_nsec,
			(unsigned long long)(r->size_bytes / 1024));
}

#endif
