// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "cli/turns/ab.h"
#include "cli/cli.h"
#include "cli/command.h"
#include "util/clock.h"
#include "turns/alpha_spending.h"

_Static_assert(AB_RUNS_MAX + AB_CONFIRM_ROUNDS <= COMPARE_PAIRS_MAX,
	       "all runs of a session can be compared");

/* Between lines of progress where standard error is no terminal. */
#define TOLD_EVERY_S 60

/* Sets --directory: the first time for A and B, the second time for B alone. */
static int set_measured(void *context, const char *value, char *error)
{
	struct ab *ab = context;

	if (ab->measured[0] != ab->measured[1]) {
		strcpy(error, "expected it at most twice: for A and for B");
		return -EINVAL;
	}
	if (!ab->measured[0])
		ab->measured[0] = value;
	ab->measured[1] = value;
	return 0;
}

static int add_to(struct side_job_list *list, const char *value, char *error)
{
	const char *equals = strchr(value, '=');

	if (!equals || equals == value || strchr(value, '\n')) {
		strcpy(error, "expected NAME=VALUE");
		return -EINVAL;
	}
	if (list->count == SIDE_JOB_LIST_MAX) {
		snprintf(error, OPTIONS_ERROR_MAX,
			 "expected it at most %d times", SIDE_JOB_LIST_MAX);
		return -EINVAL;
	}
	list->text[list->count++] = (char *)value;
	return 0;
}

#define ADD_TO(name, member)                                                   \
	static int name(void *context, const char *value, char *error)         \
	{                                                                      \
		return add_to(&((struct ab *)context)->member, value, error);  \
	}
ADD_TO(add_a_option, job.option[0])
ADD_TO(add_b_option, job.option[1])
ADD_TO(add_a_env, also[0])
ADD_TO(add_b_env, also[1])

/* An option of both sides. */
static int add_option(void *context, const char *value, char *error)
{
	int ret = add_a_option(context, value, error);

	return ret ? ret : add_b_option(context, value, error);
}

/* Reads a number and its unit: ms or s. */
static int set_turns(void *context, const char *value, char *error)
{
	struct ab *ab = context;
	char *unit;
	double length = strtod(value, &unit);

	if (!strcmp(value, "off")) {
		ab->turn_ns = 0;
		return 0;
	}
	length *= !strcmp(unit, "ms") ? 1e6 : !strcmp(unit, "s") ? 1e9 : 0;
	if (*value < '0' || *value > '9' ||
	    !(length >= AB_TURN_LEAST_NS && length <= AB_TURN_MOST_NS)) {
		strcpy(error, "expected 1ms to 10s, or off");
		return -EINVAL;
	}
	ab->turn_ns = (uint64_t)length;
	return 0;
}

#define A_ROW                                                                  \
	{                                                                      \
		"a", 0, "COMMAND",                                             \
			"the command of A, for the shell; its fio writes\n"    \
			"to $OUT (--output=$OUT); $HERE is the current\n"      \
			"directory, the command runs in one of its own",       \
			OPTION_TEXT(struct ab, a)                              \
	}
#define SESSION_ROWS                                                           \
	{ "runs", 0, "N",                                                      \
	  "at most N whole runs of each, 7 to 2000 (20); also if\n"            \
	  "they follow because turns do not fit",                              \
	  OPTION_WHOLE(struct ab, runs_max, ALPHA_SPENDING_LEAST,              \
		       AB_RUNS_MAX) },                                         \
		{ "warmup", 0, "N",                                            \
		  "first N of these that do not count, 0 to 2000 (1)",         \
		  OPTION_WHOLE(struct ab, warmup, 0, AB_RUNS_MAX) },           \
		{ "directory", 0, "DIR",                                       \
		  "note the file system of DIR with each run; a job file\n"    \
		  "works there; given twice: that of A, and that of B",        \
		  OPTION_SET(set_measured) },                                  \
		{ "keep", 0, "DIR", "make DIR and leave all runs there",       \
		  OPTION_TEXT(struct ab, keep) },                              \
	{                                                                      \
		"seed", 0, "N", "of the random order, to repeat one",          \
			OPTION_WHOLE(struct ab, seed, 1, UINT32_MAX)           \
	}

