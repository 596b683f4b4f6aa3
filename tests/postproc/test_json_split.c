// SPDX-License-Identifier: GPL-2.0-only
/*
 * Taking JSON apart: what is cut out, what is left, and that it does not
 * matter in which pieces the text arrives.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmocka_all.h"
#include "fio/json_split.h"

#define ELEMENTS_MAX 16
#define LINES_MAX    16

/* What came out of a text: of all its objects. */
struct outcome {
	char skeleton[4096];
	char element[ELEMENTS_MAX][256];
	uint64_t line[ELEMENTS_MAX];
	size_t elements, objects;
	/* Of the last object: */
	uint64_t object_line;
	uint64_t skeleton_line[LINES_MAX]; /* [1]: of its first line's end */
	bool in_object;
	long ret;
};

static void keep(struct outcome *out, const struct json_elements *elements)
{
	size_t i;

	for (i = 0; i < elements->count; i++) {
		const struct json_element *e = &elements->element[i];

		assert_true(out->elements < ELEMENTS_MAX);
		snprintf(out->element[out->elements], sizeof(out->element[0]),
			 "%.*s", (int)e->size, elements->text.data + e->offset);
		out->line[out->elements++] = e->line;
	}
}

/* Where each line of the skeleton was. */
static void keep_lines(struct outcome *out, const struct json_split *s)
{
	int line = 1, i;

	memset(out->skeleton_line, 0, sizeof(out->skeleton_line));
	for (i = 0; i < (int)s->skeleton.size; i++) {
		assert_true(line < LINES_MAX);
		out->skeleton_line[line] = json_split_line(s, line, i + 1);
		line += s->skeleton.data[i] == '\n';
	}
}

static void object_ended(struct outcome *out, struct json_split *s)
{
	keep_lines(out, s);
	keep(out, &s->elements);
	snprintf(out->skeleton + strlen(out->skeleton),
		 sizeof(out->skeleton) - strlen(out->skeleton), "%.*s",
		 (int)s->skeleton.size, s->skeleton.data);
	out->object_line = s->object_line;
	out->objects++;
	json_split_next(s);
}

/* Feeds `text` in pieces of `step`; forgets elements as soon as they end. */
static void split(struct outcome *out, const char *text, size_t step)
{
	struct json_elements taken = { 0 };
	struct json_split s = { 0 };
	size_t at = 0, size = strlen(text);

	memset(out, 0, sizeof(*out));
	while (at < size) {
		size_t n = size - at < step ? size - at : step;
		/* A copy, so that sanitizers see overruns. */
		char *piece = malloc(n);
		bool ends;

		memcpy(piece, text + at, n);
		out->ret = json_split_feed(&s, piece, n, &ends);
		free(piece);
		if (out->ret < 0)
			break;
		at += (size_t)out->ret;
		if (ends) {
			object_ended(out, &s);
		} else {
			assert_int_equal(json_split_take(&s, &taken), 0);
			keep(out, &taken);
		}
	}
	out->in_object = s.in_object;
	json_elements_free(&taken);
	json_split_free(&s);
}

static const char sample[] = "fio: a warning { here\n"
			     "{\n"
			     " \"jobs\" : [\n"
			     "  {\n"
			     "   \"jobname\" : \"a } \\\" ] {\"\n"
			     "  },\n"
			     "  { \"b\" : [ { } ] }\n"
			     " ],\n"
			     " \"other\" : [ { \"x\" : 1 } ],\n"
			     " \"client_stats\" : [ {} ]\n"
			     "} trailing\n";

static void cuts_elements_out(void **state)
{
	struct outcome out;

	split(&out, sample, sizeof(sample));
	assert_int_equal(out.objects, 1);
	assert_int_equal(out.object_line, 2);
	assert_int_equal(out.elements, 3);
	assert_string_equal(out.element[0],
			    "{\n   \"jobname\" : \"a } \\\" ] {\"\n  }");
	assert_string_equal(out.element[1], "{ \"b\" : [ { } ] }");
	assert_string_equal(out.element[2], "{}");
	assert_int_equal(out.line[0], 4);
	assert_int_equal(out.line[1], 7);
	assert_int_equal(out.line[2], 10);
	/* A number in place of each element. */
	assert_string_equal(out.skeleton, "{\n"
					  " \"jobs\" : [\n"
					  "  0,\n"
					  "  0\n"
					  " ],\n"
					  " \"other\" : [ { \"x\" : 1 } ],\n"
					  " \"client_stats\" : [ 0 ]\n"
					  "}");
}

