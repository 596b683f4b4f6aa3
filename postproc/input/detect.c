// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>
#include <string.h>

#include "fio/json_find.h"
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

/* Hands over all of the head at once. */
struct head {
	const char *data;
	size_t size;
};

static long read_head(void *context, char *buffer, size_t size)
{
	struct head *head = context;
	size_t n = head->size < size ? head->size : size;

	memcpy(buffer, head->data, n);
	head->data += n;
	head->size -= n;
	return (long)n;
}

/*
 * Returns true if a JSON object begins, as json_find.h finds it. fio's JSON
 * with NULs in it is damaged, and its reader will report that.
 */
static bool has_json(const char *data, size_t size)
{
	struct head head = { data, size };
	struct input_error unused = { 0 };
	struct json_in json = { .source = { read_head, &head },
				.error = &unused };
	struct json_find find = { .json = &json };
	bool found;

	if (!is_text(data, size) && !detect_is_of_fio(data, size))
		return false;
	/* Without memory nothing is known. The reader will report that. */
	found = json_find_object(&find) != 0;
	free(json.buffer);
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
