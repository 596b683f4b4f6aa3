// SPDX-License-Identifier: GPL-2.0-only
/*
 * JSON objects are found among other text. It does not matter in which pieces
 * the text arrives.
 */
#include "test.h"
#include "fio/json_find.h"

/* A text that arrives in pieces of `step` bytes. */
struct pieces {
	const char *text;
	size_t step;
};

static long read_piece(void *context, char *buffer, size_t size)
{
	struct pieces *pieces = context;
	size_t n = strnlen(pieces->text, pieces->step);

	assert_true(n <= size);
	memcpy(buffer, pieces->text, n);
	pieces->text += n;
	return (long)n;
}

/* What came out of a text. */
struct outcome {
	size_t objects, lines;
	uint64_t object_line; /* of the last object */
	enum input_code code;
	bool in_list;
};

static int count_line(void *context, const char *line, size_t length)
{
	size_t *lines = context;

	assert_null(memchr(line, '\n', length));
	++*lines;
	return 0;
}

static struct outcome read_text(const char *text, size_t step)
{
	struct pieces pieces = { text, step };
	struct input_error error = { 0 };
	struct outcome out = { 0 };
	struct json_in json = { .source = { read_piece, &pieces },
				.error = &error };
	struct json_find find = { .json = &json,
				  .line = count_line,
				  .context = &out.lines };
	struct json_value value = { 0 };

	while (json_find_object(&find) > 0 && !json_in_value(&json, &value)) {
		assert_int_equal(value.kind, JSON_IN_OBJECT);
		out.objects++;
		out.object_line = find.object_line;
		out.in_list |= find.in_list;
	}
	out.code = error.code;
	free(json.buffer);
	return out;
}

static const struct row {
	const char *text;
	size_t objects;
	uint64_t line; /* in which the last one begins */
	size_t lines;  /* of other text, with an end */
} rows[] = {
	{ "", 0, 0, 0 },
	{ "x{}\n", 0, 0, 1 },
	{ "note { \"a\" : 1 }\nx = {\n}\n", 0, 0, 3 },
	{ " {}\n", 1, 1, 1 },
	{ "\n\t{}", 1, 2, 1 },
	{ "\x1b[2K\x1b[0m{}\x1b[0m\n", 1, 1, 1 },
	{ "\x1b]0;title\a{}", 1, 1, 0 },
	{ "\x1b]0;title\x1b[0m{}", 1, 1, 0 },
	{ "Jobs: 1 (f=1)\r{}", 1, 1, 0 },
	{ "\xef\xbb\xbf{}", 1, 1, 0 },
	{ "[{}]\n", 1, 1, 1 },
	{ "[\n  {},\n  {}\n]\n", 2, 3, 4 },
	{ "{}{}\n{}", 3, 2, 1 },
	{ "x {\"fio version\":1}", 1, 1, 0 },
	{ "x\ny: {\n \"fio version\" : {}}\n{}", 2, 4, 2 },
	{ "x {\n{}", 1, 2, 1 },
	{ "x {{\"fio version\":1}", 1, 1, 0 },
	{ "{\"a\" : \"}\\\"]\", \"b\" : [ { }, -1.5e+3, true, null ]}", 1, 1,
	  0 },
};

TEST(where_objects_begin)
{
	for_each_in (row, rows)
		for (size_t step = 1; step < strlen(row->text) + 2; step++) {
			struct outcome out = read_text(row->text, step);

			if (out.objects != row->objects ||
			    out.object_line != row->line ||
			    out.lines != row->lines || out.code != INPUT_OK)
				fail_msg("%zu objects, the last in line %llu, "
					 "%zu lines, of %s",
					 out.objects,
					 (unsigned long long)out.object_line,
					 out.lines, row->text);
		}
}

TEST(in_a_list)
{
	assert_true(read_text("[{}]\n", 9).in_list);
	assert_true(read_text("[\n{},\n{}]", 9).in_list);
	assert_false(read_text("[]{}", 9).in_list);
	assert_false(read_text("[x\n{}", 9).in_list);
}

/* Long lines are no notes, and objects are found after them. */
TEST(long_lines)
{
	char text[3 * JSON_FIND_LINE_MAX] = "";
	size_t n;

	for (n = 0; n < 2 * JSON_FIND_LINE_MAX; n++)
		text[n] = "x["[n % 2];
	strcpy(text + n, "\n{}");
	assert_ok(read_text(text, 1000).lines);
	assert_int_equal(read_text(text, 1000).objects, 1);
	assert_int_equal(read_text(text, 1000).object_line, 2);
}

TEST(what_is_no_json)
{
	static const char *const bad[] = {
		"{x}",        "{\"a\"}",        "{\"a\" 1}",  "{\"a\":}",
		"{\"a\":1,}", "{\"a\":01}",     "{\"a\":-}",  "{\"a\":1.}",
		"{\"a\":1e}", "{\"a\":tru}",    "{\"a\":[1}", "{\"a\":[1,]}",
		"{\"a\":\n]", "{\"a\":\"\n\"}", "{,}",
	};
	static const char *const cut_off[] = {
		"{",          "{ \"jobs\" : [ {", "{ \"jobs\" : [ {} ]",
		"{ \"x}",     "{ \"x\\\"}",       "{\"a\":1",
		"{\"a\":\"\\"
	};

	for_each_in (row, bad)
		for (size_t step = 1; step < 9; step += 7)
			assert_int_equal(read_text(*row, step).code,
					 INPUT_JSON);
	for_each_in (row, cut_off)
		for (size_t step = 1; step < 9; step += 7)
			assert_int_equal(read_text(*row, step).code,
					 INPUT_TRUNCATED);
}

TEST(nesting_has_a_limit)
{
	char text[3 * JSON_IN_DEPTH_MAX] = "{\"a\":";
	size_t n = strlen(text);

	memset(text + n, '[', JSON_IN_DEPTH_MAX - 1);
	assert_int_equal(read_text(text, sizeof(text)).code, INPUT_TRUNCATED);
	strcat(text, "[");
	assert_int_equal(read_text(text, sizeof(text)).code, INPUT_JSON);
}
