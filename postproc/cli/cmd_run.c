// SPDX-License-Identifier: GPL-2.0-only
/* smallfio run: smallfile's command line, on fio. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/command.h"
#include "cli/run_json.h"
#include "cli/run_options.h"
#include "cli/run_rsptimes.h"
#include "launch/fio_child.h"
#include "launch/job_file.h"
#include "launch/samples.h"
#include "run/run_bundle.h"
#include "run/run_files.h"
#include "util/field.h"
#include "util/clock.h"
#include "util/shown.h"

#define QUIET_S       10 /* without a terminal: seconds between two lines */
#define PILOT_FILES   64
#define PILOT_LEAST_S 0.2
#define PILOT_TRIES   8
#define IN_FLIGHT     1024 /* files that may be made, but not counted */
#define HELP_COLUMNS  76
#define NAME_COLUMNS  20
#define COLUMNS       12

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
	"Exit codes: those of smallfio result: 0 valid; 2 wrong usage; 3 not "
	"valid, or fio\n"
	"failed; 4 too little was done, or too fast to tell a rate.\n";

/* A run under way. */
struct session {
	struct launch launch;
	char *const *argument; /* for fio */
	size_t arguments;
	bool terminal;
	size_t sample; /* from 0 */
	time_t began;  /* when fio was started */
	time_t said;   /* when progress was last printed without a terminal */
	char *directory;
	double *rate;   /* launch.samples of each phase */
	int code;       /* worst exit code so far */
	bool owns_tree; /* no file of an earlier run was there */
};

static int fail(const char *doing, const char *path, int ret)
{
	fprintf(stderr, "smallfio run: cannot %s %s: %s\n", doing, shown(path),
		strerror(-ret));
	return EXIT_INPUT;
}

/* --- while fio runs ------------------------------------------------------ */

/* The phase in which the first job is that has not ended. */
static size_t phase_of(const struct launch *l, size_t ended)
{
	size_t i = l->phases - 1;

	while (i &&
	       job_file_jobs_before(l, i) - l->phase[i].drops_caches > ended)
		i--;
	return i;
}

/* Writes what there is to say of the phase that runs. */
static void describe_phase(const struct launch *l, const struct eta *eta,
			   FILE *out)
{
	size_t i = phase_of(l, eta->ended);

	fprintf(out, "%s (%zu of %zu)", l->phase[i].name, i + 1, l->phases);
	if (*eta->iops)
		fprintf(out, ", %s files/s", shown(eta->iops));
	if (*eta->bandwidth && l->phase[i].operation->moves_data)
		fprintf(out, ", %s", shown(eta->bandwidth));
	if (*eta->left)
		fprintf(out, ", time left %s", shown(eta->left));
}

static void show_progress(void *context, const struct eta *eta)
{
	struct session *s = context;
	const struct launch *l = &s->launch;
	time_t now = time(NULL);

	if ((!s->terminal && now - s->said < QUIET_S) ||
	    (!eta && !l->servers.count))
		return;
	s->said = now;
	if (s->terminal)
		fputs("\r\033[K", stderr);
	if (l->samples > 1)
		fprintf(stderr, "sample %zu of %llu: ", s->sample + 1,
			(unsigned long long)l->samples);
	if (eta)
		describe_phase(l, eta, stderr);
	else
		fprintf(stderr, "%zu hosts at work for %lld s",
			l->servers.count, (long long)(now - s->began));
	if (!s->terminal)
		fputc('\n', stderr);
}

static void end_progress(const struct session *s)
{
	if (s->terminal)
		fputs("\r\033[K", stderr);
}

static void show_message(void *context, const char *line)
{
	end_progress(context);
	fprintf(stderr, "%s\n", shown(line));
}

/* --- one run of fio ------------------------------------------------------ */

static int write_job(const struct launch *l, const char *directory,
		     const char *name,
		     void (*write)(const struct launch *, FILE *))
{
	char *path;
	FILE *file;
	int ret = 0;

	if (asprintf(&path, "%s/%s", directory, name) < 0)
		return fail("write", name, -ENOMEM);
	file = fopen(path, "wxe");
	if (file)
		write(l, file);
	if (!file || fclose(file))
		ret = fail("write", path, -errno);
	free(path);
	return ret;
}

