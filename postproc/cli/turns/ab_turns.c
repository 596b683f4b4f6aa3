// SPDX-License-Identifier: GPL-2.0-only
/* Rounds in which both sides are under way at once, and take turns. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/turns/ab.h"
#include "cli/cli.h"
#include "cli/command.h"
#include "turns/neighbour.h"
#include "util/clock.h"
#include "util/hash64.h"

struct turns_session {
	struct ab *ab;
	struct ab_session *session;
	struct turns turns;
	bool stops; /* the sides know nothing of turns, and are stopped */
	struct neighbours neighbours;
	double threshold;  /* that neighbours may not hide */
	size_t skipped;    /* rounds that did not count */
	bool skipped_last; /* the round before was one of them */
	int64_t began_ns, until_ns;
};

static int sync_between(void *context, int side)
{
	struct turns_session *t = context;

	return side_job_sync(&t->ab->job, side, &t->session->error);
}

/* Hands the turns of a heat to the statistics. Some turns may have no time. */
static int add_pairs(struct turns_session *t, const struct referee_heat *heat)
{
	struct turns_pair *pair = calloc(heat->pairs, sizeof(*pair));
	struct turns_pair sum = { 0 };
	size_t i, n = 0;
	int ret;

	if (!pair)
		return -ENOMEM;
	for (i = 0; i < heat->pairs; i++) {
		const struct referee_turn *turn = heat->pair[i].turn;

		sum.a.operations += turn[0].operations;
		sum.a.time_ns += turn[0].ns;
		sum.b.operations += turn[1].operations;
		sum.b.time_ns += turn[1].ns;
		if (!sum.a.time_ns || !sum.b.time_ns)
			continue;
		pair[n++] = sum;
		memset(&sum, 0, sizeof(sum));
	}
	ret = turns_add_pairs(&t->turns, heat->name, heat->section, pair, n);
	free(pair);
	return ret == -EDOM ? 0 : ret;
}

static int add_heats(struct turns_session *t, const struct referee_heat *heat,
		     size_t heats)
{
	int ret = turns_add_round(&t->turns, ab_session_b_second(t->session));
	size_t i;

	t->skipped_last = false;
	for (i = 0; i < heats && !ret; i++) {
		if (!heat[i].alike || !heat[i].pairs)
			continue;
		ret = add_pairs(t, &heat[i]);
		if (!ret)
			ret = neighbours_add(&t->neighbours, &heat[i]);
	}
	return ret;
}

static int no_turns(const struct ab *ab, const struct referee_heat *heat,
		    size_t heats)
{
	size_t i;

	if (!heats)
		fprintf(stderr,
			"smallfio %s: the sides took no turns: there is no "
			"section that both measured\n",
			ab->name);
	for (i = 0; i < heats; i++) {
		fprintf(stderr, "smallfio %s: section %zu, %s: ", ab->name,
			i + 1, heat[i].name);
		if (!heat[i].alike)
			fputs("A and B do different operations there\n",
			      stderr);
		else if (heat[i].pairs)
			fprintf(stderr, "%zu pairs of turns\n", heat[i].pairs);
		else if (ab->job.stops)
			fputs("ended within two turns of each side; give it "
			      "more work, as by --option time_based=1 "
			      "--option runtime=2\n",
			      stderr);
		else
			fprintf(stderr,
				"ended within two turns of each side, the "
				"longest of %.0f ms; give it more work, as by "
				"--option files=50000\n",
				(double)heat[i].longest_ns / 1e6);
	}
	return EXIT_TOO_LITTLE;
}

/* One such round may be a pause of the machine. Two of them are not. */
static int skip_round(struct turns_session *t, const struct referee_heat *heat,
		      size_t heats)
{
	t->skipped++;
	if (t->skipped_last)
		return no_turns(t->ab, heat, heats);
	t->skipped_last = true;
	return EXIT_GOOD;
}

