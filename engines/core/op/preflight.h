/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CORE_PREFLIGHT_H
#define CORE_PREFLIGHT_H

#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>

#include "op/worker.h"

/* What a thread needs in one of its top directories, and what is there. */
struct preflight {
	/* in whole blocks, for the files that it makes anew */
	uint64_t need_bytes;
	uint64_t need_inodes;
	uint64_t total_bytes;
	uint64_t free_bytes;   /* free for this user */
	uint64_t total_inodes; /* 0: the file system counts none */
	uint64_t free_inodes;
	/* To make, write and remove a file: the quickest of a few tries. */
	int64_t round_ns;
	int error;        /* errno, why no file can be made there; or 0 */
	const char *call; /* the call that failed, or "" */
};

/*
 * Looks at a directory, and makes a file in it that it removes again. `worker`
 * tells what is needed in each of its top directories; NULL: nothing.
 */
void preflight_look(const char *directory, const struct worker *worker,
		    struct preflight *preflight);

/*
 * Writes the address on which the server listens whose connection this process
 * serves: "0.0.0.0" or "::" for all addresses, "" if there is none. The address
 * is found by the port and address of an inherited socket.
 */
#define PREFLIGHT_ADDRESS_MAX INET6_ADDRSTRLEN
void preflight_listens(char text[PREFLIGHT_ADDRESS_MAX]);

#endif