/* For a job file of fio in place of commands. */
#define JOB_ROWS                                                               \
	{ "option", 0, "NAME=VALUE",                                           \
	  "an option of fio for both sides' job file",                         \
	  OPTION_SET(add_option) },                                            \
		{ "fio", 0, "PROGRAM", "the fio to run (" SMALLFIO_FIO ")",    \
		  OPTION_TEXT(struct ab, fio) },                               \
		{ "turns", 0, "TIME",                                          \
		  "how long a turn is, 1ms to 10s; off: whole runs\n"          \
		  "(10ms for a job file, off for commands)",                   \
		  OPTION_SET(set_turns) },                                     \
		{ "sync", 0, NULL,                                             \
		  "after each turn have the side's file system write\n"        \
		  "what is in memory (syncfs)",                                \
		  OPTION_FLAG(struct ab, sync) },                              \
		{ "real-time", 0, NULL,                                        \
		  "in turns: run both sides before all other programs,\n"      \
		  "which cannot slow them then (SCHED_FIFO; needs root)",      \
		  OPTION_FLAG(struct ab, real_time) },                         \
		{ "all", 0, NULL,                                              \
		  "in turns: after a regression go on, until every check\n"    \
		  "has decided",                                               \
		  OPTION_FLAG(struct ab, all) },                               \
		{ "patience", 0, "SECONDS",                                    \
		  "a side that does nothing for so long hangs, which ends\n"   \
		  "the comparison (60)",                                       \
		  OPTION_SECONDS(struct ab, patience_ns, 1000000000) },        \
	{                                                                      \
		"time", 0, "SECONDS",                                          \
			"a comparison in turns takes so long at most (120)",   \
			OPTION_SECONDS(struct ab, time_ns, 1000000000)         \
	}

const struct option_row ab_rows[] = {
	A_ROW,
	{ "b", 0, "COMMAND", "that of B, which is compared with A",
	  OPTION_TEXT(struct ab, b) },
	{ "a-dir", 0, "DIR", "the job file's directory for A",
	  OPTION_TEXT(struct ab, place[0]) },
	{ "b-dir", 0, "DIR", "that for B; alone: for both",
	  OPTION_TEXT(struct ab, place[1]) },
	{ "a-option", 0, "NAME=VALUE", "an option of fio for A's job file",
	  OPTION_SET(add_a_option) },
	{ "b-option", 0, "NAME=VALUE", "one for B's",
	  OPTION_SET(add_b_option) },
	{ "a-env", 0, "NAME=VALUE", "a variable of A's environment",
	  OPTION_SET(add_a_env) },
	{ "b-env", 0, "NAME=VALUE", "one of B's", OPTION_SET(add_b_env) },
	JOB_ROWS,
	SESSION_ROWS,
	GATE_COMPARISON_ROWS,
	GATE_OUTPUT_ROWS,
	OPTION_COLOR_ROW,
	{ 0 },
};

const struct option_row calibrate_rows[] = {
	A_ROW,
	JOB_ROWS,
	SESSION_ROWS,
	{ "metric", 0, "LIST", "metrics to look at (" GATE_METRICS ")",
	  OPTION_SET(gate_settings_set_metric) },
	{ "threshold", 0, "PERCENT",
	  "smallest change for the worse that counts (5)",
	  OPTION_SET(gate_settings_set_threshold) },
	{ 0 },
};

const struct option_row selftest_rows[] = {
	A_ROW,
	JOB_ROWS,
	{ "slower", 0, "PERCENT", "the slow-down that is put in (10)",
	  OPTION_PERCENT(struct ab, slower_percent, 1, 1000) },
	SESSION_ROWS,
	{ "threshold", 0, "PERCENT",
	  "smallest change for the worse that counts (5)",
	  OPTION_SET(gate_settings_set_threshold) },
	GATE_OUTPUT_ROWS,
	{ 0 },
};

