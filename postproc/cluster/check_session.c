// SPDX-License-Identifier: GPL-2.0-only
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cluster/check_address.h"
#include "cluster/check_job.h"
#include "cluster/check_session.h"

static int fail(struct input_error *error, const char *doing, const char *what,
		int number)
{
	return input_error_set(error, INPUT_UNREADABLE, 0, 0,
			       "cannot %s %.200s: %s", doing, what,
			       strerror(number));
}

static int ask_version(struct check_session *c, struct input_error *error)
{
	char command[PATH_MAX + 32];
	FILE *f;

	/* The shell gets the path in single quotes, so it must have none. */
	if (strchr(c->fio, '\'') || strlen(c->fio) >= PATH_MAX)
		return fail(error, "run", c->fio, EINVAL);
	snprintf(command, sizeof(command), "'%s' --version 2>/dev/null",
		 c->fio);
	f = popen(command, "re");
	if (!f)
		return fail(error, "run", c->fio, errno);
	if (!fgets(c->version, sizeof(c->version), f))
		c->version[0] = 0;
	c->version[strcspn(c->version, "\n")] = 0;
	return pclose(f) || !*c->version ? fail(error, "run", c->fio, ENOENT)
					 : 0;
}

/* Makes a directory for what fio's client writes, with a copy of the job. */
static int make_place(struct check_session *c, const char *job,
		      struct notes *notes, struct input_error *error)
{
	const char *base = getenv("TMPDIR");
	FILE *f = NULL;
	int ret;

	snprintf(c->directory, sizeof(c->directory) - 32,
		 "%s/smallfio-check.XXXXXX", base && *base ? base : "/tmp");
	if (!mkdtemp(c->directory)) {
		ret = fail(error, "make the directory", c->directory, errno);
		c->directory[0] = 0;
		return ret;
	}
	ret = snprintf(c->job, sizeof(c->job), "%.4000s/check.fio",
		       c->directory);
	if (ret > 0)
		f = fopen(c->job, "wxe");
	if (!f)
		return fail(error, "write", c->job, errno);
	ret = check_job_copy(job, f, notes, error);
	if (fclose(f) && !ret)
		ret = fail(error, "write", c->job, errno);
	return ret;
}

int check_session_begin(struct check_session *c, const char *job,
			struct notes *notes, struct input_error *error)
{
	int ret = ask_version(c, error);

	return ret ? ret : make_place(c, job, notes, error);
}

bool check_session_end(const struct check_session *c)
{
	const struct dirent *entry;
	DIR *dir = *c->directory ? opendir(c->directory) : NULL;

	if (!dir)
		return true;
	while ((entry = readdir(dir)))
		unlinkat(dirfd(dir), entry->d_name, 0);
	closedir(dir);
	return !rmdir(c->directory);
}

/*
 * A server that does not say where it listens is judged by the address at which
 * it was reached. That may be the address of a tunnel.
 */
static void warn_of_reach(struct check_host *h)
{
	bool told = *h->listens;
	const char *address = told ? h->listens : h->peer;
	enum check_reach reach = check_reach(address);

	if (reach == REACH_ALL && told)
		notes_add(&h->warnings,
			  "its server listens on all addresses: who reaches "
			  "one of them can run any command there; "
			  "--server=ip:127.0.0.1 and ssh keep them out");
	else if (reach == REACH_PUBLIC)
		notes_add(&h->warnings,
			  "its server %s the public address %s: who reaches it "
			  "can run any command there; --server=ip:127.0.0.1 "
			  "and ssh keep them out",
			  told ? "listens on" : "is reached at", address);
}

static int ask(const struct check_session *c, struct check_probe *probes,
	       struct check_host *hosts, size_t count)
{
	const struct check_probing probing = {
		.fio = c->fio,
		.job = c->job,
		.directory = c->directory,
		.timeout_s = c->timeout_s,
		.progress = c->progress,
		.progress_context = c->progress_context,
	};
	int ret = check_probe_all(&probing, probes, count);

	for (size_t i = 0; i < count && !ret; i++) {
		ret = check_host_read(&hosts[i], &probes[i], c->version,
				      c->timeout_s);
		warn_of_reach(&hosts[i]);
	}
	if (!ret)
		check_hosts_compare(hosts, count);
	return ret;
}

int check_session_ask(const struct check_session *c,
		      const struct host_list *list, struct check_host **hosts)
{
	struct check_probe *probes = calloc(list->count, sizeof(*probes));
	int ret = -ENOMEM;

	*hosts = calloc(list->count, sizeof(**hosts));

	for (size_t i = 0; i < list->count && probes; i++)
		probes[i].host = &list->host[i];
	if (probes && *hosts)
		ret = ask(c, probes, *hosts, list->count);
	if (probes)
		check_probe_free(probes, list->count);
	if (ret) {
		check_session_free(*hosts, list->count);
		*hosts = NULL;
	}
	return ret;
}

void check_session_free(struct check_host *hosts, size_t count)
{
	for (size_t i = 0; hosts && i < count; i++)
		check_host_free(&hosts[i]);
	free(hosts);
}
