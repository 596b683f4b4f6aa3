// SPDX-License-Identifier: GPL-2.0-only
/* Compares runs with a baseline. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "verdict/gate_parts.h"
#include "verdict/holm.h"
#include "verdict/interleaving.h"

static double floor_of(const struct gate_options *options,
		       const char *operation, const struct metric *metric)
{
	double floor = 0;
	size_t i;

	for (i = 0; options->floors && i < options->floors->count; i++) {
		const struct limit *f = &options->floors->limit[i];

		if (!strcmp(f->metric.name, metric->name) &&
		    (!*f->operation || !strcmp(f->operation, operation)))
			floor = f->value;
	}
	return floor;
}

/* The threshold that was given for this metric, or NULL. */
static const struct gate_threshold *
find_threshold(const struct gate_options *options, const char *operation,
	       const struct metric *metric)
{
	const struct gate_threshold *found = NULL;
	size_t i;

	for (i = 0; i < options->thresholds_count; i++) {
		const struct gate_threshold *t = &options->thresholds[i];

		if (strcmp(t->metric, metric->name))
			continue;
		if (!strcmp(t->operation, operation) ||
		    (!*t->operation && (!found || !*found->operation)))
			found = t;
	}
	return found;
}

static double threshold_of(const struct gate_options *options,
			   const struct gate_check *check)
{
	const struct gate_threshold *found =
		find_threshold(options, check->operation, &check->metric);

	return found ? found->threshold : options->threshold;
}

double gate_least_rate_threshold(const struct gate_options *options)
{
	double least = options->threshold;
	size_t i;

	for (i = 0; i < options->thresholds_count; i++) {
		const struct gate_threshold *t = &options->thresholds[i];
		char error[METRIC_ERROR_MAX];
		struct metric metric;

		if (!metric_parse(&metric, t->metric, error) &&
		    metric_is_rate(&metric))
			least = fmin(least, t->threshold);
	}
	return least;
}

/* Wider than any bin of fio's histograms (1/64) but the last one. */
#define BIN_WIDTH (1. / 32)

/*
 * Whether the bounds of a value are farther apart than the change that is
 * looked for. Such a value may be anywhere in a bin of fio's histogram that has
 * no end but the maximum.
 */
static bool is_too_wide(const struct gate_options *options,
			const struct gate_check *check,
			const struct operation_figures *figures)
{
	double low, high;

	metric_bounds(&check->metric, figures, &low, &high);
	return high > low * (1 + fmax(threshold_of(options, check), BIN_WIDTH));
}

static int refuse_wide(struct gate_check *check, const struct run_summary *run,
		       const struct operation_figures *figures)
{
	char from[METRIC_VALUE_MAX], to[METRIC_VALUE_MAX] = "no end";
	double low, high;

	metric_bounds(&check->metric, figures, &low, &high);
	metric_format_value(from, check->metric.row->unit, low);
	if (!isinf(high))
		metric_format_value(to, check->metric.row->unit, high);
	return gate_conclude(check, GATE_TOO_LITTLE,
			     "%s: %s of %s is somewhere from %s to %s, which "
			     "is one bin of fio's histogram: so wide a value "
			     "cannot be compared; compare another percentile, "
			     "or the mean",
			     run->path, check->metric.name, check->operation,
			     from, to);
}

/*
 * Reads the metric of each run into values[]. Returns 0, or 1 where a run has
 * no value to compare; the check then has its outcome and sentence. -ENOMEM.
 */
static int gather(const struct gate_options *options, struct gate_check *check,
		  const struct run_summaries *runs, double *values)
{
	size_t i;

	for (i = 0; i < runs->count; i++) {
		const struct run_summary *t = &runs->run[i];
		const struct operation_figures *f = operation_figures_find(
			&t->figures, check->operation, NULL);
		enum metric_state state;

		if (!f) {
			gate_conclude(
				check, GATE_ABSENT,
				"%s: expected operation %s, the run has none",
				t->path, check->operation);
			return check->reason ? 1 : -ENOMEM;
		}
		state = metric_value(&check->metric, f, &values[i]);
		if (state == METRIC_OK && values[i] > 0 &&
		    !is_too_wide(options, check, f))
			continue;
		if (state == METRIC_OK && values[i] > 0)
			refuse_wide(check, t, f);
		else if (state == METRIC_OK)
			gate_conclude(check, GATE_TOO_LITTLE,
				      "%s: %s of %s is 0, and cannot be "
				      "compared by its ratio",
				      t->path, check->metric.name,
				      check->operation);
		else
			gate_conclude(check, gate_state_of(state),
				      "%s: %s of %s %s", t->path,
				      check->metric.name, check->operation,
				      metric_state_text(state));
		return check->reason ? 1 : -ENOMEM;
	}
	return 0;
}

