// SPDX-License-Identifier: GPL-2.0-only
/* How far a run is, from messages of its hosts: sums, time left, shares. */
#include "test.h"
#include "launch/run_progress.h"

#define SAYS(host, job, rate, done, end)                                        \
	"<server> fio-smallfile: host " host ", job " job                       \
	", operation create, 2 threads: " rate                                  \
	" files/s, 1.0 MiB/s, p99 1.000 ms, 10 files, 10 bytes in 1.0 s, " done \
	" of 1000 files done, 0 errors" end

static struct launch launch;

static void plan(size_t hosts)
{
	char error[LAUNCH_ERROR_MAX];

	launch_defaults(&launch);
	assert_ok(launch_set_operations(&launch, "create,stat", error));
	launch.servers.count = hosts;
}

static void assert_line(const char *const *said, size_t columns,
			const char *want)
{
	struct run_progress progress = { 0 };
	char line[512] = "";
	FILE *out = fmemopen(line, sizeof(line), "w");

	for (; *said; said++)
		assert_true(run_progress_take(&progress, &launch, *said));
	run_progress_print(&progress, &launch, columns, out);
	fclose(out);
	assert_string_equal(line, want);
	run_progress_free(&progress);
}

TEST(what_hosts_say)
{
	static const char *const nothing[] = { NULL };
	static const char *const one[] = {
		SAYS("a", "create", "100.0", "400", ""),
		NULL,
	};
	/* The second host has done nothing of the phase that the first is in.
	 */
	static const char *const two[] = {
		SAYS("a", "create", "100.0", "400", ""),
		SAYS("b", "create", "50.0", "200", ""),
		SAYS("a", "create", "0.0", "1000", ", ended"),
		SAYS("a", "stat", "10.0", "500", ""),
		NULL,
	};

	plan(0);
	assert_line(nothing, 80, "");
	assert_line(one, 80,
		    "create (1 of 2): 400 of 1000 files, 100 files/s, time "
		    "left 00:06");
	assert_line(one, 15, "create (1 of 2)");
	plan(2);
	assert_line(two, 200,
		    "stat (2 of 2): 500 of 2000 files, 10 files/s, time left "
		    "02:30; a 50 %, b 0 %");
}

TEST(what_is_no_message)
{
	struct run_progress progress = { 0 };

	plan(0);
	assert_false(run_progress_take(&progress, &launch, "fio: hello"));
	/* Of a clean-up nothing is shown. */
	assert_true(run_progress_take(&progress, &launch,
				      SAYS("a", "cleanup", "1.0", "1", "")));
	assert_int_equal(progress.hosts, 0);
}
