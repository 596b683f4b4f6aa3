/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Feeds the readers with the bytes of logs. Several threads read a large log in
 * chunks. An input that cannot be divided, such as a pipe, is one chunk.
 *
 * Files are read and not mapped, because a log that shrinks under a mapping
 * would kill the program.
 */
#ifndef SMALLFIO_LOG_CHUNK_H
#define SMALLFIO_LOG_CHUNK_H

#include "input/inputs.h"
#include "input/reader.h"

#define LOG_CHUNK_BYTES (UINT64_C(4) << 20)

/*
 * The lines of `input` that begin at byte `begin` or later, and before `end`.
 * For a pipe: all lines.
 */
struct log_chunk {
	const struct input *input;
	uint64_t begin, end; /* bytes */
};

/*
 * Reads a chunk into *parse, in which the members that reader_parse() names
 * must be set. Adds the bytes read to *bytes_done meanwhile; bytes_done may be
 * NULL. Fails (INPUT_CHANGED) if the file has become shorter since it was
 * added. Returns 0 or -errno.
 */
int log_chunk_read(const struct log_chunk *chunk, struct parse *parse,
		   atomic_ullong *bytes_done);

/*
 * Must be called when all chunks are read. Fails (INPUT_CHANGED) if the file
 * has changed since it was added. Returns 0 or -errno.
 */
int log_chunk_check_file(const struct input *input, struct input_error *error);

#endif
