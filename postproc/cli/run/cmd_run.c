// SPDX-License-Identifier: GPL-2.0-only
/* smallfio run: smallfile's command line, on fio. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/command.h"
#include "cli/run/run_options.h"
#include "cli/run/run_session.h"
#include "launch/fio_child.h"
#include "launch/job_file.h"
#include "run/run_bundle.h"
#include "util/shown.h"

#define PILOT_FILES   64
#define PILOT_LEAST_S 0.2
#define PILOT_TRIES   8
#define HELP_COLUMNS  76

static const char usage[] =
	"usage: smallfio run [OPTION...] [-- FIO-OPTION...]\n"
	"\n"
	"Does what smallfile's options ask for: writes a job file, runs fio, "
	"and prints\n"
	"smallfile's lines and whether the figures can be trusted. A Y/N "
	"option also takes\n"
	"yes, no, true, false, 1 and 0.\n"
	"\n";

static const char footer[] =
	"\n"
	"What stands behind -- is given to fio, such as --direct=1.\n"
	"\n"
	"Exit codes: 0 all was done; the verdict says whether that was long "
	"enough to tell\n"
	"rates; 1 no rate of --rate-sweep holds; 2 wrong usage; 3 not valid, or "
	"fio\n"
	"failed; 4 less than 70 % was done.\n";

/* --- the whole ----------------------------------------------------------- */

/* The directory of the sample: the run's own where there is only one. */
static char *sample_directory(const struct run_session *s)
{
	char *directory = NULL;

	if (s->launch.samples == 1)
		return strdup(s->directory);
	if (asprintf(&directory, "%s/sample-%zu", s->directory, s->sample + 1) <
	    0)
		return NULL;
	if (!mkdir(directory, 0777))
		return directory;
	run_session_fail("make", directory, -errno);
	free(directory);
	return NULL;
}

static void worst(struct run_session *s, int code)
{
	/* 3 says more than 4: a figure is wrong. */
	if (s->code == EXIT_GOOD || (code && code < s->code))
		s->code = code;
}

static int run_sample(struct run_session *s)
{
	char *directory = sample_directory(s);
	int code;

	if (!directory)
		return EXIT_INPUT;
	code = run_session_write_job(&s->launch, directory, FIO_CHILD_JOB,
				     job_file_write);
	if (code == EXIT_GOOD && !s->launch.servers.count)
		code = run_session_write_environment(s, directory);
	if (code == EXIT_GOOD)
		code = run_session_print_result(s, directory,
						run_session_fio(s, directory));
	free(directory);
	return code;
}

static int run_samples(struct run_session *s)
{
	const struct launch *l = &s->launch;
	int code = EXIT_GOOD;

	for (s->sample = 0; s->sample < l->samples; s->sample++) {
		/* What an earlier sample left is not there for the next. */
		if (s->sample && l->makes_tree)
			code = run_session_clean_up(s);
		if (code == EXIT_GOOD)
			code = run_sample(s);
		worst(s, code);
		if (code == EXIT_INPUT || fio_child_interrupted())
			return code;
		code = EXIT_GOOD;
	}
	if (l->samples > 1)
		run_session_print_samples(s);
	return s->code;
}

/* --- how many files ------------------------------------------------------ */

/*
 * Runs with so many files, and sets *seconds to how long the longest operation
 * took.
 */
static int pilot_once(struct run_session *s, uint64_t files, double *seconds)
{
	struct run_bundle b = { 0 };
	char *directory;
	int code;

	s->launch.files = files;
	if (asprintf(&directory, "%s/pilot-%llu", s->directory,
		     (unsigned long long)files) < 0)
		return run_session_fail("make", "pilot", -ENOMEM);
	code = mkdir(directory, 0777)
		       ? run_session_fail("make", directory, -errno)
		       : EXIT_GOOD;
	if (code == EXIT_GOOD)
		code = run_session_write_job(&s->launch, directory,
					     FIO_CHILD_JOB, job_file_write);
	if (code == EXIT_GOOD)
		code = run_session_fio(s, directory);
	if (code == EXIT_GOOD || fio_child_interrupted()) {
		if (run_bundle_read(&b, directory, 0))
			code = cli_input_failed("run", &b.error);
		else
			run_session_note_made(s, &b.result);
	}
	*seconds = 0;
	for (size_t i = 0; code == EXIT_GOOD && i < b.result.phases; i++)
		*seconds = fmax(*seconds,
				(double)b.result.phase[i].cluster.elapsed_s);
	run_bundle_free(&b);
	free(directory);
	return code == EXIT_GOOD ? run_session_clean_up(s) : code;
}

