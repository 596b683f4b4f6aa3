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

#define NS_PER_S     1000000000ll
#define PROGRESS_NS  (5 * NS_PER_S)
#define STOP_LOOK_NS 100000000

struct view {
	const struct gate *gate;
	struct failure *failure;
	int dir_fd;
	struct gate_name self;
	enum gate_state state;
	unsigned int count; /* peers[0] is this host itself */
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
			       O_RDONLY | O_DIRECTORY | O_CLOEXEC);
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
	if (!f)
		return fail_at(v, "open", v->self.host);
	v->peers[0].state = v->state;
	gate_file_print(f, v->peers, v->count);
	if (fclose(f))
		return fail_at(v, "write", v->self.host);
	v->written = now;
	return 0;
}

static int read_peer(struct view *v, const char *host)
{
	struct gate_peer peer = { .name.number = 0 };
	struct gate_peer *peers;
	FILE *f;
	int fd, ret;

	fd = openat(v->dir_fd, host, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	f = fd < 0 ? NULL : fdopen(fd, "r");
	if (!f)
		return 0;
	snprintf(peer.name.host, sizeof(peer.name.host), "%s", host);
	ret = gate_file_parse(f, &peer);
	fclose(f);
	if (!ret && v->count > GATE_HOSTS_MAX)
		ret = -E2BIG;
	peers = ret ? NULL
		    : realloc(v->peers, (v->count + 1) * sizeof(*v->peers));
	if (!peers) {
		free(peer.seen);
		return ret == -EINVAL ? 0 : ret ? ret : -ENOMEM;
	}
	peer.here = gate_file_has(&peer, &v->self);
	v->peers = peers;
	v->peers[v->count++] = peer;
	return 0;
}

/* Our own file must be ours still. */
static int check_self(struct view *v)
{
	struct gate_peer peer = { .name.number = 0 };
	int fd, ret = 0;
	FILE *f;

	fd = openat(v->dir_fd, v->self.host, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	f = fd < 0 ? NULL : fdopen(fd, "r");
	if (!f)
		return 0;
	if (!gate_file_parse(f, &peer) && peer.name.number != v->self.number)
		ret = failure_set(v->failure, EEXIST,
				  "gate=%s: another process waits here under "
				  "the host name %s: give each host its own "
				  "host=",
				  v->gate->directory, v->self.host);
	free(peer.seen);
	fclose(f);
	return ret;
}

static void forget(struct view *v)
{
	for (unsigned int i = 0; i < v->count; i++)
		free(v->peers[i].seen);
	v->count = 0;
}

static int add_self(struct view *v)
{
	struct gate_peer *peers = realloc(v->peers, sizeof(*v->peers));

	if (!peers)
		return -ENOMEM;
	v->peers = peers;
	memset(&peers[0], 0, sizeof(peers[0]));
	peers[0].name = v->self;
	peers[0].state = v->state;
	peers[0].here = true;
	v->count = 1;
	return 0;
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

static int look(struct view *v)
{
	const struct dirent *entry;
	int fd, ret;
	DIR *dir;

	forget(v);
	ret = add_self(v);
	if (ret)
		return ret;
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

/* One step on, as far as what was seen allows. */
static void advance(struct view *v)
{
	const struct gate_peer *first;

	if (v->state == GATE_WAITING && all_see_all(v))
		v->state = GATE_COMPLETE;
	if (v->state != GATE_COMPLETE)
		return;
	v->peers[0].state = GATE_COMPLETE;
	first = first_host(v);
	if (first == &v->peers[0] ? all_complete(v) : first->state == GATE_OPEN)
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
	snprintf(out, size, "%u of %u hosts are here: %s%s", count_here(v),
		 v->gate->hosts, here, missing);
}

static void tell_progress(struct view *v, int64_t now, int64_t *told)
{
	char text[2200];

	if (!v->gate->progress || now - *told < PROGRESS_NS)
		return;
	*told = now;
	describe(v, text, sizeof(text));
	v->gate->progress(v->gate->progress_arg, text);
}

static int check_limits(struct view *v, int64_t waited_ns)
{
	char text[2200];

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

static int wait_open(struct view *v)
{
	const struct timespec poll = { .tv_nsec = GATE_POLL_NS };
	int64_t start = monotonic_ns(), told = start;

	for (;;) {
		int ret = look(v);

		if (!ret)
			ret = check_self(v);
		if (!ret)
			advance(v);
		if (!ret)
			ret = write_file(v);
		if (ret || v->state == GATE_OPEN)
			return ret;
		ret = check_limits(v, monotonic_ns() - start);
		if (ret)
			return ret;
		tell_progress(v, monotonic_ns(), &told);
		nanosleep(&poll, NULL);
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

int gate_wait_directory(const struct gate *g, struct failure *f)
{
	struct view v = { .gate = g, .failure = f, .dir_fd = -1 };
	int ret = check_gate(g, f);

	if (ret)
		return ret;
	snprintf(v.self.host, sizeof(v.self.host), "%s", g->host);
	if (getrandom(&v.self.number, sizeof(v.self.number), 0) < 0)
		return -errno;
	ret = open_directory(&v);
	if (!ret)
		ret = add_self(&v);
	if (!ret)
		ret = write_file(&v);
	if (!ret)
		ret = wait_open(&v);
	forget(&v);
	free(v.peers);
	if (v.dir_fd >= 0)
		close(v.dir_fd);
	if (ret)
		gate_remove(g);
	return ret;
}

/*
 * The others follow the word of the first host, so its file must stay until
 * each has passed; a file that stays behind does no harm.
 */
static bool still_needed(struct view *v)
{
	if (look(v))
		return false;
	for (unsigned int i = 1; i < v->count; i++)
		if (v->peers[i].state != GATE_OPEN &&
		    strcmp(v->self.host, v->peers[i].name.host) < 0)
			return true;
	return false;
}

void gate_remove(const struct gate *g)
{
	struct failure ignored;
	struct view v = { .gate = g, .failure = &ignored, .dir_fd = -1 };
	char path[PATH_MAX];
	int n;

	snprintf(v.self.host, sizeof(v.self.host), "%s", g->host);
	n = snprintf(path, sizeof(path), "%s/smallfio-gate/%s", g->directory,
		     g->section);
	if (open_directory(&v) || n < 0 || (size_t)n >= sizeof(path))
		return;
	if (!still_needed(&v))
		unlinkat(v.dir_fd, v.self.host, 0);
	close(v.dir_fd);
	forget(&v);
	free(v.peers);
	/* The directories go with the last host's file. */
	if (!rmdir(path)) {
		*strrchr(path, '/') = 0;
		rmdir(path);
	}
}

static double seconds_left(double unix_time_s)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return unix_time_s - (double)now.tv_sec - now.tv_nsec * 1e-9;
}

int gate_wait_time(double unix_time_s, const struct stop *stop,
		   struct failure *f)
{
	double left = seconds_left(unix_time_s);

	if (left < 0)
		return failure_set(f, ETIME,
				   "gate=@%.3f: that time passed %.3f s before "
				   "the preparation ended; name a later one",
				   unix_time_s, -left);
	for (; left > 0; left = seconds_left(unix_time_s)) {
		struct timespec nap = { .tv_nsec = STOP_LOOK_NS };

		if (stop_asked(stop))
			return -ECANCELED;
		if (left * 1e9 < STOP_LOOK_NS)
			nap.tv_nsec = left * 1e9;
		nanosleep(&nap, NULL);
	}
	return 0;
}
