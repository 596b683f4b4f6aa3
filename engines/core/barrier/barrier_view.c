// SPDX-License-Identifier: GPL-2.0-only
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "barrier/barrier_view.h"

#define VERSION_DIGITS 16

int barrier_view_begin(struct barrier_view *v, const struct barrier *g,
		       struct failure *f)
{
	memset(v, 0, sizeof(*v));
	v->barrier = g;
	v->failure = f;
	v->dir_fd = -1;
	v->held_fd = -1;
	snprintf(v->self.host, sizeof(v->self.host), "%s", g->host);
	v->self.number = g->number;
	v->version = g->version;
	v->peers = calloc(1, sizeof(*v->peers));
	if (!v->peers)
		return -ENOMEM;
	v->peers[0].name = v->self;
	v->peers[0].here = true;
	v->count = v->sorted = 1;
	return 0;
}

void barrier_view_end(struct barrier_view *v)
{
	for (unsigned int i = 0; i < v->count; i++)
		free(v->peers[i].seen);
	free(v->peers);
	if (v->dir_fd >= 0)
		close(v->dir_fd);
}

static int fail_at(struct barrier_view *v, const char *call, const char *name)
{
	return failure_set(v->failure, errno, "gate=%s: %s of %s: %s",
			   v->barrier->directory, call, name, strerror(errno));
}

/*
 * Opens a directory without following a symbolic link. Returns -1 with errno.
 */
static int open_dir(int parent, const char *name)
{
	int fd = tree_open_dir(parent, name, O_RDONLY);

	if (fd >= 0)
		return fd;
	errno = -fd;
	return -1;
}