static int write_environment(const struct session *s, const char *directory)
{
	struct environment environment;
	char *path, *top = strndup(s->launch.top, strcspn(s->launch.top, ","));
	FILE *file;
	int ret = EXIT_GOOD;

	if (!top || environment_here(&environment, top) ||
	    asprintf(&path, "%s/" ENVIRONMENT_FILE, directory) < 0) {
		free(top);
		return EXIT_GOOD; /* facts that nobody needs for a result */
	}
	file = fopen(path, "we");
	if (file)
		environment_write(&environment, file);
	if (!file || fclose(file))
		ret = fail("write", path, -errno);
	free(path);
	free(top);
	return ret;
}

/* Writes the list of hosts, and makes their sockets known there. */
static int begin_client(const struct servers *servers, const char *directory)
{
	char *path;
	FILE *file;
	int ret = servers_link(servers, directory);

	if (ret)
		return fail("make links in", directory, ret);
	if (asprintf(&path, "%s/" RUN_FILES_HOSTS, directory) < 0)
		return fail("write", RUN_FILES_HOSTS, -ENOMEM);
	file = fopen(path, "wxe");
	for (size_t i = 0; file && i < servers->count; i++)
		fprintf(file, "%s%s\n",
			servers->given ? "" : "sock:", servers->server[i].name);
	if (!file || fclose(file))
		ret = fail("write", path, -errno);
	free(path);
	return ret;
}

/* Runs fio in a directory. Returns EXIT_GOOD or an exit code after a message.
 */
static int run_fio(struct session *s, const char *directory)
{
	const struct servers *servers = &s->launch.servers;
	static char list[] = "--client=" RUN_FILES_HOSTS;
	char *client[] = { list };
	const struct fio_child child = {
		.program = s->launch.fio,
		.directory = directory,
		.argument = servers->count ? client : s->argument,
		.arguments = servers->count ? 1 : s->arguments,
		.progress = show_progress,
		.message = show_message,
		.context = s,
	};
	int status = 0, ret = 0;

	if (servers->count)
		ret = begin_client(servers, directory);
	if (ret)
		return ret;
	s->began = time(NULL);
	ret = fio_child_run(&child, &status);
	servers_unlink(servers, directory);
	end_progress(s);
	if (ret)
		return fail("run", s->launch.fio, ret);
	if (!status)
		return EXIT_GOOD;
	if (WIFSIGNALED(status))
		fprintf(stderr, "smallfio run: fio was ended by signal %d\n",
			WTERMSIG(status));
	else
		fprintf(stderr,
			"smallfio run: fio ended with exit code %d; "
			"the lines above say why\n",
			WEXITSTATUS(status));
	return EXIT_INPUT;
}

/* Removes the tree, in a directory that is gone afterwards. */
static int clean_up(struct session *s)
{
	static const char *const files[] = { FIO_CHILD_JOB, FIO_CHILD_RESULT,
					     RUN_FILES_HOSTS };
	char *directory, *path;
	int code;

	if (asprintf(&directory, "%s/cleanup", s->directory) < 0)
		return fail("make", "cleanup", -ENOMEM);
	if (mkdir(directory, 0777)) {
		code = fail("make", directory, -errno);
		free(directory);
		return code;
	}
	code = write_job(&s->launch, directory, FIO_CHILD_JOB,
			 job_file_write_cleanup);
	if (code == EXIT_GOOD)
		code = run_fio(s, directory);
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
		if (asprintf(&path, "%s/%s", directory, files[i]) < 0)
			continue;
		unlink(path);
		free(path);
	}
	rmdir(directory);
	free(directory);
	return code;
}

/* --- results ------------------------------------------------------------- */

