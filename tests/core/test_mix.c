// SPDX-License-Identifier: GPL-2.0-only
/*
 * operation=mix: what is drawn, and that the bits of a mix say what is on disk.
 */
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "op/mix_state.h"
#include "rig.h"
#include "util/clock.h"
#include "util/hash64.h"

#define ALL                                                                    \
	"create:10,append:5,overwrite:3,truncate-overwrite:3,read:10,stat:20," \
	"chmod:3,delete:10,rename:5,symlink:3,mkdir:3,rmdir:3,readdir:2,"      \
	"ls-l:2,setxattr:3,getxattr:5,swift-put:3,swift-get:3,tmpfile:3,"      \
	"statx-dont-sync:1,statx-force-sync:1,access:1,lookup-missing:2,"      \
	"open-close:2,lock:2,chown:2,utimens:2,fallocate:2,readlink:3,"        \
	"link:4,copy-range:4,opendir:2,fsync-dir:2,listxattr:2,removexattr:2"

struct mixed {
	struct rig *rig;
	struct mix *mix;
	struct mix_options options;
	struct failure failure;
};

static void begin(struct mixed *m, struct rig *rig, const char *weights)
{
	m->rig = rig;
	m->options.operations = weights;
	rig_start(rig, "mix");
	if (mix_init(&m->mix, &rig->worker, &m->options, &m->failure) ||
	    mix_open(m->mix, &m->failure))
		fail_msg("mix: %s", m->failure.text);
}

static void end(struct mixed *m, bool record)
{
	if (record)
		assert_ok(mix_close(m->mix, &m->failure));
	mix_free(m->mix);
	rig_stop(m->rig);
}

/* Does one operation at a time. Each must succeed. */
static void work(struct mixed *m, unsigned int count)
{
	struct request *r = &m->rig->request;
	char text[sizeof(struct failure)];

	for (unsigned int i = 0; i < count; i++) {
		int ret;

		mix_draw(m->mix);
		mix_prepare(m->mix, r);
		ret = request_run(r->worker, r);
		if (!ret)
			continue;
		request_describe(r->worker, r, ret, text, sizeof(text));
		fail_msg("operation %u: %s", i, text);
	}
}

static bool there(struct rig *rig, enum tree tree, uint64_t number,
		  const char *ending)
{
	struct stat st;

	return !lstat(rig_path(rig, tree, number + 1, ending), &st);
}

static bool has(const struct mixed *m, enum object object, uint64_t number)
{
	const struct population *p = &m->mix->set[object];

	return p->size && population_has(p, number);
}

/* What the mix knows of each number is what lstat() sees. */
static void check_known(struct mixed *m)
{
	struct rig *rig = m->rig;

	for (uint64_t i = 0; i < rig->options.layout.files; i++) {
		bool file = has(m, OBJECT_FILE, i);
		bool moved = has(m, OBJECT_RENAMED, i);

		assert_int_equal(there(rig, TREE_SRC, i, ""), file && !moved);
		assert_int_equal(there(rig, TREE_DST, i, ""), file && moved);
		assert_int_equal(there(rig, TREE_DST, i, ".s"),
				 has(m, OBJECT_SYMLINK, i));
		assert_int_equal(there(rig, TREE_DST, i, ".l"),
				 has(m, OBJECT_LINK, i));
		assert_int_equal(there(rig, TREE_DST, i, ".c"),
				 has(m, OBJECT_COPY, i));
		assert_int_equal(there(rig, TREE_SRC, i, ".d"),
				 has(m, OBJECT_DIR, i));
	}
}

/* So is each share of what a mix draws, with the numbers of files between. */
RIG_TEST(shares_of_a_mix)
{
	const double weight[] = { 10, 55, 20, 5, 10 }, draws = 1e7;
	struct mixed m = { .rig = rig };
	uint64_t count[5] = { 0 };

	begin(&m, rig, "create:10,stat:55,read:20,rename:5,delete:10");
	for (uint64_t i = 0; i < (uint64_t)draws; i++)
		count[mix_draw(m.mix)]++;
	end(&m, false);
	for (unsigned int i = 0; i < 5; i++) {
		double share = weight[i] / 100;
		double sigma = sqrt(draws * share * (1 - share));

		if (fabs((double)count[i] - draws * share) > 3 * sigma)
			fail_msg("operation %u: %llu draws, expected %.0f +- "
				 "%.0f",
				 i, (unsigned long long)count[i], draws * share,
				 3 * sigma);
	}
}