static void ab_init(struct ab *ab, const char *name)
{
	memset(ab, 0, sizeof(*ab));
	gate_settings_init(&ab->settings);
	ab->name = name;
	/* The two runs of a round are a pair. */
	ab->settings.options.paired = true;
	ab->runs_max = AB_RUNS_DEFAULT;
	ab->warmup = AB_WARMUP_DEFAULT;
	ab->slower_percent = 10;
	ab->fio = SMALLFIO_FIO;
	ab->patience_ns = PATIENCE_DEFAULT_NS;
	ab->turn_ns = AB_TURN_UNSET;
}

/* The command line has a job file in place of commands. */
static int take_job(struct ab *ab, const char *path)
{
	const char *both = ab->place[!ab->place[0]];
	int side;

	if (ab->a || ab->b)
		return cli_usage_error(ab->name,
				       "expected a job file or commands (--a, "
				       "--b), not both");
	ab->job.path = path;
	for (side = 0; side < 2; side++) {
		if (!ab->place[side])
			ab->place[side] = both;
		if (!ab->place[side])
			ab->place[side] = ab->measured[side];
		if (!ab->place[side])
			ab->place[side] = "/var/tmp";
		if (ab->measured[side] &&
		    strcmp(ab->measured[side], ab->place[side]) != 0)
			return cli_usage_error(
				ab->name, "a job file works in --directory, or "
					  "in --a-dir and --b-dir: give one "
					  "or the other");
		ab->measured[side] = ab->place[side];
		ab->job.base[side] = ab->place[side];
	}
	if (ab->turn_ns == AB_TURN_UNSET)
		ab->turn_ns = AB_TURN_DEFAULT_NS;
	return CLI_GO_ON;
}

static int take_commands(struct ab *ab, bool both)
{
	if (!ab->a || (both && !ab->b))
		return cli_usage_error(ab->name,
				       both ? "expected a job file, or --a and "
					      "--b"
					    : "expected a job file, or --a");
	if (ab->place[0] || ab->place[1] || ab->job.option[0].count ||
	    ab->job.option[1].count)
		return cli_usage_error(ab->name,
				       "directories and options of fio are for "
				       "a job file; commands have their own");
	if (ab->turn_ns == AB_TURN_UNSET)
		ab->turn_ns = 0;
	return CLI_GO_ON;
}

/* Whether the threads of both sides may run before others. */
static int check_real_time(const struct ab *ab)
{
	int ret;

	if (!ab->real_time)
		return CLI_GO_ON;
	ret = relay_run_first(2);
	relay_run_first(0);
	return ret ? cli_usage_error(ab->name, "--real-time needs root, or "
					       "CAP_SYS_NICE: leave it out, or "
					       "use sudo")
		   : CLI_GO_ON;
}

/* Refuses what only turns have, and takes the usual time for them. */
static int check_turns(struct ab *ab)
{
	const char *given = ab->real_time ? "--real-time"
			    : ab->all     ? "--all"
			    : ab->time_ns ? "--time"
					  : NULL;
	char error[128];

	if (!ab->time_ns)
		ab->time_ns = AB_TIME_DEFAULT_NS;
	if (!given || ab->turn_ns)
		return CLI_GO_ON;
	snprintf(error, sizeof(error),
		 "%s is for turns: leave it out, or --turns off, or give "
		 "--turns 10ms",
		 given);
	return cli_usage_error(ab->name, error);
}

static int check_sync(const struct ab *ab)
{
	if (!ab->sync || (ab->job.path && ab->turn_ns))
		return CLI_GO_ON;
	return cli_usage_error(ab->name,
			       "--sync is for turns of a job file: leave it "
			       "out, or give a job file and no --turns off");
}

