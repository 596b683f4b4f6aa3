// SPDX-License-Identifier: GPL-2.0-only
/*
 * The chunk log: its lines, which files it is added to and which it refuses.
 * Also the monitor and the messages.
 */
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#include "chunk/chunklog.h"
#include "chunk/chunkprogress.h"
#include "chunk/monitor.h"
#include "scratch.h"

#define HEADER CHUNKLOG_HEADER "\n"

struct log_fixture {
	char dir[PATH_MAX];
	char path[PATH_MAX + 8];
	struct chunklog log;
	struct failure failure;
};

static int setup(void **state)
{
	struct log_fixture *m = calloc(1, sizeof(*m));

	assert_non_null(m);
	scratch_make(m->dir);
	scratch_print(m->path, sizeof(m->path), "%s/log", m->dir);
	*state = m;
	return 0;
}

static int teardown(void **state)
{
	struct log_fixture *m = *state;

	scratch_remove(m->dir);
	free(m);
	return 0;
}

#define LOG_TEST(name) TEST_WITH(name, struct log_fixture *m, setup, teardown)

static const struct chunklog_line line = {
	.unix_time_ns = 1700000000123456789,
	.host = "node1",
	.thread = 3,
	.file = 12,
	.chunk = 99,
	.bytes = 10 << 20,
	.latency_ns = 20000500,
};
static const char line_text[] =
	"1700000000.123456,node1,03,12,99,10485760,20000.500,499.988,,,\n";

static void add(struct log_fixture *m)
{
	assert_ok(chunklog_open(&m->log, m->path, &m->failure));
	assert_ok(chunklog_add(&m->log, &line));
	assert_ok(chunklog_close(&m->log));
}

LOG_TEST(lines)
{
	struct monitor monitor = { .user_pct = 12.34,
				   .system_pct = 150,
				   .rss_kib = 38432 };
	struct chunklog_line full = line;

	full.monitor = &monitor;
	assert_ok(chunklog_open(&m->log, m->path, &m->failure));
	assert_string_equal(contents_of(m->path), HEADER);
	assert_ok(chunklog_add(&m->log, &line));
	assert_ok(chunklog_add(&m->log, &full));
	/* Lines are there before the close: a killed process loses none. */
	assert_string_equal(
		contents_of(m->path),
		printed("%s%s1700000000.123456,node1,03,12,99,10485760,20000.500,"
			"499.988,12.3,150.0,38432\n",
			HEADER, line_text));
	assert_ok(chunklog_close(&m->log));
}

LOG_TEST(earlier_log_is_added_to)
{
	add(m);
	add(m);
	assert_string_equal(contents_of(m->path),
			    printed("%s%s%s", HEADER, line_text, line_text));
	assert_int_equal(m->log.cut_bytes, 0);
}

LOG_TEST(torn_line_is_cut)
{
	for (size_t n = 1; n < sizeof(line_text) - 1; n += 7) {
		scratch_text(m->path, printed("%s%s%.*s", HEADER, line_text,
					      (int)n, line_text));
		assert_ok(chunklog_open(&m->log, m->path, &m->failure));
		assert_int_equal(m->log.cut_bytes, n);
		assert_ok(chunklog_add(&m->log, &line));
		assert_ok(chunklog_close(&m->log));
		assert_string_equal(contents_of(m->path),
				    printed("%s%s%s", HEADER, line_text,
					    line_text));
	}
}

static void refused(struct log_fixture *m, int error, const char *words)
{
	m->failure.text[0] = 0;
	assert_int_equal(chunklog_open(&m->log, m->path, &m->failure), -error);
	if (!strstr(m->failure.text, words) ||
	    !strstr(m->failure.text, m->path))
		fail_msg("\"%s\" is not in: %s", words, m->failure.text);
}

LOG_TEST(foreign_files_stay)
{
	static const char *const texts[] = {
		"\n",
		"precious",
		"unix_time_s,host,thread\n1,2,3\n",
		CHUNKLOG_HEADER,
		CHUNKLOG_HEADER ",more\n",
	};

	for_each_in (row, texts) {
		scratch_text(m->path, *row);
		refused(m, EEXIST, "no chunk log");
		assert_string_equal(contents_of(m->path), *row);
	}
}

LOG_TEST(no_place)
{
	char target[PATH_MAX + 16];

	assert_ok(mkdir(m->path, 0700));
	refused(m, EISDIR, "directory");
	assert_ok(rmdir(m->path));
	assert_ok(mkfifo(m->path, 0600));
	refused(m, EEXIST, "no chunk log");
	assert_ok(unlink(m->path));
	scratch_print(target, sizeof(target), "%s/target", m->dir);
	assert_ok(symlink(target, m->path));
	refused(m, ELOOP, "link");
	assert_false(scratch_exists("%s", target));
	scratch_print(m->path, sizeof(m->path), "%s/x/log", m->dir);
	refused(m, ENOENT, "No such file");
}

/* A line that does not fit is an error, at once. */
LOG_TEST(full_disk)
{
	struct chunklog log = { .fd = open("/dev/full", O_WRONLY) };

	assert_true(log.fd >= 0);
	assert_int_equal(chunklog_add(&log, &line), -ENOSPC);
	assert_ok(chunklog_close(&log));
	assert_ok(chunklog_close(&log));
	(void)m;
}

