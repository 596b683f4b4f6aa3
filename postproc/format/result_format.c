// SPDX-License-Identifier: GPL-2.0-only
#include "format/result_format.h"

const struct result_format result_formats[] = {
	{ "text", "tables for a person", result_text, NULL },
	{ "csv", "a header and one line a thread, host and cluster", result_csv,
	  NULL },
	{ "json", "schema smallfio-result-1", result_json, NULL },
	{ "smallfile", "the lines that smallfile prints", result_smallfile,
	  NULL },
	{ "smallfile-json", "the fields of smallfile's --output-json",
	  result_smallfile_json, NULL },
	EXPORT_ROWS,
	{ 0 },
};

int result_write(FILE *out, const struct result_format *format,
		 const struct result_page *page)
{
	struct points points = { .source = "result" };
	int ret;

	if (format->write)
		return format->write(out, page);
	ret = result_points(&points, page);
	if (!ret)
		ret = format->export(out, &points);
	points_free(&points);
	return ret;
}
