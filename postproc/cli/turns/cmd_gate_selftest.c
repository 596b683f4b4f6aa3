// SPDX-License-Identifier: GPL-2.0-only
/* smallfio gate selftest: does the gate go red for a known slow-down? */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/turns/ab.h"
#include "cli/cli.h"
#include "cli/command.h"
#include "fio/log_name.h"
#include "util/clock.h"
#include "util/slowdown.h"

/*
 * The length of a pause. A sleep of this length is exact enough. fio does not
 * spin instead, because fio 3.33 sleeps without end where thinktime_spin takes
 * longer than thinktime.
 */
#define PAUSE_US 2000
/* Rounds that show how long an operation takes. One run alone may be odd. */
#define TIMING_ROUNDS 3

static const char usage[] =
	"usage: smallfio gate selftest [OPTION...] JOB.fio\n"
	"       smallfio gate selftest [OPTION...] --a COMMAND\n"
	"\n"
	"Runs A against an A whose operations take longer by a known part, and "
	"says whether\n"
	"the gate goes red: exit code 0 if it does, 1 if not. fio-smallfile.so "
	"and\n"
	"fio-diskwrite.so on this machine slow themselves down. For all else "
	"the command\n"
	"is to pass on fio's own pause between operations: fio $SLOWER ...; "
	"a job file\n"
	"gets it with --turns off.\n"
	"\n";

/* How B is slowed down. */
struct slow_down {
	double part;
	bool by_engine;      /* else by fio's thinktime */
	char percent[32];    /* for the engine */
	char thinktime[160]; /* for $SLOWER */
	char option[160];    /* for B's job file: lines of it */
};

static bool ends_in(const char *text, const char *end)
{
	size_t length = strlen(text), of_end = strlen(end);

	return length >= of_end && !strcmp(text + length - of_end, end);
}

static bool can_slow_down(const char *engine, bool in_turns)
{
	return ends_in(engine, "fio-smallfile.so") ||
	       (!in_turns && ends_in(engine, "fio-diskwrite.so"));
}

/*
 * Returns true if all jobs use our engines and run as processes of the command.
 * In turns, what takes none itself is stopped, and would take that time for
 * work that has to last longer.
 */
static bool slows_itself_down(const struct run_summary *run, bool in_turns)
{
	const struct fingerprint *f = &run->fingerprint;
	size_t i, jobs = 0;

	for (i = 0; i < run->figures.count; i++) {
		const char *host = run->figures.figures[i].host;

		/* A fio --server does not have the command's environment. */
		if (host && strcmp(host, LOG_HOST_LOCAL) != 0)
			return false;
	}
	for (i = 0; i < f->count; i++) {
		if (!ends_in(f->item[i].key, ".ioengine"))
			continue;
		if (!can_slow_down(f->item[i].value, in_turns))
			return false;
		jobs++;
	}
	return jobs > 0;
}

/*
 * Returns the mean time of one operation of a thread, in microseconds. If the
 * run did several operations, the slowest counts. 0 if it did none.
 */
static double operation_us(const struct run_summary *run)
{
	double longest = 0;
	size_t i;

	for (i = 0; i < run->figures.count; i++) {
		const struct operation_figures *f = &run->figures.figures[i];

		/* Threads work side by side: each has the whole runtime. */
		if (f->ios && !f->host)
			longest = fmax(longest, (double)f->runtime_ms * 1000 *
							(double)f->threads /
							(double)f->ios);
	}
	return longest;
}

/* Returns the median of all runs so far, at most 2 * TIMING_ROUNDS. */
static double median_operation_us(const struct ab_session *session)
{
	double us[2 * TIMING_ROUNDS];
	size_t i, n = 0, side;

	for (side = 0; side < 2; side++) {
		const struct run_summaries *runs = &session->side[side].runs;

		for (i = 0; i < runs->count; i++)
			us[n++] = operation_us(&runs->run[i]);
	}
	qsort(us, n, sizeof(*us), compare_doubles);
	return (us[(n - 1) / 2] + us[n / 2]) / 2;
}

/*
 * Chooses fio's options that lengthen each operation by a part of its time.
 * Short sleeps are not exact. So fio makes one longer pause after a number of
 * operations.
 */
static int choose_thinktime(struct ab *ab, struct ab_session *session,
			    struct slow_down *slow)
{
	struct side_job_list *option = &ab->job.option[1];
	double each_us;
	long blocks;
	int code;

