// SPDX-License-Identifier: GPL-2.0-only
/*
 * fio's JSON: what is read from it, what may stand before and after it, and
 * every error with its line and column.
 */
#include <math.h>

#include "test.h"
#include "fio/fio_json.h"

/* The first entry begins in line 5. */
#define HEAD                                                                   \
	"{\n\"fio version\" : \"fio-3.33\", \"timestamp_ms\" : 1700000000123," \
	"\n\"global options\" : {\"ioengine\" : \"posixaio\", \"bs\" : "       \
	"\"4k\"},\n\"jobs\" : [\n"
#define TAIL             "\n]\n}\n"
#define TIMES            "\"job_runtime\" : 10, \"usr_cpu\" : 1.5, \"sys_cpu\" : 2"
#define ENTRY(more)      "{\"jobname\" : \"j\",\n" TIMES more "}"
#define WRITE(members)   ENTRY(",\n\"write\" : {" members "}")
#define COUNTS           "\"total_ios\" : 3, \"io_bytes\" : 12, \"runtime\" : 7"
#define LATENCY(members) WRITE(COUNTS ", \"clat_ns\" : {" members "}")
#define MOMENTS                                                                \
	"\"min\" : 100, \"max\" : 300, \"mean\" : 200.5, \"stddev\" : 100"
#define BINS(bins) LATENCY(MOMENTS ", \"N\" : 3, \"bins\" : {" bins "}")
#define GOOD       BINS("\"100\" : 2, \"298\" : 1")

struct read {
	struct fio_result result;
	struct input_error error;
	int ret;
};

struct memory {
	const char *data;
	size_t size;
};

static long read_memory(void *context, char *buffer, size_t size)
{
	struct memory *memory = context;

	if (size > memory->size)
		size = memory->size;
	memcpy(buffer, memory->data, size);
	memory->data += size;
	memory->size -= size;
	return (long)size;
}

static void read_text(struct read *r, const char *text)
{
	struct memory memory = { text, strlen(text) };
	const struct json_source source = { read_memory, &memory };

	memset(r, 0, sizeof(*r));
	r->ret = fio_json_read(&r->result, &source, "out.json", &r->error);
}

/* The writes' completion latencies of the first entry. */
static const struct fio_latency *clat(const struct read *r)
{
	return r->result.entry->side[FIO_WRITE]->latency[FIO_CLAT];
}

/* The bins of that entry, which the caller frees. */
static struct fio_histogram clat_bins(const struct read *r)
{
	struct fio_histogram bins = { 0 };

	assert_ok(fio_latency_add_bins(&bins, clat(r)));
	return bins;
}

static void read_good(struct read *r, const char *text)
{
	read_text(r, text);
	if (r->ret)
		fail_msg("%llu:%u: %s\n%s", (unsigned long long)r->error.line,
			 r->error.column, r->error.message, text);
}

TEST(the_run_in_a_description)
{
	static const struct {
		const char *members;
		uint64_t run;
	} row[] = {
		{ "", 0 },
		{ ", \"desc\" : \"\"", 0 },
		{ ", \"desc\" : \"mine\"", 0 },
		{ ", \"desc\" : \"of fio-smallfile run=12\"", 0 },
		{ ", \"desc\" : \"fio-smallfile run=\"", 0 },
		{ ", \"desc\" : \"fio-smallfile run=fedcba9876543210\"",
		  0xfedcba9876543210 },
		{ ", \"desc\" : \"fio-smallfile run=00000000000012ab; mine\"",
		  0x12ab },
	};

	for (size_t i = 0; i < sizeof(row) / sizeof(*row); i++) {
		struct read r;
		char *text;

		assert_true(asprintf(&text, "%s{\"jobname\" : \"j\", %s%s}%s",
				     HEAD, TIMES, row[i].members, TAIL) > 0);
		read_good(&r, text);
		assert_true(r.result.entry->run == row[i].run);
		fio_json_free(&r.result);
		free(text);
	}
}

