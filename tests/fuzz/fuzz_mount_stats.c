// SPDX-License-Identifier: GPL-2.0-only
/*
 * The first line is a path, the rest is a /proc/self/mountstats. Its counters
 * are the same if another mount stands before all others, or the path is given
 * twice.
 */
#include "fs/mount_stats.h"
#include "fuzz.h"

#define TEXT_MAX 8192
#define BEFORE   "device x mounted on / with fstype x\n"

FUZZ(data, size)
{
	struct mount_stats found, again;
	char text[TEXT_MAX], more[TEXT_MAX + sizeof(BEFORE)], *rest = text;
	char *path[2];

	if (!fuzz_text(text, sizeof(text), data, size))
		return;
	path[0] = path[1] = fuzz_line(&rest);
	if (!mount_stats_sum(&found, rest, path, 1))
		return;
	assert(mount_stats_sum(&again, rest, path, 2));
	assert(!memcmp(&found, &again, sizeof(found)));
	strcpy(stpcpy(more, BEFORE), rest);
	assert(mount_stats_sum(&again, more, path, 1));
	assert(!memcmp(&found, &again, sizeof(found)));
}
