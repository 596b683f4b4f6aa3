// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "barrier/barrier_tell.h"

#define NS_PER_S    1000000000ll
#define PROGRESS_NS (5 * NS_PER_S)
#define TEXT_BYTES  4096
/*
 * All hosts together look some 1,000 times a second. The leader lists many
 * names, and looks more often.
 */
#define PAUSE_OF_EACH_NS        1000000
#define LEADER_PAUSE_OF_EACH_NS 100000
/*
 * From the leader's verdict to the opening: time to get ready, and to look
 * until no cache can hide the verdict.
 */
#define MARGIN_NS    50000000
#define MARGIN_LOOKS (BARRIER_OLD_LOOKS + 2)
/*
 * A leader is given up after so long, or after some times as long as a look
 * took.
 */
#define SILENCE_NS    (5 * NS_PER_S)
#define SILENCE_LOOKS 8
/* How long a host that has given up tries to tell the others. */
#define TELL_OTHERS_NS (3 * NS_PER_S)

/* What a host knows during its wait. */
struct wait {
	struct barrier_view *view;
	int64_t begin_ns, told_ns;
	/*
	 * When something new came from the leader, and the shortest time from
	 * its stamp to the reading of it, by the two clocks.
	 */
	int64_t heard_ns, delay_ns;
	int64_t look_ns; /* how long the last look took */
	bool gave_up, over, open;
};

/* The pause between two looks of a host that does not lead. */
static int64_t pause_ns(const struct barrier *g)
{
	return BARRIER_POLL_NS + g->hosts * PAUSE_OF_EACH_NS;
}

static int64_t margin_ns(const struct wait *w)
{
	return MARGIN_NS +
	       MARGIN_LOOKS * (pause_ns(w->view->barrier) + w->look_ns);
}

static void pause_before_look(const struct wait *w)
{
	const struct barrier *g = w->view->barrier;
	int64_t ns = w->view->leads ? BARRIER_POLL_NS +
					      g->hosts * LEADER_PAUSE_OF_EACH_NS
				    : pause_ns(g);
	const struct timespec pause = { .tv_sec = ns / NS_PER_S,
					.tv_nsec = ns % NS_PER_S };

	nanosleep(&pause, NULL);
}

/* Looks, and notes how long that took and what is new from the leader. */
static int look(struct wait *w)
{
	struct barrier_view *v = w->view;
	const struct barrier_generation before = v->mine;
	int64_t start = clock_steady_ns(), delay_ns;
	int ret = barrier_view_look(v);

	w->look_ns = clock_steady_ns() - start;
	if (w->look_ns > v->longest_look_ns)
		v->longest_look_ns = w->look_ns;
	if (ret || v->mine.leader.stamp_ns == before.leader.stamp_ns)
		return ret;
	w->heard_ns = clock_steady_ns();
	delay_ns = clock_unix_ns() - v->mine.leader.stamp_ns;
	if (!before.leader.stamp_ns || delay_ns < w->delay_ns)
		w->delay_ns = delay_ns;
	return 0;
}

static int refuse_twin(struct barrier_view *v, const char *host)
{
	return failure_set(v->failure, EEXIST,
			   "gate=%s: another process waits here under the "
			   "host name %s: give each host its own host=",
			   v->barrier->directory, host);
}

/* Returns a host of which two processes have answered the roll call. */
static const char *find_twin(const struct barrier_report *r)
{
	for (unsigned int i = 1; i < r->count; i++)
		if (r->peers[i].name.call == r->by.call &&
		    r->peers[i - 1].name.call == r->by.call &&
		    !strcmp(r->peers[i].name.host, r->peers[i - 1].name.host))
			return r->peers[i].name.host;
	return r->by.host;
}

