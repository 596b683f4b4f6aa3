// SPDX-License-Identifier: GPL-2.0-only
/*
 * The readers of logs: every layout of columns, every error with its line and
 * column, and unusual logs that are right.
 */
#include "log_rig.h"

#define FIO "create_clat.1.log"
#define SMF "rsptimes_01_h_create_1.csv"

/* Checks the first latencies of the only series in a log. */
static void expect_latencies(const char *base, const char *text, size_t n,
			     const uint64_t *latency_ns)
{
	struct log log;
	size_t i;

	log_read(&log, base, text);
	if (log.ret)
		fail_msg("\"%s\": %s", text, log.error.message);
	assert_int_equal(log.parse.series.count, 1);
	assert_int_equal(log_series(&log, 0)->count, n);
	for (i = 0; i < n; i++)
		assert_int_equal(log_latency_ns(&log, 0, i), latency_ns[i]);
	log_free(&log);
}

TEST(fio_layouts)
{
	static const char *const rows[] = {
		/* 4 columns, to 3.17 */
		"0, 1500, 1, 4096\n1, 70, 1, 4096\n",
		/* and a priority */
		"0, 1500, 1, 4096, 0\n1, 70, 1, 4096, 1\n",
		"0, 1500, 1, 4096, 0x0000\n1, 70, 1, 4096, 0x4001\n",
		/* log_offset=1 */
		"0, 1500, 1, 4096, 8192, 0\n1, 70, 1, 4096, 0, 0\n",
		"0, 1500, 1, 1, 8192, 0x0000\n1, 70, 1, 1, 0, 0x0000\n",
		/* log_issue_time=1 */
		"0, 1500, 1, 4096, 8192, 0, 77\n1, 70, 1, 4096, 0, 0, 99\n",
		"0, 1500, 1, 4096, 0, 0x0000, 7\n1, 70, 1, 1, 0, 0x0004, 9\n",
		/* times since 1970 */
		"1700000000000, 1500, 2, 1, 0\n1700000000001, 70, 2, 1, 0\n",
		/* line ends, byte order mark, blanks */
		"0, 1500, 1, 4096, 0\r\n1, 70, 1, 4096, 0\r\n",
		"\357\273\2770, 1500, 1, 4096, 0\n1, 70, 1, 4096, 0\n",
		"0,1500,1,4096,0\n  1 ,\t70 , 1, 4096, 0 \n",
	};
	const uint64_t latency_ns[] = { 1500, 70 };

	for_each_in (row, rows)
		expect_latencies(FIO, *row, 2, latency_ns);
}

TEST(fio_extremes)
{
	const uint64_t latency_ns[] = { INT64_MAX, 0 };

	expect_latencies(FIO,
			 "0, 9223372036854775807, 1, 1, 0\n"
			 "9223372036854775807, 0, 1, 18446744073, 0\n",
			 2, latency_ns);
}

TEST(fio_times)
{
	static const struct {
		const char *line;
		int64_t time_ns;
	} rows[] = {
		{ "0, 5, 1, 1, 0\n", 0 },
		{ "2500, 5, 1, 1, 0\n", 2500000000 },
		{ "1700000000123, 5, 1, 1, 0\n", 1700000000123000000 },
		{ "1700000000123456, 5, 1, 1, 0\n", 1700000000123456000 },
		{ "1700000000123456789, 5, 1, 1, 0\n", 1700000000123456789 },
		/* Found by fuzzing: more us, and more ms, than ns can count. */
		{ "13372036854775807, 5, 1, 1, 0\n", INT64_MAX },
		{ "99999999999999, 5, 1, 1, 0\n", INT64_MAX },
	};
	struct log log;

	for_each_in (row, rows) {
		log_read(&log, FIO, row->line);
		assert_int_equal(log.ret, 0);
		assert_int_equal(log_series(&log, 0)->timed->time_ns[0],
				 row->time_ns);
		log_free(&log);
	}
}

