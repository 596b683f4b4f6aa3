/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CORE_OPERATION_H
#define CORE_OPERATION_H

#include <stdbool.h>
#include <stdint.h>

struct worker;
struct request;
struct async_op;

/* What a request works on. */
enum unit {
	UNIT_FILE, /* one file: the file set's i-th */
	UNIT_DIR,  /* all of a thread's files in one directory */
};

/* What is there for a file number, before or after an operation. */
enum object {
	OBJECT_ANY,     /* no matter */
	OBJECT_NONE,    /* nothing of what the operation makes */
	OBJECT_FILE,    /* NAME in the source tree, with its contents */
	OBJECT_RENAMED, /* NAME in the destination tree */
	OBJECT_SYMLINK, /* NAME.s in the destination tree */
	OBJECT_DIR,     /* directory NAME.d with its files, source tree */
	OBJECT_SWIFT,   /* NAME with the attributes swift-put sets */
	OBJECT_XATTRS,  /* NAME with the attributes setxattr sets */
	OBJECT_STAMPED, /* NAME with the attribute of record_ctime_size */
};

/*
 * An operation is a row here and a function in an op_*.c file; nothing else
 * in the project lists operations. Option values, help, checks, generic tests
 * and job lint are loops over this table.
 */
struct operation {
	const char *name;
	const char *alias; /* another spelling, or NULL */
	const char *help;
	enum object before;
	enum object after;
	int missing; /* errno when `before` does not hold; 0: never fails */
	const char *remedy; /* for a person then: what to do about it */
	enum unit unit;
	bool reads;           /* rw=read or randread; else write, randwrite */
	bool moves_data;      /* bytes of a file's size; else counted as 1 */
	bool finishes;        /* not cut short when another thread is done */
	bool makes_dirs;      /* the directories of both trees, beforehand */
	bool removes_dirs;    /* afterwards */
	bool names_full_path; /* a system call wants the path from the root */
	bool allows_no_dir;   /* a directory of a file may be missing */
	bool empties_dir;     /* removes the files of NAME.d, one by one */
	bool needs_xattrs;    /* pointless without xattr_count */
	bool in_dst;          /* what it works on is in the destination tree */
	const char *ending;   /* of its name there, or NULL */
	unsigned int trees;   /* mask of 1 << enum tree that it works in */

	/*
	 * The measured part: 0 or -errno. On failure request->call names the
	 * system call; on success request->bytes and ->records are set.
	 */
	int (*run)(struct worker *worker, struct request *request);

	/*
	 * Not measured: puts back what `before` says, when a file's turn comes
	 * again (loops, time_based, random order with repetition). NULL where
	 * the operation can simply be done again.
	 */
	int (*restore)(struct worker *worker, struct request *request);

	/*
	 * The measured part with other operations in flight at the same time,
	 * by io_uring: its steps, with NULL behind them; see async_op.h. NULL
	 * where io_uring has no request for it (or was left out of the build);
	 * it is then run one at a time.
	 */
	int (*const *async)(struct worker *worker, struct async_op *op);
	uint64_t opcodes;    /* that it may need: mask of 1 << IORING_OP_x */
	bool ring_in_memory; /* gains by it even where nothing waits */
};

extern const struct operation operations[];
extern const unsigned int operation_count;

/* The row of that name or alias, or NULL. */
const struct operation *operation_find(const char *name);

#endif
