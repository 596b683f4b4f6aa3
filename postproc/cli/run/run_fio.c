// SPDX-License-Identifier: GPL-2.0-only
/* One run of fio for smallfio run, and what is shown meanwhile. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/run/run_session.h"
#include "fio/engine_note.h"
#include "launch/fio_child.h"
#include "launch/job_file.h"
#include "run/environment.h"
#include "run/run_files.h"
#include "util/shown.h"

#define QUIET_S 10 /* without a terminal: seconds between two lines */
#define COLUMNS 80 /* of a terminal that does not say */

int run_session_fail(const char *doing, const char *path, int ret)
{
	fprintf(stderr, "smallfio run: cannot %s %s: %s\n", doing, shown(path),
		strerror(-ret));
	return EXIT_INPUT;
}

static size_t columns_of_terminal(void)
{
	struct winsize size;

	return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) || size.ws_col < 2
		       ? COLUMNS
		       : size.ws_col - 1u;
}

/* Shows how far the run is, once a second on a terminal. */
static void show_progress(struct run_session *s)
{
	const struct launch *l = &s->launch;
	time_t now = time(NULL);

	if (now - s->said < (s->terminal ? 1 : QUIET_S) ||
	    (!s->progress.hosts && !l->servers.count))
		return;
	s->said = now;
	run_session_end_progress(s);
	if (l->samples > 1)
		fprintf(stderr, "sample %zu of %llu: ", s->sample + 1,
			(unsigned long long)l->samples);
	if (s->progress.hosts)
		run_progress_print(
			&s->progress, l,
			s->terminal ? columns_of_terminal() : SIZE_MAX, stderr);
	else
		fprintf(stderr, "%zu hosts at work for %lld s",
			l->servers.count, (long long)(now - s->began));
	if (!s->terminal)
		fputc('\n', stderr);
}

void run_session_end_progress(const struct run_session *s)
{
	if (s->terminal)
		fputs("\r\033[K", stderr);
}

/* Whether a line of a host, "<NAME> TEXT", is one of each run. */
static bool is_usual(const char *line)
{
	const char *text = *line == '<' ? strstr(line, "> ") : NULL;
	struct engine_note note;

	if (!engine_note_parse(&note, line, strlen(line)))
		return true;
	return text &&
	       (!text[2] || !strcmp(text, "> ...") ||
		!strncmp(text, "> Starting ", 11) || strstr(text, ": (g="));
}

static void show_message(void *context, const char *line)
{
	struct run_session *s = context;

	if (run_progress_take(&s->progress, &s->launch, line) || is_usual(line))
		return;
	run_session_end_progress(context);
	fprintf(stderr, "%s\n", shown(line));
	run_hosts_hear(context, line);
}

static bool goes_on(void *context)
{
	show_progress(context);
	return run_hosts_go_on(context);
}

int run_session_write_job(const struct launch *l, const char *directory,
			  const char *name,
			  void (*write)(const struct launch *, FILE *))
{
	char *path;
	FILE *file;
	int ret = 0;

	if (asprintf(&path, "%s/%s", directory, name) < 0)
		return run_session_fail("write", name, -ENOMEM);
	file = fopen(path, "wxe");
	if (file)
		write(l, file);
	if (!file || fclose(file))
		ret = run_session_fail("write", path, -errno);
	free(path);
	return ret;
}

int run_session_write_environment(const struct run_session *s,
				  const char *directory)
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
		ret = run_session_fail("write", path, -errno);
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
		return run_session_fail("make links in", directory, ret);
	if (asprintf(&path, "%s/" RUN_FILES_HOSTS, directory) < 0)
		return run_session_fail("write", RUN_FILES_HOSTS, -ENOMEM);
	file = fopen(path, "wxe");
	for (size_t i = 0; file && i < servers->count; i++)
		fprintf(file, "%s%s\n",
			servers->given ? "" : "sock:", servers->server[i].name);
	if (!file || fclose(file))
		ret = run_session_fail("write", path, -errno);
	free(path);
	return ret;
}

/* Runs fio in a directory. Returns EXIT_GOOD or an exit code after a message.
 */
int run_session_fio(struct run_session *s, const char *directory)
{
	const struct servers *servers = &s->launch.servers;
	static char list[] = "--client=" RUN_FILES_HOSTS;
	char *client[] = { list };
	const struct fio_child child = {
		.program = s->launch.fio,
		.directory = directory,
		.argument = servers->count ? client : s->argument,
		.arguments = servers->count ? 1 : s->arguments,
		.is_client = servers->count,
		.message = show_message,
		.goes_on = goes_on,
		.context = s,
	};
	int status = 0, ret = 0;

	if (servers->count)
		ret = begin_client(servers, directory);
	if (ret)
		return ret;
	s->began = s->said = time(NULL);
	ret = fio_child_run(&child, &status);
	servers_unlink(servers, directory);
	run_progress_free(&s->progress);
	run_session_end_progress(s);
	if (ret)
		return run_session_fail("run", s->launch.fio, ret);
	if (!status)
		return EXIT_GOOD;
	s->lost |= WIFSIGNALED(status);
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
int run_session_clean_up(struct run_session *s)
{
	static const char *const files[] = { FIO_CHILD_JOB, FIO_CHILD_RESULT,
					     RUN_FILES_HOSTS };
	char *directory, *path;
	int code;

	if (asprintf(&directory, "%s/cleanup", s->directory) < 0)
		return run_session_fail("make", "cleanup", -ENOMEM);
	if (mkdir(directory, 0777)) {
		code = run_session_fail("make", directory, -errno);
		free(directory);
		return code;
	}
	code = run_session_write_job(&s->launch, directory, FIO_CHILD_JOB,
				     job_file_write_cleanup);
	if (code == EXIT_GOOD)
		code = run_session_fio(s, directory);
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
