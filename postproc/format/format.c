// SPDX-License-Identifier: GPL-2.0-only
#include "format/format.h"

const struct format formats[] = {
	{ "text", "a table for a person", format_text },
	{ "csv", "a header and one line a row, latencies in ns", format_csv },
	{ "json", "schema smallfio-stats-1, latencies in ns", format_json },
	{ "smallfile", "the table of smallfile, in seconds", format_smallfile },
	{ 0 },
};
