// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "util/array.h"
#include "verdict/compare_table.h"

void compare_table_init(struct compare_table *t)
{
	static const char *const names[] = { COMPARE_TABLE_METRICS };
	char error[METRIC_ERROR_MAX];

	memset(t, 0, sizeof(*t));
	t->options.alpha = 1 - COMPARE_CONFIDENCE;
	t->options.threshold = COMPARE_THRESHOLD;
	t->options.metric = t->metric;
	t->options.metrics = sizeof(names) / sizeof(*names);
	for (size_t i = 0; i < t->options.metrics; i++)
		metric_parse(&t->metric[i], names[i], error);
}

/*
 * The bounds of the median of n sorted values: below the k-th smallest it lies
 * only if k or fewer of n values, each with chance 1/2, are below it.
 */
static void bound_median(struct compare_cell *cell, const double *sorted,
			 size_t n, double alpha)
{
	double term = pow(0.5, (double)n), sum = 0;
	size_t k;

	cell->low = -INFINITY;
	cell->high = INFINITY;
	for (k = 0; k < n && sum + term <= alpha; k++) {
		sum += term;
		term *= (double)(n - k) / (double)(k + 1);
		cell->low = sorted[k];
		cell->high = sorted[n - 1 - k];
	}
}

/*
 * Sets the cell's value from those of all runs of the side. Returns the state
 * of the first run without one, or METRIC_OK; -ENOMEM.
 */
static int fill_cell(struct compare_cell *cell, const struct compare_side *side,
		     const char *operation, const struct metric *metric,
		     double alpha)
{
	size_t n = side->runs.count;
	double *value = reallocarray(NULL, n, sizeof(*value));
	enum metric_state state = METRIC_OK;

	*cell = (struct compare_cell){
		.median = NAN,
		.low = NAN,
		.high = NAN,
		.change = NAN,
		.change_low = NAN,
		.change_high = NAN,
	};
	if (!value)
		return -ENOMEM;
	for (size_t i = 0; i < n && !cell->missing; i++) {
		const struct operation_figures *f = operation_figures_find(
			&side->runs.run[i].figures, operation, NULL);

		if (f)
			state = metric_value(metric, f, &value[i]);
		cell->absent = !f;
		if (!f)
			cell->missing = "is no operation of this run";
		else if (state != METRIC_OK)
			cell->missing = metric_state_text(state);
	}
	if (!cell->missing) {
		qsort(value, n, sizeof(*value), compare_doubles);
		cell->median = (value[(n - 1) / 2] + value[n / 2]) / 2;
		bound_median(cell, value, n, alpha);
	}
	free(value);
	return (int)state;
}

/* Adds a row, unless the operation does not have the metric on any side. */
static int add_row(struct compare_table *t, const char *operation,
		   const struct metric *metric)
{
	struct compare_cell *cell = calloc(t->sides, sizeof(*cell));
	struct compare_row *row;
	bool has = false;
	int ret = cell ? 0 : -ENOMEM;

	for (size_t i = 0; i < t->sides && ret >= 0; i++) {
		ret = fill_cell(&cell[i], &t->side[i], operation, metric,
				t->options.alpha);
		has |= ret >= 0 && ret != METRIC_NO_DATA &&
		       ret != METRIC_NO_RATE && !cell[i].absent;
	}
	row = ret >= 0 && has ? array_add(&t->row, &t->rows) : NULL;
	if (!row) {
		free(cell);
		return ret < 0 || has ? -ENOMEM : 0;
	}
	*row = (struct compare_row){ strdup(operation), metric, cell };
	return row->operation ? 0 : -ENOMEM;
}

/* Whether a side before `side`, or an earlier run of it, has the operation. */
static bool was_before(const struct compare_table *t, size_t side,
		       const char *operation)
{
	for (size_t i = 0; i < side; i++)
		if (operation_figures_find(&t->side[i].runs.run[0].figures,
					   operation, NULL))
			return true;
	return false;
}

static int add_rows(struct compare_table *t)
{
	int ret = 0;

	for (size_t i = 0; i < t->sides; i++) {
		const struct operation_figures_list *list =
			&t->side[i].runs.run[0].figures;

		for (size_t k = 0; k < list->count; k++) {
			const struct operation_figures *f = &list->figures[k];

			if (f->host || was_before(t, i, f->operation))
				continue;
			for (size_t m = 0; m < t->options.metrics && !ret; m++)
				ret = add_row(t, f->operation,
					      &t->options.metric[m]);
		}
	}
	return ret;
}

static const struct gate_check *find_check(const struct gate *gate,
					   const struct compare_row *row)
{
	for (size_t i = 0; i < gate->count; i++)
		if (!strcmp(gate->check[i].operation, row->operation) &&
		    !strcmp(gate->check[i].metric.name, row->metric->name))
			return &gate->check[i];
	return NULL;
}

