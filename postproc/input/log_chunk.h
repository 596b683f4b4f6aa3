/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bytes of files for the readers. A large log is read in pieces, by several
 * threads; what cannot be divided, a pipe, in one.
 *
 * Files are read, not mapped: a log that shrinks under a mapping would kill
 * the program.
 */
#ifndef SMALLFIO_LOG_CHUNK_H
#define SMALLFIO_LOG_CHUNK_H

#include "input/inputs.h"
#include "input/reader.h"

#define LOG_CHUNK_BYTES (UINT64_C(4) << 20)

/* The lines of `input` that begin in [begin, end); of a pipe: all. */
struct log_chunk {
	const struct input *input;
	uint64_t begin, end; /* bytes */
};

/*
 * Reads a piece into *parse; see reader_parse() for what must be set. Adds to
 * *bytes_done as it goes (NULL: nobody wants to know). A file of which less is
 * there than was found when it was named has changed (INPUT_CHANGED). 0 or
 * -errno.
 */
int log_chunk_read(const struct log_chunk *chunk, struct parse *parse,
		   atomic_ullong *bytes_done);

/*
 * After all pieces were read: fails (INPUT_CHANGED) if the file is no longer
 * as it was when it was named. 0 or -errno.
 */
int log_chunk_check_file(const struct input *input, struct input_error *error);

#endif
