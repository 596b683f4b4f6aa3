// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "format/format.h"

const struct format formats[] = {
	{ "text", "a table for a person", format_text },
	{ "csv", "a header and one line a row, latencies in ns", format_csv },
	{ "json", "schema smallfio-stats-1, latencies in ns", format_json },
	{ "smallfile", "the table of smallfile, in seconds", format_smallfile },
};

const size_t formats_count = sizeof(formats) / sizeof(*formats);

const struct format *format_find(const char *name)
{
	size_t i;

	for (i = 0; i < formats_count; i++) {
		if (!strcmp(name, formats[i].name))
			return &formats[i];
	}
	return NULL;
}
