// SPDX-License-Identifier: GPL-2.0-only
#include "test.h"

#define TESTS_MAX 1024

/*
 * The tests of all subjects, as their files list them. A row without a name has
 * the fixture of its file.
 */
static struct listed {
	const char *file;
	struct CMUnitTest test;
} listed[TESTS_MAX];
static size_t listed_count;

char **test_arguments;

/* The texts that printed() made. */
static char **texts;
static size_t text_count;

static char *keep(char *text)
{
	/* There is room for a power of two: more is needed where that is full.
	 */
	if (!(text_count & (text_count - 1)))
		texts = realloc(texts, (2 * text_count + 1) * sizeof(*texts));
	assert_non_null(texts);
	texts[text_count++] = text;
	return text;
}

char *printed(const char *format, ...)
{
	char *text;
	va_list ap;

	va_start(ap, format);
	assert_true(vasprintf(&text, format, ap) >= 0);
	va_end(ap);
	return keep(text);
}

void write_file(const char *path, const void *data, size_t length)
{
	FILE *file = fopen(path, "w");

	if (!file)
		fail_msg("cannot make %s", path);
	assert_int_equal(fwrite(data, 1, length, file), length);
	assert_ok(fclose(file));
}

char *contents_of(const char *path)
{
	FILE *file = fopen(path, "r");
	char *text = NULL;
	size_t room = 0;

	if (!file)
		fail_msg("cannot open %s", path);
	if (getdelim(&text, &room, 0, file) < 0) {
		free(text);
		text = strdup("");
	}
	fclose(file);
	return keep(text);
}

static void free_texts(void)
{
	while (text_count)
		free(texts[--text_count]);
	free(texts);
}

int test_enter_directory(void **state)
{
	*state = strdup("/tmp/smallfio-test.XXXXXX");
	return !mkdtemp(*state) || chdir(*state);
}

int test_leave_directory(void **state)
{
	int ret = chdir("/") || rmdir(*state);

	free(*state);
	return ret;
}

void test_in_range(int64_t value, int64_t low, int64_t high, const char *file,
		   int line)
{
	if (value >= low && value <= high)
		return;
	print_error("%lld is not from %lld to %lld\n", (long long)value,
		    (long long)low, (long long)high);
	_fail(file, line);
}

void test_says(const char *text, const char *words, const char *file, int line)
{
	if (strstr(text, words))
		return;
	print_error("\"%s\" does not say \"%s\"\n", text, words);
	_fail(file, line);
}

void test_add(const char *file, const char *name, CMUnitTestFunction run,
	      CMFixtureFunction setup, CMFixtureFunction teardown)
{
	if (listed_count == TESTS_MAX)
		abort();
	listed[listed_count++] =
		(struct listed){ file, { name, run, setup, teardown, NULL } };
}

/* Whether `file` is .../test_SUBJECT.c. */
static bool is_of(const char *file, const char *subject)
{
	const char *base = strrchr(file, '/');
	size_t length = strlen(subject);

	base = base ? base + 1 : file;
	return !strncmp(base, "test_", 5) &&
	       !strncmp(base + 5, subject, length) &&
	       !strcmp(base + 5 + length, ".c");
}

int main(int argc, char **argv)
{
	static struct CMUnitTest tests[TESTS_MAX];
	struct CMUnitTest fixture = { 0 };
	const char *subject = argc > 1 ? argv[1] : "";
	size_t count = 0;
	int failed;

	for (size_t i = 0; i < listed_count; i++) {
		if (!is_of(listed[i].file, subject))
			continue;
		if (listed[i].test.name)
			tests[count++] = listed[i].test;
		else
			fixture = listed[i].test;
	}
	if (!count) {
		fprintf(stderr, "%s SUBJECT: no test_%s.c is in it\n", argv[0],
			subject);
		return 2;
	}
	test_arguments = argv + 2;
	failed = _cmocka_run_group_tests(subject, tests, count,
					 fixture.setup_func,
					 fixture.teardown_func);
	free_texts();
	return failed;
}
