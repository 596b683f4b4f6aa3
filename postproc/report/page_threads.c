// SPDX-License-Identifier: GPL-2.0-only
/* The threads of a phase, stragglers first. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "report/page_parts.h"
#include "format/client_use.h"
#include "run/pace.h"
#include "util/markup.h"

#define ROWS_MOST 256
/* Of more threads, paper gets the stragglers. */
#define ROWS_ON_PAPER 16

int page_stragglers(const struct page *page, size_t run)
{
	char *sentence;
	int ret = pace_stragglers_text(&sentence, &page->run[run].result,
				       markup_put);

	if (!ret && *sentence)
		fprintf(page->out, "<p>Stragglers: %s.</p>\n", sentence);
	free(sentence);
	return ret;
}

/* Tags that HTML lets a page leave out are left out: there are many rows. */
static void put_row(FILE *out, const struct scope *scope, bool straggles)
{
	fprintf(out, "<tr%s><td>", straggles ? " class=\"bad\"" : "");
	markup_put(out, scope->host);
	if (scope->thread >= 0)
		fprintf(out, "<td>%02ld", scope->thread);
	else
		fputs("<td>all", out);
	fprintf(out, "<td>%llu", (unsigned long long)scope->units);
	page_number(out, (double)scope->whole.units_per_s, 0, "");
	page_number(out, (double)scope->whole.mib_per_s, 1, "");
	page_number(out, (double)scope->elapsed_s, 3, " s");
	if (scope->errors == RESULT_UNKNOWN)
		page_cell(out, PAGE_DASH);
	else
		fprintf(out, "<td>%llu", (unsigned long long)scope->errors);
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

/* What the threads took of their own machines. Only a run of files says so. */
static void put_client(const struct page *page, size_t run,
		       const struct phase *phase)
{
	const struct fio_results *results = &page->run[run].files.results;
	struct client_use use;

	if (!results->count)
		return;
	use = client_use_of(&results->result[0], phase);
	if (isnan(use.user_percent))
		return;
	fprintf(page->out,
		"<p>Client: each thread took %.1f %% of a processor, %.1f %% "
		"in the kernel",
		use.user_percent + use.system_percent, use.system_percent);
	if (!isnan(use.waited_percent))
		fprintf(page->out,
			", and waited for one for %.1f %% of the time",
			use.waited_percent);
	fputs(use.bound ? ": <span class=\"bad\">bound by the client's "
			  "CPU</span>.</p>\n"
			: ".</p>\n",
	      page->out);
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
		ret = pace_find_slowness(&slow, phase);
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
			fputs("</summary>\n", out);
			put_client(page, i, phase);
			fputs("<div class=\"wide\">", out);
			put_table(out, phase, &slow,
				  page_unit(page->run, page->runs, operation));
			fputs("</div></details>\n", out);
		}
		pace_free_slowness(&slow);
	}
	return ret;
}
