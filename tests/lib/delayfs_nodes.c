// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <linux/fs.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "delayfs.h"

#define BUCKETS 65536u

static struct node *bucket[BUCKETS];
static struct node root = { .lookups = 1 };
static uint64_t last_ino, last_cookie;

struct node *node_of(fuse_ino_t ino)
{
	return ino == FUSE_ROOT_ID ? &root : (struct node *)(uintptr_t)ino;
}

/* FNV-1a. */
static struct node **bucket_of(const struct node *parent, const char *name)
{
	uint64_t hash = 14695981039346656037ull ^ parent->st.st_ino;

	for (; *name; name++)
		hash = (hash ^ (uint8_t)*name) * 1099511628211ull;
	return &bucket[(hash ^ hash >> 32) % BUCKETS];
}

/*
 * Returns the pointer to the node in the chain of its hash, or the end of the
 * chain.
 */
static struct node **find(const struct node *parent, const char *name)
{
	struct node **at = bucket_of(parent, name);

	while (*at && ((*at)->parent != parent || strcmp((*at)->name, name)))
		at = &(*at)->next;
	return at;
}

void node_touch(struct node *n, bool contents)
{
	clock_gettime(CLOCK_REALTIME, &n->st.st_ctim);
	if (contents)
		n->st.st_mtim = n->st.st_ctim;
}

static void set_up(struct node *n, mode_t mode, const struct fuse_ctx *owner)
{
	n->st.st_ino = ++last_ino;
	n->st.st_mode = mode;
	n->st.st_nlink = S_ISDIR(mode) ? 2 : 1;
	n->st.st_blksize = 4096;
	if (owner) {
		n->st.st_uid = owner->uid;
		n->st.st_gid = owner->gid;
	}
	node_touch(n, true);
	n->st.st_atim = n->st.st_ctim;
}

void nodes_start(void)
{
	set_up(&root, S_IFDIR | 0755, NULL);
}

/* Puts a node that is in no directory into one. */
static void enter(struct node *n, struct node *parent)
{
	struct node **at = bucket_of(parent, n->name);

	n->parent = parent;
	n->next = *at;
	*at = n;
	n->cookie = ++last_cookie;
	n->after = NULL;
	n->before = parent->last;
	*(parent->last ? &parent->last->after : &parent->first) = n;
	parent->last = n;
	parent->st.st_nlink += S_ISDIR(n->st.st_mode);
	node_touch(parent, true);
}

static void leave(struct node *n)
{
	struct node *parent = n->parent;

	*find(parent, n->name) = n->next;
	*(n->before ? &n->before->after : &parent->first) = n->after;
	*(n->after ? &n->after->before : &parent->last) = n->before;
	parent->st.st_nlink -= S_ISDIR(n->st.st_mode);
	node_touch(parent, true);
	n->parent = NULL;
}

static void free_node(struct node *n)
{
	node_free_data(n);
	free(n->name);
	free(n);
}

static void remove_node(struct node *n)
{
	leave(n);
	n->st.st_nlink = 0;
	if (!n->lookups)
		free_node(n);
}

void node_forget(struct node *n, uint64_t lookups)
{
	n->lookups -= lookups;
	if (!n->lookups && !n->st.st_nlink && n != &root)
		free_node(n);
}

static void know(struct node *n, struct fuse_entry_param *e)
{
	memset(e, 0, sizeof(*e));
	n->lookups++;
	e->ino = (uintptr_t)n;
	e->attr = n->st;
}

int node_lookup(struct node *parent, const char *name,
		struct fuse_entry_param *e)
{
	struct node *n = *find(parent, name);

	if (!n)
		return ENOENT;
	know(n, e);
	return 0;
}

int node_make(struct node *parent, const char *name, mode_t mode,
	      const struct fuse_ctx *owner, struct fuse_entry_param *e)
{
	struct node *n;

	if (*find(parent, name))
		return EEXIST;
	/* The directory itself has been removed. */
	if (!parent->st.st_nlink)
		return ENOENT;
	n = calloc(1, sizeof(*n));
	if (!n)
		return ENOMEM;
	n->name = strdup(name);
	if (!n->name) {
		free(n);
		return ENOMEM;
	}
	set_up(n, mode, owner);
	enter(n, parent);
	know(n, e);
	return 0;
}

/*
 * Returns 0 if a node may be removed, by rmdir if `directory`, else by unlink.
 */
static int removable(const struct node *n, bool directory)
{
	if (!n)
		return ENOENT;
	if (directory && !S_ISDIR(n->st.st_mode))
		return ENOTDIR;
	if (!directory && S_ISDIR(n->st.st_mode))
		return EISDIR;
	return n->first ? ENOTEMPTY : 0;
}

int node_remove(struct node *parent, const char *name, bool directory)
{
	struct node *n = *find(parent, name);
	int error = removable(n, directory);

	if (!error)
		remove_node(n);
	return error;
}

int node_rename(struct node *from, const char *name, struct node *to,
		const char *new_name, unsigned int flags)
{
	struct node *n = *find(from, name), *there = *find(to, new_name);
	char *copy;
	int error;

	if (flags & ~RENAME_NOREPLACE)
		return EINVAL;
	if (!n)
		return ENOENT;
	if (there && flags & RENAME_NOREPLACE)
		return EEXIST;
	if (there == n)
		return 0;
	error = there ? removable(there, S_ISDIR(n->st.st_mode)) : 0;
	if (error)
		return error;
	copy = strdup(new_name);
	if (!copy)
		return ENOMEM;
	if (there)
		remove_node(there);
	leave(n);
	free(n->name);
	n->name = copy;
	enter(n, to);
	node_touch(n, false);
	return 0;
}
