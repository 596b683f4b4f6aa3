/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A fuzz target is one file with this function, a directory of examples in
 * corpus/ and a row in meson.build. libFuzzer calls it with -Dfuzz=true and
 * clang; in every build replay.c does, with the examples and mutations of them.
 *
 * Check what must hold with assert(); return 0. Keep nothing between calls.
 */
#ifndef SMALLFIO_FUZZ_H
#define SMALLFIO_FUZZ_H

#undef NDEBUG
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
