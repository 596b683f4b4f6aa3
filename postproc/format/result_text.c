// SPDX-License-Identifier: GPL-2.0-only
/*
 * Text for a person: the verdict with its reasons, and a line for each phase.
 * On request, a table of its hosts and threads for each phase follows, and how
 * they ran together.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "format/client_use.h"
#include "util/field.h"
#include "format/result_format.h"
#include "run/pace.h"
#include "util/shown.h"
#include "util/terminal.h"

#define NAME_WIDTH_MIN    12
#define NARROW_WIDTH      90 /* the column of IOPS needs as much */
#define NAME_SENTENCE     24 /* of a host within a sentence */
#define NARROW            8
#define WIDE              11
#define CLOCKS_SHOWN      8
#define JOBS_NAMED        4
#define REASONS_SHOWN_MAX 10 /* of each kind, without --verbose */
#define NS_PER_S          1e9L

const char *result_unit_heading(const struct phase *phase)
{
	static const char *const names[] = {
		[JOB_UNIT_FILES] = "files",
		[JOB_UNIT_DIRECTORIES] = "dirs",
		[JOB_UNIT_IOS] = "ios",
	};

	return names[phase->asked.unit];
}

static void write_header(FILE *out, const struct phase *phase, int width)
{
	const char *unit = result_unit_heading(phase);
	char rate[FIELD_MAX];

	snprintf(rate, sizeof(rate), "%s/s", unit);
	field_name(out, width, "host");
	field_right(out, NARROW, "thread");
	field_right(out, WIDE, unit);
	field_right(out, NARROW, "errors");
	field_right(out, NARROW + 1, "done");
	field_right(out, NARROW + 1, "elapsed");
	field_right(out, WIDE, rate);
	if (terminal_width() >= NARROW_WIDTH)
		field_right(out, WIDE, "IOPS");
	field_right(out, NARROW + 1, "MiB/s");
	fputc('\n', out);
}

static void write_count(FILE *out, int width, uint64_t n)
{
	char cell[FIELD_MAX];

	snprintf(cell, sizeof(cell), "%llu", (unsigned long long)n);
	field_right(out, width, cell);
}

static void write_percent(FILE *out, int width, long double percent)
{
	char cell[FIELD_MAX] = "-";

	if (!isnan(percent))
		snprintf(cell, sizeof(cell), "%.*Lf %%",
			 percent < 99.95L && percent > 0, percent);
	field_right(out, width, cell);
}

static void write_scope(FILE *out, const struct scope *scope, int width,
			const char *name)
{
	char thread[FIELD_MAX] = "all";

	if (scope->thread >= 0)
		snprintf(thread, sizeof(thread), "%02ld", scope->thread);
	field_name(out, width, name);
	field_right(out, NARROW, thread);
	write_count(out, WIDE, scope->units);
	write_count(out, NARROW, scope->errors);
	write_percent(out, NARROW + 1, scope_done_percent(scope));
	field_seconds(out, NARROW + 1, scope->elapsed_s);
	field_rate(out, WIDE, scope->whole.units_per_s);
	if (terminal_width() >= NARROW_WIDTH)
		field_rate(out, WIDE, scope->whole.records_per_s);
	field_rate(out, NARROW + 1, scope->whole.mib_per_s);
	fputc('\n', out);
}

/*
 * Writes pauses, which may be outages. Percentiles hide them. Of hosts, writes
 * what the cluster does not have, too.
 */
static void write_pauses(FILE *out, const struct phase *phase)
{
	const struct pauses *all = &phase->cluster.pauses;

	if (all->count) {
		pauses_say(out, NULL, all);
		fputc('\n', out);
	}
	for (size_t i = 0; i < phase->hosts && !all->count; i++) {
		const struct scope *host = &phase->host[i];

		if (!host->pauses.count)
			continue;
		pauses_say(out, host->host, &host->pauses);
		fputc('\n', out);
	}
}

static void write_stonewalled(FILE *out, const struct phase *phase)
{
	const struct scope *all = &phase->cluster;

	/* fio's times are whole ms, too coarse for a short phase. */
	if (phase->too_short)
		return;
	fputs("until the first thread had finished: ", out);
	field_rate(out, 0, all->stonewalled.units_per_s);
	fprintf(out, " %s/s", result_unit_heading(phase));
	if (!isnan(all->stonewalled.mib_per_s)) {
		fputs(", ", out);
		field_rate(out, 0, all->stonewalled.mib_per_s);
		fputs(" MiB/s", out);
	}
	if (!isnan(scope_stonewalled_percent(all)))
		fprintf(out, ", %.1Lf %% done", scope_stonewalled_percent(all));
	fputc('\n', out);
}

