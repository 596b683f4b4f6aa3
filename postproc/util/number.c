// SPDX-License-Identifier: GPL-2.0-only
#include <stddef.h>

#include "util/number.h"

#define NS_DIGITS 9

int number_seconds(const char **p, uint64_t *ns)
{
	static const uint32_t scale[NS_DIGITS + 1] = {
		1000000000, 100000000, 10000000, 1000000, 100000,
		10000,      1000,      100,      10,      1
	};
	const char *s = *p;
	unsigned digits = 0;
	uint64_t v;
	int ret = number_u63(&s, &v);

	if (ret)
		return ret;
	if (v > INT64_MAX / NS_PER_S)
		return -ERANGE;
	if (*s == '.') {
		s++;
		if ((unsigned char)(*s - '0') > 9)
			return -EINVAL;
		for (; (unsigned char)(*s - '0') <= 9; s++) {
			if (digits == NS_DIGITS)
				continue;
			v = v * 10 + (uint64_t)(*s - '0');
			digits++;
		}
	}
	/* At most 9223372036 * 10^9 + 999999999: fits 64 bits, if not 63. */
	v *= scale[digits];
	if (v > INT64_MAX)
		return -ERANGE;
	*p = s;
	*ns = v;
	return 0;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

int number_hex(const char **p, uint64_t *value)
{
	const char *s = *p;
	uint64_t v = 0;

	if (s[0] != '0' || s[1] != 'x' || hex_digit(s[2]) < 0)
		return -EINVAL;
	for (s += 2; hex_digit(*s) >= 0; s++) {
		v = v * 16 + (uint64_t)hex_digit(*s);
		if (v > UINT32_MAX)
			return -ERANGE;
	}
	*p = s;
	*value = v;
	return 0;
}

const char *number_seconds_any(const char *p, uint64_t *ns)
{
	static const uint32_t scale[] = { 0,      100000000, 10000000, 1000000,
					  100000, 10000,     1000,     100 };
	uint64_t w, whole;
	unsigned n = number_load(p, &w);

	if (!n || n == 8 || p[n] != '.')
		return NULL;
	whole = number_of_digits(w, n);
	p += n + 1;
	n = number_load(p, &w);
	if (!n || n == 8)
		return NULL;
	*ns = whole * NS_PER_S + number_of_digits(w, n) * scale[n];
	return p + n;
}