static void refuses(struct rig *rig, const struct mix_options *o,
		    const char *text)
{
	struct failure f;
	struct mix *mix;

	rig_init(rig, "mix");
	assert_int_equal(mix_init(&mix, &rig->worker, o, &f), -EINVAL);
	assert_null(mix);
	assert_says(f.text, text);
	worker_free(&rig->worker);
}

RIG_TEST(refused)
{
	static const struct {
		const char *mix, *text;
	} bad[] = {
		{ NULL, "needs operations and their weights" },
		{ "", "needs operations and their weights" },
		{ "create", "expected create:WEIGHT" },
		{ "create:", "expected create:WEIGHT" },
		{ "create:0", "expected create:WEIGHT" },
		{ "create:-1", "expected create:WEIGHT" },
		{ "create:inf", "expected create:WEIGHT" },
		{ "create:1:2", "expected create:WEIGHT" },
		{ "create:1,", "there is no operation \"\"" },
		{ "create:1,made:2", "there is no operation \"made\"" },
		{ "stat:1,stat:2", "stat is in it twice" },
		{ "mix:1", "mix cannot be in it" },
		{ "cleanup:1", "cleanup cannot be in it" },
		{ "delete-renamed:1", "delete removes renamed files, too" },
		{ "await-create:1", "another host" },
		{ "truncate:1", "takes away what others read" },
		{ "exchange:1", "part a file from its copy" },
	};
	struct mix_options o = { 0 };

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		o.operations = bad[i].mix;
		refuses(rig, &o, bad[i].text);
	}
	o.operations = "stat:1";
	o.population = 20;
	refuses(rig, &o, "population=20: files=20 must be more");
	rig->options.xattr_count = 0;
	o = (struct mix_options){ .operations = "stat:1,getxattr:1" };
	refuses(rig, &o, "operation=getxattr needs xattr_count=1");
}

/* All operations at once, on few numbers: there is often none left. */
RIG_TEST(knows_what_is_there)
{
	struct mixed m = { .rig = rig };

	rig_need_attributes(rig);
	begin(&m, rig, ALL);
	assert_int_equal(mix_found(m.mix)->made, 16);
	check_known(&m);
	for (int i = 0; i < 20; i++) {
		work(&m, 100);
		check_known(&m);
	}
	end(&m, false);
}

RIG_TEST(two_tops_and_hashed)
{
	struct mixed m = { .rig = rig };

	rig_need_attributes(rig);
	rig_two_tops(rig);
	rig->options.layout.hash_into_dirs = true;
	rig->options.layout.spread = 2;
	rig->options.content = CONTENT_INCOMPRESSIBLE;
	begin(&m, rig, ALL);
	work(&m, 1000);
	check_known(&m);
	end(&m, false);
}

/* With nothing but deletes, each is of a file that is made before. */
RIG_TEST(weights_that_do_not_fit)
{
	struct mixed m = { .rig = rig };

	begin(&m, rig, "delete:1");
	work(&m, 50);
	assert_int_equal(m.mix->set[OBJECT_FILE].count, 0);
	check_known(&m);
	end(&m, true);
	begin(&m, rig, "create:1");
	work(&m, 50);
	assert_int_equal(m.mix->set[OBJECT_FILE].count, 20);
	check_known(&m);
	end(&m, true);
	begin(&m, rig, "rename:1");
	work(&m, 50);
	check_known(&m);
	end(&m, false);
}

static void draw_some(struct mixed *m, uint64_t *drawn, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++) {
		drawn[i] = (uint64_t)mix_draw(m->mix) << 32;
		drawn[i] |= m->mix->next.number;
	}
}

/* The sequence is of the seed and the thread, and of nothing else. */
RIG_TEST(sequence)
{
	uint64_t a[500], b[500];
	struct mixed m = { .rig = rig };

	begin(&m, rig, "create:1,stat:5,rename:1,delete:1");
	draw_some(&m, a, 500);
	end(&m, false);
	rig->options.layout.host = "another";
	begin(&m, rig, "create:1,stat:5,rename:1,delete:1");
	draw_some(&m, b, 500);
	end(&m, false);
	assert_memory_equal(a, b, sizeof(a));
	rig->options.seed = 2;
	rig->options.layout.host = "a third";
	begin(&m, rig, "create:1,stat:5,rename:1,delete:1");
	draw_some(&m, b, 500);
	end(&m, false);
	assert_memory_not_equal(a, b, sizeof(a));
}

