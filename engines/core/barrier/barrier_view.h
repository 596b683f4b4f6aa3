/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CORE_BARRIER_VIEW_H
#define CORE_BARRIER_VIEW_H

#include <dirent.h>

#include "barrier/barrier.h"
#include "barrier/barrier_file.h"

#define BARRIER_GATES "smallfio-gate"

/*
 * The directory of gate=, and the files in it. smallfio-gate/SECTION has
 *
 *	HOST                     locked by that host
 *	job-JOB/                 where hosts of one job meet, for example
 *	job-JOB/1/               the first generation
 *	job-JOB/1/NAME           a host that has come (struct barrier_name), and
 *	                         another when it has answered a roll call
 *	job-JOB/1~NAME           the leader's report
 *	job-JOB/1!               the verdict, which is a report, too
 *
 * Functions return 0 or -errno, with a sentence in the view's failure. -ENOENT
 * and -ESTALE mean that a directory is gone: the host has to come again.
 */

struct barrier_view {
	const struct barrier *barrier;
	struct failure *failure;
	int top_fd, section_fd;
	int place_fd; /* of job-JOB; -1: the host has to come */
	int held_fd;  /* of HOST, which is locked; -1: it is not */
	/* this host's files in its generation; host "": has not answered */
	struct barrier_name self, answered;
	bool leads;
	unsigned int call;              /* the leader's last one */
	struct barrier_generation mine; /* the one that this host is in */
	struct barrier_generation last; /* the latest, which all join */
	struct barrier_report report;   /* who is here */
	struct barrier_name published;  /* the leader's; host "": none */
	/* so many looks in turn found nothing new of `mine` */
	unsigned int old_looks;
	bool grew; /* the last look at them found a new one */
	/* the leader that was silent for too long; or empty */
	char silent[BARRIER_NAME_MAX + 1];
	int64_t longest_look_ns;
};

/* Opens the directory of gate=. */
int barrier_view_begin(struct barrier_view *view, const struct barrier *barrier,
		       struct failure *failure);
void barrier_view_end(struct barrier_view *view);

/* Opens the place of meeting, and makes it first if it is missing. */
int barrier_view_open(struct barrier_view *view);
/* Forgets the place, so that the host has to come again. */
void barrier_view_close(struct barrier_view *view);

/*
 * Locks the file that has this host's name, and makes it if it is missing.
 * Returns -EEXIST if another process holds the lock, -ENOENT if the file was
 * just removed.
 */
int barrier_view_hold(struct barrier_view *view);

/*
 * Finds out about the generations `mine` and `last`. After BARRIER_OLD_LOOKS
 * without news it changes the directory first, which no cache can hide.
 */
#define BARRIER_OLD_LOOKS 2
int barrier_view_look(struct barrier_view *view);

/*
 * Makes generation `at`, and leads it. Returns -EEXIST if another host was
 * faster.
 */
int barrier_view_lead(struct barrier_view *view, unsigned int at);

/* Joins generation `at`, and leaves the one before. */
int barrier_view_join(struct barrier_view *view, unsigned int at);

/* Says that this host has answered a roll call. */
int barrier_view_answer(struct barrier_view *view, unsigned int call);

/* For the leader: lists who is here. */
int barrier_view_list(struct barrier_view *view);

/* For the leader: writes the report under its next name. */
int barrier_view_publish(struct barrier_view *view);

/*
 * For the others: reads the leader's report. -EAGAIN: it cannot be read now.
 */
int barrier_view_ask(struct barrier_view *view);

/* Makes the verdict on generation `at`, unless there is one. */
int barrier_view_decide(struct barrier_view *view, unsigned int at,
			enum barrier_verdict verdict);

/* Reads the verdict on this host's generation. -EAGAIN as above. */
int barrier_view_read_verdict(struct barrier_view *view);

/* Removes this host's files from its generation. */
void barrier_view_leave(struct barrier_view *view);

/*
 * Removes generation `at`, and the verdict on it, if no host is in it. Fails
 * otherwise, with -ENOTEMPTY where the file system says so.
 */
int barrier_view_drop(struct barrier_view *view, unsigned int at);

/*
 * After the run: removes generation `at`, which is decided, if this host was
 * the last one in it, and then what earlier ones have left. Removes this host's
 * lock, and directories that are empty.
 */
void barrier_view_tidy(struct barrier_view *view, unsigned int at);

/* Prints the name of the place of a job. */
#define BARRIER_PLACE       "job-"
#define BARRIER_PLACE_BYTES (sizeof(BARRIER_PLACE) + 16)
void barrier_view_place(uint64_t job, char name[BARRIER_PLACE_BYTES]);

/*
 * Opens a directory for reading. Asks the server for the directory's time of
 * change first, so that the client finds that a listing in its cache is old.
 */
int barrier_view_open_list(struct barrier_view *view, int dir_fd, DIR **dir);

/* Sets the report's note: who else meets in the directory. */
void barrier_view_note_others(struct barrier_view *view);

#endif