TEST(everything_of_an_entry)
{
	const struct fio_latency *latency;
	const struct fio_entry *entry;
	struct fio_histogram bins;
	struct read r;

	read_good(&r, HEAD GOOD TAIL);
	assert_string_equal(r.result.version, "fio-3.33");
	assert_int_equal(r.result.timestamp_ms, 1700000000123);
	assert_false(r.result.clients);
	assert_int_equal(r.result.entries, 1);
	entry = r.result.entry;
	assert_string_equal(entry->job, "j");
	assert_null(entry->host);
	assert_string_equal(fio_json_host(entry), "localhost");
	assert_int_equal(entry->line, 5);
	assert_true(entry->usr_cpu_percent == 1.5);
	assert_true(entry->sys_cpu_percent == 2);
	assert_null(entry->side[FIO_READ]);
	assert_int_equal(entry->side[FIO_WRITE]->total_ios, 3);
	assert_int_equal(entry->side[FIO_WRITE]->io_bytes, 12);
	assert_int_equal(entry->side[FIO_WRITE]->runtime_ms, 7);
	assert_null(entry->side[FIO_WRITE]->latency[FIO_LAT]);
	latency = clat(&r);
	assert_int_equal(latency->samples, 3);
	assert_int_equal(latency->min_ns, 100);
	assert_int_equal(latency->max_ns, 300);
	assert_true(latency->mean_ns == 200.5);
	assert_true(latency->has_bins);
	bins = clat_bins(&r);
	assert_int_equal(bins.samples, 3);
	assert_true(bins.extremes_known);
	fio_histogram_free(&bins);
	fio_json_free(&r.result);
}

TEST(without_bins)
{
	struct read r;

	read_good(&r, HEAD LATENCY(MOMENTS ", \"N\" : 3") TAIL);
	assert_false(clat(&r)->has_bins);
	fio_json_free(&r.result);
	/* A side without samples and bytes is left out. */
	read_good(&r, HEAD WRITE("\"total_ios\" : 0, \"io_bytes\" : 0") TAIL);
	assert_null(r.result.entry->side[FIO_WRITE]);
	fio_json_free(&r.result);
	/* disable_clat=1 */
	read_good(&r, HEAD LATENCY("\"N\" : 0") TAIL);
	assert_null(clat(&r));
	fio_json_free(&r.result);
}

TEST(percentiles_that_fio_printed)
{
	const struct fio_percentiles *list;
	struct bounded b;
	struct read r;

	read_good(&r, HEAD LATENCY(MOMENTS ", \"N\" : 3, \"x\" : \"\\t\", "
					   "\"percentile\" : {"
					   "\"50.000000\" : 30080, "
					   "\"99.900000\" : 42240}") TAIL);
	list = &clat(&r)->printed;
	assert_int_equal(list->n, 2);
	b = fio_percentiles_find(list, UINT64_C(99900000000));
	assert_true(b.value_ns == 42240 && b.low_ns == 41984 &&
		    b.high_ns == 42495);
	b = fio_percentiles_find(list, UINT64_C(99000000000));
	assert_true(isnan(b.value_ns));
	fio_json_free(&r.result);
	/* If there are bins, percentiles are not needed. */
	read_good(&r, HEAD LATENCY(MOMENTS ", \"N\" : 3, \"percentile\" : {"
					   "\"50.000000\" : 30080}, "
					   "\"bins\" : {\"100\" : 3}") TAIL);
	assert_true(clat(&r)->has_bins);
	assert_int_equal(clat(&r)->printed.n, 0);
	fio_json_free(&r.result);
}

TEST(all_four_directions)
{
	static const char *const names[] = { "read", "write", "trim", "mixed" };
	enum fio_direction i;

	for (i = 0; i < FIO_DIRECTIONS; i++) {
		struct read r;

		read_good(&r,
			  printed(HEAD ENTRY(", \"%s\" : {" COUNTS "}") TAIL,
				  names[i]));
		assert_non_null(r.result.entry->side[i]);
		assert_string_equal(fio_json_direction_name(i), names[i]);
		fio_json_free(&r.result);
	}
}

TEST(options_of_job_and_run)
{
	const struct fio_entry *entry;
	struct read r;

	read_good(&r, HEAD ENTRY(", \"job options\" : {\"bs\" : \"1k\", "
				 "\"thread\" : \"\"}") "," GOOD TAIL);
	entry = r.result.entry;
	assert_string_equal(fio_json_option(&r.result, entry, "bs"), "1k");
	assert_string_equal(fio_json_option(&r.result, entry, "thread"), "");
	assert_string_equal(fio_json_option(&r.result, entry, "ioengine"),
			    "posixaio");
	assert_null(fio_json_option(&r.result, entry, "rw"));
	assert_string_equal(fio_json_option(&r.result, entry + 1, "bs"), "4k");
	/*
	 * With an engine that is not ours, the operation is the name of the
	 * job.
	 */
	assert_string_equal(fio_json_operation(&r.result, entry), "j");
	fio_json_free(&r.result);
}

