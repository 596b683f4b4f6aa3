/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CORE_OPERATION_H
#define CORE_OPERATION_H

#include <stdbool.h>
#include <stdint.h>

struct worker;
struct request;
struct async_op;

/* io_uring's request for ftruncate(), since Linux 6.9. Headers may be older. */
#define URING_FTRUNCATE 55

/* What a request works on. */
enum unit {
	UNIT_FILE,  /* one file: the file set's i-th */
	UNIT_DIR,   /* all of a thread's files in one directory */
	UNIT_DRAWN, /* what a mix draws; see mix.h */
};

/* What is there for a file number, before or after an operation. */
enum object {
	OBJECT_ANY,     /* anything or nothing */
	OBJECT_NONE,    /* nothing that the operation makes */
	OBJECT_FILE,    /* NAME in the source tree, with its contents */
	OBJECT_RENAMED, /* NAME in the destination tree */
	OBJECT_SYMLINK, /* NAME.s in the destination tree */
	OBJECT_DIR,     /* directory NAME.d with its files, source tree */
	OBJECT_SWIFT,   /* NAME with the attributes swift-put sets */
	OBJECT_XATTRS,  /* NAME with the attributes setxattr sets */
	OBJECT_STAMPED, /* NAME with the attribute of record_ctime_size */
	OBJECT_TREE,    /* the directories, whatever is in them */
	OBJECT_LINK,    /* NAME, and NAME.l in the destination tree */
	OBJECT_COPY,    /* NAME, and NAME.c in the destination tree */
	OBJECT_CUT,     /* NAME without data */
	OBJECT_HOLE,    /* NAME of its size, of which nothing is on disk */
	OBJECT_KINDS,
};

/*
 * An operation is a row in the table and a function in an op_*.c file. Nothing
 * else in the project lists operations. Option values, help, checks, generic
 * tests and the job lint are loops over this table.
 */
struct operation {
	const char *name;
	const char *alias; /* another spelling, or NULL */
	const char *help;
	enum object before;
	enum object after;
	int missing; /* errno if `before` does not hold; 0: never fails */
	const char *remedy; /* what a user can do about that */
	enum unit unit;
	bool lists; /* reads the names in a directory, and checks them */
	bool reads; /* rw=read or randread; else write, randwrite */
	/* moves the bytes of a file's size; else counts as 1 */
	bool moves_data;
	bool copies;       /* moves them in the kernel: makes no contents */
	bool finishes;     /* goes on when another thread is done */
	bool makes_dirs;   /* makes the directories of both trees beforehand */
	bool removes_dirs; /* removes the directories afterwards */
	bool names_full_path; /* a system call wants the path from the root */
	bool allows_no_dir;   /* a directory of a file may be missing */
	bool empties_dir;     /* removes the files of NAME.d, one by one */
	bool needs_xattrs;    /* pointless without xattr_count */
	bool in_dst;          /* works on what is in the destination tree */
	const char *ending;   /* ending of its name there, or NULL */
	unsigned int trees;   /* mask of 1 << enum tree: where it works */

	/*
	 * The measured part. Returns 0 or -errno. On failure request->call
	 * names the system call. On success request->bytes and ->records are
	 * set.
	 */
	int (*run)(struct worker *worker, struct request *request);

	/*
	 * Not measured. Puts back what `before` says when a file's turn comes
	 * again (loops, time_based, random order with repetition). NULL if the
	 * operation can simply be done again.
	 */
	int (*restore)(struct worker *worker, struct request *request);

	/*
	 * Not measured. Tries what not every file system has, in a top
	 * directory. Returns 0, or -EOPNOTSUPP; see op_probe.c. `probed` is
	 * what the file system has not. NULL if every file system has it.
	 */
	int (*probe)(int dir_fd);
	const char *probed;

	/*
	 * The measured part by io_uring, with other operations in flight at the
	 * same time: its steps, and NULL at the end; see async_op.h. If
	 * io_uring has no request for the operation (or was left out of the
	 * build) this is NULL, and operations run one at a time.
	 */
	int (*const *async)(struct worker *worker, struct async_op *op);
	uint64_t opcodes;    /* what it may need: mask of 1 << IORING_OP_x */
	bool ring_in_memory; /* gains by io_uring even where nothing waits */
};

extern const struct operation operations[];
extern const unsigned int operation_count;

/*
 * Several operations of the table in one thread, see mix.h. It is none of them:
 * it has no function, and what it needs and makes is what they do.
 */
extern const struct operation operation_mix;

/* Returns the row of that name or alias, or operation_mix, or NULL. */
const struct operation *operation_find(const char *name);

#endif
