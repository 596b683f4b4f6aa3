// SPDX-License-Identifier: GPL-2.0-only
/* Pauses of threads, against pauses that are known. */
#include "test.h"
#include "stats/pause.h"

#define S     INT64_C(1000000000)
#define MS    INT64_C(1000000)
#define EPOCH (1700000000 * S)

/* A thread with an operation each ms for 30 s, but for [from, to), in ms. */
static void busy(struct activity *a, int64_t base_ns, int from_ms, int to_ms)
{
	activity_begin(a);
	for (int ms = 1; ms <= 30000; ms++)
		if (ms < from_ms || ms >= to_ms)
			assert_ok(activity_add(a, base_ns + ms * MS, MS));
	assert_ok(activity_finish(a));
}

static void assert_pause(const struct activity *a, size_t n, uint64_t count,
			 int64_t longest_ns, int64_t from_ns)
{
	struct pause_thread thread[4] = { 0 };
	struct pauses p;

	for (size_t i = 0; i < n; i++)
		thread[i].activity = &a[i];
	assert_ok(pauses_find(&p, thread, n, 20000 * n));
	assert_true(p.known);
	assert_int_equal(p.count, count);
	assert_int_equal(p.longest_ns, longest_ns);
	assert_int_equal(p.longest_from_ns, from_ns);
}

TEST(shared_by_all)
{
	static const struct {
		int from[2], to[2]; /* ms */
		size_t count;
		int64_t longest_ms, from_ms;
	} rows[] = {
		{ { 0, 0 }, { 0, 0 }, 0, 0, 0 },
		{ { 5000, 0 }, { 9000, 0 }, 0, 0, 0 },
		{ { 5000, 5000 }, { 9000, 9000 }, 1, 4001, 4999 },
		/* Only what both share counts. */
		{ { 5000, 6000 }, { 9000, 12000 }, 1, 3001, 5999 },
		{ { 5000, 8500 }, { 9000, 12000 }, 0, 0, 0 },
		{ { 5000, 5000 }, { 5900, 5900 }, 0, 0, 0 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct activity a[2];

		for (int k = 0; k < 2; k++)
			busy(&a[k], EPOCH, rows[i].from[k], rows[i].to[k]);
		assert_pause(a, 2, rows[i].count, rows[i].longest_ms * MS,
			     rows[i].from_ms * MS);
		activity_free(&a[0]);
		activity_free(&a[1]);
	}
}

/* The threads of per_job_logs=0 write into one log, each in its own order. */
TEST(in_any_order)
{
	struct activity whole, part[2], a;
	int64_t at;

	activity_begin(&whole);
	activity_begin(&a);
	for (int k = 0; k < 2; k++)
		busy(&part[k], EPOCH + 15 * k * S, 5000 + 100 * k,
		     8000 + 100 * k);
	/* Two threads 15 s apart, in turns. */
	for (int ms = 1; ms <= 30000; ms++)
		for (int k = 0; k < 2; k++)
			if (ms < 5000 + 100 * k || ms >= 8000 + 100 * k)
				assert_ok(activity_add(
					&a, EPOCH + 15 * k * S + ms * MS, MS));
	/* Samples that follow each other share a span. */
	assert_true(a.capacity < 100);
	assert_ok(activity_finish(&a));
	assert_ok(activity_merge(&whole, &part[1]));
	assert_ok(activity_merge(&whole, &part[0]));
	assert_int_equal(a.count, whole.count);
	for (size_t i = 0; i < a.count; i++) {
		assert_int_equal(a.span[i].from_ns, whole.span[i].from_ns);
		assert_int_equal(a.span[i].to_ns, whole.span[i].to_ns);
	}
	at = a.span[1].from_ns;
	assert_int_equal(at, EPOCH + 8000 * MS);
	assert_int_equal(a.start_ns, whole.start_ns);
	activity_free(&a);
	activity_free(&whole);
	activity_free(&part[0]);
	activity_free(&part[1]);
}

/* Slow threads make no pause, and the last operations of a slow one do. */
TEST(by_the_pace)
{
	struct pause_thread thread;
	struct activity a;
	struct pauses p;

	activity_begin(&a);
	for (int i = 1; i <= 10; i++)
		assert_ok(activity_add(&a, i * S, S));
	assert_ok(activity_add(&a, 25 * S, 15 * S));
	assert_ok(activity_finish(&a));
	thread = (struct pause_thread){ &a, 0 };
	assert_ok(pauses_find(&p, &thread, 1, 11));
	assert_int_equal(p.count, 0); /* a mean of 2.3 s, times 10 */
	assert_ok(pauses_find(&p, &thread, 1, 25));
	assert_int_equal(p.count, 1);
	assert_int_equal(p.longest_ns, 15 * S);
	assert_int_equal(p.longest_from_ns, 10 * S);
	/* The clock of a single thread may be anything. */
	thread.ahead_ns = INT64_MIN;
	assert_ok(pauses_find(&p, &thread, 1, 25));
	assert_int_equal(p.longest_ns, 15 * S);
	assert_ok(pauses_find(&p, &thread, 1, 0));
	assert_false(p.known);
	activity_free(&a);
}

/* The times of a damaged log. */
TEST(impossible_times)
{
	struct pause_thread thread[2];
	struct activity a[2];
	struct pauses p;

	for (int i = 0; i < 2; i++) {
		activity_begin(&a[i]);
		thread[i] = (struct pause_thread){ &a[i], INT64_MAX };
		assert_ok(activity_add(&a[i], INT64_MAX, 0));
		assert_ok(activity_add(&a[i], EPOCH, INT64_MAX));
		assert_ok(activity_finish(&a[i]));
	}
	for (uint64_t n = 1; n; n = n > UINT64_MAX / 1000 ? 0 : n * 1000)
		assert_ok(pauses_find(&p, thread, 2, n));
	activity_free(&a[0]);
	activity_free(&a[1]);
}
