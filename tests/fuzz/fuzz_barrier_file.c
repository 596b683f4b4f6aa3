// SPDX-License-Identifier: GPL-2.0-only
/*
 * A host's file at the barrier. What was read from it can be written and read
 * again.
 */
#include "fuzz.h"
#include "barrier/barrier_file.h"

static int parse(const void *data, size_t size, struct barrier_peer *peer)
{
	FILE *f = fmemopen((void *)data, size, "r");
	int ret;

	assert(f);
	memset(peer, 0, sizeof(*peer));
	ret = barrier_file_parse(f, peer);
	fclose(f);
	return ret;
}

/* Writes the file of a host that has seen the same as `peer`. */
static char *print(const struct barrier_peer *peer, size_t *size)
{
	struct barrier_peer *peers =
		calloc(peer->seen_count + 1, sizeof(*peers));
	char *text = NULL;
	FILE *f = open_memstream(&text, size);

	assert(peers && f);
	peers[0] = *peer;
	for (unsigned int i = 0; i < peer->seen_count; i++)
		peers[i + 1].name = peer->seen[i];
	barrier_file_print(f, peers, peer->seen_count + 1);
	assert(!fclose(f));
	free(peers);
	return text;
}

static void check_equal(const struct barrier_peer *a,
			const struct barrier_peer *b)
{
	assert(a->name.number == b->name.number && a->state == b->state);
	assert(a->stamp_ns == b->stamp_ns && a->opens_ns == b->opens_ns);
	assert(a->seen_count == b->seen_count);
	for (unsigned int i = 0; i < a->seen_count; i++) {
		assert(a->seen[i].number == b->seen[i].number);
		assert(!strcmp(a->seen[i].host, b->seen[i].host));
		assert(a->seen[i].delay_ns == b->seen[i].delay_ns);
		assert(barrier_file_find(b, &a->seen[i]));
	}
}

FUZZ(data, size)
{
	struct barrier_peer peer, again;
	char *text;
	int ret;

	if (!size)
		return;
	ret = parse(data, size, &peer);
	assert(!ret || ret == -EINVAL);
	for (unsigned int i = 0; i < peer.seen_count; i++)
		assert(peer.seen[i].host[0]);
	if (!ret) {
		assert(peer.state <= BARRIER_OPEN);
		text = print(&peer, &size);
		assert(!parse(text, size, &again));
		check_equal(&peer, &again);
		free(again.seen);
		free(text);
	}
	free(peer.seen);
}