TEST(operation_of_our_engine)
{
	struct read r;

	read_good(
		&r,
		HEAD ENTRY(
			", \"job options\" : {\"ioengine\" : "
			"\"fio-smallfile.so\"}") "," ENTRY(", \"job options\" : {\"operation\" : "
							   "\"stat\"}") TAIL);
	assert_string_equal(fio_json_operation(&r.result, r.result.entry),
			    "create");
	assert_string_equal(fio_json_operation(&r.result, r.result.entry + 1),
			    "stat");
	fio_json_free(&r.result);
}

#define CLIENT(job, host, port)                                                \
	"{\"jobname\" : \"" job "\", \"hostname\" : \"" host "\", "            \
	"\"port\" : " #port ", " TIMES "}"

TEST(hosts_of_a_client)
{
	static const size_t numbers[] = { 0, 0, 1, 1, 0 };
	/* clang-format off */
	static const char text[] =
		"{\n\"client_stats\" : ["
		CLIENT("a", "h1", 8765) "," CLIENT("a", "h2", 8765) ","
		CLIENT("a", "h2", 8765) "," CLIENT("b", "h1", 8765) ","
		CLIENT("a", "h1", 8766) ","
		CLIENT("All clients", "", 0) "," CLIENT("All clients", "", 0)
		",{ }]}";
	/* clang-format on */
	struct read r;

	read_good(&r, text);
	assert_true(r.result.clients);
	assert_int_equal(r.result.entries, 5);
	assert_non_null(r.result.all_clients);
	for (size_t i = 0; i < 5; i++)
		assert_int_equal(r.result.entry[i].number, numbers[i]);
	assert_string_equal(fio_json_host(&r.result.entry[1]), "h2");
	assert_int_equal(r.result.entry[4].port, 8766);
	fio_json_free(&r.result);
}

TEST(text_around_is_skipped)
{
	static const char *const rows[] = {
		"fio: terse {warning}\n \"jobs\"\n" HEAD GOOD TAIL,
		"\xef\xbb\xbf" HEAD GOOD TAIL,
		HEAD GOOD TAIL "\nhost: {is gone}\n",
		"\n\n" HEAD GOOD TAIL "{",
	};
	struct read r;
	size_t i;

	for (i = 0; i < 3; i++) {
		read_good(&r, rows[i]);
		assert_int_equal(r.result.entries, 1);
		fio_json_free(&r.result);
	}
	/* A second object that was begun and not ended is an error. */
	read_text(&r, rows[3]);
	assert_int_equal(r.error.code, INPUT_TRUNCATED);
	assert_int_equal(r.error.line, 12);
	fio_json_free(&r.result);
}

TEST(line_ends_of_windows)
{
	static const char text[] = HEAD GOOD TAIL;
	char crlf[2 * sizeof(text)], *p = crlf;
	struct read r;
	size_t i;

	for (i = 0; i < sizeof(text); i++) {
		if (text[i] == '\n')
			*p++ = '\r';
		*p++ = text[i];
	}
	read_good(&r, crlf);
	assert_int_equal(r.result.entry[0].line, 5);
	fio_json_free(&r.result);
}

TEST(the_last_object_counts)
{
	struct read r;

	read_good(&r, HEAD ENTRY("") "," ENTRY("")
			      TAIL HEAD GOOD TAIL HEAD ENTRY("") "," GOOD
								 "," ENTRY("")
									 TAIL);
	assert_int_equal(r.result.superseded, 2);
	assert_int_equal(r.result.entries, 3);
	assert_int_equal(r.result.entry[2].number, 2);
	fio_json_free(&r.result);
}

/*
 * A result in mid-run need not add up, because the jobs count on while fio
 * prints. What it says of operations and times is kept.
 */
TEST(only_the_last_object_adds_up)
{
	static const char bad[] = HEAD BINS("\"100\" : 2, \"298\" : 2") TAIL;
	static const char good[] = HEAD GOOD TAIL;
	char text[sizeof(bad) + sizeof(good)];
	struct read r;

	snprintf(text, sizeof(text), "%s%s", bad, good);
	read_good(&r, text);
	assert_int_equal(clat(&r)->samples, 3);
	assert_int_equal(r.result.statuses, 2);
	assert_int_equal(r.result.status[0].entry[0].operations, 3);
	assert_int_equal(r.result.status[0].entry[0].runtime_ms, 7);
	fio_json_free(&r.result);
	snprintf(text, sizeof(text), "%s%s", good, bad);
	read_text(&r, text);
	assert_int_equal(r.ret, -EINVAL);
	assert_non_null(strstr(r.error.message, "add up to the 3 samples"));
	fio_json_free(&r.result);
}

struct bad {
	const char *text;
	enum input_code code;
	uint64_t line;
	unsigned int column;
	const char *says;
};

