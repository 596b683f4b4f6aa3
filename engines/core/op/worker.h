/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CORE_WORKER_H
#define CORE_WORKER_H

#include <stdint.h>
#include <sys/types.h>

#include "op/content.h"
#include "fs/dirtable.h"
#include "util/failure.h"
#include "fs/fileset.h"
#include "op/filesize.h"
#include "fs/fskind.h"
#include "op/operation.h"
#include "fs/tree.h"
#include "util/part.h"
#include "util/ticks.h"

#define WORKER_XATTR_SIZE_MAX  65536u /* the kernel's own limit of a value */
#define WORKER_XATTR_COUNT_MAX 4096u
#define WORKER_XATTR_NAME_MAX  32u
#define WORKER_DIR_FILES_MAX   100000u
#define WORKER_RECORD_MAX      (1ull << 30)

/* All that one thread was asked to do. worker_init() borrows the strings. */
struct worker_options {
	const struct operation *operation;
	struct fileset_layout layout;
	enum filesize_distribution size_distribution;
	const char *size_table; /* FILESIZE_TABLE: a profile */
	uint64_t file_size_low_bytes;
	uint64_t file_size_high_bytes;
	uint64_t record_size_bytes; /* 0: the file's size, at most 1 MiB */
	enum content_kind content;
	uint64_t seed;
	uint32_t xattr_size_bytes;
	uint32_t xattr_count;
	uint32_t dir_files;
	bool empty;
	bool verify_read;
	bool record_ctime_size;
	bool fsync;
	bool direct;
	bool phases;      /* requests time their parts */
	uint64_t max_fds; /* directories kept open; 0: a good number */
};

/*
 * One thread's work. worker_init() and request_init() allocate all memory. None
 * is allocated for a file or in the measured part.
 */
struct worker {
	const struct operation *operation;
	struct worker_options options;
	struct fileset fileset;
	struct filesize filesize;
	struct content content;
	struct dirtable dirtable;
	struct stop stop;
	uint64_t units;        /* requests in one pass over the file set */
	uint64_t record_bytes; /* longest record */
	uint64_t buffer_bytes;
	uint32_t attribute_bytes; /* bytes that make a file's values, or 0 */
	/* the xattr_count names of these, or NULL */
	char (*attribute_names)[WORKER_XATTR_NAME_MAX];
	uint64_t found_bytes; /* size of a bitmap of a directory's files */
	unsigned int trees;   /* mask of 1 << enum tree: open directories */
	uint64_t opcodes;     /* of io_uring: see struct operation */
	bool async;           /* io_uring has a form of the operation */
	bool lists;           /* the operation may read directories */
	bool partial;         /* only some of the files are there */
	bool opens_inner;     /* each request calls request_open_inner() */
	bool ticks;           /* marks in time are of the processor's counter */
	bool writes;          /* the operation writes data */
	bool makes_contents;  /* writes, or sets or compares attributes */
	int open_direct;      /* O_DIRECT or 0 */
	uint32_t direct_align; /* alignment of offset and length for O_DIRECT */
	uint64_t dirs_left;    /* what cleanup left, for it is not empty */
	uid_t user;            /* whom chown gives files to */
	gid_t group;
};

/* A name in an open directory, as the *at() calls take it. fd -1: none. */
struct path_at {
	int fd;
	const char *path;
};

#define REQUEST_BUFFER_ALIGN 4096u

/*
 * One operation, ready to run. request_prepare() does what does not belong into
 * the measured part. A worker may have many requests, one for each operation in
 * flight.
 */
struct request {
	struct worker *worker; /* that it is prepared for */
	uint64_t file;         /* its number, from 1; 0 for a directory */
	uint64_t dir;
	/* the file's size, which follows from its number */
	uint64_t size_bytes;
	unsigned int top;
	struct path_at at[TREE_COUNT];
	/* The tree that each place of `at` is in: usually the same. */
	enum tree tree[TREE_COUNT];
	uint64_t drawn;              /* the number that a mix drew */
	bool claimed;                /* and has for this request alone */
	const uint8_t *first_record; /* made beforehand, or NULL */
	/*
	 * The same for attributes; attribute j is xattr_size bytes from [j] on.
	 */
	const uint8_t *attributes;
	int error; /* error of preparation, reported instead of running */

	/* Results, valid after request_run. */
	uint64_t bytes;
	uint64_t records;
	uint64_t took_marks;    /* measured time: see ticks_mark() */
	uint64_t ended_mark;    /* when the measured time ended */
	uint64_t latency_ns;    /* 0: took_marks has it */
	const char *call;       /* system call that failed */
	struct failure failure; /* what errno does not say, or empty */
	struct parts *parts;    /* of the last run; NULL: not timed */

	/* Within the run: marks of our own work, which are not measured. */
	uint64_t paused_marks;
	uint64_t pause_began;
	uint64_t unverified_bytes; /* of the last record, in the buffer */

	/* For request.c only. */
	char *name;       /* NAME */
	char *number;     /* where the number is in `name` */
	char *last_digit; /* of the number */
	size_t name_length;
	uint64_t placed_dir; /* the directory of `at`; ~0: none */
	unsigned int placed_top;
	int placed_error; /* why that directory cannot be used, or 0 */
	/* a directory that is not in the table, or -1 */
	int own_fd[TREE_COUNT];
	int inner_fd; /* descriptor of NAME.d, or -1 */
	struct {
		char *path;
		size_t dir_length;
	} full;      /* the path from the root: the text of a link */
	char *extra; /* name with the operation's ending, prepared */