LOG_TEST(synced)
{
	static const enum chunklog_sync modes[] = { CHUNKLOG_SYNC_CHUNK,
						    CHUNKLOG_SYNC_SECOND,
						    CHUNKLOG_SYNC_NONE };
	size_t count = 0;

	for_each_in (row, modes) {
		assert_ok(chunklog_open(&m->log, m->path, &m->failure));
		assert_ok(chunklog_start(&m->log, *row));
		for (int n = 0; n < 500; n++, count++)
			assert_ok(chunklog_add(&m->log, &line));
		assert_ok(chunklog_close(&m->log));
	}
	assert_int_equal(strlen(contents_of(m->path)),
			 strlen(HEADER) + count * strlen(line_text));
}

/* Half a line that somebody is writing is no torn line. */
LOG_TEST(not_cut_while_in_use)
{
	struct chunklog second;
	size_t size;

	assert_ok(chunklog_open(&m->log, m->path, &m->failure));
	assert_ok(chunklog_add(&m->log, &line));
	assert_int_equal(write(m->log.fd, line_text, 10), 10);
	size = strlen(contents_of(m->path));
	assert_ok(chunklog_open(&second, m->path, &m->failure));
	assert_int_equal(second.cut_bytes, 0);
	assert_ok(chunklog_close(&m->log));
	assert_ok(chunklog_open(&m->log, m->path, &m->failure));
	assert_int_equal(m->log.cut_bytes, 0);
	assert_int_equal(strlen(contents_of(m->path)), size);
	assert_ok(chunklog_close(&second));
	assert_ok(chunklog_close(&m->log));
	assert_ok(chunklog_open(&m->log, m->path, &m->failure));
	assert_int_equal(m->log.cut_bytes, 10);
	assert_ok(chunklog_close(&m->log));
}

/* Processes that add to one log do not mix their lines. */
LOG_TEST(many_writers)
{
	enum { WRITERS = 8, LINES = 300 };
	unsigned int found = 0;
	int status;
	char *p;

	for (int i = 0; i < WRITERS; i++) {
		pid_t pid = fork();

		if (pid)
			continue;
		if (chunklog_open(&m->log, m->path, &m->failure))
			_exit(1);
		for (int n = 0; n < LINES; n++)
			if (chunklog_add(&m->log, &line))
				_exit(1);
		_exit(0);
	}
	while (wait(&status) > 0)
		assert_int_equal(status, 0);
	p = contents_of(m->path);
	assert_memory_equal(p, HEADER, strlen(HEADER));
	for (p += strlen(HEADER); *p; p += strlen(line_text), found++)
		assert_memory_equal(p, line_text, strlen(line_text));
	assert_int_equal(found, WRITERS * LINES);
}

TEST(monitored)
{
	struct monitor m;
	struct timespec t;
	uint64_t now = 1000000000, rss;

	monitor_init(&m, now);
	assert_true(m.rss_kib > 100);
	assert_true(m.user_pct == 0);
	rss = m.rss_kib;
	/* No sample is taken before it is time. */
	monitor_update(&m, now + MONITOR_INTERVAL_NS - 1);
	assert_int_equal(m.time_ns, now);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	for (struct timespec u = t; u.tv_sec * 1000 + u.tv_nsec / 1000000 <
				    t.tv_sec * 1000 + t.tv_nsec / 1000000 + 100;
	     clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &u))
		;
	/* The process used at least 100 ms, in what it takes for 200 ms. */
	monitor_update(&m, now + MONITOR_INTERVAL_NS);
	assert_true(m.user_pct + m.system_pct > 45);
	assert_true(m.user_pct + m.system_pct < 500);
	assert_true(m.rss_kib > rss / 2);
	monitor_free(&m);
}

TEST(progress)
{
	struct chunkprogress p;
	char text[256];

	chunkprogress_init(&p, 0, 5);
	assert_true(chunkprogress_due_ns(&p) == UINT64_MAX);
	chunkprogress_init(&p, 60, 5);
	assert_true(chunkprogress_due_ns(&p) == 65);
	assert_int_equal(chunkprogress_p99_ns(&p), 0);
	for (uint64_t i = 1; i <= 1000; i++)
		chunkprogress_add(&p, 1 << 20, i * 1000000);
	/* The p99 is the 990th of 1000 latencies, at most 1/16 too high. */
	assert_in_range(chunkprogress_p99_ns(&p), 990000000, 1052000000);
	chunkprogress_text(&p, 10000000005, 0, text, sizeof(text));
	assert_says(text, "100.0 MiB/s, p99 ");
	assert_says(text,
		    "max 1000.000 ms, 1000 chunks, 1048576000 bytes in 10.0 s");
	chunkprogress_text(&p, 20000000005, 15000000000, text, sizeof(text));
	assert_string_equal(text,
			    "STALLED: no chunk done in 10.0 s, the oldest "
			    "has been in flight for 15 s");
	chunkprogress_text(&p, 20000000006, 0, text, sizeof(text));
	assert_string_equal(text, "no chunk asked for in 0.0 s");
}

TEST(percentile_bounds)
{
	for (unsigned int shift = 0; shift < 64; shift++) {
		for (int64_t near = -1; near <= 1; near++) {
			uint64_t v = (1ull << shift) + (uint64_t)near;
			struct chunkprogress p;

			chunkprogress_init(&p, 1, 0);
			chunkprogress_add(&p, 1, v);
			p.latency_max_ns = UINT64_MAX;
			assert_true(chunkprogress_p99_ns(&p) >= v);
			assert_true(chunkprogress_p99_ns(&p) - v <= v / 16);
		}
	}
}
