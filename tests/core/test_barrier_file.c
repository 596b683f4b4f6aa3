// SPDX-License-Identifier: GPL-2.0-only
/* The file that a host writes at the barrier. */
#include "barrier_rig.h"
#include "scratch.h"

static int parse(const void *text, size_t length, struct barrier_peer *peer)
{
	FILE *f = fmemopen((void *)text, length, "r");
	int ret;

	assert_non_null(f);
	memset(peer, 0, sizeof(*peer));
	ret = barrier_file_parse(f, peer);
	fclose(f);
	return ret;
}

static size_t print(const struct barrier_peer *peers, unsigned int count,
		    char *text, size_t size)
{
	FILE *f = fmemopen(text, size, "w");
	long length;

	assert_non_null(f);
	barrier_file_print(f, peers, count);
	length = ftell(f);
	assert_ok(fclose(f));
	assert_true(length > 0 && (size_t)length < size);
	return (size_t)length;
}

static void check_seen(const struct barrier_name *found,
		       const struct barrier_name *said)
{
	assert_int_equal(!found, !said);
	if (!said)
		return;
	assert_string_equal(found->host, said->host);
	assert_true(found->delay_ns == said->delay_ns);
}

BARRIER_TEST(file_round_trip)
{
	static const int64_t delays[] = { 0, 1, -1, BARRIER_NS_MAX - 1,
					  1 - BARRIER_NS_MAX };
	static const uint64_t numbers[] = { 0, 1, 77, UINT64_MAX, 1ull << 63 };
	struct barrier_peer peers[5] = { 0 }, read;
	struct barrier_name other;
	char text[4096];

	for (unsigned int i = 0; i < 5; i++) {
		peers[i].name.number = numbers[i];
		peers[i].name.delay_ns = delays[i];
		memset(peers[i].name.host, 'a' + (int)i,
		       i == 4 ? BARRIER_NAME_MAX : i + 1);
	}
	for (unsigned int i = 0; i < 20; i++) {
		unsigned int count = 1 + i % 5;
		size_t length;

		peers[0].state = i / 5;
		peers[0].stamp_ns = i * (BARRIER_NS_MAX / 20);
		peers[0].opens_ns = peers[0].stamp_ns / 2;
		length = print(peers, count, text, sizeof(text));
		assert_ok(parse(text, length, &read));
		assert_true(read.name.number == numbers[0]);
		assert_int_equal(read.state, i / 5);
		assert_true(read.stamp_ns == peers[0].stamp_ns);
		assert_true(read.opens_ns == peers[0].opens_ns);
		assert_int_equal(read.seen_count, count - 1);
		for (unsigned int j = 1; j < 5; j++)
			check_seen(barrier_file_find(&read, &peers[j].name),
				   j < count ? &peers[j].name : NULL);
		other = peers[1].name;
		other.number++;
		assert_null(barrier_file_find(&read, &other));
		free(read.seen);
		/* Wherever the file is cut off, it is not whole. */
		for (size_t n = 1; n < length; n++) {
			assert_int_equal(parse(text, n, &read), -EINVAL);
			free(read.seen);
		}
	}
}

#define MAGIC "smallfio-gate 2\n"
#define ME    "me 0000000000000001 3 7 9\n"
#define END   "end\n"

BARRIER_TEST(file_malformed)
{
	static const char *const bad[] = {
		"\n",
		"end\n",
		MAGIC,
		MAGIC END,
		MAGIC ME,
		MAGIC ME "end",
		MAGIC ME "END\n",
		MAGIC ME "\n" END,
		MAGIC "\n" ME END,
		MAGIC ME ME END,
		MAGIC MAGIC ME END,
		ME MAGIC END,
		ME END,
		"smallfio-gate\n" ME END,
		"smallfio-gate 1\n" ME END,
		"smallfio-gate 20\n" ME END,
		" " MAGIC ME END,
		"smallfio-gate 2\r\nme 1 2 7 9\r\nend\r\n",
		MAGIC "me\n" END,
		MAGIC "me 1\n" END,
		MAGIC "me 1 \n" END,
		MAGIC "me 1 1\n" END,
		MAGIC "me 1 1 \n" END,
		MAGIC "me 1 1 7\n" END,
		MAGIC "me 1 1 x 9\n" END,
		MAGIC "me 1 1 -1 9\n" END,
		MAGIC "me 1 1 7 -1\n" END,
		MAGIC "me 1 1 4611686018427387904 9\n" END,
		MAGIC "me 1 1 7 4611686018427387904\n" END,
		MAGIC "me 1 1 99999999999999999999 9\n" END,
		MAGIC "me 1 4 7 9\n" END,
		MAGIC "me 1 9 7 9\n" END,
		MAGIC "me 1 -1 7 9\n" END,
		MAGIC "me 1 x 7 9\n" END,
		MAGIC "me xyz 1 7 9\n" END,
		MAGIC "you 1 1 7 9\n" END,
		MAGIC "saw 1 1 a\n" END,
		MAGIC ME "saw\n" END,
		MAGIC ME "saw 1\n" END,
		MAGIC ME "saw 1 1\n" END,
		MAGIC ME "saw 1 1 \n" END,
		MAGIC ME "saw 1 a\n" END,
		MAGIC ME "saw x 1 a\n" END,
		MAGIC ME "saw a\n" END,
		MAGIC ME "saw 1 4611686018427387904 a\n" END,
		MAGIC ME "saw 1 -4611686018427387904 a\n" END,
		MAGIC ME "saw 1 -99999999999999999999 a\n" END,
		MAGIC ME "heard 1 1 a\n" END,
		MAGIC ME "saw 1 1 a\nsaw\n" END,
	};
	struct barrier_peer peer;

	for_each_in (row, bad) {
		if (parse(*row, strlen(*row), &peer) != -EINVAL)
			fail_msg("accepted: %s", *row);
		free(peer.seen);
	}
	/* Bytes after the end do not count. */
	assert_ok(parse(MAGIC ME END "x", sizeof(MAGIC ME END), &peer));
	assert_int_equal(peer.state, BARRIER_OPEN);
	assert_int_equal(peer.seen_count, 0);
	assert_int_equal(parse(MAGIC "me 1\0 2 7 9\n" END,
			       sizeof(MAGIC "me 1\0 2 7 9\n" END) - 1, &peer),
			 -EINVAL);
}

/* A line without an end, and as many lines as leftovers may cause. */
BARRIER_TEST(file_long)
{
	static char text[BARRIER_HOSTS_MAX * 2 * 24];
	struct barrier_peer peer;
	size_t n;

	memset(text, 'a', sizeof(text));
	memcpy(text, MAGIC ME "saw 1 1 ", sizeof(MAGIC ME "saw 1 1 ") - 1);
	assert_int_equal(parse(text, sizeof(text), &peer), -EINVAL);
	free(peer.seen);
	n = (size_t)sprintf(text, MAGIC ME);
	for (unsigned int i = 0; i < BARRIER_HOSTS_MAX + 100; i++)
		n += (size_t)sprintf(text + n, "saw %x 1 h%u\n", i, i);
	n += (size_t)sprintf(text + n, END);
	assert_true(n < sizeof(text));
	assert_ok(parse(text, n, &peer));
	assert_int_equal(peer.seen_count, BARRIER_HOSTS_MAX + 100);
	free(peer.seen);
}