/* Times are exact in each unit in which they can be kept: ms, us or ns. */
TEST(times_are_kept_exactly)
{
	static const struct {
		const char *lines;
		int64_t time_ns[3];
	} rows[] = {
		{ "7, 5, 1, 1, 0\n3, 5, 1, 1, 0\n9, 5, 1, 1, 0\n",
		  { 7000000, 3000000, 9000000 } },
		{ "0, 5, 1, 1, 0\n4294967295, 5, 1, 1, 0\n1, 5, 1, 1, 0\n",
		  { 0, 4294967295000000, 1000000 } },
		{ "0, 5, 1, 1, 0\n4294967296, 5, 1, 1, 0\n1, 5, 1, 1, 0\n",
		  { 0, 4294967296000000, 1000000 } },
		{ "1700000000123456, 5, 1, 1, 0\n1700000000123457, 5, 1, 1, "
		  "0\n1700000000, 5, 1, 1, 0\n",
		  { 1700000000123456000, 1700000000123457000,
		    1700000000000000 } },
		{ "1700000000123456789, 5, 1, 1, 0\n1700000000123456788, 5, "
		  "1, 1, 0\n99999999999999, 5, 1, 1, 0\n",
		  { 1700000000123456789, 1700000000123456788, INT64_MAX } },
	};
	struct log log;
	size_t k;

	for_each_in (row, rows) {
		const struct timed_samples *timed;

		log_read(&log, FIO, row->lines);
		assert_int_equal(log.ret, 0);
		timed = log_series(&log, 0)->timed;
		assert_int_equal(timed->count, 3);
		for (k = 0; k < 3; k++)
			assert_int_equal(timed->time_ns[k], row->time_ns[k]);
		log_free(&log);
	}
	log_read(&log, "rsptimes_01_h_x_1.csv", "x,-5.5,1\nx,1.000001,1\n");
	assert_int_equal(log_series(&log, 0)->timed->time_ns[0], -5500000000);
	assert_int_equal(log_series(&log, 0)->timed->time_ns[1], 1000001000);
	log_free(&log);
}

TEST(fio_directions_are_kept_apart)
{
	struct log log;

	log_read(&log, FIO,
		 "0, 1, 0, 1, 0\n0, 2, 1, 1, 0\n0, 3, 0, 1, 0\n"
		 "0, 4, 2, 1, 0\n");
	assert_int_equal(log.ret, 0);
	assert_int_equal(log.parse.series.count, 3);
	assert_int_equal(log_series(&log, 0)->count, 2);
	assert_int_equal(log_latency_ns(&log, 0, 1), 3);
	assert_int_equal(log_series(&log, 1)->direction, 1);
	assert_int_equal(log_series(&log, 2)->direction, 2);
	log_free(&log);
}

TEST(rsptimes_values)
{
	static const char *const rows[] = {
		"  create,  0.000000,  0.000001\n  create, 1.0, 40.000000\n",
		"create,0,0.000001\r\ncreate,1,40\r\n",
		"create , -5.5 , 0.000001 \ncreate\t,\t7,40.0\n",
		"\357\273\277create,0,0.000001\ncreate,1,40\n",
	};
	const uint64_t latency_ns[] = { 1000, 40000000000 };

	for_each_in (row, rows)
		expect_latencies(SMF, *row, 2, latency_ns);
}

TEST(rsptimes_operations_are_kept_apart)
{
	struct log log;

	log_read(&log, "rsptimes_01_Host_A_ls-l_1.csv",
		 "ls-l-stat, 0.5, 1\nls-l-readdir, 0, 2\nls-l-stat, 0, 3\n");
	assert_int_equal(log.ret, 0);
	assert_int_equal(log.parse.series.count, 2);
	assert_string_equal(log_series(&log, 0)->operation, "ls-l-stat");
	assert_int_equal(log_series(&log, 0)->count, 2);
	assert_int_equal(log_series(&log, 0)->timed->time_ns[0], 500000000);
	assert_string_equal(log_series(&log, 1)->operation, "ls-l-readdir");
	assert_string_equal(log_series(&log, 1)->host, "Host_A");
	assert_int_equal(log_series(&log, 1)->thread, 1);
	log_free(&log);
}

TEST(empty_logs_are_threads_without_samples)
{
	static const char *const bases[] = {
		FIO, SMF, "rsptimes_01_h_delete_renamed_1.csv"
	};
	struct log log;
	size_t i;

	for (i = 0; i < 3; i++) {
		log_read(&log, bases[i], i ? "" : "\xef\xbb\xbf");
		assert_int_equal(log.ret, 0);
		assert_int_equal(log.parse.series.count, 1);
		assert_int_equal(log_series(&log, 0)->count, 0);
		assert_string_equal(log_series(&log, 0)->operation,
				    i < 2 ? "create" : "delete_renamed");
		log_free(&log);
	}
}

