/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TEST_SCRATCH_H
#define TEST_SCRATCH_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "fs/fileset.h"

/*
 * What every test here needs: a directory of its own, numbers that are the
 * same everywhere, and names worked out by other means than the code's.
 */

/*
 * A new directory below the first of $TMPDIR, /dev/shm, /tmp and /var/tmp that
 * can be written and has user attributes; its real path.
 */
void scratch_make(char path[PATH_MAX]);
/* Removes it and all below it; links are removed, not followed. */
void scratch_remove(const char *path);

/* xorshift64*: the same sequence in each run. */
uint64_t scratch_random(void);

/* Open descriptors of this process. */
unsigned int scratch_open_fds(void);

/* Ends the test as skipped, and says why; see tests/lib/cmocka-tap. */
void scratch_skip(const char *why);

/* snprintf() that fails the test where the text does not fit. */
void scratch_print(char *out, size_t size, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

bool scratch_exists(const char *format, ...)
	__attribute__((format(printf, 1, 2)));
void scratch_write(const char *path, const void *data, size_t length);

/*
 * The path of file n from `top` on, by the letter of smallfile's description
 * and string by string; shares nothing with fileset.c. `ending` is appended.
 */
void expected_path(const struct fileset_layout *layout, enum tree tree,
		   const char *top, uint64_t n, const char *ending,
		   char out[PATH_MAX]);
/* NAME alone, and the directory below the thread's own ("" for none). */
void expected_name(const struct fileset_layout *layout, uint64_t n, char *out);
void expected_dir(const struct fileset_layout *layout, uint64_t n, char *out);

#endif
