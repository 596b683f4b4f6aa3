// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fio/fio_message.h"
#include "fio/json_indent.h"
#include "fio/json_split.h"

/* What a byte means outside of strings. OTHER, which is 0, means nothing. */
enum { OTHER, QUOTE, OPEN, CLOSE, LINE_END };

static const unsigned char meaning[256] = {
	['"'] = QUOTE, ['{'] = OPEN,  ['['] = OPEN,
	['}'] = CLOSE, [']'] = CLOSE, ['\n'] = LINE_END,
};

/* Bytes that end the plain part of a string. */
static const unsigned char ends_plain[256] = {
	['"'] = 1,
	['\\'] = 1,
	['\n'] = 1,
};

static int text_add(struct json_text *text, const char *data, size_t size)
{
	if (size > text->capacity - text->size) {
		size_t capacity = 2 * text->capacity + size + 256;
		char *grown = realloc(text->data, capacity);

		if (!grown)
			return -ENOMEM;
		text->data = grown;
		text->capacity = capacity;
	}
	memcpy(text->data + text->size, data, size);
	text->size += size;
	return 0;
}

/* Makes room for one more element in an array of `n`. NULL: no memory. */
static void *grown(void *array, size_t n, size_t *capacity, size_t size)
{
	size_t wanted = *capacity ? 2 * *capacity : 64;
	void *larger;

	if (n < *capacity)
		return array;
	larger = reallocarray(array, wanted, size);
	if (larger)
		*capacity = wanted;
	return larger;
}

/* Makes room for the element that begins in `line`. Returns 0 or -ENOMEM. */
static int element_begun(struct json_split *s, uint64_t line)
{
	struct json_elements *e = &s->elements;
	struct json_element *element =
		grown(e->element, e->count, &e->capacity, sizeof(*element));

	if (!element)
		return -ENOMEM;
	e->element = element;
	element[e->count] = (struct json_element){
		.offset = e->text.size,
		.line = line,
	};
	return 0;
}

static int element_begin(struct json_split *s)
{
	if (element_begun(s, s->line + 1))
		return -ENOMEM;
	s->in_element = true;
	return text_add(&s->skeleton, "0", 1);
}

/* Adds text to the element in which the scanner is, or else to the skeleton. */
static int flush(struct json_split *s, const char *from, const char *to)
{
	if (from == to)
		return 0;
	return text_add(s->in_element ? &s->elements.text : &s->skeleton, from,
			(size_t)(to - from));
}

static int element_end(struct json_split *s)
{
	struct json_elements *elements = &s->elements;
	struct json_element *e = &elements->element[elements->count++];
	uint64_t lines = s->line + 1 - e->line;
	struct json_gap *gap;

	e->size = elements->text.size - e->offset;
	s->in_element = false;
	if (!lines)
		return 0;
	gap = grown(s->gap, s->gaps, &s->gaps_capacity, sizeof(*gap));
	if (!gap)
		return -ENOMEM;
	s->gap = gap;
	gap[s->gaps++] = (struct json_gap){ s->skeleton.size, lines };
	return 0;
}

static bool key_has_elements(const struct json_split *s)
{
	static const char *const keys[] = { "jobs", "client_stats" };
	size_t i;

	for (i = 0; i < sizeof(keys) / sizeof(*keys); i++)
		if (s->key_length == strlen(keys[i]) &&
		    !memcmp(s->key, keys[i], s->key_length))
			return true;
	return false;
}

/* Moves behind the quote that ends the string, or to the end of the data. */
static const char *skip_string(struct json_split *s, const char *p,
			       const char *end)
{
	/* Only keys at the top level matter, so others are skipped quickly. */
	if (s->depth != 1 && !s->escaped) {
		while (p < end && !ends_plain[(unsigned char)*p])
			p++;
	}
	for (; p < end; p++) {
		if (s->escaped) {
			s->escaped = false;
		} else if (*p == '\\') {
			s->escaped = true;
		} else if (*p == '"') {
			s->in_string = false;
			return p + 1;
		} else if (*p == '\n') {
			s->line++; /* not JSON: the parser will report it */
		}
		if (s->depth == 1 && s->key_length < JSON_KEY_MAX)
			s->key[s->key_length++] = *p;
	}
	return p;
}

static int open_bracket(struct json_split *s, char bracket, const char **from,
			const char *p)
{
	int ret = 0;

	if (s->depth == 2 && s->in_array && bracket == '{') {
		ret = flush(s, *from, p);
		*from = p;
		if (!ret)
			ret = element_begin(s);
	}
	if (s->depth == 1)
		s->in_array = bracket == '[' && key_has_elements(s);
	if (++s->depth > JSON_DEPTH_MAX)
		return -E2BIG;
	return ret;
}

