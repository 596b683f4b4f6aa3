// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "verdict/limit.h"
#include "util/array.h"

#define BLANKS      " \t\r\n"
#define COMPARISONS "<>=!"

struct word {
	const char *start;
	size_t length;
};

static int fail(const char *text, const char *at, unsigned int *column,
		char *error, const char *message)
{
	*column = (unsigned int)(at - text) + 1;
	snprintf(error, LIMIT_ERROR_MAX, "%s", message);
	return -EINVAL;
}

static void copy_word(char *out, struct word word)
{
	memcpy(out, word.start, word.length);
	out[word.length] = '\0';
}

/*
 * Finds the words from `p` to `end`. Returns how many there are, or `most` + 1
 * for more than `most`.
 */
static size_t split_words(const char *p, const char *end, struct word *words,
			  size_t most)
{
	size_t n = 0;

	for (;;) {
		p += strspn(p, BLANKS);
		if (p >= end)
			return n;
		if (n == most)
			return most + 1;
		words[n].start = p;
		words[n].length = strcspn(p, BLANKS COMPARISONS);
		p += words[n++].length;
	}
}

/* Reads a comparison such as "<=", and moves *p behind it. */
static int parse_comparison(const char **p, enum limit_comparison *comparison)
{
	static const struct {
		const char *name;
		enum limit_comparison comparison;
	} rows[] = {
		{ "<=", LIMIT_LESS_OR_EQUAL },
		{ "<", LIMIT_LESS },
		{ ">=", LIMIT_GREATER_OR_EQUAL },
		{ ">", LIMIT_GREATER },
		{ "==", LIMIT_EQUAL },
		{ "=", LIMIT_EQUAL },
	};
	size_t i, length = strspn(*p, COMPARISONS);

	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		if (strlen(rows[i].name) != length ||
		    memcmp(*p, rows[i].name, length) != 0)
			continue;
		*comparison = rows[i].comparison;
		*p += length;
		return 0;
	}
	return -EINVAL;
}

static int parse_operation(struct limit *limit, struct word word,
			   const char *text, unsigned int *column, char *error)
{
	char *at;

	copy_word(limit->operation, word);
	at = strchr(limit->operation, '@');
	if (!at)
		return 0;
	*at = '\0';
	strcpy(limit->host, at + 1);
	if (!*limit->host || !*limit->operation)
		return fail(text, word.start, column, error,
			    "expected OPERATION@HOST");
	return 0;
}

/* Parses what stands before the comparison: [OPERATION[@HOST]] METRIC. */
static int parse_left(struct limit *limit, const char *text, const char *end,
		      unsigned int *column, char *error)
{
	char name[LIMIT_TEXT_MAX], reason[METRIC_ERROR_MAX];
	struct word words[2];
	size_t n = split_words(text, end, words, 2);

	if (!n || n > 2)
		return fail(text, n ? end : text, column, error,
			    "expected [OPERATION] METRIC before the "
			    "comparison, as in \"create p99 < 2ms\"");
	copy_word(name, words[n - 1]);
	if (metric_parse(&limit->metric, name, reason))
		return fail(text, words[n - 1].start, column, error, reason);
	if (n == 2)
		return parse_operation(limit, words[0], text, column, error);
	return 0;
}

