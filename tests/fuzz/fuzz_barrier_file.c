// SPDX-License-Identifier: GPL-2.0-only
/*
 * A report at the barrier. What was read from it can be written and read again.
 */
#include "fuzz.h"
#include "barrier/barrier_file.h"

static int parse(const void *data, size_t size, struct barrier_report *r)
{
	FILE *f = fmemopen((void *)data, size, "r");
	int ret;

	assert(f);
	memset(r, 0, sizeof(*r));
	ret = barrier_report_parse(f, r);
	fclose(f);
	return ret;
}

static char *print(const struct barrier_report *r, size_t *size)
{
	char *text = NULL;
	FILE *f = open_memstream(&text, size);

	assert(f);
	barrier_report_print(f, r);
	assert(!fclose(f));
	return text;
}

static void check_name(const struct barrier_name *a,
		       const struct barrier_name *b)
{
	assert(a->host[0] && !strcmp(a->host, b->host));
	assert(a->number == b->number && a->stamp_ns == b->stamp_ns);
	assert(a->call == b->call);
}

static void check_equal(const struct barrier_report *a,
			const struct barrier_report *b)
{
	check_name(&a->by, &b->by);
	assert(a->verdict == b->verdict && a->opens_ns == b->opens_ns);
	assert(!strcmp(a->note, b->note) && a->count == b->count);
	for (unsigned int i = 0; i < a->count; i++) {
		check_name(&a->peers[i].name, &b->peers[i].name);
		assert(a->peers[i].delay_ns == b->peers[i].delay_ns);
		assert(barrier_report_find(b, &a->peers[i].name));
	}
}

FUZZ(data, size)
{
	struct barrier_report r, again;
	char *text;
	int ret;

	if (!size)
		return;
	ret = parse(data, size, &r);
	assert(!ret || ret == -EINVAL);
	if (!ret) {
		assert(r.verdict <= BARRIER_TWICE);
		text = print(&r, &size);
		assert(!parse(text, size, &again));
		check_equal(&r, &again);
		free(again.peers);
		free(text);
	}
	free(r.peers);
}
