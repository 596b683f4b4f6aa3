/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A batch is some elements of fio's arrays. All processors parse a batch while
 * the caller cuts out the elements of the next.
 */
#ifndef SMALLFIO_FIO_JSON_BATCH_H
#define SMALLFIO_FIO_JSON_BATCH_H

#include "fio/fio_json.h"
#include "fio/json_split.h"

struct crew;

/* The owner zeroes it first, and frees it with fio_json_batch_free(). */
struct fio_json_batch {
	struct json_elements elements;
	struct fio_entry *entry;
	struct input_error *error;
	struct crew *crew;
	size_t count;
};

/*
 * Takes the complete elements from `split`, and begins to parse them. A batch
 * that was begun before must have ended. Returns 0 or -ENOMEM.
 */
int fio_json_batch_begin(struct fio_json_batch *batch,
			 struct json_split *split);

/*
 * Waits until all elements are parsed, and moves the entries into the result.
 * Does nothing if no batch was begun. Returns 0, or -errno with *error filled
 * in, but for its path. Of several errors it returns the first in the file.
 */
int fio_json_batch_end(struct fio_json_batch *batch, struct fio_result *result,
		       struct input_error *error);

/* Waits until nothing is parsed any more, and frees the batch. */
void fio_json_batch_free(struct fio_json_batch *batch);

#endif
