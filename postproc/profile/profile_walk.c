// SPDX-License-Identifier: GPL-2.0-only
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "profile/profile_walk.h"
#include "profile/tally.h"
#include "util/hash64.h"

#define BLOCK_BYTES 512
#define LIST_BYTES  65536
/* Room for "/proc/self/fd/N/NAME". */
#define NAME_PATH_MAX (NAME_MAX + 40)

/* One directory of the way down. */
struct profile_dir {
	DIR *dir;
	uint64_t files, directories;
};

struct profile_walker {
	struct profile *profile;
	struct input_error *error;
	unsigned int percent;
	dev_t device;
	struct profile_dir way[PROFILE_LEVELS_MAX];
	unsigned int level;
	struct tally of[PROFILE_KEYS];
	struct tally files[PROFILE_LEVELS_MAX];
	struct tally directories[PROFILE_LEVELS_MAX];
	char *list; /* LIST_BYTES for names of attributes */
};

/* Counts a file's extended attributes, with the bytes of names and values. */
static int count_xattrs(struct profile_walker *w, const char *name)
{
	char path[NAME_PATH_MAX];
	uint64_t count = 0, bytes = 0;
	ssize_t length, value;
	int ret;

	/* There is no call for a name in a directory before Linux 6.13. */
	snprintf(path, sizeof(path), "/proc/self/fd/%d/%s",
		 dirfd(w->way[w->level].dir), name);
	length = llistxattr(path, w->list, LIST_BYTES);
	for (ssize_t at = 0; at < length; count++) {
		size_t n = strlen(w->list + at) + 1;

		value = lgetxattr(path, w->list + at, NULL, 0);
		bytes += n - 1 + (value > 0 ? (uint64_t)value : 0);
		at += (ssize_t)n;
	}
	ret = tally_add(&w->of[PROFILE_XATTRS], count);
	if (!ret && count)
		ret = tally_add(&w->of[PROFILE_XATTR_BYTES], bytes);
	return ret;
}

/* Counts what a file's inode says. */
static int count_inode(struct profile_walker *w, const char *name,
		       const struct stat *st)
{
	uint64_t size = (uint64_t)st->st_size;
	uint64_t blocks = (uint64_t)st->st_blocks * BLOCK_BYTES;
	int ret = tally_add(&w->of[PROFILE_SIZE], size);

	w->profile->total[PROFILE_LOOKED_AT]++;
	w->profile->total[PROFILE_BYTES] += size;
	if (!ret)
		ret = tally_add(&w->of[PROFILE_LINKS], st->st_nlink);
	if (!ret && size)
		ret = tally_add(&w->of[PROFILE_HOLES],
				blocks < size ? 100 - blocks * 100 / size : 0);
	return ret ? ret : count_xattrs(w, name);
}

/* Counts a file. `st` is NULL if its inode has not been read. */
static int count_file(struct profile_walker *w, const char *name,
		      const struct stat *st)
{
	struct stat read;
	int ret = tally_add(&w->of[PROFILE_NAME], strlen(name));

	w->profile->total[PROFILE_FILES]++;
	w->way[w->level].files++;
	if (!ret)
		ret = tally_add(&w->of[PROFILE_DEPTH], w->level);
	if (ret || hash64_text(w->level, name) % 100 >= w->percent)
		return ret;
	if (!st && fstatat(dirfd(w->way[w->level].dir), name, &read,
			   AT_SYMLINK_NOFOLLOW)) {
		w->profile->total[PROFILE_UNREADABLE]++;
		return 0;
	}
	return count_inode(w, name, st ? st : &read);
}