int limit_parse(struct limit *limit, const char *text, unsigned int *column,
		char *error)
{
	char reason[METRIC_ERROR_MAX], value[LIMIT_TEXT_MAX];
	const char *p;
	size_t length;

	memset(limit, 0, sizeof(*limit));
	text += strspn(text, BLANKS);
	length = strlen(text);
	while (length && strchr(BLANKS, text[length - 1]))
		length--;
	if (length >= sizeof(limit->text))
		return fail(text, text, column, error,
			    "a rule has at most 255 bytes");
	copy_word(limit->text, (struct word){ text, length });
	text = limit->text;
	p = text + strcspn(text, COMPARISONS);
	if (!*p)
		return fail(text, p, column, error,
			    "expected a comparison (<, <=, >, >=, =), found "
			    "the end of the rule");
	if (parse_left(limit, text, p, column, error))
		return -EINVAL;
	if (parse_comparison(&p, &limit->comparison))
		return fail(text, p, column, error,
			    "expected <, <=, >, >= or =, found another "
			    "operator");
	p += strspn(p, BLANKS);
	snprintf(value, sizeof(value), "%s", p);
	if (metric_parse_value(limit->metric.row->unit, value, &limit->value,
			       reason))
		return fail(text, p, column, error, reason);
	return 0;
}

bool limit_holds(const struct limit *limit, double value)
{
	switch (limit->comparison) {
	case LIMIT_LESS:
		return value < limit->value;
	case LIMIT_LESS_OR_EQUAL:
		return value <= limit->value;
	case LIMIT_GREATER:
		return value > limit->value;
	case LIMIT_GREATER_OR_EQUAL:
		return value >= limit->value;
	default:
		return value == limit->value;
	}
}

static bool is_same(const struct limit *a, const struct limit *b)
{
	return !strcmp(a->operation, b->operation) &&
	       !strcmp(a->host, b->host) &&
	       !strcmp(a->metric.name, b->metric.name) &&
	       a->comparison == b->comparison && a->value == b->value;
}

int limits_add(struct limits *limits, const struct limit *limit)
{
	struct limit *added;
	size_t i;

	for (i = 0; i < limits->count; i++) {
		if (is_same(&limits->limit[i], limit))
			return 0;
	}
	if (limits->count == LIMITS_MAX)
		return -E2BIG;
	added = array_add(&limits->limit, &limits->count);
	if (!added)
		return -ENOMEM;
	*added = *limit;
	return 0;
}

/* Adds the rule of a line. 1: added. 0: the line has no rule. Or -errno. */
static int add_line(struct limits *limits, char *line, uint64_t number,
		    struct input_error *error)
{
	char reason[LIMIT_ERROR_MAX];
	struct limit limit;
	unsigned int column;
	size_t blanks;

	line[strcspn(line, "#")] = '\0';
	blanks = strspn(line, BLANKS);
	if (!line[blanks])
		return 0;
	if (limit_parse(&limit, line + blanks, &column, reason))
		return input_error_set(error, INPUT_RULE, number,
				       column + (unsigned int)blanks, "%s",
				       reason);
	switch (limits_add(limits, &limit)) {
	case 0:
		return 1;
	case -E2BIG:
		return input_error_set(error, INPUT_RULE, number, 0,
				       "expected at most %d rules", LIMITS_MAX);
	default:
		return input_error_no_memory(error);
	}
}

int limits_read(struct limits *limits, const char *path,
		struct input_error *error)
{
	FILE *file = fopen(path, "re");
	char *line = NULL;
	uint64_t number = 0;
	size_t capacity = 0;
	bool found = false;
	int ret = 0;

	error->path = path;
	if (!file)
		return input_error_set(error, INPUT_UNREADABLE, 0, 0,
				       "cannot open: %s", strerror(errno));
	while (ret >= 0 && getline(&line, &capacity, file) >= 0) {
		ret = add_line(limits, line, ++number, error);
		found |= ret > 0;
	}
	ret = ret < 0 ? ret : 0;
	if (!ret && ferror(file))
		ret = input_error_set(error, INPUT_UNREADABLE, 0, 0,
				      "cannot read: %s", strerror(errno));
	if (!ret && !found)
		ret = input_error_set(error, INPUT_RULE, 0, 0,
				      "expected rules like \"create p99 < "
				      "2ms\", one a line, found none");
	free(line);
	fclose(file);
	return ret;
}

void limits_free(struct limits *limits)
{
	free(limits->limit);
	memset(limits, 0, sizeof(*limits));
}
