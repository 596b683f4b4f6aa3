// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>
#include <string.h>

#include "cmocka_all.h"
#include "util/markup.h"

static void becomes(const char *text, const char *expected)
{
	char *found = NULL;
	size_t size;
	FILE *out = open_memstream(&found, &size);

	assert_non_null(out);
	markup_put(out, text);
	assert_int_equal(fclose(out), 0);
	assert_string_equal(found, expected);
	free(found);
}

static void escapes(void **state)
{
	becomes("", "");
	becomes("p99 of create", "p99 of create");
	becomes("a<b> & \"c\" 'd'", "a&lt;b&gt; &amp; &quot;c&quot; 'd'");
}

static void control_characters(void **state)
{
	becomes("a\tb", "a\tb");
	becomes("a\nb\rc\x01\x1f", "a?b?c??");
}

static void utf8(void **state)
{
	becomes("\xc2\xb5s \xe2\x80\x93 \xf0\x9f\x98\x80",
		"\xc2\xb5s \xe2\x80\x93 \xf0\x9f\x98\x80");
	/*
	 * Latin-1, a character that is cut off, and a continuation byte alone.
	 */
	becomes("gr\xfc\xdf"
		"e",
		"gr??e");
	becomes("\xe2\x80", "??");
	becomes("\x80<", "?&lt;");
	/*
	 * A code that is longer than it has to be, half of a surrogate pair, no
	 * character, and a number that is too large.
	 */
	becomes("\xc0\xaf", "??");
	becomes("\xe0\x80\xaf", "???");
	becomes("\xed\xa0\x80", "???");
	becomes("\xef\xbf\xbf", "???");
	becomes("\xef\xbf\xbd", "\xef\xbf\xbd");
	becomes("\xf0\x80\x80\xaf", "????");
	becomes("\xf4\x90\x80\x80", "????");
	becomes("\xff", "?");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(escapes),
		cmocka_unit_test(control_characters),
		cmocka_unit_test(utf8),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