static int parse(struct ab *ab, const struct option_row *rows,
		 const char *usage, int argc, char **argv)
{
	int code = cli_options(ab->name, rows, usage, NULL, ab, &argc, argv);

	if (code != CLI_GO_ON)
		return code;
	if (argc > 2)
		return cli_usage_error(ab->name, "expected one job file");
	code = argc > 1 ? take_job(ab, argv[1])
			: take_commands(ab, rows == ab_rows);
	if (code == CLI_GO_ON)
		code = check_turns(ab);
	if (code == CLI_GO_ON)
		code = check_sync(ab);
	return code == CLI_GO_ON ? check_real_time(ab) : code;
}

int ab_command(const char *name, const struct option_row *rows,
	       const char *usage, int argc, char **argv,
	       int (*run)(struct ab *ab, struct ab_session *session,
			  struct gate *gate))
{
	struct ab_session session = { 0 };
	struct gate gate = { 0 };
	struct ab ab;
	int code;

	ab_init(&ab, name);
	code = parse(&ab, rows, usage, argc, argv);
	if (code == CLI_GO_ON) {
		code = run(&ab, &session, &gate);
		ab_session_end(&session);
		cli_print_notes(name, &session.notes);
		notes_free(&session.notes);
	}
	gate_free(&gate);
	gate_settings_free(&ab.settings);
	return code;
}

void ab_end_progress(void)
{
	if (isatty(STDERR_FILENO))
		fputs("\r\033[K", stderr);
}

/* Prints why, with the end of what the command printed. */
int ab_failed(const struct ab *ab, const struct ab_session *session)
{
	int code;

	ab_end_progress();
	code = cli_input_failed(ab->name, &session->error);
	ab_session_show_output(session, stderr);
	return code;
}

static double now_s(void)
{
	return (double)clock_steady_ns() * 1e-9;
}

int ab_begin(struct ab *ab, struct ab_session *session)
{
	int code = gate_settings_check_places(&ab->settings, ab->name);
	int i;

	if (code)
		return code;
	session->job = ab->job.path ? &ab->job : NULL;
	session->fio = ab->fio;
	session->patience_ns = ab->job.patience_ns = (int64_t)ab->patience_ns;
	session->side[0].command = ab->a;
	session->side[1].command = ab->b ? ab->b : ab->a;
	for (i = 0; i < 2; i++) {
		session->side[i].measured = ab->measured[i];
		session->side[i].also = ab->also[i];
	}
	while (!ab->seed) {
		uint32_t random;

		if (getrandom(&random, sizeof(random), 0) < 0)
			random = (uint32_t)time(NULL);
		ab->seed = random;
	}
	session->seed = ab->settings.options.seed = ab->seed;
	ab->began_s = ab->told_s = now_s();
	if (ab_session_begin(session, ab->keep))
		return ab_failed(ab, session);
	if (ab->turn_ns)
		fprintf(stderr,
			"smallfio %s: turns of %.0f ms, at most %.0f s; --seed "
			"%llu\n",
			ab->name, (double)ab->turn_ns / 1e6,
			(double)ab->time_ns / 1e9,
			(unsigned long long)ab->seed);
	else
		fprintf(stderr,
			"smallfio %s: at most %llu rounds, %llu of warm-up "
			"before; --seed %llu\n",
			ab->name, (unsigned long long)ab->runs_max,
			(unsigned long long)ab->warmup,
			(unsigned long long)ab->seed);
	return EXIT_GOOD;
}

bool ab_progress_due(struct ab *ab, double now)
{
	bool terminal = isatty(STDERR_FILENO);

	if (!terminal && now - ab->told_s < TOLD_EVERY_S)
		return false;
	ab->told_s = now;
	ab_end_progress();
	return true;
}

void ab_progress_end_line(void)
{
	if (!isatty(STDERR_FILENO))
		fputc('\n', stderr);
}

/*
 * Shows the progress: one line that is overwritten on a terminal, elsewhere a
 * line a minute.
 */
