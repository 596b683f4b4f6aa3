// SPDX-License-Identifier: GPL-2.0-only
/* The list of formats, and the formats for people and for GitHub. */
#include <math.h>
#include <string.h>

#include "verdict/gate_format.h"
#include "util/field.h"
#include "util/markup.h"
#include "util/shown.h"
#include "util/terminal.h"

const struct gate_format gate_formats[] = {
	{ "text", "a table for a person", gate_format_text },
	{ "markdown", "for a pull-request comment", gate_format_markdown },
	{ "junit", "JUnit XML, a test case a check", gate_format_junit },
	{ "json", "schema smallfio-gate-1", gate_format_json },
	{ "github", "annotations of GitHub Actions", gate_format_github },
	{ 0 },
};

const struct gate_format *gate_format_find(const char *name)
{
	const struct gate_format *format = gate_formats;

	while (format->name && strcmp(format->name, name))
		format++;
	return format->name ? format : NULL;
}

const char *gate_format_headline(const struct gate *gate)
{
	switch (gate_state(gate)) {
	case GATE_PASS:
		return "green";
	case GATE_INCONCLUSIVE:
		return "inconclusive";
	case GATE_TOO_LITTLE:
		return "too little data";
	case GATE_RED:
		return "red";
	default:
		return "red: something is absent";
	}
}

static void print_bound(char *out, size_t size, double change)
{
	if (isfinite(change) && change > -1)
		snprintf(out, size, "%+.1f %%", 100 * change);
	else
		snprintf(out, size, "?");
}

void gate_format_cells(const struct gate_check *check, struct gate_cells *cells)
{
	const struct comparison *c = &check->comparison;
	enum metric_unit unit = check->metric.row->unit;
	char low[32], high[32];

	memset(cells, 0, sizeof(*cells));
	if (check->is_limit && check->has_value) {
		metric_format_value(cells->before, unit, check->limit);
		metric_format_value(cells->now, unit, check->value);
	}
	if (!check->has_comparison)
		return;
	metric_format_value(cells->before, unit, c->baseline_median);
	metric_format_value(cells->now, unit, c->current_median);
	print_bound(low, sizeof(low), c->change_low);
	print_bound(high, sizeof(high), c->change_high);
	snprintf(cells->change, sizeof(cells->change), "%+.1f %% (%s to %s)",
		 100 * c->change, low, high);
	if (isfinite(c->noise))
		snprintf(cells->noise, sizeof(cells->noise), "%.2g %%",
			 100 * c->noise);
}

static void print_counts(FILE *out, const struct gate *gate)
{
	if (gate->currents)
		fprintf(out, "%zu runs against a baseline of %zu",
			gate->currents, gate->baselines);
	if (gate->references)
		fprintf(out, " and %zu of %s", gate->references,
			shown(gate->against));
	if (!gate->currents)
		fprintf(out, "limits of %zu run%s", gate->runs,
			gate->runs == 1 ? "" : "s");
	if (gate->options->seed)
		fprintf(out, "; --seed %llu",
			(unsigned long long)gate->options->seed);
}

static void print_level(FILE *out, const struct gate *gate)
{
	fprintf(out, "%.3g %% bounds, one-sided",
		100 * (1 - gate->options->alpha));
}

static enum terminal_tone tone_of(enum gate_state state)
{
	if (state == GATE_PASS)
		return TONE_GOOD;
	return state == GATE_RED || state == GATE_ABSENT ? TONE_BAD : TONE_OPEN;
}

/* Whether there is a check behind this one of which the same is to be said. */
static bool goes_on(const struct gate *gate, size_t at)
{
	const struct gate_check *c = &gate->check[at];

	return at + 1 < gate->count && c[0].state == c[1].state &&
	       c[0].improved == c[1].improved &&
	       !strcmp(c[0].reason, c[1].reason);
}

int gate_format_text(FILE *out, const struct gate *gate)
{
	size_t i;

	fputs("gate: ", out);
	terminal_put(out, tone_of(gate_state(gate)),
		     gate_format_headline(gate));
	fputs("; ", out);
	print_counts(out, gate);
	if (gate->currents) {
		fputs("; ", out);
		print_level(out, gate);
	}
	fputc('\n', out);
	if (gate->options->title)
		fprintf(out, "%s\n", shown(gate->options->title));
	for (i = 0; i < gate->count; i++) {
		const struct gate_check *c = &gate->check[i];
		struct gate_cells cells;

		gate_format_cells(c, &cells);
		if (!i || !goes_on(gate, i - 1))
			fputc('\n', out);
		terminal_put(out, tone_of(c->state), gate_check_verdict(c));
		fputs(": ", out);
		if (c->is_limit)
			fprintf(out, "%s (%s)\n", shown(c->rule),
				shown(c->run));
		else
			fprintf(out, "%s %s%s%s\n", shown(c->operation),
				c->metric.name, c->against ? " against " : "",
				c->against ? shown(c->against) : "");
		if (*cells.change)
			fprintf(out, "  %s -> %s, %s%s%s\n", cells.before,
				cells.now, cells.change,
				*cells.noise ? "; noise " : "", cells.noise);
		if (!goes_on(gate, i))
			field_item(out, terminal_width(), " ", c->reason);
	}
	for (i = 0; i < gate->notes.count; i++) {
		fputc('\n', out);
		field_item(out, terminal_width(), "note:", gate->notes.text[i]);
	}
	return 0;
}