static void write_skew(FILE *out, const struct phase *phase)
{
	fputs("started within ", out);
	field_seconds(out, 0, phase->start_skew_s);
	fputs(", finished within ", out);
	field_seconds(out, 0, phase->finish_skew_s);
	/* fio's times are whole ms, too coarse for a short phase. */
	if (!isnan(phase->overlap_percent) && !phase->too_short)
		fprintf(out, "; all threads at work for %.1Lf %% of the time",
			phase->overlap_percent);
	fputc('\n', out);
}

/* Writes the name of a host within a sentence. */
static void write_host(FILE *out, const char *host)
{
	int n = field_columns(host);

	field_name(out, n < NAME_SENTENCE ? n : NAME_SENTENCE, host);
}

/* Writes which clocks are off, and how exactly the clocks were compared. */
static void write_clocks(FILE *out, const struct phase *phase)
{
	int64_t error_ns = 0;
	size_t shown = 0;

	for (size_t i = 0; i < phase->clocks; i++) {
		const struct engine_note *c = phase->clock[i];

		if (c->error_ns > error_ns)
			error_ns = c->error_ns;
		if (llabs(c->ahead_ns) <= c->error_ns || ++shown > CLOCKS_SHOWN)
			continue;
		fputs("clock of ", out);
		write_host(out, c->host);
		fputs(": ", out);
		field_seconds(out, 0,
			      (long double)llabs(c->ahead_ns) / NS_PER_S);
		fprintf(out, " %s %s\n",
			c->ahead_ns > 0 ? "ahead of" : "behind", c->reference);
	}
	if (shown > CLOCKS_SHOWN)
		fprintf(out, "and %zu more clocks are off\n",
			shown - CLOCKS_SHOWN);
	if (phase->clocks) {
		fputs("clocks of the hosts were compared at the start barrier, "
		      "to within ",
		      out);
		field_seconds(out, 0, (long double)error_ns / NS_PER_S);
		fputc('\n', out);
	}
}

/*
 * Writes what went to the server, and what a cache in front of it has done. An
 * operation may make several trips, so there may be more that made none.
 */
static void write_trips(FILE *out, const struct phase *phase,
			const struct client_use *use)
{
	const uint64_t *n = use->counter;
	const double mib = 1 << 20;

	if (n[CLIENT_TRIPS] == ENGINE_NOTE_UNKNOWN) {
		fputs("server trips: not known\n", out);
		return;
	}
	fprintf(out,
		"server trips: %llu; of %llu %s, at least %llu made none "
		"(cache hits)\n  MiB read: %.1f, from the server: %.1f; MiB "
		"written: %.1f, to the server: %.1f\n",
		(unsigned long long)n[CLIENT_TRIPS],
		(unsigned long long)phase->cluster.units,
		result_unit_heading(phase), (unsigned long long)use->hits,
		(double)n[CLIENT_READ_BYTES] / mib,
		(double)n[CLIENT_FETCHED_BYTES] / mib,
		(double)n[CLIENT_WRITTEN_BYTES] / mib,
		(double)n[CLIENT_SENT_BYTES] / mib);
}

/* Writes what the threads took of their own machine. */
static void write_client(FILE *out, const struct fio_result *run,
			 const struct phase *phase)
{
	const struct client_use use = client_use_of(run, phase);

	if (isnan(use.user_percent))
		return;
	fprintf(out,
		"client: each thread took %.1f %% of a processor, %.1f %% in "
		"the kernel;\n  context switches: ",
		use.user_percent + use.system_percent, use.system_percent);
	if (use.switches >= 0)
		fprintf(out, "%lld", (long long)use.switches);
	else
		fputs("not known", out);
	if (use.counter[CLIENT_VOLUNTARY] != ENGINE_NOTE_UNKNOWN)
		fprintf(out, " (%llu voluntary, %llu involuntary)",
			(unsigned long long)use.counter[CLIENT_VOLUNTARY],
			(unsigned long long)use.counter[CLIENT_INVOLUNTARY]);
	fputs("\n  waited for a processor: ", out);
	if (isnan(use.waited_percent))
		fputs("not known\n", out);
	else
		fprintf(out, "%.1f %% of the time\n", use.waited_percent);
	write_trips(out, phase, &use);
}