static int write_json(const struct session *s, const struct run_bundle *b)
{
	const struct result *result = &b->result;
	int code = EXIT_GOOD;

	for (size_t i = 0; i < result->phases && code == EXIT_GOOD; i++) {
		struct output output;
		char *path, sample[32] = "";
		const char *name = s->launch.output_json;
		const char *end = strrchr(name, '.');
		size_t length = end && !strchr(end, '/') ? (size_t)(end - name)
							 : strlen(name);
		bool alone = result->phases == 1;

		if (s->launch.samples > 1)
			snprintf(sample, sizeof(sample), "-%zu", s->sample + 1);
		if (asprintf(&path, "%.*s%s%s%s%s", (int)length, name,
			     alone ? "" : "-",
			     alone ? "" : result->phase[i].job, sample,
			     name + length) < 0)
			return fail("write", name, -ENOMEM);
		code = cli_output_begin(&output, "run", path);
		if (code == EXIT_GOOD)
			code = cli_output_end(
				&output, "run", path,
				run_json_write(output.file, &s->launch,
					       &result->phase[i],
					       b->files.results.result));
		free(path);
	}
	return code;
}

static void keep_rates(struct session *s, const struct result *result)
{
	for (size_t i = 0; i < s->launch.phases; i++)
		s->rate[i * s->launch.samples + s->sample] =
			i < result->phases ? (double)result->phase[i]
						     .cluster.whole.units_per_s
					   : NAN;
}

/*
 * Notes whether the tree is the run's own, and how far an interrupted run came,
 * so that the clean-up is no longer.
 */
static void note_made(struct session *s, const struct result *result)
{
	const struct phase *phase = result->phase;
	struct launch *l = &s->launch;

	s->owns_tree = l->makes_tree && result->phases;
	for (size_t i = 0; result->phases && i < phase->threads; i++) {
		const struct part *thread = &phase->thread[i];

		s->owns_tree &= !thread->errors || thread->error != EEXIST;
		if (fio_child_interrupted() &&
		    l->made < thread->units + IN_FLIGHT)
			l->made = thread->units + IN_FLIGHT;
	}
}

static const char *first_of(const struct notes *notes)
{
	return notes->count ? notes->text[0] : "";
}

/* Prints the verdict in one line. Returns the exit code. */
static int print_verdict(const struct launch *l, const struct result *result)
{
	if (!result->invalid.count && result->too_small.count &&
	    job_file_ends_together(l))
		fputs("smallfio run: note: when the first thread is done, the "
		      "others end, as smallfile's do: --finish Y lets all "
		      "finish\n",
		      stderr);
	if (result->invalid.count)
		printf("verdict: NOT VALID: %s\n",
		       shown(first_of(&result->invalid)));
	else if (result->too_small.count)
		printf("verdict: too little: %s\n",
		       shown(first_of(&result->too_small)));
	else if (result->too_short.count)
		printf("verdict: too short: %s\n",
		       shown(first_of(&result->too_short)));
	else
		puts("verdict: valid");
	if (result->invalid.count)
		return EXIT_INPUT;
	return result_is_valid(result) ? EXIT_GOOD : EXIT_TOO_LITTLE;
}

static int write_rsptimes(struct run_bundle *b, const char *directory)
{
	char *path;
	int ret;

	if (asprintf(&path, "%s/rsptimes", directory) < 0)
		return input_error_no_memory(&b->error);
	ret = run_rsptimes_write(&b->result, path, &b->error);
	free(path);
	return ret;
}

/* `fio` is the exit code of run_fio(), which wins. */
static int print_result(struct session *s, const char *directory, int fio)
{
	const struct result_options options = {
		.min_done_percent = RESULT_MIN_DONE,
	};
	struct run_bundle b = { 0 };
	struct result_page page = { &b.result, NULL, &options };
	int code, wrote;

	if (run_bundle_read(&b, directory, 0)) {
		/* A fio that failed has already said why there is none. */
		code = fio == EXIT_GOOD ? cli_input_failed("run", &b.error)
					: fio;
		run_bundle_free(&b);
		return code;
	}
	cli_print_notes("run", &b.notes);
	page.run = b.files.results.result;
	if (s->launch.samples > 1)
		printf("%ssample %zu of %llu\n", s->sample ? "\n" : "",
		       s->sample + 1, (unsigned long long)s->launch.samples);
	result_smallfile(stdout, &page);
	keep_rates(s, &b.result);
	note_made(s, &b.result);
	code = print_verdict(&s->launch, &b.result);
	fflush(stdout);
	if (s->launch.rsptimes_csv && write_rsptimes(&b, directory))
		code = cli_input_failed("run", &b.error);
	wrote = s->launch.output_json ? write_json(s, &b) : EXIT_GOOD;
	run_bundle_free(&b);
	if (fio != EXIT_GOOD)
		return fio;
	return wrote == EXIT_GOOD ? code : wrote;
}

