// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run/fingerprint.h"
#include "util/array.h"

#define KEY_MAX    512
#define FNV_OFFSET UINT64_C(0xcbf29ce484222325)
#define FNV_PRIME  UINT64_C(0x100000001b3)
#define UNSAID     "not given"

/* Options that do not affect file operations. '*' stands for any text. */
static const char *const irrelevant[] = {
	"directory",
	"filename",
	"name",
	"description",
	"write_*",
	"log_*",
	"per_job_logs",
	"gate",
	"gate_timeout",
	"disable_*",
	"percentile_list",
	"*_percentiles",
	"stonewall",
	"group_reporting",
	"chunk_log",
	"monitor",
	"host",
	"new_group",
	"wait_for",
	ENGINE_NOTE_SMALLFILE "*",
	ENGINE_NOTE_DISKWRITE "*",
	ENGINE_NOTE_CLIENT "*",
	LATENCY_NOTE_OPTION "*",
};

static bool is_irrelevant(const char *option)
{
	size_t i;

	for (i = 0; i < sizeof(irrelevant) / sizeof(*irrelevant); i++) {
		const char *name = irrelevant[i];
		size_t length = strlen(name), all = strlen(option);

		if (name[length - 1] == '*' &&
		    !strncmp(name, option, length - 1))
			return true;
		if (*name == '*' && all >= length - 1 &&
		    !strcmp(option + all - (length - 1), name + 1))
			return true;
		if (!strcmp(name, option))
			return true;
	}
	return false;
}

/* Returns the index where `key` is, or where it would be inserted. */
static size_t find(const struct fingerprint *f, const char *key, bool *found)
{
	size_t low = 0, high = f->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(f->item[middle].key, key) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	*found = low < f->count && !strcmp(f->item[low].key, key);
	return low;
}

static int insert(struct fingerprint *f, size_t at, const char *key,
		  char *value)
{
	char *copy = strdup(key);
	struct fingerprint_item *end =
		copy ? array_add(&f->item, &f->count) : NULL;
	struct fingerprint_item *item = f->item + at;

	if (!end) {
		free(copy);
		return -ENOMEM;
	}
	memmove(item + 1, item, (size_t)(end - item) * sizeof(*item));
	*item = (struct fingerprint_item){ copy, value };
	return 0;
}

int fingerprint_set(struct fingerprint *f, const char *key, const char *value)
{
	char *copy = strdup(value);
	bool found;
	size_t at = find(f, key, &found);
	int ret;

	if (!copy)
		return -ENOMEM;
	if (found) {
		free(f->item[at].value);
		f->item[at].value = copy;
		return 0;
	}
	ret = insert(f, at, key, copy);
	if (ret)
		free(copy);
	return ret;
}

const char *fingerprint_get(const struct fingerprint *f, const char *key)
{
	bool found;
	size_t at = find(f, key, &found);

	return found ? f->item[at].value : NULL;
}