#define GOOD "0, 5, 1, 1, 0\n"

TEST(fio_errors)
{
	static const struct log_error_row rows[] = {
		{ "0, 5, 1, 1, 0", INPUT_TRUNCATED, 1, 14, "cut off" },
		{ GOOD "1, 5", INPUT_TRUNCATED, 2, 5, "cut off" },
		{ "\n", INPUT_NOT_A_NUMBER, 1, 1, "found the end of the line" },
		{ GOOD "\n" GOOD, INPUT_NOT_A_NUMBER, 2, 1, "time in ms" },
		{ GOOD "x, 5, 1, 1, 0\n", INPUT_NOT_A_NUMBER, 2, 1, "\"x\"" },
		{ GOOD "1, , 1, 1, 0\n", INPUT_NOT_A_NUMBER, 2, 4, "\",\"" },
		{ GOOD "1, abc, 1, 1, 0\n", INPUT_NOT_A_NUMBER, 2, 4,
		  "expected a latency in ns, found \"abc\"" },
		{ GOOD "1, nan, 1, 1, 0\n", INPUT_NOT_A_NUMBER, 2, 4, "nan" },
		{ GOOD "1, 0x10, 1, 1, 0\n", INPUT_NOT_A_NUMBER, 2, 5, "x10" },
		{ GOOD "1, 5, 1, 0x1, 0\n", INPUT_NOT_A_NUMBER, 2, 10, "hexa" },
		{ GOOD "1, 5, 1, 1, 0x\n", INPUT_NOT_A_NUMBER, 2, 13, "0x" },
		{ GOOD "1, 5, 1, 1; 0\n", INPUT_NOT_A_NUMBER, 2, 11, "\",\"" },
		{ GOOD "1, 5, 1, 1, 0,\n", INPUT_NOT_A_NUMBER, 2, 15, "end" },
		{ GOOD "1, 5\r, 1, 1, 0\n", INPUT_NOT_A_NUMBER, 2, 5, "\\x0d" },
		{ "\x7f"
		  "ELF\x02\x01\n",
		  INPUT_NOT_A_NUMBER, 1, 1, "\"\\x7fELF\\x02\\x01\"" },
		{ "\xff\xfe"
		  "0\n",
		  INPUT_NOT_A_NUMBER, 1, 1, "\\xff\\xfe" },
		{ GOOD "1, -5, 1, 1, 0\n", INPUT_NEGATIVE, 2, 4, "\"-5\"" },
		{ GOOD "1, 9223372036854775808, 1, 1, 0\n", INPUT_OVERFLOW, 2,
		  4, "2^63 - 1" },
		{ GOOD "1, 5, 1, 1, 0x123456789\n", INPUT_OVERFLOW, 2, 13,
		  "2^63" },
		{ "0, 5, 1\n", INPUT_COLUMNS, 1, 7, "found 3" },
		{ GOOD "1, 5, 1, 1\n", INPUT_COLUMNS, 2, 10,
		  "5 columns as in the first line, found 4" },
		{ GOOD "1, 5, 1, 1, 0, 0\n", INPUT_COLUMNS, 2, 16, "found 6" },
		{ "0, 9, 5, 0, 4, 0, 0, 0\n", INPUT_COLUMNS, 1, 22, "found 8" },
		{ "0, 1, 2, 0, 0, 0, 0, 0, 0\n", INPUT_COLUMNS, 1, 23,
		  "found more" },
		{ "0, 5, 3, 1, 0\n", INPUT_DIRECTION, 1, 7, "found 3" },
		{ GOOD "1, 5, 9, 1, 0\n", INPUT_DIRECTION, 2, 7, "found 9" },
	};

	LOG_CHECK_ERRORS(FIO, rows);
}

/*
 * Many lines have the same time. That is so for operations, but also for
 * averages after a stall.
 */
#define MISSED "5475, 4039507, 1, 0, 0\n"

