// SPDX-License-Identifier: GPL-2.0-only
/*
 * The reader of chunk logs: which thread a line is a sample of, and what is
 * refused.
 */
#include "log_rig.h"

#define HEADER                                                                 \
	"unix_time_s,host,thread,file,chunk,bytes,latency_us,mib_per_s,"       \
	"cpu_user_pct,cpu_system_pct,rss_kib\n"
#define LINE "1700000000.5,a,00,0,7,4096,1234.567,3.1,12.5,0.5,38432\n"

#define LOG "chunks.csv"

TEST(is_known_by_its_header)
{
	assert_ptr_equal(reader_of_line(HEADER, strlen(HEADER)),
			 &reader_chunks);
	assert_null(reader_of_line(LINE, strlen(LINE)));
}

static void expect_series(const struct log *log, size_t i, const char *host,
			  long thread, size_t count)
{
	const struct series *series = log_series(log, i);

	assert_string_equal(series->operation, "chunk");
	assert_string_equal(series->host, host);
	assert_int_equal(series->thread, thread);
	assert_int_equal(series->count, count);
}

/*
 * A log with threads of several hosts, headers in between, empty fields of the
 * monitor, and several kinds of line ends.
 */
TEST(samples)
{
	struct log log;

	log_read(&log, LOG,
		 HEADER LINE
		 "1700000001,b,11,0,0,4096,7,3.1,,,\r\n" HEADER
		 "1700000002.25,a,01,0,0,4096,0.001,3.1,,,\n"
		 "1700000003.000001,a,00,1,0,4096,2000000,3.1,,,\n");
	if (log.ret)
		fail_msg("%s", log.error.message);
	assert_int_equal(log.parse.series.count, 3);
	expect_series(&log, 0, "a", 0, 2);
	expect_series(&log, 1, "b", 11, 1);
	expect_series(&log, 2, "a", 1, 1);
	assert_int_equal(log_latency_ns(&log, 0, 0), 1234567);
	assert_int_equal(log_latency_ns(&log, 0, 1), 2000000000);
	assert_int_equal(log_series(&log, 0)->timed->time_ns[1],
			 1700000003000001000);
	assert_int_equal(log_latency_ns(&log, 1, 0), 7000);
	assert_int_equal(log_latency_ns(&log, 2, 0), 1);
	log_free(&log);
}

TEST(none)
{
	struct log log;

	log_read(&log, LOG, HEADER);
	assert_int_equal(log.ret, 0);
	assert_int_equal(log.parse.series.count, 1);
	expect_series(&log, 0, "localhost", 0, 0);
	log_free(&log);
}

TEST(refused)
{
	static const struct log_error_row rows[] = {
		{ LINE, INPUT_COLUMNS, 1, 1, "" },
		{ "a,b\n", INPUT_COLUMNS, 1, 1, "" },
		{ HEADER "1,a,0,0\n", INPUT_COLUMNS, 2, 8, "" },
		{ HEADER "1,a,0,0,0,1,1,1,,,,\n", INPUT_COLUMNS, 2, 19, "" },
		{ HEADER "\n", INPUT_COLUMNS, 2, 1, "" },
		{ HEADER "x,a,0,0,0,1,1,1,,,\n", INPUT_NOT_A_NUMBER, 2, 1, "" },
		{ HEADER "1,,0,0,0,1,1,1,,,\n", INPUT_HOST, 2, 3, "" },
		{ HEADER "1,a\x01,0,0,0,1,1,1,,,\n", INPUT_HOST, 2, 3, "" },
		{ HEADER "1,a,x,0,0,1,1,1,,,\n", INPUT_NOT_A_NUMBER, 2, 5, "" },
		{ HEADER "1,a,4294967296,0,0,1,1,1,,,\n", INPUT_NOT_A_NUMBER, 2,
		  5, "" },
		{ HEADER "1,a,0,0,0,1,-5,1,,,\n", INPUT_NEGATIVE, 2, 13, "" },
		{ HEADER "1,a,0,0,0,1,5ms,1,,,\n", INPUT_NOT_A_NUMBER, 2, 13,
		  "" },
		{ HEADER "1,a,0,0,0,1,99999999999,1,,,\n", INPUT_OVERFLOW, 2,
		  13, "" },
		{ HEADER "1,a,0,0,0,1,5,1,,,", INPUT_TRUNCATED, 2, 19, "" },
	};

	LOG_CHECK_ERRORS(LOG, rows);
}