/* A run's value in its place in time. */
struct timed_value {
	int64_t end_ms;
	double value; /* as a logarithm */
};

static int by_end(const void *a, const void *b)
{
	const struct timed_value *l = a, *r = b;

	return (l->end_ms > r->end_ms) - (l->end_ms < r->end_ms);
}

/*
 * Puts the values of a side into the order in which the runs ended, as
 * logarithms. False: two ended at the same time, so there is no order.
 */
static bool order_side(const struct run_summaries *runs, double *values,
		       struct timed_value *scratch, int64_t *first_end_ms)
{
	size_t i;

	for (i = 0; i < runs->count; i++)
		scratch[i] = (struct timed_value){ runs->run[i].end_ms,
						   log(values[i]) };
	qsort(scratch, runs->count, sizeof(*scratch), by_end);
	*first_end_ms = scratch[0].end_ms;
	for (i = 0; i < runs->count; i++) {
		if (i && scratch[i].end_ms == scratch[i - 1].end_ms)
			return false;
		values[i] = scratch[i].value;
	}
	return true;
}

/* Looks whether the runs depend on their neighbours. Changes values[]. */
static int find_dependence(struct gate_check *check,
			   const struct run_summaries *baseline,
			   const struct run_summaries *current, double *values)
{
	size_t n = baseline->count, m = current->count;
	struct timed_value *scratch =
		reallocarray(NULL, n > m ? n : m, sizeof(*scratch));
	int64_t first, second;

	if (!scratch)
		return -ENOMEM;
	if (order_side(baseline, values, scratch, &first) &&
	    order_side(current, values + n, scratch, &second))
		check->dependence =
			first < second
				? dependence_find(values, n, values + n, m)
				: dependence_find(values + n, m, values, n);
	free(scratch);
	return 0;
}

static bool is_of_mix(const struct run_summaries *runs, const char *operation)
{
	const struct operation_figures *f =
		operation_figures_find(&runs->run[0].figures, operation, NULL);

	return f && f->of_mix;
}

/* The MiB of one operation, of a run that has such operations. */
static double mib_each(const struct run_summary *run, const char *operation)
{
	const struct operation_figures *f =
		operation_figures_find(&run->figures, operation, NULL);

	return (double)f->bytes / (double)f->ios / (1 << 20);
}

/*
 * Fills in the rates by turns, because the time of a run may contain the other
 * side's turns, and what one side did alone. Returns 0, or 1 with the outcome
 * of the check.
 */
static int gather_rates(const struct turns *turns, struct gate_check *check,
			bool of_mix, struct turns_value *value)
{
	for (size_t i = 0; i < turns->rounds; i++) {
		const struct turns_rate *rate =
			turns_find(turns, i, check->operation);

		if (!rate && of_mix) {
			gate_conclude(check, GATE_TOO_LITTLE,
				      "turns count all operations of a mix "
				      "together; expected a rate of the mix, "
				      "or whole runs (--turns off)");
			return check->reason ? 1 : -ENOMEM;
		}
		if (!rate) {
			gate_conclude(check, GATE_TOO_LITTLE,
				      "round %zu has no turns in which both "
				      "sides did %s; expected longer turns, or "
				      "whole runs",
				      i + 1, check->operation);
			return check->reason ? 1 : -ENOMEM;
		}
		value[i].a = rate->a_per_s;
		value[i].b = rate->b_per_s;
		value[i].log_ratio = rate->log_ratio;
	}
	return 0;
}

