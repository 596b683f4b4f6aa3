// SPDX-License-Identifier: GPL-2.0-only
/*
 * Each error code is reached by an input, with file, line and column.
 * test_reader.c and test_fio_json.c try many more inputs. test_no_memory.c lets
 * memory run out.
 */
#include <sys/stat.h>

#include "cluster/check_job.h"
#include "test.h"
#include "run/fio_results.h"
#include "input/host_list.h"
#include "input/inputs.h"
#include "verdict/limit.h"
#include "input/load.h"
#include "input/reader.h"
#include "history/store.h"
#include "run/run_summary.h"
#include "input/unpack.h"

TEST_FILE_FIXTURE(test_enter_directory, test_leave_directory)

static bool reached[INPUT_NO_MEMORY];

struct want {
	enum input_code code;
	const char *path; /* what the error points to; NULL: nothing */
	uint64_t line;
	unsigned int column;
};

static void check(const struct input_error *error, int ret,
		  const struct want *want)
{
	if (!ret || error->code != want->code || error->line != want->line ||
	    error->column != want->column)
		fail_msg("%s: ret %d, code %d instead of %d, %llu:%u instead "
			 "of %llu:%u: %s",
			 want->path, ret, error->code, want->code,
			 (unsigned long long)error->line, error->column,
			 (unsigned long long)want->line, want->column,
			 error->message);
	assert_int_equal(ret, -EINVAL);
	assert_true(error->message[0] != '\0');
	if (want->path)
		assert_string_equal(error->path, want->path);
	reached[want->code] = true;
}

/* What `smallfio stats PATH...` reads. */
struct reading {
	struct inputs inputs;
	struct fio_results results;
	struct series_list list;
	struct notes notes;
	struct input_error error;
};

static int read_named(struct reading *r, const char *const *paths, size_t n)
{
	int ret = 0;

	memset(r, 0, sizeof(*r));
	for (size_t i = 0; i < n && !ret; i++)
		ret = inputs_add(&r->inputs, paths[i], &r->notes, &r->error);
	if (!ret)
		ret = inputs_finish(&r->inputs, &r->notes, &r->error);
	return ret;
}

static int read_all(struct reading *r, int64_t interval_ns)
{
	struct load_options options = { .interval_ns = interval_ns };
	int ret = fio_results_read(&r->results, &r->inputs, NULL, NULL,
				   &r->error);

	return ret ? ret : load(&r->inputs, &options, &r->list, &r->error);
}

static void read_free(struct reading *r)
{
	series_list_free(&r->list);
	fio_results_free(&r->results);
	inputs_free(&r->inputs);
	notes_free(&r->notes);
}

static void check_paths(const char *const *paths, size_t n, int64_t interval_ns,
			const struct want *want)
{
	struct reading r;
	int ret = read_named(&r, paths, n);

	if (!ret)
		ret = read_all(&r, interval_ns);
	check(&r.error, ret, want);
	read_free(&r);
}

/* The same of one file with that text, which is made for it. */
static void check_text(const char *path, const char *text, size_t size,
		       const struct want *want)
{
	write_file(path, text, size);
	check_paths(&path, 1, 0, want);
	unlink(path);
}

#define GOOD      "1, 2, 0, 4096, 0\n"
#define LOG       "a_clat.1.log"
#define RSPTIMES  "rsptimes_00_h_create_1.0.csv"
#define BYTES(s)  s, sizeof(s) - 1
#define NONE      NULL, 0
#define JSON_HEAD "{\n\"jobs\" : [\n"

