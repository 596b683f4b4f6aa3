// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <string.h>

#include "async/async_op.h"
#include "op/op_record.h"
#include "async/uring.h"

static struct call *add(struct async_op *op, const char *name,
			enum call_kind kind)
{
	struct call *c = &op->call[op->calls++];

	c->name = name;
	c->kind = kind;
	/* In liburing 2.9 io_uring_prep_*() leave fields as they were. */
	c->sqe = (struct io_uring_sqe){ 0 };
	return c;
}

/*
 * Lets a kernel thread run a call that may have to wait. Otherwise the kernel
 * first tries the request in the thread that submits it. If the request would
 * wait there, a kernel thread gets it. But if the file can be polled, as in
 * FUSE, the kernel tries 128 times before. And if the kernel need not look up
 * the name of what is opened, as that of ".", the opening itself waits there.
 */
static void elsewhere(const struct async_op *op, struct call *c)
{
	if (op->waits)
		c->sqe.flags |= IOSQE_ASYNC;
}

/* Makes the call work on the file that call_open() opened. */
static void on_file(const struct async_op *op, struct call *c)
{
	if (op->own_fd) {
		c->sqe.fd = op->fd;
		return;
	}
	c->sqe.fd = op->index;
	c->sqe.flags |= IOSQE_FIXED_FILE;
}

bool call_open(struct async_op *op, int dir_fd, const char *path, int flags,
	       mode_t mode, const char *name)
{
	struct call *c = add(op, name, CALL_OPEN);

	if (op->own_fd) {
		io_uring_prep_openat(&c->sqe, dir_fd, path, flags | O_CLOEXEC,
				     mode);
		elsewhere(op, c);
		return false;
	}
	/* The file needs no O_CLOEXEC: it is no descriptor of the process. */
	io_uring_prep_openat_direct(&c->sqe, dir_fd, path, flags, mode,
				    op->index);
	elsewhere(op, c);
	return op->extras & URING_LINKED_FILE;
}

bool call_create_below(struct async_op *op, int dir_fd, const char *path,
		       mode_t mode, const char *name)
{
	struct call *c = add(op, name, CALL_OPEN);

	op->how = (struct open_how){
		.flags = O_CREAT | O_EXCL | O_WRONLY,
		.mode = mode,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS,
	};
	if (op->own_fd) {
		op->how.flags |= O_CLOEXEC;
		io_uring_prep_openat2(&c->sqe, dir_fd, path, &op->how);
		return false;
	}
	io_uring_prep_openat2_direct(&c->sqe, dir_fd, path, &op->how,
				     op->index);
	return op->extras & URING_LINKED_FILE;
}

void call_close(struct async_op *op, const char *name)
{
	struct call *c = add(op, name, CALL_CLOSE);

	if (op->own_fd)
		io_uring_prep_close(&c->sqe, op->fd);
	else
		io_uring_prep_close_direct(&c->sqe, op->index);
}

void call_fsync(struct async_op *op, const char *name)
{
	struct call *c = add(op, name, CALL_PLAIN);

	io_uring_prep_fsync(&c->sqe, -1, 0);
	on_file(op, c);
}

void call_fsync_fd(struct async_op *op, int fd, const char *name)
{
	struct call *c = add(op, name, CALL_PLAIN);

	io_uring_prep_fsync(&c->sqe, fd, 0);
}

void call_read(struct async_op *op, uint64_t offset, uint32_t ask,
	       uint32_t needed)
{
	struct call *c = add(op, "read", CALL_READ);

	c->needed = needed;
	op->record_length = needed;
	op->record_done = 0;
	if (op->extras & URING_BUFFERS)
		io_uring_prep_read_fixed(&c->sqe, -1, op->request.buffer, ask,
					 offset, op->index);
	else
		io_uring_prep_read(&c->sqe, -1, op->request.buffer, ask,
				   offset);
	on_file(op, c);
	elsewhere(op, c);
}

void call_write(struct async_op *op, const uint8_t *data, uint64_t offset,
		uint32_t length)
{
	struct call *c = add(op, "write", CALL_WRITE);

	c->needed = length;
	if (op->extras & URING_BUFFERS && data == op->request.buffer)
		io_uring_prep_write_fixed(&c->sqe, -1, data, length, offset,
					  op->index);
	else
		io_uring_prep_write(&c->sqe, -1, data, length, offset);
	on_file(op, c);
	elsewhere(op, c);
}

void call_fallocate(struct async_op *op, enum call_kind kind, int mode,
		    uint64_t offset, uint64_t bytes)
{
	struct call *c = add(op, "fallocate", kind);

	io_uring_prep_fallocate(&c->sqe, -1, mode, offset, bytes);
	on_file(op, c);
}

void call_truncate(struct async_op *op, uint64_t bytes)
{
	struct call *c = add(op, "ftruncate", CALL_PLAIN);

	io_uring_prep_rw(URING_FTRUNCATE, &c->sqe, -1, NULL, 0, bytes);
	on_file(op, c);
}

