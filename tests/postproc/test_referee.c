// SPDX-License-Identifier: GPL-2.0-only
/* The referee with two processes that do what the engine does. */
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "test.h"
#include "turns/referee.h"
#include "turns/side_job.h"
#include "util/clock.h"
#include "turns/remove_tree.h"

#define TURN_NS     3000000
#define PATIENCE_NS 3000000000

static bool never(void *arg)
{
	return false;
}

/* What a process does in one of its sections. */
struct section {
	const char *name; /* of the operation */
	uint64_t operations;
	uint64_t hangs_at; /* this operation does not end; 0: none does */
	const char *in;    /* the section's name */
};

/* Sections outside of turns. */
#define HANGS "hangs"
#define WORKS "does a little each 100 ms, for twice the patience"

/* How a player was scheduled, while it took turns and after that. */
static int *policy;

static void play(const struct section *section, unsigned int number)
{
	const struct relay_section own = { number, 1, section->name,
					   section->in };
	struct relay_seat seat;
	struct relay *relay;
	unsigned int side;
	uint64_t done = 0;
	int64_t waited;

	if (relay_find(&relay, &side) || relay_join(&seat, relay, side, &own))
		_exit(1);
	if (policy)
		policy[0] = sched_getscheduler(0);
	while (done < section->operations) {
		if (seat.heat && !relay_is_mine(&seat) &&
		    relay_wait(&seat, done, never, NULL, &waited) != RELAY_TURN)
			relay_leave(&seat, done);
		done++;
		if (done == section->hangs_at)
			pause();
		usleep(100);
	}
	if (seat.heat)
		relay_leave(&seat, done);
	if (policy)
		policy[1] = sched_getscheduler(0);
}

static pid_t start(const struct referee *r, int side,
		   const struct section *section)
{
	pid_t pid = fork();
	char text[64];

	if (pid)
		return pid;
	snprintf(text, sizeof(text), "%c:%s", 'a' + side, r->path);
	setenv(RELAY_VARIABLE, text, 1);
	for (unsigned int i = 0, number = 0; section[i].name; i++) {
		if (!strcmp(section[i].name, HANGS))
			pause();
		if (!strcmp(section[i].name, WORKS))
			for (int64_t ns = 0; ns < 2 * PATIENCE_NS;
			     ns += 100000000)
				usleep(100000);
		else
			play(&section[i], ++number);
	}
	_exit(0);
}

struct pair {
	pid_t pid[2];
	bool ended[2];
};

static int has_ended(void *context, int side)
{
	struct pair *pair = context;

	if (!pair->ended[side] &&
	    waitpid(pair->pid[side], NULL, WNOHANG) == pair->pid[side])
		pair->ended[side] = true;
	return pair->ended[side];
}

static int run(struct referee *r, const struct section *a,
	       const struct section *b)
{
	struct pair pair = { 0 };
	int ret;

	assert_ok(referee_begin(r));
	pair.pid[0] = start(r, 0, a);
	pair.pid[1] = start(r, 1, b);
	for (int i = 0; i < 2; i++)
		r->patience[i] = (struct patience){ .most_ns = PATIENCE_NS,
						    .child = pair.pid[i] };
	r->has_ended = has_ended;
	r->context = &pair;
	ret = referee_run(r);
	for (int i = 0; i < 2; i++)
		if (!pair.ended[i]) {
			kill(pair.pid[i], SIGKILL);
			waitpid(pair.pid[i], NULL, 0);
		}
	return ret;
}

static void sum(const struct referee_heat *heat, int side, uint64_t *operations,
		uint64_t *ns)
{
	*operations = *ns = 0;
	for (size_t i = 0; i < heat->pairs; i++) {
		*operations += heat->pair[i].turn[side].operations;
		*ns += heat->pair[i].turn[side].ns;
	}
}

/*
 * Sections follow each other. The second has other operations on either side,
 * and the third is there on one side only.
 */
