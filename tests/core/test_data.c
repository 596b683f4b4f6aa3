// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is written to and read from files, record by record, of every size, with
 * and without O_DIRECT. Contents are computed here. Also, what damage is
 * reported as.
 */
#include <fcntl.h>
#include <sys/stat.h>

#include "rig.h"

#define FILES 3

/* A file system in memory takes any O_DIRECT; a disk is strict. */
static int on_a_disk(void **state)
{
	return setenv("TMPDIR", "/var/tmp", 0);
}

TEST_FILE_FIXTURE(on_a_disk, NULL)

static void slurp(const char *path, uint8_t **bytes, size_t *length)
{
	struct stat st;
	int fd = open(path, O_RDONLY);

	assert_true(fd >= 0);
	assert_ok(fstat(fd, &st));
	*length = st.st_size;
	*bytes = malloc(st.st_size + 1);
	assert_non_null(*bytes);
	assert_int_equal(read(fd, *bytes, st.st_size), st.st_size);
	close(fd);
}

static uint64_t record_size(const struct worker_options *o, uint64_t size)
{
	if (o->record_size_bytes)
		return o->record_size_bytes;
	return size < 1 << 20 ? size : 1 << 20;
}

/* The pattern has a period of 128 bytes, and each record begins anew. */
static void check_record(const uint8_t *bytes, uint64_t length, uint64_t offset)
{
	for (uint64_t i = 0; i < length && i < 128; i++) {
		uint8_t want = (offset + i) % 128;

		if (want == 0x5c)
			want = 0x21;
		if (bytes[i] != want)
			fail_msg("byte %llu: 0x%02x, not 0x%02x",
				 (unsigned long long)i, bytes[i], want);
	}
	if (length > 128)
		assert_memory_equal(bytes + 128, bytes, length - 128);
}

/* Checks one copy of a file's bytes. */
static void check_pattern(const uint8_t *bytes, uint64_t size, uint64_t record,
			  uint64_t n, uint32_t thread)
{
	for (uint64_t at = 0; at < size; at += record)
		check_record(bytes + at,
			     size - at < record ? size - at : record,
			     (thread + 1ull) * n % 1024);
}

/* Checks that each file holds its contents `copies` times, and nothing else. */
static void check_files(struct rig *rig, unsigned int copies)
{
	uint64_t size = rig->options.file_size_high_bytes;

	for (uint64_t n = 1; n <= FILES; n++) {
		uint8_t *bytes;
		size_t length;

		slurp(rig_file(rig, n), &bytes, &length);
		assert_int_equal(length, size * copies);
		for (unsigned int c = 0; c < copies; c++) {
			if (rig->options.content == CONTENT_PATTERN)
				check_pattern(bytes + c * size, size,
					      record_size(&rig->options, size),
					      n, rig->options.layout.thread);
			else if (size)
				assert_memory_equal(bytes, bytes + c * size,
						    size);
		}
		free(bytes);
	}
}

static void run_and_count(struct rig *rig, const char *operation)
{
	uint64_t size = rig->options.file_size_high_bytes;
	uint64_t record = record_size(&rig->options, size);
	uint64_t records = size ? (size + record - 1) / record : 0;

	rig_start(rig, operation);
	for (uint64_t unit = 0; unit < FILES; unit++) {
		rig_ok(rig, unit, false);
		assert_int_equal(rig->request.bytes, size ? size : 1);
		assert_int_equal(rig->request.records, records);
	}
	rig_finish(rig);
}