static int close_bracket(struct json_split *s, const char **from, const char *p)
{
	int ret;

	s->depth--;
	if (s->depth == 1)
		s->in_array = false;
	if (s->depth != 2 || !s->in_element)
		return 0;
	ret = flush(s, *from, p + 1);
	*from = p + 1;
	return ret ? ret : element_end(s);
}

/*
 * Checks that a part of an object has no NUL. `line` is the number of lines in
 * front of the part. Returns 0, or -EBADMSG with split->line set to the lines
 * in front of the NUL.
 */
static int check_text(struct json_split *s, const char *part, const char *end,
		      uint64_t line)
{
	const char *nul = memchr(part, 0, (size_t)(end - part));

	if (!nul)
		return 0;
	s->line = line;
	while ((part = memchr(part, '\n', (size_t)(nul - part)))) {
		s->line++;
		part++;
	}
	return -EBADMSG;
}

/* Scans within an object, to the end of the object or of the data. */
static int scan_object(struct json_split *s, const char **data, const char *end)
{
	const char *p = *data, *from = p;
	uint64_t line = s->line;
	int ret = 0;

	while (p < end && !ret && s->in_object) {
		if (s->in_string) {
			p = skip_string(s, p, end);
			continue;
		}
		while (p < end && meaning[(unsigned char)*p] == OTHER)
			p++;
		if (p == end)
			break;
		switch (meaning[(unsigned char)*p]) {
		case QUOTE:
			s->in_string = true;
			s->key_length = 0;
			break;
		case OPEN:
			ret = open_bracket(s, *p, &from, p);
			break;
		case CLOSE:
			ret = close_bracket(s, &from, p);
			s->in_object = s->depth > 0;
			break;
		case LINE_END:
			s->line++;
			p = json_skip_indent(p + 1, end);
			continue;
		}
		p++;
	}
	if (!ret)
		ret = flush(s, from, p);
	if (!ret)
		ret = check_text(s, *data, p, line);
	*data = p;
	return ret;
}

static bool holds(const struct json_text *line, size_t size, const char *words)
{
	return memmem(line->data, size, words, strlen(words)) != NULL;
}

/* Keeps a line of text that has ended, if it is one that we read. */
static int keep_note(struct json_split *s)
{
	struct json_text *line = &s->text_line;
	size_t size = line->size;

	line->size = 0;
	if (size > JSON_NOTE_MAX || (!holds(line, size, JSON_NOTE_SPEAKER) &&
				     !holds(line, size, JSON_NOTE_DISKWRITE) &&
				     !fio_message_maybe(line->data, size)))
		return 0;
	return text_add(&s->notes, line->data, size);
}

/*
 * Adds `size` bytes to a line outside of objects. Of a line that is too long
 * only the beginning is kept.
 */
static int add_to_line(struct json_split *s, const char *data, size_t size)
{
	if (s->text_line.size > JSON_NOTE_MAX)
		return 0;
	if (size > JSON_NOTE_MAX + 1)
		size = JSON_NOTE_MAX + 1;
	return text_add(&s->text_line, data, size);
}

/* How fio's object begins; white space may follow the '{'. */
static const char opening[] = "{\"fio version\"";

static bool is_blank(unsigned char c)
{
	return c <= ' ' || c == 0x7f;
}

/*
 * Whether a byte is part of a UTF-8 byte order mark, which may stand in front
 * of an object.
 */
static bool is_mark(const struct json_split *s, unsigned char c)
{
	return !s->line && (c == 0xef || c == 0xbb || c == 0xbf);
}

/* Begins an object whose '{' stands `lines` lines before this one. */
static void begin_object(struct json_split *s, uint64_t lines)
{
	s->in_object = true;
	s->in_list |= s->list_begins;
	s->list_begins = false;
	s->object_line = s->line + 1 - lines;
	s->text_line.size = 0;
	s->text_state = JSON_LEAD;
}

/* Reads a byte at the beginning of a line. True: it begins an object. */
static bool read_lead(struct json_split *s, unsigned char c)
{
	if (c == '{')
		return true;
	if (c == '\x1b') {
		s->text_state = JSON_ESCAPE;
	} else if (c == '[') {
		s->list_begins = true;
	} else if (c == ']') {
		s->in_list = false;
	} else if (!is_blank(c) && c != ',' && !is_mark(s, c)) {
		s->text_state = JSON_TEXT;
		s->list_begins = false;
	}
	return false;
}

/*
 * Reads a byte behind a '{' in the middle of a line. True: all of `opening` was
 * there, so an object has begun.
 */
static bool read_opening(struct json_split *s, unsigned char c)
{
	if (s->opening == 1 && is_blank(c)) {
		s->opening_lines += c == '\n';
		return false;
	}
	if (c == (unsigned char)opening[s->opening]) {
		s->opening++;
		return s->opening == sizeof(opening) - 1;
	}
	s->opening = 0;
	s->text_state = s->opening_lines ? JSON_LEAD : JSON_TEXT;
	return false;
}

