// SPDX-License-Identifier: GPL-2.0-only
/*
 * The first bytes of a file tell what the file is. It is a log only if a reader
 * accepts its first line, and JSON only if it has a line "{" and no zero byte.
 * The same bytes after a byte order mark give the same answer.
 */
#include "fuzz.h"
#include "input/detect.h"

static void check_log(const char *p, size_t size, const struct reader *reader)
{
	size_t mark = reader_mark(p, size);
	const char *newline = memchr(p + mark, '\n', size - mark);

	assert(reader && newline);
	assert(reader_of_line(p + mark, (size_t)(newline - p) - mark + 1) ==
	       reader);
}

static void check_marked(const char *p, size_t size, enum file_kind content,
			 const struct reader *reader)
{
	char marked[4096] = "\xef\xbb\xbf";
	const struct reader *again;

	if (size > sizeof(marked) - 3 || reader_mark(p, size))
		return;
	if (size)
		memcpy(marked + 3, p, size);
	assert(detect_content(marked, size + 3, &again) == content);
	assert(again == reader);
}

FUZZ(data, size)
{
	const char *p = (const char *)data;
	const struct reader *reader;
	enum file_kind content = detect_content(p, size, &reader);

	assert((content == CONTENT_LOG) == (reader != NULL));
	switch (content) {
	case CONTENT_LOG:
		check_log(p, size, reader);
		break;
	case CONTENT_JSON:
		assert(memchr(p, '{', size));
		break;
	case CONTENT_EMPTY:
		assert(size == reader_mark(p, size));
		break;
	case CONTENT_UNKNOWN:
		break;
	}
	check_marked(p, size, content, reader);
}
