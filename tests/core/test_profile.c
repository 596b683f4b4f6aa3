// SPDX-License-Identifier: GPL-2.0-only
/*
 * Profiles: what is read of them, what is refused and with which words. The
 * numbers of a distribution are compared with a list of all of them.
 */
#include <sys/stat.h>

#include "scratch.h"
#include "util/profile.h"

SCRATCH_DIRECTORY

#define HEAD "smallfio-profile 1\n"
#define WHOLE                                                                  \
	HEAD "# a comment\n"                                                   \
	     "total files 6\n"                                                 \
	     "total directories 3\n"                                           \
	     "size 0 2\n"                                                      \
	     "size 10-19 3\n"                                                  \
	     "size 4096 1\n"                                                   \
	     "depth 0 2\n"                                                     \
	     "depth 1 4\n"                                                     \
	     "files.0 2 1\n"                                                   \
	     "directories.0 2 1\n"                                             \
	     "files.1 2 2\n"                                                   \
	     "directories.1 0 2\n"                                             \
	     "end\n"

static int parse(struct profile *p, const char *text, struct failure *f)
{
	return profile_parse(p, "name", text, strlen(text), f);
}

TEST(whole)
{
	struct profile p;
	struct failure f;

	assert_ok(parse(&p, WHOLE, &f));
	assert_int_equal(p.total[PROFILE_FILES], 6);
	assert_int_equal(p.total[PROFILE_DIRECTORIES], 3);
	assert_int_equal(p.levels, 2);
	assert_int_equal(p.of[PROFILE_SIZE].rows, 3);
	assert_int_equal(p.of[PROFILE_SIZE].total, 6);
	assert_int_equal(p.of[PROFILE_DEPTH].total, 6);
	assert_int_equal(p.files[1].total, 2);
	profile_free(&p);
	assert_ok(parse(&p, HEAD "size 4096 1\nend\n", &f));
	assert_int_equal(p.levels, 0);
	profile_free(&p);
}

/* What stands behind the first line, and what is said of it. */
TEST(refused)
{
	static const struct {
		const char *text, *said;
	} rows[] = {
		{ "", "name:1: expected \"end\" in the last line" },
		{ "size 1 1\n", "name:2: expected \"end\" in the last line" },
		{ "end", "name:2: expected a line of text with an end" },
		{ "end\nsize 1 1\n", "name:3: expected nothing after \"end\"" },
		{ "sizes 1 1\nend\n", "name:2: expected a key that is known" },
		{ "size\nend\n", "name:2: expected KEY NUMBER COUNT" },
		{ "size 1\nend\n", "name:2: expected NUMBER COUNT" },
		{ "size 1 x\nend\n", "found \"1 x\"" },
		{ "size  1 1\nend\n", "found \" 1 1\"" },
		{ "size 1 1 \nend\n", "expected NUMBER COUNT" },
		{ "size -1 1\nend\n", "expected NUMBER COUNT" },
		{ "size +1 1\nend\n", "expected NUMBER COUNT" },
		{ "size 01 1\nend\n", "expected NUMBER COUNT" },
		{ "size 1.5 1\nend\n", "expected NUMBER COUNT" },
		{ "size 1-2-3 1\nend\n", "expected NUMBER COUNT" },
		{ "size 99999999999999999999 1\nend\n",
		  "expected NUMBER COUNT" },
		{ "size 1 0\nend\n", "name:2: expected a range behind" },
		{ "size 2-1 1\nend\n", "expected a range behind" },
		{ "size 2 1\nsize 2 1\nend\n", "name:3: expected a range " },
		{ "size 2-9 1\nsize 9 1\nend\n", "name:3: expected a range " },
		{ "size 5000000000000000000 1\nend\n",
		  "expected NUMBER COUNT" },
		{ "size 1 281474976710657\nend\n", "expected a range " },
		{ "size 1 281474976710656\nsize 2 1\nend\n",
		  "name:3: expected a range " },
		{ "size 1 1\nname 1 1\nsize 2 1\nend\n",
		  "name:4: expected all lines of this key together" },
		{ "total fils 1\nend\n", "name:2: expected a total" },
		{ "total files\nend\n", "name:2: expected a total" },
		{ "total files 1x\nend\n", "name:2: expected a number" },
		{ "files.64 1 1\nend\n", "expected a key that is known" },
		{ "files.x 1 1\nend\n", "expected a key that is known" },
		{ "files. 1 1\nend\n", "expected a key that is known" },
		{ "dirs.1 1 1\nend\n", "expected a key that is known" },
		{ "files.0 1 1\nend\n",
		  "name: files.0 counts 1 directories and directories.0 "
		  "counts 0" },
		{ "files.0 1 2\ndirectories.0 1 2\nend\n",
		  "name: files.0 counts 2 directories: expected one" },
		{ "files.1 1 1\ndirectories.1 0 1\nend\n",
		  "name: files.0 counts 0" },
		{ "depth 1 1\nfiles.0 1 1\ndirectories.0 0 1\nend\n",
		  "name: depth has files at 1" },
		{ "size 1 1\n\nend\n", "name:3: expected KEY NUMBER COUNT" },
		{ "\x1b[2J 1 1\nend\n", "found \"?[2J" },
	};

	for_each_in (row, rows) {
		struct profile p;
		struct failure f;

		if (parse(&p, printed(HEAD "%s", row->text), &f) != -EINVAL)
			fail_msg("accepted: %s", row->text);
		assert_says(f.text, row->said);
		profile_free(&p);
	}
}

