// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "cli/run/run_rsptimes.h"

#define LINE_BYTES 256

static int fail(struct input_error *error, const char *what)
{
	return input_error_set(error, INPUT_UNREADABLE, 0, 0,
			       "cannot write smallfile's form of the latencies "
			       "(%s): %s",
			       what, strerror(errno));
}

/* fio calls this machine localhost, and smallfile by its name. */
static const char *host_of(const struct scope *scope,
			   const struct utsname *here)
{
	return strcmp(scope->host, "localhost") ? scope->host : here->nodename;
}

static FILE *open_file(const struct phase *phase, const struct scope *scope,
		       const char *directory)
{
	struct utsname here;
	FILE *file = NULL;
	char *path;

	if (uname(&here) ||
	    asprintf(&path, "%s/rsptimes_%02ld_%s_%s_%.6f.csv", directory,
		     scope->thread, host_of(scope, &here), phase->operation,
		     (double)scope->log->start_ns * 1e-9) < 0)
		return NULL;
	file = fopen(path, "wxe");
	free(path);
	return file;
}

/* fio's line begins with ms since 1970 and the latency in ns. */
static int convert(const struct phase *phase, const struct scope *scope,
		   FILE *in, FILE *out)
{
	char line[LINE_BYTES];
	int64_t ms, latency_ns;

	while (fgets(line, sizeof(line), in)) {
		double start_s;

		if (sscanf(line, "%" SCNd64 ", %" SCNd64, &ms, &latency_ns) !=
		    2) {
			errno = EINVAL;
			return -EINVAL;
		}
		start_s = (double)(ms * LOG_TIMES_UNIT_NS - latency_ns -
				   scope->log->start_ns) *
			  1e-9;
		fprintf(out, "%s, %.6f, %.6f\n", phase->operation,
			start_s > 0 ? start_s : 0, (double)latency_ns * 1e-9);
	}
	return ferror(in) ? -EIO : 0;
}

static int write_thread(const struct phase *phase, const struct scope *scope,
			const char *directory, struct input_error *error)
{
	FILE *in = fopen(scope->log->path, "re");
	FILE *out = in ? open_file(phase, scope, directory) : NULL;
	int ret = 0;

	if (!out || convert(phase, scope, in, out))
		ret = fail(error, phase->job);
	if (out && fclose(out) && !ret)
		ret = fail(error, phase->job);
	if (in)
		fclose(in);
	return ret;
}

int run_rsptimes_write(const struct result *result, const char *directory,
		       struct input_error *error)
{
	int ret = 0;

	if (mkdir(directory, 0777))
		return fail(error, "the directory");
	for (size_t i = 0; i < result->phases; i++) {
		const struct phase *phase = &result->phase[i];

		for (size_t j = 0; j < phase->threads && !ret; j++)
			if (phase->thread[j].log)
				ret = write_thread(phase, &phase->thread[j],
						   directory, error);
	}
	return ret;
}
