// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/command.h"
#include "cli/gate_settings.h"
#include "util/output.h"
#include "util/shown.h"

#define DIFFERENCES_SHOWN_MAX 8

void gate_settings_free(struct gate_settings *s)
{
	limits_free(&s->floors);
}

static int fail_option(char *error, const char *message)
{
	snprintf(error, OPTIONS_ERROR_MAX, "%s", message);
	return -EINVAL;
}

static int add_metric(struct gate_settings *s, const char *name, char *error)
{
	struct metric *metric = &s->metric[s->options.metrics];
	char reason[METRIC_ERROR_MAX];
	size_t i;

	if (s->options.metrics == GATE_METRICS_MAX)
		return fail_option(error, "expected at most 16 metrics");
	if (metric_parse(metric, name, reason))
		return fail_option(error, reason);
	if (metric->row->unit == UNIT_COUNT)
		return fail_option(error, "errors and operations are not "
					  "compared; give a --limit for them "
					  "(errors that the baseline had not "
					  "are always red)");
	for (i = 0; i < s->options.metrics; i++) {
		if (!strcmp(s->metric[i].name, metric->name))
			return fail_option(error, "a metric is named twice");
	}
	s->options.metrics++;
	return 0;
}

static int add_metrics(struct gate_settings *s, const char *names, char *error)
{
	char *list = strdup(names), *rest = list, *name;
	int ret = list ? 0 : fail_option(error, "out of memory");

	while (!ret && (name = strsep(&rest, ",")))
		ret = add_metric(s, name, error);
	free(list);
	return ret;
}

static bool has_metric(const struct gate_settings *s, const char *name)
{
	size_t i = 0;

	while (i < s->options.metrics && strcmp(s->metric[i].name, name))
		i++;
	return i < s->options.metrics;
}

/* Puts together the metrics of --metric and of --check, in any order. */
static int choose_metrics(struct gate_settings *s, char *error)
{
	size_t i, of_all;
	int ret = 0;

	s->options.metrics = 0;
	if (s->metric_list || !s->options.thresholds_count)
		ret = add_metrics(
			s, s->metric_list ? s->metric_list : GATE_METRICS,
			error);
	of_all = s->options.metrics;
	for (i = 0; i < s->options.thresholds_count && !ret; i++) {
		if (!has_metric(s, s->threshold[i].metric))
			ret = add_metric(s, s->threshold[i].metric, error);
	}
	s->options.metrics_named = s->options.metrics - of_all;
	return ret;
}

void gate_settings_init(struct gate_settings *s)
{
	char error[OPTIONS_ERROR_MAX];

	memset(s, 0, sizeof(*s));
	s->options.alpha = 1 - COMPARE_CONFIDENCE;
	s->options.threshold = COMPARE_THRESHOLD;
	s->options.metric = s->metric;
	s->options.thresholds = s->threshold;
	choose_metrics(s, error);
	s->options.floors = &s->floors;
	s->format = &gate_formats[0];
}

int gate_settings_set_metric(void *context, const char *value, char *error)
{
	struct gate_settings *s = context;

	s->metric_list = value;
	return choose_metrics(s, error);
}

static int parse_percent(const char *value, double *share, char *error)
{
	char *end;
	double percent = strtod(value, &end);

	if (*end == '%')
		end++;
	if (*value < '0' || *value > '9' || *end || !(percent < 100)) {
		snprintf(error, OPTIONS_ERROR_MAX,
			 "expected percent, 0 or more and below 100, found "
			 "\"%.40s\"",
			 value);
		return -EINVAL;
	}
	*share = percent / 100;
	return 0;
}

int gate_settings_set_threshold(void *context, const char *value, char *error)
{
	struct gate_settings *s = context;

	return parse_percent(value, &s->options.threshold, error);
}

