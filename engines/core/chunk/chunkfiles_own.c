// SPDX-License-Identifier: GPL-2.0-only
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "chunk/chunkfiles_own.h"

void chunkfiles_name(const struct chunkfiles *c, uint64_t number, char *name)
{
	snprintf(name, NAME_MAX + 1, "%s%08" PRIu64, c->stem, number);
}

const char *chunkfiles_path(struct chunkfiles *c, uint64_t number)
{
	snprintf(c->path, PATH_MAX, "%s/%s%08" PRIu64, c->options.directory,
		 c->stem, number);
	return c->path;
}

int chunkfiles_lock(int fd, bool exclusive)
{
	if (!flock(fd, (exclusive ? LOCK_EX : LOCK_SH) | LOCK_NB))
		return 0;
	return errno == EWOULDBLOCK ? -EBUSY : 0;
}

int chunkfiles_close(int fd)
{
	flock(fd, LOCK_UN);
	return close(fd);
}

int chunkfiles_fail(struct chunkfiles *c, uint64_t number, int ret,
		    const char *what, struct failure *f)
{
	return failure_set(f, -ret, "%s: %s: %s", chunkfiles_path(c, number),
			   what, strerror(-ret));
}

static int not_ours(struct chunkfiles *c, uint64_t number, const char *what,
		    struct failure *f)
{
	return failure_set(
		f, EEXIST,
		"%s has the name of one of this job's files, but %s: "
		"it stays. Move it away, or give another directory= "
		"or host=",
		chunkfiles_path(c, number), what);
}

static int check_header(struct chunkfiles *c, uint64_t number, int fd,
			struct chunkdata_place *p, struct failure *f)
{
	uint8_t header[CHUNKDATA_HEADER_BYTES];
	ssize_t n = pread(fd, header, sizeof(header), 0);

	memset(p, 0, sizeof(*p));
	if (n < 0)
		return chunkfiles_fail(c, number, -errno, "offset 0: read", f);
	if (!n)
		return 0;
	if (n < (ssize_t)sizeof(header) || !chunkdata_identify(header, p))
		return not_ours(c, number, "its first block does not say so",
				f);
	if (strcmp(p->host, c->options.host) ||
	    p->thread != c->options.thread || p->file != number ||
	    p->offset_bytes)
		return not_ours(c, number,
				"its first block says it is another's", f);
	return 0;
}

static int check_own(struct chunkfiles *c, uint64_t number, int fd,
		     bool exclusive, struct chunkdata_place *p,
		     struct failure *f)
{
	struct stat st;

	if (fstat(fd, &st))
		return chunkfiles_fail(c, number, -errno, "stat", f);
	if (!S_ISREG(st.st_mode))
		return not_ours(c, number, "is no regular file", f);
	/* The lock comes first: the header may be about to be written. */
	if (chunkfiles_lock(fd, exclusive))
		return failure_set(f, EBUSY,
				   "%s is in use by another process: wait for "
				   "its end, or give another directory= or "
				   "host=",
				   chunkfiles_path(c, number));
	return check_header(c, number, fd, p, f);
}

int chunkfiles_open_own(struct chunkfiles *c, uint64_t number, bool exclusive,
			struct chunkdata_place *p, struct failure *f)
{
	char name[NAME_MAX + 1];
	int fd, ret;

	chunkfiles_name(c, number, name);
	/* O_NONBLOCK, because open() of a FIFO would wait. */
	fd = openat(c->dir_fd, name,
		    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0 && (errno == ELOOP || errno == ENXIO))
		return not_ours(c, number, "is no regular file", f);
	if (fd < 0)
		return chunkfiles_fail(c, number, -errno, "open", f);
	ret = check_own(c, number, fd, exclusive, p, f);
	if (!ret)
		return fd;
	close(fd);
	return ret;
}

