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
/*
 * How often a leaving host looks whether it may go: for a second, or more with
 * many hosts.
 */
#define LEAVE_LOOKS  200
#define PROGRESS_NS  (5 * NS_PER_S)
#define LONG_LOOK_NS NS_PER_S
#define TEXT_BYTES   4096
/* Added for each host: time to see the opening where all share one machine. */
#define WORD_OF_EACH_NS 2000000
/* Hosts that wait read about 20,000 files a second, all together. */
#define LOOK_FILE_NS      50000
#define LOOK_PAUSE_MAX_NS NS_PER_S

static unsigned int count_here(const struct barrier_view *v)
{
	unsigned int here = 0;

	for (unsigned int i = 0; i < v->count; i++)
		here += v->peers[i].here;
	return here;
}

/* Whether as many hosts as expected are here, and all have seen each other. */
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

/*
 * The pause before a look at one or two small files. It grows with the number
 * of hosts, whose looks are spread over that time.
 */
static int64_t short_pause_ns(const struct barrier_view *v)
{
	return BARRIER_POLL_NS + v->count * (BARRIER_POLL_NS / 50);
}

/*
 * The time from the first host's decision to the opening. It lets every host
 * look twice, or see the decision late.
 */
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
	v->peers[0].opens_ns = clock_unix_ns() + margin_ns(v);
}

/*
 * Moves to the next state if the files of the others allow it. A follower needs
 * only the first host's file, because other hosts may have passed and gone
 * already.
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

/* Lists the hosts that are here: "a, b". */
static void list_here(const struct barrier_view *v, char *out, size_t size)
{
	size_t n = 0;

	out[0] = 0;
	for (unsigned int i = 0; i < v->count && n < size; i++)
		if (v->peers[i].here)
			n += snprintf(out + n, size - n, "%s%s", n ? ", " : "",
				      v->peers[i].name.host);
}

/* Lists the hosts that meet here with another job: "; of another run: d". */
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

/* Finds a host that has not seen another one. Returns whether there is one. */
static bool find_unseen(const struct barrier_view *v, const char **by,
			const char **host)
{
	for (unsigned int i = 1; i < v->count; i++)
		for (unsigned int j = 0; v->peers[i].here && j < v->count; j++)
			if (j != i && v->peers[j].here &&
			    !barrier_file_find(&v->peers[i],
					       &v->peers[j].name)) {
				*by = v->peers[i].name.host;
				*host = v->peers[j].name.host;
				return true;
			}
	return false;
}

/* Says what is still to come when all hosts are here. */
static void describe_step(const struct barrier_view *v, char *out, size_t size)
{
	const struct barrier_peer *first = first_host(v);
	const char *by, *host;

	out[0] = 0;
	if (count_here(v) != v->barrier->hosts)
		return;
	if (v->state == BARRIER_WAITING && find_unseen(v, &by, &host))
		snprintf(out, size, "; %s has not seen %s", by, host);
	else if (first != &v->peers[0])
		snprintf(out, size, "; %s has not opened the gate",
			 first->name.host);
	for (unsigned int i = 1; !out[0] && i < v->count; i++)
		if (v->peers[i].here && v->peers[i].state < BARRIER_READY)
			snprintf(out, size, "; %s is not ready",
				 v->peers[i].name.host);
}

/* Says so if it is the file system that takes its time. */
static void describe_look(const struct barrier_view *v, char *out, size_t size)
{
	out[0] = 0;
	if (v->longest_look_ns > LONG_LOOK_NS)
		snprintf(out, size, "; to look into the directory took %.1f s",
			 (double)v->longest_look_ns * 1e-9);
}

static void describe(const struct barrier_view *v, char *out, size_t size)
{
	char here[1024], missing[1024], others[512], step[600], look[64];

	list_here(v, here, sizeof(here));
	list_missing(v, missing, sizeof(missing));
	list_strangers(v, others, sizeof(others));
	describe_step(v, step, sizeof(step));
	describe_look(v, look, sizeof(look));
	snprintf(out, size, "%u of %u hosts are here: %s%s%s%s%s%s%s",
		 count_here(v), v->barrier->hosts, here, missing, others, step,
		 look, v->unreadable[0] ? "; cannot be read: " : "",
		 v->unreadable);
}

static void tell_progress(struct barrier_view *v, int64_t now, int64_t *told)
{
	char text[TEXT_BYTES];

	if (!v->barrier->progress || now - *told < PROGRESS_NS)
		return;
	*told = now;
	describe(v, text, sizeof(text));
	v->barrier->progress(v->barrier->arg, text);
}

