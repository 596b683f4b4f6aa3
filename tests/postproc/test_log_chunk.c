// SPDX-License-Identifier: GPL-2.0-only
/*
 * Logs that several threads read in chunks. Wherever a log is divided, the
 * samples, the errors and their lines are those of the whole log. Also tests
 * logs that change while they are read.
 */
#include "brute_force.h"
#include "test.h"
#include "input/log_chunk.h"

TEST_FILE_FIXTURE(test_enter_directory, test_leave_directory)

static char log_path[] = "piece_clat.1.log";

static struct input make_input(const struct reader *reader)
{
	struct input input = { .path = log_path, .reader = reader };

	log_name_default("x", reader->first_kind, &input.name);
	assert_ok(stat(log_path, &input.stat));
	return input;
}

static struct parse make_parse(const struct input *input,
			       struct input_error *error)
{
	return (struct parse){ .reader = input->reader,
			       .path = input->path,
			       .name = input->name,
			       .series.keep_times = true,
			       .error = error };
}

/* Returns a text with the error of a log, or with all its samples. */
static char *describe(const struct parse *parse, int ret)
{
	char *text;
	size_t size, i, j, k;
	FILE *out = open_memstream(&text, &size);

	if (ret)
		fprintf(out, "code %d, %llu:%u: %s", parse->error->code,
			(unsigned long long)parse->error->line,
			parse->error->column, parse->error->message);
	for (i = 0; !ret && i < parse->series.count; i++) {
		const struct series *series = parse->series.series[i];

		fprintf(out, "%s %d %llu:", series->operation,
			series->direction, (unsigned long long)series->count);
		for (j = 0; j < series->timed_count; j++) {
			const struct timed_samples *timed = &series->timed[j];

			for (k = 0; k < timed->count; k++)
				fprintf(out, " %lld/%llu",
					(long long)timed->time_ns[k],
					(unsigned long long)
						timed->latency_ns[k]);
		}
		for (j = 0; j < series->timed_bins_count; j++)
			fprintf(out, " %llu",
				(unsigned long long)series->timed_bins[j]
					.bins.samples);
		fputc('\n', out);
	}
	fclose(out);
	return text;
}

/* Reads the file as load() does, but divided at the places in `cut`. */
static char *read_divided(const struct input *input, const uint64_t *cut,
			  size_t chunks)
{
	struct input_error error = { 0 };
	struct parse whole = make_parse(input, &error);
	struct parse first = make_parse(input, &error);
	struct log_chunk line = { .input = input, .end = 1 };
	char *text;
	size_t i;
	int ret = log_chunk_read(&line, &first, NULL);

	if (ret)
		chunks = 1;
	ret = 0;
	error = (struct input_error){ 0 };
	for (i = 0; i < chunks && !ret; i++) {
		struct log_chunk chunk = { input, cut[i], cut[i + 1] };
		struct input_error own = { 0 };
		struct parse parse = make_parse(input, &own);

		if (chunks == 1)
			chunk.end = inputs_size(input);
		if (i)
			reader_continue(&parse, &first);
		parse.error = &own;
		ret = log_chunk_read(&chunk, &parse, NULL);
		ret = parse_merge(&whole, &parse, ret);
		series_list_free(&parse.series);
	}
	if (!ret)
		ret = parse_finish(&whole);
	text = describe(&whole, ret);
	series_list_free(&whole.series);
	series_list_free(&first.series);
	return text;
}

static void check_all_divisions(const struct reader *reader, const char *log,
				size_t size)
{
	const uint64_t undivided[] = { 0, size };
	struct input input;
	char *want, *got;
	size_t i;

	write_file(log_path, log, size);
	input = make_input(reader);
	want = read_divided(&input, undivided, 1);
	for (i = 1; i < size; i++) {
		uint64_t a = i, b = i + random64() % (size - i) + 1;
		const uint64_t cut[] = { 0, a, b < size ? b : size, size };

		got = read_divided(&input, cut, b < size ? 3 : 2);
		if (strcmp(got, want) != 0)
			fail_msg("cut at %llu, %llu: %s\nundivided: %s",
				 (unsigned long long)a, (unsigned long long)b,
				 got, want);
		free(got);
	}
	free(want);
	unlink(log_path);
}