/* The rounds so far have missed a section by a pause of the machine. */
static void forget_rounds(struct turns_session *t)
{
	t->skipped += t->turns.rounds;
	turns_free(&t->turns);
	neighbours_free(&t->neighbours);
}

static int take_heats(struct turns_session *t, const struct referee_heat *heat,
		      size_t heats)
{
	if (!t->session->counted)
		return skip_round(t, heat, heats);
	if (t->session->anew)
		forget_rounds(t);
	if (add_heats(t, heat, heats))
		return ab_no_memory(t->ab);
	return t->turns.round[t->turns.rounds - 1].operations
		       ? EXIT_GOOD
		       : no_turns(t->ab, heat, heats);
}

static int stopping_round(struct turns_session *t)
{
	struct stopping stopping = {
		.turn_ns = (int64_t)t->ab->turn_ns,
		.seed = hash64_next(&t->session->seed),
	};
	int code;

	if (ab_session_stopping(t->session, &stopping))
		code = ab_failed(t->ab, t->session);
	else
		code = take_heats(t, stopping.heat, stopping.heats);
	stopping_free(&stopping);
	return code;
}

static bool compares_rates(const struct gate_options *options)
{
	size_t i;

	for (i = 0; i < options->metrics; i++)
		if (options->metric[i].row->unit == UNIT_PER_S)
			return true;
	return false;
}

/*
 * This round counts for nothing: both sides ran all the time. `declined`: in
 * one section of fio-smallfile.so.
 */
static int begin_to_stop(struct turns_session *t, bool declined)
{
	struct ab *ab = t->ab;
	const char *why =
		declined ? "sections that run at once do different "
			   "operations, and take no turns themselves (put "
			   "stonewall between them, if they need not)"
			 : "the sides take no turns themselves, as "
			   "fio-smallfile.so does";

	/* What slows an engine down would go on while a side is stopped. */
	if (ab->sync || ab->real_time || t->session->side[1].slower_percent ||
	    !compares_rates(&ab->settings.options)) {
		fprintf(stderr,
			"smallfio %s: %s; without that there is no --sync, "
			"--real-time or selftest, and no latency to compare: "
			"expected a metric such as files/s, or --turns off\n",
			ab->name, why);
		return EXIT_USAGE;
	}
	ab_end_progress();
	fprintf(stderr,
		"smallfio %s: %s: each side is stopped (SIGSTOP) while the "
		"other runs, and latencies are not compared\n",
		ab->name, why);
	ab_session_forget(t->session);
	t->stops = t->turns.only_rates = true;
	ab->job.stops = true;
	return stopping_round(t);
}

static int one_round(struct turns_session *t)
{
	struct ab *ab = t->ab;
	struct referee referee = {
		.turn_ns = (int64_t)ab->turn_ns,
		.seed = hash64_next(&t->session->seed),
		.real_time = ab->real_time,
		.between = ab->sync ? sync_between : NULL,
		.between_context = t,
	};
	int code;

	if (t->stops)
		return stopping_round(t);
	if (ab_session_turns(t->session, &referee))
		code = ab_failed(ab, t->session);
	else if (!t->turns.rounds &&
		 (!referee.heats || referee.relay->declined))
		code = begin_to_stop(t, referee.relay->declined);
	else
		code = take_heats(t, referee.heat, referee.heats);
	referee_end(&referee);
	return code;
}

/*
 * Returns in how many seconds all checks should have decided, by the noise so
 * far; INFINITY if nobody can tell.
 */
static double seconds_to_decide(const struct turns_session *t,
				const struct gate *gate, double now)
{
	double round_s =
		(now - (double)t->began_ns * 1e-9) / (double)t->turns.rounds;
	size_t i, most = t->turns.rounds;

	for (i = 0; i < gate->count; i++) {
		const struct gate_check *c = &gate->check[i];

		if (c->state == GATE_PASS || c->state == GATE_RED)
			continue;
		if (!c->has_comparison || !c->comparison.runs_to_decide)
			return INFINITY;
		if (c->comparison.runs_to_decide > most)
			most = c->comparison.runs_to_decide;
	}
	return (double)(most - t->turns.rounds) * round_s;
}

