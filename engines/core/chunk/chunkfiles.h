/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CORE_CHUNKFILES_H
#define CORE_CHUNKFILES_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "chunk/chunkdata.h"
#include "util/deferred_close.h"
#include "util/failure.h"

/*
 * The files that one thread writes chunks into, one file after the other:
 * DIRECTORY/diskwrite_HOST_TT_NNNNNNNN, TT the thread's number and N the
 * file's, both from 0, with more digits where they need them.
 *
 * A file is ours if its name says so and its first block does, too: it is a
 * regular file, and empty or begins with a header of this host, thread and
 * file number. Nothing else is ever removed or written to; a file in the way
 * is an error that names it. A lock on the files in use keeps a second run out
 * of them, and dies with the process.
 */

/*
 * When a file is made. Writes that make a file longer are done one at a time
 * by ext4 and others, whatever the depth: so a file gets its full size first.
 * A file system without fallocate() does without.
 */
enum chunkfiles_allocate {
	CHUNKFILES_NONE,
	CHUNKFILES_NATIVE,    /* fallocate() of the whole file */
	CHUNKFILES_KEEP_SIZE, /* the same, with the size growing as written */
	CHUNKFILES_TRUNCATE,  /* a hole of that size */
};

struct chunkfiles_options {
	const char *directory; /* borrowed */
	const char *host;      /* borrowed; 1 to CHUNKDATA_HOST_MAX bytes */
	uint32_t thread;
	uint64_t chunk_bytes;
	uint64_t file_bytes; /* at most; at least a chunk */
	uint64_t keep;       /* at least 1: newest files that stay */
	unsigned int depth;  /* chunks in flight */
	enum chunkfiles_allocate allocate;
	bool direct;
	bool fsync_on_close;
	bool remove_at_end;
};

struct chunkfile {
	uint64_t number;
	uint64_t chunks; /* it will hold, or holds */
	uint64_t issued;
	uint64_t done;
	int fd; /* -1: slot not in use */
};

struct chunkfiles {
	struct chunkfiles_options options;
	char stem[32 + CHUNKDATA_HOST_MAX]; /* of names, up to the number */
	int dir_fd;
	/* The newest file, when it is full: its lock stays until there is a
	 * next one. -1: none. */
	int held_fd;
	uint64_t chunks_per_file;
	struct chunkfile *slot; /* depth + 1: files with chunks in flight */
	struct chunkfile *current;
	uint64_t next;  /* number of the next file to be made or read */
	uint64_t first; /* of those found: reading begins here */
	uint64_t count; /* of those found */
	uint64_t found_bytes;
	struct deferred_close deferred_close;
	uint8_t *block; /* what is written first into a file */
	char *path;     /* PATH_MAX: for messages */
};

/* Where the next chunk goes, or comes from. */
struct chunkfiles_place {
	struct chunkfile *file;
	uint64_t chunk; /* in the file, from 0 */
	uint64_t offset_bytes;
};

/* Opens the directory. 0 or -errno with a sentence. */
int chunkfiles_init(struct chunkfiles *files,
		    const struct chunkfiles_options *options,
		    struct failure *failure);
void chunkfiles_free(struct chunkfiles *files);

/*
 * Before writing: removes what an earlier run of this host and thread has
 * left. All is looked at before anything is removed: a file that is not ours,
 * or that another process works on, ends it with -EEXIST or -EBUSY, and
 * nothing is gone. 0 or -errno with a sentence.
 */
int chunkfiles_clean(struct chunkfiles *files, struct failure *failure);

/*
 * Before reading: finds the files there are (first, count, found_bytes: whole
 * chunks). -ENOENT if there are none.
 */
int chunkfiles_find(struct chunkfiles *files, struct failure *failure);

/*
 * Where the chunk after the last chunkfiles_next_write() belongs. Makes
 * nothing.
 */
void chunkfiles_peek_write(const struct chunkfiles *files, uint64_t *number,
			   uint64_t *offset_bytes);

/*
 * Sees to it that there is a file for the next chunk to write. Where the last
 * one is full the next one is made, and its first block written at once, so
 * that from then on it can be told for ours; and the one that is then too old
 * is removed. With `direct` the file system is asked, and tried, whether it
 * takes O_DIRECT and chunks of this size. 0 or -errno with a sentence.
 */
int chunkfiles_ready(struct chunkfiles *files, const struct chunkdata *data,
		     struct failure *failure);

/* The place of the next chunk to write, after chunkfiles_ready(). */
void chunkfiles_next_write(struct chunkfiles *files,
			   struct chunkfiles_place *place);

/*
 * The place of the next chunk to read, after chunkfiles_find(). -ENODATA when
 * all have been given out. `data` is zeroes at first, and set from the header
 * of the first file. 0 or -errno with a sentence.
 */
int chunkfiles_next_read(struct chunkfiles *files, struct chunkdata *data,
			 struct chunkfiles_place *place,
			 struct failure *failure);

/*
 * A chunk is done (or failed). After the last of a file: syncs if asked to,
 * closes it, and removes the one that is now too old. 0 or -errno with a
 * sentence.
 */
int chunkfiles_done(struct chunkfiles *files, struct chunkfile *file,
		    struct failure *failure);

/* No more chunks: closes what is open. */
int chunkfiles_finish(struct chunkfiles *files, struct failure *failure);

/* The path of a file, for messages; valid until the next call. */
const char *chunkfiles_path(struct chunkfiles *files, uint64_t number);

#endif
