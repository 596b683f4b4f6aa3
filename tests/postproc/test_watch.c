// SPDX-License-Identifier: GPL-2.0-only
/* Messages of jobs, and which of many hosts have gone silent. */
#include "test.h"
#include "fio/progress_message.h"
#include "cluster/watch.h"

#define S UINT64_C(1000000000)

static int parse(struct progress_message *p, const char *line)
{
	return progress_message_parse(p, line, strlen(line));
}

TEST(messages)
{
	static const struct {
		const char *line, *message;
	} rows[] = {
		{ "<node7> fio-diskwrite: host n7, job a, b, thread 03: "
		  "1843.2 MiB/s, p99 14.680 ms, max 21.003 ms, 11059 chunks in "
		  "60 s",
		  "0 node7, a, b, 3: 1843.2 14.680 21.003 60 0 0" },
		{ "fio-diskwrite: host n7, job w, thread 123: 0.1 MiB/s, p99 "
		  "0.001 ms, max 0.001 ms, 1 chunks in 0 s, the last",
		  "0 n7, w, 123: 0.1 0.001 0.001 0 0 1" },
		{ "<h> fio-diskwrite: host h, job w, thread 00: STALLED: no "
		  "chunk done in 60 s, the oldest has been in flight for 130 s",
		  "1 h, w, 0: 0.0 0.000 0.000 60 130 0" },
		{ "<h> fio-diskwrite: host h, job w, thread 00: no chunk asked "
		  "for in 7 s, the last",
		  "2 h, w, 0: 0.0 0.000 0.000 7 0 1" },
	};
	static const int numbers[] = {
		[PROGRESS_RATE] = 0, [PROGRESS_STALLED] = 1, [PROGRESS_IDLE] = 2
	};
	struct progress_message p;

	for_each_in (row, rows) {
		assert_ok(parse(&p, row->line));
		assert_string_equal(
			printed("%d %s, %s, %ld: %.1f %.3f %.3f %.0f %.0f %d",
				numbers[p.kind], p.host, p.job, (long)p.thread,
				(double)p.mib_per_s, (double)p.p99_ms,
				(double)p.max_ms, (double)p.interval_s,
				(double)p.oldest_s, p.end == PROGRESS_LAST),
			row->message);
	}
}

#define FILES(rest) "fio-smallfile: host h, job c, operation create, " rest
#define RATES                                                                  \
	"4 threads: 1543.2 files/s, 96.5 MiB/s, p99 14.680 ms, 92592 files, "  \
	"6068109312 bytes in 60.0 s, "
#define USAGE ", CPU 312.1 % user 120.0 % system, memory 41.2 MiB"

/* Messages with an operation, usage and bytes. */
TEST(messages_of_files)
{
	static const struct {
		const char *line, *message;
	} rows[] = {
		{ "<node7> " FILES(RATES "123450 of 400000 files done, 3 "
					 "errors" USAGE),
		  "node7, c, create, 4: 1543.2 96.5 14.680 92592 6068109312 "
		  "60.0 123450/400000 3 0 1 312.1 120.0 41.2" },
		{ FILES(RATES "9 files done, 0 errors, the last"),
		  "h, c, create, 4: 1543.2 96.5 14.680 92592 6068109312 60.0 "
		  "9/-1 0 2 0 0.0 0.0 0.0" },
		{ FILES("1 thread: 0.0 files/s, 0.0 MiB/s, p99 0.000 ms, 0 "
			"files, 0 bytes in 1.2 s, 0 of 1 files done, 0 errors, "
			"ended"),
		  "h, c, create, 1: 0.0 0.0 0.000 0 0 1.2 0/1 0 1 0 0.0 0.0 "
		  "0.0" },
		{ "fio-diskwrite: host h, job c, thread 07: 1.5 MiB/s, p99 "
		  "1.000 ms, max 2.000 ms, 3 chunks, 31457280 bytes in 20.0 "
		  "s" USAGE ", the last",
		  "h, c, , 1: 0.0 1.5 1.000 3 31457280 20.0 0/0 0 2 1 312.1 "
		  "120.0 41.2" },
		{ "fio-diskwrite: host h, job c, thread 07: no chunk asked for "
		  "in 7.0 s" USAGE,
		  "h, c, , 1: 0.0 0.0 0.000 0 0 7.0 0/0 0 0 1 312.1 120.0 "
		  "41.2" },
	};
	struct progress_message p;

	for_each_in (row, rows) {
		assert_ok(parse(&p, row->line));
		assert_string_equal(
			printed("%s, %s, %s, %u: %.1f %.1f %.3f %ld %ld %.1f "
				"%ld/%ld %ld %d %d %.1f %.1f %.1f",
				p.host, p.job, p.operation, p.threads,
				p.files_per_s, p.mib_per_s, p.p99_ms,
				(long)p.units, (long)p.bytes, p.interval_s,
				(long)p.files_done, (long)p.files_asked,
				(long)p.errors, (int)p.end, p.has_usage,
				p.cpu_user_pct, p.cpu_system_pct, p.memory_mib),
			row->message);
	}
}

