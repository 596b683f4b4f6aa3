// SPDX-License-Identifier: GPL-2.0-only
/* How a host removes what it, and hosts before it, have left at the barrier. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "barrier/barrier_view.h"

/* So often a host looks whether hidden files are gone before it leaves them. */
#define HIDDEN_LOOKS 200

/*
 * Clients of NFS and of FUSE give a file that is removed while it is open
 * another name, and remove that one soon after the file is closed. sshfs may
 * forget to.
 */
static bool is_hidden(const char *name)
{
	return !strncmp(name, ".nfs", 4) || !strncmp(name, ".fuse_hidden", 12);
}

/* Removes hidden files. Returns whether a directory had them and no others. */
static bool remove_hidden(struct barrier_view *v, int parent, const char *name)
{
	int fd = tree_open_dir(parent, name, O_RDONLY), found = 0;
	const struct dirent *entry = NULL;
	DIR *dir;

	if (fd < 0)
		return false;
	if (barrier_view_open_list(v, fd, &dir)) {
		close(fd);
		return false;
	}
	while ((entry = readdir(dir))) {
		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
			continue;
		if (!is_hidden(entry->d_name))
			break;
		unlinkat(fd, entry->d_name, 0);
		found++;
	}
	closedir(dir);
	close(fd);
	return found && !entry;
}

/* Removes a directory if it is empty but for hidden files. Returns -errno. */
static int remove_dir(struct barrier_view *v, int parent, const char *name)
{
	const struct timespec pause = { .tv_nsec = BARRIER_POLL_NS };
	int ret = 0;

	for (int looks = 0; looks < HIDDEN_LOOKS; looks++) {
		if (!unlinkat(parent, name, AT_REMOVEDIR))
			return 0;
		ret = -errno;
		if (ret == -ENOENT || !remove_hidden(v, parent, name))
			return ret;
		nanosleep(&pause, NULL);
	}
	return ret;
}

int barrier_view_drop(struct barrier_view *v, unsigned int at)
{
	char name[BARRIER_NUMBER_BYTES];
	int ret;

	snprintf(name, sizeof(name), "%u", at);
	ret = remove_dir(v, v->place_fd, name);
	if (ret)
		return ret;
	barrier_verdict_print(at, name);
	unlinkat(v->place_fd, name, 0);
	return 0;
}

/* What a host makes here for a moment, and it or its client may leave. */
static bool is_draft(const char *name)
{
	const char *dot = strrchr(name, '.');

	return is_hidden(name) || (*name == '.' && (!strcmp(dot, ".look") ||
						    !strcmp(dot, ".draft")));
}

/* Removes a directory with the empty files of those who have come. */
static void remove_generation(struct barrier_view *v, const char *name)
{
	int fd = tree_open_dir(v->place_fd, name, O_RDONLY);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct barrier_name peer;
	const struct dirent *entry;

	while (dir && (entry = readdir(dir)))
		if (!barrier_name_parse(entry->d_name, &peer) ||
		    is_draft(entry->d_name))
			unlinkat(fd, entry->d_name, 0);
	if (dir)
		closedir(dir);
	unlinkat(v->place_fd, name, AT_REMOVEDIR);
}

/* Removes what is left, unless a later generation has begun. */
static void remove_leftovers(struct barrier_view *v, unsigned int at)
{
	struct barrier_generation e;
	const struct dirent *entry;
	DIR *dir;

	if (barrier_view_look(v) || v->last.at > at ||
	    barrier_view_open_list(v, v->place_fd, &dir))
		return;
	while ((entry = readdir(dir))) {
		const char *name = entry->d_name;

		if (!barrier_entry_parse(name, &e) && !is_draft(name))
			continue;
		if (unlinkat(v->place_fd, name, 0) && errno == EISDIR)
			remove_generation(v, name);
	}
	closedir(dir);
}

/* Fails while another host is there. */
static void remove_place(struct barrier_view *v)
{
	char place[BARRIER_PLACE_BYTES];

	barrier_view_place(v->barrier->job, place);
	remove_dir(v, v->section_fd, place);
}

/* Removes this host's lock, and the directories if it was the last host. */
static void remove_section(struct barrier_view *v)
{
	int gates = tree_open_dir(v->top_fd, BARRIER_GATES, O_PATH);

	if (v->held_fd >= 0) {
		unlinkat(v->section_fd, v->self.host, 0);
		/* Only now, so that nobody takes a file that is removed. */
		close(v->held_fd);
		v->held_fd = -1;
	}
	if (gates < 0)
		return;
	if (!remove_dir(v, gates, v->barrier->section))
		unlinkat(v->top_fd, BARRIER_GATES, AT_REMOVEDIR);
	close(gates);
}

void barrier_view_tidy(struct barrier_view *v, unsigned int at)
{
	if (v->place_fd < 0)
		return;
	if (!at || !barrier_view_drop(v, at))
		remove_leftovers(v, at);
	remove_place(v);
	remove_section(v);
}