TEST(other_files)
{
	struct profile p;
	struct failure f;
	char zero[] = HEAD "size 1\0 1\nend\n", *path;

	assert_int_equal(parse(&p, "", &f), -EINVAL);
	profile_free(&p);
	assert_int_equal(parse(&p, "smallfio-profile 2\nend\n", &f), -EINVAL);
	assert_says(f.text, "name:1: expected \"smallfio-profile 1\"");
	assert_says(f.text, "found \"smallfio-profile 2\"");
	profile_free(&p);
	assert_int_equal(profile_parse(&p, "name", zero, sizeof(zero) - 1, &f),
			 -EINVAL);
	assert_says(f.text, "name:2: expected a line of text");
	profile_free(&p);
	path = printed("%s/none", scratch_dir);
	assert_int_equal(profile_read(&p, path, &f), -ENOENT);
	assert_says(f.text, path);
	assert_int_equal(profile_read(&p, scratch_dir, &f), -EINVAL);
	assert_says(f.text, "expected a file");
	path = printed("%s/fifo", scratch_dir);
	assert_ok(mkfifo(path, 0600));
	assert_int_equal(profile_read(&p, path, &f), -EINVAL);
	path = printed("%s/long", scratch_dir);
	scratch_text(path, "");
	assert_ok(truncate(path, PROFILE_BYTES_MAX + 1));
	assert_int_equal(profile_read(&p, path, &f), -EFBIG);
	path = printed("%s/whole", scratch_dir);
	scratch_text(path, WHOLE);
	assert_ok(profile_read(&p, path, &f));
	profile_free(&p);
}

TEST(numbers)
{
	static const uint64_t all[] = { 0, 0, 10, 13, 16, 4096 };
	struct profile p;
	struct failure f;
	const struct distribution *d = &p.of[PROFILE_SIZE];

	assert_ok(parse(&p, WHOLE, &f));
	for (uint64_t i = 0; i < 6; i++) {
		assert_int_equal(distribution_rank(d, i, 6), i);
		for (uint64_t random = 0; random < 40; random++) {
			uint64_t n = distribution_at(d, i, random);

			if (all[i] > 9 && all[i] < 20)
				assert_in_range(n, 10, 19);
			else
				assert_int_equal(n, all[i]);
		}
	}
	assert_true(distribution_mean(d, UINT64_MAX) == (3 * 14.5 + 4096) / 6);
	assert_true(distribution_mean(d, 10) == (3 * 10 + 10) / 6.0);
	assert_true(distribution_up_to(d, 0) == 2);
	assert_true(distribution_up_to(d, 9) == 2);
	assert_true(distribution_up_to(d, 14) == 3.5);
	assert_true(distribution_up_to(d, 19) == 5);
	assert_true(distribution_up_to(d, 4095) == 5);
	assert_true(distribution_up_to(d, UINT64_MAX) == 6);
	profile_free(&p);
}
