// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/cmdline.h"

/* The kernel's usual limit of arguments and environment. */
#define BYTES_MAX ((size_t)2 << 20)

static const char *next_argument(const char *at, const char *end)
{
	const char *zero = at < end ? memchr(at, 0, end - at) : NULL;

	return zero && zero + 1 < end ? zero + 1 : NULL;
}

/*
 * Returns the value of "--name=value", "-name=value" or "--name value" in `at`,
 * "" if the option has no value, and NULL if `at` is another option.
 */
static const char *value_of(const char *at, const char *end, const char *name)
{
	const char *next = next_argument(at, end);
	size_t n = strlen(name);

	if (*at++ != '-')
		return NULL;
	at += *at == '-';
	if (strncmp(at, name, n) != 0 || (at[n] && at[n] != '='))
		return NULL;
	if (at[n])
		return at + n + 1;
	return next ? next : "";
}

const char *cmdline_too_early(const struct cmdline_option *o,
			      const char *arguments, size_t length)
{
	const char *end = arguments + length, *at = arguments, *value;
	/* The engine was chosen: for all jobs, or in the section read now. */
	bool engine_of_all = false, engine = false;
	bool of_all = true, of_job = false;

	if (!length || end[-1])
		return NULL;
	while ((at = next_argument(at, end))) {
		if ((value = value_of(at, end, "name"))) {
			of_all = !strncmp(value, "global", 6);
			of_job = !strcmp(value, o->job);
			engine = engine_of_all;
		} else if ((value = value_of(at, end, "ioengine"))) {
			engine = strstr(value, o->engine) != NULL;
			if (of_all)
				engine_of_all = engine;
		} else if (!engine && (of_all || of_job) &&
			   value_of(at, end, o->name)) {
			return at;
		}
	}
	return NULL;
}

int cmdline_read(char **arguments, size_t *length)
{
	FILE *f = fopen("/proc/self/cmdline", "re");
	int ret = 0;

	*length = 0;
	if (!f)
		return -errno;
	*arguments = malloc(BYTES_MAX);
	if (*arguments)
		*length = fread(*arguments, 1, BYTES_MAX, f);
	else
		ret = -ENOMEM;
	fclose(f);
	return ret;
}
