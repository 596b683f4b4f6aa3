// SPDX-License-Identifier: GPL-2.0-only
/* A rule that was parsed parses to the same again from its own text. */
#include <errno.h>
#include <string.h>

#include "fuzz.h"
#include "limit.h"

#define RULE_MAX 512

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char text[RULE_MAX], error[LIMIT_ERROR_MAX] = "";
	struct limit limit, again;
	unsigned int column = 0;
	int ret;

	if (size >= sizeof(text))
		return 0;
	if (size)
		memcpy(text, data, size);
	text[size] = '\0';
	ret = limit_parse(&limit, text, &column, error);
	if (ret) {
		assert(ret == -EINVAL && error[0]);
		assert(column >= 1 && column <= size + 1);
		return 0;
	}
	assert(limit.value >= 0);
	assert(!limit_parse(&again, limit.text, &column, error));
	assert(!memcmp(&limit, &again, sizeof(limit)));
	return 0;
}