/* Divides "[OPERATION] METRIC PERCENT" at its last two blanks. */
int gate_settings_set_check(void *context, const char *value, char *error)
{
	struct gate_settings *s = context;
	struct gate_threshold *t = &s->threshold[s->options.thresholds_count];
	const char *percent = strrchr(value, ' '), *metric = value;

	if (!percent || percent == value || strlen(value) >= LIMIT_TEXT_MAX)
		return fail_option(error,
				   "expected [OPERATION] METRIC PERCENT, as in "
				   "'create p99 10%'");
	if (s->options.thresholds_count == GATE_THRESHOLDS_MAX)
		return fail_option(error, "expected at most 64 checks");
	for (const char *at = value; at < percent; at++) {
		if (*at == ' ')
			metric = at + 1;
	}
	if (percent - metric >= (int)sizeof(t->metric))
		return fail_option(error, "no metric has so long a name");
	snprintf(t->metric, sizeof(t->metric), "%.*s", (int)(percent - metric),
		 metric);
	snprintf(t->operation, sizeof(t->operation), "%.*s",
		 metric > value ? (int)(metric - value) - 1 : 0, value);
	s->options.thresholds_count++;
	if (parse_percent(percent + 1, &t->threshold, error))
		return -EINVAL;
	return choose_metrics(s, error);
}

/* The text "[OPERATION] METRIC VALUE" is a limit without its comparison. */
int gate_settings_set_floor(void *context, const char *value, char *error)
{
	struct gate_settings *s = context;
	char reason[LIMIT_ERROR_MAX], text[LIMIT_TEXT_MAX];
	const char *blank = strrchr(value, ' ');
	struct limit limit;
	unsigned int column;

	if (!blank || strpbrk(value, "<>=!") ||
	    strlen(value) + 2 >= sizeof(text))
		return fail_option(error, "expected [OPERATION] METRIC VALUE, "
					  "as in 'p99 20us'");
	snprintf(text, sizeof(text), "%.*s >%s", (int)(blank - value), value,
		 blank);
	if (limit_parse(&limit, text, &column, reason))
		return fail_option(error, reason);
	if (*limit.host)
		return fail_option(error, "hosts are compared all together");
	return limits_add(&s->floors, &limit)
		       ? fail_option(error, "too many floors")
		       : 0;
}

int gate_settings_set_inconclusive(void *context, const char *value,
				   char *error)
{
	struct gate_settings *s = context;

	s->options.strict = !strcmp(value, "fail");
	if (s->options.strict || !strcmp(value, "pass"))
		return 0;
	snprintf(error, OPTIONS_ERROR_MAX,
		 "expected pass or fail, found \"%.40s\"", value);
	return -EINVAL;
}

static int find_format(const struct gate_format **format, const char *name,
		       char *error)
{
	*format = gate_format_find(name);
	if (*format)
		return 0;
	snprintf(error, OPTIONS_ERROR_MAX,
		 "expected text, markdown, junit, json or github, found "
		 "\"%.40s\"",
		 name);
	return -EINVAL;
}

int gate_settings_set_also(void *context, const char *value, char *error)
{
	struct gate_settings *s = context;
	const char *equals = strchr(value, '=');
	char name[16];

	if (!equals || !equals[1] || equals - value >= (int)sizeof(name))
		return fail_option(error, "expected FORMAT=FILE");
	if (s->alsos == GATE_ALSO_MAX)
		return fail_option(error, "expected at most 8 of these");
	snprintf(name, sizeof(name), "%.*s", (int)(equals - value), value);
	s->also[s->alsos].path = equals + 1;
	return find_format(&s->also[s->alsos++].format, name, error);
}

static int check_one_place(const char *path, const char *command)
{
	int ret = output_check(path);

	return ret ? cli_output_failed(command, path, ret) : 0;
}

int gate_settings_check_places(const struct gate_settings *s,
			       const char *command)
{
	int code = check_one_place(s->output, command);
	size_t i;

	for (i = 0; i < s->alsos && !code; i++)
		code = check_one_place(s->also[i].path, command);
	return code;
}

