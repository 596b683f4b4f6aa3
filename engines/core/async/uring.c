// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "async/uring.h"
#include "op/operation.h"
#include "util/relay.h"

/*
 * Most bytes of buffers that a job pins. Pinned memory is taken from the page
 * cache.
 */
#define BUFFER_BYTES_MAX (16ull << 20)

/* The names of opcodes in messages, and the first Linux that has them. */
static const struct {
	unsigned int opcode;
	const char *name, *since;
} opcodes[] = {
	{ IORING_OP_OPENAT, "OPENAT", "5.6" },
	{ IORING_OP_OPENAT2, "OPENAT2", "5.6" },
	{ IORING_OP_CLOSE, "CLOSE", "5.6" },
	{ IORING_OP_STATX, "STATX", "5.6" },
	{ IORING_OP_READ, "READ", "5.6" },
	{ IORING_OP_WRITE, "WRITE", "5.6" },
	{ IORING_OP_FSYNC, "FSYNC", "5.1" },
	{ IORING_OP_FALLOCATE, "FALLOCATE", "5.6" },
	{ IORING_OP_FADVISE, "FADVISE", "5.6" },
	{ IORING_OP_UNLINKAT, "UNLINKAT", "5.11" },
	{ IORING_OP_RENAMEAT, "RENAMEAT", "5.11" },
	{ IORING_OP_MKDIRAT, "MKDIRAT", "5.15" },
	{ IORING_OP_SYMLINKAT, "SYMLINKAT", "5.15" },
	{ IORING_OP_LINKAT, "LINKAT", "5.15" },
	{ IORING_OP_FSETXATTR, "FSETXATTR", "5.19" },
	{ IORING_OP_FGETXATTR, "FGETXATTR", "5.19" },
	{ URING_FTRUNCATE, "FTRUNCATE", "6.9" },
};

/* A ring is not made smaller than this many requests. */
#define SMALL_RING 64

static int cannot(int ret, struct failure *f)
{
	switch (-ret) {
	case ENOSYS:
		return failure_set(f, ENOSYS,
				   "iodepth=: this kernel has no io_uring (or "
				   "a seccomp filter hides it); use iodepth=1 "
				   "and numjobs=");
	case EPERM:
	case EACCES:
		return failure_set(f, EPERM,
				   "iodepth=: io_uring is disabled here: look "
				   "at /proc/sys/kernel/io_uring_disabled (0 "
				   "allows it) and at the container's seccomp "
				   "profile; or use iodepth=1 and numjobs=");
	case ENOMEM:
		return failure_set(f, ENOMEM,
				   "iodepth=: no memory for a ring that large: "
				   "raise the limit of locked memory (ulimit "
				   "-l) or use a smaller iodepth");
	case EMFILE:
	case ENFILE:
		return failure_set(f, -ret,
				   "iodepth=: too many open files for a ring: "
				   "raise the limit (ulimit -n)");
	}
	return failure_set(f, -ret, "iodepth=: io_uring_setup: %s",
			   strerror(-ret));
}

/* Tries the best set of flags first, and last what every kernel knows. */
static int try_flags(struct uring *u, const struct uring_options *o,
		     unsigned int entries, unsigned int completions)
{
	static const unsigned int tries[] = {
		URING_DEFER | URING_SUBMIT_ALL,
		URING_COOP | URING_SUBMIT_ALL,
		URING_SUBMIT_ALL,
		0,
	};
	int ret = -EINVAL;

	for (size_t i = 0; ret == -EINVAL && i < sizeof(tries) / sizeof(*tries);
	     i++) {
		struct io_uring_params p = {
			.flags = IORING_SETUP_CQSIZE | IORING_SETUP_CLAMP,
			.cq_entries = completions,
		};

		u->extras = tries[i] & ~o->without;
		if (u->extras & URING_DEFER)
			p.flags |= IORING_SETUP_SINGLE_ISSUER |
				   IORING_SETUP_DEFER_TASKRUN;
		if (u->extras & URING_COOP)
			p.flags |= IORING_SETUP_COOP_TASKRUN;
		if (u->extras & URING_SUBMIT_ALL)
			p.flags |= IORING_SETUP_SUBMIT_ALL;
		ret = io_uring_queue_init_params(entries, &u->ring, &p);
		if (!ret && p.features & IORING_FEAT_LINKED_FILE)
			u->extras |= URING_LINKED_FILE & ~o->without;
	}
	return ret;
}

/*
 * A ring needs memory in few pieces, which a kernel in use does not always
 * have. A smaller ring does the same with more system calls.
 */
static int set_up(struct uring *u, const struct uring_options *o)
{
	unsigned int entries = o->entries, completions = o->completions;
	int ret = try_flags(u, o, entries, completions);

	while (ret == -ENOMEM && entries >= 2 * SMALL_RING) {
		entries /= 2;
		completions /= 2;
		ret = try_flags(u, o, entries, completions);
	}
	return ret;
}