/* What a run leaves, the next one finds, and goes on in the sequence. */
RIG_TEST(finds_by_record)
{
	uint64_t a[500], b[500];
	struct mixed m = { .options.distribution = "recent:4" };

	rig_need_attributes(rig);
	begin(&m, rig, ALL);
	work(&m, 300);
	assert_ok(mix_close(m.mix, &m.failure));
	draw_some(&m, a, 500);
	end(&m, false);
	begin(&m, rig, ALL);
	assert_true(mix_found(m.mix)->record);
	assert_int_equal(mix_found(m.mix)->made, 0);
	check_known(&m);
	draw_some(&m, b, 500);
	assert_memory_equal(a, b, sizeof(a));
	end(&m, false);
}

/* Without a record, or with one that is damaged, directories are listed. */
RIG_TEST(finds_by_listing)
{
	struct mixed m = { .rig = rig };
	char *record;
	uint64_t files;
	int fd;

	begin(&m, rig, "create:1,stat:1,rename:1,symlink:1,mkdir:1,delete:1");
	work(&m, 300);
	files = m.mix->set[OBJECT_FILE].count;
	end(&m, false);
	m.options.population = 1;
	begin(&m, rig, "create:1,stat:1,rename:1,symlink:1,mkdir:1,delete:1");
	assert_false(mix_found(m.mix)->record);
	assert_int_equal(mix_found(m.mix)->files, files);
	check_known(&m);
	record = printed("%s/%s/%spopulation%s", rig->worker.fileset.top[0],
			 rig->worker.fileset.base[TREE_SRC],
			 rig->worker.fileset.head, rig->worker.fileset.tail);
	end(&m, true);
	fd = open(record, O_WRONLY);
	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, "x", 1, 80), 1);
	close(fd);
	begin(&m, rig, "create:1,stat:1,rename:1,symlink:1,mkdir:1,delete:1");
	assert_false(mix_found(m.mix)->record);
	assert_int_equal(access(record, F_OK), -1);
	check_known(&m);
	end(&m, true);
	assert_ok(access(record, F_OK));
	rig_start(rig, "cleanup");
	/* What is left of a run that was killed while it wrote. */
	scratch_text(printed("%s.new", record), "half");
	assert_ok(mix_record_remove(&rig->worker, &m.failure));
	assert_ok(mix_record_remove(&rig->worker, &m.failure));
	assert_int_equal(access(record, F_OK), -1);
	assert_false(scratch_exists("%s.new", record));
	rig_stop(rig);
}

/* After a failure, what is known is what is there. */
RIG_TEST(failures)
{
	struct mixed m = { .rig = rig };
	struct request *r = &rig->request;
	unsigned int failed = 0;

	begin(&m, rig, "create:5,stat:5,read:3,rename:3,append:3,delete:5");
	for (int i = 0; i < 2000; i++) {
		uint64_t n = (uint64_t)i / 10 * 7 % 20;
		int ret;

		/* Somebody else removes a file now and then. */
		if (i % 10 == 0) {
			unlink(rig_path(rig, TREE_SRC, n + 1, ""));
			unlink(rig_path(rig, TREE_DST, n + 1, ""));
		}
		mix_draw(m.mix);
		mix_prepare(m.mix, r);
		ret = request_run(r->worker, r);
		if (!ret)
			continue;
		failed++;
		assert_int_equal(ret, -ENOENT);
		mix_failed(m.mix, r, ret);
		assert_int_equal(has(&m, OBJECT_FILE, r->drawn),
				 there(rig, TREE_SRC, r->drawn, "") ||
					 there(rig, TREE_DST, r->drawn, ""));
	}
	assert_true(failed > 50);
	end(&m, false);
}

/*
 * What cannot be made before an operation that needs it, because the disk is
 * full or the like, is not left half there.
 */
RIG_TEST(cannot_be_made)
{
	const struct rlimit most = { .rlim_cur = 10000,
				     .rlim_max = RLIM_INFINITY };
	struct mixed m = { .rig = rig };
	struct request *r = &rig->request;
	struct rlimit before;

	rig_set_size(rig, 40000);
	begin(&m, rig, "delete:1,stat:1");
	while (m.mix->set[OBJECT_FILE].count)
		work(&m, 1);
	assert_ok(getrlimit(RLIMIT_FSIZE, &before));
	signal(SIGXFSZ, SIG_IGN);
	assert_ok(setrlimit(RLIMIT_FSIZE, &most));
	for (int i = 0; i < 20; i++) {
		mix_draw(m.mix);
		mix_prepare(m.mix, r);
		assert_int_equal(request_run(r->worker, r), -EFBIG);
		mix_failed(m.mix, r, -EFBIG);
		check_known(&m);
	}
	assert_ok(setrlimit(RLIMIT_FSIZE, &before));
	end(&m, false);
}