static void check_bad(const struct bad *row)
{
	struct read r;

	read_text(&r, row->text);
	fio_json_free(&r.result);
	if (r.ret != -EINVAL || r.error.code != row->code ||
	    r.error.line != row->line || r.error.column != row->column ||
	    !strstr(r.error.message, row->says) ||
	    strcmp(r.error.path, "out.json") != 0)
		fail_msg("got %d, code %u at %llu:%u: %s\nexpected code %u at "
			 "%llu:%u: ...%s... of\n%s",
			 r.ret, r.error.code, (unsigned long long)r.error.line,
			 r.error.column, r.error.message, row->code,
			 (unsigned long long)row->line, row->column, row->says,
			 row->text);
}

/* An entry of which a member is wrong: the first, which begins in line 5. */
#define MEMBER(entry, says)                                                    \
	{                                                                      \
		HEAD entry TAIL, INPUT_MEMBER, 5, 0, says                      \
	}
#define ALONE "{\"jobs\" : []}"

TEST(what_is_no_json_of_fio)
{
	static const struct bad rows[] = {
		{ "", INPUT_JSON, 1, 1, "json+" },
		{ "nothing here\n", INPUT_JSON, 1, 1, "found none" },
		{ "x {\"jobs\" : []}\n", INPUT_JSON, 1, 1, "found none" },
		{ "[" ALONE ",\n" ALONE "]", INPUT_RUN, 2, 1, "jq '.[0]'" },
		{ "{\"fio version\" : \"fio-2.16\", \"jobs\" : []}\n",
		  INPUT_OLD, 1, 1, "fio 3.0 or later, found that of fio-2.16" },
		{ "x\n{\"a\" : 1}\n", INPUT_JSON, 2, 1, "client_stats" },
		{ "{\"jobs\" : 1}\n", INPUT_JSON, 1, 1, "no output of fio" },
		{ "{\n\"jobs\" : [],\n}\n", INPUT_JSON, 3, 1, "expected JSON" },
		{ "{\n\"jobs\" : [{}] \"x\"\n}\n", INPUT_JSON, 2, 15,
		  "expected JSON" },
		{ HEAD "{\"jobname\" : \"j\",\n,}" TAIL, INPUT_JSON, 6, 1,
		  "expected JSON" },
		{ HEAD "{\"jobname\" : \"\xff\"}" TAIL, INPUT_JSON, 5, 14,
		  "expected JSON" },
		{ HEAD "{\"jobname\" : [}" TAIL, INPUT_JSON, 5, 15,
		  "expected JSON" },
	};

	for_each_in (row, rows)
		check_bad(row);
}

TEST(cut_off_anywhere)
{
	static const char text[] = "warning\n" HEAD GOOD TAIL;
	size_t n;

	for (n = 9; n < sizeof(text) - 3; n++) {
		char part[sizeof(text)] = "";
		struct bad row = { part, INPUT_TRUNCATED, 1, 0,
				   "begins in line 2" };
		size_t i;

		memcpy(part, text, n);
		for (i = 0; i < n; i++)
			row.line += text[i] == '\n';
		check_bad(&row);
	}
}

TEST(nested_too_deeply)
{
	char text[256] = "{\n\"jobs\" : [\n{\"a\" : ";
	struct bad row = { text, INPUT_JSON, 3, 0, "nested" };
	int i;

	for (i = 0; i < 100; i++)
		strcat(text, "[");
	check_bad(&row);
}

