// SPDX-License-Identifier: GPL-2.0-only
#include "number.h"

int number_seconds(const char **p, uint64_t *ns)
{
	const char *s = *p;
	uint64_t whole, fraction = 0, scale = NS_PER_S;
	int ret = number_u63(&s, &whole);

	if (ret)
		return ret;
	if (*s == '.') {
		s++;
		if ((unsigned char)(*s - '0') > 9)
			return -EINVAL;
		for (; (unsigned char)(*s - '0') <= 9; s++) {
			scale /= 10;
			fraction += scale * (uint64_t)(*s - '0');
		}
	}
	if (whole > INT64_MAX / NS_PER_S)
		return -ERANGE;
	whole = whole * NS_PER_S + fraction;
	if (whole > INT64_MAX)
		return -ERANGE;
	*p = s;
	*ns = whole;
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
