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
 * DIRECTORY/diskwrite_HOST_TT_NNNNNNNN. TT is the thread's number and N the
 * file's. Both count from 0, and have more digits where they need them.
 *
 * A file is ours if both its name and its first block say so. It must be a
 * regular file that is empty, or that begins with a header of this host, thread
 * and file number. No other file is ever removed or written to. A file in the
 * way is an error that names the file. Files in use are locked, so that a
 * second run keeps out of them. The lock ends with the process.
 */

/*
 * What is allocated when a file is made. ext4 and other file systems do writes
 * that make a file longer one at a time, whatever the depth. So a file gets its
 * full size first. A file system without fallocate() does without.
 */
enum chunkfiles_allocate {
	CHUNKFILES_NONE,
	CHUNKFILES_NATIVE,    /* fallocate() of the whole file */
	CHUNKFILES_KEEP_SIZE, /* the same, but the size grows with the writes */
	CHUNKFILES_TRUNCATE,  /* ftruncate(): a hole of that size */
};

struct chunkfiles_options {
	const char *directory; /* borrowed */
	const char *host;      /* borrowed; 1 to CHUNKDATA_HOST_MAX bytes */
	uint32_t thread;
	uint64_t chunk_bytes;
	/* size of a full file, at most; at least a chunk */
	uint64_t file_bytes;
	uint64_t keep;      /* how many of the newest files stay; at least 1 */
	unsigned int depth; /* chunks in flight */
	enum chunkfiles_allocate allocate;
	bool direct;
	bool fsync_on_close;
	bool remove_at_end;
};

struct chunkfile {
	uint64_t number;
	uint64_t chunks; /* how many it will hold, or holds */
	uint64_t issued;
	uint64_t done;
	int fd; /* -1: slot not in use */
};

struct chunkfiles {
	struct chunkfiles_options options;
	char stem[32 + CHUNKDATA_HOST_MAX]; /* the names up to the number */
	int dir_fd;
	/*
	 * The newest file when it is full. It stays locked until the next file
	 * is made. -1: none.
	 */
	int held_fd;
	uint64_t chunks_per_file;
	/* depth + 1 slots: files with chunks in flight */
	struct chunkfile *slot;
	struct chunkfile *current;
	uint64_t next;  /* number of the next file to be made or read */
	uint64_t first; /* lowest number found: reading begins here */
	uint64_t count; /* how many were found; 0: this job writes */
	uint64_t found_bytes;
	struct deferred_close deferred_close;
	uint8_t *block; /* the first block of a file, before it is written */
	char *path;     /* PATH_MAX bytes, for messages */
};

/* Where the next chunk is written to, or read from. */
struct chunkfiles_place {
	struct chunkfile *file;
	uint64_t chunk; /* in the file, from 0 */
	uint64_t offset_bytes;
};

/* Opens the directory. Returns 0, or -errno with a sentence. */
int chunkfiles_init(struct chunkfiles *files,
		    const struct chunkfiles_options *options,
		    struct failure *failure);
void chunkfiles_free(struct chunkfiles *files);

/*
 * Before writing: removes what an earlier run of this host and thread has left.
 * Looks at all files before it removes any. If a file is not ours, or another
 * process works on it, nothing is removed: returns -EEXIST or -EBUSY. Returns
 * 0, or -errno with a sentence.
 */
int chunkfiles_clean(struct chunkfiles *files, struct failure *failure);

/*
 * Before reading: finds the files, and sets first, count and found_bytes (in
 * whole chunks). Returns 0, or -errno with a sentence: -ENOENT if there is no
 * chunk.
 */
int chunkfiles_find(struct chunkfiles *files, struct failure *failure);

/*
 * Tells where the chunk after the last chunkfiles_next_write() belongs. Makes
 * no file.
 */
void chunkfiles_peek_write(const struct chunkfiles *files, uint64_t *number,
			   uint64_t *offset_bytes);

/*
 * Makes sure that there is a file for the next chunk to write. If the last file
 * is full, makes the next one and at once writes its first block. From then on
 * the file can be told to be ours. Then removes the file that is now too old.
 * With `direct`, asks the file system whether it takes O_DIRECT and chunks of
 * this size, and tries. Returns 0, or -errno with a sentence.
 */
int chunkfiles_ready(struct chunkfiles *files, const struct chunkdata *data,
		     struct failure *failure);

/*
 * Gives the place of the next chunk to write. Call it after chunkfiles_ready().
 */
void chunkfiles_next_write(struct chunkfiles *files,
			   struct chunkfiles_place *place);

/*
 * Gives the place of the next chunk to read. Call it after chunkfiles_find().
 * `data` must be zeroes at first, and is set from the header of the first file.
 * Returns 0; -ENODATA when all places have been given; or another -errno with a
 * sentence.
 */
int chunkfiles_next_read(struct chunkfiles *files, struct chunkdata *data,
			 struct chunkfiles_place *place,
			 struct failure *failure);

/*
 * Call it when a chunk is done or has failed. After the last chunk of a file it
 * syncs the file if asked to, closes it, and removes the file that is now too
 * old. Returns 0, or -errno with a sentence.
 */
int chunkfiles_done(struct chunkfiles *files, struct chunkfile *file,
		    struct failure *failure);

/* Ends the work: closes all files. With remove_at_end removes the last ones. */
int chunkfiles_finish(struct chunkfiles *files, struct failure *failure);

/* The path of a file, for messages; valid until the next call. */
const char *chunkfiles_path(struct chunkfiles *files, uint64_t number);

#endif