TEST(sections)
{
	static const struct section a[] = { { "create", 600, 0, "x" },
					    { "stat", 600, 0, "x" },
					    { "read", 50, 0, "x" },
					    { 0 } };
	static const struct section b[] = { { "create", 2000, 0, "x" },
					    { "delete", 600, 0, "x" },
					    { 0 } };
	struct referee r = { .turn_ns = TURN_NS, .seed = 5 };
	uint64_t operations, ns;

	assert_ok(run(&r, a, b));
	assert_int_equal(r.heats, 2);
	assert_string_equal(r.heat[0].name, "create");
	assert_true(r.heat[0].alike);
	assert_false(r.heat[1].alike);
	assert_true(r.heat[0].pairs > 2);
	for (int side = 0; side < 2; side++) {
		sum(&r.heat[0], side, &operations, &ns);
		/* The rest is of the first pair, the last, and of B alone. */
		assert_true(operations > 0 &&
			    operations <= (side ? 2000 : 600));
		/* An operation sleeps 0.1 ms or more. */
		assert_true(ns >= operations * 90000);
	}
	referee_end(&r);
}

/*
 * Sections of one operation, or of one name, go by names of their own. Then so
 * do the figures of fio's results.
 */
TEST(names)
{
	static const struct section both[] = { { "create", 20, 0, "warm" },
					       { "stat", 20, 0, "cold" },
					       { "stat", 20, 0, "warm" },
					       { 0 } };
	struct referee r = { .turn_ns = TURN_NS, .seed = 5 };

	assert_ok(run(&r, both, both));
	assert_int_equal(r.heats, 3);
	assert_string_equal(r.heat[0].name, "create");
	assert_string_equal(r.heat[0].section, "warm");
	assert_string_equal(r.heat[1].name, "cold");
	assert_string_equal(r.heat[2].name, "warm#2");
	referee_end(&r);
}

static void find_hang(const struct section *a, const struct section *b,
		      int side, const char *where)
{
	struct referee r = { .turn_ns = TURN_NS, .seed = 5 };

	assert_int_equal(run(&r, a, b), -ETIMEDOUT);
	assert_int_equal(r.hang.side, side);
	assert_string_equal(r.hang.where, where);
	referee_end(&r);
}

/*
 * A side hangs in its turn, and outside of turns: before the first section,
 * between two, and behind the last one.
 */
TEST(hangs)
{
	static const struct section well[] = { { "stat", 500, 0, "x" },
					       { "read", 500, 0, "x" },
					       { 0 } };
	static const struct section one[] = { { "stat", 500, 0, "x" }, { 0 } };
	static const struct section turn[] = { { "stat", 500, 100, "x" },
					       { 0 } };
	static const struct section before[] = { { HANGS, 0, 0, "x" }, { 0 } };
	static const struct section behind[] = { { "stat", 500, 0, "x" },
						 { HANGS, 0, 0, "x" },
						 { 0 } };

	find_hang(well, turn, 1, "in an operation of stat");
	find_hang(before, well, 0, "before the first section in turns");
	find_hang(well, behind, 1, "after the turns of stat");
	find_hang(behind, one, 0, "after the turns of stat");
}

/* A side may take longer than that before its turns, if it does anything. */
TEST(is_slow)
{
	static const struct section quick[] = { { "stat", 100, 0, "x" },
						{ 0 } };
	static const struct section slow[] = { { WORKS, 0, 0, "x" },
					       { "stat", 100, 0, "x" },
					       { 0 } };
	struct referee r = { .turn_ns = TURN_NS, .seed = 5 };

	assert_ok(run(&r, quick, slow));
	assert_int_equal(r.heats, 1);
	referee_end(&r);
}