void call_forget_cache(struct async_op *op)
{
	struct call *c = add(op, "fadvise", CALL_PLAIN);

	io_uring_prep_fadvise(&c->sqe, -1, 0, 0, POSIX_FADV_DONTNEED);
	on_file(op, c);
}

void call_fsetxattr(struct async_op *op, const char *name, const void *value,
		    size_t size)
{
	struct call *c = add(op, "fsetxattr", CALL_PLAIN);

	io_uring_prep_fsetxattr(&c->sqe, op->fd, name, value, 0, size);
}

void call_fgetxattr(struct async_op *op, const char *name, void *value,
		    size_t size)
{
	struct call *c = add(op, "fgetxattr", CALL_VALUE);

	io_uring_prep_fgetxattr(&c->sqe, op->fd, name, value, size);
}

void call_stat(struct async_op *op, enum call_kind kind, int dir_fd,
	       const char *path, int flags)
{
	struct call *c = add(op, "stat", kind);

	io_uring_prep_statx(&c->sqe, dir_fd, path, AT_SYMLINK_NOFOLLOW | flags,
			    STATX_BASIC_STATS, &op->statx);
}

void call_unlink(struct async_op *op, int dir_fd, const char *path, int flags,
		 const char *name)
{
	struct call *c = add(op, name, CALL_PLAIN);

	io_uring_prep_unlinkat(&c->sqe, dir_fd, path, flags);
}

void call_rename(struct async_op *op, int from_fd, const char *from, int to_fd,
		 const char *to, unsigned int flags)
{
	struct call *c = add(op, "rename", CALL_PLAIN);

	io_uring_prep_renameat(&c->sqe, from_fd, from, to_fd, to, flags);
}

void call_link(struct async_op *op, int from_fd, const char *from, int to_fd,
	       const char *to, int flags)
{
	struct call *c = add(op, "link", CALL_PLAIN);

	io_uring_prep_linkat(&c->sqe, from_fd, from, to_fd, to, flags);
}

void call_symlink(struct async_op *op, const char *target, int dir_fd,
		  const char *path)
{
	struct call *c = add(op, "symlink", CALL_PLAIN);

	io_uring_prep_symlinkat(&c->sqe, target, dir_fd, path);
}

void call_mkdir(struct async_op *op, int dir_fd, const char *path, mode_t mode)
{
	struct call *c = add(op, "mkdir", CALL_PLAIN);

	io_uring_prep_mkdirat(&c->sqe, dir_fd, path, mode);
}

enum op_part call_part(const struct call *c)
{
	static const enum op_part parts[] = {
		[IORING_OP_OPENAT] = PART_OPEN,
		[IORING_OP_OPENAT2] = PART_OPEN,
		[IORING_OP_READ] = PART_READ,
		[IORING_OP_READ_FIXED] = PART_READ,
		[IORING_OP_WRITE] = PART_WRITE,
		[IORING_OP_WRITE_FIXED] = PART_WRITE,
		[IORING_OP_FSYNC] = PART_FSYNC,
		[IORING_OP_CLOSE] = PART_CLOSE,
		[IORING_OP_STATX] = PART_STAT,
		[URING_FTRUNCATE] = PART_TRUNCATE,
		[IORING_OP_FALLOCATE] = PART_FALLOCATE,
		[IORING_OP_UNLINKAT] = PART_UNLINK,
		[IORING_OP_RENAMEAT] = PART_RENAME,
		[IORING_OP_LINKAT] = PART_LINK,
		[IORING_OP_SYMLINKAT] = PART_SYMLINK,
		[IORING_OP_MKDIRAT] = PART_MKDIR,
		[IORING_OP_FSETXATTR] = PART_SETXATTR,
		[IORING_OP_FGETXATTR] = PART_GETXATTR,
		[IORING_OP_FADVISE] = PART_FADVISE,
	};

	if (c->sqe.opcode == IORING_OP_UNLINKAT &&
	    c->sqe.unlink_flags & AT_REMOVEDIR)
		return PART_RMDIR;
	return parts[c->sqe.opcode];
}

int call_result(const struct async_op *op)
{
	return op->last_result;
}

int async_op_give_up(struct async_op *op, const char *call)
{
	return request_fail_text(&op->request, ECANCELED, call,
				 "given up: no answer, and the job has ended");
}

static int failed(struct async_op *op, const struct call *c)
{
	if (op->given_up && (c->result == -EINTR || c->result == -ECANCELED))
		return async_op_give_up(op, c->name);
	errno = -c->result;
	return request_fail(&op->request, c->name);
}

enum call_verdict {
	GOOD,
	GOOD_BROKEN, /* good, but the kernel ended the chain after it */
	AGAIN,       /* hand over this call and those after it once more */
	BAD,         /* failed, and *error is set */
};

/* An operation fails if the kernel drops its chains more often than this. */
#define DROPPED_MAX 100

/*
 * Returns the call whose failure cancelled other calls of its chain, or NULL.
 * That call stands before the cancelled calls, or behind them if it could not
 * even be queued.
 */
static const struct call *cause(const struct async_op *op)
{
	for (unsigned int i = op->next; i < op->calls; i++) {
		const struct call *c = &op->call[i];

		if (c->result < 0 && c->result != -ECANCELED)
			return c;
	}
	return NULL;
}