/*
 * Two mixes that share their files, as those of two threads. Each is run by
 * hand, so that one can come in between the other's drawing and its operation.
 */
struct shared {
	struct rig *rig;
	struct mix *mix[2];
	struct request request[2];
	struct failure failure;
};

static void begin_shared(struct shared *s, struct rig *rig, const char *weights)
{
	struct mix_options options = {
		.operations = weights,
		.shared = true,
	};

	s->rig = rig;
	rig_start(rig, "mix");
	for (int i = 0; i < 2; i++) {
		options.thread = i;
		options.first = i ? s->mix[0] : NULL;
		assert_ok(mix_init(&s->mix[i], &rig->worker, &options,
				   &s->failure));
		assert_ok(request_init(&s->request[i], &rig->worker));
	}
	for (int i = 0; i < 2; i++)
		assert_ok(mix_open(s->mix[i], &s->failure));
	assert_ptr_equal(s->mix[0]->set, s->mix[1]->set);
	assert_int_equal(mix_found(s->mix[1])->files, 0);
}

static void end_shared(struct shared *s)
{
	for (int i = 0; i < 2; i++) {
		assert_ok(mix_close(s->mix[i], &s->failure));
		request_free(&s->request[i]);
	}
	for (int i = 0; i < 2; i++)
		mix_free(s->mix[i]);
	rig_stop(s->rig);
}

/* Draws until it is this operation, on this number. */
static void draw(struct shared *s, int i, const char *operation,
		 uint64_t number)
{
	struct mix *m = s->mix[i];
	struct request *r = &s->request[i];

	for (;;) {
		unsigned int part = mix_draw(m);

		assert_false(mix_waits(m));
		mix_prepare(m, r);
		if (!strcmp(mix_operation(m, part)->name, operation) &&
		    r->drawn == number)
			return;
		mix_release(m, r);
	}
}

/* Runs what was drawn. Returns whether it was a conflict. */
static bool run_drawn(struct shared *s, int i)
{
	struct request *r = &s->request[i];
	int ret = request_run(r->worker, r);
	bool conflict = mix_conflict(s->mix[i], r, ret);

	assert_int_equal(conflict, ret != 0);
	return conflict;
}

static void check_shared(struct shared *s)
{
	struct mixed m = { .rig = s->rig, .mix = s->mix[0] };

	check_known(&m);
}

RIG_TEST(conflicts_of_threads)
{
	struct shared s = { 0 };

	begin_shared(&s, rig, "create:1,stat:1,rename:1,delete:1");
	assert_int_equal(mix_found(s.mix[0])->made, 16);
	check_shared(&s);
	/* Gone between the drawing of a stat and the stat. */
	draw(&s, 0, "stat", 3);
	draw(&s, 1, "delete", 3);
	assert_false(run_drawn(&s, 1));
	assert_true(run_drawn(&s, 0));
	check_shared(&s);
	/* Gone, and come again: the one that lost does not make it unknown. */
	draw(&s, 0, "stat", 5);
	draw(&s, 1, "rename", 5);
	assert_false(run_drawn(&s, 1));
	assert_true(run_drawn(&s, 0));
	check_shared(&s);
	draw(&s, 0, "stat", 6);
	draw(&s, 1, "delete", 6);
	assert_false(run_drawn(&s, 1));
	draw(&s, 1, "create", 6);
	assert_false(run_drawn(&s, 1));
	assert_false(run_drawn(&s, 0));
	check_shared(&s);
	/* What one changes, the other does not get. */
	draw(&s, 0, "delete", 7);
	for (int i = 0; i < 1000; i++) {
		mix_draw(s.mix[1]);
		assert_int_not_equal(s.mix[1]->next.number, 7);
		mix_prepare(s.mix[1], &s.request[1]);
		mix_release(s.mix[1], &s.request[1]);
	}
	assert_false(run_drawn(&s, 0));
	check_shared(&s);
	end_shared(&s);
}

static bool always(void *arg)
{
	return true;
}

