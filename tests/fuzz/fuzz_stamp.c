// SPDX-License-Identifier: GPL-2.0-only
/*
 * The attribute that await-create reads. Its time is compared with what libc's
 * strtold() reads.
 */
#include <float.h>
#include <inttypes.h>

#include "fuzz.h"
#include "op/op.h"

#define TEXT_MAX  64 /* as await-create reads it */
#define NS_PER_S  1000000000
#define YEAR_2223 (INT64_C(8000000000) * NS_PER_S)

static void check_accepted(const char *text, int64_t ns)
{
	long double want, slack;
	char again[TEXT_MAX], *end;

	assert(ns >= 0 && ns < YEAR_2223);
	want = strtold(text, &end) * NS_PER_S;
	assert(*end == ',');
	slack = 2 + 4 * want * LDBL_EPSILON;
	assert(ns <= want + slack && ns >= want - slack);
	snprintf(again, sizeof(again), "%" PRId64 ".%09" PRId64 ",1",
		 ns / NS_PER_S, ns % NS_PER_S);
	assert(op_parse_stamp(again) == ns);
}

FUZZ(data, size)
{
	char text[TEXT_MAX + 1];
	int64_t ns;

	if (!fuzz_text(text, sizeof(text), data, size))
		return;
	ns = op_parse_stamp(text);
	assert(ns >= -1);
	if (ns >= 0)
		check_accepted(text, ns);
}
