// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "delayfs.h"

#define BUCKETS 65536u

static struct node *bucket[BUCKETS];
static struct node root = { .lookups = 1 };
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

int nodes_start(const char *directory)
{
	struct rlimit limit;

	/* A descriptor for each that the kernel knows. */
	if (!getrlimit(RLIMIT_NOFILE, &limit)) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
	root.fd = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return root.fd < 0 ? -errno : 0;
}

struct node *node_of(fuse_ino_t ino)
{
	return ino == FUSE_ROOT_ID ? &root : (struct node *)(uintptr_t)ino;
}

static struct node **find(ino_t ino)
{
	struct node **at = &bucket[ino % BUCKETS];

	while (*at && (*at)->ino != ino)
		at = &(*at)->next;
	return at;
}

/* Its descriptor keeps the file, so that no other gets its number. */
static struct node *known(ino_t ino)
{
	struct node *n;

	pthread_mutex_lock(&lock);
	n = *find(ino);
	if (n)
		n->lookups++;
	pthread_mutex_unlock(&lock);
	return n;
}

/* Takes `fd` over. */
static struct node *get(ino_t ino, int fd)
{
	struct node *n = malloc(sizeof(*n)), **at;

	if (!n) {
		close(fd);
		return NULL;
	}
	pthread_mutex_lock(&lock);
	at = find(ino);
	if (*at) {
		close(fd);
		free(n);
	} else {
		*n = (struct node){ .ino = ino, .fd = fd };
		*at = n;
	}
	n = *at;
	n->lookups++;
	pthread_mutex_unlock(&lock);
	return n;
}

int node_lookup(struct node *parent, const char *name,
		struct fuse_entry_param *e)
{
	struct node *n;
	int fd;

	memset(e, 0, sizeof(*e));
	if (fstatat(parent->fd, name, &e->attr, AT_SYMLINK_NOFOLLOW))
		return errno;
	n = known(e->attr.st_ino);
	if (!n) {
		fd = openat(parent->fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
		if (fd < 0)
			return errno;
		/* It may be another by now. */
		if (fstatat(fd, "", &e->attr, AT_EMPTY_PATH)) {
			int error = errno;

			close(fd);
			return error;
		}
		n = get(e->attr.st_ino, fd);
	}
	e->ino = (uintptr_t)n;
	return n ? 0 : ENOMEM;
}

void node_forget(struct node *n, uint64_t lookups)
{
	bool last;

	if (n == &root)
		return;
	pthread_mutex_lock(&lock);
	n->lookups -= lookups;
	last = !n->lookups;
	if (last)
		*find(n->ino) = n->next;
	pthread_mutex_unlock(&lock);
	if (!last)
		return;
	close(n->fd);
	free(n);
}

const char *node_path(const struct node *n, char out[NODE_PATH_MAX])
{
	snprintf(out, NODE_PATH_MAX, "/proc/self/fd/%d", n->fd);
	return out;
}