static const struct {
	const char *text;
	size_t size;
	struct want want;
} files[] = {
	{ NONE, { INPUT_UNREADABLE, "nowhere", 0, 0 } },
	{ BYTES("neither\n"), { INPUT_UNKNOWN, "x", 1, 1 } },
	{ BYTES(""), { INPUT_UNKNOWN, "empty", 1, 1 } },
	{ BYTES(GOOD), { INPUT_NO_LATENCIES, "a_bw.1.log", 0, 0 } },
	{ BYTES("\xfd\x37zXZ\0\0"), { INPUT_COMPRESSED, LOG, 0, 0 } },
	{ BYTES(GOOD "2, 3"), { INPUT_TRUNCATED, LOG, 2, 5 } },
	{ BYTES(JSON_HEAD "{"), { INPUT_TRUNCATED, "out.json", 3, 0 } },
	{ BYTES(GOOD "1, x, 0, 4096, 0\n"), { INPUT_NOT_A_NUMBER, LOG, 2, 4 } },
	{ BYTES(GOOD "\n"), { INPUT_NOT_A_NUMBER, LOG, 2, 1 } },
	{ BYTES(GOOD "\0\n"), { INPUT_NOT_A_NUMBER, LOG, 2, 1 } },
	{ BYTES(GOOD "1, -2, 0, 4096, 0\n"), { INPUT_NEGATIVE, LOG, 2, 4 } },
	{ BYTES(GOOD "1, 9223372036854775808, 0, 4096, 0\n"),
	  { INPUT_OVERFLOW, LOG, 2, 4 } },
	{ BYTES(GOOD "1, 2\n"), { INPUT_COLUMNS, LOG, 2, 4 } },
	{ BYTES(GOOD "1, 2, 3, 4096, 0\n"), { INPUT_DIRECTION, LOG, 2, 7 } },
	{ BYTES("create,1.0,0.1\n,1.0,0.1\n"),
	  { INPUT_OPERATION, RSPTIMES, 2, 1 } },
	{ BYTES("1, 2, 0, 0, 0\n2, 3, 0, 0, 0\n"),
	  { INPUT_AVERAGED, LOG, 1, 1 } },
	{ BYTES("unix_time_s,host,thread,file,chunk,bytes,latency_us,"
		"mib_per_s,cpu_user_pct,cpu_system_pct,rss_kib\n"
		"1.5,,0,0,0,1,1.0,1.0,1.0,1.0,1\n"),
	  { INPUT_HOST, "chunks.csv", 2, 5 } },
	{ BYTES("{\n\"jobs\" : [ ],\n]\n}\n"),
	  { INPUT_JSON, "out.json", 3, 1 } },
	/* Line numbers also count the lines within elements. */
	{ BYTES(JSON_HEAD "{\n},\n{\n\n}\n],\n\"x\" : }\n"),
	  { INPUT_JSON, "out.json", 9, 7 } },
	{ BYTES(JSON_HEAD "{\"jobname\" : \"a\",\n\"job_runtime\" : \"b\"}\n"
			  "]\n}\n"),
	  { INPUT_MEMBER, "out.json", 3, 0 } },
	{ BYTES("{\"fio version\" : \"fio-2.16\", \"jobs\" : []}\n"),
	  { INPUT_OLD, "out.json", 1, 1 } },
};

TEST(inputs_that_are_none)
{
	for_each_in (row, files) {
		if (row->text)
			check_text(row->want.path, row->text, row->size,
				   &row->want);
		else
			check_paths(&row->want.path, 1, 0, &row->want);
	}
}

TEST(long_line)
{
	const struct want want = { INPUT_LINE_TOO_LONG, RSPTIMES, 2, 1 };
	char text[2 * READER_LINE_MAX];

	memset(text, '7', sizeof(text));
	memcpy(text, BYTES("create,1.0,0.1\ncreate,1."));
	text[sizeof(text) - 1] = '\n';
	check_text(RSPTIMES, text, sizeof(text), &want);
}

TEST(too_many)
{
	const struct want want = { INPUT_TOO_MANY, RSPTIMES,
				   SERIES_PER_LOG_MAX + 1, 0 };
	const struct want intervals = { INPUT_TOO_MANY, NULL, 0, 0 };
	const char *path = RSPTIMES;
	FILE *out = fopen(path, "w");

	assert_non_null(out);
	for (int i = 0; i <= SERIES_PER_LOG_MAX; i++)
		fprintf(out, "op%d,1.0,0.1\n", i);
	assert_ok(fclose(out));
	check_paths(&path, 1, 0, &want);
	write_file(path, BYTES("a,1.0,0.1\na,1000.0,0.1\n"));
	check_paths(&path, 1, 1000000, &intervals);
	unlink(path);
}

/* With zlib the log is damaged. Without zlib it cannot be read at all. */
TEST(packed)
{
	static const char head[] = "\x1f\x8b\x08\0\0\0\0\0\0\x03";
	const struct want want = { unpack_gzip() ? INPUT_DAMAGED
						 : INPUT_COMPRESSED,
				   LOG ".gz", 0, 0 };

	check_text(want.path, BYTES(head), &want);
}

TEST(directories)
{
	const struct want want = { INPUT_NO_LOGS, "bare", 0, 0 };
	const char *path = "bare";

	assert_ok(mkdir(path, 0700));
	check_paths(&path, 1, 0, &want);
	write_file("bare/notes.txt", BYTES("hello\n"));
	check_paths(&path, 1, 0, &want);
	unlink("bare/notes.txt");
	rmdir(path);
}