/*
 * Judges a call that was cancelled. If no call of the chain failed, the kernel
 * dropped the chain, because it could not make a thread for the chain at once.
 * Such a shortage passes.
 */
static enum call_verdict cancelled(struct async_op *op, int *error)
{
	const struct call *c = cause(op);

	if (!c && !op->given_up && op->dropped++ < DROPPED_MAX)
		return AGAIN;
	*error = failed(op, c ? c : &op->call[op->next]);
	return BAD;
}

/* Leaves in the call the rest of a record after a short read or write. */
static void shorten(struct call *c)
{
	c->sqe.addr += c->result;
	c->sqe.off += c->result;
	c->sqe.len -= c->result;
	c->needed -= c->result;
}

static enum call_verdict judge_read(struct worker *w, struct async_op *op,
				    struct call *c, int *error)
{
	struct request *r = &op->request;
	uint32_t got = c->result;

	op->record_done += got;
	if (!got) {
		*error = record_too_short(w, r, op->record_done);
		return BAD;
	}
	if (got < c->needed) {
		shorten(c);
		return AGAIN;
	}
	if (w->options.verify_read)
		*error = record_verify(w, r, r->records, op->record_length);
	if (*error)
		return BAD;
	r->records++;
	return got < c->sqe.len ? GOOD_BROKEN : GOOD;
}

static enum call_verdict judge_write(struct async_op *op, struct call *c,
				     int *error)
{
	uint32_t put = c->result;

	if (!put) {
		*error = record_not_written(&op->request);
		return BAD;
	}
	if (put < c->needed) {
		shorten(c);
		return AGAIN;
	}
	op->request.records++;
	return GOOD;
}

static enum call_verdict judge(struct worker *w, struct async_op *op,
			       struct call *c, int *error)
{
	if (c->kind == CALL_VALUE && c->result != -EINTR)
		return GOOD;
	if (c->result >= 0) {
		if (c->kind == CALL_READ)
			return judge_read(w, op, c, error);
		return c->kind == CALL_WRITE ? judge_write(op, c, error) : GOOD;
	}
	/* An interrupted close is not repeated: the file is closed already. */
	if (c->result == -EINTR && c->kind != CALL_CLOSE && !op->given_up)
		return AGAIN;
	if (c->result == -EOPNOTSUPP && c->kind == CALL_OPTIONAL)
		return GOOD_BROKEN;
	if (c->result == -ECANCELED)
		return cancelled(op, error);
	*error = failed(op, c);
	return BAD;
}

static void note_open(struct async_op *op)
{
	for (unsigned int i = op->next; i < op->calls; i++) {
		const struct call *c = &op->call[i];

		if (c->kind == CALL_OPEN && c->result >= 0) {
			op->open = true;
			op->fd = c->result;
		}
		if (c->kind == CALL_CLOSE && c->result != -ECANCELED)
			op->open = false;
	}
}

/*
 * Looks at the results of the chain in order. Returns 0, an error, or 1 if
 * calls from op->next on have to be handed over (again).
 */
static int take_results(struct worker *w, struct async_op *op)
{
	enum call_verdict verdict = GOOD;
	int error = 0;

	note_open(op);
	for (; op->next < op->calls; op->next++) {
		struct call *c = &op->call[op->next];

		if (verdict == GOOD_BROKEN && c->result == -ECANCELED)
			return 1;
		verdict = judge(w, op, c, &error);
		if (verdict == BAD)
			return error;
		if (verdict == AGAIN)
			return 1;
	}
	return 0;
}

/* Adds the calls that come next. If there are none, the operation is done. */
static int take_steps(struct worker *w, struct async_op *op)
{
	while (w->operation->async[op->step] && async_op_room(op)) {
		int ret = w->operation->async[op->step](w, op);

		if (ret < 0)
			return ret;
		if (ret == STEP_DONE)
			return 0;
		op->step += ret != STEP_AGAIN;
		if (ret != STEP_ON && op->calls)
			return 0;
	}
	if (!op->calls && w->operation->moves_data && op->request.size_bytes)
		op->request.bytes = op->request.size_bytes;
	return 0;
}

enum async_op_state async_op_advance(struct worker *w, struct async_op *op)
{
	int ret = take_results(w, op);

	if (ret == 1 && op->given_up)
		ret = async_op_give_up(op, op->call[op->next].name);
	if (ret == 1)
		return ASYNC_OP_QUEUE;
	if (op->calls)
		op->last_result = op->call[op->calls - 1].result;
	op->calls = op->next = 0;
	/* The operation had failed, and this chain only closed its file. */
	if (op->error)
		return ASYNC_OP_DONE;
	if (!ret)
		ret = take_steps(w, op);
	if (!ret && op->calls && op->given_up)
		ret = async_op_give_up(op, op->call[0].name);
	if (!ret)
		return op->calls ? ASYNC_OP_QUEUE : ASYNC_OP_DONE;
	op->error = ret;
	op->calls = 0;
	if (!op->open)
		return ASYNC_OP_DONE;
	call_close(op, "close");
	return ASYNC_OP_QUEUE;
}