static void through_all_sizes(struct rig *rig)
{
	static const struct {
		uint64_t size, record;
	} rows[] = {
		{ 0, 0 },          { 1, 0 },          { 1, 1 },
		{ 7, 3 },          { 1000, 0 },       { 3000, 1000 },
		{ 512, 512 },      { 4096, 4096 },    { 4096, 512 },
		{ 5000, 4096 },    { 8192, 1 << 20 }, { 12345, 513 },
		{ 100000, 65536 }, { 9000, 1023 },    { (1 << 20) + 5, 0 },
		{ 2 << 20, 0 },    { 4097, 4096 },    { 20480, 4608 },
	};

	rig->options.layout.files = FILES;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		rig_set_size(rig, rows[i].size);
		rig->options.record_size_bytes = rows[i].record;
		rig->options.layout.thread = i * 37;
		run_and_count(rig, "create");
		check_files(rig, 1);
		run_and_count(rig, "read");
		run_and_count(rig, "overwrite");
		check_files(rig, 1);
		run_and_count(rig, "append");
		check_files(rig, 2);
		run_and_count(rig, "read");
		run_and_count(rig, "truncate-overwrite");
		check_files(rig, 1);
		run_and_count(rig, "swift-put");
		check_files(rig, 1);
		run_and_count(rig, "swift-get");
		rig_all(rig, "cleanup");
	}
}

static void need_direct(struct rig *rig)
{
	int fd;

	fd = open(printed("%s/probe", rig->dir), O_CREAT | O_RDWR | O_DIRECT,
		  0600);
	if (fd < 0)
		scratch_skip("no O_DIRECT on this file system");
	close(fd);
}

static void of_each_content(struct rig *rig)
{
	for (int content = 0; content < 2; content++) {
		rig->options.content = content;
		through_all_sizes(rig);
	}
}

RIG_TEST(cached)
{
	of_each_content(rig);
}

RIG_TEST(direct)
{
	need_direct(rig);
	rig->options.direct = true;
	of_each_content(rig);
}

/* Files are written in one way and read in another. The bytes are the same. */
RIG_TEST(direct_and_cached)
{
	need_direct(rig);
	rig->options.content = CONTENT_INCOMPRESSIBLE;
	rig_set_size(rig, 123457);
	for (int way = 0; way < 2; way++)
		for (uint64_t record = 512; record < 20000; record += 1531) {
			rig->options.record_size_bytes = record;
			rig->options.direct = way;
			rig_all(rig, "create");
			rig->options.direct = !way;
			rig_all(rig, "read");
			rig_all(rig, "cleanup");
		}
}

/* Files have the sizes of the distribution, and readers know these sizes. */
RIG_TEST(distributions)
{
	rig->options.layout.files = 60;
	for (int kind = FILESIZE_UNIFORM; kind <= FILESIZE_EXPONENTIAL;
	     kind++) {
		struct filesize fs;

		rig->options.size_distribution = kind;
		rig->options.file_size_low_bytes =
			kind == FILESIZE_UNIFORM ? 100 : 40000;
		rig->options.file_size_high_bytes = 40000;
		rig_all(rig, "create");
		rig_start(rig, "read");
		fs = rig->worker.filesize;
		for (uint64_t unit = 0; unit < 60; unit++) {
			struct stat st;

			rig_ok(rig, unit, false);
			assert_ok(stat(rig_file(rig, unit + 1), &st));
			assert_int_equal(st.st_size,
					 filesize_of(&fs, unit + 1));
			assert_int_equal(rig->request.bytes, st.st_size);
		}
		rig_finish(rig);
		rig_all(rig, "cleanup");
	}
}

/* A range without a distribution is uniform. */
RIG_TEST(range_is_uniform)
{
	rig->options.file_size_low_bytes = 1;
	rig->options.file_size_high_bytes = 5000;
	rig_start(rig, "create");
	assert_int_equal(rig->worker.filesize.distribution, FILESIZE_UNIFORM);
	assert_int_equal(worker_mean_bytes(&rig->worker), 2500);
}

static void damage(const char *path, off_t at)
{
	int fd = open(path, O_RDWR);
	uint8_t byte;

	assert_true(fd >= 0);
	assert_int_equal(pread(fd, &byte, 1, at), 1);
	byte ^= 0xff;
	assert_int_equal(pwrite(fd, &byte, 1, at), 1);
	close(fd);
}

/*
 * The message names file 4, record and byte of the first difference, and both
 * bytes.
 */
