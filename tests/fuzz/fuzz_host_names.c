// SPDX-License-Identifier: GPL-2.0-only
/* Names of hosts with ranges of numbers. */
#include "fuzz.h"
#include "barrier/host_names.h"

#define NAMES_MAX 1000 /* a few characters may stand for very many */

FUZZ(data, size)
{
	char *text = malloc(size + 1), name[64];
	struct host_names names = { .at = text, .separators = ":, " };

	if (!text || !fuzz_text(text, size + 1, data, size))
		abort();
	for (int i = 0; i < NAMES_MAX; i++) {
		if (host_names_next(&names, name, sizeof(name)) <= 0)
			break;
		assert(strlen(name) < sizeof(name));
		assert(names.at >= text && names.at <= text + strlen(text));
	}
	free(text);
}