static int write_one(const struct gate_format *format, const char *path,
		     const char *command, const struct gate *gate)
{
	struct output output;
	int code = cli_output_begin(&output, command, path);

	if (code)
		return code;
	return cli_output_end(&output, command, path,
			      format->write(output.file, gate));
}

int gate_settings_write(const struct gate_settings *s, const char *command,
			const struct gate *gate)
{
	size_t i;
	int code = write_one(s->format, s->output, command, gate);

	for (i = 0; i < s->alsos && !code; i++)
		code = write_one(s->also[i].format, s->also[i].path, command,
				 gate);
	return code ? code : gate_exit_code(gate);
}

static void print_differences(const char *command, const struct run_summary *a,
			      const struct run_summary *b,
			      const struct notes *differences)
{
	size_t i;

	fprintf(stderr,
		"smallfio %s: %s and %s are no runs of the same thing:\n",
		command, a->path, b->path);
	for (i = 0; i < differences->count && i < DIFFERENCES_SHOWN_MAX; i++)
		fprintf(stderr, "  %s\n", shown(differences->text[i]));
	if (differences->count > DIFFERENCES_SHOWN_MAX)
		fprintf(stderr, "  and %zu more\n",
			differences->count - DIFFERENCES_SHOWN_MAX);
	fputs("Compare runs of the same job, or give --allow-unlike.\n",
	      stderr);
}

void gate_settings_print_unlike(const char *command,
				const struct run_summary *a,
				const struct run_summary *b)
{
	struct notes differences = { 0 };

	fingerprint_compare(&a->fingerprint, &b->fingerprint, &differences);
	print_differences(command, a, b, &differences);
	notes_free(&differences);
}

/* Returns 1 if `run` differs from the first run, else 0. */
static int check_one(const struct gate_settings *s, const char *command,
		     struct gate *gate, const struct run_summary *first,
		     const struct run_summary *run)
{
	struct notes differences = { 0 };
	size_t i, n = fingerprint_compare(&first->fingerprint,
					  &run->fingerprint, &differences);

	if (n && !s->allow_unlike)
		print_differences(command, first, run, &differences);
	for (i = 0; s->allow_unlike && i < differences.count; i++)
		notes_add(&gate->notes, "unlike: %s", differences.text[i]);
	notes_free(&differences);
	return n > 0;
}

static const struct run_summary *run_at(const struct run_summaries *a,
					const struct run_summaries *b, size_t i)
{
	return i < a->count ? &a->run[i] : &b->run[i - a->count];
}

/* Refuses a run that is there twice: the gate would be surer than it may be. */
static int check_distinct(const char *command,
			  const struct run_summaries *baseline,
			  const struct run_summaries *current)
{
	size_t i, k, all = baseline->count + current->count;

	for (i = 1; i < all; i++) {
		const struct run_summary *t = run_at(baseline, current, i);
		int64_t digest = run_summary_digest(t);

		for (k = 0; k < i; k++) {
			const struct run_summary *other =
				run_at(baseline, current, k);

			if (other->end_ms != t->end_ms ||
			    run_summary_digest(other) != digest)
				continue;
			fprintf(stderr,
				"smallfio %s: %s and %s are the same run; "
				"each run counts once\n",
				command, shown(other->path), shown(t->path));
			return EXIT_INPUT;
		}
	}
	return 0;
}

int gate_settings_check_alike(const struct gate_settings *s,
			      const char *command, struct gate *gate,
			      const struct run_summaries *baseline,
			      const struct run_summaries *current)
{
	const struct run_summary *first = &baseline->run[0];
	size_t i;
	int differ = check_distinct(command, baseline, current);

	if (differ)
		return differ;
	for (i = 1; i < baseline->count && !differ; i++)
		differ = check_one(s, command, gate, first, &baseline->run[i]);
	for (i = 0; i < current->count && !differ; i++)
		differ = check_one(s, command, gate, first, &current->run[i]);
	return differ && !s->allow_unlike ? EXIT_INPUT : 0;
}