/* Says why the barrier has failed. */
static int refuse(struct wait *w)
{
	struct barrier_view *v = w->view;
	const struct barrier *g = v->barrier;
	bool by_me = !strcmp(v->report.by.host, v->self.host);
	bool all = barrier_count(&v->report, 0).hosts == g->hosts;
	char text[TEXT_BYTES];

	if (v->report.verdict == BARRIER_TWICE)
		return refuse_twin(v, find_twin(&v->report));
	barrier_describe(v, text, sizeof(text));
	if (v->report.verdict == BARRIER_TOO_MANY)
		return failure_set(v->failure, E2BIG,
				   "gate=%s: more hosts than gate_hosts=%u "
				   "came: %s",
				   g->directory, g->hosts, text);
	if (!by_me)
		return failure_set(v->failure, ETIMEDOUT,
				   "gate=%s: %s has waited for all of its "
				   "gate_timeout=: %s%s",
				   g->directory, v->report.by.host,
				   all ? "" : "only ", text);
	return failure_set(v->failure, ETIMEDOUT,
			   "gate=%s: after %u s %s%s (gate_timeout= gives "
			   "them more time)",
			   g->directory, g->timeout_s, all ? "" : "only ",
			   text);
}

/* Another host has ended the generation, because its leader was silent. */
static int note_silence(struct barrier_view *v)
{
	const char *leader = v->mine.leader.host;

	if (!strcmp(v->report.by.host, v->self.host) &&
	    v->report.by.number != v->self.number)
		return refuse_twin(v, v->self.host);
	if (strcmp(v->report.by.host, leader) != 0)
		snprintf(v->silent, sizeof(v->silent), "%s", leader);
	return 0;
}

/*
 * Obeys the verdict. A host that is not in the list of those who go has come
 * too late for them, and meets others in the next generation. There may be no
 * verdict although there is a next generation: the host that made that one was
 * shown the verdict of an earlier run by its client. All would wait for ever.
 */
static int take_verdict(struct wait *w)
{
	struct barrier_view *v = w->view;
	int ret = barrier_view_read_verdict(v);

	if (ret == -EAGAIN && v->last.at > v->mine.at)
		return barrier_view_decide(v, v->mine.at, BARRIER_OVER);
	if (ret)
		return ret == -EAGAIN ? 0 : ret;
	switch (v->report.verdict) {
	case BARRIER_OPEN:
		w->open = barrier_report_find(&v->report, &v->self);
		w->over = !w->open;
		return 0;
	case BARRIER_NONE:
	case BARRIER_OVER:
		w->over = true;
		return note_silence(v);
	default:
		return refuse(w);
	}
}

/*
 * Joins the latest generation, or makes the next one if that has ended or has
 * been led by an earlier process of this host.
 */
static int join(struct wait *w)
{
	struct barrier_view *v = w->view;
	const struct barrier_generation *last = &v->last;
	int ret = 0;

	if (last->at && !last->decided && last->at != v->mine.at &&
	    !strcmp(last->leader.host, v->self.host))
		ret = barrier_view_decide(v, last->at, BARRIER_OVER);
	else if (last->at && !last->decided)
		ret = barrier_view_join(v, last->at);
	else
		ret = barrier_view_lead(v, last->at + 1);
	if (ret == -EEXIST)
		return 0;
	if (!ret && v->mine.at == last->at + v->leads)
		w->over = false;
	w->heard_ns = clock_steady_ns();
	return ret;
}

static int answer(struct barrier_view *v, unsigned int call)
{
	if (v->call == call)
		return 0;
	v->call = call;
	return barrier_view_answer(v, call);
}

static int follow(struct wait *w)
{
	struct barrier_view *v = w->view;
	int64_t silence_ns = SILENCE_LOOKS * v->longest_look_ns;

	if (silence_ns < SILENCE_NS)
		silence_ns = SILENCE_NS;
	if (clock_steady_ns() - w->heard_ns > silence_ns)
		return barrier_view_decide(v, v->mine.at, BARRIER_OVER);
	return answer(v, v->mine.leader.call);
}

/*
 * The roll is called when as many processes are here as hosts are expected, and
 * again whenever another one has come: an earlier answer may be of a process
 * that is dead.
 */
