// SPDX-License-Identifier: GPL-2.0-only
/*
 * JUnit XML: a test case a check. Red and absent are failures; too little data
 * is an error; what is inconclusive is skipped, or with --strict an error.
 */
#include <string.h>

#include "gate_format.h"

/* Text or an attribute's value. What XML 1.0 cannot hold becomes '?'. */
static void print_xml(FILE *out, const char *text)
{
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		switch (c) {
		case '&':
			fputs("&amp;", out);
			break;
		case '<':
			fputs("&lt;", out);
			break;
		case '>':
			fputs("&gt;", out);
			break;
		case '"':
			fputs("&quot;", out);
			break;
		default:
			fputc(c < 0x20 && c != '\t' ? '?' : c, out);
		}
	}
}

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
		print_xml(out, c->rule);
		fputs(" in ", out);
		print_xml(out, c->run);
	} else {
		print_xml(out, c->operation);
		fputc(' ', out);
		print_xml(out, c->metric.name);
	}
	fputs("\">\n", out);
	if (outcome != PASSED) {
		fprintf(out, "      <%s message=\"", elements[outcome]);
		print_xml(out, c->reason);
		fputs("\"/>\n", out);
	}
	fputs("      <system-out>", out);
	print_xml(out, c->reason);
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
