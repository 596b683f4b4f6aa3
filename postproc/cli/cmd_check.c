// SPDX-License-Identifier: GPL-2.0-only
/* smallfio check: whether all hosts of a list could run a job. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cluster/check_files.h"
#include "cluster/check_session.h"
#include "cluster/check_table.h"
#include "cli/cli.h"
#include "cli/command.h"
#include "cli/options.h"
#include "cli/progress.h"
#include "util/shown.h"

#define TIMEOUT_S     30
#define TIMEOUT_MAX_S 3600

struct check {
	const char *hosts;
	const char *fio;
	uint64_t timeout_s;
};

static const struct option_row rows[] = {
	{ "hosts", 0, "FILE", "the hosts, as for fio --client=FILE",
	  OPTION_TEXT(struct check, hosts) },
	{ "timeout", 0, "S", "seconds that a host may take (30)",
	  OPTION_WHOLE(struct check, timeout_s, 1, TIMEOUT_MAX_S) },
	{ "fio", 0, "PROGRAM", "the fio to ask them with (" SMALLFIO_FIO ")",
	  OPTION_TEXT(struct check, fio) },
	{ 0 },
};

static const char usage[] =
	"usage: smallfio check --hosts FILE [OPTION...] JOB\n"
	"\n"
	"Asks the fio server of each host whether it could run the job "
	"file JOB, and runs\n"
	"nothing of it: that it answers, has the same fio and the "
	"engine, and that each\n"
	"directory exists, can be written to and has room. Exit code 3 "
	"where one cannot.\n"
	"\n";

/*
 * Warns of a host that is a socket with a path. fio's client appends the host's
 * name to the name of each log. With a path in it, the log would need a
 * directory that does not exist.
 */
static void warn_of_socket(struct check_host *h, const struct listed_host *host)
{
	if (!host->port && strchr(host->name, '/'))
		notes_add(&h->warnings,
			  "fio would write its logs to NAME.log.%.200s, and "
			  "there is no directory NAME.log.: logs are lost; run "
			  "the client in the directory of the socket, and type "
			  "sock:%.100s",
			  host->name, strrchr(host->name, '/') + 1);
}

static int verdict(const struct check_host *hosts, size_t count)
{
	size_t bad = 0;

	for (size_t i = 0; i < count; i++)
		bad += hosts[i].problems.count > 0;
	if (!bad)
		printf("%zu host%s can run the job\n", count,
		       count == 1 ? "" : "s");
	else
		printf("%zu of %zu hosts cannot run the job\n", bad, count);
	return bad ? EXIT_INPUT : EXIT_GOOD;
}

static int ask_hosts(const struct check_session *session,
		     const struct host_list *list)
{
	struct check_host *hosts;
	int ret = check_session_ask(session, list, &hosts), code;

	progress_end(session->progress_context);
	if (ret) {
		fprintf(stderr, "smallfio check: cannot ask the hosts: %s\n",
			strerror(-ret));
		return EXIT_INPUT;
	}
	for (size_t i = 0; i < list->count; i++)
		warn_of_socket(&hosts[i], &list->host[i]);
	check_table_print(stdout, hosts, list->count);
	code = verdict(hosts, list->count);
	check_session_free(hosts, list->count);
	return code;
}

static int run(const struct check *c, const char *job)
{
	struct progress progress;
	bool seen = progress_begin(&progress);
	struct check_session session = {
		.fio = c->fio,
		.timeout_s = (unsigned int)c->timeout_s,
		.progress = seen ? progress_show_hosts : NULL,
		.progress_context = &progress,
	};
	struct input_error error = { 0 };
	struct host_list list = { 0 };
	struct notes notes = { 0 };
	int ret = host_list_read(&list, c->hosts, &error), code, few = 0;

	if (!ret) {
		few = check_files(list.count, CHECK_FILES_EACH,
				  CHECK_FILES_BESIDE, &notes);
		ret = check_session_begin(&session, job, &notes, &error);
	}
	cli_print_notes("check", &notes);
	code = ret ? cli_input_failed("check", &error)
		   : ask_hosts(&session, &list);
	if (few)
		code = EXIT_INPUT;
	if (!check_session_end(&session))
		fprintf(stderr, "smallfio check: note: %s stays\n",
			shown(session.directory));
	notes_free(&notes);
	host_list_free(&list);
	return code;
}

int cmd_check(int argc, char **argv)
{
	struct check check = { .fio = SMALLFIO_FIO, .timeout_s = TIMEOUT_S };
	char *fio = NULL;
	int code;

	code = cli_options("check", rows, usage, NULL, &check, &argc, argv);
	if (code != CLI_GO_ON)
		return code;
	if (!check.hosts)
		return cli_usage_error("check", "expected --hosts FILE");
	if (argc != 2)
		return cli_usage_error("check", "expected one job file");
	/* The probes run in another directory, so the path must be absolute. */
	if (strchr(check.fio, '/')) {
		fio = realpath(check.fio, NULL);
		if (fio)
			check.fio = fio;
	}
	code = run(&check, argv[1]);
	free(fio);
	return code;
}