static int lead(struct wait *w)
{
	struct barrier_view *v = w->view;
	int ret = barrier_view_list(v);
	struct barrier_count c;

	if (ret)
		return ret;
	c = barrier_count(&v->report, v->call);
	if (c.hosts > v->barrier->hosts)
		return barrier_view_decide(v, v->mine.at, BARRIER_TOO_MANY);
	if (v->report.count < v->barrier->hosts)
		return barrier_view_publish(v);
	if (v->grew || !v->call) {
		ret = answer(v, v->call + 1);
		return ret ? ret : barrier_view_publish(v);
	}
	if (c.twice)
		return barrier_view_decide(v, v->mine.at, BARRIER_TWICE);
	if (c.answered < v->barrier->hosts)
		return barrier_view_publish(v);
	v->report.opens_ns = clock_unix_ns() + margin_ns(w);
	return barrier_view_decide(v, v->mine.at, BARRIER_OPEN);
}

static int come(struct barrier_view *v)
{
	int ret = barrier_view_open(v);

	return ret ? ret : barrier_view_hold(v);
}

static int step(struct wait *w)
{
	struct barrier_view *v = w->view;
	int ret = v->place_fd < 0 ? come(v) : 0;

	if (!ret)
		ret = look(w);
	if (!ret && v->mine.decided && !w->over)
		ret = take_verdict(w);
	if (ret || w->open || (v->mine.decided && !w->over))
		return ret;
	if (!v->mine.at || w->over)
		return join(w);
	return v->leads ? lead(w) : follow(w);
}

/*
 * The leader's list is the latest. A host that cannot read it says what it knew
 * before.
 */
static void learn(struct barrier_view *v)
{
	if (v->leads)
		barrier_view_note_others(v);
	else if (v->mine.leader.host[0])
		barrier_view_ask(v);
}

static void tell_progress(struct wait *w)
{
	struct barrier_view *v = w->view;
	int64_t now = clock_steady_ns();
	char text[TEXT_BYTES];

	if (!v->barrier->progress || now - w->told_ns < PROGRESS_NS)
		return;
	w->told_ns = now;
	learn(v);
	barrier_describe(v, text, sizeof(text));
	v->barrier->progress(v->barrier->arg, text);
	/* Somebody has removed this host's file. */
	w->over |= !barrier_report_find(&v->report, &v->self);
}

/* The last failure says what is gone. */
static int refuse_lost(struct barrier_view *v)
{
	struct failure last = *v->failure;

	return failure_set(v->failure, ETIMEDOUT,
			   "%.4096s, for %u s: the file system shows "
			   "directories that are gone; wait until its cache "
			   "has expired, or name a gate= elsewhere",
			   last.text, v->barrier->timeout_s);
}

/*
 * A host that has waited for all of its time makes the verdict, unless another
 * was faster, and obeys that at the next look.
 */
static int check_limits(struct wait *w)
{
	struct barrier_view *v = w->view;
	int64_t late_ns = clock_steady_ns() - w->begin_ns -
			  v->barrier->timeout_s * NS_PER_S;

	if (stop_asked(&v->barrier->stop))
		return -ECANCELED;
	if (late_ns < 0)
		return 0;
	if (v->mine.at && !w->gave_up) {
		w->gave_up = true;
		learn(v);
		return barrier_view_decide(v, v->mine.at, BARRIER_LATE);
	}
	if (v->mine.at && late_ns < TELL_OTHERS_NS)
		return 0;
	if (!v->report.count)
		return refuse_lost(v);
	v->report.by = v->self;
	v->report.verdict = BARRIER_LATE;
	return refuse(w);
}

static int wait_open(struct wait *w)
{
	w->begin_ns = w->told_ns = clock_steady_ns();
	for (;;) {
		int ret = step(w);

		if (ret == -ENOENT || ret == -ESTALE) {
			barrier_view_close(w->view);
			w->over = false;
			ret = 0;
		}
		if (ret || w->open)
			return ret;
		ret = check_limits(w);
		if (ret)
			return ret;
		tell_progress(w);
		pause_before_look(w);
	}
}

static int check_barrier(const struct barrier *g, struct failure *f)
{
	if (!g->hosts || g->hosts > BARRIER_HOSTS_MAX)
		return failure_set(f, EINVAL, "gate_hosts=%u: expected 1 to %d",
				   g->hosts, BARRIER_HOSTS_MAX);
	if (strlen(g->host) > BARRIER_HOST_MAX || !*g->host ||
	    *g->host == '.' || strpbrk(g->host, "/ \t\n"))
		return failure_set(f, EINVAL,
				   "gate=: %s cannot be a host's name here",
				   g->host);
	return 0;
}