TEST(averaged_logs_are_refused)
{
	static const struct log_error_row rows[] = {
		{ "100, 5244, 1, 0, 0\n200, 5005, 1, 0, 0\n", INPUT_AVERAGED, 1,
		  1, "log_avg_msec" },
		{ "100, 5244, 1, 0, 0\n100, 5, 0, 0, 0\n200, 50, 1, 0, 0\n",
		  INPUT_AVERAGED, 1, 1, "log_avg_msec" },
		{ "100, 5244, 1, 0, 0, 0\n", INPUT_AVERAGED, 1, 1, "averages" },
		/* The last times of both directions were there already. */
		{ "1, 5, 0, 0, 0\n1, 5, 1, 0, 0\n2, 5, 0, 0, 0\n2, 5, 1, 0, "
		  "0\n2, 5, 0, 0, 0\n2, 5, 1, 0, 0\n",
		  INPUT_AVERAGED, 1, 1, "averages" },
		/* The same for each of three jobs in one log. */
		{ "1, 5, 0, 0, 0\n1, 5, 0, 0, 0\n0, 5, 0, 0, 0\n1, 5, 0, 0, "
		  "0\n1, 5, 0, 0, 0\n0, 5, 0, 0, 0\n0, 5, 0, 0, 0\n",
		  INPUT_AVERAGED, 1, 1, "averages" },
		{ "3550, 2471, 1, 0, 0\n" MISSED MISSED MISSED MISSED,
		  INPUT_AVERAGED, 1, 1, "averages" },
		/* average and maximum; with offset; with issue time */
		{ "100, 5244, 9000, 1, 0, 0\n", INPUT_AVERAGED, 1, 1,
		  "window" },
		{ "100, 5244, 9000, 1, 0, 0, 0x0000\n", INPUT_AVERAGED, 1, 1,
		  "window" },
		{ "100, 5244, 9000, 1, 0, 0, 0, 0\n", INPUT_AVERAGED, 1, 1,
		  "window" },
	};

	LOG_CHECK_ERRORS(FIO, rows);
}

#define HIST "create_clat_hist.1.log"
/* 29 bins: log_hist_coarseness=6. */
#define ZEROS_9   "0, 0, 0, 0, 0, 0, 0, 0, 0, "
#define ZEROS_27  ZEROS_9 ZEROS_9 ZEROS_9
#define GOOD_HIST "0, 1, 4096, " ZEROS_27 "0, 7\n"

TEST(hist_errors)
{
	static const struct log_error_row rows[] = {
		{ "0, 1, 4096, 7", INPUT_TRUNCATED, 1, 14, "cut off" },
		{ "\n", INPUT_COLUMNS, 1, 1, "found 1 columns" },
		{ "0, 1, 4096\n", INPUT_COLUMNS, 1, 11, "found 3 columns" },
		{ "0, 1, 4096, " ZEROS_27 "0\n", INPUT_COLUMNS, 1, 95,
		  "found 31 columns" },
		{ GOOD_HIST "0, 1, 4096, " ZEROS_27 ZEROS_27 "0, 0, 0, 0\n",
		  INPUT_COLUMNS, 2, 185, "29 bins as in the first line" },
		{ GOOD_HIST "x, 1, 4096, " ZEROS_27 "0, 0\n",
		  INPUT_NOT_A_NUMBER, 2, 1, "time in ms, found \"x\"" },
		{ GOOD_HIST "0, 3, 4096, " ZEROS_27 "0, 0\n", INPUT_DIRECTION,
		  2, 4, "found 3" },
		{ GOOD_HIST "0, 1, 4096, " ZEROS_27 "0, -1\n", INPUT_NEGATIVE,
		  2, 97, "a count" },
		{ GOOD_HIST "0, 1, 4096, " ZEROS_27 "0; 0, 0\n",
		  INPUT_NOT_A_NUMBER, 2, 95, "\"; 0\"" },
		{ GOOD_HIST "0, 1, 4096, " ZEROS_27 "0, 9223372036854775808\n",
		  INPUT_OVERFLOW, 2, 97, "2^63 - 1" },
		{ "0, 1, 4096, " ZEROS_27 "1, 9223372036854775807\n",
		  INPUT_OVERFLOW, 1, 97, "samples" },
		{ GOOD_HIST "0, 1, 4096, " ZEROS_27 "0, 9223372036854775807\n",
		  INPUT_OVERFLOW, 2, 1, "samples" },
	};

	LOG_CHECK_ERRORS(HIST, rows);
}

