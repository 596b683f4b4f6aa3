/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Elements of fio's arrays that are parsed, on all processors, while the next
 * ones are cut out.
 */
#ifndef SMALLFIO_FIO_JSON_BATCH_H
#define SMALLFIO_FIO_JSON_BATCH_H

#include "fio/fio_json.h"
#include "fio/json_split.h"

struct crew;

/* All zeros to begin with; free with fio_json_batch_free(). */
struct fio_json_batch {
	struct json_elements elements;
	struct fio_entry *entry;
	struct input_error *error;
	struct crew *crew;
	size_t count;
};

/*
 * Takes the elements that are complete from `split` and begins to parse them.
 * The batch is one that has ended. 0 or -ENOMEM.
 */
int fio_json_batch_begin(struct fio_json_batch *batch,
			 struct json_split *split);

/*
 * Waits until all are parsed, and moves the entries into the result. Of several
 * errors the first in the file is returned. Without a begun batch it does
 * nothing. 0 or -errno with *error filled in, but for its path.
 */
int fio_json_batch_end(struct fio_json_batch *batch, struct fio_result *result,
		       struct input_error *error);

/* Waits for what is being parsed. */
void fio_json_batch_free(struct fio_json_batch *batch);

#endif