TEST(other_lines)
{
	static const char *const lines[] = {
		"",
		"<h>",
		"<h> ",
		"<> fio-diskwrite: host h, job w, thread 00: no chunk asked "
		"for in 7 s",
		"<h> fio-diskwrite: job w: /x: offset 0: write: I/O error",
		"<h> fio-diskwrite: host h, job w, thread x: no chunk asked "
		"for in 7 s",
		"<h> fio-diskwrite: host h, job w, thread 00: no chunk asked "
		"for in 7 s, the first",
		"<h> fio-diskwrite: host h, job w, thread 00: .5 MiB/s, p99 1 "
		"ms, max 1 ms, 1 chunks in 1 s",
		"<h> fio-diskwrite: host h, job w, thread 00: 1.2.3 MiB/s, p99 "
		"1 ms, max 1 ms, 1 chunks in 1 s",
		FILES(RATES "9 files done, 0 errors, the first"),
		FILES(RATES "9 files done, 0 errors, CPU 1 % user"),
		FILES(RATES "9 of files done, 0 errors"),
		FILES(RATES "9 of 9223372036854775808 files done, 0 errors"),
		FILES(RATES "18446744073709551616 files done, 0 errors"),
		FILES("-4 threads: no rate"),
		"<h> fio-diskwrite: host h, job w, thread 00: no chunk asked "
		"for in 1000000001 s",
		FILES("4294967296 threads: no rate"),
		"fio-smallfile: host h, job c, operation "
		"12345678901234567890123456789012, " RATES
		"9 files done, 0 errors",
		"<h> fio-diskwrite: host h, job w, thread 00: -1 MiB/s, p99 1 "
		"ms, max 1 ms, 1 chunks in 1 s",
	};
	struct progress_message p;

	for_each_in (row, lines)
		assert_int_equal(parse(&p, *row), -ENOENT);
}

/* What a watch has said since the last look. */
struct heard {
	struct watch watch;
	char *text;
	size_t size;
};

static int setup(void **state)
{
	struct heard *h = calloc(1, sizeof(*h));

	assert_non_null(h);
	h->watch.out = open_memstream(&h->text, &h->size);
	assert_non_null(h->watch.out);
	*state = h;
	return 0;
}

static int teardown(void **state)
{
	struct heard *h = *state;

	fclose(h->watch.out);
	free(h->text);
	watch_free(&h->watch);
	free(h);
	return 0;
}

#define HEARD_TEST(name) TEST_WITH(name, struct heard *h, setup, teardown)

static void says(struct heard *h, const char *expected)
{
	fflush(h->watch.out);
	assert_string_equal(h->text, expected);
	rewind(h->watch.out);
	memset(h->text, 0, h->size);
}

static void take(struct heard *h, const char *host, unsigned int thread,
		 const char *what, uint64_t now_ns)
{
	struct progress_message p;

	assert_ok(parse(&p, printed("<%s> fio-diskwrite: host h, job w, thread "
				    "%02u: %s",
				    host, thread, what)));
	assert_ok(watch_take(&h->watch, &p, now_ns));
}

#define RATE   "100.0 MiB/s, p99 2.000 ms, max 3.000 ms, 6000 chunks in 60 s"
#define FASTER "150.5 MiB/s, p99 1.000 ms, max 9.000 ms, 6000 chunks in 60 s"
#define LAST   "50.0 MiB/s, p99 2.000 ms, max 3.000 ms, 6 chunks in 1 s, the last"
#define STALLED                                                                \
	"STALLED: no chunk done in 60 s, the oldest has been in flight for 61 s"

/*
 * The threads of a host are one line. The second message of a thread prints its
 * first round at once.
 */
