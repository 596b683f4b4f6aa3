// SPDX-License-Identifier: GPL-2.0-only
/* What smallfio run prints and writes of a run. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/command.h"
#include "cli/run/run_json.h"
#include "cli/run/run_rsptimes.h"
#include "cli/run/run_session.h"
#include "launch/fio_child.h"
#include "launch/job_file.h"
#include "launch/samples.h"
#include "run/run_bundle.h"
#include "stats/rate.h"
#include "util/field.h"
#include "util/shown.h"
#include "util/terminal.h"

#define IN_FLIGHT    1024 /* files that may be made, but not counted */
#define NAME_COLUMNS 20
#define COLUMNS      12

static int write_json(const struct run_session *s,
		      const struct result_page *page)
{
	const struct result *result = page->result;
	int code = EXIT_GOOD;

	for (size_t i = 0; i < result->phases && code == EXIT_GOOD; i++) {
		struct output output;
		char *path, sample[32] = "";
		const char *name = s->launch.output_json;
		const char *end = strrchr(name, '.');
		size_t length = end && !strchr(end, '/') ? (size_t)(end - name)
							 : strlen(name);
		/* A mix also has a phase for each of its operations. */
		bool alone = s->launch.phases == 1 &&
			     !phase_is_within(&result->phase[i]);

		if (s->launch.samples > 1)
			snprintf(sample, sizeof(sample), "-%zu", s->sample + 1);
		if (asprintf(&path, "%.*s%s%s%s%s", (int)length, name,
			     alone ? "" : "-",
			     alone ? "" : result->phase[i].job, sample,
			     name + length) < 0)
			return run_session_fail("write", name, -ENOMEM);
		code = cli_output_begin(&output, "run", path);
		if (code == EXIT_GOOD)
			code = cli_output_end(
				&output, "run", path,
				run_json_write(output.file, &s->launch,
					       &result->phase[i], page));
		free(path);
	}
	return code;
}

static void keep_rates(struct run_session *s, const struct result *result)
{
	double *rate = s->rate + s->sample;
	const double *end = rate + s->launch.phases * s->launch.samples;

	for (size_t i = 0; i < result->phases && rate < end; i++) {
		const struct phase *phase = &result->phase[i];

		if (phase_is_within(phase))
			continue;
		*rate = (double)phase->cluster.whole.units_per_s;
		rate += s->launch.samples;
	}
	for (; rate < end; rate += s->launch.samples)
		*rate = NAN;
}

void run_session_note_made(struct run_session *s, const struct result *result)
{
	const struct phase *phase = result->phase;
	struct launch *l = &s->launch;

	s->owns_tree = l->makes_tree && result->phases;
	for (size_t i = 0; result->phases && i < phase->threads; i++) {
		const struct scope *thread = &phase->thread[i];

		s->owns_tree &= !thread->errors || thread->error != EEXIST;
		if (fio_child_interrupted() &&
		    l->made < thread->units + IN_FLIGHT)
			l->made = thread->units + IN_FLIGHT;
	}
}

static const char *first_of(const struct notes *notes)
{
	return notes->count ? notes->text[0] : "";
}

static void put_verdict(enum terminal_tone tone, const char *verdict)
{
	fputs("verdict: ", stdout);
	terminal_use(stdout);
	terminal_put(stdout, tone, verdict);
}

/* What a user can do about a run that was too short. */
static void advise(const struct launch *l, const struct result *result)
{
	uint64_t factor = 1;

	for (size_t i = 0; i < result->phases; i++) {
		uint64_t own = rate_factor(result->phase[i].cluster.elapsed_s);

		factor = own > factor ? own : factor;
	}
	put_verdict(TONE_OPEN, "too short");
	printf(": all went well, but less than %d ms give no rate: use "
	       "--files %llu%s\n",
	       RATE_LEAST_MS, (unsigned long long)(l->files * factor),
	       l->makes_tree ? " or --seconds 5" : "");
}

/*
 * Prints the verdict in one line. Returns the exit code. As with smallfile, a
 * run that is too short for a rate has not failed.
 */
static int print_verdict(const struct launch *l, const struct result *result)
{
	if (!result->invalid.count && result->too_small.count &&
	    job_file_ends_together(l))
		fputs("smallfio run: note: when the first thread is done, the "
		      "others end, as smallfile's do: --finish Y lets all "
		      "finish\n",
		      stderr);
	if (result->invalid.count) {
		put_verdict(TONE_BAD, "NOT VALID");
		printf(": %s\n", shown(first_of(&result->invalid)));
		return EXIT_INPUT;
	}
	if (result->too_small.count) {
		put_verdict(TONE_OPEN, "too little");
		printf(": %s\n", shown(first_of(&result->too_small)));
		return EXIT_TOO_LITTLE;
	}
	if (result->too_short.count) {
		advise(l, result);
	} else {
		put_verdict(TONE_GOOD, "valid");
		putchar('\n');
	}
	return EXIT_GOOD;
}

