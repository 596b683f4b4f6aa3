/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A fuzz target is a file with FUZZ(data, size) { ... }, a directory of
 * examples in corpus/ and a row in meson.build. With -Dfuzz=true and clang,
 * libFuzzer calls the function. In every other build replay.c calls it, with
 * the examples and with mutations of them.
 *
 * The function checks by assert() what must hold, and keeps nothing between
 * calls.
 */
#ifndef SMALLFIO_FUZZ_H
#define SMALLFIO_FUZZ_H

#undef NDEBUG
#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FUZZ_TEXT_MAX 1024

typedef void (*fuzz_target)(const uint8_t *data, size_t size);

#ifdef FUZZ_REPLAY
/* All targets are one program, replay.c, which finds them by their files. */
void fuzz_add(const char *file, fuzz_target target);
#define FUZZ_CALLED                                                            \
	__attribute__((constructor)) static void fuzz_list(void)               \
	{                                                                      \
		fuzz_add(__FILE__, fuzz);                                      \
	}
#else
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
#define FUZZ_CALLED                                                            \
	int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)           \
	{                                                                      \
		fuzz(data, size);                                              \
		return 0;                                                      \
	}
#endif

#define FUZZ(data, size)                                                       \
	static void fuzz(const uint8_t *data, size_t size);                    \
	FUZZ_CALLED                                                            \
	static void fuzz(const uint8_t *data, size_t size)

/* Copies the input as a string. Returns false if there is no room for it. */
static inline bool fuzz_text(char *text, size_t room, const uint8_t *data,
			     size_t size)
{
	if (size >= room)
		return false;
	if (size)
		memcpy(text, data, size);
	text[size] = '\0';
	return true;
}

/*
 * Cuts the first line off *rest and returns it. After the last line, all lines
 * are empty.
 */
static inline char *fuzz_line(char **rest)
{
	char *line = *rest, *end = strchr(line, '\n');

	*rest = end ? end + 1 : line + strlen(line);
	if (end)
		*end = '\0';
	return line;
}

#endif
