// SPDX-License-Identifier: GPL-2.0-only
/*
 * Extended attributes of setxattr and of swift-put. Their values are compared
 * with the pattern computed here. Also, what is reported of damaged values.
 */
#include <sys/stat.h>
#include <sys/xattr.h>

#include "rig.h"

/* Checks that attribute j has bytes [j, j + size) of the file's pattern. */
static void check_values(struct rig *rig, const char *stem, uint64_t n)
{
	char *path = rig_file(rig, n);
	uint32_t thread = rig->options.layout.thread;
	char name[64];
	uint8_t value[8192];

	for (uint32_t j = 0; j < rig->options.xattr_count; j++) {
		sprintf(name, "%s%u", stem, j);
		assert_int_equal(getxattr(path, name, value, sizeof(value)),
				 rig->options.xattr_size_bytes);
		for (uint32_t i = 0; i < rig->options.xattr_size_bytes; i++) {
			uint8_t want = ((thread + 1) * n % 1024 + j + i) % 128;

			assert_int_equal(value[i], want == 0x5c ? 0x21 : want);
		}
	}
	sprintf(name, "%s%u", stem, rig->options.xattr_count);
	assert_int_equal(getxattr(path, name, value, sizeof(value)), -1);
	assert_int_equal(errno, ENODATA);
}

RIG_TEST(values)
{
	static const uint32_t sizes[] = { 0, 1, 7, 128, 500 };

	rig_need_attributes(rig);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		rig->options.layout.thread = i;
		rig->options.xattr_size_bytes = sizes[i];
		rig->options.xattr_count = 1 + i;
		/* Attributes may be longer than the file itself. */
		rig_set_size(rig, 10);
		rig_all(rig, "create");
		rig_all(rig, "setxattr");
		for (uint64_t n = 1; n <= 6; n++)
			check_values(rig, "user.smallfile-", n);
		rig_all(rig, "getxattr");
		rig_all(rig, "cleanup");
		rig_all(rig, "swift-put");
		for (uint64_t n = 1; n <= 6; n++)
			check_values(rig, "user.smallfile-all-", n);
		rig_all(rig, "swift-get");
		rig_all(rig, "cleanup");
	}
}

/* Preparation makes the values, so making them is not measured. */
RIG_TEST(made_beforehand)
{
	static const char *const names[] = { "setxattr", "getxattr",
					     "swift-put", "swift-get" };
	const struct request *r = &rig->request;
	uint64_t want[512 / 8 + 1];

	rig->options.content = CONTENT_INCOMPRESSIBLE;
	rig->options.xattr_size_bytes = 500;
	rig->options.xattr_count = 4;
	rig_all(rig, "create");
	for_each_in (row, names) {
		rig_start(rig, *row);
		request_prepare(&rig->worker, &rig->request, 2, false);
		content_record(&rig->worker.content, want, 3, 0, 504);
		assert_memory_equal(r->attributes, want, 503);
		rig_stop(rig);
	}
}

RIG_TEST(incompressible)
{
	rig_need_attributes(rig);
	rig->options.content = CONTENT_INCOMPRESSIBLE;
	rig->options.empty = true;
	rig_all(rig, "create");
	rig_all(rig, "setxattr");
	rig_all(rig, "getxattr");
	rig_all(rig, "swift-put");
	rig_all(rig, "swift-get");
	rig->options.seed++;
	rig_start(rig, "swift-get");
	rig_fails(rig, 0, EILSEQ, "user.smallfile-all-0, byte ");
}

static void damaged(struct rig *rig, const char *get, const char *stem)
{
	char *path = rig_file(rig, 3);
	char name[64];
	uint8_t value[64] = "";

	sprintf(name, "%s1", stem);
	assert_int_equal(getxattr(path, name, value, sizeof(value)), 50);
	value[33] ^= 0x40;
	assert_ok(setxattr(path, name, value, 50, 0));
	rig_start(rig, get);
	rig_fails(rig, 2, EILSEQ,
		  printed("%s, byte 33: found 0x%02x, expected 0x%02x", name,
			  value[33], value[33] ^ 0x40));
	rig_ok(rig, 3, false);
	assert_ok(setxattr(path, name, value, 49, 0));
	rig_fails(rig, 2, EILSEQ,
		  printed("%s has 49 bytes, expected 50", name));
	rig->worker.options.verify_read = false;
	rig_ok(rig, 2, false);
	assert_ok(removexattr(path, name));
	rig_fails(rig, 2, ENODATA, strerror(ENODATA));
	rig_fails(rig, 2, ENODATA, path);
	rig_stop(rig);
}

RIG_TEST(damage_is_found)
{
	rig_need_attributes(rig);
	rig_all(rig, "create");
	rig_all(rig, "setxattr");
	damaged(rig, "getxattr", "user.smallfile-");
	rig_all(rig, "swift-put");
	damaged(rig, "swift-get", "user.smallfile-all-");
}

RIG_TEST(limits)
{
	rig->options.xattr_size_bytes = WORKER_XATTR_SIZE_MAX + 1;
	rig_refuses(rig, "setxattr", "xattr_size=65537: the kernel allows ");
	rig->options.xattr_size_bytes = WORKER_XATTR_SIZE_MAX;
	rig->options.xattr_count = WORKER_XATTR_COUNT_MAX + 1;
	rig_refuses(rig, "setxattr", "xattr_count=4097: at most 4096");
	rig->options.xattr_count = 0;
	rig_refuses(rig, "setxattr", "operation=setxattr needs xattr_count=");
	rig_refuses(rig, "getxattr", "operation=getxattr needs xattr_count=");
	/* The swift operations can do without attributes. */
	rig_all(rig, "swift-put");
	rig_all(rig, "swift-get");
}

/* More attributes than the file system takes are an error of the operation. */
RIG_TEST(too_large)
{
	int ret;

	rig_need_attributes(rig);
	rig_all(rig, "create");
	rig->options.xattr_size_bytes = WORKER_XATTR_SIZE_MAX;
	rig->options.xattr_count = 64;
	rig_start(rig, "setxattr");
	ret = rig_run(rig, 0, false);
	if (ret)
		assert_true(ret == -ENOSPC || ret == -E2BIG || ret == -ERANGE);
	rig_stop(rig);
	rig_all(rig, "cleanup");
}

/* A killed run left a NAME.tmp of another size. */
RIG_TEST(stale_temporary)
{
	char junk[5000], *path;
	struct stat st;

	rig_need_attributes(rig);
	memset(junk, 'x', sizeof(junk));
	rig_all(rig, "swift-put");
	write_file((path = rig_path(rig, TREE_SRC, 2, ".tmp")), junk,
		   sizeof(junk));
	rig_all(rig, "swift-put");
	assert_false(scratch_exists("%s", path));
	assert_ok(stat((path = rig_file(rig, 2)), &st));
	assert_int_equal(st.st_size, 1000);
	assert_int_equal(st.st_mode & 0777, 0667);
	rig_all(rig, "swift-get");
}