HEARD_TEST(one_line_a_host)
{
	take(h, "h1", 0, RATE, 60 * S);
	take(h, "h2", 0, RATE, 60 * S);
	take(h, "h1", 1, FASTER, 60 * S + 1);
	watch_tick(&h->watch, 60 * S + 2);
	says(h, "");
	watch_tick(&h->watch, 61 * S);
	says(h, "h1: 250.5 MiB/s, p99 <= 2.000 ms, max 9.000 ms, 2 threads\n"
		"h2: 100.0 MiB/s, p99 2.000 ms, max 3.000 ms, 1 thread\n");
	take(h, "h2", 0, RATE, 120 * S);
	take(h, "h2", 0, FASTER, 120 * S + 1);
	says(h, "h2: 100.0 MiB/s, p99 2.000 ms, max 3.000 ms, 1 thread\n");
	take(h, "h1", 0, STALLED, 120 * S + 2);
	watch_tick(&h->watch, 122 * S);
	says(h, "h1: 0.0 MiB/s, 1 thread; STALLED: job w, thread 00: a chunk "
		"in flight for 61 s\n"
		"h2: 150.5 MiB/s, p99 1.000 ms, max 9.000 ms, 1 thread\n");
}

HEARD_TEST(silence_is_named)
{
	assert_ok(watch_expect(&h->watch, "h3.example", 0));
	take(h, "h1", 0, RATE, 60 * S);
	take(h, "h1", 0, LAST, 61 * S);
	take(h, "h2", 0, RATE, 60 * S);
	watch_tick(&h->watch, 62 * S);
	says(h, "h1: 100.0 MiB/s, p99 2.000 ms, max 3.000 ms, 1 thread\n"
		"h1: 50.0 MiB/s, p99 2.000 ms, max 3.000 ms, 1 thread\n"
		"h2: 100.0 MiB/s, p99 2.000 ms, max 3.000 ms, 1 thread\n");
	assert_true(watch_limit_ns(&h->watch) == 130 * S);
	watch_tick(&h->watch, 130 * S - 1);
	says(h, "");
	watch_tick(&h->watch, 130 * S);
	says(h, "h3.example: SILENT for 130 s, has not reported yet\n");
	watch_tick(&h->watch, 189 * S);
	says(h, "");
	watch_tick(&h->watch, 190 * S);
	says(h, "h2: SILENT for 130 s\n");
	take(h, "h3", 0, RATE, 200 * S);
	watch_tick(&h->watch, 202 * S);
	says(h, "h3.example: reports again after 200 s\n"
		"h3.example: 100.0 MiB/s, p99 2.000 ms, max 3.000 ms, 1 "
		"thread\n");
	watch_tick(&h->watch, 320 * S);
	says(h, "h2: SILENT for 260 s\n");
	take(h, "h3", 0, LAST, 321 * S);
	assert_int_equal(watch_finish(&h->watch, 330 * S), 1);
	says(h, "h3.example: 50.0 MiB/s, p99 2.000 ms, max 3.000 ms, 1 "
		"thread\n"
		"h2: has not reported its end; its last message was 270 s "
		"ago\n");
}

HEARD_TEST(own_limit)
{
	h->watch.silent_after_ns = 5 * S;
	assert_ok(watch_expect(&h->watch, "h1", 0));
	assert_ok(watch_expect(&h->watch, "h1.example", 0));
	watch_tick(&h->watch, 5 * S);
	says(h, "h1: SILENT for 5 s, has not reported yet\n");
	assert_int_equal(watch_finish(&h->watch, 6 * S), 1);
	says(h, "h1: has not reported at all\n");
}

/* A host that waits at the start barrier for long is not silent. */
HEARD_TEST(other_words)
{
	h->watch.silent_after_ns = 5 * S;
	assert_ok(watch_expect(&h->watch, "h1", 0));
	watch_hear(&h->watch, "<h1> fio-smallfile: 1 of 2 hosts are here",
		   3 * S);
	watch_hear(&h->watch, "<h2> fio-smallfile: 1 of 2 hosts are here",
		   7 * S);
	watch_hear(&h->watch, "<h1", 7 * S);
	watch_hear(&h->watch, "fio: h1", 7 * S);
	watch_tick(&h->watch, 8 * S - 1);
	says(h, "");
	watch_tick(&h->watch, 8 * S);
	says(h, "h1: SILENT for 5 s, has not reported yet\n");
	watch_hear(&h->watch, "<h1> fio-smallfile: 1 of 2 hosts are here",
		   9 * S);
	says(h, "h1: reports again after 6 s\n");
	assert_int_equal(h->watch.hosts, 1);
}