/* fio gives the logs of two servers on one host the same name. */
TEST(logs_that_clash)
{
	static const char *const paths[] = { "one/a_clat.1.log.h",
					     "two/a_clat.1.log.h" };
	const struct want twice = { INPUT_DUPLICATE, paths[1], 0, 0 };
	const struct want clocks = { INPUT_CLOCKS, "two/b_clat.1.log.h", 0, 0 };
	const char *both[] = { paths[0], clocks.path };

	mkdir("one", 0700);
	mkdir("two", 0700);
	write_file(paths[0], BYTES(GOOD));
	write_file(paths[1], BYTES(GOOD GOOD));
	check_paths(paths, 2, 0, &twice);
	write_file(clocks.path, BYTES("1700000000000, 2, 0, 4096, 0\n"));
	check_paths(both, 2, 1000000000, &clocks);
	for (size_t i = 0; i < 2; i++)
		unlink(paths[i]);
	unlink(clocks.path);
	rmdir("one");
	rmdir("two");
}

/* A log grows or shrinks while it is read. */
TEST(logs_that_change)
{
	static const char *const later[] = { "", GOOD, GOOD GOOD GOOD };
	const struct want want = { INPUT_CHANGED, LOG, 0, 0 };
	const char *path = LOG;

	for_each_in (row, later) {
		struct reading r;

		write_file(path, BYTES(GOOD GOOD));
		assert_ok(read_named(&r, &path, 1));
		write_file(path, *row, strlen(*row));
		check(&r.error, read_all(&r, 0), &want);
		read_free(&r);
	}
	unlink(path);
}

TEST(lists_rules_and_jobs)
{
	const struct want host = { INPUT_HOST, "hosts", 2, 3 };
	const struct want rule = { INPUT_RULE, "rules", 2, 12 };
	const struct want job = { INPUT_JOB, "x.fio", 0, 0 };
	struct input_error error = { 0 };
	struct host_list list = { 0 };
	struct limits limits = { 0 };
	struct notes notes = { 0 };
	FILE *out = tmpfile();

	check(&error,
	      host_list_parse(&list, BYTES("a\nb,0\n"), "hosts", &error),
	      &host);
	host_list_free(&list);
	write_file("rules", BYTES("create p99 < 5ms\ncreate fast\n"));
	check(&error, limits_read(&limits, "rules", &error), &rule);
	limits_free(&limits);
	unlink("rules");
	write_file("x.fio", BYTES("[a]\nioengine=null\n"));
	check(&error, check_job_copy("x.fio", out, &notes, &error), &job);
	notes_free(&notes);
	unlink("x.fio");
	fclose(out);
}

TEST(runs_and_histories)
{
	const struct want run = { INPUT_RUN, "bare/" LOG, 0, 0 };
	const struct want database = { INPUT_DATABASE, "history", 0, 0 };
	struct input_error error = { 0 };
	struct run_summaries runs = { 0 };
	struct notes notes = { 0 };
	struct store *store = NULL;
	static const char text[] = "This is not what SQLite writes, is it?\n";

	mkdir("bare", 0700);
	write_file("bare/" LOG, BYTES(GOOD));
	check(&error, run_summaries_read(&runs, "bare", &notes, &error), &run);
	run_summaries_free(&runs);
	notes_free(&notes);
	unlink("bare/" LOG);
	rmdir("bare");
	write_file("history", BYTES(text));
	check(&error, store_open(&store, "history", STORE_READ, &error),
	      &database);
	store_close(store);
	unlink("history");
}

/* Bytes of an input cannot break a message's line, or disturb a terminal. */
TEST(one_line)
{
	struct input_error error;

	assert_int_equal(input_error_set(&error, INPUT_JSON, 1, 2,
					 "near '%s', m\xc3\xa4\xc3\x9fig",
					 "a\nb\tc\x1b[31m\x7f"),
			 -EINVAL);
	assert_string_equal(error.message,
			    "near 'a?b?c?[31m?', m\xc3\xa4\xc3\x9fig");
}

/* Every error code must be reached above, also one that is added later. */
TEST(all_codes_were_reached)
{
	for (int code = INPUT_OK + 1; code < INPUT_NO_MEMORY; code++) {
		if (!reached[code])
			fail_msg("no input reached error code %d", code);
	}
}
