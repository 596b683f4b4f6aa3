// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fio/progress_message.h"

#define CHUNKS "fio-diskwrite: host "
#define FILES  "fio-smallfile: host "

/* Moves *p behind `text`. False: other text stands there. */
static bool skip(const char **p, const char *text)
{
	size_t length = strlen(text);

	if (strncmp(*p, text, length))
		return false;
	*p += length;
	return true;
}

/*
 * Copies the name that stands before `end`, and moves *p behind `end`. False:
 * the name is empty or has `size` bytes or more.
 */
static bool take_name(const char **p, const char *end, char *name, size_t size)
{
	const char *stop = strstr(*p, end);
	size_t length = stop ? (size_t)(stop - *p) : 0;

	if (!length || length >= size)
		return false;
	memcpy(name, *p, length);
	name[length] = '\0';
	*p = stop + strlen(end);
	return true;
}

/* Reads a number as printf("%f") writes it, without a sign. */
static bool take_number(const char **p, double *value)
{
	const char *s = *p;
	char *end;

	while ((*s >= '0' && *s <= '9') || *s == '.')
		s++;
	if (s == *p || **p == '.')
		return false;
	*value = strtod(*p, &end);
	if (end != s || !isfinite(*value))
		return false;
	*p = s;
	return true;
}

/* Reads a whole number that is at most `max`. */
static bool take_count(const char **p, uint64_t max, uint64_t *value)
{
	char *end;

	if (**p < '0' || **p > '9')
		return false;
	errno = 0;
	*value = strtoull(*p, &end, 10);
	if (errno || *value > max || *end == '.')
		return false;
	*p = end;
	return true;
}

static bool take_thread(const char **p, struct progress_message *message)
{
	uint64_t number;

	if (!take_count(p, UINT32_MAX, &number))
		return false;
	message->thread = (uint32_t)number;
	message->threads = 1;
	return skip(p, ": ");
}

static bool take_chunks(const char **p, struct progress_message *message)
{
	message->kind = PROGRESS_RATE;
	if (!take_number(p, &message->mib_per_s) || !skip(p, " MiB/s, p99 ") ||
	    !take_number(p, &message->p99_ms) || !skip(p, " ms, max ") ||
	    !take_number(p, &message->max_ms) || !skip(p, " ms, ") ||
	    !take_count(p, UINT64_MAX, &message->units) || !skip(p, " chunks"))
		return false;
	if (skip(p, ", ") &&
	    (!take_count(p, UINT64_MAX, &message->bytes) || !skip(p, " bytes")))
		return false;
	return skip(p, " in ") && take_number(p, &message->interval_s) &&
	       skip(p, " s");
}

static bool take_state(const char **p, struct progress_message *message)
{
	if (skip(p, "no chunk asked for in ")) {
		message->kind = PROGRESS_IDLE;
		return take_number(p, &message->interval_s) && skip(p, " s");
	}
	if (!skip(p, "STALLED: no chunk done in "))
		return take_chunks(p, message);
	message->kind = PROGRESS_STALLED;
	return take_number(p, &message->interval_s) &&
	       skip(p, " s, the oldest has been in flight for ") &&
	       take_number(p, &message->oldest_s) && skip(p, " s");
}

/* "12 of 200 files done", or "12 files done". */
static bool take_done(const char **p, struct progress_message *message)
{
	uint64_t asked;

	message->files_asked = -1;
	if (!take_count(p, UINT64_MAX, &message->files_done))
		return false;
	if (skip(p, " of ")) {
		if (!take_count(p, INT64_MAX, &asked))
			return false;
		message->files_asked = (int64_t)asked;
	}
	return skip(p, " files done");
}

static bool take_files(const char **p, struct progress_message *message)
{
	uint64_t threads;

	message->kind = PROGRESS_RATE;
	if (!take_count(p, UINT32_MAX, &threads) || !skip(p, " thread"))
		return false;
	message->threads = (uint32_t)threads;
	skip(p, "s");
	return skip(p, ": ") && take_number(p, &message->files_per_s) &&
	       skip(p, " files/s, ") && take_number(p, &message->mib_per_s) &&
	       skip(p, " MiB/s, p99 ") && take_number(p, &message->p99_ms) &&
	       skip(p, " ms, ") && take_count(p, UINT64_MAX, &message->units) &&
	       skip(p, " files, ") &&
	       take_count(p, UINT64_MAX, &message->bytes) &&
	       skip(p, " bytes in ") && take_number(p, &message->interval_s) &&
	       skip(p, " s, ") && take_done(p, message) && skip(p, ", ") &&
	       take_count(p, UINT64_MAX, &message->errors) &&
	       skip(p, " errors");
}

/* Reads what a message ends with. */
static bool take_end(const char **p, struct progress_message *message)
{
	if (skip(p, ", CPU ")) {
		message->has_usage = true;
		if (!take_number(p, &message->cpu_user_pct) ||
		    !skip(p, " % user ") ||
		    !take_number(p, &message->cpu_system_pct) ||
		    !skip(p, " % system, memory ") ||
		    !take_number(p, &message->memory_mib) || !skip(p, " MiB"))
			return false;
	}
	if (skip(p, ", the last"))
		message->end = PROGRESS_LAST;
	else if (skip(p, ", ended"))
		message->end = PROGRESS_ENDED;
	return !**p;
}

/* Reads what stands behind the name of the host. */
static bool take_rest(const char **p, bool files,
		      struct progress_message *message)
{
	if (files)
		return take_name(p, ", operation ", message->job,
				 sizeof(message->job)) &&
		       take_name(p, ", ", message->operation,
				 sizeof(message->operation)) &&
		       take_files(p, message) && take_end(p, message);
	return take_name(p, ", thread ", message->job, sizeof(message->job)) &&
	       take_thread(p, message) && take_state(p, message) &&
	       take_end(p, message);
}

int progress_message_parse(struct progress_message *message, const char *line,
			   size_t length)
{
	char text[PROGRESS_MESSAGE_LINE_MAX], own[PROGRESS_MESSAGE_NAME_MAX];
	const char *p = text;
	bool files;

	memset(message, 0, sizeof(*message));
	if (length >= sizeof(text))
		return -ENOENT;
	memcpy(text, line, length);
	text[length] = '\0';
	if (skip(&p, "<") &&
	    !take_name(&p, "> ", message->host, sizeof(message->host)))
		return -ENOENT;
	files = skip(&p, FILES);
	if ((!files && !skip(&p, CHUNKS)) ||
	    !take_name(&p, ", job ", own, sizeof(own)) ||
	    !take_rest(&p, files, message))
		return -ENOENT;
	if (message->interval_s > PROGRESS_INTERVAL_MAX_S)
		return -ENOENT;
	if (!message->host[0])
		memcpy(message->host, own, sizeof(own));
	return 0;
}
