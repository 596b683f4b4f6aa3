// SPDX-License-Identifier: GPL-2.0-only
/*
 * Kernels that lack something. liburing's functions that ask for it are
 * replaced here, and answer as those kernels do.
 */
#include <liburing.h>

#include "rig_async.h"
#include "async/uring.h"

#define FILES 100
#define DEPTH 32

#define FLAGS_5_15 (IORING_SETUP_CQSIZE | IORING_SETUP_CLAMP)
#define FLAGS_5_18 (FLAGS_5_15 | IORING_SETUP_SUBMIT_ALL)
#define FLAGS_5_19 (FLAGS_5_18 | IORING_SETUP_COOP_TASKRUN)
#define FLAGS_6_1                                                              \
	(FLAGS_5_19 | IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN)

/* What a kernel has, and which extras the engine must find with it. */
static const struct kernel {
	const char *name;
	unsigned int flags;
	bool linked_file;
	bool ring_fd;
	bool sparse; /* a table of files can be made by its size alone */
	bool files;
	bool buffers;
	unsigned int extras;
} kernels[] = {
	{ "5.15", FLAGS_5_15, false, false, false, true, true,
	  URING_FILES | URING_BUFFERS },
	{ "5.18", FLAGS_5_18, true, true, false, true, true,
	  URING_SUBMIT_ALL | URING_LINKED_FILE | URING_FILES | URING_BUFFERS |
		  URING_RING_FD },
	{ "5.19", FLAGS_5_19, true, true, true, true, true,
	  URING_COOP | URING_SUBMIT_ALL | URING_LINKED_FILE | URING_FILES |
		  URING_BUFFERS | URING_RING_FD },
	{ "6.1", FLAGS_6_1, true, true, true, true, true,
	  URING_DEFER | URING_SUBMIT_ALL | URING_LINKED_FILE | URING_FILES |
		  URING_BUFFERS | URING_RING_FD },
	{ "6.1 without memory to lock", FLAGS_6_1, true, true, true, true,
	  false,
	  URING_DEFER | URING_SUBMIT_ALL | URING_LINKED_FILE | URING_FILES |
		  URING_RING_FD },
	{ "6.1 with too low a limit of files", FLAGS_6_1, true, true, true,
	  false, true,
	  URING_DEFER | URING_SUBMIT_ALL | URING_LINKED_FILE | URING_BUFFERS |
		  URING_RING_FD },
};
static const struct kernel *kernel;
static int missing_opcode = -1;
static unsigned int largest_ring; /* 0: any */
static unsigned int ring_entries; /* entries of the last ring */

int io_uring_queue_init_params(unsigned int entries, struct io_uring *ring,
			       struct io_uring_params *p)
{
	int ret;

	if (kernel && p->flags & ~kernel->flags)
		return -EINVAL;
	if (largest_ring && entries > largest_ring)
		return -ENOMEM;
	ring_entries = entries;
	ret = RIG_REAL(io_uring_queue_init_params)(entries, ring, p);
	if (kernel && !kernel->linked_file)
		p->features &= ~IORING_FEAT_LINKED_FILE;
	return ret;
}

int io_uring_register_files_sparse(struct io_uring *ring, unsigned int count)
{
	if (kernel && !kernel->files)
		return -EMFILE;
	if (kernel && !kernel->sparse)
		return -EINVAL;
	return RIG_REAL(io_uring_register_files_sparse)(ring, count);
}

int io_uring_register_buffers(struct io_uring *ring, const struct iovec *iov,
			      unsigned int count)
{
	if (kernel && !kernel->buffers)
		return -ENOMEM;
	return RIG_REAL(io_uring_register_buffers)(ring, iov, count);
}

int io_uring_register_ring_fd(struct io_uring *ring)
{
	if (kernel && !kernel->ring_fd)
		return -EINVAL;
	return RIG_REAL(io_uring_register_ring_fd)(ring);
}

struct io_uring_probe *io_uring_get_probe_ring(struct io_uring *ring)
{
	struct io_uring_probe *probe = RIG_REAL(io_uring_get_probe_ring)(ring);

	if (probe && missing_opcode >= 0)
		probe->ops[missing_opcode].flags = 0;
	return probe;
}

static void check_extras(const struct kernel *k)
{
	static uint8_t memory[4096];
	struct iovec buffer = { memory, sizeof(memory) };
	const struct uring_options options = {
		.entries = 8,
		.completions = 16,
		.files = 4,
		.buffers = &buffer,
		.buffer_count = 1,
	};
	struct failure f;
	struct uring u;
	int ret = uring_init(&u, &options, &f);

	scratch_needs_call(ret, f.text);
	assert_ok(ret);
	assert_string_equal(f.text, "");
	assert_int_equal(u.extras & ~URING_ROOM, k->extras);
	uring_free(&u);
}

RIG_TEST(each_kernel)
{
	rig->depth = DEPTH;
	rig->options.layout.files = FILES;
	for_each_in (row, kernels) {
		kernel = row;
		print_message("# as Linux %s\n", kernel->name);
		check_extras(kernel);
		rig_all(rig, "create");
		rig_all(rig, "overwrite");
		rig_all(rig, "read");
		rig_all(rig, "setxattr");
		rig_all(rig, "getxattr");
		rig_all(rig, "rename");
		rig_all(rig, "delete-renamed");
		kernel = NULL;
	}
}

/* There is no memory for a ring this large. A smaller ring does as much. */
RIG_TEST(small_ring)
{
	rig->depth = 512;
	rig->options.layout.files = 1000;
	largest_ring = 100;
	rig_all(rig, "create");
	assert_in_range(ring_entries, largest_ring / 2, largest_ring);
	rig_all(rig, "read");
	rig_all(rig, "rename");
	rig_all(rig, "delete-renamed");
	largest_ring = 0;
}

/*
 * Takes away one request that the table says the operation needs. The failure
 * has to say so.
 */
static void missing(struct rig *rig, const struct operation *op, int opcode)
{
	const struct async_options options = { .depth = 2 };
	struct async *async;
	int ret;

	missing_opcode = opcode;
	ret = async_init(&async, &rig->worker, &options, &rig->failure);
	missing_opcode = -1;
	scratch_needs_call(ret, rig->failure.text);
	assert_int_equal(ret, -EOPNOTSUPP);
	assert_null(async);
	if (!strstr(rig->failure.text, "of io_uring, which Linux has since") ||
	    !strstr(rig->failure.text, "use iodepth=1"))
		fail_msg("%s, opcode %d: %s", op->name, opcode,
			 rig->failure.text);
	rig->failure.text[0] = 0;
}

RIG_TEST(each_opcode)
{
	unsigned int count = 0;

	rig->options.record_ctime_size = true;
	for (unsigned int i = 0; i < operation_count; i++) {
		const struct operation *op = &operations[i];

		if (!op->async)
			continue;
		rig_start(rig, op->name);
		for (int opcode = 0; opcode < 64; opcode++) {
			if (!(op->opcodes & 1ull << opcode))
				continue;
			missing(rig, op, opcode);
			count++;
		}
		rig_stop(rig);
	}
	assert_true(count > 16);
}
