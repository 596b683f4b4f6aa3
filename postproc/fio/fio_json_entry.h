/* SPDX-License-Identifier: GPL-2.0-only */
/* Parses the members of fio's objects, for fio_json_read.c. */
#ifndef SMALLFIO_FIO_JSON_ENTRY_H
#define SMALLFIO_FIO_JSON_ENTRY_H

#include "fio/fio_json.h"

/*
 * Parses one element of "jobs" or "client_stats", which begins in `line`.
 * entry->job stays NULL where fio reports nothing (stats=0). After a failure
 * *error is filled in, but for its path. The caller frees the entry in any
 * case.
 */
void fio_json_entry_parse(struct fio_entry *entry, const char *text,
			  size_t size, uint64_t line,
			  struct input_error *error);

#define FIO_OLDEST_MAJOR 3

/*
 * Parses the members beside the entries, of the object that begins in `line`.
 * Returns 0, or -errno with *error filled in.
 */
int fio_json_head_parse(struct fio_result *result, const json_t *root,
			uint64_t line, struct input_error *error);

/* Whether a version such as "fio-2.16" is too old to be read. */
bool fio_json_is_old(const char *version);

/* Fills *error: the object that begins in `line` is of a fio too old. */
int fio_json_fail_old(struct input_error *error, const char *version,
		      uint64_t line);

/* Frees what is in an entry, and zeroes it. */
void fio_json_entry_free(struct fio_entry *entry);

#endif