TEST(divisions_change_nothing)
{
	static const struct {
		const struct reader *reader;
		const char *log;
	} rows[] = {
		{ &reader_fio, "0, 15, 1, 1, 0\n1, 7, 0, 1, 0\n"
			       "2, 123456789, 1, 1, 0\n3, 4, 1, 1, 0\n" },
		{ &reader_fio, "\357\273\2770, 15, 1, 1, 0x0000\r\n"
			       "1, 7, 0, 1, 0x0001\r\n2, 9, 1, 1, 0x0004\r\n" },
		{ &reader_fio, "0, 1, 1, 1, 0\n1, 2, 1, 1, 0\nx, 3, 1, 1, 0\n"
			       "1, y, 1, 1, 0\n" },
		{ &reader_fio, "0, 1, 1, 1, 0\n1, 2, 1, 1, 0\n1, 3, 1, 1" },
		{ &reader_fio, "0, 1, 1, 1, 0\n\n1, 3, 1, 1, 0\n" },
		{ &reader_fio, "bad\n0, 1, 1, 1, 0\n" },
		{ &reader_rsptimes, "  create,  0.000001,  1.500000\n"
				    "  create,  0.000002, 10.500000\n"
				    "rename, -1, 0.5\n  create, 1.5, 2.25\n"
				    "  create, 1.5, 2.25, 3\n" },
	};

	for_each_in (row, rows)
		check_all_divisions(row->reader, row->log, strlen(row->log));
}

TEST(too_many_operations_across_pieces)
{
	char log[4096] = "";
	int i;

	for (i = 0; i < SERIES_PER_LOG_MAX + 5; i++)
		sprintf(log + strlen(log), "op%d, 1, 1\n", i);
	check_all_divisions(&reader_rsptimes, log, strlen(log));
}

static char *long_log(size_t lines, size_t *size)
{
	char *text;
	FILE *out = open_memstream(&text, size);
	size_t i;

	for (i = 0; i < lines; i++)
		fprintf(out, "%zu, %llu, %d, 4096, 0\n", i / 10,
			(unsigned long long)(random64() % 100000000),
			random64() % 100 == 0);
	fclose(out);
	return text;
}

/* Each chunk is longer than several buffers. */
TEST(large_pieces)
{
	size_t size, i;
	char *log = long_log(60000, &size), *want, *got;
	const uint64_t undivided[] = { 0, size };
	struct input input;

	write_file(log_path, log, size);
	input = make_input(&reader_fio);
	want = read_divided(&input, undivided, 1);
	for (i = 0; i < 10; i++) {
		uint64_t a = 1 + random64() % (size - 2);
		const uint64_t cut[] = { 0, a, a + 1 + random64() % (size - a),
					 size };

		got = read_divided(&input, cut, 3);
		assert_string_equal(got, want);
		free(got);
	}
	free(want);
	free(log);
	unlink(log_path);
}

TEST(a_long_line_in_any_piece)
{
	static char log[6 * READER_LINE_MAX];
	const uint64_t cut[] = { 0, READER_LINE_MAX / 2, 2 * READER_LINE_MAX,
				 sizeof(log) };
	struct input input;
	char *text;

	memset(log, '1', sizeof(log));
	memcpy(log, "0, 1, 1, 1, 0\n", 14);
	log[sizeof(log) - 1] = '\n';
	write_file(log_path, log, sizeof(log));
	input = make_input(&reader_fio);
	text = read_divided(&input, cut, 3);
	assert_says(text, "2:1: expected a line of at most 4096");
	free(text);
	unlink(log_path);
}

static void expect_changed(size_t before, size_t after)
{
	size_t size;
	char *log = long_log(1000, &size);
	struct input_error error = { 0 };
	struct input input;
	struct parse parse;
	struct log_chunk chunk = { .input = &input };
	int ret;

	write_file(log_path, log, size - before);
	input = make_input(&reader_fio);
	chunk.end = inputs_size(&input);
	write_file(log_path, log, size - after);
	parse = make_parse(&input, &error);
	ret = log_chunk_read(&chunk, &parse, NULL);
	if (!ret)
		ret = log_chunk_check_file(&input, &error);
	assert_int_equal(ret, -EINVAL);
	assert_int_equal(error.code, INPUT_CHANGED);
	assert_says(error.message, "changes while it is read");
	series_list_free(&parse.series);
	free(log);
	unlink(log_path);
}

TEST(logs_that_change_while_they_are_read)
{
	struct input_error error = { 0 };
	struct input input;

	expect_changed(0, 5000); /* shrinks */
	expect_changed(0, 1);
	write_file(log_path, "0, 1, 1, 1, 0\n", 14);
	input = make_input(&reader_fio);
	assert_ok(log_chunk_check_file(&input, &error));
	write_file(log_path, "0, 1, 1, 1, 0\n1, 1, 1, 1, 0\n", 28); /* grows */
	assert_int_equal(log_chunk_check_file(&input, &error), -EINVAL);
	assert_int_equal(error.code, INPUT_CHANGED);
	unlink(log_path);
	error = (struct input_error){ 0 };
	assert_int_equal(log_chunk_check_file(&input, &error), -EINVAL);
	assert_int_equal(error.code, INPUT_UNREADABLE);
}
