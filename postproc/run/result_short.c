// SPDX-License-Identifier: GPL-2.0-only
/* Names the phases that were too short to be measured. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "run/result_parts.h"
#include "stats/rate.h"

#define PHASES_NAMED 4

static void name_phase(FILE *out, const struct phase *phase, bool first)
{
	long double ms = phase->cluster.elapsed_s * 1000;

	fprintf(out, "%s%s ", first ? "" : ", ", phase->job);
	if (isnan(ms))
		fputs("(below 1 ms)", out);
	else
		fprintf(out, "(%.0Lf ms)", ms);
}

/* Returns the most files that a thread was asked for. 0: not known. */
static uint64_t most_files(const struct result *result)
{
	uint64_t most = 0;

	for (size_t i = 0; i < result->phases; i++) {
		const struct job_options *asked = &result->phase[i].asked;

		if (asked->unit == JOB_UNIT_FILES &&
		    asked->units != JOB_OPTIONS_UNKNOWN && asked->units > most)
			most = asked->units;
	}
	return most;
}

static void write_advice(FILE *out, uint64_t files, uint64_t factor)
{
	uint64_t enough;

	fprintf(out, ": too short to tell a rate, which needs %d ms; ",
		RATE_LEAST_MS);
	if (!files || __builtin_mul_overflow(files, factor, &enough))
		fprintf(out, "%llu times as many files would do",
			(unsigned long long)factor);
	else
		fprintf(out, "files=%llu would do", (unsigned long long)enough);
}

static void write_sentence(FILE *out, const struct result *result)
{
	uint64_t most = 1;
	size_t named = 0;

	for (size_t i = 0; i < result->phases; i++) {
		const struct phase *phase = &result->phase[i];
		uint64_t factor = rate_factor(phase->cluster.elapsed_s);

		if (!phase->too_short)
			continue;
		most = factor > most ? factor : most;
		if (named++ < PHASES_NAMED)
			name_phase(out, phase, named == 1);
	}
	if (named > PHASES_NAMED)
		fprintf(out, " and %zu more", named - PHASES_NAMED);
	write_advice(out, most_files(result), most);
}

static bool is_short(const struct result *result)
{
	for (size_t i = 0; i < result->phases; i++)
		if (result->phase[i].too_short)
			return true;
	return false;
}

int result_check_short(struct result *result)
{
	char *sentence = NULL;
	size_t size;
	FILE *out;
	int ret = 0;

	if (!is_short(result))
		return 0;
	out = open_memstream(&sentence, &size);
	if (!out)
		return -ENOMEM;
	write_sentence(out, result);
	if (fclose(out))
		ret = -ENOMEM;
	else
		notes_add(&result->too_short, "%s", sentence);
	free(sentence);
	return ret;
}
