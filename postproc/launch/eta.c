// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "launch/eta.h"

/* Jobs in these states have ended: reaped, exited, killed by a signal. */
#define ENDED "_EXK"

/* Reads "_(2),W(2)" as far as jobs have ended, in the order of the job file. */
static size_t count_ended(const char *p)
{
	size_t ended = 0;

	while (*p && *p != ']' && strchr(ENDED, *p)) {
		char *end = NULL;
		unsigned long n = 1;

		if (p[1] == '(')
			n = strtoul(p + 2, &end, 10);
		ended += n;
		p = end && *end == ')' ? end + 1 : p + 1;
		p += *p == ',';
	}
	return ended;
}

/* Copies "w=7995" without its letter, for lines with one direction. */
static void copy_iops(char *to, const char *p, size_t length)
{
	if (!memchr(p, ',', length) && length > 2 && p[1] == '=') {
		p += 2;
		length -= 2;
	}
	snprintf(to, ETA_TEXT_MAX, "%.*s", (int)length, p);
}

static int ends_with(const char *p, size_t length, const char *end)
{
	size_t n = strlen(end);

	return length > n && !memcmp(p + length - n, end, n);
}

/* Takes what stands in one pair of brackets. */
static void take_field(struct eta *eta, const char *p, size_t length)
{
	if (ends_with(p, length, "B/s"))
		snprintf(eta->bandwidth, ETA_TEXT_MAX, "%.*s", (int)length, p);
	else if (ends_with(p, length, " IOPS"))
		copy_iops(eta->iops, p, length - strlen(" IOPS"));
	else if (length > 4 && !memcmp(p, "eta ", 4))
		snprintf(eta->left, ETA_TEXT_MAX, "%.*s", (int)length - 4,
			 p + 4);
}

int eta_parse(struct eta *eta, const char *line)
{
	const char *p;

	*eta = (struct eta){ 0 };
	if (strncmp(line, "Jobs: ", 6) != 0)
		return -ENOENT;
	p = strchr(line, '[');
	if (p)
		eta->ended = count_ended(p + 1);
	while (p && (p = strchr(p, '['))) {
		size_t length = strcspn(++p, "]");

		take_field(eta, p, length);
		p += length;
	}
	return 0;
}
