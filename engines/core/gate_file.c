// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "gate_file.h"

#define MAGIC "smallfio-gate 1"
#define END   "end"
/* Leftovers are seen and listed, too. */
#define SEEN_MAX   65536
#define LINE_BYTES (GATE_NAME_MAX + 64)

void gate_file_print(FILE *f, const struct gate_peer *peers, unsigned int count)
{
	fprintf(f, MAGIC "\nme %016" PRIx64 " %d\n", peers[0].name.number,
		peers[0].state);
	for (unsigned int i = 1; i < count; i++)
		fprintf(f, "saw %016" PRIx64 " %s\n", peers[i].name.number,
			peers[i].name.host);
	fprintf(f, END "\n");
}

bool gate_file_has(const struct gate_peer *peer, const struct gate_name *name)
{
	for (unsigned int i = 0; i < peer->seen_count; i++)
		if (peer->seen[i].number == name->number &&
		    !strcmp(peer->seen[i].host, name->host))
			return true;
	return false;
}

static int add_seen(struct gate_peer *peer, uint64_t number, const char *host)
{
	struct gate_name *seen;

	if (peer->seen_count == SEEN_MAX)
		return -EINVAL;
	seen = peer->seen;
	/* Room for 8, then always twice as many. */
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
	snprintf(seen->host, sizeof(seen->host), "%s", host);
	return 0;
}

static int parse_line(const char *line, unsigned int at, struct gate_peer *peer)
{
	char host[GATE_NAME_MAX + 1];
	uint64_t number;
	unsigned int state;

	if (at == 0)
		return strcmp(line, MAGIC) ? -EINVAL : 0;
	if (at == 1) {
		if (sscanf(line, "me %16" SCNx64 " %1u", &number, &state) !=
			    2 ||
		    state > GATE_OPEN)
			return -EINVAL;
		peer->name.number = number;
		peer->state = state;
		return 0;
	}
	if (sscanf(line, "saw %16" SCNx64 " %255s", &number, host) != 2)
		return -EINVAL;
	return add_seen(peer, number, host);
}

int gate_file_parse(FILE *f, struct gate_peer *peer)
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