/* What the watch hands over; a heartbeat has the time of its messages. */
static void note_beat(void *context, const struct heartbeat *b)
{
	char *text = context;
	size_t length = strlen(text);

	snprintf(text + length, 512 - length, "%ld %s %s %d %u %ld %ld %.0f;",
		 (long)(b->time_ms / 1000), b->host, b->operation,
		 (int)b->state, b->threads, (long)b->units, (long)b->errors,
		 b->interval_s);
}

static void take_files(struct heard *h, const char *operation, int errors,
		       const char *end, uint64_t now_ns)
{
	struct progress_message p;

	assert_ok(parse(&p, printed("<h1> fio-smallfile: host h, job %s, "
				    "operation %s, " RATES
				    "9 of 10 files done, %d errors%s",
				    operation, operation, errors, end)));
	assert_ok(watch_take(&h->watch, &p, now_ns));
}

/*
 * A host with several operations one after the other is expected until it says
 * so. Errors are counted once. A table replaces the lines of rounds.
 */
HEARD_TEST(heartbeats)
{
	char beats[512] = "";

	h->watch.beat = note_beat;
	h->watch.context = beats;
	h->watch.quiet = true;
	h->watch.interval_s = 10;
	h->watch.time_ms = 60000;
	take_files(h, "create", 2, "", 60 * S);
	h->watch.time_ms = 61000;
	take_files(h, "create", 3, ", ended", 61 * S);
	h->watch.time_ms = 62000;
	watch_tick(&h->watch, 62 * S);
	assert_string_equal(beats, "60 h1 create 0 4 92592 2 60;"
				   "61 h1 create 3 4 92592 1 60;");
	watch_tick(&h->watch, 191 * S);
	says(h, "h1: SILENT for 130 s\n");
	*beats = '\0';
	take_files(h, "stat", 0, "", 201 * S);
	take(h, "h1", 1, STALLED, 201 * S + 1);
	watch_tick(&h->watch, 202 * S + 2);
	says(h, "h1: reports again after 140 s\n");
	assert_string_equal(beats, "62 h1 stat 0 4 92592 0 60;"
				   "62 h1 chunk 1 1 0 0 60;");
	take(h, "h1", 1, LAST, 203 * S);
	take_files(h, "stat", 0, ", the last", 203 * S);
	assert_int_equal(watch_finish(&h->watch, 204 * S), 0);
	says(h, "");
	watch_summary(&h->watch, 204 * S);
	says(h, "h1: silent 1 time, 140 s, 3 errors\n"
		"in 204 s: 1 host, 370374 files or chunks, 23198.0 MiB, 1815.6 "
		"a second, 113.7 MiB/s, 3 errors\n");
}

/* A table of `hosts` hosts in so many columns and lines. */
HEARD_TEST(tables)
{
	assert_ok(watch_expect(&h->watch, "unheard", 0));
	for (int i = 0; i < 5; i++)
		take(h, printed("h%d", i), 0, i == 3 ? STALLED : RATE, 60 * S);
	watch_tick(&h->watch, 61 * S);
	fflush(h->watch.out);
	rewind(h->watch.out);
	assert_int_equal(watch_table(&h->watch, 61 * S, h->watch.out, 44, 6),
			 6);
	fputc('\0', h->watch.out);
	says(h, "61 s, 6 hosts: 5 run, 0 SILENT; 400.0 a seco\033[K\n"
		"host           operation  state    a second\033[K\n"
		"h3             chunk      STALLED       0.0\033[K\n"
		"unheard        has not reported yet\033[K\n"
		"h0             chunk      runs        100.0\033[K\n"
		"and 3 hosts that do better\033[K\n");
	/* A wide terminal has room for the whole name. */
	assert_ok(watch_expect(&h->watch, "a-name-of-20-letters", 0));
	watch_table(&h->watch, 61 * S, h->watch.out, 97, 9);
	fflush(h->watch.out);
	assert_non_null(strstr(h->text, "\na-name-of-20-letters has not"));
	assert_int_equal(watch_table(&h->watch, 61 * S, h->watch.out, 44, 3),
			 0);
	assert_int_equal(watch_table(&h->watch, 61 * S, h->watch.out, 10, 9),
			 0);
}

HEARD_TEST(more_than_is_watched)
{
	for (unsigned int i = 0; i <= WATCH_THREADS_MAX + 1; i++)
		take(h, "h1", i, RATE, 60 * S);
	assert_int_equal(h->watch.host[0].threads, WATCH_THREADS_MAX);
	says(h, "too many jobs of a host: some are not watched\n");
}