/* Chooses the number of files for --seconds. */
static int choose_files(struct run_session *s)
{
	double wanted = (double)s->launch.seconds_ns * 1e-9, seconds = 0;
	double least = fmin(PILOT_LEAST_S, wanted / 2);
	uint64_t files = PILOT_FILES;
	int code = EXIT_GOOD;

	for (int i = 0; i < PILOT_TRIES && code == EXIT_GOOD; i++) {
		code = pilot_once(s, files, &seconds);
		if (fio_child_interrupted())
			return EXIT_INPUT;
		if (seconds >= least)
			break;
		files *= 8;
	}
	if (code != EXIT_GOOD)
		return code;
	s->launch.files = (uint64_t)fmax(1, ceil((double)s->launch.files *
						 wanted / fmax(seconds, 1e-3)));
	fprintf(stderr, "smallfio run: --files %llu, for about %g s\n",
		(unsigned long long)s->launch.files, wanted);
	return EXIT_GOOD;
}

/* --- begin and end ------------------------------------------------------- */

static int make_top(const char *top)
{
	struct stat there;
	int ret = mkdir(top, 0777) ? -errno : 0;

	if (ret == -EEXIST && !stat(top, &there))
		ret = S_ISDIR(there.st_mode) ? 0 : -ENOTDIR;
	if (ret == -ENOENT)
		fprintf(stderr,
			"smallfio run: nor is the directory above %s there: "
			"is the file system mounted?\n",
			shown(top));
	return ret ? run_session_fail("make", top, ret) : EXIT_GOOD;
}

/* fio takes only directories that are there. */
static int make_tops(const struct launch *l)
{
	const char *p = l->top;
	int code = EXIT_GOOD;

	while (*p && code == EXIT_GOOD) {
		size_t length = strcspn(p, ",");
		char *top = strndup(p, length);

		if (!top)
			return run_session_fail("make", l->top, -ENOMEM);
		code = make_top(top);
		free(top);
		p += length + (p[length] == ',');
	}
	return code;
}

/* Another run that began in the same second may have the name. */
static int make_directory_of_now(struct run_session *s)
{
	char name[64], number[16] = "";
	time_t now = time(NULL);
	struct tm utc;
	int n = 1;

	strftime(name, sizeof(name), "smallfio-run-%Y%m%dT%H%M%SZ",
		 gmtime_r(&now, &utc));
	do {
		free(s->directory);
		if (asprintf(&s->directory, "%s%s", name, number) < 0) {
			s->directory = NULL;
			return -ENOMEM;
		}
		if (!mkdir(s->directory, 0777))
			return 0;
		snprintf(number, sizeof(number), "-%d", ++n);
	} while (errno == EEXIST);
	return -errno;
}

static int make_directory(struct run_session *s)
{
	int ret;

	if (!s->launch.run_dir) {
		ret = make_directory_of_now(s);
		if (ret)
			fputs("smallfio run: --run-dir names a place for what "
			      "is measured\n",
			      stderr);
	} else {
		s->directory = strdup(s->launch.run_dir);
		ret = s->directory ? 0 : -ENOMEM;
		if (!ret && mkdir(s->directory, 0777))
			ret = -errno;
	}
	return ret ? run_session_fail(
			     "make",
			     s->directory ? s->directory : "a directory", ret)
		   : EXIT_GOOD;
}

/*
 * Removes the tree, unless it may be another run's: a file was there before, or
 * fio could not say what it had made.
 */
static int clean_up_own(struct run_session *s)
{
	if (s->owns_tree || !s->launch.makes_tree)
		return run_session_clean_up(s);
	fputs("smallfio run: the files stay, because they may be those of an "
	      "earlier run; --operation cleanup with the same options removes "
	      "them\n",
	      stderr);
	return EXIT_INPUT;
}

/* After ^C: what the run has made goes. */
static int after_interrupt(struct run_session *s)
{
	fprintf(stderr,
		"smallfio run: interrupted; what was measured is in "
		"%s\n",
		shown(s->directory));
	if (!s->launch.makes_tree || s->launch.keep_tree)
		return EXIT_INPUT;
	fio_child_go_on();
	fputs("smallfio run: removing the files; --keep-tree keeps them\n",
	      stderr);
	clean_up_own(s);
	return EXIT_INPUT;
}

