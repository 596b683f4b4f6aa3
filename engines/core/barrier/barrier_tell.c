// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <string.h>

#include "barrier/barrier_tell.h"
#include "barrier/host_names.h"

/* Longer lists are cut: "a, b, ..., and 984 more". */
#define LISTED_MAX   16
#define LONG_LOOK_NS INT64_C(1000000000)

/* Of the processes of one host, the one that came last counts. */
static unsigned int count_host(const struct barrier_report *r, unsigned int i,
			       unsigned int call, struct barrier_count *c)
{
	const struct barrier_name *latest = &r->peers[i].name;
	unsigned int answers = 0, end = i;

	for (; end < r->count && !strcmp(r->peers[end].name.host, latest->host);
	     end++) {
		const struct barrier_name *name = &r->peers[end].name;

		answers += name->call == call;
		if (name->stamp_ns > latest->stamp_ns)
			latest = name;
	}
	c->hosts++;
	c->answered += latest->call == call;
	c->twice |= answers > 1;
	if (latest->call != call && !c->unanswered)
		c->unanswered = latest->host;
	return end;
}

struct barrier_count barrier_count(const struct barrier_report *r,
				   unsigned int call)
{
	struct barrier_count c = { 0 };

	for (unsigned int i = 0; i < r->count;)
		i = count_host(r, i, call, &c);
	return c;
}

struct text {
	char *at;
	size_t size;
	unsigned int listed;
};

static void add(struct text *t, const char *before, const char *host)
{
	int n = 0;

	if (t->listed++ < LISTED_MAX)
		n = snprintf(t->at, t->size, "%s%s",
			     t->listed > 1 ? ", " : before, host);
	if (n < 0 || (size_t)n >= t->size)
		return;
	t->at += n;
	t->size -= (size_t)n;
}

static void end(struct text *t)
{
	if (t->listed > LISTED_MAX)
		snprintf(t->at, t->size, " and %u more",
			 t->listed - LISTED_MAX);
}

static void list_here(const struct barrier_report *r, char *out, size_t size)
{
	struct text t = { out, size, 0 };

	out[0] = 0;
	for (unsigned int i = 0; i < r->count; i++)
		if (!i || strcmp(r->peers[i - 1].name.host,
				 r->peers[i].name.host) != 0)
			add(&t, "", r->peers[i].name.host);
	end(&t);
}

static void list_missing(const struct barrier_view *v, char *out, size_t size)
{
	const char *expected = v->barrier->expected;
	struct host_names names = { .at = expected ? expected : "",
				    .separators = ":" };
	char host[BARRIER_NAME_MAX + 1];
	struct text t = { out, size, 0 };

	out[0] = 0;
	while (host_names_next(&names, host, sizeof(host)) > 0)
		if (*host && !barrier_report_has(&v->report, host))
			add(&t, "; missing: ", host);
	end(&t);
}

/* Says what is still to come when all hosts are here. */
static void describe_step(const struct barrier_view *v, char *out, size_t size)
{
	struct barrier_count c = barrier_count(&v->report, v->report.by.call);

	out[0] = 0;
	if (c.hosts != v->barrier->hosts)
		return;
	if (v->report.by.call && c.unanswered)
		snprintf(out, size, "; %s is not ready", c.unanswered);
	else
		snprintf(out, size, "; %s has not opened the gate",
			 v->mine.leader.host);
}

static void describe_rest(const struct barrier_view *v, char *out, size_t size)
{
	int n = 0;

	out[0] = 0;
	if (v->silent[0] && !barrier_report_has(&v->report, v->silent))
		n = snprintf(out, size, "; %s has fallen silent", v->silent);
	if (v->longest_look_ns > LONG_LOOK_NS)
		snprintf(out + n, size - (size_t)n,
			 "; to look into the directory took %.1f s",
			 (double)v->longest_look_ns * 1e-9);
}

void barrier_describe(const struct barrier_view *v, char *out, size_t size)
{
	char here[1536], missing[1536], step[300], rest[350];

	list_here(&v->report, here, sizeof(here));
	list_missing(v, missing, sizeof(missing));
	describe_step(v, step, sizeof(step));
	describe_rest(v, rest, sizeof(rest));
	snprintf(out, size, "%u of %u hosts are here: %s%s%s%s%s",
		 barrier_count(&v->report, 0).hosts, v->barrier->hosts, here,
		 missing, v->report.note, step, rest);
}