static void show_round(struct ab *ab, const struct ab_session *session)
{
	size_t rounds = session->side[0].started;
	size_t done = session->side[0].runs.count;
	size_t most =
		(size_t)ab->runs_max + (ab->confirms ? AB_CONFIRM_ROUNDS : 0);
	double now = now_s(), to_go;

	if (!ab_progress_due(ab, now))
		return;
	to_go = (now - ab->began_s) / (double)rounds * (double)(most - done);
	fprintf(stderr, "smallfio %s: ", ab->name);
	if (!done)
		fprintf(stderr, "warm-up, round %zu", rounds);
	else
		fprintf(stderr, "%sround %zu of at most %zu",
			ab->confirms ? "to confirm a regression, " : "", done,
			most);
	fprintf(stderr, "; at most %.0f %s to go",
		ceil(to_go > 120 ? to_go / 60 : to_go),
		to_go > 120 ? "min" : "s");
	ab_progress_end_line();
}

int ab_rounds(struct ab *ab, struct ab_session *session, size_t rounds,
	      bool counts)
{
	size_t i;

	for (i = 0; i < rounds; i++) {
		if (ab_session_round(session, counts))
			return ab_failed(ab, session);
		show_round(ab, session);
	}
	return EXIT_GOOD;
}

int ab_no_memory(const struct ab *ab)
{
	fprintf(stderr, "smallfio %s: out of memory\n", ab->name);
	return EXIT_INPUT;
}

int ab_compare(struct ab *ab, const struct ab_session *session,
	       struct gate *gate, double alpha)
{
	gate_free(gate);
	ab->settings.options.alpha = alpha;
	gate->options = &ab->settings.options;
	if (!gate_compare(gate, &session->side[0].runs, &session->side[1].runs))
		return EXIT_GOOD;
	return ab_no_memory(ab);
}

/*
 * Whether the new runs alone confirm a red check: their estimate must lie past
 * half of the threshold.
 */
static bool confirms(const struct gate_check *fresh)
{
	const struct comparison *c = &fresh->comparison;
	double worse =
		fresh->metric.row->more_is_better ? -c->change : c->change;

	return fresh->has_comparison && worse > c->threshold / 2;
}

static struct run_summaries tail_of(const struct run_summaries *runs,
				    size_t from)
{
	return (struct run_summaries){ .run = runs->run + from,
				       .count = runs->count - from };
}

/*
 * Takes back each regression that the new runs do not confirm. Failed
 * operations need no confirmation.
 */
static int withdraw(struct gate *gate, const struct gate *fresh)
{
	size_t i;
	int ret = 0;

	for (i = 0; i < gate->count && i < fresh->count && !ret; i++) {
		struct gate_check *check = &gate->check[i];

		if (check->state == GATE_RED && check->has_comparison &&
		    !confirms(&fresh->check[i]))
			ret = gate_withdraw(check, AB_CONFIRM_ROUNDS);
	}
	return ret;
}

static int confirm(struct ab *ab, struct ab_session *session, struct gate *gate,
		   double alpha)
{
	size_t before = session->side[0].runs.count;
	struct gate fresh = { .options = &ab->settings.options };
	struct run_summaries a, b;
	int code;

	ab->confirms = true;
	code = ab_rounds(ab, session, AB_CONFIRM_ROUNDS, true);
	if (code)
		return code;
	a = tail_of(&session->side[0].runs, before);
	b = tail_of(&session->side[1].runs, before);
	if (gate_compare(&fresh, &a, &b))
		code = ab_no_memory(ab);
	if (!code)
		code = ab_compare(ab, session, gate, alpha);
	if (!code && withdraw(gate, &fresh))
		code = ab_no_memory(ab);
	if (!code)
		notes_add(&gate->notes,
			  gate_state(gate) == GATE_RED
				  ? "confirmed by %d more runs of each"
				  : "a regression was seen, and %d more runs "
				    "of each did not confirm it",
			  AB_CONFIRM_ROUNDS);
	gate_free(&fresh);
	return code;
}

