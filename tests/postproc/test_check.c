// SPDX-License-Identifier: GPL-2.0-only
/*
 * smallfio check: the job that it sends, the answers that it reads, and
 * addresses.
 */
#include "cluster/check_address.h"
#include "cluster/check_host.h"
#include "cluster/check_job.h"
#include "test.h"

/* What the last copy() has left. */
static struct notes notes;
static struct input_error error;
static char *copied;

static int copy(const char *job)
{
	FILE *in = fmemopen((void *)job, strlen(job), "r"), *out;
	size_t size;
	int ret;

	notes_free(&notes);
	free(copied);
	memset(&error, 0, sizeof(error));
	out = open_memstream(&copied, &size);
	assert_true(in && out);
	ret = check_job_copy_from(in, out, &notes, &error);
	fclose(in);
	fclose(out);
	return ret;
}

static void becomes(const char *job, const char *wanted, size_t left_out)
{
	assert_ok(copy(job));
	assert_string_equal(copied, wanted);
	assert_int_equal(notes.count, left_out);
}

TEST(test_job)
{
	becomes("# text\n[global]\nioengine=fio-smallfile.so\n[a]\nrw=read",
		"# text\n[global]\nioengine=fio-smallfile.so\n"
		"[a]\npreflight=1\nrw=read\n",
		0);
	becomes("[a]\nioengine = /x/fio-smallfile.so ; text\n[b]\nrw=read\n",
		"[a]\npreflight=1\nioengine = /x/fio-smallfile.so ; text\n", 1);
	/*
	 * If there are two [global] sections, each counts for the sections
	 * after it.
	 */
	becomes("[global]\nioengine=null\n[a]\n[global]\n"
		"ioengine=fio-smallfile.so\n[b]\n[c]\nioengine=libaio\n",
		"[global]\nioengine=null\n[global]\n"
		"ioengine=fio-smallfile.so\n[b]\npreflight=1\n",
		2);
	becomes("  [a]\r\nioengine=fio-smallfile.so\r\n",
		"  [a]\r\npreflight=1\nioengine=fio-smallfile.so\r\n", 0);
}

TEST(test_no_job)
{
	static const char *const bad[] = {
		"\n",
		"text\n",
		"[global]\nioengine=fio-smallfile.so\n",
		"[a]\nrw=read\n",
		"[a]\nioengine=null\n",
		"[a]\n#ioengine=fio-smallfile.so\n",
		"[a]\nioengine_x=fio-smallfile.so\n",
	};

	for_each_in (row, bad) {
		assert_int_equal(copy(*row), -EINVAL);
		assert_int_equal(error.code, INPUT_JOB);
		assert_says(error.message, "fio-smallfile.so");
	}
}

/*
 * A job file with `include` is refused, because fio's server would take the
 * name of the included file for the text of a job.
 */
TEST(test_include)
{
	assert_int_equal(copy("[a]\nioengine=fio-smallfile.so\n"
			      " include more.fio\nrw=read\n"),
			 -EINVAL);
	assert_int_equal(error.code, INPUT_JOB);
	assert_int_equal(error.line, 3);
	assert_says(error.message, "expected no include");
	becomes("# include x\n[a]\nioengine=fio-smallfile.so\n",
		"# include x\n[a]\npreflight=1\nioengine=fio-smallfile.so\n",
		0);
}

/* fio's client would crash. */
TEST(long_line)
{
	static char job[9000];

	for (int more = 0; more < 2; more++) {
		int at = snprintf(job, sizeof(job),
				  "[a]\nioengine=fio-smallfile.so\n");

		memset(job + at, 'x', 8190 + more);
		strcpy(job + at + 8190 + more, "\n");
		assert_int_equal(copy(job), more ? -EINVAL : 0);
	}
	assert_int_equal(error.line, 3);
	assert_says(error.message, "expected at most 8190 characters");
}

#define PEER "smallfio: connected to 10.0.0.1\n"
#define SELF "hostname=n1, be=0, 64-bit, os=Linux, fio=fio-3.33, flags=1\n"
#define HOST                                                                   \
	"<n1> fio-smallfile: preflight: host=n1 fio=fio-3.33 "                 \
	"listens=127.0.0.1 time_ns=5000000000\n"
#define DIRECTORY(job, bytes, inodes, error)                                   \
	"<n1> fio-smallfile: preflight: job=" job " need_bytes=" bytes         \
	" need_inodes=" inodes " total_bytes=1000000 free_bytes=500000 "       \
	"total_inodes=100 free_inodes=50 error=" error                         \
	" call=open directory=/mnt/a b\n"

