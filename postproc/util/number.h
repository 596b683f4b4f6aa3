/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads numbers in logs, without a locale, an allocation or a copy. Every
 * function stops at the first byte that does not belong to the number. Such a
 * byte must exist: the readers hand over whole lines, which end in '\n'.
 */
#ifndef SMALLFIO_NUMBER_H
#define SMALLFIO_NUMBER_H

#include <endian.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define NS_PER_S UINT64_C(1000000000)

/*
 * Reads decimal digits at *p, a number from 0 to 2^63 - 1. On success moves *p
 * past the digits and returns 0. -EINVAL: no digit at *p. -ERANGE: the number
 * is too large. On failure *p stays.
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
 * Reads seconds with an optional fraction ("12", "0.000123") as ns, 0 to
 * 2^63 - 1. Digits behind the ninth decimal place are read and dropped. Errors
 * are those of number_u63(); "1." and ".5" are -EINVAL.
 */
int number_seconds(const char **p, uint64_t *ns);

/*
 * Reads "0x" and hexadecimal digits, 0 to 2^32 - 1. Errors are those of
 * number_u63().
 */
int number_hex(const char **p, uint64_t *value);

/*
 * The quick readers take eight bytes at a time, and read the numbers that
 * nearly all lines hold. They load up to NUMBER_SLACK bytes behind the number,
 * so those bytes must exist. They return the address behind the number. NULL:
 * the number is not so simple, and one of the functions above must read it.
 */
#define NUMBER_SLACK 8

#define NUMBER_ALL_BYTES(b) (UINT64_C(0x0101010101010101) * (b))

/* The value of the first `n` (1 to 8) digits of w, from number_load(). */
static inline uint64_t number_of_digits(uint64_t w, unsigned n)
{
	/*
	 * The first digit is the lowest byte. The shift puts zeros before the
	 * digits, so that there are always eight.
	 */
	w = (w ^ NUMBER_ALL_BYTES('0')) << (64 - 8 * n);
	w = (w * 10 + (w >> 8)) & UINT64_C(0x00ff00ff00ff00ff);
	w = (w * 100 + (w >> 16)) & UINT64_C(0x0000ffff0000ffff);
	return (w * 10000 + (w >> 32)) & UINT32_MAX;
}

/* Loads 8 bytes. Returns how many of them are digits before any other byte. */
static inline unsigned number_load(const char *p, uint64_t *w)
{
	uint64_t t;

	memcpy(w, p, sizeof(*w));
	*w = le64toh(*w);
	t = *w ^ NUMBER_ALL_BYTES('0');
	t = (((t & NUMBER_ALL_BYTES(0x7f)) + NUMBER_ALL_BYTES(0x76)) | t) &
	    NUMBER_ALL_BYTES(0x80);
	return t ? (unsigned)__builtin_ctzll(t) / 8 : 8;
}

#define NUMBER_INLINE static inline __attribute__((always_inline))

/* Reads 1 to 15 decimal digits. */
NUMBER_INLINE const char *number_quick(const char *p, uint64_t *value)
{
	static const uint32_t scale[] = { 1,     10,     100,     1000,
					  10000, 100000, 1000000, 10000000 };
	uint64_t w;
	unsigned n = number_load(p, &w);

	if (!n)
		return NULL;
	*value = number_of_digits(w, n);
	if (n < 8)
		return p + n;
	p += 8;
	n = number_load(p, &w);
	if (n == 8)
		return NULL;
	if (n)
		*value = *value * scale[n] + number_of_digits(w, n);
	return p + n;
}

/* Reads seconds as ns: 1 to 7 digits, '.', 1 to 7 digits. */
const char *number_seconds_any(const char *p, uint64_t *ns);

/*
 * Reads the same as number_seconds_any(), but six decimal places, as smallfile
 * writes them, quicker. The eight bytes "d.dddddd" are checked at once. The
 * digits before them are few, and mostly as many as in the line before, so the
 * processor predicts the branches.
 */
NUMBER_INLINE const char *number_seconds_quick(const char *p, uint64_t *ns)
{
	const uint64_t pattern = UINT64_C(0x3030303030302e30); /* 0.000000 */
	const uint64_t limit = UINT64_C(0x7676767676767f76); /* 9, '.' alone */
	uint64_t whole = 0, slowly;
	const char *s;

	for (s = p; s < p + 7; s++) {
		uint64_t t;

		memcpy(&t, s, sizeof(t));
		t = le64toh(t) ^ pattern;
		if (!((((t & NUMBER_ALL_BYTES(0x7f)) + limit) | t) &
		      NUMBER_ALL_BYTES(0x80))) {
			if ((unsigned char)(s[8] - '0') <= 9)
				break;
			whole = whole * 10 + (t & 0xff);
			/* Two zeros in place of "d.". */
			t &= ~UINT64_C(0xffff);
			*ns = whole * NS_PER_S +
			      number_of_digits(t ^ NUMBER_ALL_BYTES('0'), 8) *
				      1000;
			return s + 8;
		}
		if ((unsigned char)(*s - '0') > 9)
			break;
		whole = whole * 10 + (uint64_t)(*s - '0');
	}
	p = number_seconds_any(p, &slowly);
	if (p)
		*ns = slowly;
	return p;
}

#endif
