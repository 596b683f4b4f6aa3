// SPDX-License-Identifier: GPL-2.0-only
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "gate.h"
#include "gate_file.h"

#define NS_PER_S        1000000000ll
#define TIME_MAX_S      1e11 /* later is a mistake: milliseconds, perhaps */
#define DIRECTORY_TRIES 10
#define LEAVE_LOOKS     200 /* about a second: the others need one look */
#define PROGRESS_NS     (5 * NS_PER_S)
#define STOP_LOOK_NS    100000000

struct view {
	const struct gate *gate;
	struct failure *failure;
	int dir_fd;
	struct gate_name self;
	enum gate_state state;
	char unreadable[GATE_NAME_MAX + 1]; /* a file, or empty */
	unsigned int count;                 /* peers[0] is this host itself */
	struct gate_peer *peers;
	uint64_t written; /* what of the view our file holds */
};

static int64_t monotonic_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * NS_PER_S + now.tv_nsec;
}

static int fail_at(struct view *v, const char *call, const char *name)
{
	return failure_set(v->failure, errno, "gate=%s: %s of %s: %s",
			   v->gate->directory, call, name, strerror(errno));
}

/* DIRECTORY/smallfio-gate/SECTION */
static int open_directory(struct view *v)
{
	const struct gate *g = v->gate;
	int top = open(g->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int gates = -1, ret = 0;

	if (top < 0)
		return fail_at(v, "open", "the directory");
	if (mkdirat(top, "smallfio-gate", 0777) && errno != EEXIST)
		ret = fail_at(v, "mkdir", "smallfio-gate");
	if (!ret)
		gates = openat(top, "smallfio-gate",
			       O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (!ret && gates < 0)
		ret = fail_at(v, "open", "smallfio-gate");
	if (!ret && mkdirat(gates, g->section, 0777) && errno != EEXIST)
		ret = fail_at(v, "mkdir", g->section);
	if (!ret)
		v->dir_fd = openat(gates, g->section,
				   O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (!ret && v->dir_fd < 0)
		ret = fail_at(v, "open", g->section);
	if (gates >= 0)
		close(gates);
	close(top);
	return ret;
}

/* A change of what our file must say changes this. */
static uint64_t fingerprint(const struct view *v)
{
	uint64_t sum = v->state + 1;

	for (unsigned int i = 1; i < v->count; i++)
		sum += v->peers[i].name.number * 2 + 1;
	return sum;
}

static int write_file(struct view *v)
{
	uint64_t now = fingerprint(v);
	FILE *f;
	int fd;

	if (v->written == now)
		return 0;
	fd = openat(v->dir_fd, v->self.host,
		    O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC,
		    0666);
	f = fd < 0 ? NULL : fdopen(fd, "w");
	if (!f) {
		int ret = fail_at(v, "open", v->self.host);

		if (fd >= 0)
			close(fd);
		return ret;
	}
	v->peers[0].state = v->state;
	gate_file_print(f, v->peers, v->count);
	if (fclose(f))
		return fail_at(v, "write", v->self.host);
	v->written = now;
	return 0;
}

/* O_NONBLOCK: whatever else lies there must not hold us up. */
static FILE *open_file(const struct view *v, const char *host)
{
	int fd = openat(v->dir_fd, host,
			O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	FILE *f = fd < 0 ? NULL : fdopen(fd, "r");

	if (fd >= 0 && !f)
		close(fd);
	return f;
}

static struct gate_peer *find_peer(struct view *v, const char *host)
{
	for (unsigned int i = 1; i < v->count; i++)
		if (!strcmp(v->peers[i].name.host, host))
			return &v->peers[i];
	return NULL;
}

static int add_peer(struct view *v, const struct gate_peer *peer)
{
	struct gate_peer *peers;

	peers = realloc(v->peers, (v->count + 1) * sizeof(*v->peers));
	if (!peers)
		return -ENOMEM;
	v->peers = peers;
	v->peers[v->count++] = *peer;
	return 0;
}

static int read_peer(struct view *v, const char *host)
{
	struct gate_peer peer = { .present = true };
	struct gate_peer *known = find_peer(v, host);
	FILE *f = open_file(v, host);
	int ret;

	if (known)
		known->present = true;
	if (!f) {
		snprintf(v->unreadable, sizeof(v->unreadable), "%s", host);
		return 0;
	}
	snprintf(peer.name.host, sizeof(peer.name.host), "%s", host);
	ret = gate_file_parse(f, &peer);
	fclose(f);
	if (!ret && known) {
		free(known->seen);
		*known = peer;
	} else if (!ret) {
		ret = add_peer(v, &peer);
	}
	if (ret)
		free(peer.seen);
	return ret == -EINVAL ? 0 : ret;
}

/*
 * Our own file must be ours still. Two processes of one name overwrite each
 * other's, and each comes to see that.
 */
static int check_self(struct view *v)
{
	struct gate_peer peer = { .name.number = 0 };
	FILE *f = open_file(v, v->self.host);
	int ret = f ? gate_file_parse(f, &peer) : 0;

	if (f)
		fclose(f);
	if (!f)
		v->written = 0;
	else if (!ret && peer.name.number != v->self.number)
		ret = -EEXIST;
	free(peer.seen);
	if (ret != -EEXIST)
		return 0;
	v->written = 0;
	write_file(v);
	return failure_set(v->failure, EEXIST,
			   "gate=%s: another process waits here under the "
			   "host name %s: give each host its own host=",
			   v->gate->directory, v->self.host);
}

static void drop_cached_listing(const struct view *v)
{
	char name[GATE_NAME_MAX + 16];
	int fd;

	snprintf(name, sizeof(name), ".%.240s.look", v->self.host);
	fd = openat(v->dir_fd, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
	if (fd >= 0)
		close(fd);
	unlinkat(v->dir_fd, name, 0);
}

/* Drops the peers whose files are gone; of the others, says who is here. */
static void settle(struct view *v)
{
	unsigned int kept = 1;

	for (unsigned int i = 1; i < v->count; i++) {
		struct gate_peer *p = &v->peers[i];

		if (!p->present) {
			free(p->seen);
			continue;
		}
		p->here = gate_file_has(p, &v->self);
		v->peers[kept++] = *p;
	}
	v->count = kept;
}

static int look(struct view *v)
{
	const struct dirent *entry;
	int fd, ret = 0;
	DIR *dir;

	for (unsigned int i = 1; i < v->count; i++)
		v->peers[i].present = false;
	v->unreadable[0] = 0;
	drop_cached_listing(v);
	fd = openat(v->dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	dir = fd < 0 ? NULL : fdopendir(fd);
	if (!dir) {
		ret = fail_at(v, "listing", v->gate->section);
		if (fd >= 0)
			close(fd);
		return ret;
	}
	while (!ret && (entry = readdir(dir)))
		if (entry->d_name[0] != '.' &&
		    strcmp(entry->d_name, v->self.host))
			ret = read_peer(v, entry->d_name);
	closedir(dir);
	settle(v);
	return ret;
}

static unsigned int count_here(const struct view *v)
{
	unsigned int here = 0;

	for (unsigned int i = 0; i < v->count; i++)
		here += v->peers[i].here;
	return here;
}

/* All that are here have seen each other, and are as many as they must be. */
static bool all_see_all(const struct view *v)
{
	if (count_here(v) != v->gate->hosts)
		return false;
	for (unsigned int i = 1; i < v->count; i++)
		if (v->peers[i].here &&
		    v->peers[i].seen_count + 1 < v->gate->hosts)
			return false;
	for (unsigned int i = 1; i < v->count; i++)
		for (unsigned int j = 1; v->peers[i].here && j < v->count; j++)
			if (j != i && v->peers[j].here &&
			    !gate_file_has(&v->peers[i], &v->peers[j].name))
				return false;
	return true;
}

static const struct gate_peer *first_host(const struct view *v)
{
	const struct gate_peer *first = &v->peers[0];

	for (unsigned int i = 1; i < v->count; i++)
		if (v->peers[i].here &&
		    strcmp(v->peers[i].name.host, first->name.host) < 0)
			first = &v->peers[i];
	return first;
}

static bool all_complete(const struct view *v)
{
	for (unsigned int i = 0; i < v->count; i++)
		if (v->peers[i].here && v->peers[i].state == GATE_WAITING)
			return false;
	return true;
}

/*
 * One step on, as far as what was seen allows. A follower needs the first
 * host's word alone: others may have passed, and be gone, already.
 */
static void advance(struct view *v)
{
	const struct gate_peer *first = first_host(v);
	bool leads = first == &v->peers[0];

	if (v->state == GATE_WAITING && all_see_all(v))
		v->state = GATE_COMPLETE;
	v->peers[0].state = v->state;
	if (v->state != GATE_COMPLETE)
		return;
	if (leads ? all_see_all(v) && all_complete(v)
		  : first->state == GATE_OPEN)
		v->state = GATE_OPEN;
}

/* "a, b and 3 more" of those that are (not) here. */
static void list_here(const struct view *v, char *out, size_t size)
{
	size_t n = 0;

	out[0] = 0;
	for (unsigned int i = 0; i < v->count && n < size; i++)
		if (v->peers[i].here)
			n += snprintf(out + n, size - n, "%s%s", n ? ", " : "",
				      v->peers[i].name.host);
}

static bool is_here(const struct view *v, const char *host, size_t length)
{
	for (unsigned int i = 0; i < v->count; i++)
		if (v->peers[i].here &&
		    strlen(v->peers[i].name.host) == length &&
		    !memcmp(v->peers[i].name.host, host, length))
			return true;
	return false;
}

static void list_missing(const struct view *v, char *out, size_t size)
{
	const char *at = v->gate->expected;
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

static void describe(const struct view *v, char *out, size_t size)
{
	char here[1024], missing[1024];

	list_here(v, here, sizeof(here));
	list_missing(v, missing, sizeof(missing));
	snprintf(out, size, "%u of %u hosts are here: %s%s%s%s", count_here(v),
		 v->gate->hosts, here, missing,
		 v->unreadable[0] ? "; cannot be read: " : "", v->unreadable);
}

static void tell_progress(struct view *v, int64_t now, int64_t *told)
{
	char text[2600];

	if (!v->gate->progress || now - *told < PROGRESS_NS)
		return;
	*told = now;
	describe(v, text, sizeof(text));
	v->gate->progress(v->gate->progress_arg, text);
}

static int check_limits(struct view *v, int64_t waited_ns)
{
	char text[2600];

	if (stop_asked(&v->gate->stop))
		return -ECANCELED;
	describe(v, text, sizeof(text));
	if (count_here(v) > v->gate->hosts)
		return failure_set(v->failure, E2BIG,
				   "gate=%s: more hosts than gate_hosts=%u "
				   "came: %s",
				   v->gate->directory, v->gate->hosts, text);
	if (waited_ns < v->gate->timeout_s * NS_PER_S)
		return 0;
	return failure_set(v->failure, ETIMEDOUT,
			   "gate=%s: after %u s only %s (gate_timeout= gives "
			   "them more time)",
			   v->gate->directory, v->gate->timeout_s, text);
}

/*
 * The last host of an earlier run may be removing the directories right now:
 * then once more.
 */
static int come_to_gate(struct view *v)
{
	int ret;

	for (int tries = 0; tries < DIRECTORY_TRIES; tries++) {
		if (v->dir_fd >= 0)
			close(v->dir_fd);
		v->dir_fd = -1;
		ret = open_directory(v);
		if (!ret)
			ret = write_file(v);
		if (ret != -ENOENT)
			break;
	}
	return ret;
}

/* With many hosts, each look is work for the file system. */
static void pause_before_look(const struct view *v)
{
	const struct timespec poll = {
		.tv_nsec = GATE_POLL_NS + v->count * (GATE_POLL_NS / 50),
	};

	nanosleep(&poll, NULL);
}

static int wait_open(struct view *v)
{
	int64_t start = monotonic_ns(), told = start;

	for (;;) {
		int ret = look(v);

		if (!ret)
			ret = check_self(v);
		if (!ret)
			advance(v);
		if (!ret)
			ret = write_file(v);
		if (ret == -ENOENT)
			ret = come_to_gate(v);
		if (ret || v->state == GATE_OPEN)
			return ret;
		ret = check_limits(v, monotonic_ns() - start);
		if (ret)
			return ret;
		tell_progress(v, monotonic_ns(), &told);
		pause_before_look(v);
	}
}

static int check_gate(const struct gate *g, struct failure *f)
{
	if (!g->hosts || g->hosts > GATE_HOSTS_MAX)
		return failure_set(f, EINVAL, "gate_hosts=%u: expected 1 to %d",
				   g->hosts, GATE_HOSTS_MAX);
	if (strlen(g->host) > GATE_NAME_MAX - 16 || !*g->host ||
	    *g->host == '.' || strpbrk(g->host, "/ \t\n"))
		return failure_set(f, EINVAL,
				   "gate=: %s cannot be a host's name here",
				   g->host);
	return 0;
}

static void end_view(struct view *v)
{
	for (unsigned int i = 0; i < v->count; i++)
		free(v->peers[i].seen);
	free(v->peers);
	if (v->dir_fd >= 0)
		close(v->dir_fd);
}

static int begin_view(struct view *v)
{
	v->dir_fd = -1;
	snprintf(v->self.host, sizeof(v->self.host), "%s", v->gate->host);
	v->self.number = v->gate->number;
	v->peers = calloc(1, sizeof(*v->peers));
	if (!v->peers)
		return -ENOMEM;
	v->peers[0].name = v->self;
	v->peers[0].here = true;
	v->count = 1;
	return 0;
}

int gate_wait_directory(struct gate *g, struct failure *f)
{
	struct view v = { .gate = g, .failure = f };
	int ret = check_gate(g, f);

	g->opened = false;
	if (ret)
		return ret;
	if (getrandom(&g->number, sizeof(g->number), 0) < 0)
		return -errno;
	ret = begin_view(&v);
	if (!ret)
		ret = come_to_gate(&v);
	if (!ret)
		ret = wait_open(&v);
	end_view(&v);
	g->opened = !ret;
	/* A file that two processes fight over tells both; it may stay. */
	if (ret && ret != -EEXIST)
		gate_remove(g);
	return ret;
}

/*
 * The others follow the word of the first host, so its file must stay until
 * each has passed; a file that stays behind does no harm.
 */
static bool still_needed(struct view *v)
{
	if (!v->gate->opened || look(v))
		return false;
	for (unsigned int i = 1; i < v->count; i++)
		if (v->peers[i].here && v->peers[i].state != GATE_OPEN &&
		    strcmp(v->self.host, v->peers[i].name.host) < 0)
			return true;
	return false;
}

static bool is_ours(const struct view *v)
{
	struct gate_peer peer = { .name.number = 0 };
	FILE *f = open_file(v, v->self.host);
	bool ours = false;

	if (f) {
		ours = !gate_file_parse(f, &peer) &&
		       peer.name.number == v->self.number;
		fclose(f);
	}
	free(peer.seen);
	return ours;
}

void gate_remove(const struct gate *g)
{
	struct failure ignored;
	struct view v = { .gate = g, .failure = &ignored };
	char path[PATH_MAX];
	int n;

	n = snprintf(path, sizeof(path), "%s/smallfio-gate/%s", g->directory,
		     g->section);
	if (n > 0 && (size_t)n < sizeof(path) && !begin_view(&v) &&
	    !open_directory(&v)) {
		for (int i = 0; i < LEAVE_LOOKS && still_needed(&v); i++)
			pause_before_look(&v);
		if (is_ours(&v) && !still_needed(&v))
			unlinkat(v.dir_fd, v.self.host, 0);
		/* The directories go with the last host's file. */
		if (!rmdir(path)) {
			*strrchr(path, '/') = 0;
			rmdir(path);
		}
	}
	end_view(&v);
}

static double seconds_left(double unix_time_s)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return unix_time_s - (double)now.tv_sec - now.tv_nsec * 1e-9;
}

static void tell_seconds(const struct gate *g, double left, int64_t *told)
{
	int64_t now = monotonic_ns();
	char text[64];

	if (!g->progress || now - *told < PROGRESS_NS)
		return;
	*told = now;
	snprintf(text, sizeof(text), "it opens in %.0f s", left);
	g->progress(g->progress_arg, text);
}

int gate_wait_time(double unix_time_s, const struct gate *g, struct failure *f)
{
	int64_t told = 0;
	double left;

	if (!(unix_time_s >= 0 && unix_time_s < TIME_MAX_S))
		return failure_set(f, EINVAL,
				   "gate=@%g: expected seconds since 1970",
				   unix_time_s);
	left = seconds_left(unix_time_s);
	if (left < 0)
		return failure_set(f, ETIME,
				   "gate=@%.3f: that time passed %.3f s before "
				   "the preparation ended; name a later one",
				   unix_time_s, -left);
	for (; left > 0; left = seconds_left(unix_time_s)) {
		struct timespec nap = { .tv_nsec = STOP_LOOK_NS };

		if (stop_asked(&g->stop))
			return -ECANCELED;
		tell_seconds(g, left, &told);
		if (left * 1e9 < STOP_LOOK_NS)
			nap.tv_nsec = left * 1e9;
		nanosleep(&nap, NULL);
	}
	return 0;
}
