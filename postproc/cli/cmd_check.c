// SPDX-License-Identifier: GPL-2.0-only
/* smallfio check: whether all hosts of a list could run a job. */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cluster/check_address.h"
#include "cluster/check_job.h"
#include "cluster/check_table.h"
#include "cli/cli.h"
#include "cli/command.h"
#include "cli/options.h"
#include "util/shown.h"

#define TIMEOUT_S     30
#define TIMEOUT_MAX_S 3600

struct check {
	const char *hosts;
	const char *fio;
	uint64_t timeout_s;
	char version[CHECK_WORD_MAX]; /* of our fio */
	char directory[PATH_MAX];     /* for the probes, or empty */
	char job[PATH_MAX];
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

static int failed(const char *what, int ret)
{
	fprintf(stderr, "smallfio check: %s: %s\n", what, strerror(-ret));
	return EXIT_INPUT;
}

/* Asks fio for its version. Returns 0 or -errno. */
static int ask_version(struct check *c)
{
	char command[PATH_MAX + 32];
	FILE *f;

	/* The shell gets the path in single quotes, so it must have none. */
	if (strchr(c->fio, '\'') || strlen(c->fio) >= PATH_MAX)
		return -EINVAL;
	snprintf(command, sizeof(command), "'%s' --version 2>/dev/null",
		 c->fio);
	f = popen(command, "re");
	if (!f)
		return -errno;
	if (!fgets(c->version, sizeof(c->version), f))
		c->version[0] = 0;
	c->version[strcspn(c->version, "\n")] = 0;
	return pclose(f) || !*c->version ? -ENOENT : 0;
}

/* Makes a directory for what fio's client writes, with a copy of the job. */
static int make_place(struct check *c, const char *job, struct notes *notes,
		      struct input_error *error)
{
	const char *base = getenv("TMPDIR");
	FILE *f = NULL;
	int ret;

	snprintf(c->directory, sizeof(c->directory) - 32,
		 "%s/smallfio-check.XXXXXX", base && *base ? base : "/tmp");
	if (!mkdtemp(c->directory)) {
		ret = input_error_set(error, INPUT_UNREADABLE, 0, 0,
				      "cannot make the directory %.200s: %s",
				      c->directory, strerror(errno));
		c->directory[0] = 0;
		return ret;
	}
	ret = snprintf(c->job, sizeof(c->job), "%.4000s/check.fio",
		       c->directory);
	if (ret > 0)
		f = fopen(c->job, "wxe");
	if (!f)
		return input_error_set(error, INPUT_UNREADABLE, 0, 0,
				       "cannot write %.200s: %s", c->job,
				       strerror(errno));
	ret = check_job_copy(job, f, notes, error);
	if (fclose(f) && !ret)
		ret = input_error_set(error, INPUT_UNREADABLE, 0, 0,
				      "cannot write %.200s: %s", c->job,
				      strerror(errno));
	return ret;
}

/* Removes the directory with the job and the empty logs of the hosts. */
static void remove_place(const struct check *c)
{
	const struct dirent *entry;
	DIR *dir = *c->directory ? opendir(c->directory) : NULL;

	if (!dir)
		return;
	while ((entry = readdir(dir)))
		unlinkat(dirfd(dir), entry->d_name, 0);
	closedir(dir);
	if (rmdir(c->directory))
		fprintf(stderr, "smallfio check: note: %s stays\n",
			shown(c->directory));
}

static void warn_of_reach(struct check_host *h)
{
	const char *address = *h->listens ? h->listens : h->peer;
	enum check_reach reach = check_reach(address);

	if (reach == REACH_ALL)
		notes_add(&h->warnings,
			  "its server listens on all addresses: who reaches "
			  "one of them can run any command there; "
			  "--server=ip:127.0.0.1 and ssh keep them out");
	else if (reach == REACH_PUBLIC)
		notes_add(&h->warnings,
			  "its server listens on the public address %s: who "
			  "reaches it can run any command there; "
			  "--server=ip:127.0.0.1 and ssh keep them out",
			  address);
}

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

static int read_answers(const struct check *c, const struct check_probe *probes,
			struct check_host *hosts, size_t count)
{
	int ret = 0;

	for (size_t i = 0; i < count && !ret; i++) {
		ret = check_host_read(&hosts[i], &probes[i], c->version,
				      (unsigned int)c->timeout_s);
		warn_of_reach(&hosts[i]);
		warn_of_socket(&hosts[i], probes[i].host);
	}
	if (!ret)
		check_hosts_compare(hosts, count);
	return ret;
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

static int ask_hosts(const struct check *c, const struct host_list *list)
{
	struct check_probing probing = {
		.fio = c->fio,
		.job = c->job,
		.directory = c->directory,
		.timeout_s = (unsigned int)c->timeout_s,
	};
	struct check_probe *probes = calloc(list->count, sizeof(*probes));
	struct check_host *hosts = calloc(list->count, sizeof(*hosts));
	int ret = probes && hosts ? 0 : -ENOMEM;

	for (size_t i = 0; i < list->count && !ret; i++)
		probes[i].host = &list->host[i];
	if (!ret)
		ret = check_probe_all(&probing, probes, list->count);
	if (!ret)
		ret = read_answers(c, probes, hosts, list->count);
	if (ret) {
		ret = failed("asking the hosts", ret);
	} else {
		check_table_print(stdout, hosts, list->count);
		ret = verdict(hosts, list->count);
	}
	for (size_t i = 0; hosts && i < list->count; i++)
		check_host_free(&hosts[i]);
	free(hosts);
	if (probes)
		check_probe_free(probes, list->count);
	return ret;
}

static int run(struct check *c, const char *job)
{
	struct input_error error = { 0 };
	struct host_list list = { 0 };
	struct notes notes = { 0 };
	int ret = host_list_read(&list, c->hosts, &error), code;

	if (!ret)
		ret = make_place(c, job, &notes, &error);
	cli_print_notes("check", &notes);
	code = ret ? cli_input_failed("check", &error) : ask_hosts(c, &list);
	remove_place(c);
	notes_free(&notes);
	host_list_free(&list);
	return code;
}

int cmd_check(int argc, char **argv)
{
	struct check check = { .fio = SMALLFIO_FIO, .timeout_s = TIMEOUT_S };
	char *fio = NULL;
	int code, ret;

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
	ret = ask_version(&check);
	code = ret ? failed(check.fio, ret) : run(&check, argv[1]);
	free(fio);
	return code;
}
