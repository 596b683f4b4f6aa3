// SPDX-License-Identifier: GPL-2.0-only
/*
 * await-create: what the operation waits for, for how long, and what is
 * measured.
 */
#include <pthread.h>
#include <sys/xattr.h>
#include <time.h>

#include "rig.h"

#define STAMP "user.smallfile-ctime-size"
#define MS    UINT64_C(1000000)

/* create leaves the stamp that await-create waits for. */
static void stamp(struct rig *rig)
{
	rig_need_attributes(rig);
	rig->options.record_ctime_size = true;
}

static void wait_at_most(struct rig *rig, int *looks)
{
	rig->worker.stop.asked = scratch_stop_after;
	rig->worker.stop.arg = looks;
}

RIG_TEST(there_already)
{
	struct timespec pause = { .tv_nsec = 20 * MS };
	char value[64] = "";

	stamp(rig);
	rig_set_size(rig, 70000);
	rig_all(rig, "create");
	assert_true(getxattr(rig_file(rig, 1), STAMP, value,
			     sizeof(value) - 1) > 0);
	/* "seconds.nanoseconds,KiB" */
	assert_non_null(strchr(value, '.'));
	assert_string_equal(strchr(value, ','), ",68");
	nanosleep(&pause, NULL);
	rig_start(rig, "await-create");
	for (uint64_t unit = 0; unit < 3; unit++) {
		rig_ok(rig, unit, false);
		assert_true(rig->request.latency_ns >= 20 * MS);
		assert_true(rig->request.latency_ns < 20000 * MS);
	}
}

RIG_TEST(until_told_to_stop)
{
	int looks = 5;

	stamp(rig);
	rig_start(rig, "await-create");
	wait_at_most(rig, &looks);
	rig_fails(rig, 0, ETIMEDOUT, "not there, with its size and its " STAMP);
	assert_int_equal(looks, -1);
	rig_stop(rig);
	/* The file is there, but without its stamp. */
	rig->options.record_ctime_size = false;
	rig_all(rig, "create");
	rig_start(rig, "await-create");
	wait_at_most(rig, &looks);
	rig_fails(rig, 0, ETIMEDOUT, rig_file(rig, 1));
	rig_stop(rig);
	/* The file has its stamp, but not yet its size. */
	rig->options.record_ctime_size = true;
	rig_all(rig, "cleanup");
	rig_all(rig, "create");
	assert_ok(truncate(rig_file(rig, 2), 999));
	rig_start(rig, "await-create");
	wait_at_most(rig, &looks);
	rig_ok(rig, 0, false);
	rig_fails(rig, 1, ETIMEDOUT, "when the run was over");
	assert_ok(truncate(rig_file(rig, 2), 5000));
	rig_ok(rig, 1, false);
}

RIG_TEST(broken_stamps)
{
	static const char *const broken[] = {
		"",
		",",
		"1700000000",
		"1700000000.5",
		"x1700000000.5,64",
		"-1700000000.5,64",
		" 1700000000.5,64",
		"1700000000.5 ,64",
		".5,64",
		"9300000000.0,1",
		"8000000000.0,1",
		"79999999999.0,1",
		"85899345879.999999999,1",
		"99999999999999999999999999,1",
		"1700000000.5;64",
		"0x65.5,64",
	};
	const char *path = rig_file(rig, 1);

	stamp(rig);
	rig_all(rig, "create");
	rig_start(rig, "await-create");
	for_each_in (row, broken) {
		assert_ok(setxattr(path, STAMP, *row, strlen(*row), 0));
		rig_fails(rig, 0, EINVAL, "is not 'seconds.fraction,KiB'");
	}
	/* This value is longer than any stamp could be. */
	assert_ok(setxattr(path, STAMP, path, 80, 0));
	assert_int_not_equal(rig_run(rig, 0, false), 0);
}

/*
 * Stamps as smallfile writes them, with fewer digits after the point or none.
 */
RIG_TEST(other_stamps)
{
	static const char *const good[] = { "1700000000.123456,64",
					    "1700000000.5,0",
					    "1700000000.,1",
					    "1700000000,64",
					    "0.0,0",
					    "1700000000.1234567890123,64" };
	const char *path = rig_file(rig, 1);

	stamp(rig);
	rig_all(rig, "create");
	rig_start(rig, "await-create");
	for_each_in (row, good) {
		assert_ok(setxattr(path, STAMP, *row, strlen(*row), 0));
		rig_ok(rig, 0, false);
		assert_true(rig->request.latency_ns > MS);
	}
}

RIG_TEST(clocks_apart)
{
	char value[64];

	stamp(rig);
	rig_all(rig, "create");
	sprintf(value, "%lld.5,1", (long long)time(NULL) + 3600);
	assert_ok(setxattr(rig_file(rig, 1), STAMP, value, strlen(value), 0));
	rig_start(rig, "await-create");
	rig_fails(rig, 0, ERANGE, "us in the future: synchronise the hosts'");
	/* A request that failed leaves nothing behind for the next. */
	rig_ok(rig, 1, false);
	assert_true(rig->request.latency_ns < 3600 * 1000 * MS);
}

/*
 * Creates the file on "another host", 30 ms later. The wait ends soon after
 * that.
 */
static void *create_late(void *arg)
{
	struct timespec pause = { .tv_nsec = 30 * MS };
	struct worker_options *o = arg;
	struct request r;
	struct failure f;
	struct worker w;
	int ret;

	nanosleep(&pause, NULL);
	ret = worker_init(&w, o, &f);
	if (!ret)
		ret = worker_make_dirs(&w, &f);
	if (!ret)
		ret = worker_open_dirs(&w, &f);
	if (!ret)
		ret = request_init(&r, &w);
	for (uint64_t unit = 0; !ret && unit < w.units; unit++) {
		request_prepare(&w, &r, unit, false);
		ret = request_run(&w, &r);
	}
	request_free(&r);
	worker_free(&w);
	return ret ? arg : NULL;
}

RIG_TEST(made_meanwhile)
{
	struct worker_options create;
	pthread_t other;
	void *result;

	stamp(rig);
	create = rig->options;
	create.operation = operation_find("create");
	rig_start(rig, "await-create");
	assert_ok(pthread_create(&other, NULL, create_late, &create));
	for (uint64_t unit = 0; unit < 3; unit++) {
		request_prepare(&rig->worker, &rig->request, unit, false);
		assert_ok(request_run(&rig->worker, &rig->request));
		assert_in_range(rig->request.latency_ns, 1, 5000 * MS);
	}
	assert_ok(pthread_join(other, &result));
	assert_null(result);
}
