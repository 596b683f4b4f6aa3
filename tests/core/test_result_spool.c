// SPDX-License-Identifier: GPL-2.0-only
/* Files that a host keeps of its jobs: whole, its own, and no others touched.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmocka_all.h"
#include "util/result_spool.h"
#include "scratch.h"

static char top[PATH_MAX];

static int setup(void **state)
{
	scratch_make(top);
	return 0;
}

static int teardown(void **state)
{
	scratch_remove(top);
	return 0;
}

static struct result_spool a_spool(const char *text)
{
	return (struct result_spool){
		.directory = top,
		.host = "h1",
		.number = 7,
		.fio = 0xabc,
		.text = text,
		.length = strlen(text),
	};
}

static void below(char *path, const char *name)
{
	scratch_print(path, PATH_MAX, "%s/smallfio-kept/%s", top, name);
}

static void read_all(const char *name, char *text, size_t size)
{
	char path[PATH_MAX];
	size_t n;
	FILE *f;

	below(path, name);
	f = fopen(path, "r");
	assert_non_null(f);
	n = fread(text, 1, size - 1, f);
	text[n] = 0;
	fclose(f);
}

static void writes_whole(void **state)
{
	struct result_spool k = a_spool("rest\n");
	struct failure f = { "" };
	char text[256];

	assert_int_equal(result_spool_write(&k, &f), 0);
	read_all("h1.00007.json", text, sizeof(text));
	assert_string_equal(
		text,
		"fio-smallfile: kept: host=h1 fio=0000000000000abc rest\n");
	k.text = "again";
	k.length = 5;
	assert_int_equal(result_spool_write(&k, &f), 0);
	read_all("h1.00007.json", text, sizeof(text));
	assert_string_equal(
		text,
		"fio-smallfile: kept: host=h1 fio=0000000000000abc again");
	assert_false(
		scratch_exists("%s/smallfio-kept/.h1.00007.json.tmp", top));
}

static void refuses(void **state)
{
	static const char *const hosts[] = { "", ".h", "a/b", "a b", "a\nb" };
	struct result_spool k = a_spool("x");
	struct failure f = { "" };
	char name[300], path[PATH_MAX];

	for (size_t i = 0; i < sizeof(hosts) / sizeof(*hosts); i++) {
		k.host = hosts[i];
		assert_int_equal(result_spool_write(&k, &f), -EINVAL);
		assert_int_equal(result_spool_drop_earlier(&k, &f), -EINVAL);
		assert_non_null(strstr(f.text, "host's name"));
	}
	memset(name, 'x', sizeof(name));
	name[299] = 0;
	k.host = name;
	assert_int_equal(result_spool_write(&k, &f), -EINVAL);
	k.host = "h1";
	scratch_print(path, sizeof(path), "%s/nowhere", top);
	k.directory = path;
	assert_int_equal(result_spool_write(&k, &f), -ENOENT);
	assert_non_null(strstr(f.text, path));
	assert_int_equal(result_spool_drop_earlier(&k, &f), -ENOENT);
}

/* A link in the place of the directory, or of the file being written. */
static void follows_no_link(void **state)
{
	struct result_spool k = a_spool("x");
	struct failure f = { "" };
	char path[PATH_MAX], target[PATH_MAX];

	scratch_print(target, sizeof(target), "%s/target", top);
	assert_int_equal(mkdir(target, 0777), 0);
	below(path, "");
	path[strlen(path) - 1] = 0;
	assert_int_equal(symlink(target, path), 0);
	assert_true(result_spool_write(&k, &f) < 0);
	assert_int_equal(rmdir(target), 0);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkdir(path, 0777), 0);
	below(path, ".h1.00007.json.tmp");
	assert_int_equal(symlink(target, path), 0);
	assert_int_equal(result_spool_write(&k, &f), -ELOOP);
	assert_false(scratch_exists("%s", target));
}

static void leave(const char *name, const char *text)
{
	char path[PATH_MAX];

	below(path, name);
	scratch_write(path, text, strlen(text));
}

static bool is_there(const char *name)
{
	return scratch_exists("%s/smallfio-kept/%s", top, name);
}

#define OF(host, fio) RESULT_SPOOL_MAGIC " host=" host " fio=" fio " x\n"

static void drops_its_own(void **state)
{
	static const char *const stay[] = {
		"h2.00001.json",  "h1.00002.json", "h1.00003.json",
		"h1.00004.json.", "h1.0005.json",  "h1.000006.json",
		"h1.x0007.json",  "h1.00008.jso",  "xh1.00009.json",
		".h1.00010.json", "h1.00011.json",
	};
	struct result_spool k = a_spool("x");
	struct failure f = { "" };
	char path[PATH_MAX];

	assert_int_equal(result_spool_drop_earlier(&k, &f), 0);
	for (size_t i = 0; i < sizeof(stay) / sizeof(*stay); i++)
		leave(stay[i], OF("h1", "1"));
	leave("h2.00001.json", OF("h2", "1"));
	leave("h1.00002.json", OF("h1", "abc")); /* of this fio */
	leave("h1.00003.json", "somebody's");
	leave("h1.00011.json", OF("h11", "1"));
	leave("h1.00000.json", OF("h1", "1"));
	leave("h1.99999.json", OF("h1", "ffffffffffffffff"));
	below(path, "h1.00012.json");
	assert_int_equal(mkdir(path, 0777), 0);
	below(path, "h1.00013.json");
	assert_int_equal(mkfifo(path, 0666), 0);
	assert_int_equal(result_spool_drop_earlier(&k, &f), 0);
	for (size_t i = 0; i < sizeof(stay) / sizeof(*stay); i++)
		if (!is_there(stay[i]))
			fail_msg("removed: %s", stay[i]);
	assert_true(is_there("h1.00012.json"));
	assert_true(is_there("h1.00013.json"));
	assert_false(is_there("h1.00000.json"));
	assert_false(is_there("h1.99999.json"));
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(writes_whole),
		TEST(refuses),
		TEST(follows_no_link),
		TEST(drops_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
