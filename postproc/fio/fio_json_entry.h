/* SPDX-License-Identifier: GPL-2.0-only */
/* Reads the entries in fio's objects, for fio_json_read.c. */
#ifndef SMALLFIO_FIO_JSON_ENTRY_H
#define SMALLFIO_FIO_JSON_ENTRY_H

#include "fio/fio_json.h"
#include "fio/json_in.h"

/*
 * Reads one element of "jobs" or "client_stats". entry->job stays NULL where
 * fio reports nothing (stats=0). Returns 0, or -errno with *json->error filled
 * in, but for its path. -EBADMSG: the element was read to its end, but its
 * figures do not fit each other, and a part of them is left out. The caller
 * zeroes the entry first, and frees it in any case.
 */
int fio_json_entry_read(struct fio_entry *entry, struct json_in *json);

/* Reads an object of options. Returns 0 or -errno. */
int fio_options_read(struct fio_options *options, struct json_in *json);

/* The value of an option; NULL: it is not given, or is no text. */
const char *fio_options_find(const struct fio_options *options,
			     const char *name);

void fio_options_free(struct fio_options *options);

/* Frees what is in an entry, and zeroes it. */
void fio_json_entry_free(struct fio_entry *entry);

#endif
