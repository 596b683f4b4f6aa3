/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CORE_ASYNC_OP_H
#define CORE_ASYNC_OP_H

#include <liburing.h>
#include <linux/openat2.h>

#include "op/op.h"

/*
 * One operation in flight, as the steps of the operation table see it. The
 * steps are called in their order. Each adds the system calls that are its
 * part, with the call_*() functions below. All added calls are handed over as
 * one chain of linked requests. When the last of them is done, the steps that
 * are left are called.
 *
 * A step sees only success. If a call fails, the rest of its chain does not
 * run, what is open is closed, and the operation fails with the first error.
 * Short reads and writes are continued, and records that were read are
 * verified, before a step is called again. A step is called only while there is
 * room for a call.
 */
/* What a step returns, if it does not return -errno. */
enum step_end {
	STEP_ON,   /* calls of the next step may follow in this chain */
	STEP_WAIT, /* the next step comes when this chain is done */
	/* the same step comes again when the chain is done */
	STEP_AGAIN,
	STEP_DONE, /* the operation is over; no call may have been added */
};

#define ASYNC_OP_CALLS_MAX 8

enum call_kind {
	CALL_PLAIN,
	CALL_OPEN,
	CALL_CLOSE,
	CALL_READ,     /* reads a record, from its start on */
	CALL_WRITE,    /* writes a record */
	CALL_OPTIONAL, /* may fail if it is not supported */
	CALL_VALUE,    /* call_result() has its result or error; ends a chain */
};

struct call {
	struct io_uring_sqe sqe;
	const char *name; /* for messages */
	enum call_kind kind;
	uint32_t needed; /* bytes that must come; may be fewer than asked for */
	int32_t result;
};

struct async_op {
	struct request request;

	/* For the steps. All are 0 at first. */
	unsigned int step;
	uint64_t position; /* bytes of the file asked for so far */
	uint64_t base;     /* where in the file the first of these bytes goes */
	uint32_t count;    /* how many of several things are done */
	bool no_direct;    /* O_DIRECT was switched off */
	bool own_fd;       /* needs a descriptor that system calls know */
	bool waits;        /* what may wait must not run in the submitter */
	bool given_up;     /* nothing more is begun, except to close */
	unsigned int dropped; /* how often the kernel dropped calls */
	bool open;            /* a file that call_open() opened is open now */
	bool asked;           /* an attribute's value was asked for */

	/* For async.c: marks, see ticks_mark(). */
	uint64_t handed;    /* when its chain was handed to the kernel */
	uint64_t own_calls; /* time of calls that the thread makes itself */

	/* For async_op.c only. */
	struct call call[ASYNC_OP_CALLS_MAX];
	unsigned int calls; /* how many are added */
	unsigned int next;  /* the first call that is not done */
	unsigned int due;   /* completions to come */
	unsigned int index; /* its place */
	unsigned int extras;
	int fd; /* the file's descriptor, with own_fd */
	int last_result;
	int error;
	uint64_t record_length; /* bytes of the record being read */
	uint64_t record_done;   /* how many of these have been read */
	struct statx statx;
	struct open_how how;
	char text[64]; /* a name or value that a call of the chain reads */
};

/* How many more calls the chain has room for. */
static inline unsigned int async_op_room(const struct async_op *op)
{
	return ASYNC_OP_CALLS_MAX - op->calls;
}

/*
 * Opens a file. The calls without a path then work on that file. Returns
 * whether they may follow in the same chain. If not, the step returns STEP_WAIT
 * or STEP_AGAIN.
 */
bool call_open(struct async_op *op, int dir_fd, const char *path, int flags,
	       mode_t mode, const char *name);
/* Does the same for a new file, whose path must not lead through a link. */
bool call_create_below(struct async_op *op, int dir_fd, const char *path,
		       mode_t mode, const char *name);
void call_close(struct async_op *op, const char *name);
void call_fsync(struct async_op *op, const char *name);
void call_fsync_fd(struct async_op *op, int fd, const char *name);
/*
 * `needed` may be less than `ask`, which is whole blocks at the end of a file.
 */
void call_read(struct async_op *op, uint64_t offset, uint32_t ask,
	       uint32_t needed);
void call_write(struct async_op *op, const uint8_t *data, uint64_t offset,
		uint32_t length);
/* `kind` is CALL_PLAIN or CALL_OPTIONAL, `mode` as fallocate() has it. */
void call_fallocate(struct async_op *op, enum call_kind kind, int mode,
		    uint64_t offset, uint64_t bytes);
void call_truncate(struct async_op *op, uint64_t bytes);
void call_forget_cache(struct async_op *op);
/* `name` must stay. Works only on an own_fd. */
void call_fsetxattr(struct async_op *op, const char *name, const void *value,
		    size_t size);
void call_fgetxattr(struct async_op *op, const char *name, void *value,
		    size_t size);

/*
 * Fills op->statx. `kind` is CALL_PLAIN, or CALL_VALUE if the step wants the
 * error, too. `flags` are statx()'s, in addition to AT_SYMLINK_NOFOLLOW.
 */
void call_stat(struct async_op *op, enum call_kind kind, int dir_fd,
	       const char *path, int flags);
void call_unlink(struct async_op *op, int dir_fd, const char *path, int flags,
		 const char *name);
void call_rename(struct async_op *op, int from_fd, const char *from, int to_fd,
		 const char *to, unsigned int flags);
void call_link(struct async_op *op, int from_fd, const char *from, int to_fd,
	       const char *to, int flags);
void call_symlink(struct async_op *op, const char *target, int dir_fd,
		  const char *path);
void call_mkdir(struct async_op *op, int dir_fd, const char *path, mode_t mode);

/* What the last call of the last chain returned: bytes, or -errno. */
int call_result(const struct async_op *op);

/* For async.c: the part that a call's time counts for. */
enum op_part call_part(const struct call *call);

/* For async.c: takes the results of the chain in order. */
enum async_op_state {
	ASYNC_OP_DONE,  /* the operation is over, with op->error */
	ASYNC_OP_QUEUE, /* calls from op->next on have to be handed over */
};
enum async_op_state async_op_advance(struct worker *w, struct async_op *op);
/*
 * Makes the operation fail with "given up: ..." in `call`. Returns -ECANCELED.
 */
int async_op_give_up(struct async_op *op, const char *call);

#endif
