// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fio/fio_json_batch.h"
#include "fio/fio_json_entry.h"
#include "util/parallel.h"

static void parse_one(void *context, size_t i)
{
	struct fio_json_batch *b = context;
	const struct json_element *e = &b->elements.element[i];

	fio_json_entry_parse(&b->entry[i], b->elements.text.data + e->offset,
			     e->size, e->line, &b->error[i]);
}

int fio_json_batch_begin(struct fio_json_batch *batch, struct json_split *split)
{
	size_t n;

	if (json_split_take(split, &batch->elements))
		return -ENOMEM;
	n = batch->elements.count;
	batch->entry = calloc(n + 1, sizeof(*batch->entry));
	batch->error = calloc(n + 1, sizeof(*batch->error));
	if (!batch->entry || !batch->error)
		return -ENOMEM;
	batch->count = n;
	if (n == 1)
		parse_one(batch, 0); /* not worth a thread */
	else
		batch->crew = crew_start(n, parse_one, batch);
	return 0;
}

/* Keeps an entry FIO_ALL_CLIENTS. If there are several, the last counts. */
static int keep_sum(struct fio_result *result, const struct fio_entry *sum)
{
	if (!result->all_clients)
		result->all_clients = malloc(sizeof(*sum));
	else
		fio_json_entry_free(result->all_clients);
	if (!result->all_clients)
		return -ENOMEM;
	*result->all_clients = *sum;
	return 0;
}

static int keep(struct fio_result *result, struct fio_entry *entry)
{
	int ret = 0;

	if (!entry->job) {
		result->unreported++;
		fio_json_entry_free(entry);
	} else if (!strcmp(entry->job, FIO_ALL_CLIENTS)) {
		ret = keep_sum(result, entry);
	} else {
		result->entry[result->entries++] = *entry;
	}
	if (!ret)
		memset(entry, 0, sizeof(*entry));
	return ret;
}

static int keep_all(struct fio_json_batch *batch, struct fio_result *result,
		    struct input_error *error)
{
	struct fio_entry *grown;
	size_t i;

	for (i = 0; i < batch->count; i++) {
		if (batch->error[i].code == INPUT_OK)
			continue;
		*error = batch->error[i];
		return error->code == INPUT_NO_MEMORY ? -ENOMEM : -EINVAL;
	}
	grown = reallocarray(result->entry, result->entries + batch->count + 1,
			     sizeof(*grown));
	if (!grown)
		return input_error_no_memory(error);
	result->entry = grown;
	for (i = 0; i < batch->count; i++) {
		if (keep(result, &batch->entry[i]))
			return input_error_no_memory(error);
	}
	return 0;
}

/* Waits for the parsing and drops the entries. The batch can begin again. */
static void clear(struct fio_json_batch *batch)
{
	size_t i;

	crew_wait(batch->crew);
	batch->crew = NULL;
	for (i = 0; i < batch->count; i++)
		fio_json_entry_free(&batch->entry[i]);
	free(batch->entry);
	free(batch->error);
	batch->entry = NULL;
	batch->error = NULL;
	batch->count = 0;
}

int fio_json_batch_end(struct fio_json_batch *batch, struct fio_result *result,
		       struct input_error *error)
{
	int ret;

	crew_wait(batch->crew);
	batch->crew = NULL;
	ret = batch->count ? keep_all(batch, result, error) : 0;
	clear(batch);
	return ret;
}

void fio_json_batch_free(struct fio_json_batch *batch)
{
	clear(batch);
	json_elements_free(&batch->elements);
}