RIG_TEST(damage_is_found)
{
	static const off_t places[] = {
		0, 1, 7, 8, 299, 300, 599, 600, 899, 999
	};
	char *path;

	rig->options.record_size_bytes = 300;
	for (int content = 0; content < 2; content++) {
		rig->options.content = content;
		rig_all(rig, "create");
		path = rig_file(rig, 4);
		for_each_in (row, places) {
			damage(path, *row);
			if (*row != 999)
				damage(path, 999);
			rig_start(rig, "read");
			rig_ok(rig, 2, false);
			rig_fails(rig, 3, EILSEQ,
				  printed("record %d, byte %d: found 0x",
					  (int)*row / 300, (int)*row % 300));
			rig_fails(rig, 3, EILSEQ, path);
			rig_fails(rig, 3, EILSEQ, ", expected 0x");
			rig_ok(rig, 4, false);
			rig->worker.options.verify_read = false;
			rig_ok(rig, 3, false);
			rig_stop(rig);
			damage(path, *row);
			if (*row != 999)
				damage(path, 999);
			rig_all(rig, "read");
		}
		rig_all(rig, "cleanup");
	}
}

RIG_TEST(bytes_in_the_message)
{
	rig->options.layout.thread = 3;
	rig_all(rig, "create");
	/* File 5 of thread 3 begins at 20, so byte 2 is 22 = 0x16. */
	damage(rig_file(rig, 5), 2);
	rig_start(rig, "read");
	rig_fails(rig, 4, EILSEQ,
		  "record 0, byte 2: found 0xe9, expected 0x16");
}

RIG_TEST(too_short)
{
	rig->options.record_size_bytes = 300;
	rig_all(rig, "create");
	for (int verify = 0; verify < 2; verify++) {
		rig->options.verify_read = verify;
		assert_ok(truncate(rig_file(rig, 1), 950));
		assert_ok(truncate(rig_file(rig, 2), 600));
		assert_ok(truncate(rig_file(rig, 3), 0));
		rig_start(rig, "read");
		rig_fails(rig, 0, EIO,
			  "record 3: the file ends at byte 950, expected 1000 "
			  "bytes");
		rig_fails(rig, 1, EIO,
			  "record 2: the file ends at byte 600, expected 1000");
		rig_fails(rig, 2, EIO, "record 0: the file ends at byte 0, ");
		rig_ok(rig, 3, false);
		rig_stop(rig);
	}
}

/* Incompressible contents differ with another seed, host or thread. */
RIG_TEST(keys_matter)
{
	rig->options.content = CONTENT_INCOMPRESSIBLE;
	rig_all(rig, "create");
	rig_all(rig, "read");
	rig->options.seed = 2;
	rig_start(rig, "read");
	rig_fails(rig, 0, EILSEQ, "record 0, byte ");
	rig_stop(rig);
	rig->options.seed = 1;
	rig_all(rig, "read");
}

/* Append's next pass begins where the file ended before. */
RIG_TEST(append_does_not_grow)
{
	rig->options.layout.files = FILES;
	rig_all(rig, "create");
	rig_start(rig, "append");
	for (int pass = 0; pass < 4; pass++)
		for (uint64_t unit = 0; unit < FILES; unit++)
			rig_ok(rig, unit, pass > 0);
	rig_stop(rig);
	check_files(rig, 2);
}

/* The file that delete makes anew for its next turn is whole. */
RIG_TEST(made_anew)
{
	rig->options.layout.files = FILES;
	rig->options.record_size_bytes = 300;
	for (int content = 0; content < 2; content++) {
		rig->options.content = content;
		rig_start(rig, "create");
		rig_stop(rig);
		rig_start(rig, "delete");
		for (uint64_t unit = 0; unit < FILES; unit++) {
			request_prepare(&rig->worker, &rig->request, unit,
					true);
			assert_int_equal(rig->request.error, 0);
		}
		rig_stop(rig);
		check_files(rig, 1);
		rig_all(rig, "read");
		rig_all(rig, "delete");
	}
}
