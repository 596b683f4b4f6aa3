/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Starts a fio server on each host by ssh, and ends it.
 *
 * A server listens on a socket file in a directory of its host that only its
 * user can enter, and ssh carries the connections to a socket file here. So no
 * port is open anywhere. The client reaches a host as sock:NAME, in the
 * directory with links to these sockets; fio then names logs by NAME.
 *
 * A server ends when its ssh does, because it waits for a word on ssh's
 * standard input. So it ends, too, when this process is killed.
 */
#ifndef SMALLFIO_SERVERS_H
#define SMALLFIO_SERVERS_H

#include <stddef.h>
#include <sys/types.h>

#include "barrier/barrier.h"

#define SERVERS_MAX      BARRIER_HOSTS_MAX
#define SERVERS_NAME_MAX 64
#define SERVERS_SAID_MAX 256

/* The servers get the variables that begin so from our environment. */
#define SERVERS_VARIABLE "SMALLFIO_JOB_"

struct server {
	char address[256];           /* for ssh: "user@host" */
	char name[SERVERS_NAME_MAX]; /* the address without "user@" */
	pid_t ssh;                   /* 0: not running */
	int in, out;                 /* its standard input and output; -1 */
	char said[SERVERS_SAID_MAX]; /* the last line that it has written */
	char line[SERVERS_SAID_MAX]; /* what it has written of the next one */
	size_t used;                 /* bytes of `line` */
	int ready;
};

struct servers {
	struct server *server;
	size_t count;
	int given;   /* others have started them: nothing is done by ssh */
	char id[17]; /* of this run: no other run's files are touched */
	char directory[64]; /* with the sockets; "": not made */
	int lock;           /* of the file in it that lost_run.h describes */
};

/*
 * Fills the list from a text: hosts with commas or blanks between, where
 * h[1-3,5] stands for h1, h2, h3 and h5; or the name of a file with such text.
 * Returns 0, -ENOMEM, or -EINVAL with a sentence in `error`
 * (SERVERS_SAID_MAX bytes).
 */
int servers_list(struct servers *servers, const char *text, char *error);

/* Draws the run's id, and makes the directory. Returns 0 or -errno. */
int servers_prepare(struct servers *servers);

/* How servers are started. */
struct servers_how {
	const char *ssh;  /* a command with arguments */
	const char *fio;  /* the program on the hosts */
	const char *make; /* directories that hosts make, with commas between */
	const char *meet; /* a directory that hosts remove with the servers */
};

/*
 * Starts all servers, and waits until each is ready. Returns 0, or -errno with
 * a sentence that names host and reason.
 */
int servers_start(struct servers *servers, const struct servers_how *how,
		  char *error);

/*
 * Notes for a later run where results and hosts are, in case this one is lost
 * (lost_run.h). Returns 0 or -errno.
 */
int servers_note(const struct servers *servers, const char *directory,
		 const char *meet);

/* Returns whether ssh to a host has ended, with a sentence that names it. */
int servers_lost(struct servers *servers, char *error);

/*
 * Make and remove links to the sockets in a directory in which a client will
 * run. Return 0 or -errno.
 */
int servers_link(const struct servers *servers, const char *directory);
void servers_unlink(const struct servers *servers, const char *directory);

/*
 * Ends the servers. `whole`: the hosts also remove `meet`. Otherwise jobs have
 * some seconds to keep there what they have measured.
 */
void servers_stop(struct servers *servers, int whole);

/* Removes the directory, and frees the list. */
void servers_free(struct servers *servers);

#endif
