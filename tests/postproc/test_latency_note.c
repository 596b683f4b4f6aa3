// SPDX-License-Identifier: GPL-2.0-only
#include "fio/latency_note.h"
#include "test.h"

#define FIRST                                                                  \
	"fio-smallfile: latency: host=a thread=1 operation=stat reads=1 "      \
	"samples=4 bytes=4 errors=2 error=5 min=891 max=32067 mean=93.5 "      \
	"stddev=38.25 job=a b"
#define BINS                                                                   \
	"<a> fio-smallfile: bins: host=a thread=1 operation=stat "             \
	"bins=303:1,304:2 job=a b\r"

static int read_line(struct latency_notes *notes, const char *line)
{
	return latency_notes_read(notes, line, strlen(line));
}

TEST(reads)
{
	struct latency_notes notes = { 0 };
	const struct latency_note *n;

	assert_ok(read_line(&notes, FIRST));
	assert_ok(read_line(&notes, BINS));
	assert_ok(latency_notes_read_option(
		&notes, "bins: host=a thread=1 operation=stat bins=1800:1 "
			"job=a b"));
	assert_ok(latency_notes_read_option(
		&notes, "latency: host=a thread=2 operation=stat reads=1 "
			"samples=0 bytes=0 errors=0 error=0 conflicts=7 min=0 "
			"max=0 mean=0 stddev=0 job=a b"));
	assert_int_equal(notes.count, 2);
	assert_int_equal(notes.note[1].conflicts, 7);
	n = notes.note;
	assert_int_equal(n->conflicts, 0);
	assert_string_equal(n->job, "a b");
	assert_string_equal(n->host, "a");
	assert_string_equal(n->operation, "stat");
	assert_int_equal(n->thread, 1);
	assert_true(n->reads);
	assert_int_equal(n->samples, 4);
	assert_int_equal(n->errors, 2);
	assert_int_equal(n->error, 5);
	assert_int_equal(n->min_ns, 891);
	assert_int_equal(n->max_ns, 32067);
	assert_true(n->mean_ns == 93.5 && n->stddev_ns == 38.25);
	assert_int_equal(n->bins.samples, 4);
	assert_int_equal(n->bins.n, 3);
	assert_int_equal(n->bins.bin[2].index, 1800);
	latency_notes_free(&notes);
	assert_int_equal(notes.count, 0);
}

/* A part is told from the operation, and from a section that is called so. */
TEST(parts)
{
	static const char rest[] =
		" reads=0 samples=1 bytes=0 errors=0 error=0 conflicts=0 "
		"min=9 max=9 mean=9 stddev=0 job=x part=y";
	static const char *const parts[] = { "", "fsync", "open" };
	struct latency_notes notes = { 0 };

	for (size_t i = 0; i < 3; i++) {
		const char *part =
			*parts[i] ? printed(" part=%s", parts[i]) : "";
		const char *names = printed("fio-smallfile: latency: host=a "
					    "thread=0 operation=create%s%s",
					    part, rest);

		assert_ok(read_line(&notes, names));
		assert_ok(read_line(
			&notes, printed("fio-smallfile: bins: host=a thread=0 "
					"operation=create%s bins=9:1 "
					"job=x part=y",
					part)));
	}
	assert_int_equal(notes.count, 3);
	for (size_t i = 0; i < 3; i++) {
		assert_string_equal(notes.note[i].part, parts[i]);
		assert_string_equal(notes.note[i].operation, "create");
		assert_string_equal(notes.note[i].job, "x part=y");
		assert_int_equal(notes.note[i].bins.samples, 1);
		assert_true(latency_notes_alike(&notes.note[i],
						&notes.note[0]) == !i);
	}
	latency_notes_free(&notes);
}

TEST(refuses)
{
	static const char *const damaged[] = {
		"fio-smallfile: latency: host=a thread=1 job=b",
		"fio-smallfile: bins: host=b thread=1 operation=stat bins=1:1 "
		"job=a b",
		"fio-smallfile: bins: host=a thread=1 operation=stat "
		"bins=1856:1 job=a b",
		"fio-smallfile: bins: host=a thread=1 operation=stat bins=1:1",
		"fio-smallfile: bins: host=a thread=1 operation=stat bins=1 "
		"job=a b",
		"fio-smallfile: bins: host=a thread=1 operation=stat bins= "
		"job=a b",
		"fio-smallfile: bins: host=a thread=1 operation=stat part=stat "
		"bins=1:1 job=a b",
		"fio-smallfile: bins: host=a thread=1 operation=stat part= "
		"bins=1:1 job=a b",
	};
	static const char *const others[] = {
		"fio: bins: host=a", "fio-smallfile: section: operation=mix", ""
	};
	struct latency_notes notes = { 0 };

	assert_ok(read_line(&notes, FIRST));
	for (size_t i = 0; i < sizeof(damaged) / sizeof(*damaged); i++)
		assert_int_equal(read_line(&notes, damaged[i]), -EINVAL);
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
		assert_int_equal(read_line(&notes, others[i]), -ENOENT);
	assert_int_equal(latency_notes_read_option(&notes, "other: x"),
			 -EINVAL);
	assert_int_equal(notes.count, 1);
	latency_notes_free(&notes);
}
