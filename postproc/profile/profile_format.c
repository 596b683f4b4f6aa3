// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "profile/profile_format.h"
#include "profile/profile_series.h"
#include "util/json_out.h"
#include "util/shown.h"
#include "util/terminal.h"

#define SCHEMA     "smallfio-profile-1"
#define LABEL_WIDE 28
#define BAR_MOST   60

static const double shares[] = { 0.1, 0.5, 0.9, 0.99 };
static const char *const share_names[] = { "p10", "p50", "p90", "p99" };
#define SHARES (sizeof(shares) / sizeof(*shares))

static int written(FILE *out)
{
	return fflush(out) || ferror(out) ? -EIO : 0;
}

static void put_rows(FILE *out, const char *key, const struct distribution *d)
{
	for (uint32_t i = 0; i < d->rows; i++) {
		const struct distribution_row *row = &d->row[i];

		fprintf(out, "%s %" PRIu64, key, row->low);
		if (row->high > row->low)
			fprintf(out, "-%" PRIu64, row->high);
		fprintf(out, " %" PRIu64 "\n", distribution_count(d, i));
	}
}

int profile_format_file(FILE *out, const char *name, const struct profile *p,
			const struct profile *against)
{
	char key[32];

	fprintf(out, "smallfio-profile %d\n# of %.900s\n", PROFILE_VERSION,
		shown(name));
	for (int i = 0; i < PROFILE_TOTALS; i++)
		fprintf(out, "total %s %" PRIu64 "\n", profile_total[i],
			p->total[i]);
	for (int i = 0; i < PROFILE_KEYS; i++)
		put_rows(out, profile_key[i], &p->of[i]);
	for (unsigned int k = 0; k < p->levels; k++) {
		snprintf(key, sizeof(key), "files.%u", k);
		put_rows(out, key, &p->files[k]);
		snprintf(key, sizeof(key), "directories.%u", k);
		put_rows(out, key, &p->directories[k]);
	}
	fputs("end\n", out);
	return written(out);
}

static void put_totals(FILE *out, const char *name, const struct profile *p)
{
	fprintf(out, "%s:", shown(name));
	for (int i = 0; i < PROFILE_TOTALS; i++) {
		/* Most trees have none of the others. */
		if (i == PROFILE_FILES || i == PROFILE_DIRECTORIES ||
		    p->total[i])
			fprintf(out, "%s %" PRIu64 " %s", i ? "," : "",
				p->total[i], profile_total[i]);
	}
	fputc('\n', out);
}

static void put_table(FILE *out, const struct profile_series *s,
		      const struct profile_series *against)
{
	fprintf(out, "\n%-*s %11s %13s", LABEL_WIDE, "", "count", "mean");
	for (size_t i = 0; i < SHARES; i++)
		fprintf(out, " %10s", share_names[i]);
	fprintf(out, " %13s%s\n", "most", against ? "       KS" : "");
	for (int i = 0; i < PROFILE_SERIES; i++) {
		if (!s[i].total)
			continue;
		fprintf(out, "%-*s %11" PRIu64 " %13.1f", LABEL_WIDE,
			s[i].title, s[i].total, profile_series_mean(&s[i]));
		for (size_t j = 0; j < SHARES; j++)
			fprintf(out, " %10" PRIu64,
				profile_series_quantile(&s[i], shares[j]));
		fprintf(out, " %13" PRIu64, profile_series_most(&s[i]));
		if (against && against[i].total)
			fprintf(out, " %8.4f",
				profile_series_distance(&s[i], &against[i]));
		else if (against)
			fprintf(out, " %8s", "-");
		fputc('\n', out);
	}
	if (against)
		fputs("KS: Kolmogorov-Smirnov distance, 0 if both are alike, 1 "
		      "if nothing is\n",
		      out);
}

/* The last number of the bar that begins with `first`. */
static uint64_t bar_end(const struct profile_series *s, uint64_t first)
{
	return s->doubling && first ? 2 * first - 1 : first;
}

static void put_chart(FILE *out, const struct profile_series *s)
{
	int room = terminal_width() - 40;
	uint64_t most = profile_series_most(s), end;
	double before = 0, highest = 0;

	if (room > BAR_MOST)
		room = BAR_MOST;
	for (uint64_t first = 0; first <= most; first = end + 1) {
		double up_to;

		end = bar_end(s, first);
		up_to = profile_series_up_to(s, end);
		highest = fmax(highest, up_to - before);
		before = up_to;
	}
	fprintf(out, "\n%s\n", s->title);
	before = 0;
	for (uint64_t first = 0; first <= most; first = end + 1) {
		double up_to, count;

		end = bar_end(s, first);
		up_to = profile_series_up_to(s, end);
		count = up_to - before;
		before = up_to;
		fprintf(out, "%13" PRIu64, first);
		if (end > first)
			fprintf(out, " to %-13" PRIu64, end);
		else
			fprintf(out, "%17s", "");
		fprintf(out, "%5.1f%% ", 100 * count / (double)s->total);
		for (int i = 0; i < (int)ceil(count / highest * room); i++)
			fputc('#', out);
		fputc('\n', out);
	}
}

int profile_format_text(FILE *out, const char *name, const struct profile *p,
			const struct profile *against)
{
	struct profile_series series[PROFILE_SERIES], other[PROFILE_SERIES];

	terminal_use(out);
	profile_series(p, series);
	if (against)
		profile_series(against, other);
	put_totals(out, name, p);
	put_table(out, series, against ? other : NULL);
	for (int i = 0; i < PROFILE_SERIES; i++)
		if (series[i].charted && series[i].total)
			put_chart(out, &series[i]);
	return written(out);
}

static void put_series(struct json_out *json, const struct profile_series *s,
		       const struct profile_series *against)
{
	json_out_open(json, s->name, '{');
	json_out_int(json, "count", (int64_t)s->total);
	if (s->total) {
		json_out_number(json, "mean", profile_series_mean(s));
		for (size_t i = 0; i < SHARES; i++)
			json_out_int(
				json, share_names[i],
				(int64_t)profile_series_quantile(s, shares[i]));
		json_out_int(json, "most", (int64_t)profile_series_most(s));
	}
	if (against)
		json_out_number(json, "ks",
				profile_series_distance(s, against));
	json_out_close(json, '}');
}

int profile_format_json(FILE *out, const char *name, const struct profile *p,
			const struct profile *against)
{
	struct profile_series series[PROFILE_SERIES], other[PROFILE_SERIES];
	struct json_out json = { .out = out };

	profile_series(p, series);
	if (against)
		profile_series(against, other);
	json_out_open(&json, NULL, '{');
	json_out_string(&json, "schema", SCHEMA);
	json_out_string(&json, "name", name);
	json_out_int(&json, "levels", p->levels);
	json_out_open(&json, "totals", '{');
	for (int i = 0; i < PROFILE_TOTALS; i++)
		json_out_int(&json, profile_total[i], (int64_t)p->total[i]);
	json_out_close(&json, '}');
	json_out_open(&json, "distributions", '{');
	for (int i = 0; i < PROFILE_SERIES; i++)
		put_series(&json, &series[i], against ? &other[i] : NULL);
	json_out_close(&json, '}');
	json_out_close(&json, '}');
	fputc('\n', out);
	return written(out);
}