static int run(struct run_session *s)
{
	bool hosts = s->launch.servers.count;
	int code = EXIT_GOOD, cleaned;

	if (hosts)
		code = run_hosts_start(s);
	else if (!s->launch.job)
		code = make_tops(&s->launch);

	if (code == EXIT_GOOD)
		code = make_directory(s);
	if (code == EXIT_GOOD && hosts)
		code = run_hosts_check(s);
	if (code == EXIT_GOOD && s->launch.seconds_ns && !s->launch.rates)
		code = choose_files(s);
	if (code != EXIT_GOOD && !fio_child_interrupted())
		return code;
	if (code == EXIT_GOOD)
		code = s->launch.rates ? run_session_sweep(s) : run_samples(s);
	if (fio_child_interrupted())
		return after_interrupt(s);
	if (s->launch.cleanup && !s->over) {
		cleaned = clean_up_own(s);
		code = code == EXIT_GOOD ? cleaned : code;
	}
	printf("results in %s\n", shown(s->directory));
	if (s->launch.response_times)
		printf("for statistics of response times: smallfio stats %s\n",
		       shown(s->directory));
	return code;
}

/* A result that cannot be written should not come after hours of measuring. */
static int check_output(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *directory =
		slash ? strndup(path, (size_t)(slash - path) + 1) : NULL;
	int code = EXIT_GOOD;

	if (directory && access(directory, X_OK))
		code = run_session_fail("write", path, -errno);
	free(directory);
	return code;
}

static int begin(struct run_session *s)
{
	struct launch *l = &s->launch;
	struct notes notes = { 0 };
	char error[LAUNCH_ERROR_MAX];
	int code;

	if (launch_plan(l, error))
		return cli_usage_error("run", error);
	launch_note_gone(l, &notes);
	cli_print_notes("run", &notes);
	notes_free(&notes);
	if (job_file_export(l) && l->use_servers)
		return cli_usage_error("run", "with --servers no name may "
					      "have one of ;#$\" or a blank "
					      "at its end");
	if (l->print_job) {
		l->rate_now = l->rates ? l->rate[0] : 0;
		job_file_write(l, stdout);
		return EXIT_GOOD;
	}
	if (l->servers.count && s->arguments)
		return cli_usage_error("run", "fio sends no options to hosts: "
					      "with --host-set nothing may "
					      "stand behind --");
	if (l->drop_caches && !l->servers.count && geteuid() != 0) {
		fputs("smallfio run: --drop-caches needs root\n", stderr);
		return EXIT_USAGE;
	}
	if (l->output_json && check_output(l->output_json) != EXIT_GOOD)
		return EXIT_INPUT;
	s->terminal = isatty(STDERR_FILENO);
	s->rate = calloc(l->samples * l->phases, sizeof(*s->rate));
	code = s->rate ? run(s)
		       : run_session_fail("hold", "the samples", -ENOMEM);
	run_hosts_end(s);
	free(s->rate);
	free(s->directory);
	return code;
}

/* The end of --help. */
static void print_operations(void)
{
	int column = printf("\nOperations:") - 1;

	for (unsigned int i = 0; i <= operation_count; i++) {
		const char *name = i < operation_count ? operations[i].name
						       : operation_mix.name;

		if (column + strlen(name) > HELP_COLUMNS)
			column = printf("\n ") - 1;
		column += printf(" %s", name);
	}
	putchar('\n');
}

/* smallfile's README has long dashes before some options. */
static void mend_dash(struct launch *l, char **argument)
{
	static const char dash[] = "\u2013";
	const char *text;
	char *mended;

	if (strncmp(*argument, dash, strlen(dash)) != 0 ||
	    asprintf(&mended, "--%s", *argument + strlen(dash)) < 0)
		return;
	text = launch_keep(l, mended, strlen(mended));
	if (text)
		*argument = (char *)text;
	free(mended);
}

int cmd_run(int argc, char **argv)
{
	struct run_session session = { 0 };
	int own = 1, code;

	launch_defaults(&session.launch);
	for (; own < argc && strcmp(argv[own], "--") != 0; own++)
		mend_dash(&session.launch, &argv[own]);
	if (own < argc) {
		session.argument = argv + own + 1;
		session.arguments = (size_t)(argc - own - 1);
		argv[own] = NULL;
	}
	code = cli_options("run", run_option_rows, usage, footer,
			   &session.launch, &own, argv);
	if (code == EXIT_GOOD)
		print_operations();
	if (code == CLI_GO_ON && own > 1)
		code = cli_usage_error("run", "expected options alone: fio's "
					      "stand behind --");
	else if (code == CLI_GO_ON)
		code = begin(&session);
	launch_free(&session.launch);
	return code;
}
