// SPDX-License-Identifier: GPL-2.0-only
/* What hosts say at the barrier by names of files, and by reports. */
#include "barrier_rig.h"
#include "scratch.h"

static int parse(const void *text, size_t length, struct barrier_report *r)
{
	FILE *f = fmemopen((void *)text, length, "r");
	int ret;

	assert_non_null(f);
	memset(r, 0, sizeof(*r));
	ret = barrier_report_parse(f, r);
	fclose(f);
	return ret;
}

static size_t print(const struct barrier_report *r, char *text, size_t size)
{
	FILE *f = fmemopen(text, size, "w");
	long length;

	assert_non_null(f);
	barrier_report_print(f, r);
	length = ftell(f);
	assert_ok(fclose(f));
	assert_true(length > 0 && (size_t)length < size);
	return (size_t)length;
}

static void check_name(const struct barrier_name *a,
		       const struct barrier_name *b)
{
	assert_string_equal(a->host, b->host);
	assert_true(a->number == b->number && a->stamp_ns == b->stamp_ns);
	assert_int_equal(a->call, b->call);
}

static struct barrier_name some_name(unsigned int i)
{
	static const uint64_t numbers[] = { 0, 1, 77, UINT64_MAX, 1ull << 63 };
	struct barrier_name name = { .number = numbers[i % 5],
				     .stamp_ns = BARRIER_NS_MAX / (i + 1) - 1,
				     .call = i % 3 ? i : 999999 };

	memset(name.host, 'a' + (int)i % 26, i % 4 ? 1 + i : BARRIER_HOST_MAX);
	return name;
}

BARRIER_TEST(name_round_trip)
{
	for (unsigned int i = 0; i < 50; i++) {
		struct barrier_name name = some_name(i), read = { 0 };
		char text[BARRIER_NAME_MAX + 1];

		barrier_name_print(&name, text);
		assert_ok(barrier_name_parse(text, &read));
		check_name(&name, &read);
		/* A host's name may have the sign between the parts. */
		name.host[0] = '~';
		barrier_name_print(&name, text);
		assert_ok(barrier_name_parse(text, &read));
		check_name(&name, &read);
	}
}

#define NUMBER "~0123456789abcdef"
#define TIME   "~0000000000000001"

BARRIER_TEST(name_malformed)
{
	static const char *const bad[] = {
		"",
		"~",
		"a",
		".",
		"..",
		"a~1",
		"a" NUMBER,
		"a" NUMBER TIME,
		"a" NUMBER TIME "~",
		"a" NUMBER TIME "~x",
		"a" NUMBER TIME "~1x",
		"a" NUMBER TIME "~-1",
		"a" NUMBER TIME "~1234567",
		NUMBER TIME "~1",
		".a" NUMBER TIME "~1",
		"a" NUMBER "~000000000000000g~1",
		"a" NUMBER "~00000000000001~1",
		"a" NUMBER "~4000000000000000~1",
		"a" NUMBER "~ffffffffffffffff~1",
		"a 0123456789abcdef" TIME "~1",
	};
	char text[BARRIER_NAME_MAX + 64];
	struct barrier_name name;

	for_each_in (row, bad)
		if (barrier_name_parse(*row, &name) != -EINVAL)
			fail_msg("accepted: %s", *row);
	memset(text, 'a', BARRIER_HOST_MAX + 1);
	strcpy(text + BARRIER_HOST_MAX + 1, NUMBER TIME "~1");
	assert_int_equal(barrier_name_parse(text, &name), -EINVAL);
	assert_ok(barrier_name_parse(text + 1, &name));
}

BARRIER_TEST(file_round_trip)
{
	static const int64_t delays[] = { 0, 1, -1, BARRIER_NS_MAX - 1,
					  1 - BARRIER_NS_MAX };
	struct barrier_peer peers[5] = { 0 };
	char text[4096];

	for (unsigned int i = 0; i < 5; i++) {
		peers[i].name = some_name(i);
		peers[i].delay_ns = delays[i];
	}
	for (unsigned int i = 0; i < 36; i++) {
		struct barrier_report r = { .by = some_name(i),
					    .verdict = i % 6,
					    .opens_ns =
						    i * (BARRIER_NS_MAX / 36),
					    .peers = peers,
					    .count = i / 6 },
				      read;
		struct barrier_name other = peers[0].name;
		size_t length;

		if (i % 2)
			strcpy(r.note, "; of another run: b");
		r.count -= r.count > 5;
		length = print(&r, text, sizeof(text));
		assert_ok(parse(text, length, &read));
		check_name(&r.by, &read.by);
		assert_int_equal(read.verdict, r.verdict);
		assert_true(read.opens_ns == r.opens_ns);
		assert_string_equal(read.note, r.note);
		assert_int_equal(read.count, r.count);
		for (unsigned int j = 0; j < r.count; j++) {
			check_name(&read.peers[j].name, &peers[j].name);
			assert_true(read.peers[j].delay_ns ==
				    peers[j].delay_ns);
			assert_ptr_equal(barrier_report_find(&read,
							     &peers[j].name),
					 &read.peers[j]);
		}
		other.number++;
		assert_null(barrier_report_find(&read, &other));
		free(read.peers);
		/* Wherever the file is cut off, it is not whole. */
		for (size_t n = 1; n < length; n++) {
			assert_int_equal(parse(text, n, &read), -EINVAL);
			free(read.peers);
		}
	}
}

