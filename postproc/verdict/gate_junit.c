// SPDX-License-Identifier: GPL-2.0-only
/*
 * The verdict as JUnit XML, with a test case for each check. Red and absent are
 * failures. Too little data is an error. Inconclusive is a skipped test, or
 * with --strict an error.
 */
#include "verdict/gate_format.h"
#include "util/markup.h"

enum outcome {
	PASSED,
	FAILED,
	ERROR,
	SKIPPED,
	OUTCOMES,
};

static enum outcome outcome_of(const struct gate *gate,
			       const struct gate_check *check)
{
	switch (check->state) {
	case GATE_PASS:
		return PASSED;
	case GATE_INCONCLUSIVE:
		return gate->options->strict ? ERROR : SKIPPED;
	case GATE_TOO_LITTLE:
		return ERROR;
	default:
		return FAILED;
	}
}

static void print_case(FILE *out, const struct gate_check *c,
		       enum outcome outcome)
{
	static const char *const elements[OUTCOMES] = {
		[FAILED] = "failure",
		[ERROR] = "error",
		[SKIPPED] = "skipped",
	};

	fputs("    <testcase classname=\"smallfio.gate\" name=\"", out);
	if (c->is_limit) {
		markup_put(out, c->rule);
		fputs(" in ", out);
		markup_put(out, c->run);
	} else {
		markup_put(out, c->operation);
		fputc(' ', out);
		markup_put(out, c->metric.name);
		if (c->against) {
			fputs(" against ", out);
			markup_put(out, c->against);
		}
	}
	fputs("\">\n", out);
	if (outcome != PASSED) {
		fprintf(out, "      <%s message=\"", elements[outcome]);
		markup_put(out, c->reason);
		fputs("\"/>\n", out);
	}
	fputs("      <system-out>", out);
	markup_put(out, c->reason);
	fputs("</system-out>\n    </testcase>\n", out);
}

int gate_format_junit(FILE *out, const struct gate *gate)
{
	size_t i, n[OUTCOMES] = { 0 };

	for (i = 0; i < gate->count; i++)
		n[outcome_of(gate, &gate->check[i])]++;
	fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n",
	      out);
	fprintf(out,
		"  <testsuite name=\"smallfio gate\" tests=\"%zu\" "
		"failures=\"%zu\" errors=\"%zu\" skipped=\"%zu\">\n",
		gate->count, n[FAILED], n[ERROR], n[SKIPPED]);
	for (i = 0; i < gate->count; i++)
		print_case(out, &gate->check[i],
			   outcome_of(gate, &gate->check[i]));
	fputs("  </testsuite>\n</testsuites>\n", out);
	return 0;
}