/*
 * Leaves out the phases behind one that failed, because these did not begin.
 * What went wrong in that phase is what comes first in the notes. Returns its
 * name, or NULL where nothing is left out.
 */
static const char *leave_out_unbegun(struct result *result)
{
	const char *job;
	size_t length, failed = 0, end, notes = 0;

	while (failed < result->phases && !result->phase[failed].cluster.errors)
		failed++;
	/* The operations of a mix have begun with it. */
	end = failed + 1;
	while (end < result->phases && phase_is_within(&result->phase[end]))
		end++;
	if (end >= result->phases)
		return NULL;
	job = result->phase[failed].job;
	length = strlen(job);
	while (notes < result->invalid.count &&
	       !strncmp(result->invalid.text[notes], job, length) &&
	       result->invalid.text[notes][length] == ',')
		notes++;
	result->invalid.count = notes;
	result->phases = end;
	result->too_small.count = result->too_short.count = 0;
	return job;
}

/*
 * Makes a list of the operations alone, without their parts: these are no
 * phases that the user has asked for. Returns 0 or -ENOMEM.
 */
static int take_operations(struct result *own, const struct result *result)
{
	*own = *result;
	own->phase = calloc(result->phases + 1, sizeof(*own->phase));
	own->phases = 0;
	for (size_t i = 0; i < result->phases && own->phase; i++)
		if (!result->phase[i].is_part)
			own->phase[own->phases++] = result->phase[i];
	return own->phase ? 0 : -ENOMEM;
}

static int write_rsptimes(struct run_bundle *b, const char *directory)
{
	char *path;
	int ret;

	if (asprintf(&path, "%s/rsptimes", directory) < 0)
		return input_error_no_memory(&b->error);
	ret = run_rsptimes_write(&b->result, path, &b->error);
	free(path);
	return ret;
}

/* `fio` is the exit code of run_session_fio(), which wins. */
int run_session_print_result(struct run_session *s, const char *directory,
			     int fio)
{
	const struct result_options options = {
		.min_done_percent = RESULT_MIN_DONE,
	};
	struct run_bundle b = { 0 };
	struct result begun;
	struct result_page page = { .result = &begun, .options = &options };
	const char *failed;
	int code, wrote;

	if (run_bundle_read(&b, directory, 0)) {
		/* A fio that failed has already said why there is none. */
		code = fio == EXIT_GOOD ? cli_input_failed("run", &b.error)
					: fio;
		run_bundle_free(&b);
		return code;
	}
	cli_print_notes("run", &b.notes);
	page.run = b.files.results.result;
	if (take_operations(&begun, &b.result)) {
		run_bundle_free(&b);
		return run_session_fail("read", directory, -ENOMEM);
	}
	failed = leave_out_unbegun(&begun);
	if (s->launch.samples > 1)
		printf("%ssample %zu of %llu\n", s->sample ? "\n" : "",
		       s->sample + 1, (unsigned long long)s->launch.samples);
	result_smallfile(stdout, &page);
	if (failed)
		printf("%s failed, so nothing behind it was begun\n",
		       shown(failed));
	result_breakdown(stdout, &b.result);
	keep_rates(s, &begun);
	run_session_note_made(s, &begun);
	code = print_verdict(&s->launch, &begun);
	fflush(stdout);
	if (s->launch.rsptimes_csv && write_rsptimes(&b, directory))
		code = cli_input_failed("run", &b.error);
	wrote = s->launch.output_json ? write_json(s, &page) : EXIT_GOOD;
	free(begun.phase);
	run_bundle_free(&b);
	if (fio != EXIT_GOOD)
		return fio;
	return wrote == EXIT_GOOD ? code : wrote;
}

void run_session_print_samples(const struct run_session *s)
{
	const struct launch *l = &s->launch;

	putchar('\n');
	field_name(stdout, NAME_COLUMNS, "files/s");
	field_right(stdout, COLUMNS, "mean");
	field_right(stdout, COLUMNS, "95 % +-");
	field_right(stdout, COLUMNS, "sd");
	field_right(stdout, COLUMNS, "min");
	field_right(stdout, COLUMNS, "max");
	putchar('\n');
	for (size_t i = 0; i < l->phases; i++) {
		struct samples row;

		samples_of(&row, s->rate + i * l->samples, l->samples);
		field_name(stdout, NAME_COLUMNS, l->phase[i].name);
		field_rate(stdout, COLUMNS, row.mean);
		field_rate(stdout, COLUMNS, row.interval);
		field_rate(stdout, COLUMNS, row.deviation);
		field_rate(stdout, COLUMNS, row.least);
		field_rate(stdout, COLUMNS, row.most);
		putchar('\n');
	}
}