/* Removes a file of ours by its name. Returns its descriptor, or -errno. */
static int unlink_own(struct chunkfiles *c, uint64_t number, struct failure *f)
{
	struct chunkdata_place p;
	char name[NAME_MAX + 1];
	int ret, fd = chunkfiles_open_own(c, number, true, &p, f);

	if (fd < 0)
		return fd;
	chunkfiles_name(c, number, name);
	if (!unlinkat(c->dir_fd, name, 0))
		return fd;
	ret = chunkfiles_fail(c, number, -errno, "remove", f);
	close(fd);
	return ret;
}

int chunkfiles_remove(struct chunkfiles *c, uint64_t number, struct failure *f)
{
	int fd = unlink_own(c, number, f);

	if (fd < 0)
		return fd;
	close(fd);
	return 0;
}

int chunkfiles_remove_behind(struct chunkfiles *c, uint64_t number,
			     struct failure *f)
{
	int fd = unlink_own(c, number, f);

	if (fd < 0)
		return fd;
	deferred_close(&c->deferred_close, fd);
	return 0;
}

/* Reads the number from a name. Returns false if the name is none of ours. */
static bool parse_name(const struct chunkfiles *c, const char *name,
		       uint64_t *number)
{
	size_t stem = strlen(c->stem);
	char again[NAME_MAX + 1];

	if (strncmp(name, c->stem, stem) || name[stem] < '0' ||
	    name[stem] > '9')
		return false;
	*number = strtoull(name + stem, NULL, 10);
	chunkfiles_name(c, *number, again);
	return !strcmp(name, again);
}

static int look_at(struct chunkfiles *c, uint64_t number, struct failure *f)
{
	struct chunkdata_place p;
	int fd = chunkfiles_open_own(c, number, true, &p, f);

	if (fd < 0)
		return fd;
	close(fd);
	return 0;
}

static int note(struct chunkfiles *c, uint64_t number, struct failure *f)
{
	char name[NAME_MAX + 1];
	struct stat st;

	chunkfiles_name(c, number, name);
	if (fstatat(c->dir_fd, name, &st, AT_SYMLINK_NOFOLLOW))
		return chunkfiles_fail(c, number, -errno, "stat", f);
	if (!c->count || number < c->first)
		c->first = number;
	c->count++;
	c->found_bytes += (uint64_t)st.st_size / c->options.chunk_bytes *
			  c->options.chunk_bytes;
	return 0;
}

/*
 * Calls `visit` for each file whose name is ours. Returns how many, or -errno.
 */
static int64_t each_file(struct chunkfiles *c,
			 int (*visit)(struct chunkfiles *, uint64_t,
				      struct failure *),
			 struct failure *f)
{
	int64_t visited = 0;
	struct dirent *entry;
	uint64_t number;
	int ret = 0, fd = openat(c->dir_fd, ".", O_RDONLY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);

	if (!dir)
		return failure_set(f, errno, "directory=%.2048s: %s",
				   c->options.directory, strerror(errno));
	while (!ret && (errno = 0, entry = readdir(dir))) {
		if (!parse_name(c, entry->d_name, &number))
			continue;
		ret = visit(c, number, f);
		visited++;
	}
	if (!ret && errno)
		ret = failure_set(f, errno, "directory=%.2048s: list: %s",
				  c->options.directory, strerror(errno));
	closedir(dir);
	return ret ? ret : visited;
}

int chunkfiles_clean(struct chunkfiles *c, struct failure *f)
{
	int64_t n = each_file(c, look_at, f);

	/* While a directory changes, a listing may leave files out. */
	while (n > 0)
		n = each_file(c, chunkfiles_remove, f);
	return (int)n;
}

int chunkfiles_find(struct chunkfiles *c, struct failure *f)
{
	int64_t n;

	c->count = 0;
	c->found_bytes = 0;
	n = each_file(c, note, f);
	if (n < 0)
		return (int)n;
	c->next = c->first;
	if (c->found_bytes)
		return 0;
	return failure_set(f, ENOENT,
			   "directory=%.2048s: no chunks of host %s, thread "
			   "%02u to read: write some first, with the same "
			   "host=, numjobs= and bs=",
			   c->options.directory, c->options.host,
			   c->options.thread);
}
