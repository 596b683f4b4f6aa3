/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TEST_DELAYFS_H
#define TEST_DELAYFS_H

/*
 * A file system with a set latency and no cache, like one far away: every
 * request is done at once, in memory, and answered when the latency is over.
 * Any number of them wait side by side, in a queue and not in threads of their
 * own: what the file system costs the processor is not to hide what its client
 * does. So there is one thread, which need not wake others, and no other file
 * system below.
 */
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "serve.h"

struct settings {
	unsigned int delay_us;
	unsigned int short_bytes; /* a read moves at most that many; 0: all */
	char *hang;               /* while this file exists nothing is answered
				     but what the client gives up */
	char *fail_flush;         /* while this file exists flush fails */
};
extern struct settings settings;

/* delayfs_nodes.c: files and directories; their address is the FUSE inode. */
struct node {
	struct node *next;   /* of the same hash */
	struct node *parent; /* NULL: removed, or the root */
	char *name;
	/* Of a directory: its entries, oldest first. */
	struct node *first, *last;
	struct node *before, *after; /* in the directory */
	uint64_t cookie;             /* place in it, ascending */
	uint64_t lookups;            /* that the kernel has not forgotten */
	struct stat st;
	uint8_t *data; /* contents, or a link's target */
	size_t room;
	struct attribute *attributes;
};

struct node *node_of(fuse_ino_t ino);

void nodes_start(void);

/*
 * All return 0 or a positive errno. What fills an entry counts as one lookup.
 */
int node_lookup(struct node *parent, const char *name,
		struct fuse_entry_param *entry);
int node_make(struct node *parent, const char *name, mode_t mode,
	      const struct fuse_ctx *owner, struct fuse_entry_param *entry);
int node_remove(struct node *parent, const char *name, bool directory);
int node_rename(struct node *from, const char *name, struct node *to,
		const char *new_name, unsigned int flags);
void node_forget(struct node *node, uint64_t lookups);

/* What changed is its contents (and size), or else only what describes it. */
void node_touch(struct node *node, bool contents);

/* delayfs_data.c: what is in a node. 0 or a positive errno. */
int node_resize(struct node *node, off_t size);
int node_write(struct node *node, const char *data, size_t size, off_t offset);
int node_set_attribute(struct node *node, const char *name, const void *value,
		       size_t size, int flags);
/* Bytes of the value, or of all names; copied where there is room. Or -errno.
 */
ssize_t node_attribute(const struct node *node, const char *name, void *out,
		       size_t size);
ssize_t node_attributes(const struct node *node, char *out, size_t size);
void node_free_data(struct node *node);

/* Sends all that is due; returns when the next is, in ns, or -1: never. */
int64_t answers_send(void);

/* Answers, after the latency. error: 0 or a positive errno. */
void answer_error(fuse_req_t req, int error);
void answer_entry(fuse_req_t req, int error, const struct fuse_entry_param *e);
void answer_create(fuse_req_t req, int error, const struct fuse_entry_param *e,
		   const struct fuse_file_info *fi);
void answer_open(fuse_req_t req, int error, const struct fuse_file_info *fi);
void answer_attr(fuse_req_t req, int error, const struct stat *st);
/* A number of bytes, or -errno. */
void answer_written(fuse_req_t req, ssize_t count);
void answer_xattr_size(fuse_req_t req, ssize_t count);
/* The same of data, which is freed then. */
void *answer_alloc(size_t size);
void answer_data(fuse_req_t req, void *data, ssize_t count);

#endif
