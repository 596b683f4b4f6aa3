// SPDX-License-Identifier: GPL-2.0-only
/* The hosts of a run of smallfio run: their start, check and end. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/command.h"
#include "cli/run/run_session.h"
#include "cluster/check_files.h"
#include "cluster/check_session.h"
#include "fio/fio_message.h"
#include "launch/job_file.h"
#include "launch/lost_run.h"
#include "util/shown.h"

#define CHECK_S   30
#define CHECK_JOB "check.fio"
/*
 * Of each host two pipes to its ssh, and one while it is asked; and what this
 * program, or fio's client, has open beside.
 */
#define FILES_EACH   3
#define FILES_BESIDE 16

static void tell(const char *sentence)
{
	fprintf(stderr, "smallfio run: %s\n", shown(sentence));
}

/* What hosts share of this run is in a directory of its own. */
static int plan_meeting(struct launch *l)
{
	char *meet;

	if (asprintf(&meet, "%s/smallfio-%s", l->sync_dir, l->servers.id) < 0)
		return -ENOMEM;
	l->meet = launch_keep(l, meet, strlen(meet));
	free(meet);
	if (!l->meet)
		return -ENOMEM;
	job_file_export(l);
	return 0;
}

static int start(struct launch *l, char *error)
{
	struct servers_how how = { .ssh = l->ssh, .fio = l->fio };
	char *make;
	int ret;

	if (asprintf(&make, "%s,%s,%s", l->top, l->sync_dir, l->meet) < 0)
		return -ENOMEM;
	how.make = make;
	how.meet = l->meet;
	ret = servers_start(&l->servers, &how, error);
	free(make);
	return ret;
}

/* A host that is left out for want of open files is hardly heard of later. */
static bool may_open_files(const struct servers *servers)
{
	struct notes notes = { 0 };
	bool few = check_files_raise(
		servers->count, servers->given ? CHECK_FILES_EACH : FILES_EACH,
		FILES_BESIDE, &notes);

	for (size_t i = 0; i < notes.count; i++)
		tell(notes.text[i]);
	notes_free(&notes);
	return !few;
}

int run_hosts_start(struct run_session *s)
{
	struct launch *l = &s->launch;
	char error[SERVERS_SAID_MAX] = "out of memory";
	int ret;

	if (!may_open_files(&l->servers))
		return EXIT_INPUT;
	if (l->servers.given)
		return EXIT_GOOD;
	lost_runs_collect(l->ssh, tell);
	ret = servers_prepare(&l->servers);
	if (ret)
		return run_session_fail("make a directory for", "the sockets",
					ret);
	ret = plan_meeting(l);
	if (!ret)
		ret = start(l, error);
	if (ret)
		tell(error);
	return ret ? EXIT_INPUT : EXIT_GOOD;
}

/* The hosts as check_session_ask() wants them. */
static int list_hosts(const struct servers *servers, struct host_list *list)
{
	list->host = calloc(servers->count, sizeof(*list->host));
	if (!list->host)
		return -ENOMEM;
	for (; list->count < servers->count; list->count++) {
		const char *name = servers->server[list->count].name;
		struct listed_host *host = &list->host[list->count];

		host->port = servers->given ? HOST_LIST_PORT : 0;
		host->typed = strdup(name);
		if (asprintf(&host->name, "%s%s%s", servers->directory,
			     servers->given ? "" : "/", name) < 0)
			host->name = NULL;
		if (!host->typed || !host->name)
			return -ENOMEM;
	}
	return 0;
}

/* Prints what the hosts lack, and what a user should know of them. */
static int judge(const struct check_host *hosts, size_t count)
{
	int code = EXIT_GOOD;

	for (size_t i = 0; i < count; i++) {
		const struct check_host *h = &hosts[i];

		for (size_t j = 0; j < h->warnings.count; j++)
			fprintf(stderr, "smallfio run: note: host %s: %s\n",
				h->typed, shown(h->warnings.text[j]));
		for (size_t j = 0; j < h->problems.count; j++)
			fprintf(stderr, "smallfio run: host %s: %s\n", h->typed,
				shown(h->problems.text[j]));
		if (h->problems.count)
			code = EXIT_INPUT;
	}
	return code;
}

static int ask(const struct run_session *s, const struct check_session *session)
{
	struct host_list list = { 0 };
	struct check_host *hosts = NULL;
	int ret = list_hosts(&s->launch.servers, &list), code;

	if (!ret)
		ret = check_session_ask(session, &list, &hosts);
	code = ret ? run_session_fail("ask", "the hosts", ret)
		   : judge(hosts, list.count);
	check_session_free(hosts, list.count);
	host_list_free(&list);
	return code;
}

int run_hosts_check(struct run_session *s)
{
	struct launch *l = &s->launch;
	struct check_session session = { .fio = l->fio, .timeout_s = CHECK_S };
	struct input_error error = { 0 };
	struct notes notes = { 0 }; /* of sections that are not asked about */
	char *job;
	int code = EXIT_INPUT;

	if (!l->servers.given &&
	    servers_note(&l->servers, s->directory, l->meet))
		return run_session_fail("note", s->directory, -errno);
	if (asprintf(&job, "%s/" CHECK_JOB, s->directory) < 0)
		return run_session_fail("write", CHECK_JOB, -ENOMEM);
	if (run_session_write_job(l, s->directory, CHECK_JOB, job_file_write) ==
	    EXIT_GOOD)
		code = check_session_begin(&session, job, &notes, &error)
			       ? cli_input_failed("run", &error)
			       : ask(s, &session);
	check_session_end(&session);
	unlink(job);
	free(job);
	notes_free(&notes);
	return code;
}

void run_hosts_hear(struct run_session *s, const char *line)
{
	struct fio_messages said[FIO_MESSAGES] = { 0 };
	const struct fio_messages *lost = &said[FIO_LOST_HOST];

	if (!s->launch.servers.count || s->over)
		return;
	fio_message_add(said, line, strlen(line));
	/* Of a host that has failed the results are here. */
	s->lost |= lost->count && !strstr(lost->first, "exited with error");
	s->over = lost->count ||
		  (strstr(line, "fio: pid=") && strstr(line, ", err="));
	if (s->over)
		tell("the other hosts end, too");
}

bool run_hosts_go_on(struct run_session *s)
{
	char error[SERVERS_SAID_MAX];

	if (s->over || !servers_lost(&s->launch.servers, error))
		return !s->over;
	s->lost = s->over = true;
	run_session_end_progress(s);
	tell(error);
	tell("the other hosts end, too");
	return false;
}

void run_hosts_end(struct run_session *s)
{
	struct servers *servers = &s->launch.servers;

	servers_stop(servers, !s->lost);
	if (s->lost && *servers->directory)
		lost_run_collect(servers->directory, s->launch.ssh, tell);
	else if (s->lost)
		fprintf(stderr,
			"smallfio run: a host was lost; smallfio result "
			"%s/smallfio-kept shows what the hosts have kept\n",
			shown(s->launch.meet));
}