/* A thread waits for a number that another one has, but not at the end. */
RIG_TEST(waits_for_a_number)
{
	struct shared s = { 0 };

	begin_shared(&s, rig, "stat:1,delete:1");
	for (uint64_t i = 1; i < 16; i++) {
		unlink(rig_path(rig, TREE_SRC, i + 1, ""));
		population_set(&s.mix[0]->set[OBJECT_FILE], i, false);
	}
	draw(&s, 0, "delete", 0);
	mix_draw(s.mix[1]);
	assert_true(mix_waits(s.mix[1]));
	rig->worker.stop.asked = always;
	mix_prepare(s.mix[1], &s.request[1]);
	assert_false(mix_waits(s.mix[1]));
	assert_int_equal(s.request[1].error, 0);
	assert_int_equal(s.request[1].drawn, 0);
	assert_false(s.request[1].claimed);
	assert_false(run_drawn(&s, 1));
	rig->worker.stop.asked = NULL;
	s.mix[0]->files->unknown = true;
	end_shared(&s);
}

/* Threads of another host: what they do is learned when it is met. */
RIG_TEST(conflicts_of_hosts)
{
	struct shared s = { 0 };
	char *to;
	int fd;

	begin_shared(&s, rig, "create:1,stat:1,rename:1,delete:1");
	unlink(rig_path(rig, TREE_SRC, 3 + 1, ""));
	draw(&s, 0, "stat", 3);
	assert_true(run_drawn(&s, 0));
	check_shared(&s);
	unlink(rig_path(rig, TREE_SRC, 4 + 1, ""));
	draw(&s, 1, "delete", 4);
	assert_true(run_drawn(&s, 1));
	check_shared(&s);
	fd = open(rig_path(rig, TREE_SRC, 4 + 1, ""), O_CREAT | O_WRONLY, 0600);
	assert_true(fd >= 0);
	close(fd);
	draw(&s, 0, "create", 4);
	assert_true(run_drawn(&s, 0));
	check_shared(&s);
	to = strdup(rig_path(rig, TREE_DST, 5 + 1, ""));
	assert_ok(rename(rig_path(rig, TREE_SRC, 5 + 1, ""), to));
	free(to);
	draw(&s, 1, "rename", 5);
	assert_true(run_drawn(&s, 1));
	check_shared(&s);
	end_shared(&s);
	/* The last of them has left a record. */
	begin_shared(&s, rig, "stat:1");
	assert_true(mix_found(s.mix[0])->record);
	end_shared(&s);
}

/* Nothing but conflicts is a failure after all. */
RIG_TEST(endless_conflicts)
{
	struct shared s = { 0 };
	struct request *r = &s.request[0];

	begin_shared(&s, rig, "stat:1");
	draw(&s, 0, "stat", 1);
	for (int i = 0; i < MIX_CONFLICTS_MAX; i++)
		assert_true(mix_conflict(s.mix[0], r, -ENOENT));
	assert_false(mix_conflict(s.mix[0], r, -ENOENT));
	assert_false(mix_conflict(s.mix[0], r, -ENOSPC));
	assert_false(mix_conflict(s.mix[0], r, 0));
	assert_true(mix_conflict(s.mix[0], r, -ENOENT));
	end_shared(&s);
}

/*
 * Fifty million files: less than 64 MiB, and a record that is read at once. The
 * bound on time is ten times what was measured.
 */
RIG_TEST(many)
{
	const uint64_t population = 50000000, files = population / 4 * 5;
	struct mixed m = { .rig = rig, .options.operations = ALL };
	uint64_t bytes = 0;
	int64_t began;

	rig->options.layout.files = rig->options.layout.files_per_dir = files;
	rig_start(rig, "mix");
	m.options.operations = "create:10,stat:55,read:20,rename:5,delete:10";
	assert_ok(mix_init(&m.mix, &rig->worker, &m.options, &m.failure));
	for (int o = 0; o < OBJECT_KINDS; o++)
		bytes += m.mix->set[o].size / 8;
	assert_in_range(bytes, 2 * files / 8, 2 * files / 8);
	assert_true(bytes < 64u << 20);
	for (uint64_t i = 0; i < files / 64; i++)
		m.mix->set[OBJECT_FILE].bits[i] = i % 5 ? UINT64_MAX : 0;
	population_count(&m.mix->set[OBJECT_FILE]);
	assert_in_range(m.mix->set[OBJECT_FILE].count, population - 64,
			population + 64);
	m.mix->open = true;
	end(&m, true);
	began = clock_steady_ns();
	begin(&m, rig, m.options.operations);
	assert_true(clock_steady_ns() - began < 5000000000);
	assert_true(mix_found(m.mix)->record);
	assert_in_range(mix_found(m.mix)->files, population - 64,
			population + 64);
	end(&m, true);
}
