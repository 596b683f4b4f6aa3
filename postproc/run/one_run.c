// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>
#include <string.h>

#include "run/one_run.h"

/* An operation of a host, and the file that has it. */
struct claim {
	char host[NAME_MAX + 1];
	const char *operation;
	size_t file;
};

int one_run_fail(struct input_error *error, size_t found, const char *first,
		 const char *second)
{
	error->path = NULL;
	return input_error_set(error, INPUT_RUN, 0, 0,
			       "expected one run, found fio's JSON of %zu: "
			       "%.200s, %.200s%s; " INPUTS_ONE_RUN_ADVICE,
			       found, first, second, found > 2 ? ", ..." : "");
}

static int compare_claims(const void *a, const void *b)
{
	const struct claim *l = a, *r = b;
	int order = strcmp(l->operation, r->operation);

	if (!order)
		order = strcmp(l->host, r->host);
	return order ? order : (l->file > r->file) - (l->file < r->file);
}

static struct claim *make_claims(const struct fio_results *results, size_t *n)
{
	struct claim *claim;
	size_t i, k, entries = 0;

	for (i = 0; i < results->count; i++)
		entries += results->result[i].entries;
	claim = calloc(entries + 1, sizeof(*claim));
	*n = 0;
	for (i = 0; i < results->count && claim; i++) {
		const struct fio_result *result = &results->result[i];

		for (k = 0; k < result->entries; k++) {
			const struct fio_entry *entry = &result->entry[k];
			struct claim *c = &claim[(*n)++];

			fio_json_server(entry, c->host, sizeof(c->host));
			c->operation =
				results->how.by_job
					? entry->job
					: fio_json_operation(result, entry);
			c->file = i;
		}
	}
	return claim;
}

int one_run_check(const struct fio_results *results,
		  const struct inputs *inputs, struct input_error *error)
{
	struct claim *claim;
	size_t i, n;
	int ret = 0;

	if (results->count < 2)
		return 0;
	claim = make_claims(results, &n);
	if (!claim)
		return input_error_no_memory(error);
	qsort(claim, n, sizeof(*claim), compare_claims);
	for (i = 1; i < n && !ret; i++) {
		const struct claim *a = &claim[i - 1], *b = &claim[i];

		if (!strcmp(a->operation, b->operation) &&
		    !strcmp(a->host, b->host) && a->file != b->file)
			ret = one_run_fail(error, results->count,
					   inputs->json[a->file].path,
					   inputs->json[b->file].path);
	}
	free(claim);
	return ret;
}
