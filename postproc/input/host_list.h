/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads a list of hosts, as fio --client=FILE does. The words are divided by
 * blanks or line ends, and each is a host as at --client: HOST, ip:HOST,
 * ip4:HOST or ip6:HOST, each with or without ,PORT, or sock:PATH. fio knows no
 * comments, so a comment is an error with a message of its own.
 */
#ifndef SMALLFIO_HOST_LIST_H
#define SMALLFIO_HOST_LIST_H

#include <stdbool.h>
#include <stddef.h>

#include "util/input_error.h"

#define HOST_LIST_PORT     8765 /* fio's own */
#define HOST_LIST_NAME_MAX 255

struct listed_host {
	char *typed; /* the host as given to --client */
	char *name;  /* the host as in fio's JSON and names of logs */
	long port;   /* HOST_LIST_PORT if none was given; 0 for a socket */
};

/* The owner zeroes it first, and frees it with host_list_free() in any case. */
struct host_list {
	struct listed_host *host;
	size_t count;
};

/*
 * Reads the file at `path`. These are errors: an empty list, a host named twice
 * with the same port, a bad port, and a word that is no host. Returns 0, or
 * -errno with *error filled in; error->path is `path`.
 */
int host_list_read(struct host_list *list, const char *path,
		   struct input_error *error);

/* Does the same with text in memory. */
int host_list_parse(struct host_list *list, const char *text, size_t size,
		    const char *path, struct input_error *error);

void host_list_free(struct host_list *list);

#endif
