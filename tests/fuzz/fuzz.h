/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A fuzz target is a file with this function, a directory of examples in
 * corpus/ and a row in meson.build. With -Dfuzz=true and clang, libFuzzer calls
 * the function. In every other build replay.c calls it, with the examples and
 * with mutations of them.
 *
 * The function checks by assert() what must hold, returns 0, and keeps nothing
 * between calls.
 */
#ifndef SMALLFIO_FUZZ_H
#define SMALLFIO_FUZZ_H

#undef NDEBUG
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
