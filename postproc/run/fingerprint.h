/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A fingerprint holds what two runs must have in common to be compared: fio's
 * version, the jobs and their options, the number of hosts, and the facts of
 * environment.h. Options that only say where files and logs go, or how much is
 * printed, are left out.
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

/*
 * The owner zeroes it first. Items are in ascending order of their keys, and
 * each key occurs once.
 */
struct fingerprint {
	struct fingerprint_item *item;
	size_t count;
};

/*
 * Makes the fingerprint of a run. `environment` may be NULL. Returns 0 or
 * -ENOMEM. The caller calls fingerprint_free() in either case.
 */
int fingerprint_build(struct fingerprint *fingerprint,
		      const struct fio_result *result,
		      const struct environment *environment);

/*
 * Adds an item, or replaces the value of the item with that key. Returns 0 or
 * -ENOMEM.
 */
int fingerprint_set(struct fingerprint *fingerprint, const char *key,
		    const char *value);

/* The value of an item. NULL: there is no such item. */
const char *fingerprint_get(const struct fingerprint *fingerprint,
			    const char *key);

/*
 * Returns how many items differ. Each becomes a line of `differences`, such as
 * "kernel: 6.1 here, 6.2 there". A fact of the environment that one of the two
 * does not know is no difference.
 */
size_t fingerprint_compare(const struct fingerprint *a,
			   const struct fingerprint *b,
			   struct notes *differences);

/*
 * A hash of all items (FNV-1a, 64 bits). It is equal for runs whose
 * fingerprints are equal.
 */
uint64_t fingerprint_hash(const struct fingerprint *fingerprint);

void fingerprint_free(struct fingerprint *fingerprint);

#endif