/*
 * Finds how far this host's clock is ahead of the leader's. A name is read
 * after it was made. So the reader's time less the maker's stamp is at least as
 * much as the reader's clock is ahead. One such bound in each direction limits
 * the difference from both sides, however long making and reading took.
 */
static struct barrier_clock compare_clocks(const struct wait *w)
{
	const struct barrier_view *v = w->view;
	const struct barrier_peer *back =
		barrier_report_find(&v->report, &v->self);
	struct barrier_clock clock = { .run = v->report.by.number };

	snprintf(clock.reference, sizeof(clock.reference), "%s",
		 v->report.by.host);
	if (v->leads)
		return clock;
	clock.error_ns = -1;
	if (back->delay_ns + w->delay_ns < 0)
		return clock;
	clock.ahead_ns = (w->delay_ns - back->delay_ns) / 2;
	clock.error_ns = (w->delay_ns + back->delay_ns + 1) / 2;
	return clock;
}

/*
 * Returns the time at which the barrier opens, by this host's CLOCK_MONOTONIC.
 * The verdict names the time by the leader's clock. Where the bounds allow both
 * clocks to be equal, they are taken to be equal, which is more likely than any
 * other difference. A time further ahead than it was when the leader named it
 * means that a clock was set meanwhile. Then the barrier opens now.
 */
static int64_t opening_ns(const struct barrier_report *r,
			  const struct barrier_clock *c)
{
	int64_t left_ns = r->opens_ns - clock_unix_ns();
	int64_t now = clock_steady_ns();

	if (c->error_ns < 0)
		return now;
	if (llabs(c->ahead_ns) > c->error_ns)
		left_ns += c->ahead_ns;
	if (left_ns > r->opens_ns - r->by.stamp_ns + 2 * c->error_ns)
		return now;
	return now + left_ns;
}

static void pass(struct barrier *g, const struct wait *w)
{
	int64_t at_ns;

	g->clock = compare_clocks(w);
	at_ns = opening_ns(&w->view->report, &g->clock);
	if (g->opens)
		g->opens(g->arg, at_ns);
	barrier_sleep_until(at_ns);
	g->clock.passed_ns = clock_unix_ns();
}

static int begin(struct barrier *g, struct failure *f)
{
	int ret;

	g->view = calloc(1, sizeof(*g->view));
	if (!g->view)
		return -ENOMEM;
	ret = barrier_view_begin(g->view, g, f);
	if (!ret && getrandom(&g->view->self.number,
			      sizeof(g->view->self.number), 0) < 0)
		ret = -errno;
	return ret;
}

int barrier_wait_directory(struct barrier *g, struct failure *f)
{
	struct wait w = { .open = false };
	int ret = check_barrier(g, f);

	g->view = NULL;
	if (!ret)
		ret = begin(g, f);
	w.view = g->view;
	if (!ret)
		ret = wait_open(&w);
	if (!ret)
		pass(g, &w);
	else
		barrier_remove(g);
	return ret;
}

/*
 * If others are in a generation that this host leads, and that is not decided,
 * they meet in the next one.
 */
static void give_way(struct barrier_view *v)
{
	int ret = barrier_view_drop(v, v->mine.at);

	/* sshfs does not say ENOTEMPTY. */
	if (ret && ret != -ENOENT)
		barrier_view_decide(v, v->mine.at, BARRIER_OVER);
}

void barrier_remove(struct barrier *g)
{
	struct barrier_view *v = g->view;
	struct failure ignored;

	if (!v)
		return;
	v->failure = &ignored;
	if (v->mine.at)
		barrier_view_look(v);
	barrier_view_leave(v);
	if (v->mine.at && !v->mine.decided && v->leads)
		give_way(v);
	barrier_view_tidy(v, v->mine.decided ? v->mine.at : 0);
	barrier_view_end(v);
	free(v);
	g->view = NULL;
}
