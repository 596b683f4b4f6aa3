// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "barrier/barrier_view.h"

#define NS_PER_S        1000000000ll
#define DIRECTORY_TRIES 10
#define LEAVE_LOOKS     200 /* about a second: the others need one look */
#define PROGRESS_NS     (5 * NS_PER_S)
#define LOOKS_AT_FIRST  20
/* For each host, where all are on one machine: time to hear the word. */
#define WORD_OF_EACH_NS 2000000
/* Hosts that wait read some 20,000 files a second together. */
#define LOOK_FILE_NS      50000
#define LOOK_PAUSE_MAX_NS NS_PER_S

static unsigned int count_here(const struct barrier_view *v)
{
	unsigned int here = 0;

	for (unsigned int i = 0; i < v->count; i++)
		here += v->peers[i].here;
	return here;
}

/* All that are here have seen each other, and are as many as they must be. */
static bool all_see_all(const struct barrier_view *v)
{
	if (count_here(v) != v->barrier->hosts)
		return false;
	for (unsigned int i = 1; i < v->count; i++)
		if (v->peers[i].here &&
		    v->peers[i].seen_count + 1 < v->barrier->hosts)
			return false;
	for (unsigned int i = 1; i < v->count; i++)
		for (unsigned int j = 1; v->peers[i].here && j < v->count; j++)
			if (j != i && v->peers[j].here &&
			    !barrier_file_find(&v->peers[i], &v->peers[j].name))
				return false;
	return true;
}

static const struct barrier_peer *first_host(const struct barrier_view *v)
{
	const struct barrier_peer *first = &v->peers[0];

	for (unsigned int i = 1; i < v->count; i++)
		if (v->peers[i].here &&
		    strcmp(v->peers[i].name.host, first->name.host) < 0)
			first = &v->peers[i];
	return first;
}

static bool others_ready(const struct barrier_view *v)
{
	for (unsigned int i = 1; i < v->count; i++)
		if (v->peers[i].here && v->peers[i].state < BARRIER_READY)
			return false;
	return true;
}

/* Of one small file or two; the hosts' looks are spread over that time. */
static int64_t short_pause_ns(const struct barrier_view *v)
{
	return BARRIER_POLL_NS + v->count * (BARRIER_POLL_NS / 50);
}

/* From the word to the opening: time to look twice, or to see it late. */
static int64_t margin_ns(const struct barrier_view *v)
{
	return 10 * short_pause_ns(v) + v->barrier->hosts * WORD_OF_EACH_NS;
}

static void follow(struct barrier_view *v, const struct barrier_peer *first)
{
	if (v->state == BARRIER_COMPLETE && first->state >= BARRIER_COMPLETE)
		v->state = BARRIER_READY;
	if (v->state == BARRIER_READY && first->state == BARRIER_OPEN)
		v->state = BARRIER_OPEN;
}

static void lead(struct barrier_view *v)
{
	if (v->state != BARRIER_COMPLETE || !all_see_all(v) || !others_ready(v))
		return;
	v->state = BARRIER_OPEN;
	v->peers[0].opens_ns = barrier_clock_ns() + margin_ns(v);
}

/*
 * On, as far as what was seen allows. A follower needs the first host's word
 * alone: others may have passed, and be gone, already.
 */
static void advance(struct barrier_view *v)
{
	const struct barrier_peer *first = first_host(v);

	if (v->state == BARRIER_WAITING && all_see_all(v))
		v->state = BARRIER_COMPLETE;
	if (first == &v->peers[0])
		lead(v);
	else
		follow(v, first);
	v->peers[0].state = v->state;
}

/* "a, b and 3 more" of those that are (not) here. */
static void list_here(const struct barrier_view *v, char *out, size_t size)
{
	size_t n = 0;

	out[0] = 0;
	for (unsigned int i = 0; i < v->count && n < size; i++)
		if (v->peers[i].here)
			n += snprintf(out + n, size - n, "%s%s", n ? ", " : "",
				      v->peers[i].name.host);
}

