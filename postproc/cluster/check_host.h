/* SPDX-License-Identifier: GPL-2.0-only */
/* What a probe (check_probe.h) found out about a host, and what is wrong. */
#ifndef SMALLFIO_CHECK_HOST_H
#define SMALLFIO_CHECK_HOST_H

#include <stdbool.h>
#include <stdint.h>

#include "cluster/check_probe.h"
#include "util/notes.h"

#define CHECK_WORD_MAX 256

/* A directory that the job works in, or that its start barrier is in. */
struct check_directory {
	char *path;
	char job[CHECK_WORD_MAX]; /* section whose needs were added last */
	uint64_t job_bytes;       /* needs of the threads of that section */
	uint64_t job_inodes;
	uint64_t need_bytes; /* needs of the section that needs most */
	uint64_t need_inodes;
	uint64_t total_bytes;
	uint64_t free_bytes;
	uint64_t total_inodes; /* 0: not counted */
	uint64_t free_inodes;
	int error;     /* errno of the call that failed there, or 0 */
	char call[32]; /* name of that call */
	/* To make, write and remove a file takes as long; 0: not known. */
	int64_t round_ns;
};

struct check_host {
	const char *typed;            /* the host as the user named it */
	char peer[CHECK_WORD_MAX];    /* address that was connected to */
	char answers[CHECK_WORD_MAX]; /* host name by its own answer */
	char fio[CHECK_WORD_MAX];     /* fio's version by its own answer */
	char name[CHECK_WORD_MAX];    /* host= in the paths of its tree */
	char listens[CHECK_WORD_MAX]; /* the server's address, or empty */
	bool loads;                   /* its fio has loaded the engine */
	int64_t connected_ns;         /* when, by our clock; 0: not told */
	int64_t asked_ns; /* when, by the host's clock; 0: not told */
	/* The host's clock is ahead of ours by a time between these two. */
	int64_t ahead_min_ns, ahead_max_ns;
	struct check_directory *directory;
	unsigned int directories;
	struct notes problems; /* why the host cannot run the job */
	struct notes warnings;
};

/*
 * Reads what a probe was told, and notes problems and warnings. `version` is
 * that of our fio. Returns 0 or -ENOMEM.
 */
int check_host_read(struct check_host *host, const struct check_probe *probe,
		    const char *version, unsigned int timeout_s);

/*
 * Notes the problems that show only when hosts are compared: the same name, and
 * too little space on a file system that they share.
 */
void check_hosts_compare(struct check_host *hosts, size_t count);

void check_host_free(struct check_host *host);

#endif
