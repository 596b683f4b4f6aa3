// SPDX-License-Identifier: GPL-2.0-only
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "barrier/host_names.h"

/* Returns the length of a word, which ends at a separator in no brackets. */
static size_t word_length(const struct host_names *n)
{
	bool inside = false;
	size_t length;

	for (length = 0; n->at[length]; length++) {
		if (n->at[length] == '[')
			inside = true;
		else if (n->at[length] == ']')
			inside = false;
		else if (!inside && strchr(n->separators, n->at[length]))
			break;
	}
	return length;
}

static bool read_number(const char **at, unsigned long *number)
{
	char *end;

	/* strtoul() would take blanks and signs. */
	if (!isdigit((unsigned char)**at))
		return false;
	*number = strtoul(*at, &end, 10);
	*at = end;
	return true;
}

/* Reads "1-16" or "20", and moves to the comma or bracket behind it. */
static int read_range(struct host_names *n)
{
	const char *at = n->range;

	if (!read_number(&at, &n->number))
		return -EINVAL;
	n->digits = (int)(at - n->range);
	n->last = n->number;
	if (*at == '-') {
		at++;
		if (!read_number(&at, &n->last))
			return -EINVAL;
	}
	n->range = at;
	/* strtoul() makes larger numbers ULONG_MAX, which no number follows. */
	return (*at == ',' || *at == ']') && n->last < ULONG_MAX &&
			       n->last >= n->number &&
			       n->last - n->number < HOST_NAMES_RANGE_MAX
		       ? 0
		       : -EINVAL;
}

static int next_number(struct host_names *n, char *name, size_t size)
{
	int ret = snprintf(name, size, "%.*s%0*lu%.*s", n->head_length, n->head,
			   n->digits, n->number, n->tail_length, n->tail);

	if (n->number++ == n->last && *n->range == ']')
		n->range = NULL;
	return ret < (int)size ? 1 : -EINVAL;
}

int host_names_next(struct host_names *n, char *name, size_t size)
{
	const char *open, *close;
	size_t length;

	if (n->range && n->number > n->last) {
		n->range++;
		if (read_range(n))
			return -EINVAL;
	}
	if (n->range)
		return next_number(n, name, size);
	if (!*n->at)
		return 0;
	length = word_length(n);
	n->head = n->at;
	n->at += length + (n->at[length] != 0);
	open = memchr(n->head, '[', length);
	if (!open)
		return snprintf(name, size, "%.*s", (int)length, n->head) <
				       (int)size
			       ? 1
			       : -EINVAL;
	close = memchr(open, ']', length - (size_t)(open - n->head));
	if (!close)
		return -EINVAL;
	n->head_length = (int)(open - n->head);
	n->tail = close + 1;
	n->tail_length = (int)(n->head + length - n->tail);
	n->range = open + 1;
	return read_range(n) ? -EINVAL : next_number(n, name, size);
}