static void print_samples(const struct session *s)
{
	const struct launch *l = &s->launch;

	putchar('\n');
	field_name(stdout, NAME_COLUMNS, "files/s");
	field_right(stdout, COLUMNS, "mean");
	field_right(stdout, COLUMNS, "95 % +-");
	field_right(stdout, COLUMNS, "sd");
	field_right(stdout, COLUMNS, "min");
	field_right(stdout, COLUMNS, "max");
	putchar('\n');
	for (size_t i = 0; i < l->phases; i++) {
		struct samples row;

		samples_of(&row, s->rate + i * l->samples, l->samples);
		field_name(stdout, NAME_COLUMNS, l->phase[i].name);
		field_real(stdout, COLUMNS, 1, row.mean);
		field_real(stdout, COLUMNS, 1, row.interval);
		field_real(stdout, COLUMNS, 1, row.deviation);
		field_real(stdout, COLUMNS, 1, row.least);
		field_real(stdout, COLUMNS, 1, row.most);
		putchar('\n');
	}
}

/* --- the whole ----------------------------------------------------------- */

/* The directory of the sample: the run's own where there is only one. */
static char *sample_directory(const struct session *s)
{
	char *directory = NULL;

	if (s->launch.samples == 1)
		return strdup(s->directory);
	if (asprintf(&directory, "%s/sample-%zu", s->directory, s->sample + 1) <
	    0)
		return NULL;
	if (!mkdir(directory, 0777))
		return directory;
	fail("make", directory, -errno);
	free(directory);
	return NULL;
}

static void worst(struct session *s, int code)
{
	/* 3 says more than 4: a figure is wrong. */
	if (s->code == EXIT_GOOD || (code && code < s->code))
		s->code = code;
}

static int run_sample(struct session *s)
{
	char *directory = sample_directory(s);
	int code;

	if (!directory)
		return EXIT_INPUT;
	code = write_job(&s->launch, directory, FIO_CHILD_JOB, job_file_write);
	if (code == EXIT_GOOD && !s->launch.servers.count)
		code = write_environment(s, directory);
	if (code == EXIT_GOOD)
		code = print_result(s, directory, run_fio(s, directory));
	free(directory);
	return code;
}

static int run_samples(struct session *s)
{
	const struct launch *l = &s->launch;
	int code = EXIT_GOOD;

	for (s->sample = 0; s->sample < l->samples; s->sample++) {
		/* What an earlier sample left is not there for the next. */
		if (s->sample && l->makes_tree)
			code = clean_up(s);
		if (code == EXIT_GOOD)
			code = run_sample(s);
		worst(s, code);
		if (code == EXIT_INPUT || fio_child_interrupted())
			return code;
		code = EXIT_GOOD;
	}
	if (l->samples > 1)
		print_samples(s);
	return s->code;
}

/* --- how many files ------------------------------------------------------ */

/*
 * Runs with so many files, and sets *seconds to how long the longest operation
 * took.
 */