/* The sides run before others while they take turns, and not after that. */
TEST(real_time)
{
	static const struct section both[] = { { "create", 200, 0, "x" },
					       { 0 } };
	struct referee r = { .turn_ns = TURN_NS, .seed = 5, .real_time = true };

	if (relay_run_first(1)) {
		print_message("# skipped: needs CAP_SYS_NICE\n");
		skip();
	}
	assert_ok(relay_run_first(0));
	policy = mmap(NULL, 2 * sizeof(*policy), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_true(policy != MAP_FAILED);
	assert_ok(run(&r, both, both));
	assert_int_equal(policy[0], SCHED_FIFO);
	assert_int_equal(policy[1], SCHED_OTHER);
	assert_int_equal(sched_getscheduler(0), SCHED_OTHER);
	munmap(policy, 2 * sizeof(*policy));
	policy = NULL;
	assert_true(r.heat[0].pairs > 2);
	referee_end(&r);
}

static char *copy_of(const struct side_job_copy *copy)
{
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	side_job_write(copy, out);
	fclose(out);
	return text;
}

/* What each section of a copy gets, and what stays as it is. */
TEST(copies)
{
	struct side_job_list list = {
		.text = { (char *)"files=7", (char *)"bs=4k" }, .count = 2
	};
	const struct side_job_list none = { 0 };
	struct side_job_copy copy = {
		.text = "; a comment\n[global]\nrw=write\n[one]\nfiles=1\n"
			"  [two]\nstonewall",
		.directory = "/d/0",
		.option = &list,
	};
	char *text = copy_of(&copy);

	assert_string_equal(text, "; a comment\n[global]\nrw=write\n[one]\n"
				  "files=1\ndirectory=/d/0\nfiles=7\nbs=4k\n\n"
				  "[two]\nstonewall\ndirectory=/d/0\nfiles=7\n"
				  "bs=4k\n\n");
	free(text);
	copy.text = "[one/x]\nrw=read";
	copy.option = &none;
	copy.stops = true;
	text = copy_of(&copy);
	assert_string_equal(text, "[one/x]\nrw=read\ndirectory=/d/0\n"
				  "log_unix_epoch=1\nlog_avg_msec=0\n"
				  "per_job_logs=1\n"
				  "unified_rw_reporting=1\n"
				  "write_lat_log=one_x\n"
				  "exec_prerun=sh meet.sh one_x\n\n");
	free(text);
	/* The line of a section may be cut off. */
	copy.text = "[one";
	text = copy_of(&copy);
	assert_non_null(strstr(text, "write_lat_log=one\nexec_prerun="));
	free(text);
	copy.text = "[one]\nexec_prerun=true";
	text = copy_of(&copy);
	assert_null(strstr(text, SIDE_JOB_MEET));
	free(text);
	copy.text = "[one]\n; no exec_prerun=";
	text = copy_of(&copy);
	assert_non_null(strstr(text, "exec_prerun=sh " SIDE_JOB_MEET));
	free(text);
}

/* Runs a command in the directory, and returns its exit status. */
static int shell(const char *directory, const char *command)
{
	char *line;
	int status;

	assert_true(asprintf(&line, "cd %s && %s", directory, command) > 0);
	status = system(line);
	free(line);
	return WEXITSTATUS(status);
}

/* A section waits for that of the other side, but not for one that has ended.
 */
TEST(meets)
{
	static const char meet[] = "cd a-003 && timeout 1 sh meet.sh create";
	char top[] = "/tmp/smallfio-meet-XXXXXX", path[64], own[64];
	struct input_error error = { 0 };
	struct side_job job = { .stops = true };

	assert_non_null(mkdtemp(top));
	snprintf(path, sizeof(path), "%s/my.fio", top);
	snprintf(own, sizeof(own), "%s/a-003", top);
	assert_ok(shell(top, "mkdir a-003 b-003 && echo '[x]' >my.fio"));
	job.path = path;
	job.base[0] = job.base[1] = top;
	assert_ok(side_job_begin(&job, &error));
	assert_ok(side_job_prepare(&job, 0, false, own, &error));
	assert_int_equal(shell(top, meet), 124);
	assert_ok(shell(top, ": >b-003/fio.json"));
	assert_int_equal(shell(top, meet), 124);
	assert_ok(shell(top, ": >b-003/ready-create"));
	assert_ok(shell(top, meet));
	assert_ok(shell(top, "rm b-003/ready-create && echo >b-003/fio.json"));
	assert_ok(shell(top, meet));
	side_job_end(&job, NULL);
	assert_ok(remove_tree(top));
}