/* Fills in a metric of each round's runs. Returns as gather() does. */
static int gather_runs(const struct gate_options *options,
		       struct gate_check *check,
		       const struct run_summaries *baseline,
		       const struct run_summaries *current,
		       struct turns_value *value)
{
	size_t i, n = options->turns->rounds;
	double *side = reallocarray(NULL, 2 * n, sizeof(*side));
	int ret;

	if (!side)
		return -ENOMEM;
	ret = gather(options, check, baseline, side);
	if (!ret)
		ret = gather(options, check, current, side + n);
	for (i = 0; i < n && !ret; i++) {
		value[i].a = side[i];
		value[i].b = side[n + i];
		value[i].log_ratio = log(side[n + i] / side[i]);
	}
	free(side);
	return ret;
}

/* Makes MiB of the operations of each round's runs. */
static void make_mib(const struct gate_check *check,
		     const struct run_summaries *baseline,
		     const struct run_summaries *current,
		     struct turns_value *value)
{
	for (size_t i = 0; i < baseline->count; i++) {
		double a = mib_each(&baseline->run[i], check->operation);
		double b = mib_each(&current->run[i], check->operation);

		value[i].a *= a;
		value[i].b *= b;
		value[i].log_ratio += log(b / a);
	}
}

/* Compares rounds of turns. Returns as compare_one() does. */
static int compare_turns(struct gate *gate, struct gate_check *check,
			 const struct compare_options *options,
			 const struct run_summaries *baseline,
			 const struct run_summaries *current)
{
	const struct turns *turns = gate->options->turns;
	enum metric_unit unit = check->metric.row->unit;
	size_t i, n = turns->rounds;
	struct turns_value *value = calloc(n, sizeof(*value));
	int ret = 0;

	if (!value)
		return -ENOMEM;
	for (i = 0; i < n; i++)
		value[i].b_second = turns->round[i].b_second;
	if (unit != UNIT_PER_S)
		ret = gather_runs(gate->options, check, baseline, current,
				  value);
	if (!ret && unit != UNIT_NS)
		ret = gather_rates(turns, check,
				   is_of_mix(baseline, check->operation),
				   value);
	if (!ret && unit == UNIT_MIB_PER_S)
		make_mib(check, baseline, current, value);
	if (!ret) {
		ret = turns_compare(value, n, options, &check->comparison);
		check->has_comparison = !ret;
	}
	free(value);
	return ret < 0 ? ret : 0;
}

static struct compare_options options_of(const struct gate *gate,
					 const struct gate_check *check,
					 double alpha)
{
	return (struct compare_options){
		.alpha = alpha,
		.threshold = threshold_of(gate->options, check),
		.floor = floor_of(gate->options, check->operation,
				  &check->metric),
		.more_is_better = check->metric.row->more_is_better,
		.paired = gate->options->paired,
		.order = gate->order,
	};
}

/* Compares at the level `alpha`. Returns 0, or -errno. */
static int compare_one(struct gate *gate, struct gate_check *check,
		       const struct run_summaries *baseline,
		       const struct run_summaries *current, double alpha)
{
	const struct compare_options options = options_of(gate, check, alpha);
	size_t runs = baseline->count + current->count;
	double *values;
	int ret;

	if (gate->options->turns)
		return compare_turns(gate, check, &options, baseline, current);
	values = reallocarray(NULL, runs, sizeof(*values));
	if (!values)
		return -ENOMEM;
	ret = gather(gate->options, check, baseline, values);
	if (!ret)
		ret = gather(gate->options, check, current,
			     values + baseline->count);
	if (!ret) {
		ret = compare(values, baseline->count, values + baseline->count,
			      current->count, &options, &check->comparison);
		check->has_comparison = !ret;
	}
	if (check->has_comparison && !gate->order && !gate->options->paired)
		ret = find_dependence(check, baseline, current, values);
	free(values);
	return ret < 0 ? ret : 0;
}

/*
 * Compares again at the level that Holm's correction leaves to a comparison
 * with this p. Nothing is done if that is the level of a single one.
 */
static int compare_corrected(struct gate *gate, struct gate_check *again,
			     const struct run_summaries *baseline,
			     const struct run_summaries *current, double p,
			     double corrected)
{
	return corrected > p && p > 0
		       ? compare_one(gate, again, baseline, current,
				     gate->options->alpha * p / corrected)
		       : 0;
}