	if (ab->a && !strstr(ab->a, "$SLOWER"))
		return cli_usage_error(
			ab->name,
			"expected $SLOWER in the command, among fio's options "
			"(fio $SLOWER --output=$OUT ...): only "
			"fio-smallfile.so and fio-diskwrite.so, on this "
			"machine, slow themselves down");
	code = ab_rounds(ab, session, TIMING_ROUNDS - 1, true);
	if (code)
		return code;
	each_us = median_operation_us(session);
	if (!(each_us > 0)) {
		fprintf(stderr,
			"smallfio %s: the command did no operation, or took "
			"less than 1 ms\n",
			ab->name);
		return EXIT_TOO_LITTLE;
	}
	blocks = lround(PAUSE_US / (each_us * slow->part));
	if (blocks < 1)
		blocks = 1;
	snprintf(slow->thinktime, sizeof(slow->thinktime),
		 "--thinktime=%.0fus --thinktime_blocks=%ld",
		 each_us * slow->part * (double)blocks, blocks);
	session->side[1].slower = slow->thinktime;
	snprintf(slow->option, sizeof(slow->option),
		 "thinktime=%.0fus\nthinktime_blocks=%ld",
		 each_us * slow->part * (double)blocks, blocks);
	if (!ab->a && option->count == SIDE_JOB_LIST_MAX)
		return cli_usage_error(ab->name, "expected fewer --option");
	if (!ab->a)
		option->text[option->count++] = slow->option;
	return EXIT_GOOD;
}

/* A pause of fio's, too, would pass while a side is stopped. */
static int refuse_turns(const struct ab *ab)
{
	return cli_usage_error(ab->name,
			       "in turns only fio-smallfile.so can be slowed "
			       "down by a known part: expected a job file of "
			       "it, or --turns off");
}

static void slow_engine(struct ab_session *session, struct slow_down *slow)
{
	slow->by_engine = true;
	snprintf(slow->percent, sizeof(slow->percent), "%.6g",
		 100 * slow->part);
	session->side[1].slower_percent = slow->percent;
}

/*
 * Looks at a first round to choose how B is slowed down. Then forgets its runs.
 */
static int choose(struct ab *ab, struct ab_session *session,
		  struct slow_down *slow)
{
	int code = ab_rounds(ab, session, 1, true);

	if (code)
		return code;
	slow->by_engine = slows_itself_down(&session->side[0].runs.run[0],
					    ab->turn_ns > 0);
	if (slow->by_engine)
		slow_engine(session, slow);
	else if (ab->turn_ns)
		code = refuse_turns(ab);
	else
		code = choose_thinktime(ab, session, slow);
	run_summaries_free(&session->side[0].runs);
	run_summaries_free(&session->side[1].runs);
	return code;
}

static void tell_what_was_put_in(struct gate *gate,
				 const struct slow_down *slow)
{
	/* Operations take longer by `part`. Their rate falls by less. */
	double asked = 1 / (1 + slow->part) - 1;
	size_t i;

	notes_add(&gate->notes,
		  "each operation of B was made to take %.3g %% longer, %+.1f "
		  "%% of its rate, by %s%s",
		  100 * slow->part, 100 * asked,
		  slow->by_engine ? "the engine" : "fio's ",
		  slow->by_engine ? "" : slow->thinktime);
	for (i = 0; i < gate->count; i++) {
		const struct gate_check *c = &gate->check[i];

		if (c->has_comparison && (asked < c->comparison.change_low ||
					  asked > c->comparison.change_high))
			notes_add(&gate->notes,
				  "%s of %s: that is not between the bounds "
				  "of what was seen",
				  c->metric.name, c->operation);
	}
}

/* Turns the gate's exit code round, because red is good here. */
static int conclude(const struct ab *ab, const struct gate *gate,
		    const struct slow_down *slow)
{
	int code = gate_settings_write(&ab->settings, ab->name, gate);

	if (code != EXIT_GATE && code != EXIT_GOOD)
		return code;
	fprintf(stderr,
		"smallfio %s: the gate %s red for a slow-down of %.3g %%, "
		"after %.0f s%s\n",
		ab->name, code == EXIT_GATE ? "goes" : "FAILED: it does not go",
		100 * slow->part, (double)clock_steady_ns() / 1e9 - ab->began_s,
		gate_state(gate) != GATE_INCONCLUSIVE ? ""
		: ab->turn_ns
			? "; give it more --time"
			: "; give it more --runs (gate calibrate says how "
			  "many), or longer ones");
	return code == EXIT_GATE ? EXIT_GOOD : EXIT_GATE;
}

static int selftest(struct ab *ab, struct ab_session *session,
		    struct gate *gate)
{
	struct slow_down slow = { .part = ab->slower_percent / 100 };
	int code = ab_begin(ab, session);

	/* A must not be slowed down. */
	unsetenv(SLOWDOWN_VARIABLE);
	if (!code)
		code = choose(ab, session, &slow);
	if (!code)
		code = ab_judge(ab, session, gate);
	if (!code) {
		tell_what_was_put_in(gate, &slow);
		code = conclude(ab, gate, &slow);
	}
	session->side[1].slower = session->side[1].slower_percent = NULL;
	return code;
}

int cmd_gate_selftest(int argc, char **argv)
{
	return ab_command("gate selftest", selftest_rows, usage, argc, argv,
			  selftest);
}
