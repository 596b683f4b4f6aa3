/* SPDX-License-Identifier: GPL-2.0-only */
/* Skips indentation quickly, because half of fio's JSON is indentation. */
#ifndef SMALLFIO_JSON_INDENT_H
#define SMALLFIO_JSON_INDENT_H

#include <endian.h>
#include <stdint.h>
#include <string.h>

/* Returns the first byte from `p` on that is not ' ', or `end`. */
static inline const char *json_skip_indent(const char *p, const char *end)
{
	const uint64_t spaces = UINT64_C(0x2020202020202020);
	uint64_t w;

	while ((size_t)(end - p) >= sizeof(w)) {
		memcpy(&w, p, sizeof(w));
		w = le64toh(w) ^ spaces;
		if (w)
			return p + __builtin_ctzll(w) / 8;
		p += sizeof(w);
	}
	while (p < end && *p == ' ')
		p++;
	return p;
}

#endif
