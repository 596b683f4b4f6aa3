// SPDX-License-Identifier: GPL-2.0-only
/* What ran where, and whether its figures can be trusted. */
#include <string.h>

#include "history/timeline.h"
#include "report/page_parts.h"
#include "util/markup.h"

#define NOTES_SHOWN 3

/*
 * The time of all phases, one after the other, and their number. NAN: unknown.
 */
static double total_s(const struct run_bundle *run, size_t *phases)
{
	long double sum = 0;

	*phases = 0;
	for (size_t i = 0; i < run->result.phases; i++) {
		const struct phase *phase = &run->result.phase[i];

		if (phase_is_within(phase))
			continue;
		++*phases;
		sum += phase->cluster.elapsed_s;
	}
	return (double)sum;
}

/* Writes what the first phase was asked for, as an example of all. */
static void put_job(FILE *out, const struct run_bundle *run)
{
	const struct phase *phase = &run->result.phase[0];
	const struct job_options *asked = &phase->asked;
	const struct fingerprint *f = &run->runs.run[0].fingerprint;
	char key[256], time[CHART_VALUE_MAX];
	const char *size;
	size_t phases;
	double seconds = total_s(run, &phases);

	fprintf(out, "%zu operation%s by %llu thread%s", phases,
		phases > 1 ? "s" : "",
		(unsigned long long)phase->cluster.threads,
		phase->cluster.threads > 1 ? "s" : "");
	if (phase->hosts == 1) {
		fputs(" on ", out);
		markup_put(out, phase->host[0].host);
	} else {
		fprintf(out, " on %zu hosts", phase->hosts);
	}
	if (asked->units != JOB_OPTIONS_UNKNOWN)
		fprintf(out, ", each with %llu %s",
			(unsigned long long)asked->units,
			job_unit_name(asked->unit, asked->units != 1));
	snprintf(key, sizeof(key), "%s.filesize", phase->job);
	size = fingerprint_get(f, key);
	if (size && asked->unit == JOB_UNIT_FILES) {
		fputs(" of ", out);
		markup_put(out, size);
	}
	if (seconds > 0)
		fprintf(out, ", in %s", chart_value(time, CHART_TIME, seconds));
	fputs(". ", out);
}

static void put_facts(FILE *out, const struct run_summary *run)
{
	static const struct {
		const char *key, *before, *after;
	} facts[] = {
		{ "filesystem", "File system ", ", " },
		{ "kernel", "Linux ", ", " },
		{ "cpus", "", " processors, " },
		{ "cpu", "", ", " },
		{ "fio", "", ". " },
	};
	char time[TIMELINE_TIME_MAX];

	for (size_t i = 0; i < sizeof(facts) / sizeof(*facts); i++) {
		const char *value =
			fingerprint_get(&run->fingerprint, facts[i].key);

		if (!value)
			continue;
		fputs(facts[i].before, out);
		markup_put(out, value);
		fputs(facts[i].after, out);
	}
	fprintf(out, "Ended %s UTC.", timeline_time(time, run->end_ms));
}

void page_notes(FILE *out, const char *class, const char *title,
		const struct notes *notes)
{
	if (!notes->count)
		return;
	if (title)
		fprintf(out, "<p class=\"%s\">%s:</p>\n", class, title);
	fputs("<ul>\n", out);
	for (size_t i = 0; i < notes->count; i++) {
		if (i == NOTES_SHOWN)
			fprintf(out,
				"</ul>\n<details><summary>and %zu "
				"more</summary><ul>\n",
				notes->count - i);
		fputs("<li>", out);
		markup_put(out, notes->text[i]);
		fputs("</li>\n", out);
	}
	fprintf(out, "</ul>%s\n",
		notes->count > NOTES_SHOWN ? "</details>" : "");
}

/* What speaks against a run: one of the result's lists, and its name. */
struct objection {
	const char *name;
	const struct notes *notes;
};
#define OBJECTIONS 3

static void find_objections(struct objection *objection,
			    const struct result *result)
{
	objection[0] =
		(struct objection){ "&#10007; Not valid", &result->invalid };
	objection[1] = (struct objection){ "&#10007; Too little was done",
					   &result->too_small };
	objection[2] =
		(struct objection){ "&#10007; Too short", &result->too_short };
}

static int put_verdict(const struct page *page, size_t run)
{
	const struct result *result = &page->run[run].result;
	struct objection objection[OBJECTIONS];
	struct notes pauses = { 0 };
	FILE *out = page->out;
	int ret = result_pauses(result, &pauses);

	find_objections(objection, result);
	if (result_is_valid(result) && result->phases)
		fputs("<p class=\"good\">&#10003; Valid: nothing speaks "
		      "against these figures.</p>\n",
		      out);
	for (size_t i = 0; i < OBJECTIONS; i++)
		page_notes(out, "bad", objection[i].name, objection[i].notes);
	page_notes(out, "bad", "Pauses", &pauses);
	notes_free(&pauses);
	return ret ? ret : page_stragglers(page, run);
}

/* A line for each run: its colour in the charts, its name, its verdict. */
void page_runs_brief(const struct page *page)
{
	FILE *out = page->out;

	fputs("<ul class=\"legend\">", out);
	for (size_t i = 0; i < page->runs; i++) {
		const struct result *result = &page->run[i].result;
		struct objection objection[OBJECTIONS];
		const char *name = NULL;

		find_objections(objection, result);
		for (size_t k = 0; k < OBJECTIONS && !name; k++)
			if (objection[k].notes->count)
				name = objection[k].name;
		fprintf(out, "<li class=\"c%zu\"><a href=\"#r%zu\">",
			i % CHART_COLOURS, i);
		markup_put(out, page_run_name(page, i));
		fputs("</a>", out);
		if (name)
			fprintf(out, " <span class=\"bad\">%s</span>", name);
		else if (result->phases)
			fputs(" <span class=\"good\">&#10003; Valid</span>",
			      out);
		fputs("</li>", out);
	}
	fputs("</ul>\n", out);
}

static const char *kind_of(const struct page *page, size_t run)
{
	return page->run[run].about ? "Soak " : page->runs > 1 ? "" : "Run ";
}

int page_runs(const struct page *page)
{
	FILE *out = page->out;
	int ret = 0, unrecorded = 0;

	for (size_t i = 0; i < page->runs && !ret; i++) {
		const struct run_bundle *run = &page->run[i];

		fprintf(out, "<section class=\"run\" id=\"r%zu\"><h2>%s", i,
			kind_of(page, i));
		markup_put(out, page_run_name(page, i));
		fputs("</h2>\n<p>", out);
		if (run->samples.count)
			fprintf(out,
				"The first of %zu runs: ", run->samples.count);
		if (run->about)
			markup_put(out, run->about);
		else if (run->result.phases)
			put_job(out, run);
		if (!run->about)
			put_facts(out, &run->runs.run[0]);
		fputs("</p>\n", out);
		ret = put_verdict(page, i);
		fputs("</section>\n", out);
		unrecorded += !fingerprint_get(&run->runs.run[0].fingerprint,
					       "filesystem");
	}
	if (unrecorded)
		fputs("<p><small>File system and kernel are known of runs of "
		      "<code>smallfio run</code> only.</small></p>\n",
		      out);
	return ret;
}