/* "; of another run: d" for those that meet here, too, with another job. */
static void list_strangers(const struct barrier_view *v, char *out, size_t size)
{
	size_t n = 0;

	out[0] = 0;
	for (unsigned int i = 1; i < v->count && n < size; i++)
		if (v->peers[i].stranger)
			n += snprintf(out + n, size - n, "%s%s",
				      n ? ", " : "; of another run: ",
				      v->peers[i].name.host);
	if (n && n < size)
		snprintf(out + n, size - n,
			 " (sections, gate_hosts= or permute_hosts= differ)");
}

static bool is_here(const struct barrier_view *v, const char *host,
		    size_t length)
{
	for (unsigned int i = 0; i < v->count; i++)
		if (v->peers[i].here &&
		    strlen(v->peers[i].name.host) == length &&
		    !memcmp(v->peers[i].name.host, host, length))
			return true;
	return false;
}

static void list_missing(const struct barrier_view *v, char *out, size_t size)
{
	const char *at = v->barrier->expected;
	size_t n = 0;

	out[0] = 0;
	while (at && *at && n < size) {
		size_t length = strcspn(at, ":");

		if (length && !is_here(v, at, length))
			n += snprintf(out + n, size - n, "%s%.*s",
				      n ? ", " : "; missing: ", (int)length,
				      at);
		at += length + (at[length] == ':');
	}
}

static void describe(const struct barrier_view *v, char *out, size_t size)
{
	char here[1024], missing[1024], others[512];

	list_here(v, here, sizeof(here));
	list_missing(v, missing, sizeof(missing));
	list_strangers(v, others, sizeof(others));
	snprintf(out, size, "%u of %u hosts are here: %s%s%s%s%s",
		 count_here(v), v->barrier->hosts, here, missing, others,
		 v->unreadable[0] ? "; cannot be read: " : "", v->unreadable);
}

static void tell_progress(struct barrier_view *v, int64_t now, int64_t *told)
{
	char text[3200];

	if (!v->barrier->progress || now - *told < PROGRESS_NS)
		return;
	*told = now;
	describe(v, text, sizeof(text));
	v->barrier->progress(v->barrier->arg, text);
}

static int check_limits(struct barrier_view *v, int64_t waited_ns)
{
	char text[3200];

	if (stop_asked(&v->barrier->stop))
		return -ECANCELED;
	if (count_here(v) <= v->barrier->hosts &&
	    waited_ns < v->barrier->timeout_s * NS_PER_S)
		return 0;
	describe(v, text, sizeof(text));
	if (count_here(v) > v->barrier->hosts)
		return failure_set(v->failure, E2BIG,
				   "gate=%s: more hosts than gate_hosts=%u "
				   "came: %s",
				   v->barrier->directory, v->barrier->hosts,
				   text);
	return failure_set(v->failure, ETIMEDOUT,
			   "gate=%s: after %u s only %s (gate_timeout= gives "
			   "them more time)",
			   v->barrier->directory, v->barrier->timeout_s, text);
}

/*
 * The last host of an earlier run may be removing the directories right now:
 * then once more.
 */
static int come_to_barrier(struct barrier_view *v)
{
	int ret;

	for (int tries = 0; tries < DIRECTORY_TRIES; tries++) {
		if (v->dir_fd >= 0)
			close(v->dir_fd);
		v->dir_fd = -1;
		ret = barrier_view_open(v);
		if (!ret)
			ret = barrier_view_hold(v);
		if (!ret)
			ret = barrier_view_write(v);
		if (ret != -ENOENT)
			break;
	}
	return ret;
}

static bool follows(const struct barrier_view *v)
{
	return v->state >= BARRIER_COMPLETE && first_host(v) != &v->peers[0];
}

/*
 * While hosts are still to come, each looks at all files: the more hosts and
 * files there are, the less often. Files may be more than hosts where earlier
 * runs left theirs. Later one host looks, and the others look at that one's.
 */