int barrier_view_open(struct barrier_view *v)
{
	const struct barrier *g = v->barrier;
	int top = open(g->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int gates = -1, ret = 0;

	v->written = 0;
	if (top < 0)
		return fail_at(v, "open", "the directory");
	if (mkdirat(top, "smallfio-gate", 0777) && errno != EEXIST)
		ret = fail_at(v, "mkdir", "smallfio-gate");
	if (!ret)
		gates = open_dir(top, "smallfio-gate");
	if (!ret && gates < 0)
		ret = fail_at(v, "open", "smallfio-gate");
	if (!ret && mkdirat(gates, g->section, 0777) && errno != EEXIST)
		ret = fail_at(v, "mkdir", g->section);
	if (!ret)
		v->dir_fd = open_dir(gates, g->section);
	if (!ret && v->dir_fd < 0)
		ret = fail_at(v, "open", g->section);
	if (gates >= 0)
		close(gates);
	close(top);
	return ret;
}

int barrier_view_hold(struct barrier_view *v)
{
	struct stat st;
	int fd;

	if (v->held_fd >= 0)
		close(v->held_fd);
	v->held_fd = -1;
	fd = openat(v->dir_fd, v->self.host,
		    O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0666);
	if (fd < 0)
		return fail_at(v, "open", v->self.host);
	if (flock(fd, LOCK_EX | LOCK_NB) && errno == EWOULDBLOCK) {
		close(fd);
		return failure_set(v->failure, EEXIST,
				   "gate=%s: another run of the host name %s "
				   "is here, or has not ended: wait for it, or "
				   "give this one a gate= of its own; where "
				   "that is another host, each its own host=",
				   v->barrier->directory, v->self.host);
	}
	/* The run that owned the file removed it before we locked it. */
	if (fstat(fd, &st) || !st.st_nlink) {
		close(fd);
		return -ENOENT;
	}
	v->held_fd = fd;
	return 0;
}

/* Returns a number that changes when our file must say something new. */
static uint64_t fingerprint(const struct barrier_view *v)
{
	uint64_t sum = v->state + 1;

	for (unsigned int i = 1; i < v->count; i++)
		sum += v->peers[i].name.number * 2 + 1;
	return sum;
}

/* Prints the name of a host's file; `name` has BARRIER_NAME_MAX + 1 bytes. */
static void version_name(const char *host, int64_t version, char *name)
{
	snprintf(name, BARRIER_NAME_MAX + 1, "%.*s~%016" PRIx64,
		 BARRIER_HOST_MAX, host, (uint64_t)version);
}

/* Returns false if no host's file has this name. */
static bool split_name(const char *name, char *host, int64_t *version)
{
	size_t length = strlen(name);
	const char *digits = name + length - VERSION_DIGITS;

	if (*name == '.' || length <= VERSION_DIGITS + 1 || digits[-1] != '~' ||
	    strspn(digits, "0123456789abcdef") != VERSION_DIGITS)
		return false;
	memcpy(host, name, length - VERSION_DIGITS - 1);
	host[length - VERSION_DIGITS - 1] = 0;
	*version = (int64_t)strtoull(digits, NULL, 16);
	return *version >= 0;
}

static int write_draft(struct barrier_view *v, const char *draft)
{
	int fd = openat(v->dir_fd, draft,
			O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC,
			0666);
	FILE *f = fd < 0 ? NULL : fdopen(fd, "w");

	if (!f) {
		int ret = fail_at(v, "open", draft);

		if (fd >= 0)
			close(fd);
		return ret;
	}
	barrier_file_print(f, v->peers, v->count);
	return fclose(f) ? fail_at(v, "write", draft) : 0;
}

static int remove_version(const struct barrier_view *v)
{
	char name[BARRIER_NAME_MAX + 1];

	version_name(v->self.host, v->version, name);
	return v->version ? unlinkat(v->dir_fd, name, 0) : -1;
}

void barrier_view_remove(const struct barrier_view *v)
{
	if (!remove_version(v) || v->barrier->held_fd >= 0)
		unlinkat(v->dir_fd, v->self.host, 0);
}

/* The time, but later than two others if the clock was set back. */
static int64_t later_than(int64_t one_ns, int64_t other_ns)
{
	int64_t ns = clock_unix_ns();

	ns = ns > one_ns ? ns : one_ns + 1;
	return ns > other_ns ? ns : other_ns + 1;
}

int barrier_view_write(struct barrier_view *v)
{
	char draft[BARRIER_NAME_MAX + 1], name[BARRIER_NAME_MAX + 1];
	uint64_t now = fingerprint(v);
	int64_t stamp_ns = later_than(v->version, v->leftover);
	int ret;

	if (v->written == now)
		return 0;
	v->peers[0].state = v->state;
	v->peers[0].stamp_ns = stamp_ns;
	v->peers[0].job = v->barrier->job;
	snprintf(draft, sizeof(draft), ".%.*s.draft", BARRIER_HOST_MAX,
		 v->self.host);
	version_name(v->self.host, stamp_ns, name);
	ret = write_draft(v, draft);
	if (!ret && renameat(v->dir_fd, draft, v->dir_fd, name))
		ret = fail_at(v, "rename", draft);
	if (ret)
		return ret;
	remove_version(v);
	v->version = stamp_ns;
	v->written = now;
	return 0;
}

/*
 * Opens a file for reading. O_NONBLOCK, because a FIFO of that name must not
 * block us.
 */
static FILE *open_file(const struct barrier_view *v, const char *name)
{
	int fd = openat(v->dir_fd, name,
			O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	FILE *f = fd < 0 ? NULL : fdopen(fd, "r");

	if (fd >= 0 && !f)
		close(fd);
	return f;
}

static int compare_hosts(const void *a, const void *b)
{
	const struct barrier_peer *one = a, *other = b;

	return strcmp(one->name.host, other->name.host);
}

/* The later of two files of one host comes first. */
static int compare_versions(const void *a, const void *b)
{
	const struct barrier_peer *one = a, *other = b;
	int order = compare_hosts(a, b);

	return order ? order
		     : (one->version < other->version) -
			       (one->version > other->version);
}

static int compare_host(const void *host, const void *peer)
{
	return strcmp(host, ((const struct barrier_peer *)peer)->name.host);
}

/* Searches only the peers that were known before this look. */
static struct barrier_peer *find_peer(struct barrier_view *v, const char *host)
{
	return bsearch(host, v->peers + 1, v->sorted - 1, sizeof(*v->peers),
		       compare_host);
}

static int add_peer(struct barrier_view *v, const struct barrier_peer *peer)
{
	struct barrier_peer *peers;

	peers = realloc(v->peers, (v->count + 1) * sizeof(*v->peers));
	if (!peers)
		return -ENOMEM;
	v->peers = peers;
	v->peers[v->count++] = *peer;
	return 0;
}

/*
 * Takes what a new file says. What it says of the way from its host is a bound
 * as good as the one before, so the shorter of the two delays is kept.
 */
static int take_peer(struct barrier_view *v, struct barrier_peer *known,
		     struct barrier_peer *peer)
{
	if (!known)
		return add_peer(v, peer);
	if (known->name.number == peer->name.number &&
	    known->name.delay_ns < peer->name.delay_ns)
		peer->name.delay_ns = known->name.delay_ns;
	free(known->seen);
	*known = *peer;
	return 0;
}

/*
 * Reads a host's file, unless it has been read. A file that was removed since
 * it was listed has a later one, which the next look finds.
 */
static int read_peer(struct barrier_view *v, const char *name, const char *host,
		     int64_t version)
{
	struct barrier_peer peer = { .present = true, .version = version };
	struct barrier_peer *known = find_peer(v, host);
	FILE *f;
	int ret;

	if (known) {
		known->present = true;
		if (known->version >= version)
			return 0;
	}
	f = open_file(v, name);
	if (!f) {
		if (errno != ENOENT)
			snprintf(v->unreadable, sizeof(v->unreadable), "%s",
				 host);
		return 0;
	}
	snprintf(peer.name.host, sizeof(peer.name.host), "%s", host);
	ret = barrier_file_parse(f, &peer);
	peer.name.delay_ns = clock_unix_ns() - peer.stamp_ns;
	fclose(f);
	if (!ret)
		ret = take_peer(v, known, &peer);
	if (ret)
		free(peer.seen);
	return ret == -EINVAL ? 0 : ret;
}

/*
 * Notes a file of this host itself. One that is later than ours is another
 * process's. An earlier one was left by a run before.
 */
static void find_own(struct barrier_view *v, const char *name, int64_t version)
{
	if (version == v->version) {
		v->listed = true;
	} else if (v->version && version > v->version) {
		v->rival = true;
	} else {
		unlinkat(v->dir_fd, name, 0);
		if (version > v->leftover)
			v->leftover = version;
	}
}

int barrier_view_check_self(struct barrier_view *v)
{
	if (!v->listed)
		v->written = 0;
	if (!v->rival)
		return 0;
	/* The other process is to notice, too. */
	v->written = 0;
	barrier_view_write(v);
	return failure_set(v->failure, EEXIST,
			   "gate=%s: another process waits here under the "
			   "host name %s: give each host its own host=",
			   v->barrier->directory, v->self.host);
}

static void drop_cached_listing(const struct barrier_view *v)
{
	char name[BARRIER_NAME_MAX + 16];
	int fd;

	snprintf(name, sizeof(name), ".%.240s.look", v->self.host);
	fd = openat(v->dir_fd, name,
		    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
	if (fd >= 0)
		close(fd);
	unlinkat(v->dir_fd, name, 0);
}

/* A peer that has seen us is here, or a stranger if its job is another. */
static void place(const struct barrier_view *v, struct barrier_peer *p)
{
	bool knows_us = barrier_file_find(p, &v->self);

	p->here = knows_us && p->job == v->barrier->job;
	p->stranger = knows_us && !p->here;
}

/*
 * Drops the peers whose files are gone, and decides who of the others is here.
 * A listing may have two files of a host while one takes the other's place.
 * Only the later one is kept.
 */
static void settle(struct barrier_view *v)
{
	unsigned int kept = 1;

	qsort(v->peers + 1, v->count - 1, sizeof(*v->peers), compare_versions);
	for (unsigned int i = 1; i < v->count; i++) {
		struct barrier_peer *p = &v->peers[i];

		if (!p->present ||
		    (kept > 1 && !compare_hosts(&v->peers[kept - 1], p))) {
			free(p->seen);
			continue;
		}
		place(v, p);
		v->peers[kept++] = *p;
	}
	v->count = v->sorted = kept;
}

static int look_at(struct barrier_view *v, const char *name)
{
	char host[BARRIER_NAME_MAX + 1];
	int64_t version;

	if (!split_name(name, host, &version))
		return 0;
	if (strcmp(host, v->self.host))
		return read_peer(v, name, host, version);
	find_own(v, name, version);
	return 0;
}

int barrier_view_look(struct barrier_view *v)
{
	const struct dirent *entry;
	int fd, ret = 0;
	DIR *dir;

	for (unsigned int i = 1; i < v->count; i++)
		v->peers[i].present = false;
	v->unreadable[0] = 0;
	v->listed = v->rival = false;
	drop_cached_listing(v);
	fd = openat(v->dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	dir = fd < 0 ? NULL : fdopendir(fd);
	if (!dir) {
		ret = fail_at(v, "listing", v->barrier->section);
		if (fd >= 0)
			close(fd);
		return ret;
	}
	while (!ret && (entry = readdir(dir)))
		ret = look_at(v, entry->d_name);
	closedir(dir);
	settle(v);
	return ret;
}
