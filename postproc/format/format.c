// SPDX-License-Identifier: GPL-2.0-only
#include "format/format.h"

const struct format formats[] = {
	{ "text", "a table for a person", format_text, NULL },
	{ "csv", "a header and one line a row, latencies in ns", format_csv,
	  NULL },
	{ "json", "schema smallfio-stats-1, latencies in ns", format_json,
	  NULL },
	{ "smallfile", "the table of smallfile, in seconds", format_smallfile,
	  NULL },
	EXPORT_ROWS,
	{ 0 },
};

int format_report(FILE *out, const struct format *format,
		  const struct stats_report *report)
{
	struct points points = { .source = "stats" };
	int ret;

	if (format->write)
		return format->write(out, report);
	ret = stats_points(&points, report);
	if (!ret)
		ret = format->export(out, &points);
	points_free(&points);
	return ret;
}