static int check_limits(struct barrier_view *v, int64_t waited_ns)
{
	bool all_here = count_here(v) == v->barrier->hosts;
	char text[TEXT_BYTES];

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
			   "gate=%s: after %u s %s%s (gate_timeout= gives "
			   "them more time)",
			   v->barrier->directory, v->barrier->timeout_s,
			   all_here ? "" : "only ", text);
}

/*
 * Opens the directory and writes this host's file there. Tries again if the
 * last host of an earlier run removes the directory at that moment.
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
		/* Leftovers are removed before the first file is written. */
		if (!ret && !v->version)
			ret = barrier_view_look(v);
		if (!ret)
			ret = barrier_view_write(v);
		if (ret != -ENOENT)
			break;
	}
	return ret;
}

/*
 * Sleeps before the next look. While hosts are still to come, each host reads
 * many files. So it looks less often the more hosts and files there are. There
 * may be more files than hosts, because earlier runs may have left theirs.
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
	int64_t start = clock_steady_ns(), took_ns;
	int ret = barrier_view_look(v);

	took_ns = clock_steady_ns() - start;
	if (took_ns > v->longest_look_ns)
		v->longest_look_ns = took_ns;
	return ret ? ret : barrier_view_check_self(v);
}

static int wait_open(struct barrier_view *v)
{
	int64_t start = clock_steady_ns(), told = start;

	for (;;) {
		int ret = look_around(v);

		if (!ret)
			advance(v);
		if (!ret)
			ret = barrier_view_write(v);
		if (ret == -ENOENT)
			ret = come_to_barrier(v);
		if (ret || v->state == BARRIER_OPEN)
			return ret;
		ret = check_limits(v, clock_steady_ns() - start);
		if (ret)
			return ret;
		tell_progress(v, clock_steady_ns(), &told);
		pause_before_look(v);
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
 * Finds how far this host's clock is ahead of the first host's. A file is read
 * after it was written. So the reader's time less the writer's stamp is at
 * least as much as the reader's clock is ahead. One such bound in each
 * direction limits the difference from both sides, however long writing and
 * reading took.
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
 * Returns the time at which the barrier opens, by this host's CLOCK_MONOTONIC.
 * The first host's file names the time by the first host's clock. Where the
 * bounds allow both clocks to be equal, they are taken to be equal, which is
 * more likely than any other difference. A time far ahead means that a clock
 * was set meanwhile. Then the barrier opens now.
 */
static int64_t opening_ns(const struct barrier_view *v,
			  const struct barrier_clock *c)
{
	int64_t left_ns = first_host(v)->opens_ns - clock_unix_ns();
	int64_t now = clock_steady_ns();

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
	g->clock.passed_ns = clock_unix_ns();
}

static void let_go(struct barrier *g)
{
	if (g->held_fd >= 0)
		close(g->held_fd);
	g->held_fd = -1;
}

/* Keeps what this host has seen of the others, for still_needed(). */
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
	g->version = 0;
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
	g->version = v.version;
	g->opened = !ret;
	if (!ret)
		keep_peers(g, &v);
	barrier_view_end(&v);
	/* Another process uses the same file, so the file stays. */
	if (ret == -EEXIST)
		let_go(g);
	else if (ret)
		barrier_remove(g);
	return ret;
}

/*
 * Whether slower hosts still need this host's file. All follow the first host,
 * so its file must stay until each of them has passed. A file that stays longer
 * does no harm. Where a file cannot be read, what its host said during the wait
 * still holds.
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

/* Frees the peers if remove_file() has not taken them. */
static void free_peers(struct barrier *g)
{
	for (unsigned int i = 0; g->peers && i < g->peer_count; i++)
		free(g->peers[i].seen);
	free(g->peers);
	g->peers = NULL;
}

/* Removes the directories, which fails until the last host's file is gone. */
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
		/* After the opening, pauses between looks are short. */
		if (g->opened)
			v.state = BARRIER_OPEN;
		for (int i = 0; i < LEAVE_LOOKS && still_needed(&v); i++)
			pause_before_look(&v);
		if (!still_needed(&v))
			barrier_view_remove(&v);
		remove_directories(g);
	}
	barrier_view_end(&v);
}

/*
 * Unlocks the file last, so that nobody else takes the file before it is
 * removed.
 */
void barrier_remove(struct barrier *g)
{
	remove_file(g);
	free_peers(g);
	let_go(g);
}