static int add_options(struct fingerprint *f, const char *job,
		       const struct fio_options *options)
{
	char key[KEY_MAX];
	int ret = 0;

	for (size_t i = 0; i < options->count && !ret; i++) {
		const struct fio_option *option = &options->option[i];

		if (is_irrelevant(option->name))
			continue;
		snprintf(key, sizeof(key), "%s.%s", job, option->name);
		ret = fingerprint_set(f, key,
				      option->value ? option->value : "");
	}
	return ret;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Counts the hosts' names. Returns 0 or -ENOMEM. */
static int count_hosts(const struct fio_result *result, size_t *hosts)
{
	const char **name = calloc(result->entries + 1, sizeof(*name));

	if (!name)
		return -ENOMEM;
	for (size_t i = 0; i < result->entries; i++)
		name[i] = fio_json_host(&result->entry[i]);
	qsort(name, result->entries, sizeof(*name), compare_names);
	*hosts = 0;
	for (size_t i = 0; i < result->entries; i++)
		*hosts += !i || strcmp(name[i - 1], name[i]) != 0;
	free(name);
	return 0;
}

/*
 * Adds the first host's options. They stand for all, as all got one job file.
 */
static int add_jobs(struct fingerprint *f, const struct fio_result *result)
{
	size_t i;
	int ret = 0;

	for (i = 0; i < result->entries && !ret; i++) {
		const struct fio_entry *e = &result->entry[i];

		if (strcmp(fio_json_host(e),
			   fio_json_host(&result->entry[0])) != 0 ||
		    e->operation)
			continue;
		ret = fingerprint_set(f, e->job, "job");
		if (!ret)
			ret = add_options(f, e->job, &result->global);
		if (!ret)
			ret = add_options(f, e->job, &e->options);
	}
	return ret;
}

int fingerprint_build(struct fingerprint *f, const struct fio_result *result,
		      const struct environment *environment)
{
	size_t hosts;
	char text[32];
	int i, ret = count_hosts(result, &hosts);

	if (ret)
		return ret;
	snprintf(text, sizeof(text), "%zu", hosts);
	ret = fingerprint_set(f, "hosts", text);
	if (!ret && *result->version)
		ret = fingerprint_set(f, "fio", result->version);
	if (!ret)
		ret = add_jobs(f, result);
	for (i = 0; environment && i < ENVIRONMENT_FACTS && !ret; i++) {
		if (environment->fact[i][0])
			ret = fingerprint_set(f, environment_fact_names[i],
					      environment->fact[i]);
	}
	return ret;
}

/* Returns true for facts that are not of the job. A run may leave them out. */
static bool is_fact(const char *key)
{
	int i;

	if (!strcmp(key, "fio"))
		return true;
	for (i = 0; i < ENVIRONMENT_FACTS; i++) {
		if (!strcmp(key, environment_fact_names[i]))
			return true;
	}
	return false;
}

/* Notes an item that only one of the two has. Returns how many differ. */
static size_t only_one(const struct fingerprint_item *item, bool in_a,
		       struct notes *differences)
{
	if (is_fact(item->key))
		return 0;
	notes_add(differences, "%s: %s against %s", item->key,
		  in_a ? item->value : UNSAID, in_a ? UNSAID : item->value);
	return 1;
}

size_t fingerprint_compare(const struct fingerprint *a,
			   const struct fingerprint *b,
			   struct notes *differences)
{
	size_t i = 0, k = 0, count = 0;

	while (i < a->count || k < b->count) {
		int order = i == a->count ? 1
			    : k == b->count
				    ? -1
				    : strcmp(a->item[i].key, b->item[k].key);

		if (order < 0) {
			count += only_one(&a->item[i++], true, differences);
		} else if (order > 0) {
			count += only_one(&b->item[k++], false, differences);
		} else {
			if (strcmp(a->item[i].value, b->item[k].value) != 0) {
				notes_add(differences, "%s: %s against %s",
					  a->item[i].key, a->item[i].value,
					  b->item[k].value);
				count++;
			}
			i++;
			k++;
		}
	}
	return count;
}

static uint64_t hash_text(uint64_t hash, const char *text)
{
	/* The end of the string counts, too: "ab" "c" is not "a" "bc". */
	do {
		hash = (hash ^ (unsigned char)*text) * FNV_PRIME;
	} while (*text++);
	return hash;
}

uint64_t fingerprint_hash(const struct fingerprint *f)
{
	uint64_t hash = FNV_OFFSET;
	size_t i;

	for (i = 0; i < f->count; i++) {
		hash = hash_text(hash, f->item[i].key);
		hash = hash_text(hash, f->item[i].value);
	}
	return hash;
}

void fingerprint_free(struct fingerprint *f)
{
	size_t i;

	for (i = 0; i < f->count; i++) {
		free(f->item[i].key);
		free(f->item[i].value);
	}
	free(f->item);
	memset(f, 0, sizeof(*f));
}
