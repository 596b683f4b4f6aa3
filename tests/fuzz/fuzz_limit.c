// SPDX-License-Identifier: GPL-2.0-only
/* The text that is made of a parsed rule is parsed to the same rule again. */
#include "fuzz.h"
#include "verdict/limit.h"

#define RULE_MAX 512

/* Compares each member, because the bytes between members may differ. */
static void check_same(const struct limit *a, const struct limit *b)
{
	assert(!strcmp(a->text, b->text));
	assert(!strcmp(a->operation, b->operation));
	assert(!strcmp(a->host, b->host));
	assert(!strcmp(a->metric.name, b->metric.name));
	assert(a->metric.row == b->metric.row);
	assert(a->metric.percentile.e9 == b->metric.percentile.e9);
	assert(a->comparison == b->comparison);
	assert(a->value == b->value);
}

FUZZ(data, size)
{
	char text[RULE_MAX], error[LIMIT_ERROR_MAX] = "";
	struct limit limit, again;
	unsigned int column = 0;
	int ret;

	if (!fuzz_text(text, sizeof(text), data, size))
		return;
	ret = limit_parse(&limit, text, &column, error);
	if (ret) {
		assert(ret == -EINVAL && error[0]);
		assert(column >= 1 && column <= size + 1);
		return;
	}
	assert(limit.value >= 0);
	assert(!limit_parse(&again, limit.text, &column, error));
	check_same(&limit, &again);
}