/* An error in the skeleton is one in the whole text. */
static void lines_of_the_skeleton(void **state)
{
	static const uint64_t want[] = { 0, 2, 3, 6, 7, 8, 9, 10, 11 };
	struct outcome out;
	size_t i;

	split(&out, sample, sizeof(sample));
	for (i = 1; i < sizeof(want) / sizeof(*want); i++)
		assert_int_equal(out.skeleton_line[i], want[i]);
	split(&out, "{\n\"jobs\":[{\n\n},{\n}\n,{}],\n}", 5);
	assert_int_equal(out.skeleton_line[2], 5);
	assert_int_equal(out.skeleton_line[3], 6);
	assert_int_equal(out.skeleton_line[4], 7);
}

static void pieces_change_nothing(void **state)
{
	struct outcome whole, pieces;
	size_t step;

	split(&whole, sample, sizeof(sample));
	for (step = 1; step < sizeof(sample); step++) {
		split(&pieces, sample, step);
		assert_int_equal(pieces.elements, whole.elements);
		assert_string_equal(pieces.skeleton, whole.skeleton);
		assert_memory_equal(pieces.element, whole.element,
				    sizeof(whole.element));
		assert_memory_equal(pieces.line, whole.line,
				    sizeof(whole.line));
		assert_memory_equal(pieces.skeleton_line, whole.skeleton_line,
				    sizeof(whole.skeleton_line));
	}
}

static void several_objects(void **state)
{
	struct outcome out;

	split(&out, "{ \"jobs\":[{}] }\nnote {\n{\"jobs\":[{},{}]}\n", 3);
	assert_int_equal(out.objects, 2);
	assert_int_equal(out.elements, 3);
	assert_int_equal(out.object_line, 3);
	assert_int_equal(out.line[2], 3);
}

/* In pieces of any size the same objects, of which the last is in `line`. */
static void check_objects(const char *text, size_t objects, uint64_t line)
{
	struct outcome out;
	size_t step;

	for (step = 1; step <= strlen(text) + 1; step++) {
		split(&out, text, step);
		if (out.objects != objects || out.in_object ||
		    (objects && out.object_line != line))
			fail_msg("%zu objects, the last in line %llu, of %s",
				 out.objects,
				 (unsigned long long)out.object_line, text);
	}
}

/* Text around it changes nothing; a '{' among words is none. */
static void where_objects_begin(void **state)
{
	check_objects("", 0, 0);
	check_objects("x{}\n", 0, 0);
	check_objects("note { \"a\" : 1 }\nx = {\n}\n", 0, 0);
	check_objects(" {}\n", 1, 1);
	check_objects("\n\t{}", 1, 2);
	check_objects("\x1b[2K\x1b[0m{}\x1b[0m\n", 1, 1);
	check_objects("\x1b]0;title\a{}", 1, 1);
	check_objects("Jobs: 1 (f=1)\r{}", 1, 1);
	check_objects("\xef\xbb\xbf{}", 1, 1);
	check_objects("[{}]\n", 1, 1);
	check_objects("[\n  {},\n  {}\n]\n", 2, 3);
	check_objects("{}{}\n{}", 3, 2);
	check_objects("x {\"fio version\":1}", 1, 1);
	check_objects("x\ny: {\n \"fio version\" : {}}\n{}", 2, 4);
	check_objects("x {\n{}", 1, 2);
	check_objects("x {{\"fio version\":1}", 1, 1);
}

static void unfinished_object(void **state)
{
	static const char *const texts[] = { "{", "{ \"jobs\" : [ {",
					     "{ \"jobs\" : [ {} ]", "{ \"x}",
					     "{ \"x\\\"}" };
	struct outcome out;
	size_t i;

	for (i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		split(&out, texts[i], 2);
		assert_int_equal(out.objects, 0);
		assert_true(out.in_object);
	}
}

static void nesting_has_a_limit(void **state)
{
	char text[2 * JSON_DEPTH_MAX + 4] = "{\n";
	struct outcome out;
	int i;

	for (i = 1; i < JSON_DEPTH_MAX; i++)
		strcat(text, "[");
	split(&out, text, sizeof(text));
	assert_true(out.ret > 0);
	strcat(text, "[");
	split(&out, text, sizeof(text));
	assert_int_equal(out.ret, -E2BIG);
}

/* Only the keys of the object itself count, and only whole ones. */
static void keys_elsewhere_mean_nothing(void **state)
{
	struct outcome out;

	split(&out, "{\"a\":{\"jobs\":[{}]}, \"jobs2\":[{}], \"job\":[{}]}", 9);
	assert_int_equal(out.objects, 1);
	assert_int_equal(out.elements, 0);
	split(&out, "{\"client_stats_and_more\":[{}],\"jobs\":{\"a\":{}}}", 9);
	assert_int_equal(out.elements, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cuts_elements_out),
		cmocka_unit_test(lines_of_the_skeleton),
		cmocka_unit_test(pieces_change_nothing),
		cmocka_unit_test(several_objects),
		cmocka_unit_test(where_objects_begin),
		cmocka_unit_test(unfinished_object),
		cmocka_unit_test(nesting_has_a_limit),
		cmocka_unit_test(keys_elsewhere_mean_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
