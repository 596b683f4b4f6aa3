// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "util/field.h"
#include "util/shown.h"

#define DIGITS 7

/* Whether a byte begins a character of UTF-8. */
static bool begins(char c)
{
	return ((unsigned char)c & 0xc0) != 0x80;
}

int field_columns(const char *s)
{
	int n = 0;

	for (s = shown(s); *s; s++)
		n += begins(*s);
	return n;
}

void field_right(FILE *out, int width, const char *s)
{
	int n = field_columns(s);

	s = shown(s);

	fprintf(out, "%*s%s", width > n ? width - n : 0, "", s);
}

/* How many bytes the first `n` characters of s have. */
static int prefix_bytes(const char *s, int n)
{
	const char *p = s;

	while (*p && (n > 0 || !begins(*p))) {
		n -= begins(*p);
		p++;
	}
	return (int)(p - s);
}

void field_name(FILE *out, int width, const char *s)
{
	int n = field_columns(s), head = (width - 1) / 2;

	s = shown(s);
	if (n <= width) {
		fprintf(out, "%s%*s", s, width - n, "");
		return;
	}
	fprintf(out, "%.*s…%s", prefix_bytes(s, head), s,
		s + prefix_bytes(s, n - (width - 1 - head)));
}

/* Returns the bytes of the first word of s. *columns is its width. */
static size_t first_word(const char *s, int *columns)
{
	size_t bytes = strcspn(s, " "), i;

	*columns = 0;
	for (i = 0; i < bytes; i++)
		*columns += begins(s[i]);
	return bytes;
}

void field_item(FILE *out, int width, const char *mark, const char *s)
{
	int used = field_columns(mark);

	s = shown(s);
	fputs(mark, out);
	while (*s) {
		int columns;
		size_t bytes = first_word(s, &columns);

		/*
		 * The first word of a line stays, however long: a new line
		 * would give that word no more room.
		 */
		if (used + 1 + columns > width && used > 1) {
			fputs("\n ", out);
			used = 1;
		}
		fprintf(out, " %.*s", (int)bytes, s);
		used += 1 + columns;
		s += bytes;
		s += *s == ' ';
	}
	fputc('\n', out);
}

void field_real(FILE *out, int width, int decimals, long double value)
{
	char cell[FIELD_MAX];

	snprintf(cell, sizeof(cell), "%.*Lf", decimals, value);
	field_right(out, width, isnan(value) ? "-" : cell);
}

void field_rate(FILE *out, int width, long double value)
{
	char digits[FIELD_MAX];
	long double rounded;
	int decimals = 3;

	snprintf(digits, sizeof(digits), "%.3Le", value);
	rounded = strtold(digits, NULL);
	for (long double size = fabsl(rounded); size >= 9.9995L && decimals;
	     size /= 10)
		decimals--;
	field_real(out, width, decimals, rounded);
}

void field_seconds(FILE *out, int width, long double seconds)
{
	static const char *const units[] = { "s", "ms", "µs", "ns" };
	char cell[FIELD_MAX];
	int unit = 0, decimals;

	if (isnan(seconds)) {
		field_right(out, width, "-");
		return;
	}
	/*
	 * The limits lie where rounding begins to give a fourth digit: 0.9995
	 * would be printed as 1000.
	 */
	while (fabsl(seconds) < 0.9995L && unit < 3 && seconds != 0) {
		seconds *= 1000;
		unit++;
	}
	decimals = fabsl(seconds) < 9.995L ? 2 : fabsl(seconds) < 99.95L;
	snprintf(cell, sizeof(cell), "%.*Lf %s", decimals, seconds,
		 units[unit]);
	field_right(out, width, cell);
}

double field_round(long double value)
{
	char text[FIELD_MAX];

	snprintf(text, sizeof(text), "%.*Le", DIGITS - 1, value);
	return strtod(text, NULL);
}

void field_csv_real(FILE *out, long double value)
{
	if (isfinite(value))
		fprintf(out, "%.*g", DBL_DIG, field_round(value));
}

/*
 * Whether a spreadsheet takes the text for a formula and runs it. The signs of
 * double width count, too.
 */
static bool is_formula(const char *s)
{
	static const char *const begins_with[] = {
		"=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20",
	};

	for (size_t i = 0; i < sizeof(begins_with) / sizeof(*begins_with); i++)
		if (!strncmp(s, begins_with[i], strlen(begins_with[i])))
			return true;
	return false;
}

void field_csv(FILE *out, const char *s)
{
	const char *quote = is_formula(s) ? "'" : "";

	s = shown(s);
	if (!strpbrk(s, ",\"\r\n")) {
		fprintf(out, "%s%s", quote, s);
		return;
	}
	fprintf(out, "\"%s", quote);
	for (; *s; s++) {
		if (*s == '"')
			fputc('"', out);
		fputc(*s, out);
	}
	fputc('"', out);
}