/*
 * Of several comparisons, a bound that tells a change from none has the level
 * that Holm's correction leaves to it. Beyond none, the bound for the worse
 * decides alone whether the change is within the threshold, so there it has the
 * level of a single comparison.
 */
static int correct_bounds(struct gate *gate, struct gate_check *check,
			  const struct run_summaries *baseline,
			  const struct run_summaries *current)
{
	const struct compare_options options =
		options_of(gate, check, gate->options->alpha);
	struct comparison *c = &check->comparison;
	struct gate_check slower = *check, faster = *check;
	int ret = compare_corrected(gate, &slower, baseline, current,
				    c->p_slower, check->p_corrected);

	if (!ret)
		ret = compare_corrected(gate, &faster, baseline, current,
					c->p_faster, check->p_faster_corrected);
	if (ret)
		return ret;
	c->log_low = slower.comparison.log_low;
	if (c->log_high < 0)
		c->log_high = fmin(faster.comparison.log_high, 0);
	compare_set_changes(c, &options);
	return 0;
}

/*
 * Corrects the p values of all comparisons from the check `first` on. `faster`:
 * those of the other direction, which is a family of its own.
 */
static int correct(struct gate *gate, size_t first, bool faster)
{
	size_t i, n = 0, all = gate->count - first;
	double *p = reallocarray(NULL, 2 * all + 1, sizeof(*p));
	int ret;

	if (!p)
		return -ENOMEM;
	for (i = first; i < gate->count; i++) {
		const struct comparison *c = &gate->check[i].comparison;

		if (gate->check[i].has_comparison)
			p[n++] = faster ? c->p_faster : c->p_slower;
	}
	ret = holm_adjust(p, p + all, n);
	for (i = first, n = 0; i < gate->count; i++) {
		struct gate_check *check = &gate->check[i];

		if (check->has_comparison)
			*(faster ? &check->p_faster_corrected
				 : &check->p_corrected) = p[all + n++];
	}
	free(p);
	return ret;
}

static int correct_and_decide(struct gate *gate, size_t first,
			      const struct run_summaries *baseline,
			      const struct run_summaries *current)
{
	size_t i, n = 0;
	int ret = correct(gate, first, false);

	if (!ret)
		ret = correct(gate, first, true);
	for (i = first; i < gate->count; i++)
		n += gate->check[i].has_comparison;
	for (i = first; i < gate->count && !ret; i++) {
		struct gate_check *check = &gate->check[i];

		if (check->has_comparison)
			ret = gate_decide(gate, check, n);
		if (check->has_comparison && !ret)
			ret = correct_bounds(gate, check, baseline, current);
	}
	return ret;
}

/*
 * Whether a metric that nobody asked for by the operation's name has no value
 * in turns. Pauses are in latencies of sides that are stopped. Turns have no
 * rate of each operation of a mix.
 */
static bool has_no_turns(const struct gate_options *options,
			 const struct operation_figures *f,
			 const struct metric *metric)
{
	const struct gate_threshold *asked =
		find_threshold(options, f->operation, metric);

	if (!options->turns)
		return false;
	if (options->turns->only_rates && metric->row->unit != UNIT_PER_S)
		return true;
	return f->of_mix && metric->row->unit != UNIT_NS &&
	       !(asked && *asked->operation);
}

static int compare_operation(struct gate *gate,
			     const struct operation_figures *f,
			     const struct run_summaries *baseline,
			     const struct run_summaries *current)
{
	const struct gate_options *options = gate->options;
	size_t i;
	int ret = 0;

	for (i = 0; i < options->metrics && !ret; i++) {
		const struct metric *metric = &options->metric[i];
		struct gate_check *check;
		double value;

		/* The rate of a part is that of its operation. */
		if (metric_value(metric, f, &value) == METRIC_NO_RATE ||
		    (i >= options->metrics - options->metrics_named &&
		     !find_threshold(options, f->operation, metric)))
			continue;
		if (has_no_turns(options, f, metric))
			continue;
		check = gate_add_check(gate, f->operation, NULL, metric);
		ret = check ? compare_one(gate, check, baseline, current,
					  options->alpha)
			    : -ENOMEM;
	}
	return ret;
}

