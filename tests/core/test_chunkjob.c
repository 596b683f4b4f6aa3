// SPDX-License-Identifier: GPL-2.0-only
/*
 * Chunks are written and read back, in each way of submission: which files
 * there are, what is in them, and what is never touched.
 */
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "chunk/chunkjob.h"
#include "scratch.h"

#define CHUNK ((uint64_t)16 << 10)

struct job_fixture {
	char dir[PATH_MAX];
	struct chunkjob_options options;
	struct chunkjob job;
	struct failure failure;
	unsigned int fds;
};

static int setup(void **state)
{
	struct job_fixture *m = calloc(1, sizeof(*m));

	assert_non_null(m);
	scratch_make(m->dir);
	m->fds = scratch_open_fds();
	m->options = (struct chunkjob_options){
		.files = {
			.directory = m->dir,
			.host = "h",
			.chunk_bytes = CHUNK,
			.file_bytes = 4 * CHUNK + 100,
			.keep = 1,
			.depth = 3,
		},
		.submit = &submit_sync,
		.run = 77,
	};
	*state = m;
	return 0;
}

static int teardown(void **state)
{
	struct job_fixture *m = *state;

	assert_int_equal(scratch_open_fds(), m->fds);
	scratch_remove(m->dir);
	free(m);
	return 0;
}

#define JOB_TEST(name) TEST_WITH(name, struct job_fixture *m, setup, teardown)

static int begin(struct job_fixture *m)
{
	int ret;

	m->failure.text[0] = 0;
	ret = chunkjob_init(&m->job, &m->options, &m->failure);
	return ret ? ret : chunkjob_begin(&m->job, &m->failure);
}

static int finish(struct job_fixture *m)
{
	int ret = chunkjob_finish(&m->job, &m->failure);

	chunkjob_free(&m->job);
	return ret;
}

/*
 * Moves chunks as fio does, with as many in flight as there may be. Returns 0
 * or the first error.
 */
static int move(struct job_fixture *m, unsigned int chunks)
{
	unsigned int busy = 0, depth = m->options.files.depth;
	struct chunk *c, *done[8];
	int ret = 0, n, settled;

	while (chunks || busy) {
		while (chunks && busy < depth && !ret) {
			ret = chunkjob_prepare(&m->job, &c, &m->failure);
			if (ret)
				break;
			chunkjob_add(&m->job, c);
			chunks--;
			busy++;
		}
		if (ret && !busy)
			return ret;
		chunkjob_start(&m->job);
		n = chunkjob_wait(&m->job, 1, depth, -1, done);
		assert_true(n > 0);
		for (int i = 0; i < n; i++, busy--) {
			settled =
				chunkjob_settle(&m->job, done[i], &m->failure);
			ret = ret ? ret : settled;
		}
		if (ret)
			chunks = 0;
	}
	return ret;
}

static int write_chunks(struct job_fixture *m, unsigned int chunks)
{
	int ret = begin(m), finished;

	m->options.run++;
	if (!ret)
		ret = move(m, chunks);
	finished = finish(m);
	scratch_needs_call(ret, m->failure.text);
	return ret ? ret : finished;
}

static int read_chunks(struct job_fixture *m, unsigned int chunks)
{
	int ret;

	m->options.reads = true;
	ret = begin(m);
	if (!ret)
		ret = move(m, chunks);
	finish(m);
	m->options.reads = false;
	return ret;
}

static char *path_of(struct job_fixture *m, unsigned int number)
{
	return printed("%s/diskwrite_h_00_%08u", m->dir, number);
}

static int64_t size_of(struct job_fixture *m, unsigned int number)
{
	struct stat st;

	return lstat(path_of(m, number), &st) ? -1 : st.st_size;
}

static void damage(struct job_fixture *m, unsigned int number, off_t at)
{
	int fd;

	fd = open(path_of(m, number), O_WRONLY);
	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, "\x55\xaa", 2, at), 2);
	close(fd);
}

JOB_TEST(files_and_chunks)
{
	assert_ok(write_chunks(m, 10));
	/* 4 + 4 + 2 chunks; the last file alone is kept. */
	assert_int_equal(size_of(m, 0), -1);
	assert_int_equal(size_of(m, 1), -1);
	assert_int_equal(size_of(m, 2), 2 * CHUNK);
	assert_ok(read_chunks(m, 2));
}

JOB_TEST(every_way)
{
	for (unsigned int i = 0; i < SUBMIT_COUNT; i++) {
		if (!submit_rows[i])
			continue;
		m->options.submit = submit_rows[i];
		m->options.files.keep = 100;
		for (int direct = 0; direct < 2; direct++) {
			int ret;

			m->options.files.direct = direct;
			ret = write_chunks(m, 30);
			/* tmpfs before Linux 6.6 has no O_DIRECT. */
			if (direct && ret == -EINVAL) {
				assert_says(m->failure.text, "direct=0");
				continue;
			}
			assert_ok(ret);
			for (unsigned int n = 0; n < 7; n++)
				assert_int_equal(size_of(m, n), 4 * CHUNK);
			assert_int_equal(size_of(m, 7), 2 * CHUNK);
			assert_int_equal(size_of(m, 8), -1);
			/*
			 * Read all chunks once, then more than all: the first
			 * ones come again.
			 */
			assert_ok(read_chunks(m, 30));
			assert_ok(read_chunks(m, 75));
			damage(m, 6, CHUNK + 5000);
			assert_int_equal(read_chunks(m, 30), -EILSEQ);
			assert_says(m->failure.text,
				    "h_00_00000006: offset 21384");
		}
	}
}

