// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fio/progress_message.h"

#define ENGINE "fio-diskwrite: host "

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
 * the name is empty or has PROGRESS_MESSAGE_NAME_MAX bytes or more.
 */
static bool take_name(const char **p, const char *end, char *name)
{
	const char *stop = strstr(*p, end);
	size_t length = stop ? (size_t)(stop - *p) : 0;

	if (!length || length >= PROGRESS_MESSAGE_NAME_MAX)
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

static bool take_thread(const char **p, uint32_t *thread)
{
	double number;

	if (!take_number(p, &number) || number > UINT32_MAX)
		return false;
	*thread = (uint32_t)number;
	return skip(p, ": ");
}

static bool take_rate(const char **p, struct progress_message *message)
{
	double chunks;

	message->kind = PROGRESS_RATE;
	return take_number(p, &message->mib_per_s) && skip(p, " MiB/s, p99 ") &&
	       take_number(p, &message->p99_ms) && skip(p, " ms, max ") &&
	       take_number(p, &message->max_ms) && skip(p, " ms, ") &&
	       take_number(p, &chunks) && skip(p, " chunks in ") &&
	       take_number(p, &message->interval_s) && skip(p, " s");
}

static bool take_state(const char **p, struct progress_message *message)
{
	if (skip(p, "no chunk asked for in ")) {
		message->kind = PROGRESS_IDLE;
		return take_number(p, &message->interval_s) && skip(p, " s");
	}
	if (!skip(p, "STALLED: no chunk done in "))
		return take_rate(p, message);
	message->kind = PROGRESS_STALLED;
	return take_number(p, &message->interval_s) &&
	       skip(p, " s, the oldest has been in flight for ") &&
	       take_number(p, &message->oldest_s) && skip(p, " s");
}

int progress_message_parse(struct progress_message *message, const char *line,
			   size_t length)
{
	char text[PROGRESS_MESSAGE_LINE_MAX], own[PROGRESS_MESSAGE_NAME_MAX];
	const char *p = text;

	memset(message, 0, sizeof(*message));
	if (length >= sizeof(text))
		return -ENOENT;
	memcpy(text, line, length);
	text[length] = '\0';
	if (skip(&p, "<") && !take_name(&p, "> ", message->host))
		return -ENOENT;
	if (!skip(&p, ENGINE) || !take_name(&p, ", job ", own) ||
	    !take_name(&p, ", thread ", message->job) ||
	    !take_thread(&p, &message->thread) || !take_state(&p, message))
		return -ENOENT;
	message->last = skip(&p, ", the last");
	if (*p)
		return -ENOENT;
	if (!message->host[0])
		memcpy(message->host, own, sizeof(own));
	return 0;
}
