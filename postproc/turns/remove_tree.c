// SPDX-License-Identifier: GPL-2.0-only
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "turns/remove_tree.h"
#include "util/array.h"
#include "util/open_below.h"

#define THREADS 16

struct tree_removal {
	int top; /* descriptor of the whole directory */
	dev_t device;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	/* By their paths below `top`; each follows the one that it is in. */
	char **directory;
	size_t directories;
	size_t taken; /* so many of them */
	unsigned int busy;
	int error; /* errno of the first failure */
};

static int open_directory(const struct tree_removal *r, const char *path,
			  int flags)
{
	return open_below(r->top, path, flags | O_DIRECTORY | O_CLOEXEC, 0);
}

/* Adds the directory `name` in `parent`; "" is the whole. */
static int add_directory(struct tree_removal *r, const char *parent,
			 const char *name)
{
	char **added, *path;

	if (asprintf(&path, "%s%s%s", parent, *parent ? "/" : "", name) < 0)
		return ENOMEM;
	pthread_mutex_lock(&r->lock);
	added = array_add(&r->directory, &r->directories);
	if (added)
		*added = path;
	else
		free(path);
	pthread_cond_signal(&r->changed);
	pthread_mutex_unlock(&r->lock);
	return added ? 0 : ENOMEM;
}

/* Returns whether it removed a name, or -errno. */
static int remove_or_add(struct tree_removal *r, int fd, const char *path,
			 const struct dirent *entry, bool add)
{
	if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
		return 0;
	if (entry->d_type != DT_DIR) {
		if (!unlinkat(fd, entry->d_name, 0))
			return 1;
		if (errno != EISDIR)
			return -errno;
	}
	return add ? -add_directory(r, path, entry->d_name) : 0;
}

/* Returns whether it removed a name, or -errno. */
static int pass(struct tree_removal *r, DIR *dir, const char *path, bool add)
{
	const struct dirent *entry;
	int removed = 0, ret;

	rewinddir(dir);
	while ((entry = readdir(dir))) {
		ret = remove_or_add(r, dirfd(dir), path, entry, add);
		if (ret < 0)
			return ret;
		removed |= ret;
	}
	return removed;
}

/*
 * Some file systems leave out names if others are removed meanwhile. So there
 * are passes until one has removed nothing. Then the directories are noted.
 */
static int empty(struct tree_removal *r, DIR *dir, const char *path)
{
	int ret;

	do {
		ret = pass(r, dir, path, false);
	} while (ret > 0);
	return ret ? ret : pass(r, dir, path, true);
}

static int empty_path(struct tree_removal *r, const char *path)
{
	int fd = open_directory(r, path, O_RDONLY), ret;
	struct stat st;
	DIR *dir;

	if (fd < 0)
		return fd;
	if (fstat(fd, &st))
		ret = -errno;
	else
		ret = st.st_dev == r->device ? 0 : -EXDEV;
	dir = ret ? NULL : fdopendir(fd);
	if (!dir) {
		ret = ret ? ret : -errno;
		close(fd);
		return ret;
	}
	ret = empty(r, dir, path);
	closedir(dir);
	return ret;
}

static void *empty_all(void *context)
{
	struct tree_removal *r = context;

	pthread_mutex_lock(&r->lock);
	while (!r->error && (r->taken < r->directories || r->busy)) {
		const char *path;
		int ret;

		if (r->taken == r->directories) {
			pthread_cond_wait(&r->changed, &r->lock);
			continue;
		}
		path = r->directory[r->taken++];
		r->busy++;
		pthread_mutex_unlock(&r->lock);
		ret = empty_path(r, path);
		pthread_mutex_lock(&r->lock);
		r->busy--;
		if (ret < 0 && !r->error)
			r->error = -ret;
		pthread_cond_broadcast(&r->changed);
	}
	pthread_mutex_unlock(&r->lock);
	return NULL;
}

static void empty_at_once(struct tree_removal *r)
{
	pthread_t thread[THREADS];
	int started = 0;

	/* Fewer threads do as well. */
	while (started < THREADS &&
	       !pthread_create(&thread[started], NULL, empty_all, r))
		started++;
	empty_all(r);
	while (started)
		pthread_join(thread[--started], NULL);
}

/* A directory is removed before the one that it is in. */
static int remove_directories(struct tree_removal *r)
{
	while (r->directories > 1) {
		char *path = r->directory[r->directories - 1];
		char *slash = strrchr(path, '/');
		int parent, ret;

		*slash = 0;
		parent = open_directory(r, path, O_PATH);
		if (parent < 0)
			return -parent;
		ret = unlinkat(parent, slash + 1, AT_REMOVEDIR) ? errno : 0;
		close(parent);
		if (ret)
			return ret;
		free(path);
		r->directories--;
	}
	return 0;
}

int remove_tree(const char *path)
{
	struct tree_removal r = { .top = -1,
				  .lock = PTHREAD_MUTEX_INITIALIZER,
				  .changed = PTHREAD_COND_INITIALIZER };
	struct stat st;

	r.top = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (r.top < 0 || fstat(r.top, &st)) {
		r.error = errno;
	} else {
		r.device = st.st_dev;
		r.error = add_directory(&r, "", ".");
	}
	if (!r.error)
		empty_at_once(&r);
	if (!r.error)
		r.error = remove_directories(&r);
	if (!r.error && rmdir(path))
		r.error = errno;
	while (r.directories)
		free(r.directory[--r.directories]);
	free(r.directory);
	if (r.top >= 0)
		close(r.top);
	errno = r.error;
	return r.error ? -1 : 0;
}
