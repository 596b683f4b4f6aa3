// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lets memory run out in each allocation of `smallfio stats`. Either smallfio
 * says so, exits with 3 and leaves no half of an output, or it can do without
 * that memory. It does not crash, and sanitizers find no leak.
 *
 *	test_postproc_no_memory SOURCE_ROOT
 *
 * The linker leads our calls of malloc() and its kind here (meson.build). Calls
 * of libraries are left alone, because jansson reports some failures as bad
 * JSON.
 */
#include <fcntl.h>
#include <stdatomic.h>
#include <sys/stat.h>

#include "test.h"
#include "cli/command.h"

TEST_FILE_FIXTURE(test_enter_directory, test_leave_directory)

/* If there are more allocations, only so many of them fail, evenly spread. */
#define FAILURES_MAX 80

static atomic_long allocations;
static atomic_long fails_at = -1; /* counted from 0; -1: none */

static bool fails(void)
{
	return atomic_fetch_add(&allocations, 1) == atomic_load(&fails_at);
}

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *old, size_t size);
void *__real_reallocarray(void *old, size_t n, size_t size);
char *__real_strdup(const char *s);

void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *old, size_t size);
void *__wrap_reallocarray(void *old, size_t n, size_t size);
char *__wrap_strdup(const char *s);

void *__wrap_malloc(size_t size)
{
	return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size)
{
	return fails() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *old, size_t size)
{
	return fails() ? NULL : __real_realloc(old, size);
}

void *__wrap_reallocarray(void *old, size_t n, size_t size)
{
	return fails() ? NULL : __real_reallocarray(old, n, size);
}

char *__wrap_strdup(const char *s)
{
	return fails() ? NULL : __real_strdup(s);
}

/* Runs the command with standard error in the file "said". */
static int run_stats(int argc, const char *const *args)
{
	char *argv[16];
	int said = open("said", O_RDWR | O_CREAT | O_TRUNC, 0600);
	int before = dup(STDERR_FILENO), i, code;

	for (i = 0; i < argc; i++)
		argv[i] = (char *)(uintptr_t)args[i];
	argv[argc] = NULL;
	fflush(stderr);
	assert_int_equal(dup2(said, STDERR_FILENO), STDERR_FILENO);
	atomic_store(&allocations, 0);
	code = cmd_stats(argc, argv);
	atomic_store(&fails_at, -1);
	fflush(stderr);
	dup2(before, STDERR_FILENO);
	close(before);
	close(said);
	return code;
}

static char *file_text(const char *path)
{
	FILE *in = fopen(path, "r");
	char *text = __real_calloc(1, 1 << 20);

	assert_non_null(in);
	assert_true(fread(text, 1, (1 << 20) - 1, in) < (1 << 20) - 1);
	fclose(in);
	return text;
}

/* Checks what smallfio says and leaves when an allocation has failed. */
static void check_failed(long at, int code, const char *whole)
{
	char *said = file_text("said");
	struct stat st;

	if (code == EXIT_GOOD) {
		/*
		 * smallfio can do without some memory, such as that of a note.
		 */
		char *out = file_text("out");

		assert_string_equal(out, whole);
		free(out);
	} else {
		if (code != EXIT_INPUT || (!strstr(said, "out of memory") &&
					   !strstr(said, "Cannot allocate")))
			fail_msg("allocation %ld failed: exit code %d, \"%s\"",
				 at, code, said);
		assert_int_equal(stat("out", &st), -1);
	}
	free(said);
	unlink("out");
}

static void check_all(const char *format, const char *interval,
		      const char *path)
{
	const char *const args[] = {
		"stats", "--format",        format,   "-o",
		"out",   "--time-interval", interval, path
	};
	long count, at, step;
	char *whole;

	assert_int_equal(run_stats(8, args), EXIT_GOOD);
	count = atomic_load(&allocations);
	assert_true(count > 10);
	step = count / FAILURES_MAX + 1;
	whole = file_text("out");
	unlink("out");
	for (at = 0; at < count; at += step) {
		atomic_store(&fails_at, at);
		check_failed(at, run_stats(8, args), whole);
	}
	free(whole);
	unlink("said");
}

static void check_formats(const char *interval, const char *name)
{
	static const char *const formats[] = { "text", "csv", "json",
					       "openmetrics" };
	char path[4096];

	snprintf(path, sizeof(path), "%s/%s", test_arguments[0], name);
	for_each_in (row, formats)
		check_all(*row, interval, path);
}

TEST(smallfile_logs)
{
	check_formats("1", "tests/postproc/golden/run");
}

TEST(fio_logs)
{
	check_formats("1", "tests/fuzz/corpus/fio_log/five-columns");
}

TEST(histogram_logs)
{
	check_formats("1", "tests/fuzz/corpus/fio_hist/two-directions");
}

TEST(chunk_logs)
{
	check_formats("1", "tests/fuzz/corpus/chunks/hosts");
}

TEST(json_plus)
{
	check_formats("1", "tests/fuzz/corpus/fio_json/client-plus-3.33");
}
