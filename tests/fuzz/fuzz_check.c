// SPDX-License-Identifier: GPL-2.0-only
/* What hosts answer to smallfio check, and the job files that it copies. */
#include "cluster/check_job.h"
#include "cluster/check_table.h"
#include "fuzz.h"

static void read_answer(const char *text, size_t size)
{
	static const struct listed_host listed = { (char *)"h", NULL, 0 };
	struct check_probe probe = { .host = &listed,
				     .text = (char *)text,
				     .size = size };
	struct check_host host = { 0 };
	char *table = NULL;
	size_t room;
	FILE *out = open_memstream(&table, &room);

	assert(out && !check_host_read(&host, &probe, "fio-3.33", 30));
	check_hosts_compare(&host, 1);
	/*
	 * A host that did not say that it can run the job must have a problem.
	 */
	assert(host.loads || host.problems.count);
	check_table_print(out, &host, 1);
	assert(!fclose(out));
	check_host_free(&host);
	free(table);
}

static void copy_job(const char *text, size_t size)
{
	struct input_error error = { 0 };
	struct notes notes = { 0 };
	char *copy = NULL;
	size_t room;
	FILE *in = fmemopen((void *)text, size, "r");
	FILE *out = open_memstream(&copy, &room);
	int ret;

	assert(in && out);
	ret = check_job_copy_from(in, out, &notes, &error);
	assert(!fclose(out));
	fclose(in);
	assert(ret || strstr(copy, "preflight=1\n"));
	notes_free(&notes);
	free(copy);
}

FUZZ(data, size)
{
	char *text = malloc(size + 1);

	assert(text);
	memcpy(text, data, size);
	text[size] = 0;
	/* Text that is read from a host ends at a zero byte. */
	read_answer(text, size);
	if (size && !memchr(text, 0, size))
		copy_job(text, size);
	free(text);
}
