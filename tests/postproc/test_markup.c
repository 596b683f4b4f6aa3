// SPDX-License-Identifier: GPL-2.0-only
#include "test.h"
#include "util/markup.h"

static void becomes(const char *text, const char *expected)
{
	char *found = NULL;
	size_t size;
	FILE *out = open_memstream(&found, &size);

	assert_non_null(out);
	markup_put(out, text);
	assert_ok(fclose(out));
	assert_string_equal(found, expected);
	free(found);
}

TEST(escapes)
{
	becomes("", "");
	becomes("p99 of create", "p99 of create");
	becomes("a<b> & \"c\" 'd'", "a&lt;b&gt; &amp; &quot;c&quot; 'd'");
}

TEST(control_characters)
{
	becomes("a\tb", "a\tb");
	becomes("a\nb\rc\x01\x1f", "a?b?c??");
}

TEST(utf8)
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
