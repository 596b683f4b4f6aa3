// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "barrier/barrier_file.h"

#define MAGIC "smallfio-gate 3"
#define END   "end"
/* More than BARRIER_HOSTS_MAX, because processes may come again and again. */
#define PEERS_MAX      65536
#define LINE_BYTES     (BARRIER_NAME_MAX + 512)
#define DIGITS         16
#define GENERATION_MAX 99999999

void barrier_name_print(const struct barrier_name *n, char *text)
{
	snprintf(text, BARRIER_NAME_MAX + 1,
		 "%.*s~%016" PRIx64 "~%016" PRIx64 "~%u", BARRIER_HOST_MAX,
		 n->host, n->number, (uint64_t)n->stamp_ns, n->call);
}

/* Reads "~" and DIGITS of them. */
static int parse_hex(const char *text, uint64_t *value)
{
	if (*text++ != '~' || strspn(text, "0123456789abcdef") != DIGITS)
		return -EINVAL;
	*value = strtoull(text, NULL, 16);
	return 0;
}

int barrier_name_parse(const char *text, struct barrier_name *n)
{
	const char *call = strrchr(text, '~');
	size_t length = call ? (size_t)(call - text) : 0;
	size_t digits = call ? strspn(call + 1, "0123456789") : 0;
	uint64_t stamp;

	if (*text == '.' || length <= 2 * (DIGITS + 1) || !digits ||
	    digits > 6 || call[1 + digits])
		return -EINVAL;
	length -= 2 * (DIGITS + 1);
	if (length > BARRIER_HOST_MAX || parse_hex(text + length, &n->number) ||
	    parse_hex(text + length + DIGITS + 1, &stamp) ||
	    stamp >= BARRIER_NS_MAX)
		return -EINVAL;
	memcpy(n->host, text, length);
	n->host[length] = 0;
	n->stamp_ns = (int64_t)stamp;
	n->call = (unsigned int)strtoul(call + 1, NULL, 10);
	return 0;
}

bool barrier_entry_parse(const char *text, struct barrier_generation *e)
{
	char *rest;
	unsigned long at = strtoul(text, &rest, 10);

	if (*text < '1' || *text > '9' || at > GENERATION_MAX)
		return false;
	*e = (struct barrier_generation){ .at = (unsigned int)at };
	if (!*rest)
		return true;
	e->decided = !strcmp(rest, "!");
	return e->decided ||
	       (*rest == '~' && !barrier_name_parse(rest + 1, &e->leader));
}

void barrier_verdict_print(unsigned int at, char *name)
{
	snprintf(name, BARRIER_NUMBER_BYTES, "%u!", at);
}

void barrier_report_print_name(unsigned int at,
			       const struct barrier_name *leader, char *path)
{
	int n = snprintf(path, BARRIER_NUMBER_BYTES, "%u~", at);

	barrier_name_print(leader, path + n);
}

int barrier_report_add(struct barrier_report *r,
		       const struct barrier_peer *peer)
{
	unsigned int n = r->count;

	if (n == PEERS_MAX)
		return -EINVAL;
	/* Makes room for 8, and then always for twice as many. */
	if (!(n & (n - 1)) && (n >= 8 || !n)) {
		size_t room = n ? n * 2ul : 8;
		void *peers = realloc(r->peers, room * sizeof(*r->peers));

		if (!peers)
			return -ENOMEM;
		r->peers = peers;
	}
	r->peers[r->count++] = *peer;
	return 0;
}

void barrier_report_print(FILE *f, const struct barrier_report *r)
{
	char name[BARRIER_NAME_MAX + 1];

	barrier_name_print(&r->by, name);
	fprintf(f, MAGIC "\nby %d %" PRId64 " %s\n", r->verdict, r->opens_ns,
		name);
	if (r->note[0])
		fprintf(f, "note %s\n", r->note);
	for (unsigned int i = 0; i < r->count; i++) {
		barrier_name_print(&r->peers[i].name, name);
		fprintf(f, "here %" PRId64 " %s\n", r->peers[i].delay_ns, name);
	}
	fprintf(f, END "\n");
}

static int parse_by(const char *line, struct barrier_report *r)
{
	char name[BARRIER_NAME_MAX + 1];
	unsigned int verdict;

	if (sscanf(line, "by %1u %20" SCNd64 " %255s", &verdict, &r->opens_ns,
		   name) != 3 ||
	    verdict > BARRIER_TWICE || r->opens_ns < 0 ||
	    r->opens_ns >= BARRIER_NS_MAX)
		return -EINVAL;
	r->verdict = verdict;
	return barrier_name_parse(name, &r->by);
}

static int parse_here(const char *line, struct barrier_report *r)
{
	char name[BARRIER_NAME_MAX + 1];
	struct barrier_peer peer;

	if (sscanf(line, "here %20" SCNd64 " %255s", &peer.delay_ns, name) !=
		    2 ||
	    peer.delay_ns <= -BARRIER_NS_MAX ||
	    peer.delay_ns >= BARRIER_NS_MAX ||
	    barrier_name_parse(name, &peer.name))
		return -EINVAL;
	return barrier_report_add(r, &peer);
}

static int parse_line(const char *line, unsigned int at,
		      struct barrier_report *r)
{
	if (at == 0)
		return strcmp(line, MAGIC) ? -EINVAL : 0;
	if (at == 1)
		return parse_by(line, r);
	if (at == 2 && !strncmp(line, "note ", 5)) {
		snprintf(r->note, sizeof(r->note), "%.*s",
			 (int)sizeof(r->note) - 1, line + 5);
		return 0;
	}
	return parse_here(line, r);
}

int barrier_report_parse(FILE *f, struct barrier_report *r)
{
	char line[LINE_BYTES];

	for (unsigned int at = 0; fgets(line, sizeof(line), f); at++) {
		size_t n = strcspn(line, "\n");
		int ret;

		if (!line[n])
			return -EINVAL;
		line[n] = 0;
		if (at > 1 && !strcmp(line, END))
			return 0;
		ret = parse_line(line, at, r);
		if (ret)
			return ret;
	}
	return -EINVAL;
}

const struct barrier_peer *barrier_report_find(const struct barrier_report *r,
					       const struct barrier_name *name)
{
	for (unsigned int i = 0; i < r->count; i++)
		if (r->peers[i].name.number == name->number &&
		    !strcmp(r->peers[i].name.host, name->host))
			return &r->peers[i];
	return NULL;
}

static int compare_host(const void *host, const void *peer)
{
	return strcmp(host, ((const struct barrier_peer *)peer)->name.host);
}

bool barrier_report_has(const struct barrier_report *r, const char *host)
{
	return r->count && bsearch(host, r->peers, r->count, sizeof(*r->peers),
				   compare_host);
}
