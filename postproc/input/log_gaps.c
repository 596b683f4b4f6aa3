// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>

#include "input/log_gaps.h"
#include "util/array.h"

static int64_t later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static int64_t earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/*
 * Adds what each gap of `from` shares with the time from begin to end, if this
 * is min_ns or longer.
 */
static int add_common(struct log_gaps *to, const struct log_gaps *from,
		      int64_t begin, int64_t end, int64_t min_ns)
{
	for (size_t i = 0; i < from->count && end - begin >= min_ns; i++) {
		struct log_gap both = { later(from->gap[i].from_ns, begin),
					earlier(from->gap[i].to_ns, end) };
		struct log_gap *gap;

		if (both.to_ns - both.from_ns < min_ns)
			continue;
		gap = array_add(&to->gap, &to->count);
		if (!gap)
			return -ENOMEM;
		*gap = both;
	}
	return 0;
}

int log_gaps_keep(struct log_gaps *gaps, const struct log_times *log,
		  int64_t ahead_ns, int64_t min_ns)
{
	struct log_gaps kept = { 0 };
	int64_t before = INT64_MIN / 2;
	int ret = 0;

	for (size_t i = 0; i < log->steps && !ret; i++) {
		int64_t at = log->step[i].time_ns - ahead_ns;

		ret = add_common(&kept, gaps, before, at, min_ns);
		before = at;
	}
	if (!ret)
		ret = add_common(&kept, gaps, before, INT64_MAX / 2, min_ns);
	free(gaps->gap);
	*gaps = kept;
	return ret;
}