JOB_TEST(kept_files)
{
	m->options.files.keep = 2;
	assert_ok(write_chunks(m, 17));
	assert_int_equal(size_of(m, 2), -1);
	assert_int_equal(size_of(m, 3), 4 * CHUNK);
	assert_int_equal(size_of(m, 4), CHUNK);
	m->options.files.remove_at_end = true;
	assert_ok(write_chunks(m, 17));
	for (unsigned int n = 0; n < 5; n++)
		assert_int_equal(size_of(m, n), -1);
}

/* A file is as large as a chunk, so each chunk in flight is in another file. */
JOB_TEST(small_files)
{
	m->options.files.file_bytes = CHUNK;
	m->options.submit = submit_rows[SUBMIT_IO_URING]
				    ? submit_rows[SUBMIT_IO_URING]
				    : &submit_sync;
	assert_ok(write_chunks(m, 100));
	assert_int_equal(size_of(m, 98), -1);
	assert_int_equal(size_of(m, 99), CHUNK);
}

JOB_TEST(allocation)
{
	static const enum chunkfiles_allocate ways[] = { CHUNKFILES_NONE,
							 CHUNKFILES_NATIVE,
							 CHUNKFILES_KEEP_SIZE,
							 CHUNKFILES_TRUNCATE };

	for_each_in (row, ways) {
		m->options.files.allocate = *row;
		assert_ok(write_chunks(m, 5));
		/* Allocated space that was not written is given back. */
		assert_int_equal(size_of(m, 1), CHUNK);
		assert_ok(read_chunks(m, 1));
	}
}

JOB_TEST(zero_content)
{
	m->options.content = CHUNKDATA_ZERO;
	assert_ok(write_chunks(m, 11));
	assert_ok(read_chunks(m, 3));
	damage(m, 2, 2 * CHUNK + 4711);
	assert_int_equal(read_chunks(m, 3), -EILSEQ);
}

static void stays(struct job_fixture *m, unsigned int number, int error,
		  const char *words)
{
	int64_t size = size_of(m, number);

	assert_int_equal(write_chunks(m, 1), -error);
	assert_says(m->failure.text, words);
	assert_int_equal(size_of(m, number), size);
}

/* Files that look like leftovers of ours and are not. */
JOB_TEST(others_stay)
{
	const char *path = path_of(m, 5), *target;

	scratch_text(path, "precious");
	stays(m, 5, EEXIST, "it stays");
	assert_ok(unlink(path));
	/* A file of ours that was renamed says that it is another's. */
	assert_ok(write_chunks(m, 1));
	assert_ok(rename(path_of(m, 0), path));
	stays(m, 5, EEXIST, "another's");
	assert_ok(unlink(path));
	target = printed("%s/target", m->dir);
	scratch_text(target, "x");
	assert_ok(symlink(target, path));
	stays(m, 5, EEXIST, "no regular file");
	assert_true(scratch_exists("%s", target));
	assert_ok(unlink(path));
	assert_ok(mkdir(path, 0700));
	stays(m, 5, EEXIST, "no regular file");
	assert_ok(rmdir(path));
	assert_ok(mkfifo(path, 0600));
	stays(m, 5, EEXIST, "no regular file");
	assert_ok(unlink(path));
	assert_ok(write_chunks(m, 1));
}

/* Names that are nearly ours are not looked at. */
JOB_TEST(other_names_stay)
{
	static const char *const names[] = {
		"diskwrite_h_00_0000001",   "diskwrite_h_00_000000001",
		"diskwrite_h_00_00000001x", "diskwrite_h_01_00000001",
		"diskwrite_hh_00_00000001", "diskwrite_h_00_",
		"diskwrite_h_00_-0000001",  "xdiskwrite_h_00_00000001",
	};

	for_each_in (row, names) {
		scratch_text(printed("%s/%s", m->dir, *row), "precious");
	}
	assert_ok(write_chunks(m, 20));
	for_each_in (row, names)
		assert_true(scratch_exists("%s/%s", m->dir, *row));
}

JOB_TEST(leftovers_go)
{
	m->options.files.keep = 9;
	assert_ok(write_chunks(m, 20));
	/* A process that died right after it made the file leaves this. */
	scratch_text(path_of(m, 7), "");
	assert_ok(write_chunks(m, 1));
	for (unsigned int n = 1; n < 8; n++)
		assert_int_equal(size_of(m, n), -1);
	assert_int_equal(size_of(m, 0), CHUNK);
}

/* While something is in the way, our own files stay, too. */
JOB_TEST(nothing_goes_before_all_may)
{
	m->options.files.keep = 9;
	assert_ok(write_chunks(m, 20));
	scratch_text(path_of(m, 9), "precious");
	stays(m, 9, EEXIST, "it stays");
	for (unsigned int n = 0; n < 5; n++)
		assert_int_equal(size_of(m, n), 4 * CHUNK);
}

