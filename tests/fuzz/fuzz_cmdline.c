// SPDX-License-Identifier: GPL-2.0-only
/* A command line, in which each argument ends with a zero byte. */
#include "util/cmdline.h"
#include "fuzz.h"

static const struct cmdline_option files = { "files", "smallfile", "a" };

static void check_found(const char *arguments, size_t size, const char *found)
{
	size_t at = found - arguments;

	assert(at > 0 && at < size);
	assert(!found[-1] && *found == '-');
	assert(!strncmp(found + 1 + (found[1] == '-'), "files", 5));
}

/*
 * If the engine is chosen first, and no other one later, no option comes too
 * early.
 */
static void check_chosen_first(const uint8_t *data, size_t size)
{
	static const char first[] = "fio\0--ioengine=smallfile";
	char *longer;

	if (!size || memmem(data, size, "ioengine", 8))
		return;
	longer = malloc(sizeof(first) + size);
	if (!longer)
		return;
	memcpy(longer, first, sizeof(first));
	memcpy(longer + sizeof(first), data, size);
	assert(!cmdline_too_early(&files, longer, sizeof(first) + size));
	free(longer);
}

FUZZ(data, size)
{
	const char *arguments = (const char *)data;
	const char *found = cmdline_too_early(&files, arguments, size);

	if (found)
		check_found(arguments, size, found);
	check_chosen_first(data, size);
}
