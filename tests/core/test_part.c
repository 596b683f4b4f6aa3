// SPDX-License-Identifier: GPL-2.0-only
/*
 * The parts of operations: they are no longer than the operation, the slow one
 * shows, and each costs one look at the clock.
 */
#include <sys/syscall.h>
#include <time.h>

#include "rig_async.h"

#define SLOW_NS 5000000ull

static unsigned int looks; /* at the clock */
static bool slow;          /* fsync() is */

/*
 * These replace libc's functions for the operations, too, which are linked in
 * here.
 */
int clock_gettime(clockid_t id, struct timespec *now)
{
	looks += id == CLOCK_MONOTONIC;
	return syscall(SYS_clock_gettime, id, now);
}

int fsync(int fd)
{
	const struct timespec wait = { .tv_nsec = SLOW_NS };

	if (slow)
		nanosleep(&wait, NULL);
	return syscall(SYS_fsync, fd);
}

/* The request that rig_run() has run last. */
static const struct request *last(struct rig *rig)
{
	return rig->async ? rig_async_request(rig) : &rig->request;
}

static uint64_t sum_marks(const struct parts *p)
{
	uint64_t sum = 0;

	for (enum op_part i = 0; i < PART_COUNT; i++)
		if (p->seen & 1u << i)
			sum += p->took[i];
	return sum;
}

static void start(struct rig *rig, const struct operation *op)
{
	rig_put(rig, op->before);
	rig->options.phases = true;
	rig->options.fsync = true;
	rig_start(rig, op->name);
}

/* The latency of await-create is not that of its calls. */
static bool has_parts(const struct operation *op)
{
	return strcmp(op->name, "await-create") != 0;
}

static void each_operation(void (*check)(struct rig *rig,
					 const struct operation *op))
{
	for (unsigned int i = 0; i < operation_count; i++) {
		struct rig *rig;

		if (!has_parts(&operations[i]))
			continue;
		rig_setup((void **)&rig);
		if (!rig_lacks(rig, &operations[i])) {
			start(rig, &operations[i]);
			check(rig, &operations[i]);
		}
		rig_teardown((void **)&rig);
	}
}

static void no_longer(struct rig *rig, const struct operation *op)
{
	for (uint64_t unit = 0; unit < rig->worker.units; unit++) {
		const struct request *r;

		rig_ok(rig, unit, false);
		r = last(rig);
		/* There is nothing to remove here. */
		if (!r->parts->seen && !op->removes_dirs)
			fail_msg("%s has no parts", op->name);
		if (sum_marks(r->parts) > r->took_marks)
			fail_msg("%s: parts of %llu marks, the whole has %llu",
				 op->name,
				 (unsigned long long)sum_marks(r->parts),
				 (unsigned long long)r->took_marks);
	}
}

TEST(no_longer_than_the_operation)
{
	each_operation(no_longer);
}

/* Where an operation syncs, that is the part which is slow. */
static void slow_shows(struct rig *rig, const struct operation *op)
{
	const struct parts *p;
	const struct request *r;

	/* A mark is a ns then. */
	rig->worker.ticks = false;
	rig->request.parts->ticks = false;
	if (rig->async)
		return;
	slow = true;
	rig_ok(rig, 0, false);
	slow = false;
	r = last(rig);
	p = r->parts;
	if (!(p->seen & 1u << PART_FSYNC))
		return;
	if (p->took[PART_FSYNC] < SLOW_NS)
		fail_msg("%s: fsync took %llu of %llu ns", op->name,
			 (unsigned long long)p->took[PART_FSYNC],
			 (unsigned long long)r->took_marks);
}

TEST(the_slow_one_shows)
{
	each_operation(slow_shows);
}

static unsigned int count_looks(struct rig *rig, bool phases)
{
	unsigned int before;

	rig->options.phases = phases;
	rig->options.fsync = true;
	rig_start(rig, "create");
	rig->worker.ticks = false;
	if (phases)
		rig->request.parts->ticks = false;
	request_prepare(&rig->worker, &rig->request, phases, false);
	before = looks;
	assert_ok(request_run(&rig->worker, &rig->request));
	return looks - before;
}

RIG_TEST(one_look_each)
{
	unsigned int without = count_looks(rig, false);

	/* open, write, fsync, close */
	assert_int_equal(count_looks(rig, true), without + 4);
	assert_int_equal(rig->request.parts->seen,
			 1u << PART_OPEN | 1u << PART_WRITE | 1u << PART_FSYNC |
				 1u << PART_CLOSE);
}

/* What a failed or an unmeasured call took does not count for the next one. */
RIG_TEST(begins_anew)
{
	rig_all(rig, "create");
	rig->options.phases = true;
	rig_start(rig, "create");
	rig_fails(rig, 0, EEXIST, "open");
	rig_ok(rig, 0, true);
	assert_int_equal(last(rig)->parts->seen,
			 1u << PART_OPEN | 1u << PART_WRITE | 1u << PART_CLOSE);
	rig_start(rig, "stat");
	rig_ok(rig, 0, false);
	assert_int_equal(last(rig)->parts->seen, 1u << PART_STAT);
}

TEST(names)
{
	for (enum op_part i = 0; i < PART_COUNT; i++) {
		assert_non_null(part_name(i));
		for (enum op_part j = 0; j < i; j++)
			assert_string_not_equal(part_name(i), part_name(j));
	}
}

/* By io_uring, an operation has the parts that it has by plain calls. */
static void same_parts(struct rig *rig, const struct operation *op)
{
	uint32_t plain, seen, may_differ = 0;
	unsigned int depth = rig->depth;

	if (!rig->async)
		return;
	rig_ok(rig, 0, false);
	seen = last(rig)->parts->seen;
	rig_stop(rig);
	rig->depth = 0;
	rig_start(rig, op->name);
	rig_ok(rig, 1, false);
	plain = last(rig)->parts->seen;
	rig->depth = depth;
	/* O_APPEND finds the end of the file there. */
	if (!strcmp(op->name, "append"))
		may_differ = 1u << PART_SEEK;
	/* io_uring can read an attribute of an open file only. */
	if (!strcmp(op->name, "getxattr"))
		may_differ = 1u << PART_OPEN | 1u << PART_CLOSE;
	if ((plain | may_differ) != (seen | may_differ))
		fail_msg("%s: parts 0x%x, by io_uring 0x%x", op->name, plain,
			 seen);
}

TEST(the_same_by_io_uring)
{
	each_operation(same_parts);
}
