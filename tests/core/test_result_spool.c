// SPDX-License-Identifier: GPL-2.0-only
/*
 * The files that a host keeps of its jobs: they are whole, and no others are
 * touched.
 */
#include <sys/stat.h>

#include "util/result_spool.h"
#include "scratch.h"

#define SPOOL_TEST(name)                                                       \
	TEST_WITH(name, void *unused, scratch_setup, scratch_teardown)

static struct result_spool a_spool(const char *text)
{
	return (struct result_spool){
		.directory = scratch_dir,
		.host = "h1",
		.number = 7,
		.fio = 0xabc,
		.began_s = 1000000000,
		.text = text,
		.length = strlen(text),
	};
}

#define RUN "20010909T014640Z-h1-0000000000000abc"

static char *below(const char *name)
{
	return printed("%s/smallfio-kept/%s", scratch_dir, name);
}

SPOOL_TEST(writes_whole)
{
	struct result_spool k = a_spool("rest\n");
	struct failure f = { "" };

	assert_ok(result_spool_write(&k, &f));
	assert_string_equal(
		contents_of(below(RUN "/h1.00007.json")),
		"fio-smallfile: kept: host=h1 fio=0000000000000abc rest\n");
	k.text = "again";
	k.length = 5;
	assert_ok(result_spool_write(&k, &f));
	assert_string_equal(
		contents_of(below(RUN "/h1.00007.json")),
		"fio-smallfile: kept: host=h1 fio=0000000000000abc again");
	assert_false(scratch_exists(
		"%s/smallfio-kept/" RUN "/.h1.00007.json.tmp", scratch_dir));
}

SPOOL_TEST(refuses)
{
	static const char *const hosts[] = { "", ".h", "a/b", "a b", "a\nb" };
	struct result_spool k = a_spool("x");
	struct failure f = { "" };
	char name[300], *path;

	for_each_in (row, hosts) {
		k.host = *row;
		assert_int_equal(result_spool_write(&k, &f), -EINVAL);
		assert_int_equal(result_spool_drop_earlier(&k, &f), -EINVAL);
		assert_says(f.text, "host's name");
	}
	memset(name, 'x', sizeof(name));
	name[299] = 0;
	k.host = name;
	assert_int_equal(result_spool_write(&k, &f), -EINVAL);
	k.host = "h1";
	path = printed("%s/nowhere", scratch_dir);
	k.directory = path;
	assert_int_equal(result_spool_write(&k, &f), -ENOENT);
	assert_says(f.text, path);
	assert_int_equal(result_spool_drop_earlier(&k, &f), -ENOENT);
}

/*
 * A link in the place of the directory, or of the file being written, is not
 * followed.
 */
SPOOL_TEST(follows_no_link)
{
	const char *const places[] = { printed("%s/smallfio-kept", scratch_dir),
				       below(RUN),
				       below(RUN "/.h1.00007.json.tmp") };
	const char *target = printed("%s/target", scratch_dir);
	struct result_spool k = a_spool("x");
	struct failure f = { "" };

	for_each_in (place, places) {
		assert_ok(mkdir(target, 0777));
		assert_ok(symlink(target, *place));
		assert_true(result_spool_write(&k, &f) < 0);
		assert_ok(rmdir(target));
		/* Nothing is made there either. */
		assert_true(result_spool_write(&k, &f) < 0);
		assert_false(scratch_exists("%s", target));
		assert_ok(unlink(*place));
		assert_ok(mkdir(*place, 0777));
	}
}

static void leave(const char *run, const char *name, const char *text)
{
	mkdir(below(run), 0777);
	scratch_text(below(printed("%s/%s", run, name)), text);
}

static bool is_there(const char *name)
{
	return scratch_exists("%s/smallfio-kept/%s", scratch_dir, name);
}

#define OF(host, fio) RESULT_SPOOL_MAGIC " host=" host " fio=" fio " x\n"
#define YEAR(y)       #y "0909T014640Z-h1-0000000000000001"

/* Of its own host's runs the latest stay, and so do names that are no run's. */
SPOOL_TEST(drops_its_own)
{
	static const char *const own[] = {
		YEAR(1991), YEAR(1992), YEAR(1993), YEAR(1994), YEAR(1995),
	};
	static const char *const others[] = {
		"19900909T014640Z-h2-0000000000000001",
		"19900909T014640Z-h11-0000000000000001",
		"19900909T014640Z-xh1-0000000000000001",
		"19900909T014640Z-h1-000000000000000g",
		"19900909T014640-h1-0000000000000001",
		"x9900909T014640Z-h1-0000000000000001",
	};
	struct result_spool k = a_spool("x");
	struct failure f = { "" };

	assert_ok(result_spool_write(&k, &f));
	for_each_in (row, own)
		leave(*row, "h1.00000.json", OF("h1", "1"));
	for_each_in (row, others)
		leave(*row, "h1.00000.json", OF("h1", "1"));
	assert_ok(result_spool_drop_earlier(&k, &f));
	assert_true(is_there(RUN "/h1.00007.json"));
	assert_false(is_there(own[0]));
	for (size_t i = 1; i < sizeof(own) / sizeof(*own); i++)
		assert_true(is_there(own[i]));
	for_each_in (row, others)
		if (!is_there(*row))
			fail_msg("removed: %s", *row);
}

/* In a run's directory, only records of this host are removed. */
SPOOL_TEST(drops_only_records)
{
	static const char *const stay[] = {
		"h2.00001.json",  "h1.00004.json.", "h1.0005.json",
		"h1.000006.json", "h1.x0007.json",  "h1.00008.jso",
		"xh1.00009.json", ".h1.00010.json", "h1.00011.json",
		"h1.00012.json",
	};
	struct result_spool k = a_spool("x");
	struct failure f = { "" };
	char *path;

	for (int i = 0; i < RESULT_SPOOL_RUNS; i++) {
		k.fio = 2 + (uint64_t)i;
		assert_ok(result_spool_write(&k, &f));
	}
	for (size_t i = 0; i + 2 < sizeof(stay) / sizeof(*stay); i++)
		leave(YEAR(1990), stay[i], OF("h1", "1"));
	leave(YEAR(1990), "h1.00011.json", OF("h11", "1"));
	leave(YEAR(1990), "h1.00012.json", "somebody's");
	leave(YEAR(1990), "h1.00000.json", OF("h1", "1"));
	assert_ok(mkfifo(below(YEAR(1990) "/h1.00013.json"), 0666));
	assert_ok(result_spool_drop_earlier(&k, &f));
	assert_false(is_there(YEAR(1990) "/h1.00000.json"));
	assert_true(is_there(YEAR(1990) "/h1.00013.json"));
	for_each_in (row, stay) {
		path = printed("%s/%s", YEAR(1990), *row);
		if (!is_there(path))
			fail_msg("removed: %s", path);
	}
}