#define GATE(round)                                                            \
	"<n1> fio-smallfile: preflight: job=a need_bytes=0 need_inodes=0 "     \
	"total_bytes=1 free_bytes=1 total_inodes=1 free_inodes=1 error=0 "     \
	"call=- round_ns=" round " directory=/mnt/gate\n"

static void read_host(const char *said, bool timed_out, struct check_host *h)
{
	static const struct listed_host listed = { (char *)"n1", NULL, 0 };
	struct check_probe probe = {
		.host = &listed,
		.text = (char *)said,
		.size = strlen(said),
		.timed_out = timed_out,
		.started_ns = 4000000000,
		.line_ns = 5001000000,
	};

	memset(h, 0, sizeof(*h));
	assert_ok(check_host_read(h, &probe, "fio-3.33", 30));
}

TEST(test_slow_gate)
{
	static const char *const said[] = {
		HOST GATE("49000000"),
		HOST GATE("51000000"),
	};
	struct check_host h;

	for (size_t i = 0; i < 2; i++) {
		read_host(said[i], false, &h);
		assert_int_equal(h.warnings.count, i);
		if (i)
			assert_non_null(strstr(h.warnings.text[0],
					       "/mnt/gate is slow"));
		check_host_free(&h);
	}
}

TEST(test_good_host)
{
	struct check_host h;

	read_host(PEER SELF HOST DIRECTORY("a", "100", "1", "0")
			  DIRECTORY("a", "100", "1", "0")
				  DIRECTORY("b c", "150", "9", "0"),
		  false, &h);
	assert_true(h.loads && !h.problems.count && !h.warnings.count);
	assert_string_equal(h.peer, "10.0.0.1");
	assert_string_equal(h.answers, "n1");
	assert_string_equal(h.name, "n1");
	assert_string_equal(h.fio, "fio-3.33");
	assert_string_equal(h.listens, "127.0.0.1");
	assert_int_equal(h.ahead_min_ns, -1000000);
	assert_int_equal(h.ahead_max_ns, 1000000000);
	assert_int_equal(h.directories, 1);
	assert_string_equal(h.directory[0].path, "/mnt/a b");
	/*
	 * The threads of a job need room together. Of several jobs the one that
	 * needs most counts.
	 */
	assert_int_equal(h.directory[0].need_bytes, 200);
	assert_int_equal(h.directory[0].need_inodes, 9);
	assert_int_equal(h.directory[0].free_bytes, 500000);
	check_hosts_compare(&h, 1);
	assert_int_equal(h.problems.count, 0);
	check_host_free(&h);
}

/*
 * The host was asked after we had connected, by its own clock at the time in
 * the line "asked", of which the first counts.
 */
TEST(test_clock_bounds)
{
#define ASKED(time) "<n1> fio-smallfile: preflight: asked time_ns=" time "\n"
	static const struct {
		const char *said;
		int64_t ahead_max_ns;
	} rows[] = {
		{ PEER SELF HOST, 1000000000 },
		{ PEER SELF ASKED("4100000000") ASKED("4900000000") HOST,
		  100000000 },
		{ "smallfio: connected to 10.0.0.1 time_ns=4090000000\n" SELF
			  ASKED("4100000000") HOST,
		  10000000 },
	};
	struct check_host h;

	for_each_in (row, rows) {
		read_host(row->said, false, &h);
		assert_true(h.loads && !h.warnings.count);
		assert_string_equal(h.peer, "10.0.0.1");
		assert_int_equal(h.ahead_min_ns, -1000000);
		assert_int_equal(h.ahead_max_ns, row->ahead_max_ns);
		check_host_free(&h);
	}
}

