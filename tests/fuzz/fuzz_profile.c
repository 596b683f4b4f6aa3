// SPDX-License-Identifier: GPL-2.0-only
/*
 * A profile. Either it is refused with a message of one line, or all that it
 * says agrees: ranges ascend, counts add up, and each level of directories has
 * one count of them. Then trees are made from it: each file is in a directory,
 * and each directory in one of a lower number.
 */
#include <sys/mman.h>

#include "fs/shape.h"
#include "fuzz.h"
#include "util/profile.h"

static void check(const struct distribution *d)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < d->rows; i++) {
		assert(d->row[i].low <= d->row[i].high);
		assert(!i || d->row[i - 1].high < d->row[i].low);
		assert(d->row[i].below == sum);
		assert(distribution_count(d, i));
		sum += distribution_count(d, i);
		assert(distribution_at(d, d->row[i].below, 0) == d->row[i].low);
		assert(distribution_at(d, sum - 1, UINT64_MAX) <=
		       d->row[i].high);
	}
	assert(sum == d->total && sum <= DISTRIBUTION_TOTAL_MAX);
}

static void check_file(const struct shape *s, uint64_t file)
{
	uint64_t dir = shape_dir(s, file), first, end;
	char name[SHAPE_NAME_MAX + 1];
	unsigned int levels = 0;

	shape_range(s, dir, &first, &end);
	assert(first <= file && file < end && end - first <= s->most_files);
	assert(shape_name(s, file, file - first, name) == strlen(name));
	for (; dir; dir = shape_parent(s, dir)) {
		assert(dir < s->dirs && shape_parent(s, dir) < dir);
		assert(shape_dir_name(s, dir, name) == strlen(name));
		assert(++levels < PROFILE_LEVELS_MAX);
	}
}

static void check_trees(const void *data, size_t size)
{
	static const uint64_t files[] = { 0, 1, 100, 1000000000000 };
	int fd = memfd_create("profile", MFD_CLOEXEC);
	struct failure failure;
	struct shape shape;
	char path[64];

	assert(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
		int ret = shape_init(&shape, path, files[i], 200, 7, &failure);

		assert(ret ? ret == -EINVAL && failure.text[0]
			   : shape.files && shape.dirs);
		if (!ret) {
			check_file(&shape, 1);
			check_file(&shape, shape.files / 2 + 1);
			check_file(&shape, shape.files);
		}
		shape_free(&shape);
	}
	close(fd);
}

FUZZ(data, size)
{
	struct failure failure;
	struct profile p;
	int ret = profile_parse(&p, "name", (const char *)data, size, &failure);

	if (ret) {
		assert(ret == -EINVAL && failure.text[0]);
		assert(!strchr(failure.text, '\n'));
	} else {
		for (int i = 0; i < PROFILE_KEYS; i++)
			check(&p.of[i]);
		for (unsigned int k = 0; k < p.levels; k++) {
			check(&p.files[k]);
			check(&p.directories[k]);
			assert(p.files[k].total == p.directories[k].total);
		}
		check_trees(data, size);
	}
	profile_free(&p);
}
