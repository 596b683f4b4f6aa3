/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TEST_SCRATCH_H
#define TEST_SCRATCH_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "fs/fileset.h"
#include "test.h"

/*
 * What every test here needs: a directory of its own, numbers that are the same
 * in each run, and names worked out by other means than the code's.
 */

/*
 * Makes a new directory and returns its real path. It is below the first of
 * $TMPDIR, /dev/shm, /tmp and /var/tmp that can be written and has user
 * attributes.
 */
void scratch_make(char path[PATH_MAX]);

/*
 * The same for a whole file of tests: SCRATCH_DIRECTORY makes `scratch_dir`
 * before its first test and removes it after the last.
 */
#define SCRATCH_DIRECTORY TEST_FILE_FIXTURE(scratch_setup, scratch_teardown)
extern char scratch_dir[PATH_MAX];
int scratch_setup(void **state);
int scratch_teardown(void **state);

/*
 * Everything that can be seen below a directory, as text, but for times of
 * access; or only names and sizes of what is no directory. The text stays until
 * the program ends.
 */
char *scratch_snapshot(const char *path, bool files_only);

/* Removes a directory and all below it. Links are removed, not followed. */
void scratch_remove(const char *path);

/*
 * Makes `count` directories DIR/t0, DIR/t1 ... and returns them as the option
 * directory= has them. The text stays until the program ends.
 */
char *scratch_tops(const char *dir, unsigned int count);

/* A layout as most tests need it, in `directory`. */
struct fileset_layout scratch_layout(const char *directory);

/*
 * Writes a profile of a tree of four levels with 395 files and returns the path
 * with "profile:" before it, for a layout's tree. The text stays until the
 * program ends.
 */
char *scratch_profile(const char *dir);

/* The file set of a layout, which must be accepted. */
struct fileset scratch_fileset(const struct fileset_layout *layout);

/* xorshift64*: the same sequence in each run. */
uint64_t scratch_random(void);

/* How many descriptors this process has open. */
unsigned int scratch_open_fds(void);

/* For struct stop: asks to stop when it has been asked *(int *)left times. */
bool scratch_stop_after(void *left);

/* Ends the test as skipped and says why; see tests/lib/cmocka-tap. */
void scratch_skip(const char *why);

/*
 * Skips the test if `ret` is -ENOSYS: this kernel lacks a system call, as `why`
 * says.
 */
void scratch_needs_call(int ret, const char *why);

/* Works like snprintf(), but fails the test if the text does not fit. */
void scratch_print(char *out, size_t size, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

bool scratch_exists(const char *format, ...)
	__attribute__((format(printf, 1, 2)));
void scratch_text(const char *path, const char *text);

/*
 * Writes the path of file n from `top` on, with `ending` after it. The path
 * follows smallfile's description, string by string, and shares nothing with
 * fileset.c. Names of profiles' trees come from there: test_shape.c is about
 * these.
 */
void expected_path(const struct fileset_layout *layout, enum tree tree,
		   const char *top, uint64_t n, const char *ending,
		   char out[PATH_MAX]);
/* Write the NAME alone, and the directory below the thread's ("" for none). */
void expected_name(const struct fileset_layout *layout, uint64_t n, char *out);
void expected_dir(const struct fileset_layout *layout, uint64_t n, char *out);

#endif