static int lacks(unsigned int opcode, struct failure *f)
{
	for (size_t i = 0; i < sizeof(opcodes) / sizeof(*opcodes); i++)
		if (opcodes[i].opcode == opcode)
			return failure_set(f, EOPNOTSUPP,
					   "iodepth=: this operation needs %s "
					   "of io_uring, which Linux has since "
					   "%s and this kernel has not; use "
					   "iodepth=1 and numjobs=",
					   opcodes[i].name, opcodes[i].since);
	return failure_set(f, EOPNOTSUPP,
			   "iodepth=: this operation needs request %u of "
			   "io_uring, which this kernel has not; use "
			   "iodepth=1 and numjobs=",
			   opcode);
}

bool uring_offers(uint64_t needed)
{
	struct io_uring_probe *probe = io_uring_get_probe();
	bool all = true;

	for (unsigned int i = 0; probe && i < 64; i++)
		if (needed & 1ull << i && !io_uring_opcode_supported(probe, i))
			all = false;
	io_uring_free_probe(probe);
	return all;
}

static int check_opcodes(struct uring *u, uint64_t needed, struct failure *f)
{
	struct io_uring_probe *probe = io_uring_get_probe_ring(&u->ring);
	int ret = 0;

	if (!probe)
		return failure_set(f, ENOMEM,
				   "iodepth=: the kernel does not tell what "
				   "its io_uring can do");
	for (unsigned int i = 0; !ret && i < 64; i++)
		if (needed & 1ull << i && !io_uring_opcode_supported(probe, i))
			ret = lacks(i, f);
	io_uring_free_probe(probe);
	return ret;
}

static int register_files(struct uring *u, unsigned int count)
{
	int *none, ret;

	ret = io_uring_register_files_sparse(&u->ring, count);
	if (ret != -EINVAL)
		return ret;
	/* Before Linux 5.19 an empty table is a table of -1. */
	none = malloc(count * sizeof(*none));
	if (!none)
		return -ENOMEM;
	memset(none, 0xff, count * sizeof(*none));
	ret = io_uring_register_files(&u->ring, none, count);
	free(none);
	return ret;
}

static bool few_enough(const struct uring_options *o)
{
	uint64_t bytes = 0;

	for (unsigned int i = 0; i < o->buffer_count; i++)
		bytes += o->buffers[i].iov_len;
	return bytes && bytes <= BUFFER_BYTES_MAX;
}

/*
 * Adds what makes the ring faster. If the kernel refuses one of these, the ring
 * works without it.
 */
static void add_extras(struct uring *u, const struct uring_options *o)
{
	if (!(o->without & URING_FILES) && o->files &&
	    !register_files(u, o->files))
		u->extras |= URING_FILES;
	if (!(o->without & URING_BUFFERS) && few_enough(o) &&
	    !io_uring_register_buffers(&u->ring, o->buffers, o->buffer_count))
		u->extras |= URING_BUFFERS;
	if (!(o->without & URING_RING_FD) &&
	    io_uring_register_ring_fd(&u->ring) == 1)
		u->extras |= URING_RING_FD;
}

int uring_init(struct uring *u, const struct uring_options *o,
	       struct failure *f)
{
	unsigned int workers[2] = { o->workers, 0 };
	int ret;

	memset(u, 0, sizeof(*u));
	f->text[0] = 0;
	ret = set_up(u, o);
	if (ret)
		return cannot(ret, f);
	ret = check_opcodes(u, o->opcodes, f);
	if (!ret && o->workers &&
	    io_uring_register_iowq_max_workers(&u->ring, workers))
		ret = failure_set(f, EOPNOTSUPP,
				  "uring_workers=%u: this kernel does not let "
				  "their number be set (Linux 5.15 does)",
				  o->workers);
	if (ret) {
		io_uring_queue_exit(&u->ring);
		return ret;
	}
	add_extras(u, o);
	return 0;
}

void uring_free(struct uring *u)
{
	io_uring_queue_exit(&u->ring);
}

int uring_enter(struct uring *u, unsigned int wait)
{
	struct __kernel_timespec most = { .tv_nsec = URING_WAIT_NS };
	struct io_uring_cqe *first;
	int ret;

	if (wait)
		ret = io_uring_submit_and_wait_timeout(&u->ring, &first, wait,
						       &most, NULL);
	else
		ret = io_uring_submit_and_get_events(&u->ring);
	if (wait)
		relay_in_vain(&u->in_vain, ret == -ETIME);
	switch (ret) {
	case -ETIME:
	case -EINTR:
	/* The kernel lacks memory, or room for completions, for a while. */
	case -EAGAIN:
	case -EBUSY:
	case -ENOMEM:
		return 0;
	}
	return ret < 0 ? ret : 0;
}