/* A check that was asked for of an operation that is not there. */
static int check_absent(struct gate *gate, const struct gate_threshold *t,
			const struct run_summaries *baseline)
{
	char error[METRIC_ERROR_MAX];
	struct gate_check *check;
	struct metric metric;

	if (!*t->operation || operation_figures_find(&baseline->run[0].figures,
						     t->operation, NULL))
		return 0;
	metric_parse(&metric, t->metric, error);
	check = gate_add_check(gate, t->operation, NULL, &metric);
	if (!check)
		return -ENOMEM;
	return gate_conclude(check, GATE_ABSENT,
			     "%s: expected operation %s, the run has none",
			     baseline->run[0].path, t->operation);
}

static uint64_t most_errors(const struct run_summaries *runs,
			    const char *operation)
{
	uint64_t most = 0;
	size_t i;

	for (i = 0; i < runs->count; i++) {
		const struct operation_figures *f = operation_figures_find(
			&runs->run[i].figures, operation, NULL);

		if (f && f->errors > most)
			most = f->errors;
	}
	return most;
}

/*
 * Adds a check of failed operations, if there are any. Runs in which operations
 * failed have done other work, so they never pass in silence.
 */
static int check_errors(struct gate *gate, const char *operation,
			const struct run_summaries *baseline,
			const struct run_summaries *current)
{
	uint64_t before = most_errors(baseline, operation);
	uint64_t now = most_errors(current, operation);
	char reason[METRIC_ERROR_MAX];
	struct gate_check *check;
	struct metric metric;

	if (!before && !now)
		return 0;
	metric_parse(&metric, "errors", reason);
	check = gate_add_check(gate, operation, NULL, &metric);
	if (!check)
		return -ENOMEM;
	return gate_conclude(
		check, now > before ? GATE_RED : GATE_PASS,
		"up to %llu operations of a run of %s failed, %llu in "
		"the baseline",
		(unsigned long long)now, operation, (unsigned long long)before);
}

/* Adds a note for each operation that the baseline does not have. */
static int check_new(struct gate *gate, const struct run_summaries *baseline,
		     const struct run_summaries *current)
{
	const struct operation_figures_list *list = &current->run[0].figures;
	size_t i;

	for (i = 0; i < list->count; i++) {
		const struct operation_figures *f = &list->figures[i];

		if (!f->host &&
		    !operation_figures_find(&baseline->run[0].figures,
					    f->operation, NULL))
			notes_add(&gate->notes,
				  "operation %s is not in the baseline, and "
				  "not compared",
				  f->operation);
	}
	return 0;
}

int gate_compare(struct gate *gate, const struct run_summaries *baseline,
		 const struct run_summaries *current)
{
	const struct operation_figures_list *list = &baseline->run[0].figures;
	const struct turns *turns = gate->options->turns;
	size_t i, first = gate->count;
	int ret = 0;

	if (turns && (turns->rounds != baseline->count ||
		      turns->rounds != current->count))
		return -EINVAL;
	if (gate->against)
		gate->references = baseline->count;
	else
		gate->baselines = baseline->count;
	gate->currents = current->count;
	gate_note_pauses(gate, baseline);
	gate_note_pauses(gate, current);
	free(gate->order);
	gate->order = NULL;
	if (!gate->options->paired && !turns)
		ret = interleaving_find(baseline, current, &gate->order);
	if (gate->order)
		notes_add(&gate->notes,
			  "the runs of both sides were done in turns, so the "
			  "machine's drift over time is taken out");
	for (i = 0; i < list->count && !ret; i++) {
		if (!list->figures[i].host)
			ret = compare_operation(gate, &list->figures[i],
						baseline, current);
	}
	if (!ret)
		ret = correct_and_decide(gate, first, baseline, current);
	for (i = 0; i < gate->options->thresholds_count && !ret; i++)
		ret = check_absent(gate, &gate->options->thresholds[i],
				   baseline);
	for (i = 0; i < list->count && !ret; i++) {
		if (!list->figures[i].host)
			ret = check_errors(gate, list->figures[i].operation,
					   baseline, current);
	}
	return ret || gate->against ? ret : check_new(gate, baseline, current);
}
