/* SPDX-License-Identifier: GPL-2.0-only */
/* What a probe (check_probe.h) has found out about a host. */
#ifndef SMALLFIO_CHECK_HOST_H
#define SMALLFIO_CHECK_HOST_H

#include <stdbool.h>
#include <stdint.h>

#include "cluster/check_probe.h"
#include "util/notes.h"

#define CHECK_WORD_MAX 256

/* A directory that the job works in, or its gate. */
struct check_directory {
	char *path;
	char job[CHECK_WORD_MAX]; /* whose needs were added last */
	uint64_t job_bytes;       /* needs of the threads of that job */
	uint64_t job_inodes;
	uint64_t need_bytes; /* of the job that needs most */
	uint64_t need_inodes;
	uint64_t total_bytes;
	uint64_t free_bytes;
	uint64_t total_inodes; /* 0: not counted */
	uint64_t free_inodes;
	int error; /* errno of what failed there, or 0 */
	char call[32];
};

struct check_host {
	const char *typed;
	char peer[CHECK_WORD_MAX];    /* address that was connected to */
	char answers[CHECK_WORD_MAX]; /* the host name it says it has */
	char fio[CHECK_WORD_MAX];     /* the version it says it has */
	char name[CHECK_WORD_MAX];    /* in its tree's paths: host= */
	char listens[CHECK_WORD_MAX]; /* the server's address, or empty */
	bool loads;                   /* the engine */
	/* Its clock is ahead of ours by something between these. */
	int64_t ahead_min_ns, ahead_max_ns;
	struct check_directory *directory;
	unsigned int directories;
	struct notes problems; /* it cannot run the job */
	struct notes warnings;
};

/* Reads what was said; `version` is our fio's. 0 or -ENOMEM. */
int check_host_read(struct check_host *host, const struct check_probe *probe,
		    const char *version, unsigned int timeout_s);

/* Problems that show only when hosts are compared, and space they share. */
void check_hosts_compare(struct check_host *hosts, size_t count);

void check_host_free(struct check_host *host);

#endif
