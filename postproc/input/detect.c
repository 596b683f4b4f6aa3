// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "fio/json_split.h"
#include "input/detect.h"

/*
 * Returns true for text. NULs around it do not count: an editor or a full disk
 * left them.
 */
static bool is_text(const char *head, size_t size)
{
	while (size && !*head) {
		head++;
		size--;
	}
	while (size && !head[size - 1])
		size--;
	return !memchr(head, 0, size);
}

bool detect_is_of_fio(const char *head, size_t size)
{
	static const char *const members[] = {
		"\"fio version\"",
		"\"client_stats\"",
		"\"jobname\"",
	};
	size_t i;

	for (i = 0; i < sizeof(members) / sizeof(*members); i++) {
		if (memmem(head, size, members[i], strlen(members[i])))
			return true;
	}
	return false;
}

/*
 * Returns true if a JSON object begins, as json_split.h finds it. fio's JSON
 * with NULs in it is damaged, and its reader will report that.
 */
static bool has_json(const char *head, size_t size)
{
	struct json_split split = { 0 };
	bool ends = false, found;
	long ret;

	if (!is_text(head, size) && !detect_is_of_fio(head, size))
		return false;
	ret = json_split_feed(&split, head, size, &ends);
	/* Without memory nothing is known. The reader will report that. */
	found = split.in_object || ends || ret < 0;
	json_split_free(&split);
	return found;
}

enum file_kind detect_content(const char *head, size_t size,
			      const struct reader **reader)
{
	size_t mark = reader_mark(head, size);
	const char *end = head + size, *newline;

	*reader = NULL;
	head += mark;
	if (head == end)
		return CONTENT_EMPTY;
	newline = memchr(head, '\n', (size_t)(end - head));
	if (newline)
		*reader = reader_of_line(head, (size_t)(newline - head) + 1);
	if (*reader)
		return CONTENT_LOG;
	return has_json(head, (size_t)(end - head)) ? CONTENT_JSON
						    : CONTENT_UNKNOWN;
}
