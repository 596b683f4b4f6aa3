// SPDX-License-Identifier: GPL-2.0-only
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "launch/job_file.h"

#define KIB 1024
/*
 * smallfile's threads look every hundred files whether another one is done.
 * fio's end at once. With few files a thread that starts a millisecond later
 * would do next to nothing.
 */
#define ENDS_LEAST_FILES 1000

static void put_whole(FILE *out, const char *name, uint64_t value)
{
	fprintf(out, "%s=%llu\n", name, (unsigned long long)value);
}

/* Sizes in KiB where they are whole, as smallfile's users know them. */
static void put_size(FILE *out, const char *name, uint64_t bytes)
{
	if (bytes % KIB)
		put_whole(out, name, bytes);
	else
		fprintf(out, "%s=%lluk\n", name,
			(unsigned long long)(bytes / KIB));
}

/* fio cuts off comments, and replaces what it knows behind '$'. */
static bool fits_job_file(const char *value)
{
	return !strpbrk(value, ";#$\"") && *value != ' ' &&
	       !(*value && value[strlen(value) - 1] == ' ');
}

/* Writes a text, or where in fio's environment it stands. */
static void put_text(FILE *out, const char *option, const char *value)
{
	if (*value && fits_job_file(value))
		fprintf(out, "%s=%s\n", option, value);
	else if (*value)
		fprintf(out,
			"# A job file cannot hold this text, but the "
			"environment can:\n"
			"# " JOB_FILE_VARIABLE "%s=%s\n"
			"%s=${" JOB_FILE_VARIABLE "%s}\n",
			option, value, option, option);
}

static void put_true(FILE *out, const char *name, bool value)
{
	if (value)
		fprintf(out, "%s=1\n", name);
}

/* What shapes the tree: the same for all phases and the clean-up. */
static void put_tree(const struct launch *l, FILE *out)
{
	fputs("[global]\nioengine=fio-smallfile.so\n", out);
	put_text(out, "directory", l->directory);
	fputs("# Threads, and the files of each.\n", out);
	put_whole(out, "numjobs", l->threads);
	put_whole(out, "files", l->files);
	put_whole(out, "files_per_dir", l->files_per_dir);
	if (l->dirs_per_dir > 1)
		put_whole(out, "dirs_per_dir", l->dirs_per_dir);
	put_true(out, "hash_into_dirs", l->hash_into_dirs);
	put_true(out, "same_dir", l->same_dir);
	put_text(out, "prefix", l->prefix);
	put_text(out, "suffix", l->suffix);
	if (l->servers.count && !l->servers.given)
		fputs("# host= is the name by which ssh reached the host: "
		      "SMALLFIO_HOST in its server's\n# environment.\n",
		      out);
}

/* smallfio run shows how far the run is. On a terminal fio does by itself. */
static void put_progress(const struct launch *l, FILE *out)
{
	fputs("# How far each host is. 0: it does not say.\n", out);
	put_whole(out, "progress_interval", l->servers.count ? 2 : 1);
}

/* All hosts begin a section together. */
static void put_barrier(const struct launch *l, FILE *out)
{
	if (!l->servers.count)
		return;
	fputs("# The hosts wait here for each other before each section.\n",
	      out);
	put_text(out, "gate", l->meet);
	put_whole(out, "gate_hosts", l->servers.count);
}

/*
 * Returns how many hosts from this one on differ only in a number that grows by
 * one. `head` and `digits` are lengths in the first name.
 */
static size_t count_range(const struct servers *s, size_t first, int *head,
			  int *digits)
{
	const char *name = s->server[first].name;
	char next[SERVERS_NAME_MAX + 24];
	unsigned long number;
	size_t count = 1;
	int tail = (int)strlen(name);

	while (tail && !isdigit((unsigned char)name[tail - 1]))
		tail--;
	*head = tail;
	/* A number of so few digits is never too large. */
	while (*head && tail - *head < 9 &&
	       isdigit((unsigned char)name[*head - 1]))
		--*head;
	*digits = tail - *head;
	if (!*digits)
		return 1;
	number = strtoul(name + *head, NULL, 10);
	for (; first + count < s->count; count++) {
		snprintf(next, sizeof(next), "%.*s%0*lu%s", *head, name,
			 *digits, number + count, name + tail);
		if (strcmp(next, s->server[first + count].name))
			break;
	}
	return count;
}

/*
 * Each host works on the files of the next one. Ranges keep the line short,
 * because fio's client cannot read a very long one.
 */
static void put_permuted(const struct launch *l, FILE *out)
{
	const struct servers *s = &l->servers;
	size_t count;

	for (size_t i = 0; i < s->count; i += count) {
		const char *name = s->server[i].name;
		int head, digits;

		count = count_range(s, i, &head, &digits);
		fputs(i ? ":" : "permute_hosts=", out);
		if (count == 1)
			fputs(name, out);
		else
			fprintf(out, "%.*s[%.*s-%.*s]%s", head, name, digits,
				name + head,
				(int)(strlen(s->server[i + count - 1].name) -
				      strlen(name)) +
					digits,
				s->server[i + count - 1].name + head,
				name + head + digits);
	}
	if (s->count)
		fputc('\n', out);
}

