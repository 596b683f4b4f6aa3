/* SPDX-License-Identifier: GPL-2.0-only */
/* Tells what a file is by its first bytes. */
#ifndef SMALLFIO_DETECT_H
#define SMALLFIO_DETECT_H

#include <stdbool.h>
#include <stddef.h>

#include "input/reader.h"

enum file_kind {
	CONTENT_EMPTY,   /* nothing, or only a byte order mark */
	CONTENT_LOG,     /* a log, by its first line */
	CONTENT_JSON,    /* an object begins; text may stand in front of it */
	CONTENT_UNKNOWN, /* other text, or binary data */
};

/*
 * Looks at the `size` bytes at `head`, which are unpacked: the whole file, or
 * its first SOURCE_HEAD_BYTES. Sets *reader for CONTENT_LOG, and otherwise to
 * NULL.
 */
enum file_kind detect_content(const char *head, size_t size,
			      const struct reader **reader);

/*
 * Whether the bytes have the name of a member of fio's JSON. Tools that sort
 * members put "fio version" far behind, so other members count, too.
 */
bool detect_is_of_fio(const char *head, size_t size);

#endif
