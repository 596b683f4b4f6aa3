// SPDX-License-Identifier: GPL-2.0-only
/* The threads of a phase, and which of them are stragglers. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/page_parts.h"
#include "stats/fairness.h"
#include "util/array.h"
#include "util/markup.h"

#define ROWS_MOST 256
/* Of more threads, paper gets the stragglers. */
#define ROWS_ON_PAPER 16
#define HOSTS_NAMED   3

/* How many times as long as the median each thread takes for a unit. */
struct slowness {
	long double *times;
	bool *straggles;
	size_t threads, stragglers;
};

static int find_slowness(struct slowness *slow, const struct phase *phase)
{
	size_t n = phase->threads;
	long double *score, median = NAN;
	int ret;

	*slow = (struct slowness){ .threads = n };
	slow->times = calloc(2 * n + 1, sizeof(*slow->times));
	slow->straggles = calloc(n + 1, sizeof(*slow->straggles));
	if (!slow->times || !slow->straggles)
		return -ENOMEM;
	score = slow->times + n;
	for (size_t i = 0; i < n; i++)
		slow->times[i] = phase->thread[i].elapsed_s /
				 (long double)phase->thread[i].units;
	ret = fairness_scores(slow->times, n, score, &median);
	for (size_t i = 0; i < n && !ret; i++) {
		slow->straggles[i] =
			slow->times[i] > median &&
			fairness_is_outlier(slow->times[i], score[i], median);
		slow->stragglers += slow->straggles[i];
		slow->times[i] /= median;
	}
	return ret;
}

static void free_slowness(struct slowness *slow)
{
	free(slow->times);
	free(slow->straggles);
}

/* A host with stragglers: in how many phases, and how late the latest was. */
struct late_host {
	const char *host;
	const struct phase *last;
	size_t phases;
	long double worst;
};

struct late_hosts {
	struct late_host *host;
	size_t count;
};

static int add_late(struct late_hosts *late, const struct phase *phase,
		    const char *host, long double times)
{
	struct late_host *found = NULL;

	for (size_t i = 0; i < late->count && !found; i++)
		if (!strcmp(late->host[i].host, host))
			found = &late->host[i];
	if (!found) {
		found = array_add(&late->host, &late->count);
		if (!found)
			return -ENOMEM;
		found->host = host;
	}
	found->phases += found->last != phase;
	found->last = phase;
	if (times > found->worst)
		found->worst = times;
	return 0;
}

static int add_stragglers(struct late_hosts *late, const struct phase *phase)
{
	struct slowness slow;
	int ret = find_slowness(&slow, phase);

	for (size_t i = 0; i < slow.threads && !ret; i++)
		if (slow.straggles[i])
			ret = add_late(late, phase, phase->thread[i].host,
				       slow.times[i]);
	free_slowness(&slow);
	return ret;
}

/* The host that is late most often comes first. */
static int compare_late(const void *a, const void *b)
{
	const struct late_host *l = a, *r = b;

	if (l->phases != r->phases)
		return l->phases < r->phases ? 1 : -1;
	return (l->worst < r->worst) - (l->worst > r->worst);
}

static void name_hosts(FILE *out, const struct late_hosts *late)
{
	fputs("<p>Stragglers: ", out);
	for (size_t i = 0; i < late->count && i < HOSTS_NAMED; i++) {
		const struct late_host *host = &late->host[i];

		fputs(i ? "; " : "", out);
		markup_put(out, host->host);
		fprintf(out,
			" in %zu operation%s, with up to %.1Lf times the "
			"median's time",
			host->phases, host->phases > 1 ? "s" : "", host->worst);
	}
	if (late->count > HOSTS_NAMED)
		fprintf(out, "; and %zu hosts more", late->count - HOSTS_NAMED);
	fputs(".</p>\n", out);
}

int page_stragglers(const struct page *page, size_t run)
{
	const struct result *result = &page->run[run].result;
	struct late_hosts late = { 0 };
	int ret = 0;

	for (size_t i = 0; i < result->phases && !ret; i++)
		ret = add_stragglers(&late, &result->phase[i]);
	if (!ret && late.count) {
		qsort(late.host, late.count, sizeof(*late.host), compare_late);
		name_hosts(page->out, &late);
	}
	free(late.host);
	return ret;
}

/* Tags that HTML lets a page leave out are left out: there are many rows. */
static void put_row(FILE *out, const struct part *part, bool straggles)
{
	fprintf(out, "<tr%s><td>", straggles ? " class=\"bad\"" : "");
	markup_put(out, part->host);
	if (part->thread >= 0)
		fprintf(out, "<td>%02ld", part->thread);
	else
		fputs("<td>all", out);
	fprintf(out, "<td>%llu", (unsigned long long)part->units);
	page_number(out, (double)part->whole.units_per_s, 0, "");
	page_number(out, (double)part->whole.mib_per_s, 1, "");
	page_number(out, (double)part->elapsed_s, 3, " s");
	if (part->errors == RESULT_UNKNOWN)
		page_cell(out, PAGE_DASH);
	else
		fprintf(out, "<td>%llu", (unsigned long long)part->errors);
	fputs(straggles ? "<td>straggler\n" : "\n", out);
}

static void put_table(FILE *out, const struct phase *phase,
		      const struct slowness *slow, const char *unit)
{
	size_t shown = 0;

	fprintf(out,
		"<table><thead><tr><th>host<th>thread<th>%s<th>%s/s<th>MiB/s"
		"<th>time<th>errors<th></thead><tbody>\n",
		unit, unit);
	/* Stragglers come first, so that none is left out. */
	for (int others = 0; others < 2; others++)
		for (size_t i = 0; i < slow->threads && shown < ROWS_MOST; i++)
			if (slow->straggles[i] != others) {
				put_row(out, &phase->thread[i],
					slow->straggles[i]);
				shown++;
			}
	fputs("</tbody></table>\n", out);
	if (slow->threads > shown)
		fprintf(out,
			"<p>and %zu threads more, none of them a straggler "
			"that is not above</p>\n",
			slow->threads - shown);
}

int page_threads(const struct page *page, const char *operation)
{
	FILE *out = page->out;
	int ret = 0;

	for (size_t i = 0; i < page->runs && !ret; i++) {
		const struct phase *phase =
			page_phase(&page->run[i], operation);
		struct slowness slow;

		if (!phase)
			continue;
		ret = find_slowness(&slow, phase);
		if (!ret) {
			fprintf(out,
				"<details data-run=\"%zu\"%s><summary>%zu %s%s",
				i,
				phase->threads > ROWS_ON_PAPER
					? " class=\"many\""
					: "",
				phase->threads,
				page->run[i].about ? "host" : "thread",
				phase->threads > 1 ? "s" : "");
			if (page->runs > 1) {
				fputs(" of ", out);
				markup_put(out, page_run_name(page, i));
			}
			if (slow.stragglers)
				fprintf(out,
					", <span class=\"bad\">%zu "
					"straggler%s</span>",
					slow.stragglers,
					slow.stragglers > 1 ? "s" : "");
			fputs("</summary>\n<div class=\"wide\">", out);
			put_table(out, phase, &slow,
				  page_unit(page->run, page->runs, operation));
			fputs("</div></details>\n", out);
		}
		free_slowness(&slow);
	}
	return ret;
}
