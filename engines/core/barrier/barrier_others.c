// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "barrier/barrier_view.h"

/* A leader that was heard of so shortly ago is alive. */
#define ALIVE_NS     INT64_C(10000000000)
#define NUMBER_BYTES 16

/* Lists of hosts: "; of another run: a, b". */
struct others {
	char run[200], version[200];
};

#define OTHERS_BYTES sizeof(((struct others *)0)->run)

/* Adds a host if there is room. */
static void add_host(char *text, const char *before, const char *host)
{
	size_t n = strlen(text), length = strlen(host);

	if (n + length + strlen(before) < OTHERS_BYTES)
		sprintf(text + n, "%s%s", n ? ", " : before, host);
}

/* Adds those who wait in a generation of another place. */
static void add_waiting(const struct barrier_view *there, struct others *o)
{
	const struct dirent *entry;
	struct barrier_name peer;
	char name[NUMBER_BYTES];
	DIR *dir;
	int fd;

	snprintf(name, sizeof(name), "%u", there->last.at);
	fd = tree_open_dir(there->place_fd, name, O_RDONLY);
	dir = fd < 0 ? NULL : fdopendir(fd);
	while (dir && (entry = readdir(dir)))
		if (!barrier_name_parse(entry->d_name, &peer))
			add_host(o->run, "; of another run: ", peer.host);
	if (dir)
		closedir(dir);
}

static void add_place(struct barrier_view *v, const char *place,
		      struct others *o)
{
	struct barrier_view there = {
		.barrier = v->barrier,
		.failure = v->failure,
		.self = v->self,
		.place_fd = tree_open_dir(v->section_fd, place, O_RDONLY),
	};
	const struct barrier_generation *last = &there.last;

	if (there.place_fd < 0)
		return;
	if (!barrier_view_look(&there) && last->at && !last->decided &&
	    llabs(clock_unix_ns() - last->leader.stamp_ns) < ALIVE_NS)
		add_waiting(&there, o);
	close(there.place_fd);
}

/*
 * Hosts of other versions write what they have to say into a file HOST or
 * HOST~TIME here. Ours is empty.
 */
static void add_old(const struct barrier_view *v, const char *name,
		    struct others *o)
{
	char host[BARRIER_NAME_MAX + 1];
	struct stat st;

	snprintf(host, sizeof(host), "%.*s", (int)strcspn(name, "~"), name);
	if (*name != '.' && !barrier_report_has(&v->report, host) &&
	    !fstatat(v->section_fd, name, &st, AT_SYMLINK_NOFOLLOW) &&
	    S_ISREG(st.st_mode) && st.st_size)
		add_host(o->version,
			 "; of another version of smallfio: ", host);
}

void barrier_view_note_others(struct barrier_view *v)
{
	struct others o = { "", "" };
	const struct dirent *entry;
	char own[BARRIER_PLACE_BYTES];
	DIR *dir;

	barrier_view_place(v->barrier->job, own);
	if (barrier_view_open_list(v, v->section_fd, &dir))
		return;
	while ((entry = readdir(dir)))
		if (!strncmp(entry->d_name, BARRIER_PLACE,
			     strlen(BARRIER_PLACE)) &&
		    strcmp(entry->d_name, own) != 0)
			add_place(v, entry->d_name, &o);
		else
			add_old(v, entry->d_name, &o);
	closedir(dir);
	snprintf(v->report.note, sizeof(v->report.note), "%s%s%s", o.run,
		 o.run[0] ? " (sections, gate_hosts= or permute_hosts= differ)"
			  : "",
		 o.version);
}
