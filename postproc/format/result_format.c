// SPDX-License-Identifier: GPL-2.0-only
#include "format/result_format.h"

const struct result_format result_formats[] = {
	{ "text", "tables for a person", result_text },
	{ "csv", "a header and one line a thread, host and cluster",
	  result_csv },
	{ "json", "schema smallfio-result-1", result_json },
	{ "smallfile", "the lines that smallfile prints", result_smallfile },
	{ "smallfile-json", "the fields of smallfile's --output-json",
	  result_smallfile_json },
	{ 0 },
};