static void put_contents(const struct launch *l, FILE *out)
{
	if (!l->file_size)
		fputs("# fio knows no filesize=0.\nempty=1\n", out);
	else
		put_size(out, "filesize", l->file_size);
	if (l->distribution->value == LAUNCH_EXPONENTIAL)
		fputs("# On average an eighth of filesize=.\n"
		      "size_distribution=exponential\n",
		      out);
	if (l->record_size)
		put_size(out, "bs", l->record_size);
	if (l->incompressible)
		fputs("content=incompressible\n", out);
	if (l->xattr_size)
		put_whole(out, "xattr_size", l->xattr_size);
	if (l->xattr_count)
		put_whole(out, "xattr_count", l->xattr_count);
	put_true(out, "record_ctime_size", l->record_ctime_size);
	if (!l->verify_read)
		fputs("verify_read=0\n", out);
}

/*
 * A phase that changes half of the tree leaves a tree which no later operation
 * expects. With several phases fio's exit_what= has another use.
 */
bool job_file_ends_together(const struct launch *l)
{
	const struct operation *o = l->phase[0].operation;

	return l->phases == 1 && !l->rates && (o->reads || o->finishes) &&
	       l->stonewall && !l->finish && l->files >= ENDS_LEAST_FILES;
}

static void put_ways(const struct launch *l, FILE *out)
{
	put_true(out, "fsync_on_close", l->fsync);
	put_true(out, "phases", l->breakdown);
	if (l->pause_us)
		put_whole(out, "thinktime", l->pause_us);
	if (job_file_ends_together(l))
		fputs("# When one thread is done, the others of its section "
		      "end, except for create and mkdir.\nexitall=1\n",
		      out);
	if (l->phases > 1)
		fputs("# After a failure no other section begins.\n"
		      "exitall_on_error=1\nexit_what=all\n",
		      out);
	if (l->response_times)
		fputs("# Each latency is logged, with the time since 1970.\n"
		      "log_unix_epoch=1\ndisable_lat=1\ndisable_slat=1\n",
		      out);
}

/* fio's null engine does nothing; fio executes the command before it. */
static void put_drop(const struct launch_phase *phase, bool first, FILE *out)
{
	fprintf(out,
		"\n# The kernel forgets what it knows of files. This section "
		"is not in the result.\n"
		"[drop-caches-%s]\n%s"
		"ioengine=null\nrw=read\nnumjobs=1\nfilesize=1\nsize=1\n"
		"bs=1\nstats=0\n"
		"exec_prerun=sync && echo 3 >/proc/sys/vm/drop_caches\n",
		phase->name, first ? "" : "stonewall\n");
}

/* Operations of each thread begin when a schedule says, and not before. */
static void put_rate(const struct launch *l, FILE *out)
{
	put_whole(out, "rate_iops", l->rate_now);
	fputs("# A response time begins when the operation was due.\n"
	      "latency_from=schedule\ntime_based=1\n",
	      out);
	fprintf(out, "runtime=%llums\n",
		(unsigned long long)(l->seconds_ns / 1000000));
}

static void put_mix(const struct launch *l, FILE *out)
{
	put_text(out, "mix", l->mix);
	if (l->population)
		put_whole(out, "population", l->population);
	if (l->mix_distribution)
		put_text(out, "mix_distribution", l->mix_distribution);
}

static void put_phase(const struct launch *l, size_t i, FILE *out)
{
	const struct launch_phase *phase = &l->phase[i];

	if (phase->drops_caches)
		put_drop(phase, !i, out);
	fprintf(out, "\n# %s\n[%s]\n%soperation=%s\nrw=%s\n",
		phase->operation->help, phase->name,
		i || phase->drops_caches ? "stonewall\n" : "",
		phase->operation->name,
		phase->operation->reads ? "read" : "write");
	if (phase->operation == &operation_mix)
		put_mix(l, out);
	/* Files that the run makes itself are made by their own hosts. */
	if (l->permute_host_dirs && (i || !l->makes_tree))
		put_permuted(l, out);
	if (l->response_times)
		fprintf(out, "write_lat_log=%s\n", phase->name);
	if (l->rate_now && i + 1 == l->phases)
		put_rate(l, out);
}

int job_file_export(const struct launch *l)
{
	const char *const texts[][2] = { { "directory", l->directory },
					 { "prefix", l->prefix },
					 { "suffix", l->suffix },
					 { "gate", l->meet } };
	char name[64];
	int count = 0;

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		if (fits_job_file(texts[i][1]))
			continue;
		snprintf(name, sizeof(name), JOB_FILE_VARIABLE "%s",
			 texts[i][0]);
		setenv(name, texts[i][1], 1);
		count++;
	}
	return count;
}

void job_file_write(const struct launch *l, FILE *out)
{
	fprintf(out,
		"# Written by smallfio run. fio runs it without smallfio, too: "
		"fio job.fio\n"
		"# The options are explained in docs/options.md and "
		"fio-smallfile(7).\n\n");
	put_tree(l, out);
	put_contents(l, out);
	put_ways(l, out);
	put_progress(l, out);
	put_barrier(l, out);
	for (size_t i = 0; i < l->phases; i++)
		put_phase(l, i, out);
}

void job_file_write_given(const struct launch *l, FILE *out)
{
	FILE *job = fopen(l->job, "re");
	char block[4096];
	size_t n;

	fputs("# Written by smallfio run --rate-sweep: these lines, and then "
	      "the job file.\n"
	      "[global]\nioengine=fio-smallfile.so\n",
	      out);
	put_rate(l, out);
	putc('\n', out);
	while (job && (n = fread(block, 1, sizeof(block), job)) > 0)
		fwrite(block, 1, n, out);
	if (job)
		fclose(job);
}

void job_file_write_cleanup(const struct launch *l, FILE *out)
{
	put_tree(l, out);
	fputs("[cleanup]\noperation=cleanup\nrw=write\n", out);
	if (l->made)
		put_whole(out, "number_ios", l->made);
}