/* Reads a byte outside of objects. True: an object has begun. */
static bool read_text(struct json_split *s, unsigned char c)
{
	switch (s->text_state) {
	case JSON_LEAD:
		return read_lead(s, c);
	case JSON_ESCAPE:
		s->text_state = c == '['   ? JSON_CONTROL
				: c == ']' ? JSON_TITLE
					   : JSON_LEAD;
		return false;
	case JSON_CONTROL:
		if (c >= 0x40 && c < 0x7f)
			s->text_state = JSON_LEAD;
		return false;
	case JSON_TITLE:
		if (c == '\a' || c == '\x1b')
			s->text_state = c == '\a' ? JSON_LEAD : JSON_ESCAPE;
		return false;
	case JSON_OPENING:
		if (read_opening(s, c))
			return true;
		if (s->text_state == JSON_LEAD)
			return read_lead(s, c);
		break;
	case JSON_TEXT:
		break;
	}
	if (s->text_state == JSON_TEXT && c == '{') {
		s->text_state = JSON_OPENING;
		s->opening = 1;
		s->opening_lines = 0;
	}
	return false;
}

/* Begins the skeleton of an object whose `opening` was already consumed. */
static int put_opening(struct json_split *s)
{
	int ret = text_add(&s->skeleton, opening, 1);

	for (uint64_t i = 0; i < s->opening_lines && !ret; i++)
		ret = text_add(&s->skeleton, "\n", 1);
	if (!ret)
		ret = text_add(&s->skeleton, opening + 1, sizeof(opening) - 2);
	s->depth = 1;
	s->opening = 0;
	return ret;
}

/* Ends a line of text, from `begin` to before `p`. */
static int end_line(struct json_split *s, const char *begin, const char *p)
{
	int ret = add_to_line(s, begin, (size_t)(p - begin));

	s->line++;
	if (s->text_state != JSON_OPENING)
		s->text_state = JSON_LEAD;
	return ret ? ret : keep_note(s);
}

/* Skips text between objects, until one begins or the data ends. */
static int skip_text(struct json_split *s, const char **data, const char *end)
{
	const char *p = *data, *begin = p;
	int ret = 0;

	for (; p < end && !ret; p++) {
		if (read_text(s, (unsigned char)*p)) {
			begin_object(s, s->opening ? s->opening_lines : 0);
			if (s->opening)
				ret = put_opening(s);
			/* scan_object() reads the '{' of a plain beginning. */
			*data = s->depth ? p + 1 : p;
			return ret;
		}
		if (*p == '\n') {
			ret = end_line(s, begin, p + 1);
			begin = p + 1;
		} else if (*p == '\r' && s->text_state == JSON_TEXT) {
			/* '\r' goes back to the beginning of the line. */
			s->text_state = JSON_LEAD;
		}
	}
	if (!ret)
		ret = add_to_line(s, begin, (size_t)(end - begin));
	*data = p;
	return ret;
}

long json_split_feed(struct json_split *split, const char *data, size_t size,
		     bool *object_ends)
{
	const char *p = data, *end = data + size;
	int ret = 0;

	*object_ends = false;
	if (!split->in_object)
		ret = skip_text(split, &p, end);
	if (split->in_object) {
		ret = scan_object(split, &p, end);
		*object_ends = !ret && !split->in_object;
	}
	return ret ? ret : (long)(p - data);
}

int json_split_take(struct json_split *split, struct json_elements *taken)
{
	struct json_elements full = split->elements;
	const struct json_element *open;

	taken->text.size = 0;
	taken->count = 0;
	split->elements = *taken;
	*taken = full;
	if (!split->in_element)
		return 0;
	/* The element that has begun goes on among the next ones. */
	open = &full.element[full.count];
	if (element_begun(split, open->line) ||
	    text_add(&split->elements.text, full.text.data + open->offset,
		     full.text.size - open->offset))
		return -ENOMEM;
	return 0;
}

uint64_t json_split_line(const struct json_split *split, int line, int offset)
{
	uint64_t whole = split->object_line - 1 + (uint64_t)line;
	size_t i;

	for (i = 0; i < split->gaps; i++) {
		if (split->gap[i].offset < (size_t)offset)
			whole += split->gap[i].lines;
	}
	return whole;
}

void json_split_next(struct json_split *split)
{
	split->skeleton.size = 0;
	split->gaps = 0;
	split->elements.text.size = 0;
	split->elements.count = 0;
}

void json_elements_free(struct json_elements *elements)
{
	free(elements->text.data);
	free(elements->element);
	memset(elements, 0, sizeof(*elements));
}

void json_split_free(struct json_split *split)
{
	json_elements_free(&split->elements);
	free(split->skeleton.data);
	free(split->gap);
	free(split->notes.data);
	free(split->text_line.data);
	memset(split, 0, sizeof(*split));
}