static void pause_before_look(const struct barrier_view *v)
{
	int64_t ns = short_pause_ns(v);
	struct timespec poll;

	if (v->state == BARRIER_WAITING) {
		int64_t all_ns =
			(int64_t)v->barrier->hosts * v->count * LOOK_FILE_NS;

		if (all_ns > LOOK_PAUSE_MAX_NS)
			all_ns = LOOK_PAUSE_MAX_NS;
		ns = all_ns > ns ? all_ns : ns;
	}
	poll = (struct timespec){ .tv_sec = ns / NS_PER_S,
				  .tv_nsec = ns % NS_PER_S };
	nanosleep(&poll, NULL);
}

static int look_around(struct barrier_view *v)
{
	int ret = barrier_view_look(v);

	return ret ? ret : barrier_view_check_self(v);
}

/* Now and then at all, for the first host may have gone. */
static int look(struct barrier_view *v, unsigned int times)
{
	if (times % LOOKS_AT_FIRST == 0 || !follows(v))
		return look_around(v);
	return barrier_view_look_at(v, first_host(v)->name.host);
}

static int wait_open(struct barrier_view *v)
{
	int64_t start = barrier_monotonic_ns(), told = start;

	for (unsigned int times = 0;; times++) {
		int ret = look(v, times);

		if (!ret)
			advance(v);
		if (!ret)
			ret = barrier_view_write(v);
		if (ret == -ENOENT)
			ret = come_to_barrier(v);
		if (ret || v->state == BARRIER_OPEN)
			return ret;
		ret = check_limits(v, barrier_monotonic_ns() - start);
		if (ret)
			return ret;
		tell_progress(v, barrier_monotonic_ns(), &told);
		pause_before_look(v);
	}
}

static int check_barrier(const struct barrier *g, struct failure *f)
{
	if (!g->hosts || g->hosts > BARRIER_HOSTS_MAX)
		return failure_set(f, EINVAL, "gate_hosts=%u: expected 1 to %d",
				   g->hosts, BARRIER_HOSTS_MAX);
	if (strlen(g->host) > BARRIER_NAME_MAX - 16 || !*g->host ||
	    *g->host == '.' || strpbrk(g->host, "/ \t\n"))
		return failure_set(f, EINVAL,
				   "gate=: %s cannot be a host's name here",
				   g->host);
	return 0;
}

/*
 * What a host reads was written before: so a reading by its clock, less the
 * stamp by the writer's, is how far its clock is ahead and then some. Such a
 * bound in each direction holds the difference between them, however long
 * writing and reading took.
 */
static struct barrier_clock compare_clocks(const struct barrier_view *v)
{
	const struct barrier_peer *first = first_host(v);
	const struct barrier_name *back = barrier_file_find(first, &v->self);
	struct barrier_clock clock = { .error_ns = 0 };

	snprintf(clock.reference, sizeof(clock.reference), "%s",
		 first->name.host);
	clock.run = first->name.number;
	if (first == &v->peers[0])
		return clock;
	clock.error_ns = -1;
	if (!back || back->delay_ns + first->name.delay_ns < 0)
		return clock;
	clock.ahead_ns = (first->name.delay_ns - back->delay_ns) / 2;
	clock.error_ns = (first->name.delay_ns + back->delay_ns + 1) / 2;
	return clock;
}

/*
 * All have the word; now the time it names, by each host's own clock. It is
 * near, or else a clock was set meanwhile. Clocks that may well agree are taken
 * to do so: what else the bounds leave is less likely.
 */
static int64_t opening_ns(const struct barrier_view *v,
			  const struct barrier_clock *c)
{
	int64_t left_ns = first_host(v)->opens_ns - barrier_clock_ns();
	int64_t now = barrier_monotonic_ns();

	if (c->error_ns < 0)
		return now;
	if (llabs(c->ahead_ns) > c->error_ns)
		left_ns += c->ahead_ns;
	if (left_ns > 2 * margin_ns(v) + c->error_ns)
		return now;
	return now + left_ns;
}