#define GOOD_SMF "create, 0.5, 1.5\n"

TEST(rsptimes_errors)
{
	static const struct log_error_row rows[] = {
		{ "create, 0.5, 1.5", INPUT_TRUNCATED, 1, 17, "cut off" },
		{ "\n", INPUT_OPERATION, 1, 1, "found the end of the line" },
		{ GOOD_SMF " , 1, 2\n", INPUT_OPERATION, 2, 2, "operation" },
		{ GOOD_SMF "cre\001te, 1, 2\n", INPUT_OPERATION, 2, 1,
		  "cre\\x01te" },
		{ GOOD_SMF
		  "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeff"
		  "ffffffffgggg, 1, 2\n",
		  INPUT_OPERATION, 2, 1, "aaaaaaaaaabbbbbbbbbbcccc...\"" },
		{ GOOD_SMF "create\n", INPUT_COLUMNS, 2, 7, "after the oper" },
		{ GOOD_SMF "create 1, 2\n", INPUT_NOT_A_NUMBER, 2, 8, "\"1\"" },
		{ GOOD_SMF "create, 1\n", INPUT_COLUMNS, 2, 10, "start time" },
		{ GOOD_SMF "create, 1, 2, 3\n", INPUT_COLUMNS, 2, 13,
		  "end of the line" },
		{ GOOD_SMF "create, x, 2\n", INPUT_NOT_A_NUMBER, 2, 9,
		  "expected a start time in seconds, found \"x\"" },
		{ GOOD_SMF "create, 1, nan\n", INPUT_NOT_A_NUMBER, 2, 12,
		  "nan" },
		{ GOOD_SMF "create, 1, inf\n", INPUT_NOT_A_NUMBER, 2, 12,
		  "inf" },
		{ GOOD_SMF "create, 1, \n", INPUT_NOT_A_NUMBER, 2, 12, "end" },
		{ GOOD_SMF "create, 1, 2.\n", INPUT_NOT_A_NUMBER, 2, 12, "2." },
		{ GOOD_SMF "create, 1, 1e-3\n", INPUT_COLUMNS, 2, 13, "e-3" },
		{ GOOD_SMF "create, 1, -0.1\n", INPUT_NEGATIVE, 2, 12,
		  "clock" },
		{ GOOD_SMF "create, 1, 9223372036.854775808\n", INPUT_OVERFLOW,
		  2, 12, "2^63" },
		{ GOOD_SMF "create, 99999999999, 1\n", INPUT_OVERFLOW, 2, 9,
		  "start time" },
	};

	LOG_CHECK_ERRORS(SMF, rows);
}

TEST(too_many_operations)
{
	char text[4096] = "";
	struct log log;
	int i;

	for (i = 0; i <= SERIES_PER_LOG_MAX; i++)
		sprintf(text + strlen(text), "op%d, 1, 1\n", i);
	log_read(&log, SMF, text);
	assert_int_equal(log.ret, -EINVAL);
	assert_int_equal(log.error.code, INPUT_TOO_MANY);
	assert_int_equal(log.error.line, SERIES_PER_LOG_MAX + 1);
	log_free(&log);
}

TEST(long_lines_and_zeros)
{
	static char data[3 * READER_LINE_MAX];
	struct log log;

	memset(data, '1', sizeof(data));
	log_read_bytes(&log, FIO, data, sizeof(data));
	assert_int_equal(log.error.code, INPUT_LINE_TOO_LONG);
	assert_int_equal(log.error.line, 1);
	log_free(&log);
	memcpy(data, GOOD, strlen(GOOD));
	data[sizeof(data) - 1] = '\n';
	log_read_bytes(&log, FIO, data, sizeof(data));
	assert_int_equal(log.error.code, INPUT_LINE_TOO_LONG);
	assert_int_equal(log.error.line, 2);
	assert_int_equal(log.error.column, 1);
	log_free(&log);
	memset(data, 0, sizeof(data));
	data[5] = '\n';
	log_read_bytes(&log, FIO, data, 6);
	assert_int_equal(log.error.code, INPUT_NOT_A_NUMBER);
	log_free(&log);
	log_read_bytes(&log, SMF, data, 6);
	assert_int_equal(log.error.code, INPUT_OPERATION);
	log_free(&log);
}
