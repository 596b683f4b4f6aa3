/* SPDX-License-Identifier: GPL-2.0-only */
/* What a file is, by its first bytes. */
#ifndef SMALLFIO_DETECT_H
#define SMALLFIO_DETECT_H

#include <stddef.h>

#include "input/reader.h"

enum file_kind {
	CONTENT_EMPTY,   /* nothing, or only a byte order mark */
	CONTENT_LOG,     /* by its first line */
	CONTENT_JSON,    /* an object begins; text may stand before it */
	CONTENT_UNKNOWN, /* text that is none of these, or binary */
};

/*
 * `size` bytes at `head`, unpacked: all, or the first SOURCE_HEAD_BYTES. Sets
 * *reader for CONTENT_LOG, else to NULL.
 */
enum file_kind detect_content(const char *head, size_t size,
			      const struct reader **reader);

#endif