static int pilot_once(struct session *s, uint64_t files, double *seconds)
{
	struct run_bundle b = { 0 };
	char *directory;
	int code;

	s->launch.files = files;
	if (asprintf(&directory, "%s/pilot-%llu", s->directory,
		     (unsigned long long)files) < 0)
		return fail("make", "pilot", -ENOMEM);
	code = mkdir(directory, 0777) ? fail("make", directory, -errno)
				      : EXIT_GOOD;
	if (code == EXIT_GOOD)
		code = write_job(&s->launch, directory, FIO_CHILD_JOB,
				 job_file_write);
	if (code == EXIT_GOOD)
		code = run_fio(s, directory);
	if (code == EXIT_GOOD || fio_child_interrupted()) {
		if (run_bundle_read(&b, directory, 0))
			code = cli_input_failed("run", &b.error);
		else
			note_made(s, &b.result);
	}
	*seconds = 0;
	for (size_t i = 0; code == EXIT_GOOD && i < b.result.phases; i++)
		*seconds = fmax(*seconds,
				(double)b.result.phase[i].cluster.elapsed_s);
	run_bundle_free(&b);
	free(directory);
	return code == EXIT_GOOD ? clean_up(s) : code;
}

/* Chooses the number of files for --seconds. */
static int choose_files(struct session *s)
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
	return ret ? fail("make", top, ret) : EXIT_GOOD;
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
			return fail("make", l->top, -ENOMEM);
		code = make_top(top);
		free(top);
		p += length + (p[length] == ',');
	}
	return code;
}

/* Another run that began in the same second may have the name. */
static int make_directory_of_now(struct session *s)
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

static int make_directory(struct session *s)
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
	return ret ? fail("make", s->directory ? s->directory : "a directory",
			  ret)
		   : EXIT_GOOD;
}

/*
 * Removes the tree, unless it may be another run's: a file was there before, or
 * fio could not say what it had made.
 */
static int clean_up_own(struct session *s)
{
	if (s->owns_tree || !s->launch.makes_tree)
		return clean_up(s);
	fputs("smallfio run: the files stay, because they may be those of an "
	      "earlier run; --operation cleanup with the same options removes "
	      "them\n",
	      stderr);
	return EXIT_INPUT;
}

/* After ^C: what the run has made goes. */
static int after_interrupt(struct session *s)
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

/* Starts the servers of the hosts, if there are any. */
static int start_servers(struct session *s)
{
	struct launch *l = &s->launch;
	char error[SERVERS_SAID_MAX], *make;
	int ret;

	if (!l->servers.count)
		return make_tops(l);
	if (asprintf(&make, "%s,%s", l->top, l->sync_dir) < 0)
		return fail("start", "servers", -ENOMEM);
	ret = servers_start(&l->servers, l->ssh, l->fio, make, error);
	free(make);
	if (!ret)
		return EXIT_GOOD;
	fprintf(stderr, "smallfio run: %s\n", shown(error));
	return EXIT_INPUT;
}

static int run(struct session *s)
{
	int code = start_servers(s), cleaned;

	if (code == EXIT_GOOD)
		code = make_directory(s);
	if (code == EXIT_GOOD && s->launch.seconds_ns)
		code = choose_files(s);
	if (code != EXIT_GOOD && !fio_child_interrupted())
		return code;
	if (code == EXIT_GOOD)
		code = run_samples(s);
	if (fio_child_interrupted())
		return after_interrupt(s);
	if (s->launch.cleanup) {
		cleaned = clean_up_own(s);
		code = code == EXIT_GOOD ? cleaned : code;
	}
	printf("results in %s\n", shown(s->directory));
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
		code = fail("write", path, -errno);
	free(directory);
	return code;
}

static int begin(struct session *s)
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
	if (l->print_job) {
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
	s->said = time(NULL);
	s->rate = calloc(l->samples * l->phases, sizeof(*s->rate));
	code = s->rate ? run(s) : fail("hold", "the samples", -ENOMEM);
	free(s->rate);
	free(s->directory);
	return code;
}

/* The end of --help. */
static void print_operations(void)
{
	int column = printf("\nOperations:") - 1;

	for (unsigned int i = 0; i < operation_count; i++) {
		if (column + strlen(operations[i].name) > HELP_COLUMNS)
			column = printf("\n ") - 1;
		column += printf(" %s", operations[i].name);
	}
	putchar('\n');
}

int cmd_run(int argc, char **argv)
{
	struct session session = { 0 };
	int own = 1, code;

	launch_defaults(&session.launch);
	while (own < argc && strcmp(argv[own], "--") != 0)
		own++;
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