/* Returns true if no check asks for more runs. */
bool ab_is_clear(const struct gate *gate)
{
	size_t i;

	for (i = 0; i < gate->count; i++) {
		if (gate->check[i].state == GATE_INCONCLUSIVE ||
		    (gate->check[i].state == GATE_TOO_LITTLE &&
		     gate->check[i].has_comparison))
			return false;
	}
	return true;
}

/*
 * If the verdict asks for more runs than --runs allows, notes how to have them.
 */
static void note_more_runs(const struct ab *ab, struct gate *gate)
{
	size_t i, most = 0;

	for (i = 0; i < gate->count; i++) {
		const struct gate_check *check = &gate->check[i];

		if (check->state == GATE_INCONCLUSIVE &&
		    check->comparison.runs_to_decide > most)
			most = check->comparison.runs_to_decide;
	}
	if (most > (size_t)ab->runs_max)
		notes_add(&gate->notes,
			  "to have so many runs: %s--runs %zu (%d to %d; it "
			  "was %llu)",
			  ab->turn_ns ? "--turns off " : "", most,
			  ALPHA_SPENDING_LEAST, AB_RUNS_MAX,
			  (unsigned long long)ab->runs_max);
}

static int judge_whole_runs(struct ab *ab, struct ab_session *session,
			    struct gate *gate)
{
	double alpha = ab->settings.options.alpha;
	size_t max = (size_t)ab->runs_max, done = 0;
	int code = ab_rounds(ab, session, (size_t)ab->warmup, false);

	while (!code && done < max) {
		code = ab_rounds(ab, session, 1, true);
		done++;
		if (code || !alpha_spending_is_look(done, max))
			continue;
		code = ab_compare(ab, session, gate,
				  alpha_spending_alpha(done, max, alpha));
		if (code || gate_state(gate) == GATE_RED || ab_is_clear(gate))
			break;
	}
	if (!code && gate_state(gate) == GATE_RED)
		code = confirm(ab, session, gate, ab->settings.options.alpha);
	if (!code)
		note_more_runs(ab, gate);
	ab_end_progress();
	return code;
}

/*
 * Allows as many whole runs as --time has room for, with those that confirm a
 * regression, but as many as a verdict needs. A round of whole runs does what a
 * round in turns does, so it takes as long.
 */
static void keep_time(struct ab *ab)
{
	double left_s = ab->began_s + (double)ab->time_ns / 1e9 - now_s();
	double rounds =
		left_s / ab->round_s - AB_CONFIRM_ROUNDS - (double)ab->warmup;

	rounds = fmax(rounds, ALPHA_SPENDING_LEAST);
	if (rounds < (double)ab->runs_max)
		ab->runs_max = (uint64_t)rounds;
}

/* Begins anew with whole runs, and says so in the verdict. */
static int leave_turns(struct ab *ab, struct ab_session *session,
		       struct gate *gate)
{
	int code;

	keep_time(ab);
	fprintf(stderr,
		"smallfio %s: what one side leaves to the kernel falls into "
		"the turns of the other: whole runs follow, at most %llu\n",
		ab->name, (unsigned long long)ab->runs_max);
	ab_session_forget(session);
	gate_free(gate);
	code = judge_whole_runs(ab, session, gate);
	if (!code)
		notes_add(&gate->notes,
			  "these are whole runs: turns of %.0f ms do not fit, "
			  "because what one side leaves to the kernel falls "
			  "into the turns of the other. --turns 1s or --sync "
			  "may fit",
			  (double)ab->turn_ns / 1e6);
	return code;
}

int ab_judge(struct ab *ab, struct ab_session *session, struct gate *gate)
{
	int code;

	if (!ab->turn_ns)
		return judge_whole_runs(ab, session, gate);
	code = ab_judge_turns(ab, session, gate);
	if (code || ab->turns_fit || ab->to_the_end)
		return code;
	return leave_turns(ab, session, gate);
}
