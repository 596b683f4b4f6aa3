/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What all tests in C share. A file test_SUBJECT.c has the tests of one
 * subject, a program those of many: `PROGRAM SUBJECT` runs the tests of one.
 */
#ifndef TEST_H
#define TEST_H

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

/*
 * A test: TEST(name) { ... }. It puts itself on the list that main() runs, so
 * no test can be forgotten there.
 */
#define TEST(name)                                                             \
	static void name(void);                                                \
	static void name##_run(void **state)                                   \
	{                                                                      \
		name();                                                        \
	}                                                                      \
	TEST_ADD(name, NULL, NULL)                                             \
	static void name(void)

/*
 * A test with a fixture: cmocka's `setup` makes it and `teardown` frees it. The
 * test is given what `setup` left in *state, as the parameter `fixture`.
 */
#define TEST_WITH(name, fixture, setup, teardown)                              \
	static void name(fixture);                                             \
	static void name##_run(void **state)                                   \
	{                                                                      \
		name(*state);                                                  \
	}                                                                      \
	TEST_ADD(name, setup, teardown)                                        \
	static void name(fixture)

/* What runs before the first and after the last test of this file. */
#define TEST_FILE_FIXTURE(setup, teardown)                                     \
	__attribute__((constructor)) static void test_file_add(void)           \
	{                                                                      \
		test_add(__FILE__, NULL, NULL, setup, teardown);               \
	}

#define TEST_ADD(name, setup, teardown)                                        \
	__attribute__((constructor)) static void name##_add(void)              \
	{                                                                      \
		test_add(__FILE__, #name, name##_run, setup, teardown);        \
	}

void test_add(const char *file, const char *name, CMUnitTestFunction run,
	      CMFixtureFunction setup, CMFixtureFunction teardown);

/*
 * For TEST_FILE_FIXTURE(): makes a new directory and enters it; leaves it and
 * removes it, which fails if a test has left a file there.
 */
int test_enter_directory(void **state);
int test_leave_directory(void **state);

/* The arguments of the program that follow the subject, up to a NULL. */
extern char **test_arguments;

/* The call returns 0. */
#define assert_ok(call) assert_int_equal(call, 0)

/* The text contains the words. If not, the failure shows both. */
#define assert_says(text, words) test_says(text, words, __FILE__, __LINE__)
void test_says(const char *text, const char *words, const char *file, int line);

/* cmocka 2 has this twice, by sign, and warns of the one of cmocka 1. */
#undef assert_in_range
#define assert_in_range(value, low, high)                                      \
	test_in_range(value, low, high, __FILE__, __LINE__)
void test_in_range(int64_t value, int64_t low, int64_t high, const char *file,
		   int line);

/* Each row of an array: for_each_in (row, table) { row->member ... } */
#define for_each_in(row, table)                                                \
	for (typeof(&(table)[0]) row = (table);                                \
	     row < (table) + sizeof(table) / sizeof(*(table)); row++)

/* Works like sprintf(). The text stays until the program ends. */
char *printed(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Makes a file of `length` bytes, in place of one that is there. */
void write_file(const char *path, const void *data, size_t length);

/* The text in a file, up to its end or a zero. It stays as long. */
char *contents_of(const char *path);

#endif
