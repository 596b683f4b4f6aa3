// SPDX-License-Identifier: GPL-2.0-only
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fs/mount_stats.h"

#define ON   " mounted on "
#define TYPE " with fstype "

static bool begins(const char *line, const char *words)
{
	return !strncmp(line, words, strlen(words));
}

static const char *next_line(const char *line)
{
	const char *end = strchrnul(line, '\n');

	return *end ? end + 1 : end;
}

/* Returns where the line has the words, or NULL. */
static const char *within(const char *line, const char *words)
{
	return memmem(line, (size_t)(next_line(line) - line), words,
		      strlen(words));
}

/*
 * Returns how many bytes of a path a mount point takes, or -1 if the path is
 * not below it. A mount point has \040 for a blank, and the like.
 */
static int depth(const char *point, const char *end, const char *path)
{
	const char *from = path;
	unsigned int c;

	/* The root is above everything. */
	if (end - point == 1 && *point == '/')
		return 0;
	for (; point < end; path++) {
		c = (unsigned char)*point++;
		if (c == '\\' && sscanf(point, "%3o", &c) == 1)
			point += 3;
		if (!*path || (unsigned char)*path != c)
			return -1;
	}
	return *path && *path != '/' ? -1 : (int)(path - from);
}

/* Returns where the lines of the mount begin that a path is on, or NULL. */
static const char *find(const char *text, const char *path)
{
	const char *found = NULL, *on, *type;
	int n, most = 0;

	for (const char *line = text; *line; line = next_line(line)) {
		on = begins(line, "device ") ? within(line, ON) : NULL;
		type = on ? within(on, TYPE) : NULL;
		n = type ? depth(on + strlen(ON), type, path) : -1;
		/* Of two mounts at one place, the later one hides the other. */
		if (n >= most) {
			most = n;
			found = line;
		}
	}
	return found;
}

static bool add_bytes(struct mount_stats *stats, const char *line)
{
	uint64_t n[6];

	if (sscanf(line,
		   "bytes: %19" SCNu64 " %19" SCNu64 " %19" SCNu64 " %19" SCNu64
		   " %19" SCNu64 " %19" SCNu64,
		   &n[0], &n[1], &n[2], &n[3], &n[4], &n[5]) != 6)
		return false;
	stats->n[MOUNT_READ] += n[0] + n[2];
	stats->n[MOUNT_WRITTEN] += n[1] + n[3];
	stats->n[MOUNT_FETCHED] += n[4];
	stats->n[MOUNT_SENT] += n[5];
	return true;
}

/* Adds the counters of the mount whose lines begin there. */
static bool add(struct mount_stats *stats, const char *mount)
{
	bool bytes = false, calls = false, any = false;
	const char *line = mount;
	uint64_t n;

	if (!within(mount, " statvers=1."))
		return false;
	while (*(line = next_line(line)) && !begins(line, "device ")) {
		line += strspn(line, "\t ");
		if (calls && sscanf(line, "%*[^: \n]: %19" SCNu64, &n) == 1) {
			stats->n[MOUNT_TRIPS] += n;
			any = true;
		}
		bytes |= add_bytes(stats, line);
		calls |= begins(line, "per-op statistics");
	}
	return bytes && any;
}

bool mount_stats_sum(struct mount_stats *stats, const char *text,
		     char *const *path, unsigned int paths)
{
	memset(stats, 0, sizeof(*stats));
	for (unsigned int i = 0; i < paths; i++) {
		const char *mount = find(text, path[i]);
		bool seen = false;

		/* One that several paths are on counts once. */
		for (unsigned int j = 0; j < i && !seen; j++)
			seen = find(text, path[j]) == mount;
		if (!mount || (!seen && !add(stats, mount)))
			return false;
	}
	return paths > 0;
}

bool mount_stats_read(struct mount_stats *stats, char *const *path,
		      unsigned int paths)
{
	FILE *file = fopen("/proc/self/mountstats", "re");
	char *text = NULL;
	size_t size = 0;
	bool known;

	if (!file)
		return false;
	/* The file has no NUL, so this is all of it. */
	known = getdelim(&text, &size, '\0', file) > 0 &&
		mount_stats_sum(stats, text, path, paths);
	free(text);
	fclose(file);
	return known;
}
