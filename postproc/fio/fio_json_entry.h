/* SPDX-License-Identifier: GPL-2.0-only */
/* The parts of fio_json_read.c that know the members of fio's objects. */
#ifndef SMALLFIO_FIO_JSON_ENTRY_H
#define SMALLFIO_FIO_JSON_ENTRY_H

#include "fio/fio_json.h"

/*
 * Parses one element of "jobs" or "client_stats", which begins in `line`.
 * entry->job stays NULL where fio reports nothing (stats=0). On failure
 * *error is filled in, but for its path. The caller frees the entry in any
 * case.
 */
void fio_json_entry_parse(struct fio_entry *entry, const char *text,
			  size_t size, uint64_t line,
			  struct input_error *error);

#define FIO_OLDEST_MAJOR 3

/*
 * The members beside the entries, of the object that begins in `line`. 0 or
 * -errno with *error filled in.
 */
int fio_json_head_parse(struct fio_result *result, const json_t *root,
			uint64_t line, struct input_error *error);

/* Of "fio-2.16": it is older than what is read. */
bool fio_json_is_old(const char *version);

/* Says so of the object that begins in `line`. */
int fio_json_fail_old(struct input_error *error, const char *version,
		      uint64_t line);

/* Leaves all zeros. */
void fio_json_entry_free(struct fio_entry *entry);

#endif
