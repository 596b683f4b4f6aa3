// SPDX-License-Identifier: GPL-2.0-only
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "barrier/barrier_view.h"

/* Room for a generation's number, and for a name in it. */
#define PATH_BYTES (BARRIER_NUMBER_BYTES + BARRIER_NAME_MAX + 1)

static int fail_at(struct barrier_view *v, const char *call, const char *name)
{
	return failure_set(v->failure, errno, "gate=%s: %s of %s: %s",
			   v->barrier->directory, call, name, strerror(errno));
}

int barrier_view_begin(struct barrier_view *v, const struct barrier *g,
		       struct failure *failure)
{
	memset(v, 0, sizeof(*v));
	v->barrier = g;
	v->failure = failure;
	v->section_fd = v->place_fd = v->held_fd = -1;
	snprintf(v->self.host, sizeof(v->self.host), "%s", g->host);
	v->top_fd = open(g->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return v->top_fd < 0 ? fail_at(v, "open", "the directory") : 0;
}

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void barrier_view_close(struct barrier_view *v)
{
	close_fd(&v->section_fd);
	close_fd(&v->place_fd);
	v->mine = (struct barrier_generation){ .at = 0 };
	v->answered.host[0] = v->published.host[0] = 0;
}

void barrier_view_end(struct barrier_view *v)
{
	barrier_view_close(v);
	close_fd(&v->top_fd);
	close_fd(&v->held_fd);
	free(v->report.peers);
}

/* sshfs does not say EEXIST where another host was faster. */
static int make_dir(struct barrier_view *v, int parent, const char *name)
{
	int ret = mkdirat(parent, name, 0777) ? -errno : 0;

	if (ret && (ret == -EEXIST || !faccessat(parent, name, F_OK, 0)))
		return -EEXIST;
	errno = -ret;
	return ret ? fail_at(v, "mkdir", name) : 0;
}

/*
 * Opens a directory, and makes it first if it is missing. To make it always
 * asks the server. A client may still know a directory of that name that the
 * last host of an earlier section has removed, and would open that one.
 */
static int open_dir(struct barrier_view *v, int parent, const char *name)
{
	int fd = make_dir(v, parent, name);

	if (fd && fd != -EEXIST)
		return fd;
	fd = tree_open_dir(parent, name, O_RDONLY);
	if (fd >= 0)
		return fd;
	errno = -fd;
	return fail_at(v, "open", name);
}

void barrier_view_place(uint64_t job, char name[BARRIER_PLACE_BYTES])
{
	snprintf(name, BARRIER_PLACE_BYTES, BARRIER_PLACE "%016" PRIx64, job);
}

int barrier_view_open(struct barrier_view *v)
{
	int gates = open_dir(v, v->top_fd, BARRIER_GATES);
	char place[BARRIER_PLACE_BYTES];

	if (gates < 0)
		return gates;
	v->section_fd = open_dir(v, gates, v->barrier->section);
	close(gates);
	if (v->section_fd < 0)
		return v->section_fd;
	barrier_view_place(v->barrier->job, place);
	v->place_fd = open_dir(v, v->section_fd, place);
	return v->place_fd < 0 ? v->place_fd : 0;
}

int barrier_view_hold(struct barrier_view *v)
{
	struct stat st;
	int fd;

	close_fd(&v->held_fd);
	fd = openat(v->section_fd, v->self.host,
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

/* A name that is made and removed makes any client drop a cached listing. */
static void change(const struct barrier_view *v, int dir_fd)
{
	char name[BARRIER_NAME_MAX + 1];
	int fd;

	snprintf(name, sizeof(name), ".%.*s.look", BARRIER_HOST_MAX,
		 v->self.host);
	fd = openat(dir_fd, name,
		    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
	close_fd(&fd);
	unlinkat(dir_fd, name, 0);
}

int barrier_view_open_list(struct barrier_view *v, int dir_fd, DIR **dir)
{
	struct statx st;
	int fd, ret;

	statx(dir_fd, "", AT_EMPTY_PATH | AT_STATX_FORCE_SYNC, STATX_MTIME,
	      &st);
	fd = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	*dir = fd < 0 ? NULL : fdopendir(fd);
	if (*dir)
		return 0;
	ret = fail_at(v, "listing", v->barrier->section);
	close_fd(&fd);
	return ret;
}

/* Of two reports, the later one counts. */
static void add_entry(struct barrier_generation *g,
		      const struct barrier_generation *e)
{
	g->decided |= e->decided;
	if (e->leader.host[0] && e->leader.stamp_ns >= g->leader.stamp_ns)
		g->leader = e->leader;
}

static void look_at(const char *name, struct barrier_generation *mine,
		    struct barrier_generation *last)
{
	struct barrier_generation e;

	if (!barrier_entry_parse(name, &e))
		return;
	if (e.at > last->at)
		*last = (struct barrier_generation){ .at = e.at };
	if (e.at == last->at)
		add_entry(last, &e);
	if (e.at == mine->at)
		add_entry(mine, &e);
}

static bool has_news(const struct barrier_view *v,
		     const struct barrier_generation *mine)
{
	return mine->decided ||
	       mine->leader.stamp_ns != v->mine.leader.stamp_ns;
}

int barrier_view_look(struct barrier_view *v)
{
	struct barrier_generation mine = { .at = v->mine.at }, last = { 0 };
	const struct dirent *entry;
	DIR *dir;
	int ret;

	/* The client may have a cache of its own, and not ask. */
	if (v->old_looks >= BARRIER_OLD_LOOKS) {
		change(v, v->place_fd);
		v->old_looks = 0;
	}
	ret = barrier_view_open_list(v, v->place_fd, &dir);
	if (ret)
		return ret;
	while ((entry = readdir(dir)))
		look_at(entry->d_name, &mine, &last);
	closedir(dir);
	v->old_looks = has_news(v, &mine) ? 0 : v->old_looks + 1;
	v->mine = mine;
	v->last = last;
	/* A listing may miss the verdict that came before a later one. */
	v->mine.decided |= mine.at && last.at > mine.at;
	return 0;
}

/* Prints the path of a process's file in a generation, from the place. */
static void print_path(unsigned int at, const struct barrier_name *name,
		       char *path)
{
	int n = snprintf(path, BARRIER_NUMBER_BYTES, "%u/", at);

	barrier_name_print(name, path + n);
}

static int make_name(struct barrier_view *v, unsigned int at,
		     const struct barrier_name *name)
{
	char path[PATH_BYTES];
	int fd;

	print_path(at, name, path);
	fd = openat(v->place_fd, path,
		    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
	if (fd < 0)
		return fail_at(v, "open", path);
	close(fd);
	return 0;
}

static void remove_name(struct barrier_view *v, const struct barrier_name *name)
{
	char path[PATH_BYTES];

	if (!name->host[0])
		return;
	print_path(v->mine.at, name, path);
	unlinkat(v->place_fd, path, 0);
}

/*
 * The first name stays, so that no listing misses a process that takes another
 * name meanwhile.
 */
int barrier_view_answer(struct barrier_view *v, unsigned int call)
{
	struct barrier_name name = v->self;
	int ret;

	name.stamp_ns = clock_unix_ns();
	name.call = call;
	ret = make_name(v, v->mine.at, &name);
	if (ret)
		return ret;
	remove_name(v, &v->answered);
	v->answered = name;
	return 0;
}

void barrier_view_leave(struct barrier_view *v)
{
	char path[PATH_BYTES];

	if (!v->mine.at)
		return;
	remove_name(v, &v->self);
	remove_name(v, &v->answered);
	v->answered.host[0] = 0;
	if (!v->published.host[0])
		return;
	barrier_report_print_name(v->mine.at, &v->published, path);
	unlinkat(v->place_fd, path, 0);
	v->published.host[0] = 0;
}

int barrier_view_join(struct barrier_view *v, unsigned int at)
{
	struct barrier_name name = v->self;
	unsigned int earlier = v->mine.at;
	int ret;

	name.stamp_ns = clock_unix_ns();
	ret = make_name(v, at, &name);
	if (ret)
		return ret;
	/* The numbers grow, because the next generation is there already. */
	barrier_view_leave(v);
	if (earlier && earlier != at)
		barrier_view_drop(v, earlier);
	v->self = name;
	v->leads = false;
	v->call = 0;
	v->mine = (struct barrier_generation){ .at = at };
	v->report.count = 0;
	v->report.note[0] = 0;
	return barrier_report_add(&v->report,
				  &(struct barrier_peer){ .name = name });
}

int barrier_view_lead(struct barrier_view *v, unsigned int at)
{
	char name[BARRIER_NUMBER_BYTES];
	int ret;

	snprintf(name, sizeof(name), "%u", at);
	ret = make_dir(v, v->place_fd, name);
	if (ret)
		return ret;
	ret = barrier_view_join(v, at);
	v->leads = !ret;
	return ret;
}

static int compare_peers(const void *a, const void *b)
{
	const struct barrier_name *one =
		&((const struct barrier_peer *)a)->name;
	const struct barrier_name *two =
		&((const struct barrier_peer *)b)->name;
	int order = strcmp(one->host, two->host);

	return order ? order
		     : (one->number > two->number) -
			       (one->number < two->number);
}

static int add_name(struct barrier_view *v, struct barrier_report *r,
		    const char *text)
{
	const struct barrier_peer *known;
	struct barrier_peer peer;

	if (barrier_name_parse(text, &peer.name))
		return 0;
	peer.delay_ns = clock_unix_ns() - peer.name.stamp_ns;
	known = bsearch(&peer, v->report.peers, v->report.count, sizeof(peer),
			compare_peers);
	if (!known)
		v->grew = true;
	else if (known->delay_ns < peer.delay_ns)
		peer.delay_ns = known->delay_ns;
	return barrier_report_add(r, &peer);
}

/* A process that has answered has two names. */
static void sort_peers(struct barrier_report *r)
{
	unsigned int kept = 0;

	qsort(r->peers, r->count, sizeof(*r->peers), compare_peers);
	for (unsigned int i = 0; i < r->count; i++) {
		struct barrier_peer *p = &r->peers[i], *last = p;

		if (kept && !compare_peers(&r->peers[kept - 1], p))
			last = &r->peers[kept - 1];
		else
			r->peers[kept++] = *p;
		if (p->delay_ns > last->delay_ns)
			p->delay_ns = last->delay_ns;
		if (last != p && last->name.call <= p->name.call)
			*last = *p;
		last->delay_ns = p->delay_ns;
	}
	r->count = kept;
}

int barrier_view_list(struct barrier_view *v)
{
	struct barrier_report now = { .count = 0 };
	const struct dirent *entry;
	char name[BARRIER_NUMBER_BYTES];
	int fd, ret;
	DIR *dir;

	snprintf(name, sizeof(name), "%u", v->mine.at);
	fd = tree_open_dir(v->place_fd, name, O_RDONLY);
	if (fd < 0)
		return fd;
	change(v, fd);
	ret = barrier_view_open_list(v, fd, &dir);
	close(fd);
	if (ret)
		return ret;
	v->grew = false;
	while (!ret && (entry = readdir(dir)))
		ret = add_name(v, &now, entry->d_name);
	closedir(dir);
	if (ret) {
		free(now.peers);
		return ret;
	}
	sort_peers(&now);
	free(v->report.peers);
	v->report.peers = now.peers;
	v->report.count = now.count;
	return 0;
}

static int write_draft(struct barrier_view *v, char *draft)
{
	FILE *f;
	int fd;

	snprintf(draft, BARRIER_NAME_MAX + 1, ".%.*s.draft", BARRIER_HOST_MAX,
		 v->self.host);
	fd = openat(v->place_fd, draft,
		    O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC,
		    0666);
	f = fd < 0 ? NULL : fdopen(fd, "w");
	if (!f) {
		int ret = fail_at(v, "open", draft);

		close_fd(&fd);
		return ret;
	}
	v->report.by = v->self;
	v->report.by.stamp_ns = clock_unix_ns();
	v->report.by.call = v->call;
	barrier_report_print(f, &v->report);
	return fclose(f) ? fail_at(v, "write", draft) : 0;
}

int barrier_view_publish(struct barrier_view *v)
{
	char draft[BARRIER_NAME_MAX + 1], path[PATH_BYTES];
	int ret = write_draft(v, draft);

	if (ret)
		return ret;
	barrier_report_print_name(v->mine.at, &v->report.by, path);
	if (renameat(v->place_fd, draft, v->place_fd, path))
		return fail_at(v, "rename", draft);
	if (v->published.host[0]) {
		barrier_report_print_name(v->mine.at, &v->published, path);
		unlinkat(v->place_fd, path, 0);
	}
	v->published = v->report.by;
	return 0;
}

/*
 * Gives the draft a name that no other file has. Succeeds, too, where another
 * host was faster. Some file systems have no links, and others ignore
 * RENAME_NOREPLACE, but not the same ones. sshfs does not say EEXIST.
 */
static int name_once(struct barrier_view *v, const char *draft,
		     const char *name)
{
	int fd = v->place_fd, ret;

	if (!linkat(fd, draft, fd, name, 0) || errno == EEXIST)
		return 0;
	ret = fail_at(v, "link", draft);
	if (!renameat2(fd, draft, fd, name, RENAME_NOREPLACE) ||
	    errno == EEXIST || !faccessat(fd, name, F_OK, 0))
		return 0;
	return ret;
}

int barrier_view_decide(struct barrier_view *v, unsigned int at,
			enum barrier_verdict verdict)
{
	char draft[BARRIER_NAME_MAX + 1], name[BARRIER_NUMBER_BYTES];
	int ret;

	v->report.verdict = verdict;
	ret = write_draft(v, draft);
	v->report.verdict = BARRIER_NONE;
	if (ret)
		return ret;
	barrier_verdict_print(at, name);
	ret = name_once(v, draft, name);
	unlinkat(v->place_fd, draft, 0);
	if (!ret && at == v->mine.at)
		v->mine.decided = true;
	return ret;
}

/* Returns -EAGAIN if the file is gone, or is no report. */
static int read_report(struct barrier_view *v, const char *path)
{
	struct barrier_report report = { .count = 0 };
	/* A FIFO of that name must not block us. */
	int fd = openat(v->place_fd, path,
			O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	FILE *f = fd < 0 ? NULL : fdopen(fd, "r");
	int ret;

	if (!f) {
		ret = fail_at(v, "open", path);
		close_fd(&fd);
		return ret == -ENOENT || ret == -ESTALE ? -EAGAIN : ret;
	}
	ret = barrier_report_parse(f, &report);
	fclose(f);
	if (ret) {
		free(report.peers);
		return ret == -EINVAL ? -EAGAIN : ret;
	}
	free(v->report.peers);
	v->report = report;
	return 0;
}

int barrier_view_ask(struct barrier_view *v)
{
	char path[PATH_BYTES];

	barrier_report_print_name(v->mine.at, &v->mine.leader, path);
	return read_report(v, path);
}

int barrier_view_read_verdict(struct barrier_view *v)
{
	char name[BARRIER_NUMBER_BYTES];

	barrier_verdict_print(v->mine.at, name);
	return read_report(v, name);
}