	/* Memory for operations. */
	uint8_t *buffer;   /* buffer_bytes, aligned for O_DIRECT */
	uint8_t *values;   /* values of attributes: as made, then as found */
	uint64_t expected; /* files in the directory */
	uint8_t *found;    /* bitmap of a directory's files */
};

/*
 * Checks everything that can be known without touching a file. Returns 0 or
 * -errno, with a sentence in `failure`.
 */
int worker_init(struct worker *worker, const struct worker_options *options,
		struct failure *failure);

/*
 * Makes the directories (if the operation does so) and opens them, before the
 * measured part. This may take long; worker->stop ends it. Threads that share
 * directories may all make them at once. Returns 0 or -errno, with a sentence.
 */
int worker_make_dirs(struct worker *worker, struct failure *failure);
int worker_open_dirs(struct worker *worker, struct failure *failure);

/*
 * Asks each file system for what an operation needs of it. worker_open_dirs()
 * does so for the worker's own. Returns 0, or -EOPNOTSUPP with a sentence.
 */
int worker_probe(struct worker *worker, const struct operation *operation,
		 struct failure *failure);

/*
 * Call it after the last request: cleanup removes the directories. Returns 0 or
 * -errno, with a sentence.
 */
int worker_finish(struct worker *worker, struct failure *failure);
void worker_free(struct worker *worker);

/*
 * Makes a worker do this operation of the table, on the same files. Its names
 * of attributes are its own. Returns 0, or -errno with a sentence.
 */
int worker_set_operation(struct worker *worker,
			 const struct operation *operation,
			 struct failure *failure);

/* The slowest kind of file system that a top directory is on. */
enum fskind worker_fskind(const struct worker *worker);

/*
 * Whether several operations in flight, by io_uring, can be of use. In memory
 * nothing ever waits, and the way to a kernel thread and back costs about as
 * much as an operation. Only some operations then gain by a second processor.
 * In one directory even these do not gain, because each waits for the other.
 */
bool worker_gains_by_depth(const struct worker *worker, enum fskind fskind);

/* The mean bytes that a unit moves, at least 1. For progress and rates. */
uint64_t worker_mean_bytes(const struct worker *worker);

int request_init(struct request *request, struct worker *worker);
void request_free(struct request *request);

/*
 * Sets up a request for `unit`, which is below worker->units. `again`: the unit
 * may have had its turn before. Not measured. Failures are reported when the
 * request is run.
 */
void request_prepare(struct worker *worker, struct request *request,
		     uint64_t unit, bool again);

/*
 * Takes time out of the measured part, for work of our own that cannot be done
 * before or after the operation.
 */
static inline void request_pause(const struct worker *worker,
				 struct request *request)
{
	request->pause_began = ticks_mark(worker->ticks);
}

static inline void request_resume(const struct worker *worker,
				  struct request *request)
{
	uint64_t now = ticks_mark(worker->ticks);

	request->paused_marks += now - request->pause_began;
	if (__builtin_expect(request->parts != NULL, 0))
		request->parts->last = now;
}

/*
 * Compares the record that request_run() has left to be verified after its end.
 */
int request_verify(struct worker *worker, struct request *request);

/*
 * Runs a prepared request and measures only this, in request->took_marks.
 * Verifies afterwards what was read. Returns 0 or -errno.
 */
static inline int request_run(struct worker *worker, struct request *request)
{
	uint64_t began;
	int ret;

	request->bytes = 1;
	request->records = 0;
	request->took_marks = 0;
	request->paused_marks = 0;
	request->unverified_bytes = 0;
	if (__builtin_expect(request->error, 0))
		return request->error;
	began = ticks_mark(worker->ticks);
	if (__builtin_expect(request->parts != NULL, 0))
		parts_begin(request->parts, began);
	ret = worker->operation->run(worker, request);
	request->ended_mark = ticks_mark(worker->ticks);
	request->took_marks =
		request->ended_mark - began - request->paused_marks;
	if (request->unverified_bytes && !ret)
		ret = request_verify(worker, request);
	return ret;
}

/*
 * Writes "delete: unlinkat: /path: No such file or directory" for a request
 * that returned `error` (negative). Returns the length.
 */
size_t request_describe(const struct worker *worker,
			const struct request *request, int error, char *out,
			size_t size);

/*
 * Returns a sentence that says what a user can do about the error, or NULL if
 * nothing is known. Many requests may have the same sentence, which should be
 * said once.
 */
const char *request_remedy(const struct worker *worker,
			   const struct request *request, int error);

/* Functions for the op_*.c files. */

/*
 * Returns the request's name with an ending, such as ".tmp". The name is valid
 * until the next call.
 */
const char *request_extra(struct request *request, enum tree tree,
			  const char *ending);

/* Does the same within an operation, not measured. */
static inline const char *request_extra_paused(const struct worker *worker,
					       struct request *request,
					       enum tree tree,
					       const char *ending)
{
	const char *path;

	request_pause(worker, request);
	path = request_extra(request, tree, ending);
	request_resume(worker, request);
	return path;
}

/*
 * Looks again for a directory that was missing at request_prepare(). Returns
 * false if the directory is still missing.
 */
bool request_find_dir(struct worker *worker, struct request *request);

/*
 * Opens NAME.d without following a link, for work on the files in it. Returns 0
 * or -errno.
 */
int request_open_inner(struct request *request);
void request_close_inner(struct request *request);

/* Notes the call that failed and returns -errno. */
int request_fail(struct request *request, const char *call);
/* Does the same with a code of our own and a sentence. */
int request_fail_text(struct request *request, int code, const char *call,
		      const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* If fsync is asked for, makes a change of the request's directory durable. */
int request_sync_dir(struct worker *worker, struct request *request,
		     enum tree tree);

#endif
