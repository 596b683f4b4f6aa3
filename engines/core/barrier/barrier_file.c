// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "barrier/barrier_file.h"

#define MAGIC "smallfio-gate 2"
#define END   "end"
/*
 * More than BARRIER_HOSTS_MAX, because files of earlier runs are listed, too.
 */
#define SEEN_MAX   65536
#define LINE_BYTES (BARRIER_NAME_MAX + 64)

void barrier_file_print(FILE *f, const struct barrier_peer *peers,
			unsigned int count)
{
	fprintf(f, MAGIC "\nme %016" PRIx64 " %d %" PRId64 " %" PRId64 "\n",
		peers[0].name.number, peers[0].state, peers[0].stamp_ns,
		peers[0].opens_ns);
	if (peers[0].job)
		fprintf(f, "job %016" PRIx64 "\n", peers[0].job);
	for (unsigned int i = 1; i < count; i++)
		fprintf(f, "saw %016" PRIx64 " %" PRId64 " %s\n",
			peers[i].name.number, peers[i].name.delay_ns,
			peers[i].name.host);
	fprintf(f, END "\n");
}

const struct barrier_name *barrier_file_find(const struct barrier_peer *peer,
					     const struct barrier_name *name)
{
	for (unsigned int i = 0; i < peer->seen_count; i++)
		if (peer->seen[i].number == name->number &&
		    !strcmp(peer->seen[i].host, name->host))
			return &peer->seen[i];
	return NULL;
}

static int add_seen(struct barrier_peer *peer, uint64_t number,
		    int64_t delay_ns, const char *host)
{
	struct barrier_name *seen;

	if (peer->seen_count == SEEN_MAX)
		return -EINVAL;
	seen = peer->seen;
	/* Makes room for 8 hosts, and then always for twice as many. */
	if (!(peer->seen_count & (peer->seen_count - 1)) &&
	    (peer->seen_count >= 8 || !peer->seen_count)) {
		size_t room = peer->seen_count ? peer->seen_count * 2ul : 8;

		seen = realloc(peer->seen, room * sizeof(*seen));
		if (!seen)
			return -ENOMEM;
		peer->seen = seen;
	}
	seen += peer->seen_count++;
	seen->number = number;
	seen->delay_ns = delay_ns;
	snprintf(seen->host, sizeof(seen->host), "%s", host);
	return 0;
}

static int parse_me(const char *line, struct barrier_peer *peer)
{
	unsigned int state;

	if (sscanf(line, "me %16" SCNx64 " %1u %20" SCNd64 " %20" SCNd64,
		   &peer->name.number, &state, &peer->stamp_ns,
		   &peer->opens_ns) != 4 ||
	    state > BARRIER_OPEN || peer->stamp_ns < 0 || peer->opens_ns < 0 ||
	    peer->stamp_ns >= BARRIER_NS_MAX ||
	    peer->opens_ns >= BARRIER_NS_MAX)
		return -EINVAL;
	peer->state = state;
	return 0;
}

static int parse_saw(const char *line, struct barrier_peer *peer)
{
	char host[BARRIER_NAME_MAX + 1];
	uint64_t number;
	int64_t delay_ns;

	if (sscanf(line, "saw %16" SCNx64 " %20" SCNd64 " %255s", &number,
		   &delay_ns, host) != 3 ||
	    delay_ns <= -BARRIER_NS_MAX || delay_ns >= BARRIER_NS_MAX)
		return -EINVAL;
	return add_seen(peer, number, delay_ns, host);
}

static int parse_line(const char *line, unsigned int at,
		      struct barrier_peer *peer)
{
	if (at == 0)
		return strcmp(line, MAGIC) ? -EINVAL : 0;
	if (at == 1)
		return parse_me(line, peer);
	if (at == 2 && sscanf(line, "job %16" SCNx64, &peer->job) == 1)
		return 0;
	return parse_saw(line, peer);
}

int barrier_file_parse(FILE *f, struct barrier_peer *peer)
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
		ret = parse_line(line, at, peer);
		if (ret)
			return ret;
	}
	return -EINVAL;
}