/* Each required member is missing once, and once has another type. */
TEST(members)
{
	static const struct bad rows[] = {
		MEMBER("{\"jobname\" : 5}",
		       "expected a string in \"jobname\", found 5"),
		MEMBER("{\"jobname\" : \"j\", \"hostname\" : null}",
		       "expected a string in \"hostname\", found null"),
		MEMBER("{\"jobname\" : \"j\", \"job options\" : []}",
		       "expected an object in \"job options\", found an array"),
		MEMBER("{\"jobname\" : \"j\", \"job_runtime\" : 1}",
		       "\"usr_cpu\""),
		MEMBER("{\"jobname\" : \"j\", \"job_runtime\" : 1, "
		       "\"usr_cpu\" : 1, \"sys_cpu\" : true}",
		       "\"sys_cpu\", found a truth value"),
		{ HEAD GOOD ",\n" ENTRY(",\"write\" : 1") TAIL, INPUT_MEMBER, 8,
		  0, "expected an object in \"write\", found 1" },
		MEMBER(WRITE(""), "\"write.total_ios\", found nothing"),
		MEMBER(WRITE("\"total_ios\" : 1"), "\"write.io_bytes\""),
		MEMBER(WRITE("\"total_ios\" : 1, \"io_bytes\" : 1"),
		       "\"write.runtime\""),
		MEMBER(WRITE(COUNTS ", \"slat_ns\" : []"),
		       "expected an object in \"write.slat_ns\""),
		MEMBER(LATENCY("\"N\" : 3, \"min\" : 9, \"max\" : 8, "
			       "\"mean\" : 8.5, \"stddev\" : 1"),
		       "expected min <= mean <= max"),
		MEMBER(LATENCY("\"N\" : 3, \"min\" : 7, \"max\" : 8, "
			       "\"mean\" : 1e308, \"stddev\" : 1"),
		       "expected min <= mean <= max"),
		MEMBER(LATENCY("\"N\" : 3, \"min\" : 7, \"max\" : 8, "
			       "\"mean\" : 7.5, \"stddev\" : 1e308"),
		       "stddev between 0 and max"),
		MEMBER(LATENCY("\"N\" : 3"), "\"write.clat_ns.min\""),
		MEMBER(LATENCY("\"N\" : 3, \"min\" : 1"),
		       "\"write.clat_ns.max\""),
		MEMBER(LATENCY("\"N\" : 3, \"min\" : 1, \"max\" : 2"),
		       "\"write.clat_ns.mean\""),
		MEMBER(LATENCY("\"N\" : 3, \"min\" : 1, \"max\" : 2, "
			       "\"mean\" : 1"),
		       "\"write.clat_ns.stddev\""),
		MEMBER(LATENCY(MOMENTS ", \"N\" : 3, \"percentile\" : 1"),
		       "\"write.clat_ns.percentile\""),
		MEMBER(LATENCY(MOMENTS ", \"N\" : 3, \"percentile\" : "
				       "{\"fast\" : 1}"),
		       "found \"fast\""),
		MEMBER(LATENCY(MOMENTS ", \"N\" : 3, \"bins\" : 1"),
		       "\"write.clat_ns.bins\""),
	};

	for_each_in (row, rows)
		check_bad(row);
}

TEST(bins_that_are_none)
{
	static const struct bad rows[] = {
		MEMBER(BINS("\"100\" : 2"),
		       "add up to the 3 samples of \"write.clat_ns.N\", found 2"),
		MEMBER(BINS("\"299\" : 3"), "found \"299\""),
		MEMBER(BINS("\"-100\" : 3"), "found \"-100\""),
		MEMBER(BINS("\"\" : 3"), "found \"\""),
		MEMBER(BINS("\"100x\" : 3"), "found \"100x\""),
		MEMBER(BINS("\"99999999999999999999\" : 3"),
		       "found \"99999999999999999999\""),
		MEMBER(BINS("\"100\" : -3"), "found \"100\""),
		MEMBER(BINS("\"100\" : 1.5"), "found \"100\""),
		MEMBER(BINS("\"100\" : 9223372036854775807, \"101\" : 1"),
		       "counts below 2^63"),
	};

	for_each_in (row, rows)
		check_bad(row);
}

/* An output of fio with three bins, of which this is the last. */
static const char *text_with(const char *bin)
{
	return printed(HEAD BINS("\n \"100\" : 1,\n   \"101\" : 1,\n %s \n")
			       TAIL "%5000s",
		       bin, "");
}

/*
 * If bins stand in lines of their own, as fio prints them, and enough text
 * follows, a quicker reader reads them.
 */
TEST(bins_in_lines)
{
	struct bad row = { NULL, INPUT_MEMBER, 5, 0, "found \"299\"" };
	struct fio_histogram bins;
	struct read r;

	read_good(&r, text_with("\"298\" : 1"));
	bins = clat_bins(&r);
	assert_int_equal(bins.n, 3);
	fio_histogram_free(&bins);
	fio_json_free(&r.result);
	row.text = text_with("\"299\" : 1");
	check_bad(&row);
	row.says = "found \"298\"";
	row.text = text_with("\"298\" : -1");
	check_bad(&row);
	row = (struct bad){ text_with("\"298\" : 01"), INPUT_JSON, 10, 10,
			    "leading" };
	check_bad(&row);
}

TEST(of_several_errors_the_first)
{
	static const struct bad row = {
		HEAD GOOD ",\n{\"jobname\" : 1},\n{\"jobname\" : 2}," GOOD TAIL,
		INPUT_MEMBER, 8, 0, "jobname"
	};
	int i;

	for (i = 0; i < 20; i++)
		check_bad(&row);
}