TEST(test_bad_hosts)
{
	static const struct {
		const char *said, *sentence;
		bool timed_out;
	} bad[] = {
		{ "smallfio: cannot connect: 10.0.0.1 port 1: refused\n",
		  "no fio server can be reached: 10.0.0.1 port 1: refused", 0 },
		{ "smallfio: cannot run fio: None\n", "cannot run fio", 0 },
		{ PEER, "closed the connection", 0 },
		{ PEER "fio: client/server version mismatch (97 != 120)\n",
		  "another version", 0 },
		{ PEER SELF "<n1> fio-smallfile: this is fio-3.33, but the "
			    "engine was built for fio-3.1: rebuild\n",
		  "built for fio-3.1", 0 },
		{ PEER SELF "<n1> Bad option <preflight=1>\n", "does not load",
		  0 },
		{ PEER SELF, "in time", 1 },
		{ PEER SELF "<n1> fio: job not so\n",
		  "cannot run: <n1> fio: job not so", 0 },
		{ PEER SELF HOST DIRECTORY("a", "1", "1", "30"),
		  "/mnt/a b: no file can be made: open: Read-only", 0 },
		{ PEER "hostname=n1, fio=fio-3.9, flags=1\n" HOST,
		  "its fio is fio-3.9, and ours is fio-3.33", 0 },
		{ PEER SELF HOST DIRECTORY("a", "500001", "1", "0"),
		  "host needs", 0 },
		{ PEER SELF HOST DIRECTORY("a", "1", "51", "0"),
		  "50 inodes are free, and 1 host needs 51", 0 },
	};

	for_each_in (row, bad) {
		struct check_host h;

		read_host(row->said, row->timed_out, &h);
		check_hosts_compare(&h, 1);
		assert_true(h.problems.count >= 1);
		assert_says(h.problems.text[0], row->sentence);
		check_host_free(&h);
	}
}

/*
 * A clock is off for certain if it differs by more than asking took, which is
 * 1.001 s here.
 */
TEST(test_clock)
{
	static const struct {
		const char *time_ns, *sentence;
	} rows[] = {
		{ "5101000000", NULL },
		{ "5102000000", "its clock is 0.1 s ahead of ours, or more" },
		{ "8601000000", "its clock is 3.6 s ahead of ours, or more" },
		{ "3900000000", NULL },
		{ "3899000000", "its clock is 0.1 s behind ours, or more" },
		{ "500000000", "its clock is 3.5 s behind ours, or more" },
	};

	for_each_in (row, rows) {
		struct check_host h;
		char said[512];

		snprintf(said, sizeof(said),
			 PEER SELF "<n1> fio-smallfile: preflight: host=n1 "
				   "fio=fio-3.33 listens=127.0.0.1 "
				   "time_ns=%s\n",
			 row->time_ns);
		read_host(said, false, &h);
		assert_int_equal(h.problems.count, 0);
		assert_int_equal(h.warnings.count, row->sentence ? 1 : 0);
		if (row->sentence)
			assert_says(h.warnings.text[0], row->sentence);
		check_host_free(&h);
	}
}

/* Two hosts share a file system, and have the same name. */
TEST(test_compare)
{
	struct check_host h[2];

	for (int i = 0; i < 2; i++)
		read_host(PEER SELF HOST DIRECTORY("a", "300000", "1", "0"),
			  false, &h[i]);
	check_hosts_compare(h, 2);
	assert_says(h[0].problems.text[0], "2 hosts need 1 MiB");
	assert_says(h[1].problems.text[1], "calls itself n1");
	check_host_free(&h[0]);
	check_host_free(&h[1]);
}

TEST(test_addresses)
{
	static const struct {
		const char *address;
		enum check_reach reach;
	} rows[] = {
		{ "", REACH_UNKNOWN },
		{ "host", REACH_UNKNOWN },
		{ "127.0.0.1", REACH_HOST },
		{ "127.255.0.9", REACH_HOST },
		{ "::1", REACH_HOST },
		{ "10.255.0.1", REACH_PRIVATE },
		{ "172.16.0.1", REACH_PRIVATE },
		{ "172.31.255.255", REACH_PRIVATE },
		{ "172.32.0.0", REACH_PUBLIC },
		{ "192.168.0.1", REACH_PRIVATE },
		{ "192.169.0.1", REACH_PUBLIC },
		{ "169.254.1.1", REACH_PRIVATE },
		{ "100.64.0.1", REACH_PRIVATE },
		{ "100.128.0.1", REACH_PUBLIC },
		{ "8.8.8.8", REACH_PUBLIC },
		{ "0.0.0.0", REACH_ALL },
		{ "::", REACH_ALL },
		{ "fe80::1%eth0", REACH_PRIVATE },
		{ "fd00::1", REACH_PRIVATE },
		{ "2001:db8::1", REACH_PUBLIC },
		{ "::ffff:127.0.0.1", REACH_HOST },
		{ "::ffff:8.8.8.8", REACH_PUBLIC },
	};

	for_each_in (row, rows)
		if (check_reach(row->address) != row->reach)
			fail_msg("%s: %d", row->address,
				 check_reach(row->address));
}