#define MAGIC "smallfio-gate 3\n"
#define NAME  "a" NUMBER TIME "~1"
#define BY    "by 1 9 " NAME "\n"
#define HERE  "here -5 " NAME "\n"
#define END   "end\n"

BARRIER_TEST(file_malformed)
{
	static const char *const bad[] = {
		"\n",
		"end\n",
		MAGIC,
		MAGIC END,
		MAGIC BY,
		MAGIC BY "end",
		MAGIC BY "END\n",
		MAGIC BY "\n" END,
		MAGIC "\n" BY END,
		MAGIC BY BY END,
		MAGIC MAGIC BY END,
		BY MAGIC END,
		BY END,
		"smallfio-gate 2\n" BY END,
		"smallfio-gate 30\n" BY END,
		" " MAGIC BY END,
		MAGIC "by\n" END,
		MAGIC "by 1\n" END,
		MAGIC "by 1 9\n" END,
		MAGIC "by 1 9 a\n" END,
		MAGIC "by 6 9 " NAME "\n" END,
		MAGIC "by x 9 " NAME "\n" END,
		MAGIC "by 1 -9 " NAME "\n" END,
		MAGIC "by 1 x " NAME "\n" END,
		MAGIC "by 1 4611686018427387904 " NAME "\n" END,
		MAGIC "by 1 99999999999999999999 " NAME "\n" END,
		MAGIC "from 1 9 " NAME "\n" END,
		MAGIC HERE END,
		MAGIC BY "here\n" END,
		MAGIC BY "here 1\n" END,
		MAGIC BY "here " NAME "\n" END,
		MAGIC BY "here 1 a\n" END,
		MAGIC BY "here x " NAME "\n" END,
		MAGIC BY "here 4611686018427387904 " NAME "\n" END,
		MAGIC BY "here -4611686018427387904 " NAME "\n" END,
		MAGIC BY HERE "note late\n" END,
		MAGIC BY HERE "here\n" END,
	};
	struct barrier_report r;

	for_each_in (row, bad) {
		if (parse(*row, strlen(*row), &r) != -EINVAL)
			fail_msg("accepted: %s", *row);
		free(r.peers);
	}
	/* Bytes after the end do not count. */
	assert_ok(parse(MAGIC BY HERE END "x", sizeof(MAGIC BY HERE END), &r));
	assert_int_equal(r.verdict, BARRIER_OPEN);
	assert_int_equal(r.count, 1);
	free(r.peers);
	assert_int_equal(parse(MAGIC "by 1\0 9 " NAME "\n" END,
			       sizeof(MAGIC "by 1\0 9 " NAME "\n" END) - 1, &r),
			 -EINVAL);
}

/* A line without an end, and more processes than there can be hosts. */
BARRIER_TEST(file_long)
{
	static char text[BARRIER_HOSTS_MAX * 2 * 64];
	struct barrier_report r;
	size_t n;

	memset(text, 'a', sizeof(text));
	memcpy(text, MAGIC BY "here 1 ", sizeof(MAGIC BY "here 1 ") - 1);
	assert_int_equal(parse(text, sizeof(text), &r), -EINVAL);
	free(r.peers);
	n = (size_t)sprintf(text, MAGIC BY);
	for (unsigned int i = 0; i < BARRIER_HOSTS_MAX + 100; i++)
		n += (size_t)sprintf(text + n, "here 1 h%u" NUMBER TIME "~0\n",
				     i);
	n += (size_t)sprintf(text + n, END);
	assert_true(n < sizeof(text));
	assert_ok(parse(text, n, &r));
	assert_int_equal(r.count, BARRIER_HOSTS_MAX + 100);
	free(r.peers);
}
