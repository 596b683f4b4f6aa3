/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A list of hosts, as fio --client=FILE reads it: words divided by blanks or
 * line ends, each a host as at --client. That is HOST, HOST,PORT, ip:HOST,
 * ip4:HOST or ip6:HOST, each with or without ,PORT, or sock:PATH. fio knows no
 * comments; neither does this, and says so.
 */
#ifndef SMALLFIO_HOST_LIST_H
#define SMALLFIO_HOST_LIST_H

#include <stdbool.h>
#include <stddef.h>

#include "util/input_error.h"

#define HOST_LIST_PORT     8765 /* fio's own */
#define HOST_LIST_NAME_MAX 255

struct listed_host {
	char *typed; /* as it is given to --client */
	char *name;  /* as fio's JSON and logs have it */
	long port;   /* HOST_LIST_PORT if none was given; 0 for a socket */
};

/* Zeroed by its owner; freed with host_list_free() in any case. */
struct host_list {
	struct listed_host *host;
	size_t count;
};

/*
 * Reads the file. An empty list, a host named twice (with one port), a bad
 * port and a word that is no host are errors. 0 or -errno with *error filled
 * in; error->path is `path`.
 */
int host_list_read(struct host_list *list, const char *path,
		   struct input_error *error);

/* The same from memory. */
int host_list_parse(struct host_list *list, const char *text, size_t size,
		    const char *path, struct input_error *error);

void host_list_free(struct host_list *list);

#endif
