/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TEST_DELAYFS_H
#define TEST_DELAYFS_H

/*
 * A file system with a set latency and no cache (but see cache_s), like one
 * far away: every
 * request is done at once in another directory, and answered when the latency
 * is over. Any number of them wait side by side, in a queue and not in threads
 * of their own: what the file system costs the processor is not to hide what
 * its client does. So there is one thread, which need not wake others.
 */
#define FUSE_USE_VERSION 312
#include <fuse3/fuse_lowlevel.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

struct settings {
	unsigned int delay_us;
	unsigned int short_bytes; /* a read moves at most that many; 0: all */
	char *hang;               /* while this file exists nothing is answered
				     but what the client gives up */
	char *fail_flush;         /* while this file exists flush fails */
	/*
	 * Its client believes names, also that there is none, attributes and
	 * listings that long; contents it asks for, as NFS does at each open.
	 */
	unsigned int cache_s;
	char *directory;
};
extern struct settings settings;

/* A file or directory that the kernel knows; its address is the FUSE inode. */
struct node {
	struct node *next;
	uint64_t lookups; /* that the kernel has not forgotten */
	ino_t ino;
	int fd; /* O_PATH */
};

/* Returns 0 or -errno. */
int nodes_start(const char *directory);
struct node *node_of(fuse_ino_t ino);
/* Counts as one lookup. Returns 0 or a positive errno. */
int node_lookup(struct node *parent, const char *name,
		struct fuse_entry_param *entry);
void node_forget(struct node *node, uint64_t lookups);
/* The node by a path, for calls that take no O_PATH descriptor. */
#define NODE_PATH_MAX 32
const char *node_path(const struct node *node, char out[NODE_PATH_MAX]);

/* Sends all that is due; returns when the next is, in ns, or -1: never. */
int64_t answers_send(void);

/* Answers, after the latency. error: 0 or a positive errno. */
void answer_error(fuse_req_t req, int error);
void answer_entry(fuse_req_t req, int error, const struct fuse_entry_param *e);
void answer_create(fuse_req_t req, int error, const struct fuse_entry_param *e,
		   const struct fuse_file_info *fi);
void answer_open(fuse_req_t req, int error, const struct fuse_file_info *fi);
void answer_attr(fuse_req_t req, int error, const struct stat *st);
/* A number of bytes, or -1 with errno set. */
void answer_written(fuse_req_t req, ssize_t count);
void answer_xattr_size(fuse_req_t req, ssize_t count);
/* The same of data, which answer_free() frees. */
void *answer_alloc(size_t size);
void answer_data(fuse_req_t req, void *data, ssize_t count);

#endif