static enum compare_verdict judge(const struct gate_check *check)
{
	switch (check->state) {
	case GATE_RED:
		return COMPARE_REGRESSION;
	case GATE_PASS:
		return check->improved ? COMPARE_IMPROVEMENT
				       : COMPARE_NO_REGRESSION;
	case GATE_INCONCLUSIVE:
		return COMPARE_INCONCLUSIVE;
	default:
		return COMPARE_NO_VERDICT;
	}
}

static void fill_change(struct compare_table *t, struct compare_row *row,
			size_t side, const struct gate_check *check)
{
	const struct comparison *c = check ? &check->comparison : NULL;
	struct compare_cell *cell = &row->cell[side];

	if (!check)
		return;
	if (check->has_comparison) {
		cell->change = c->change;
		/* Without a bound, change_low may be -1: nothing is left. */
		cell->change_low = isinf(c->log_low) || isinf(c->log_high)
					   ? -INFINITY
					   : c->change_low;
		cell->change_high = c->change_high;
		cell->verdict = judge(check);
		if (check->state == GATE_TOO_LITTLE)
			notes_add_once(&t->notes, check->reason);
	} else if (!cell->missing && !row->cell[0].missing) {
		/* There are values, but they cannot be compared. */
		notes_add_once(&t->notes, check->reason);
	}
}

/* Takes over the gate's notes, and its checks of failed operations. */
static void note_gate(struct compare_table *t, const struct gate *gate)
{
	for (size_t i = 0; i < gate->notes.count; i++)
		notes_add_once(&t->notes, gate->notes.text[i]);
	for (size_t i = 0; i < gate->count; i++)
		if (!strcmp(gate->check[i].metric.name, "errors"))
			notes_add_once(&t->notes, gate->check[i].reason);
}

static int compare_side(struct compare_table *t, size_t side)
{
	struct gate gate = { .options = &t->options };
	const struct run_summaries *old = &t->side[0].runs;
	const struct run_summaries *new = &t->side[side].runs;
	int ret = gate_compare(&gate, old, new);

	for (size_t i = 0; i < t->rows && !ret; i++)
		fill_change(t, &t->row[i], side, find_check(&gate, &t->row[i]));
	if (!ret)
		note_gate(t, &gate);
	gate_free(&gate);
	return ret;
}

static bool is_whole(const struct compare_table *t,
		     const struct compare_row *row)
{
	for (size_t i = 0; i < t->sides; i++)
		if (!(row->cell[i].median > 0))
			return false;
	return true;
}

/* Sets the means of a metric. One operation is no mean. */
static int add_mean(struct compare_table *t, const struct metric *metric)
{
	double *logs = calloc(t->sides, 2 * sizeof(*logs));
	struct compare_mean *mean;
	size_t n = 0;

	if (!logs)
		return -ENOMEM;
	for (size_t i = 0; i < t->rows; i++) {
		if (t->row[i].metric != metric || !is_whole(t, &t->row[i]))
			continue;
		n++;
		for (size_t k = 0; k < t->sides; k++)
			logs[k] += log(t->row[i].cell[k].median);
	}
	mean = n > 1 ? array_add(&t->mean, &t->means) : NULL;
	if (!mean) {
		free(logs);
		return n > 1 ? -ENOMEM : 0;
	}
	*mean = (struct compare_mean){ metric, n, logs, logs + t->sides };
	for (size_t k = 0; k < t->sides; k++)
		mean->mean[k] = exp(logs[k] / (double)n);
	for (size_t k = 0; k < t->sides; k++)
		mean->change[k] = k ? mean->mean[k] / mean->mean[0] - 1 : NAN;
	return 0;
}

int compare_table_build(struct compare_table *t,
			const struct compare_side *side, size_t sides)
{
	int ret;

	t->side = side;
	t->sides = sides;
	ret = add_rows(t);
	for (size_t i = 1; i < sides && !ret; i++)
		ret = compare_side(t, i);
	for (size_t i = 0; i < t->options.metrics && !ret; i++)
		ret = add_mean(t, &t->options.metric[i]);
	return ret;
}

const char *compare_verdict_name(enum compare_verdict verdict)
{
	static const char *const names[] = {
		[COMPARE_NO_VERDICT] = "",
		[COMPARE_NO_REGRESSION] = "no regression",
		[COMPARE_INCONCLUSIVE] = "inconclusive",
		[COMPARE_REGRESSION] = "regression",
		[COMPARE_IMPROVEMENT] = "improved",
	};

	return names[verdict];
}

double compare_cell_spread(const struct compare_cell *cell)
{
	return fmax(cell->high - cell->median, cell->median - cell->low) /
	       cell->median;
}

void compare_table_free(struct compare_table *t)
{
	for (size_t i = 0; i < t->rows; i++) {
		free(t->row[i].operation);
		free(t->row[i].cell);
	}
	for (size_t i = 0; i < t->means; i++)
		free(t->mean[i].mean);
	free(t->row);
	free(t->mean);
	notes_free(&t->notes);
	t->row = NULL;
	t->mean = NULL;
	t->rows = t->means = 0;
}