static void write_samples(FILE *out, const struct phase *phase)
{
	const struct scope *all = &phase->cluster;

	if (all->samples == RESULT_UNKNOWN)
		return;
	fprintf(out, "logged: %llu of %llu operations\n",
		(unsigned long long)all->samples,
		(unsigned long long)all->units);
}

/* How the names of hosts lie on the terminal. */
struct name_column {
	int width;     /* of their column */
	bool have_own; /* they do not fit there: each has a line of its own */
};

static struct name_column names_of(const struct phase *phase)
{
	int most = terminal_width() - 2 * NARROW - 3 * WIDE - 3 * (NARROW + 1);
	struct name_column names = { .width = NAME_WIDTH_MIN };

	if (terminal_width() < NARROW_WIDTH)
		most += WIDE;
	for (size_t i = 0; i < phase->hosts; i++) {
		int n = field_columns(phase->host[i].host);

		if (n > names.width)
			names.width = n;
	}
	names.have_own = names.width > most && names.width > NAME_WIDTH_MIN;
	if (names.have_own)
		names.width = most > NAME_WIDTH_MIN ? most : NAME_WIDTH_MIN;
	return names;
}

/* Writes all hosts, and then all threads, each with the name of its host. */
static void write_named(FILE *out, const struct phase *phase, int width)
{
	for (size_t i = 0; i < phase->hosts; i++)
		if (phase->hosts > 1 || phase->threads > 1)
			write_scope(out, &phase->host[i], width,
				    phase->host[i].host);
	for (size_t i = 0; i < phase->threads; i++)
		write_scope(out, &phase->thread[i], width,
			    phase->thread[i].host);
}

/*
 * Writes each host with its threads below it. Cut names of many hosts would
 * hardly differ.
 */
static void write_grouped(FILE *out, const struct phase *phase, int width)
{
	size_t k = 0;

	for (size_t i = 0; i < phase->hosts; i++) {
		const struct scope *host = &phase->host[i];

		fprintf(out, "%s\n", shown(host->host));
		if (host->threads > 1)
			write_scope(out, host, width, "");
		for (; k < phase->threads &&
		       !strcmp(phase->thread[k].host, host->host);
		     k++)
			write_scope(out, &phase->thread[k], width, "");
	}
}

static void write_phase(FILE *out, const struct fio_result *run,
			const struct phase *phase)
{
	unsigned long long threads = phase->cluster.threads;
	struct name_column names = names_of(phase);

	fputs(shown(phase->job), out);
	if (strcmp(phase->job, phase->operation) != 0)
		fprintf(out, " (operation %s)", shown(phase->operation));
	fprintf(out, ": %zu host%s, %llu thread%s\n", phase->hosts,
		phase->hosts == 1 ? "" : "s", threads, threads == 1 ? "" : "s");
	write_header(out, phase, names.width);
	if (phase->hosts > 1)
		write_scope(out, &phase->cluster, names.width, "all");
	if (names.have_own)
		write_grouped(out, phase, names.width);
	else
		write_named(out, phase, names.width);
	/* With one thread these lines would repeat its row. */
	if (phase->timed && phase->cluster.threads > 1) {
		write_stonewalled(out, phase);
		write_skew(out, phase);
	}
	write_pauses(out, phase);
	write_clocks(out, phase);
	write_samples(out, phase);
	write_client(out, run, phase);
}

static void write_reasons(FILE *out, enum terminal_tone tone, const char *title,
			  const struct notes *notes, bool all)
{
	size_t shown_most = all ? SIZE_MAX : REASONS_SHOWN_MAX;

	if (notes->count && title) {
		terminal_put(out, tone, title);
		fputs(":\n", out);
	}
	for (size_t i = 0; i < notes->count && i < shown_most; i++)
		field_item(out, terminal_width(), "-", notes->text[i]);
	if (notes->count > shown_most)
		fprintf(out, "- and %zu more: --verbose\n",
			notes->count - shown_most);
}

/* Writes the verdict of the run, and why it is no better. */
static void write_verdict(FILE *out, const struct result *result, bool all)
{
	const char *again = result->invalid.count ? NULL : "NOT VALID";

	if (result_is_valid(result)) {
		terminal_put(out, TONE_GOOD, "VALID");
		fputc('\n', out);
	}
	write_reasons(out, TONE_BAD, "NOT VALID", &result->invalid, all);
	write_reasons(out, TONE_BAD, again, &result->too_small, all);
	write_reasons(out, TONE_OPEN, "TOO SHORT", &result->too_short, all);
	fputc('\n', out);
}

