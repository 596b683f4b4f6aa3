// SPDX-License-Identifier: GPL-2.0-only
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "fio/engine_note.h"
#include "fio/note_field.h"
#include "input/spool_runs.h"
#include "util/array.h"
#include "util/name_list.h"

#define TIME_LENGTH 16 /* 20010203T040506Z */
#define FIO_DIGITS  16
#define APART_MAX_S 600
#define NAMED_MAX   3
#define NO_RUN      0
#define NO_GROUP    0

/* What one host kept of one run. */
struct kept_run {
	char name[NAME_MAX + 1];
	time_t began;
	uint64_t run; /* NO_RUN: it passed no start barrier */
	size_t group; /* number of its run, from 1 for the latest */
};

struct spool {
	const char *path;
	struct kept_run *kept; /* the latest first */
	size_t count;
};

static const char *host_of(const struct kept_run *kept, int *length)
{
	*length = (int)(strlen(kept->name) - TIME_LENGTH - 2 - FIO_DIGITS);
	return kept->name + TIME_LENGTH + 1;
}

/* Parses the name of a run's directory. Returns false if it is none. */
static bool parse_name(struct kept_run *kept, const char *name)
{
	size_t length = strlen(name);
	const char *fio = name + length - FIO_DIGITS;
	struct tm tm = { 0 };
	const char *end;

	if (length < TIME_LENGTH + 1 + 1 + 1 + FIO_DIGITS ||
	    !isdigit((unsigned char)*name) || fio[-1] != '-' ||
	    strspn(fio, "0123456789abcdef") != FIO_DIGITS)
		return false;
	end = strptime(name, "%Y%m%dT%H%M%SZ", &tm);
	if (end != name + TIME_LENGTH || *end != '-')
		return false;
	snprintf(kept->name, sizeof(kept->name), "%s", name);
	kept->began = timegm(&tm);
	return true;
}

/*
 * Reads the note in the first line of a file. Returns false if there is none.
 */
static bool read_note(int dir, const char *name, struct engine_note *note)
{
	char head[NOTE_FIELD_LINE_MAX];
	int fd = openat(dir, name, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, head, sizeof(head) - 1);

	if (fd >= 0)
		close(fd);
	if (n <= 0)
		return false;
	head[n] = '\0';
	return !engine_note_parse(note, head, strcspn(head, "\n")) &&
	       note->kind == NOTE_KEPT;
}

/*
 * Finds the number of a run. Returns false if the directory has no notes. Notes
 * from before the first start barrier have no number.
 */
static bool read_run(int spool, struct kept_run *kept)
{
	int fd = openat(spool, kept->name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;
	struct engine_note note;
	bool found = false;

	if (!dir) {
		if (fd >= 0)
			close(fd);
		return false;
	}
	while (kept->run == NO_RUN && (entry = readdir(dir))) {
		if (*entry->d_name == '.' ||
		    !read_note(fd, entry->d_name, &note))
			continue;
		found = true;
		kept->run = note.run;
	}
	closedir(dir);
	return found;
}

static int latest_first(const void *a, const void *b)
{
	return strcmp(((const struct kept_run *)b)->name,
		      ((const struct kept_run *)a)->name);
}

static int list(struct spool *spool)
{
	DIR *dir = opendir(spool->path);
	const struct dirent *entry;
	int ret = 0;

	if (!dir)
		return -errno;
	while (!ret && (entry = readdir(dir))) {
		struct kept_run kept = { .run = NO_RUN }, *added;

		if (!parse_name(&kept, entry->d_name) ||
		    !read_run(dirfd(dir), &kept))
			continue;
		added = array_add(&spool->kept, &spool->count);
		if (added)
			*added = kept;
		else
			ret = -ENOMEM;
	}
	closedir(dir);
	if (spool->count)
		qsort(spool->kept, spool->count, sizeof(*spool->kept),
		      latest_first);
	return ret;
}

static bool same_host(const struct kept_run *a, const struct kept_run *b)
{
	int left, right;
	const char *l = host_of(a, &left), *r = host_of(b, &right);

	return left == right && !memcmp(l, r, (size_t)left);
}

static bool has_host(const struct spool *spool, size_t group,
		     const struct kept_run *kept)
{
	for (size_t i = 0; i < spool->count; i++)
		if (spool->kept[i].group == group &&
		    same_host(&spool->kept[i], kept))
			return true;
	return false;
}

/* Returns true if `kept` and `latest` are of one run. */
static bool belongs(const struct spool *spool, const struct kept_run *latest,
		    const struct kept_run *kept)
{
	if (kept->run != latest->run || has_host(spool, latest->group, kept))
		return false;
	return kept->run != NO_RUN ||
	       latest->began - kept->began <= APART_MAX_S;
}

static size_t group(struct spool *spool)
{
	size_t groups = 0;

	for (size_t i = 0; i < spool->count; i++) {
		struct kept_run *latest = &spool->kept[i];

		if (latest->group != NO_GROUP)
			continue;
		latest->group = ++groups;
		for (size_t k = i + 1; k < spool->count; k++)
			if (spool->kept[k].group == NO_GROUP &&
			    belongs(spool, latest, &spool->kept[k]))
				spool->kept[k].group = groups;
	}
	return groups;
}

static void note_group(const struct spool *spool, size_t group,
		       const char *text, struct notes *notes)
{
	struct name_list names = { 0 };

	for (size_t i = 0; i < spool->count; i++)
		if (spool->kept[i].group == group)
			name_list_add(&names, NAMED_MAX, spool->kept[i].name);
	notes_add(notes, "%s: %s: %s", spool->path, text, names.text);
}

static void note_groups(const struct spool *spool, size_t groups,
			struct notes *notes)
{
	if (groups < 2)
		return;
	note_group(spool, 1, "the latest run is read", notes);
	for (size_t i = 2; i <= groups; i++)
		note_group(spool, i, "not read, an earlier run", notes);
}

static int add_latest(struct inputs *inputs, const struct spool *spool,
		      struct notes *notes, struct input_error *error)
{
	int ret = 0;

	for (size_t i = 0; i < spool->count && !ret; i++) {
		char *path;

		if (spool->kept[i].group != 1)
			continue;
		if (asprintf(&path, "%s/%s", spool->path, spool->kept[i].name) <
		    0)
			return input_error_no_memory(error);
		ret = inputs_add(inputs, path, notes, error);
		free(path);
	}
	return ret;
}

int spool_runs_add(struct inputs *inputs, const char *path, struct notes *notes,
		   struct notes *ignored, struct input_error *error)
{
	struct spool spool = { .path = path };
	struct stat st;
	int ret = 0;

	if (strcmp(path, "-") != 0 && !stat(path, &st) && S_ISDIR(st.st_mode))
		ret = list(&spool);
	if (ret == -ENOMEM)
		ret = input_error_no_memory(error);
	else if (!spool.count)
		ret = inputs_add(inputs, path, ignored, error);
	else {
		note_groups(&spool, group(&spool), notes);
		ret = add_latest(inputs, &spool, ignored, error);
	}
	free(spool.kept);
	return ret;
}