JOB_TEST(another_is_at_work)
{
	int fd;

	assert_ok(write_chunks(m, 1));
	fd = open(path_of(m, 0), O_RDONLY);
	assert_ok(flock(fd, LOCK_EX | LOCK_NB));
	stays(m, 0, EBUSY, "in use by another process");
	assert_int_equal(read_chunks(m, 1), -EBUSY);
	close(fd);
	assert_ok(read_chunks(m, 1));
}

/* One file is full, the next is not made yet: a second job is refused. */
JOB_TEST(at_work_between_two_files)
{
	struct chunkjob second;
	struct failure f;

	assert_ok(begin(m));
	assert_ok(move(m, 4));
	assert_int_equal(chunkjob_init(&second, &m->options, &f), -EBUSY);
	chunkjob_free(&second);
	assert_ok(move(m, 1));
	assert_int_equal(chunkjob_init(&second, &m->options, &f), -EBUSY);
	chunkjob_free(&second);
	assert_ok(finish(m));
	assert_ok(chunkjob_init(&second, &m->options, &f));
	chunkjob_free(&second);
}

JOB_TEST(nothing_to_read)
{
	assert_int_equal(read_chunks(m, 1), -ENOENT);
	assert_says(m->failure.text, m->dir);
	assert_ok(write_chunks(m, 1));
	m->options.files.host = "other";
	assert_int_equal(read_chunks(m, 1), -ENOENT);
}

JOB_TEST(other_chunk_size)
{
	assert_ok(write_chunks(m, 4));
	m->options.files.chunk_bytes = CHUNK / 2;
	assert_ok(read_chunks(m, 8));
	m->options.files.chunk_bytes = CHUNK / 2 + 512;
	assert_int_equal(read_chunks(m, 1), -EINVAL);
	assert_says(m->failure.text, "bs=16384");
	assert_ok(write_chunks(m, 7));
	assert_ok(read_chunks(m, 7));
}

JOB_TEST(bad_names)
{
	static const char *const names[] = { "", "a/b", "a,b", "a\nb", "\"" };

	for_each_in (row, names) {
		m->options.files.host = *row;
		assert_int_equal(write_chunks(m, 1), -EINVAL);
		assert_says(m->failure.text, "host=");
	}
	m->options.files.host = "h";
	m->options.files.directory = "/nowhere/at/all";
	assert_int_equal(write_chunks(m, 1), -ENOENT);
	assert_says(m->failure.text, "/nowhere/at/all");
}

/* The directory is removed during the run. */
JOB_TEST(vanished)
{
	assert_ok(begin(m));
	assert_ok(move(m, 2));
	assert_ok(unlink(path_of(m, 0)));
	assert_ok(rmdir(m->dir));
	assert_int_equal(move(m, 5), -ENOENT);
	assert_says(m->failure.text, "diskwrite_h_00_00000001");
	finish(m);
	assert_ok(mkdir(m->dir, 0700));
}

/* The log has each chunk, and its sizes add up to what was written. */
JOB_TEST(log_is_complete)
{
	unsigned int count = 0;
	char text[512], *path;
	struct chunklog log;
	FILE *f;

	path = printed("%s/log", m->dir);
	assert_ok(chunklog_open(&log, path, &m->failure));
	m->options.log = &log;
	m->options.monitor = true;
	m->options.files.depth = 1;
	assert_ok(write_chunks(m, 1000));
	assert_ok(chunklog_close(&log));
	f = fopen(path, "r");
	assert_non_null(f);
	assert_non_null(fgets(text, sizeof(text), f));
	for (; fgets(text, sizeof(text), f); count++) {

		assert_says(text, printed(",h,00,%u,%u,%u,", count / 4,
					  count % 4, (unsigned int)CHUNK));
	}
	assert_int_equal(count, 1000);
	fclose(f);
}

/* Returns another descriptor of the file `number` that the job has open. */
static int hold(struct job_fixture *m, unsigned int number)
{
	char *path = path_of(m, number);
	struct stat file, st;

	assert_ok(stat(path, &file));
	for (int fd = 0; fd < 256; fd++)
		if (!fstat(fd, &st) && st.st_dev == file.st_dev &&
		    st.st_ino == file.st_ino)
			return dup(fd);
	fail_msg("%s is not open", path);
	return -1;
}

/*
 * Linux AIO and io_uring report a chunk and let go of its file afterwards. So a
 * file may still be open for a moment after the job has closed it.
 */
JOB_TEST(the_kernel_lets_go_late)
{
	int held[2];

	m->options.files.remove_at_end = true;
	assert_ok(begin(m));
	assert_ok(move(m, 3));
	held[0] = hold(m, 0);
	assert_ok(move(m, 4));
	held[1] = hold(m, 1);
	assert_int_equal(size_of(m, 0), -1);
	assert_ok(finish(m));
	assert_int_equal(size_of(m, 1), -1);
	close(held[0]);
	close(held[1]);
}
