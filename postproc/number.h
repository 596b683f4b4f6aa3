/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Numbers in logs, without a locale, an allocation or a copy. Every function
 * stops at the first byte that does not belong to the number and needs such a
 * byte to exist: the readers hand over whole lines, which end in '\n'.
 */
#ifndef SMALLFIO_NUMBER_H
#define SMALLFIO_NUMBER_H

#include <errno.h>
#include <stdint.h>

#define NS_PER_S UINT64_C(1000000000)

/*
 * Decimal digits at *p, 0 to 2^63 - 1. On success moves *p past them and
 * returns 0. -EINVAL: no digit at *p. -ERANGE: above the range. On failure
 * *p stays.
 */
static inline int number_u63(const char **p, uint64_t *value)
{
	const char *s = *p;
	uint64_t v = 0;

	while ((unsigned char)(*s - '0') <= 9) {
		v = v * 10 + (uint64_t)(*s - '0');
		s++;
		if (s - *p < 19)
			continue;
		/* v < 10^19 fits 64 bits; one more digit might not. */
		if (v > INT64_MAX || (unsigned char)(*s - '0') <= 9)
			return -ERANGE;
	}
	if (s == *p)
		return -EINVAL;
	*p = s;
	*value = v;
	return 0;
}

/*
 * Seconds with an optional fraction ("12", "0.000123") as ns, 0 to 2^63 - 1.
 * Digits behind the ninth decimal place are read and dropped. Errors as
 * number_u63(); "1." and ".5" are -EINVAL.
 */
int number_seconds(const char **p, uint64_t *ns);

/* "0x" and hexadecimal digits, 0 to 2^32 - 1. Errors as number_u63(). */
int number_hex(const char **p, uint64_t *value);

#endif
