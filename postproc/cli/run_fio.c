// SPDX-License-Identifier: GPL-2.0-only
/* One run of fio for smallfio run, and what is shown meanwhile. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/run_session.h"
#include "launch/fio_child.h"
#include "launch/job_file.h"
#include "run/environment.h"
#include "run/run_files.h"
#include "util/shown.h"

#define QUIET_S 10 /* without a terminal: seconds between two lines */

int run_session_fail(const char *doing, const char *path, int ret)
{
	fprintf(stderr, "smallfio run: cannot %s %s: %s\n", doing, shown(path),
		strerror(-ret));
	return EXIT_INPUT;
}

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
	struct run_session *s = context;
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

static void end_progress(const struct run_session *s)
{
	if (s->terminal)
		fputs("\r\033[K", stderr);
}

static void show_message(void *context, const char *line)
{
	end_progress(context);
	fprintf(stderr, "%s\n", shown(line));
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
		return run_session_fail("run", s->launch.fio, ret);
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
