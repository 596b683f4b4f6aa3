// SPDX-License-Identifier: GPL-2.0-only
/* smallfio run --rate-sweep: response times against rates. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/command.h"
#include "cli/run/run_session.h"
#include "launch/fio_child.h"
#include "launch/job_file.h"
#include "sweep/sweep_chart.h"
#include "run/run_bundle.h"
#include "util/shown.h"

static char *path_in(const char *directory, const char *name)
{
	char *path;

	return asprintf(&path, "%s/%s", directory, name) < 0 ? NULL : path;
}

/* Reads what fio measured, and adds it. `fio` is how it ended. */
static int take(struct run_session *s, struct sweep *sweep,
		const char *directory, int fio)
{
	struct run_bundle b = { 0 };
	char error[SWEEP_ERROR_MAX];
	int code = fio, ret;

	if (run_bundle_read(&b, directory, 0)) {
		/* A fio that failed has already said why there is none. */
		if (fio == EXIT_GOOD)
			code = cli_input_failed("run", &b.error);
		run_bundle_free(&b);
		return code;
	}
	run_session_note_made(s, &b.result);
	if (fio_child_interrupted()) {
		run_bundle_free(&b);
		return EXIT_INPUT;
	}
	ret = sweep_add(sweep, s->launch.rate_now, &b.result,
			b.files.results.result, error);
	if (ret == -EINVAL) {
		fprintf(stderr, "smallfio run: %s\n", error);
		code = EXIT_INPUT;
	} else if (ret) {
		code = run_session_fail("hold", "the figures", ret);
	} else {
		if (sweep->steps == 1)
			sweep_text_head(stdout, sweep);
		sweep_text_step(stdout, sweep, &sweep->step[sweep->steps - 1]);
		fflush(stdout);
	}
	run_bundle_free(&b);
	return code;
}

static int run_step(struct run_session *s, struct sweep *sweep)
{
	struct launch *l = &s->launch;
	char name[64], *directory;
	int code;

	snprintf(name, sizeof(name), "rate-%llu",
		 (unsigned long long)l->rate_now);
	directory = path_in(s->directory, name);
	if (!directory)
		return run_session_fail("make", name, -ENOMEM);
	code = mkdir(directory, 0777)
		       ? run_session_fail("make", directory, -errno)
		       : EXIT_GOOD;
	if (code == EXIT_GOOD)
		code = run_session_write_job(l, directory, FIO_CHILD_JOB,
					     l->job ? job_file_write_given
						    : job_file_write);
	if (code == EXIT_GOOD && !l->servers.count && !l->job)
		code = run_session_write_environment(s, directory);
	if (code == EXIT_GOOD)
		code = take(s, sweep, directory, run_session_fio(s, directory));
	free(directory);
	return code;
}

static int write_figures(const struct run_session *s, const struct sweep *sweep)
{
	char *path = path_in(s->directory, "sweep.json");
	struct output output;
	int code;

	if (!path)
		return run_session_fail("write", "sweep.json", -ENOMEM);
	code = cli_output_begin(&output, "run", path);
	if (code == EXIT_GOOD)
		code = cli_output_end(&output, "run", path,
				      sweep_json(output.file, sweep));
	free(path);
	return code;
}

/* Of a single rate there is no picture. */
static int draw(const struct run_session *s, const struct sweep *sweep)
{
	char *path = path_in(s->directory, "sweep.svg");
	struct output output;
	int code, ret;

	if (!path)
		return run_session_fail("write", "sweep.svg", -ENOMEM);
	code = cli_output_begin(&output, "run", path);
	ret = code == EXIT_GOOD ? sweep_draw(output.file, sweep) : 0;
	if (ret == -ENODATA)
		output_abandon(&output);
	else if (code == EXIT_GOOD)
		code = cli_output_end(&output, "run", path, ret);
	free(path);
	return code;
}

static int finish(const struct run_session *s, const struct sweep *sweep)
{
	int code = EXIT_GOOD, wrote;

	sweep_text_end(stdout, sweep);
	for (size_t i = 0; i < sweep->steps; i++)
		if (sweep->step[i].invalid)
			code = EXIT_INPUT;
	if (!sweep->steps)
		return EXIT_INPUT;
	wrote = write_figures(s, sweep);
	if (wrote == EXIT_GOOD)
		wrote = draw(s, sweep);
	if (wrote != EXIT_GOOD || code != EXIT_GOOD)
		return wrote != EXIT_GOOD ? wrote : code;
	if (sweep_highest(sweep))
		return EXIT_GOOD;
	return sweep_is_unknown(sweep, &sweep->step[0]) ? EXIT_TOO_LITTLE
							: EXIT_GATE;
}

static int check_job(const char *path)
{
	struct stat job;

	if (!path)
		return EXIT_GOOD;
	if (access(path, R_OK) || stat(path, &job))
		return run_session_fail("read", path, -errno);
	return S_ISREG(job.st_mode) ? EXIT_GOOD
				    : run_session_fail("read", path, -EINVAL);
}

int run_session_sweep(struct run_session *s)
{
	struct launch *l = &s->launch;
	char error[LIMIT_ERROR_MAX];
	struct limit limit;
	struct sweep sweep = {
		.seconds = (double)l->seconds_ns / 1e9,
		.limit = l->limit ? &limit : NULL,
	};
	int code = check_job(l->job), done;

	if (l->limit)
		sweep_limit_parse(&limit, l->limit, error);

	for (size_t i = 0; i < l->rates && code == EXIT_GOOD; i++) {
		/* What was left at one rate is not there for the next. */
		if (i && l->makes_tree)
			code = run_session_clean_up(s);
		l->rate_now = l->rate[i];
		if (code == EXIT_GOOD)
			code = run_step(s, &sweep);
		sweep.interrupted = fio_child_interrupted();
	}
	done = finish(s, &sweep);
	sweep_free(&sweep);
	return code != EXIT_GOOD ? code : done;
}
