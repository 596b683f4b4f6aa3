// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "delayfs.h"

#define BUCKETS 65536u

static struct node *bucket[BUCKETS];
static struct node root = { .lookups = 1 };

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

/*
 * Takes `fd` over, which keeps the file, so that no other gets its number.
 */
static struct node *add(ino_t ino, int fd)
{
	struct node *n = malloc(sizeof(*n)), **at = find(ino);

	if (!n) {
		close(fd);
		return NULL;
	}
	*n = (struct node){ .ino = ino, .fd = fd };
	*at = n;
	return n;
}

int node_lookup(struct node *parent, const char *name,
		struct fuse_entry_param *e)
{
	struct node *n;
	int fd;

	memset(e, 0, sizeof(*e));
	e->attr_timeout = e->entry_timeout = settings.cache_s;
	if (fstatat(parent->fd, name, &e->attr, AT_SYMLINK_NOFOLLOW))
		return errno;
	n = *find(e->attr.st_ino);
	if (!n) {
		fd = openat(parent->fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
		if (fd < 0)
			return errno;
		n = add(e->attr.st_ino, fd);
	}
	if (!n)
		return ENOMEM;
	n->lookups++;
	e->ino = (uintptr_t)n;
	return 0;
}

void node_forget(struct node *n, uint64_t lookups)
{
	if (n == &root)
		return;
	n->lookups -= lookups;
	if (n->lookups)
		return;
	*find(n->ino) = n->next;
	close(n->fd);
	free(n);
}

const char *node_path(const struct node *n, char out[NODE_PATH_MAX])
{
	snprintf(out, NODE_PATH_MAX, "/proc/self/fd/%d", n->fd);
	return out;
}
