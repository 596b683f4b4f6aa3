/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What two runs must have in common to be compared: fio, the jobs and their
 * options, the number of hosts, and the facts of environment.h. Options that
 * only say where files and logs go, or how much is printed, are left out.
 */
#ifndef SMALLFIO_FINGERPRINT_H
#define SMALLFIO_FINGERPRINT_H

#include <stddef.h>
#include <stdint.h>

#include "run/environment.h"
#include "fio/fio_json.h"
#include "util/notes.h"

struct fingerprint_item {
	char *key; /* "fio", "kernel", "create.filesize" */
	char *value;
};

/* Zeroed by its owner; ascending by key, each once. */
struct fingerprint {
	struct fingerprint_item *item;
	size_t count;
};

/* 0 or -ENOMEM. `environment` may be NULL. Free in any case. */
int fingerprint_build(struct fingerprint *fingerprint,
		      const struct fio_result *result,
		      const struct environment *environment);

/* Adds an item at its place; replaces the value of one that is there. */
int fingerprint_set(struct fingerprint *fingerprint, const char *key,
		    const char *value);

/* NULL: no such item. */
const char *fingerprint_get(const struct fingerprint *fingerprint,
			    const char *key);

/*
 * How many items differ; each is a line "kernel: 6.1 here, 6.2 there" in
 * `differences`. Facts of the environment that one of the two does not know
 * are no difference.
 */
size_t fingerprint_compare(const struct fingerprint *a,
			   const struct fingerprint *b,
			   struct notes *differences);

/*
 * 64 bits of all items (FNV-1a), equal for runs that are alike in everything
 * that is known of them.
 */
uint64_t fingerprint_hash(const struct fingerprint *fingerprint);

void fingerprint_free(struct fingerprint *fingerprint);

#endif
