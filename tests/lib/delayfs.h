/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TEST_DELAYFS_H
#define TEST_DELAYFS_H

/*
 * A file system with a set latency and no cache, like one that is far away.
 * Each request is done at once, in memory, and answered when the latency is
 * over. Any number of requests can wait at the same time.
 *
 * The file system must take little of the processor, so that it does not hide
 * what its client does. So there is one thread, which keeps waiting answers in
 * a queue and need not wake other threads, and no other file system below.
 */
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "serve.h"

struct settings {
	unsigned int delay_us;
	unsigned int wake_us;     /* so long nothing is answered when the first
				     request comes after 5 ms without one */
	unsigned int short_bytes; /* a read moves at most that many; 0: all */
	char *hang;               /* while this file exists nothing is answered
				     but what the client gives up */
	char *watch;              /* delay_us is for files only, and only while
				     this file exists: see delayfs_watch.c */
	char *only;               /* delay_us is for the one kind of request
				     whose FUSE opcode is in this file */
	char *fail;               /* while this file exists requests fail with
				     the errno whose number is in it; with an
				     opcode behind it, only such requests */
};
extern struct settings settings;

/* A file or directory (delayfs_nodes.c). Its address is the FUSE inode. */
struct node {
	struct node *next;   /* of the same hash */
	struct node *parent; /* NULL: removed, or the root */
	char *name;
	/* The entries of a directory, the oldest first. */
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
 * All functions return 0 or a positive errno. A function that fills an entry
 * counts as one lookup.
 */
int node_lookup(struct node *parent, const char *name,
		struct fuse_entry_param *entry);
int node_make(struct node *parent, const char *name, mode_t mode,
	      const struct fuse_ctx *owner, struct fuse_entry_param *entry);
int node_remove(struct node *parent, const char *name, bool directory);
int node_rename(struct node *from, const char *name, struct node *to,
		const char *new_name, unsigned int flags);
void node_forget(struct node *node, uint64_t lookups);

/*
 * Sets the times of a node. `contents` says whether its contents have changed,
 * or only its attributes.
 */
void node_touch(struct node *node, bool contents);

/* The contents of a node (delayfs_data.c). Returns 0 or a positive errno. */
int node_resize(struct node *node, off_t size);
int node_write(struct node *node, const char *data, size_t size, off_t offset);
int node_set_attribute(struct node *node, const char *name, const void *value,
		       size_t size, int flags);
int node_remove_attribute(struct node *node, const char *name);
/*
 * Returns the length of the value, or of all names, and copies them if there is
 * room. Returns -errno on failure.
 */
ssize_t node_attribute(const struct node *node, const char *name, void *out,
		       size_t size);
ssize_t node_attributes(const struct node *node, char *out, size_t size);
void node_free_data(struct node *node);

/* delayfs_watch.c: looks at a request before it is handled. */
void watch_request(const struct fuse_in_header *request);
/* Returns what the present request is about, or "". */
const char *watch_about(void);
/* Whether it is of the kind that `only` names, or that is not set. */
bool watch_is_slow(void);
/* Notes a request that was answered. */
void watch_answered(const char *what, int64_t asked_ns, int64_t answered_ns);

/*
 * Sends all answers that are due. Returns in how many ns the next one is, or -1
 * if there is none.
 */
int64_t answers_send(void);

/* These answer when the latency is over. `error` is 0 or a positive errno. */
void answer_error(fuse_req_t req, int error);
void answer_entry(fuse_req_t req, int error, const struct fuse_entry_param *e);
void answer_create(fuse_req_t req, int error, const struct fuse_entry_param *e,
		   const struct fuse_file_info *fi);
void answer_open(fuse_req_t req, int error, const struct fuse_file_info *fi);
void answer_attr(fuse_req_t req, int error, const struct stat *st);
/* `count` is a number of bytes, or -errno. */
void answer_written(fuse_req_t req, ssize_t count);
void answer_xattr_size(fuse_req_t req, ssize_t count);
/* Answers with data, and frees them afterwards. */
void *answer_alloc(size_t size);
void answer_data(fuse_req_t req, void *data, ssize_t count);

#endif