static void show_progress(const struct turns_session *t,
			  const struct gate *gate)
{
	struct ab *ab = t->ab;
	double now = (double)clock_steady_ns() * 1e-9;
	double left = (double)t->until_ns * 1e-9 - now, guess;
	size_t i;

	if (!ab_progress_due(ab, now))
		return;
	fprintf(stderr, "smallfio %s: round %zu", ab->name, t->turns.rounds);
	for (i = 0; i < gate->count && i < 3; i++) {
		const struct gate_check *c = &gate->check[i];

		if (c->has_comparison)
			fprintf(stderr, "; %s %s %+.1f %%", c->operation,
				c->metric.name, 100 * c->comparison.change);
	}
	left = fmax(left, 0);
	guess = seconds_to_decide(t, gate, now);
	if (guess < left)
		fprintf(stderr, "; about %.0f s to go, at most %.0f", guess,
			left);
	else
		fprintf(stderr, "; at most %.0f s to go", left);
	ab_progress_end_line();
}

static bool ends(const struct turns_session *t, const struct gate *gate)
{
	enum neighbours_fit fit;

	if (clock_steady_ns() >= t->until_ns ||
	    t->turns.rounds >= COMPARE_RUNS_MAX)
		return true;
	if (t->ab->to_the_end)
		return false;
	fit = neighbours_fit(&t->neighbours, t->threshold);
	/* The whole runs that follow then have what is left of the time. */
	if (fit != NEIGHBOURS_FIT)
		return fit == NEIGHBOURS_UNFIT;
	return ab_is_clear(gate) ||
	       (!t->ab->all && gate_state(gate) == GATE_RED);
}

/*
 * A round that has begun goes on to its end, also when the time is over. There
 * is no verdict without a round that counts.
 */
static int rounds(struct turns_session *t, struct gate *gate)
{
	int code;

	do {
		code = one_round(t);
		if (code || !t->turns.rounds)
			continue;
		code = ab_compare(t->ab, t->session, gate,
				  t->ab->settings.options.alpha);
		if (!code)
			show_progress(t, gate);
	} while (!code && (!t->turns.rounds || !ends(t, gate)));
	return code;
}

static void end(struct turns_session *t)
{
	t->ab->settings.options.turns = NULL;
	/* Whole runs may follow, and nobody else is there to wait for. */
	t->ab->job.stops = false;
	turns_free(&t->turns);
	neighbours_free(&t->neighbours);
}

int ab_judge_turns(struct ab *ab, struct ab_session *session, struct gate *gate)
{
	struct turns_session t = {
		.ab = ab,
		.session = session,
		.threshold = gate_least_rate_threshold(&ab->settings.options),
		.began_ns = clock_steady_ns(),
	};
	int code;

	t.until_ns = t.began_ns + (int64_t)ab->time_ns;

	ab->settings.options.turns = &t.turns;
	code = rounds(&t, gate);
	ab_end_progress();
	if (!code)
		neighbours_note(&t.neighbours, t.threshold, &gate->notes);
	if (!code && !ab->real_time && !t.stops && !ab_is_clear(gate))
		notes_add(&gate->notes,
			  "if other programs are at work on this machine, "
			  "--real-time keeps them from slowing a side; it "
			  "needs root");
	if (!code && t.skipped)
		notes_add(&gate->notes,
			  "rounds that do not count: %zu; a section of them "
			  "ended within two turns, as in a pause of the "
			  "machine",
			  t.skipped);
	if (!code && t.stops)
		notes_add(&gate->notes,
			  "each side was stopped while the other ran, so its "
			  "latencies contain pauses and are not compared");
	ab->turns_fit =
		neighbours_fit(&t.neighbours, t.threshold) != NEIGHBOURS_UNFIT;
	ab->round_s = (double)(clock_steady_ns() - t.began_ns) / 1e9 /
		      (double)t.turns.rounds;
	end(&t);
	return code;
}