static void pass(struct barrier *g, const struct barrier_view *v)
{
	int64_t at_ns;

	g->clock = compare_clocks(v);
	at_ns = opening_ns(v, &g->clock);
	if (g->opens)
		g->opens(g->arg, at_ns);
	barrier_sleep_until(at_ns);
	g->clock.passed_ns = barrier_clock_ns();
}

static void let_go(struct barrier *g)
{
	if (g->held_fd >= 0)
		close(g->held_fd);
	g->held_fd = -1;
}

/* For still_needed(). */
static void keep_peers(struct barrier *g, struct barrier_view *v)
{
	g->peers = v->peers;
	g->peer_count = v->count;
	v->peers = NULL;
	v->count = v->sorted = 0;
}

static void take_peers(struct barrier *g, struct barrier_view *v)
{
	if (!g->peers)
		return;
	free(v->peers);
	v->peers = g->peers;
	v->count = v->sorted = g->peer_count;
	g->peers = NULL;
}

int barrier_wait_directory(struct barrier *g, struct failure *f)
{
	struct barrier_view v;
	int ret = check_barrier(g, f);

	g->opened = false;
	g->held_fd = -1;
	g->peers = NULL;
	if (ret)
		return ret;
	if (getrandom(&g->number, sizeof(g->number), 0) < 0)
		return -errno;
	ret = barrier_view_begin(&v, g, f);
	if (!ret)
		ret = come_to_barrier(&v);
	if (!ret)
		ret = wait_open(&v);
	if (!ret)
		pass(g, &v);
	g->held_fd = v.held_fd;
	g->opened = !ret;
	if (!ret)
		keep_peers(g, &v);
	barrier_view_end(&v);
	/* A file that two processes fight over tells both; it may stay. */
	if (ret == -EEXIST)
		let_go(g);
	else if (ret)
		barrier_remove(g);
	return ret;
}

/*
 * The others follow the word of the first host, so its file must stay until
 * each has passed; a file that stays behind does no harm. Those that met are
 * known from then: a file that cannot be read right now is one being rewritten,
 * or seen half by a cache, and what it said before holds.
 */
static bool still_needed(struct barrier_view *v)
{
	int ret;

	if (!v->barrier->opened ||
	    strcmp(v->self.host, v->barrier->clock.reference))
		return false;
	ret = barrier_view_look(v);
	if (ret)
		return ret != -ENOENT;
	for (unsigned int i = 1; i < v->count; i++)
		if (v->peers[i].here && v->peers[i].state != BARRIER_OPEN &&
		    strcmp(v->self.host, v->peers[i].name.host) < 0)
			return true;
	return false;
}

/* Where remove_file() had no use for them. */
static void free_peers(struct barrier *g)
{
	for (unsigned int i = 0; g->peers && i < g->peer_count; i++)
		free(g->peers[i].seen);
	free(g->peers);
	g->peers = NULL;
}

/* The directories go with the last host's file. */
static void remove_directories(const struct barrier *g)
{
	int top = open(g->directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
	int fd = top < 0 ? -1 : tree_open_dir(top, "smallfio-gate", O_PATH);

	if (fd >= 0 && !unlinkat(fd, g->section, AT_REMOVEDIR))
		unlinkat(top, "smallfio-gate", AT_REMOVEDIR);
	if (fd >= 0)
		close(fd);
	if (top >= 0)
		close(top);
}

static void remove_file(struct barrier *g)
{
	struct failure ignored;
	struct barrier_view v;

	if (!barrier_view_begin(&v, g, &ignored) && !barrier_view_open(&v)) {
		take_peers(g, &v);
		for (int i = 0; i < LEAVE_LOOKS && still_needed(&v); i++)
			pause_before_look(&v);
		if (barrier_view_is_ours(&v) && !still_needed(&v))
			unlinkat(v.dir_fd, v.self.host, 0);
		remove_directories(g);
	}
	barrier_view_end(&v);
}

/* The lock last: nobody else may make the file its own before it is gone. */
void barrier_remove(struct barrier *g)
{
	remove_file(g);
	free_peers(g);
	let_go(g);
}