/* Goes down into a directory, or counts why not. */
static int enter(struct profile_walker *w, const char *name)
{
	struct profile_dir *above = &w->way[w->level];
	struct stat st;
	int fd = openat(dirfd(above->dir), name,
			O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	int ret;

	if (dir && !fstat(fd, &st) && st.st_dev != w->device) {
		w->profile->total[PROFILE_MOUNTS]++;
		closedir(dir);
		return 0;
	}
	if (w->level + 1 == PROFILE_LEVELS_MAX) {
		if (dir)
			closedir(dir);
		return input_error_set(w->error, INPUT_TOO_MANY, 0, 0,
				       "expected at most %u levels of "
				       "directories",
				       PROFILE_LEVELS_MAX - 1);
	}
	w->profile->total[PROFILE_DIRECTORIES]++;
	above->directories++;
	ret = tally_add(&w->of[PROFILE_DIR_NAME], strlen(name));
	/* One that cannot be read is there all the same, with nothing in it. */
	if (!dir) {
		if (fd >= 0)
			close(fd);
		w->profile->total[PROFILE_UNREADABLE]++;
	}
	w->level++;
	w->way[w->level] = (struct profile_dir){ .dir = dir };
	return ret;
}

static int count_entry(struct profile_walker *w, const struct dirent *entry)
{
	struct stat st;
	unsigned char type = entry->d_type;
	bool looked = type == DT_UNKNOWN;

	if (looked) {
		if (fstatat(dirfd(w->way[w->level].dir), entry->d_name, &st,
			    AT_SYMLINK_NOFOLLOW)) {
			w->profile->total[PROFILE_UNREADABLE]++;
			return 0;
		}
		type = IFTODT(st.st_mode);
	}
	if (type == DT_REG)
		return count_file(w, entry->d_name, looked ? &st : NULL);
	if (type == DT_DIR)
		return enter(w, entry->d_name);
	w->profile->total[type == DT_LNK ? PROFILE_SYMLINKS : PROFILE_OTHERS]++;
	return 0;
}

/* Counts a directory that is through, and goes up. */
static int leave(struct profile_walker *w)
{
	struct profile_dir *here = &w->way[w->level];
	int ret = tally_add(&w->files[w->level], here->files);

	if (!ret)
		ret = tally_add(&w->directories[w->level], here->directories);
	if (w->level + 1 > w->profile->levels)
		w->profile->levels = w->level + 1;
	if (here->dir)
		closedir(here->dir);
	here->dir = NULL;
	return ret;
}

static bool is_dot(const char *name)
{
	return name[0] == '.' && (!name[1] || (name[1] == '.' && !name[2]));
}

static int walk(struct profile_walker *w)
{
	for (;;) {
		struct profile_dir *here = &w->way[w->level];
		struct dirent *entry;
		int ret = 0;

		errno = 0;
		entry = here->dir ? readdir(here->dir) : NULL;
		if (entry) {
			if (!is_dot(entry->d_name))
				ret = count_entry(w, entry);
		} else {
			if (errno)
				w->profile->total[PROFILE_UNREADABLE]++;
			ret = leave(w);
			if (!w->level)
				return ret;
			w->level--;
		}
		if (ret)
			return ret;
	}
}

static int finish(struct profile_walker *w)
{
	struct profile *p = w->profile;
	int ret = 0;

	for (int i = 0; !ret && i < PROFILE_KEYS; i++)
		ret = tally_distribution(&w->of[i], &p->of[i]);
	for (unsigned int k = 0; !ret && k < p->levels; k++) {
		ret = tally_distribution(&w->files[k], &p->files[k]);
		if (!ret)
			ret = tally_distribution(&w->directories[k],
						 &p->directories[k]);
	}
	return ret;
}

static void free_walker(struct profile_walker *w)
{
	for (unsigned int k = 0; k < PROFILE_LEVELS_MAX; k++) {
		if (w->way[k].dir)
			closedir(w->way[k].dir);
		tally_free(&w->files[k]);
		tally_free(&w->directories[k]);
	}
	for (int i = 0; i < PROFILE_KEYS; i++)
		tally_free(&w->of[i]);
	free(w->list);
	free(w);
}

int profile_walk(struct profile *p, const char *path, unsigned int percent,
		 struct input_error *error)
{
	struct profile_walker *w = calloc(1, sizeof(*w));
	struct stat st;
	int ret = 0;

	memset(p, 0, sizeof(*p));
	if (w)
		w->list = malloc(LIST_BYTES);
	if (!w || !w->list) {
		free(w);
		return input_error_no_memory(error);
	}
	*w = (struct profile_walker){ .profile = p,
				      .error = error,
				      .percent = percent,
				      .list = w->list };
	error->path = path;
	w->way[0].dir = opendir(path);
	if (!w->way[0].dir || fstat(dirfd(w->way[0].dir), &st))
		ret = input_error_set(error, INPUT_UNREADABLE, 0, 0, "%s",
				      strerror(errno));
	if (!ret) {
		w->device = st.st_dev;
		p->total[PROFILE_DIRECTORIES] = 1;
		ret = walk(w);
	}
	if (!ret)
		ret = finish(w);
	free_walker(w);
	if (ret && error->code == INPUT_OK)
		ret = input_error_no_memory(error);
	return ret;
}