static void print_cell(FILE *out, const char *text)
{
	fputs(" ", out);
	markup_put_markdown(out, text);
	fputs(" |", out);
}

static void print_item(FILE *out, const char *what, const char *text)
{
	fprintf(out, "- %s", what);
	markup_put_markdown(out, text);
	fputc('\n', out);
}

static void print_reason(FILE *out, const struct gate_check *c)
{
	fputs("- ", out);
	if (c->is_limit) {
		markup_put_markdown(out, c->run);
		fputs(": ", out);
	}
	markup_put_markdown(out, c->reason);
	fputc('\n', out);
}

static void print_markdown_row(FILE *out, const struct gate_check *c)
{
	struct gate_cells cells;

	gate_format_cells(c, &cells);
	fputs("|", out);
	print_cell(out, gate_check_verdict(c));
	print_cell(out, c->is_limit ? c->rule : c->operation);
	/* With several runs, a rule has a row for each run. */
	if (c->is_limit)
		print_cell(out, c->run);
	if (c->against) {
		fprintf(out, " %s against ", c->metric.name);
		markup_put_markdown(out, c->against);
		fputs(" |", out);
	} else {
		print_cell(out, c->metric.name);
	}
	print_cell(out, cells.before);
	print_cell(out, cells.now);
	print_cell(out, cells.change);
	if (!c->is_limit)
		print_cell(out, cells.noise);
	fputc('\n', out);
}

/* Whether there is nothing to say of a check: it is green, and unchanged. */
static bool is_quiet(const struct gate_check *check)
{
	return check->state == GATE_PASS && !check->improved;
}

/* Writes a table of the quiet checks, or of the others, the worst first. */
static void print_table(FILE *out, const struct gate *gate, bool quiet)
{
	int state;
	size_t i;

	fprintf(out, "| verdict | %s | metric | %s | now | change (",
		gate->currents ? "operation" : "rule | run",
		gate->currents ? "baseline" : "limit");
	print_level(out, gate);
	fprintf(out, ") |%s\n|---|---|---|%s|--:|--:|--:|\n",
		gate->currents ? " noise |" : "",
		gate->currents ? "--:" : "---");
	for (state = GATE_ABSENT; state >= GATE_PASS; state--)
		for (i = 0; i < gate->count; i++)
			if ((int)gate->check[i].state == state &&
			    is_quiet(&gate->check[i]) == quiet)
				print_markdown_row(out, &gate->check[i]);
	fputc('\n', out);
}

/* The threshold, or the range of those that checks have of their own. */
static void print_threshold(FILE *out, const struct gate *gate)
{
	double low = INFINITY, high = 0;
	size_t i;

	for (i = 0; i < gate->count; i++) {
		double threshold = gate->check[i].comparison.threshold;

		if (!gate->check[i].has_comparison)
			continue;
		low = fmin(low, threshold);
		high = fmax(high, threshold);
	}
	if (low > high)
		low = high = gate->options->threshold;
	fprintf(out, "; threshold %.3g %%", 100 * low);
	if (high > low)
		fprintf(out, " to %.3g %%", 100 * high);
}

/* A reader looks for what changed, so all that did not is folded. */
int gate_format_markdown(FILE *out, const struct gate *gate)
{
	size_t i, quiet = 0;

	fprintf(out, "### smallfio gate: %s\n\n", gate_format_headline(gate));
	if (gate->options->title) {
		markup_put_markdown(out, gate->options->title);
		fputs("\n\n", out);
	}
	print_counts(out, gate);
	if (gate->currents)
		print_threshold(out, gate);
	fputs("\n\n", out);
	for (i = 0; i < gate->count; i++)
		quiet += is_quiet(&gate->check[i]);
	if (quiet < gate->count)
		print_table(out, gate, false);
	for (i = 0; i < gate->count; i++) {
		if (!is_quiet(&gate->check[i]))
			print_reason(out, &gate->check[i]);
	}
	for (i = 0; i < gate->notes.count; i++)
		print_item(out, "note: ", gate->notes.text[i]);
	if (!quiet)
		return 0;
	fprintf(out, "\n<details><summary>%zu without a change</summary>\n\n",
		quiet);
	print_table(out, gate, true);
	fputs("</details>\n", out);
	return 0;
}

/*
 * Writes the data of a workflow command of GitHub. The data is one line, with
 * '%' written as "%25".
 */
static void print_command_data(FILE *out, const char *text)
{
	for (text = shown(text); *text; text++) {
		if (*text == '%')
			fputs("%25", out);
		else
			fputc(*text, out);
	}
}

int gate_format_github(FILE *out, const struct gate *gate)
{
	static const char *const commands[] = {
		[GATE_PASS] = "notice",      [GATE_INCONCLUSIVE] = "warning",
		[GATE_TOO_LITTLE] = "error", [GATE_RED] = "error",
		[GATE_ABSENT] = "error",
	};
	size_t i;

	for (i = 0; i < gate->count; i++) {
		const struct gate_check *c = &gate->check[i];

		fprintf(out,
			"::%s title=smallfio gate%%3A %s::", commands[c->state],
			gate_check_verdict(c));
		if (c->against) {
			fputs("against ", out);
			print_command_data(out, c->against);
			fputs(": ", out);
		}
		print_command_data(out, c->reason);
		fputc('\n', out);
	}
	for (i = 0; i < gate->notes.count; i++) {
		fputs("::notice title=smallfio gate::", out);
		print_command_data(out, gate->notes.text[i]);
		fputc('\n', out);
	}
	return 0;
}
