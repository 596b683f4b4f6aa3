/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CORE_OP_VALUE_H
#define CORE_OP_VALUE_H

#include <errno.h>
#include <string.h>

#include "op/op.h"

/*
 * What the synchronous and the asynchronous forms of operations share for
 * values of attributes.
 */

/* Where a value is read to. There is room for WORKER_XATTR_SIZE_MAX. */
static inline uint8_t *value_found(const struct worker *w, struct request *r)
{
	return r->values + w->options.xattr_size_bytes + w->options.xattr_count;
}

/* `length` is what getxattr() returned. If it is negative, errno says why. */
static inline int value_check(const struct worker *w, struct request *r,
			      const char *name, const uint8_t *expected,
			      const uint8_t *found, ssize_t length)
{
	size_t size = w->options.xattr_size_bytes;

	if (length < 0)
		return request_fail(r, "getxattr");
	if (!w->options.verify_read)
		return 0;
	if ((size_t)length != size)
		return request_fail_text(r, EILSEQ, "verify",
					 "%s has %zd bytes, expected %zu", name,
					 length, size);
	if (!memcmp(found, expected, size))
		return 0;
	for (size_t i = 0; i < size; i++)
		if (found[i] != expected[i])
			return request_fail_text(
				r, EILSEQ, "verify",
				"%s, byte %zu: found 0x%02x, expected 0x%02x",
				name, i, found[i], expected[i]);
	return 0;
}

#endif