/*
 * Returns the sentence without "JOB: " in front, if the sentence is about a
 * phase, or else the whole sentence.
 */
static const char *untold_rest(const struct result *result, const char *text)
{
	for (size_t i = 0; i < result->phases; i++) {
		const char *job = result->phase[i].job;
		size_t length = strlen(job);

		if (!strncmp(text, job, length) &&
		    !strncmp(text + length, ": ", 2))
			return text + length + 2;
	}
	return text;
}

/* Writes the sentence at `first`, with all phases that it is about. */
static void name_phases(FILE *out, const struct result *result, size_t first)
{
	const char *rest = untold_rest(result, result->untold.text[first]);
	size_t n = 0;

	for (size_t i = first; i < result->untold.count; i++) {
		const char *text = result->untold.text[i];
		const char *other = untold_rest(result, text);

		if (other == text || strcmp(other, rest) != 0 ||
		    ++n > JOBS_NAMED)
			continue;
		fprintf(out, "%s%.*s", n > 1 ? ", " : "",
			(int)(other - text - 2), text);
	}
	if (n > JOBS_NAMED)
		fprintf(out, " and %zu more", n - JOBS_NAMED);
	fprintf(out, "%s%s", n ? ": " : "", rest);
}

static bool said_before(const struct result *result, size_t at)
{
	const char *rest = untold_rest(result, result->untold.text[at]);

	for (size_t i = 0; i < at; i++)
		if (!strcmp(untold_rest(result, result->untold.text[i]), rest))
			return true;
	return false;
}

/*
 * Writes what cannot be told. A sentence about several phases is written only
 * once. Returns 0 or -ENOMEM.
 */
static int write_untold(FILE *out, const struct result *result)
{
	for (size_t i = 0; i < result->untold.count; i++) {
		char *sentence = NULL;
		size_t size;
		FILE *text;

		if (said_before(result, i))
			continue;
		text = open_memstream(&sentence, &size);
		if (!text)
			return -ENOMEM;
		name_phases(text, result, i);
		if (fclose(text)) {
			free(sentence);
			return -ENOMEM;
		}
		field_item(out, terminal_width(), "-", sentence);
		free(sentence);
	}
	return 0;
}

/* Writes pauses, which nothing else in the summary would show. */
static int write_all_pauses(FILE *out, const struct result *result)
{
	struct notes pauses = { 0 };
	int ret = result_pauses(result, &pauses);

	for (size_t i = 0; i < pauses.count; i++)
		fprintf(out, "%s\n", shown(pauses.text[i]));
	notes_free(&pauses);
	return ret;
}

/* field_item() makes names harmless. */
static void put_name(FILE *out, const char *name)
{
	fputs(name, out);
}

/* Writes which hosts are slow. In a long list of them nobody would see it. */
static int write_stragglers(FILE *out, const struct result *result)
{
	char *sentence;
	int ret = pace_stragglers_text(&sentence, result, put_name);

	if (!ret && *sentence)
		field_item(out, terminal_width(), "stragglers:", sentence);
	free(sentence);
	return ret;
}

static bool has_detail(const struct result *result)
{
	for (size_t i = 0; i < result->phases; i++)
		if (result->phase[i].threads > 1)
			return true;
	return false;
}

int result_text(FILE *out, const struct result_page *page)
{
	const struct result *result = page->result;
	int ret;

	write_verdict(out, result, page->verbose);
	ret = result_summary(out, page);
	if (!ret)
		ret = result_pace(out, page);
	if (!page->verbose && write_all_pauses(out, result))
		ret = -ENOMEM;
	if (write_stragglers(out, result))
		ret = -ENOMEM;
	if (page->options->hosts)
		fprintf(out, "hosts: %zu expected, %zu seen\n",
			page->options->hosts->count, result->hosts_seen);
	if (result->untold.count) {
		fputs("not told:\n", out);
		if (write_untold(out, result))
			ret = -ENOMEM;
	}
	if (!page->verbose && has_detail(result))
		fputs("hosts, threads and times: --verbose\n", out);
	/* A part has no rates, and the summary has all that it has. */
	for (size_t i = 0; i < result->phases && page->verbose; i++) {
		if (result->phase[i].is_part)
			continue;
		fputc('\n', out);
		write_phase(out, page->run, &result->phase[i]);
	}
	return ret;
}
