// SPDX-License-Identifier: GPL-2.0-only
/*
 * The starting gate with a process for each host, and with files written by
 * hand for what other hosts, and those of earlier runs, may have left.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <math.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "cmocka_all.h"
#include "gate_file.h"
#include "scratch.h"

#define HOSTS_MAX   16
#define PATIENT_S   10
#define MS          1000
#define LEFTOVERS   300
#define ROUNDS      100
#define ROUNDS_MANY 10
#define SECTIONS    60

struct slot {
	int ret;
	int64_t passed_ns;
	uint64_t number;
	bool opened;
	struct failure failure;
};

/* What the processes of a test share. */
struct board {
	atomic_int come;
	atomic_int early; /* passed before all had come */
	atomic_bool stop;
	struct slot slot[HOSTS_MAX];
};

struct made {
	char dir[PATH_MAX];
	struct gate gate; /* what most tests want; host "a" */
	struct board *board;
	pid_t pid[HOSTS_MAX];
	unsigned int fds;
};

static const char *const names[HOSTS_MAX] = { "a", "b", "c", "d", "e", "f",
					      "g", "h", "i", "j", "k", "l",
					      "m", "n", "o", "p" };

static bool stop_asked_for(void *arg)
{
	return ((struct board *)arg)->stop;
}

static int setup(void **state)
{
	struct made *m = calloc(1, sizeof(*m));

	assert_non_null(m);
	scratch_make(m->dir);
	m->board = mmap(NULL, sizeof(*m->board), PROT_READ | PROT_WRITE,
			MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_true(m->board != MAP_FAILED);
	m->gate = (struct gate){
		.directory = m->dir,
		.section = "section-0",
		.host = "a",
		.hosts = 1,
		.timeout_s = PATIENT_S,
		.stop = { stop_asked_for, m->board },
	};
	m->fds = scratch_open_fds();
	*state = m;
	return 0;
}

static int teardown(void **state)
{
	struct made *m = *state;

	for (int i = 0; i < HOSTS_MAX; i++)
		if (m->pid[i]) {
			kill(m->pid[i], SIGKILL);
			waitpid(m->pid[i], NULL, 0);
		}
	assert_int_equal(scratch_open_fds(), m->fds);
	munmap(m->board, sizeof(*m->board));
	scratch_remove(m->dir);
	free(m);
	return 0;
}

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

/* A host of its own: the i-th of this test, by its name unless given. */
static void come(struct made *m, unsigned int i, const char *host,
		 unsigned int delay_us)
{
	struct board *board = m->board;
	struct slot *slot = &board->slot[i];
	struct gate gate = m->gate;

	gate.host = host ? host : names[i];
	m->pid[i] = fork();
	assert_true(m->pid[i] >= 0);
	if (m->pid[i])
		return;
	usleep(delay_us);
	board->come++;
	slot->ret = gate_wait_directory(&gate, &slot->failure);
	slot->passed_ns = now_ns();
	slot->number = gate.number;
	slot->opened = gate.opened;
	if (!slot->ret && board->come < (int)gate.hosts)
		board->early++;
	_exit(0);
}

/* Waits for the i-th to end; what its gate returned. */
static int gone(struct made *m, unsigned int i)
{
	int status;

	assert_true(waitpid(m->pid[i], &status, 0) == m->pid[i]);
	m->pid[i] = 0;
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	return m->board->slot[i].ret;
}

static void passes(struct made *m, unsigned int i)
{
	int ret = gone(m, i);

	if (ret)
		fail_msg("host %u: %s: %s", i, strerror(-ret),
			 m->board->slot[i].failure.text);
}

static void fails(struct made *m, unsigned int i, int code, const char *word)
{
	assert_int_equal(gone(m, i), -code);
	if (!strstr(m->board->slot[i].failure.text, word))
		fail_msg("no \"%s\" in \"%s\"", word,
			 m->board->slot[i].failure.text);
}

/* By the i-th, after its run. */
static void leave(struct made *m, unsigned int i)
{
	struct gate gate = m->gate;

	gate.host = names[i];
	gate.number = m->board->slot[i].number;
	gate.opened = m->board->slot[i].opened;
	gate_remove(&gate);
}

static void path_of(const struct made *m, const char *host, char *path)
{
	scratch_print(path, PATH_MAX, "%s/smallfio-gate/%s%s%s", m->dir,
		      m->gate.section, *host ? "/" : "", host);
}

static void make_section(struct made *m)
{
	char path[PATH_MAX];

	scratch_print(path, sizeof(path), "%s/smallfio-gate", m->dir);
	assert_true(!mkdir(path, 0777) || errno == EEXIST);
	path_of(m, "", path);
	assert_true(!mkdir(path, 0777) || errno == EEXIST);
}

/* Puts a host's file there, in one step. */
static void say(struct made *m, const char *host, uint64_t number,
		enum gate_state state, const struct gate_name *seen,
		unsigned int count)
{
	struct gate_peer peers[HOSTS_MAX] = { { .name.number = number } };
	char path[PATH_MAX], draft[PATH_MAX];
	FILE *f;

	make_section(m);
	path_of(m, ".draft", draft);
	path_of(m, host, path);
	peers[0].state = state;
	for (unsigned int i = 0; i < count; i++)
		peers[i + 1].name = seen[i];
	f = fopen(draft, "w");
	assert_non_null(f);
	gate_file_print(f, peers, count + 1);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(rename(draft, path), 0);
}

/* What a host says now; false: no such file, or not whole. */
static bool hear(struct made *m, const char *host, struct gate_peer *peer)
{
	char path[PATH_MAX];
	FILE *f;
	int ret;

	memset(peer, 0, sizeof(*peer));
	path_of(m, host, path);
	f = fopen(path, "r");
	if (!f)
		return false;
	ret = gate_file_parse(f, peer);
	fclose(f);
	free(peer->seen);
	peer->seen = NULL;
	snprintf(peer->name.host, sizeof(peer->name.host), "%s", host);
	return !ret;
}

/* Waits until a host says that it is at least as far as `state`. */
static struct gate_name hear_of(struct made *m, const char *host,
				enum gate_state state)
{
	int64_t give_up = now_ns() + PATIENT_S * INT64_C(1000000000);
	struct gate_peer peer;

	while (!hear(m, host, &peer) || peer.state < state) {
		if (now_ns() > give_up)
			fail_msg("%s did not get to state %d", host, state);
		usleep(MS);
	}
	return peer.name;
}

static void nothing_is_left(const struct made *m)
{
	assert_false(scratch_exists("%s/smallfio-gate", m->dir));
	assert_true(scratch_exists("%s", m->dir));
}

/*
 * Tests: the file.
 */

static int parse(const void *text, size_t length, struct gate_peer *peer)
{
	FILE *f = fmemopen((void *)text, length, "r");
	int ret;

	assert_non_null(f);
	memset(peer, 0, sizeof(*peer));
	ret = gate_file_parse(f, peer);
	fclose(f);
	return ret;
}

static size_t print(const struct gate_peer *peers, unsigned int count,
		    char *text, size_t size)
{
	FILE *f = fmemopen(text, size, "w");
	long length;

	assert_non_null(f);
	gate_file_print(f, peers, count);
	length = ftell(f);
	assert_int_equal(fclose(f), 0);
	assert_true(length > 0 && (size_t)length < size);
	return (size_t)length;
}

static void file_round_trip(void **state)
{
	static const uint64_t numbers[] = { 0, 1, 77, UINT64_MAX, 1ull << 63 };
	struct gate_peer peers[5] = { 0 }, read;
	struct gate_name other;
	char text[4096];

	for (unsigned int i = 0; i < 5; i++) {
		peers[i].name.number = numbers[i];
		memset(peers[i].name.host, 'a' + (int)i,
		       i == 4 ? GATE_NAME_MAX : i + 1);
	}
	for (unsigned int i = 0; i < 15; i++) {
		unsigned int count = 1 + i % 5;
		size_t length;

		peers[0].state = i / 5;
		length = print(peers, count, text, sizeof(text));
		assert_int_equal(parse(text, length, &read), 0);
		assert_true(read.name.number == numbers[0]);
		assert_int_equal(read.state, i / 5);
		assert_int_equal(read.seen_count, count - 1);
		for (unsigned int j = 1; j < 5; j++)
			assert_true(gate_file_has(&read, &peers[j].name) ==
				    (j < count));
		other = peers[1].name;
		other.number++;
		assert_false(gate_file_has(&read, &other));
		free(read.seen);
		/* Not whole, wherever it ends. */
		for (size_t n = 1; n < length; n++) {
			assert_int_equal(parse(text, n, &read), -EINVAL);
			free(read.seen);
		}
	}
}

#define MAGIC "smallfio-gate 1\n"
#define ME    "me 0000000000000001 2\n"
#define END   "end\n"

static void file_malformed(void **state)
{
	static const char *const bad[] = {
		"\n",
		"end\n",
		MAGIC,
		MAGIC END,
		MAGIC ME,
		MAGIC ME "end",
		MAGIC ME "END\n",
		MAGIC ME "\n" END,
		MAGIC "\n" ME END,
		MAGIC ME ME END,
		MAGIC MAGIC ME END,
		ME MAGIC END,
		ME END,
		"smallfio-gate\n" ME END,
		"smallfio-gate 2\n" ME END,
		"smallfio-gate 10\n" ME END,
		" " MAGIC ME END,
		"smallfio-gate 1\r\nme 1 2\r\nend\r\n",
		MAGIC "me\n" END,
		MAGIC "me 1\n" END,
		MAGIC "me 1 \n" END,
		MAGIC "me 1 3\n" END,
		MAGIC "me 1 9\n" END,
		MAGIC "me 1 -1\n" END,
		MAGIC "me 1 x\n" END,
		MAGIC "me xyz 1\n" END,
		MAGIC "you 1 1\n" END,
		MAGIC "saw 1 a\n" END,
		MAGIC ME "saw\n" END,
		MAGIC ME "saw 1\n" END,
		MAGIC ME "saw 1 \n" END,
		MAGIC ME "saw x a\n" END,
		MAGIC ME "saw a\n" END,
		MAGIC ME "heard 1 a\n" END,
		MAGIC ME "saw 1 a\nsaw\n" END,
	};
	struct gate_peer peer;

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		if (parse(bad[i], strlen(bad[i]), &peer) != -EINVAL)
			fail_msg("accepted: %s", bad[i]);
		free(peer.seen);
	}
	/* What is behind the end does not count. */
	assert_int_equal(parse(MAGIC ME END "x", sizeof(MAGIC ME END), &peer),
			 0);
	assert_int_equal(peer.state, GATE_OPEN);
	assert_int_equal(peer.seen_count, 0);
	assert_int_equal(parse(MAGIC "me 1\0 2\n" END,
			       sizeof(MAGIC "me 1\0 2\n" END) - 1, &peer),
			 -EINVAL);
}

/* A line without an end; and as many as a directory may have of leftovers. */
static void file_long(void **state)
{
	static char text[GATE_HOSTS_MAX * 2 * 20];
	struct gate_peer peer;
	size_t n;

	memset(text, 'a', sizeof(text));
	memcpy(text, MAGIC ME "saw 1 ", sizeof(MAGIC ME "saw 1 ") - 1);
	assert_int_equal(parse(text, sizeof(text), &peer), -EINVAL);
	free(peer.seen);
	n = (size_t)sprintf(text, MAGIC ME);
	for (unsigned int i = 0; i < GATE_HOSTS_MAX + 100; i++)
		n += (size_t)sprintf(text + n, "saw %x h%u\n", i, i);
	n += (size_t)sprintf(text + n, END);
	assert_true(n < sizeof(text));
	assert_int_equal(parse(text, n, &peer), 0);
	assert_int_equal(peer.seen_count, GATE_HOSTS_MAX + 100);
	free(peer.seen);
}

/*
 * Tests: meeting.
 */

static void meet(struct made *m, unsigned int hosts)
{
	int64_t first = INT64_MAX, last = 0;

	m->gate.hosts = hosts;
	for (unsigned int i = 0; i < hosts; i++)
		come(m, i, NULL, 20 * MS * (hosts - i - 1));
	for (unsigned int i = 0; i < hosts; i++) {
		int64_t at;

		passes(m, i);
		at = m->board->slot[i].passed_ns;
		first = at < first ? at : first;
		last = at > last ? at : last;
	}
	assert_int_equal(m->board->early, 0);
	print_message("# %u hosts: from first to last %.1f ms\n", hosts,
		      (double)(last - first) * 1e-6);
	/* A machine may be busy; nothing of the protocol takes a second. */
	assert_true(last - first < 5 * INT64_C(1000000000));
	for (unsigned int i = 0; i < hosts; i++)
		leave(m, i);
	nothing_is_left(m);
}

static void one_host(void **state)
{
	struct made *m = *state;
	struct failure f = { "" };

	assert_int_equal(gate_wait_directory(&m->gate, &f), 0);
	assert_true(scratch_exists("%s/smallfio-gate/section-0/a", m->dir));
	gate_remove(&m->gate);
	nothing_is_left(m);
	gate_remove(&m->gate);
	nothing_is_left(m);
}

static void some_hosts(void **state)
{
	meet(*state, 2);
	meet(*state, 3);
	meet(*state, 8);
	meet(*state, HOSTS_MAX);
}

/* Rounds of a number of hosts that come at random times. */
static void rounds(struct made *m, unsigned int count, unsigned int hosts)
{
	m->gate.hosts = hosts;
	for (unsigned int round = 0; round < count; round++) {
		m->board->come = 0;
		for (unsigned int i = 0; i < hosts; i++)
			come(m, i, NULL,
			     (unsigned int)(scratch_random() % (10 * MS)));
		for (unsigned int i = 0; i < hosts; i++)
			passes(m, i);
		assert_int_equal(m->board->early, 0);
		/* Every other round meets what the one before has left. */
		for (unsigned int i = 0; round % 2 && i < hosts; i++)
			leave(m, i);
	}
}

static void many_rounds(void **state)
{
	rounds(*state, ROUNDS, 3);
}

static void many_rounds_of_many(void **state)
{
	rounds(*state, ROUNDS_MANY, 12);
}

/* One gate after the other, as in a job file of many sections. */
static void go_through_sections(const struct gate *g, struct slot *slot)
{
	char section[32];
	struct gate gate = *g;

	gate.section = section;
	for (unsigned int i = 0; i < SECTIONS && !slot->ret; i++) {
		scratch_print(section, sizeof(section), "section-%u", i);
		slot->ret = gate_wait_directory(&gate, &slot->failure);
		gate_remove(&gate);
	}
}

static void many_sections(void **state)
{
	struct made *m = *state;

	m->gate.hosts = 2;
	m->gate.timeout_s = 5;
	for (unsigned int i = 0; i < 2; i++) {
		struct gate gate = m->gate;

		gate.host = names[i];
		m->pid[i] = fork();
		assert_true(m->pid[i] >= 0);
		if (!m->pid[i]) {
			go_through_sections(&gate, &m->board->slot[i]);
			_exit(0);
		}
	}
	passes(m, 0);
	passes(m, 1);
}

/* The i-th still waits a while later, and goes when it is told to. */
static void waits_on(struct made *m, unsigned int i)
{
	usleep(150 * MS);
	assert_int_equal(m->board->slot[i].passed_ns, 0);
	m->board->stop = true;
	assert_int_equal(gone(m, i), -ECANCELED);
	m->board->stop = false;
	m->board->slot[i].passed_ns = 0;
}

/*
 * Tests: what earlier runs have left.
 */

static void leave_old_files(struct made *m)
{
	struct gate_name seen[4] = { 0 };
	char host[32];

	for (unsigned int i = 0; i < 4; i++) {
		snprintf(seen[i].host, sizeof(seen[i].host), "%s", names[i]);
		seen[i].number = scratch_random();
	}
	for (unsigned int i = 0; i < LEFTOVERS; i++) {
		scratch_print(host, sizeof(host), "old-%u", i);
		say(m, host, scratch_random(), i % 3, seen, i % 5);
	}
	/* As a killed run leaves them: one that had opened, one that waits. */
	for (unsigned int i = 0; i < 3; i++)
		say(m, names[i], seen[i].number, 2 - i, seen, 4);
	say(m, "0first", scratch_random(), GATE_OPEN, seen, 4);
	say(m, "zlast", scratch_random(), GATE_COMPLETE, seen, 4);
}

static void leave_garbage(struct made *m)
{
	static const char whole[] = "smallfio-gate 1\n"
				    "me 0123456789abcdef 2\n"
				    "saw 0123456789abcdef a\nend\n";
	char host[32], path[PATH_MAX], noise[4096];

	for (unsigned int n = 0; n < sizeof(whole); n++) {
		scratch_print(host, sizeof(host), "cut-%u", n);
		path_of(m, host, path);
		scratch_write(path, whole, n);
	}
	for (size_t i = 0; i < sizeof(noise); i++)
		noise[i] = (char)scratch_random();
	path_of(m, "noise", path);
	scratch_write(path, noise, sizeof(noise));
	path_of(m, "directory", path);
	assert_int_equal(mkdir(path, 0777), 0);
	path_of(m, "nowhere", path);
	assert_int_equal(symlink("/nonexistent", path), 0);
	path_of(m, "here-again", path);
	assert_int_equal(symlink("a", path), 0);
	path_of(m, ".hidden", path);
	scratch_write(path, whole, sizeof(whole) - 1);
}

static void leftovers_do_not_open(void **state)
{
	struct made *m = *state;

	leave_old_files(m);
	leave_garbage(m);
	m->gate.hosts = 3;
	m->gate.timeout_s = 1;
	come(m, 0, NULL, 0);
	come(m, 1, NULL, 300 * MS);
	fails(m, 0, ETIMEDOUT, "2 of 3");
	fails(m, 1, ETIMEDOUT, "of 3");
	/* However many are asked for: each that is not here is not counted. */
	m->gate.hosts = 2;
	come(m, 2, NULL, 0);
	waits_on(m, 2);
}

static void leftovers_do_not_block(void **state)
{
	struct made *m = *state;

	leave_old_files(m);
	leave_garbage(m);
	m->gate.hosts = 3;
	for (unsigned int i = 0; i < 3; i++)
		come(m, i, NULL, 10 * MS * i);
	for (unsigned int i = 0; i < 3; i++)
		passes(m, i);
	assert_int_equal(m->board->early, 0);
}

/* More than there can be hosts. */
static void leftovers_beyond_number(void **state)
{
	struct made *m = *state;
	char host[32];

	for (unsigned int i = 0; i < GATE_HOSTS_MAX + 100; i++) {
		scratch_print(host, sizeof(host), "old-%u", i);
		say(m, host, scratch_random(), i % 3, NULL, 0);
	}
	m->gate.hosts = 2;
	come(m, 0, NULL, 0);
	come(m, 1, NULL, 0);
	passes(m, 0);
	passes(m, 1);
}

/* Opening one for reading waits for a writer. */
static void leftover_fifo(void **state)
{
	struct made *m = *state;
	char path[PATH_MAX];

	make_section(m);
	path_of(m, "fifo", path);
	assert_int_equal(mkfifo(path, 0666), 0);
	come(m, 0, NULL, 0);
	for (int i = 0; i < 100 && !waitpid(m->pid[0], NULL, WNOHANG); i++)
		usleep(50 * MS);
	if (!kill(m->pid[0], 0))
		fail_msg("a FIFO in the directory blocks");
	m->pid[0] = 0;
	assert_int_equal(m->board->slot[0].ret, 0);
}

/*
 * Tests: the others, one word at a time.
 */

/* A file that is being rewritten is no host that has gone. */
static void while_another_writes(struct made *m, const char *other,
				 size_t other_length)
{
	struct gate_name me;
	char path[PATH_MAX];

	m->gate.hosts = 2;
	come(m, 1, NULL, 0);
	me = hear_of(m, "b", GATE_WAITING);
	say(m, other, 77, GATE_WAITING, &me, 1);
	hear_of(m, "b", GATE_COMPLETE);
	path_of(m, other, path);
	scratch_write(path, "smallfio-gate 1\nme 0", other_length);
	waits_on(m, 1);
	assert_int_equal(unlink(path), 0);
}

static void another_writes(void **state)
{
	while_another_writes(*state, "a", 0);
	while_another_writes(*state, "c", 0);
	while_another_writes(*state, "c", 20);
}

/* One that goes before the gate has opened is one too few. */
static void another_goes(void **state)
{
	struct made *m = *state;
	struct gate_name me;
	char path[PATH_MAX];

	m->gate.hosts = 2;
	come(m, 1, NULL, 0);
	me = hear_of(m, "b", GATE_WAITING);
	say(m, "c", 77, GATE_WAITING, &me, 1);
	hear_of(m, "b", GATE_COMPLETE);
	path_of(m, "c", path);
	assert_int_equal(unlink(path), 0);
	waits_on(m, 1);
}

/* The first host's word counts, and no one else's. */
static void only_the_first_opens(void **state)
{
	struct made *m = *state;
	struct gate_name seen[3];

	m->gate.hosts = 3;
	come(m, 1, NULL, 0);
	seen[0] = hear_of(m, "b", GATE_WAITING);
	seen[1] = (struct gate_name){ "a", 77 };
	seen[2] = (struct gate_name){ "c", 78 };
	say(m, "a", 77, GATE_WAITING, seen, 3);
	say(m, "c", 78, GATE_OPEN, seen, 3);
	hear_of(m, "b", GATE_COMPLETE);
	usleep(200 * MS);
	assert_int_equal(m->board->slot[1].passed_ns, 0);
	say(m, "a", 77, GATE_COMPLETE, seen, 3);
	usleep(200 * MS);
	assert_int_equal(m->board->slot[1].passed_ns, 0);
	say(m, "a", 77, GATE_OPEN, seen, 3);
	passes(m, 1);
}

/* Each has to have seen each, not only us. */
static void all_have_to_see_all(void **state)
{
	struct made *m = *state;
	struct gate_name seen[3];
	struct gate_peer peer;

	m->gate.hosts = 3;
	come(m, 0, NULL, 0);
	seen[0] = hear_of(m, "a", GATE_WAITING);
	seen[1] = (struct gate_name){ "b", 77 };
	seen[2] = (struct gate_name){ "c", 78 };
	say(m, "b", 77, GATE_COMPLETE, seen, 2);
	say(m, "c", 78, GATE_COMPLETE, seen, 2);
	usleep(200 * MS);
	assert_int_equal(m->board->slot[0].passed_ns, 0);
	/* Numbers of an earlier run of the same hosts do not do. */
	seen[2].number = 79;
	say(m, "b", 77, GATE_COMPLETE, seen, 3);
	usleep(200 * MS);
	assert_true(hear(m, "a", &peer));
	assert_int_equal(peer.state, GATE_WAITING);
	seen[2].number = 78;
	say(m, "b", 77, GATE_WAITING, seen, 3);
	hear_of(m, "a", GATE_COMPLETE);
	usleep(200 * MS);
	assert_int_equal(m->board->slot[0].passed_ns, 0);
	say(m, "b", 77, GATE_COMPLETE, seen, 3);
	passes(m, 0);
}

static void host_restarts(void **state)
{
	struct made *m = *state;

	m->gate.hosts = 3;
	come(m, 0, NULL, 0);
	come(m, 1, NULL, 0);
	for (unsigned int i = 0; i < 5; i++) {
		hear_of(m, "b", GATE_WAITING);
		usleep(20 * MS);
		kill(m->pid[1], SIGKILL);
		waitpid(m->pid[1], NULL, 0);
		come(m, 1, NULL, 0);
	}
	come(m, 2, NULL, 100 * MS);
	for (unsigned int i = 0; i < 3; i++)
		passes(m, i);
}

/* The files of those that passed before us may be gone already. */
static void others_have_gone_already(void **state)
{
	struct made *m = *state;
	struct gate_name seen[3];
	char path[PATH_MAX];

	m->gate.hosts = 3;
	come(m, 2, NULL, 0);
	seen[0] = hear_of(m, "c", GATE_WAITING);
	seen[1] = (struct gate_name){ "a", 77 };
	seen[2] = (struct gate_name){ "b", 78 };
	say(m, "a", 77, GATE_WAITING, seen, 3);
	say(m, "b", 78, GATE_COMPLETE, seen, 3);
	hear_of(m, "c", GATE_COMPLETE);
	path_of(m, "b", path);
	assert_int_equal(unlink(path), 0);
	usleep(100 * MS);
	assert_int_equal(m->board->slot[2].passed_ns, 0);
	say(m, "a", 77, GATE_OPEN, seen, 3);
	passes(m, 2);
}

/* Where somebody removes its file it comes back. */
static void file_comes_back(void **state)
{
	struct made *m = *state;
	char path[PATH_MAX];

	m->gate.hosts = 2;
	m->gate.timeout_s = 5;
	come(m, 0, NULL, 0);
	hear_of(m, "a", GATE_WAITING);
	path_of(m, "a", path);
	assert_int_equal(unlink(path), 0);
	come(m, 1, NULL, 0);
	passes(m, 0);
	passes(m, 1);
}

/*
 * Tests: refusals.
 */

static void same_name(void **state)
{
	struct made *m = *state;
	unsigned int refused = 0;

	m->gate.hosts = 2;
	m->gate.timeout_s = 2;
	come(m, 0, "twin", 0);
	come(m, 1, "twin", 50 * MS);
	for (unsigned int i = 0; i < 2; i++) {
		int ret = gone(m, i);
		const char *text = m->board->slot[i].failure.text;

		if (ret != -EEXIST && ret != -ETIMEDOUT)
			fail_msg("host %u: %s: %s", i, strerror(-ret), text);
		assert_non_null(strstr(text, "twin"));
		refused += ret == -EEXIST;
		if (ret == -EEXIST)
			assert_non_null(strstr(text, "host="));
	}
	print_message("# %u of 2 are told that the name is taken\n", refused);
	assert_int_equal(refused, 2);
}

static void too_many(void **state)
{
	struct made *m = *state;
	struct gate_name seen[1];

	m->gate.hosts = 2;
	come(m, 0, NULL, 0);
	seen[0] = hear_of(m, "a", GATE_WAITING);
	say(m, "b", 77, GATE_WAITING, seen, 0);
	say(m, "c", 78, GATE_WAITING, seen, 1);
	say(m, "b", 77, GATE_WAITING, seen, 1);
	fails(m, 0, E2BIG, "gate_hosts=2");
	assert_non_null(strstr(m->board->slot[0].failure.text, "c"));
}

static void late(void **state)
{
	struct made *m = *state;
	const char *text = m->board->slot[0].failure.text;

	m->gate.hosts = 4;
	m->gate.timeout_s = 1;
	m->gate.expected = "a:b:ccc:dd";
	come(m, 0, NULL, 0);
	come(m, 1, NULL, 300 * MS);
	fails(m, 0, ETIMEDOUT, "2 of 4 hosts are here: a, b");
	assert_non_null(strstr(text, "missing: ccc, dd"));
	assert_non_null(strstr(text, "gate_timeout="));
	assert_non_null(strstr(text, "after 1 s"));
	gone(m, 1);
	nothing_is_left(m);
	m->gate.expected = NULL;
	come(m, 0, NULL, 0);
	fails(m, 0, ETIMEDOUT, "1 of 4 hosts are here: a");
	assert_null(strstr(text, "missing"));
}

static void stopped(void **state)
{
	struct made *m = *state;
	int64_t at;

	m->gate.hosts = 3;
	come(m, 0, NULL, 0);
	come(m, 1, NULL, 0);
	hear_of(m, "a", GATE_WAITING);
	hear_of(m, "b", GATE_WAITING);
	m->board->stop = true;
	at = now_ns();
	assert_int_equal(gone(m, 0), -ECANCELED);
	assert_int_equal(gone(m, 1), -ECANCELED);
	assert_true(now_ns() - at < 5 * INT64_C(1000000000));
	nothing_is_left(m);
}

/* One that leaves in vain leaves no file, whoever still waits. */
static void leaves_while_others_wait(void **state)
{
	struct made *m = *state;

	m->gate.hosts = 3;
	say(m, "z", 77, GATE_WAITING, NULL, 0);
	m->gate.timeout_s = 1;
	come(m, 0, NULL, 0);
	fails(m, 0, ETIMEDOUT, "1 of 3");
	assert_false(scratch_exists("%s/smallfio-gate/section-0/a", m->dir));
}

static void bad_names(void **state)
{
	static const char *const bad[] = { "",    ".",   "..",   ".a",
					   "a/b", "a b", "a\tb", "a\nb" };
	struct made *m = *state;
	char longest[GATE_NAME_MAX + 2];
	struct failure f;

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		m->gate.host = bad[i];
		assert_int_equal(gate_wait_directory(&m->gate, &f), -EINVAL);
		assert_true(f.text[0]);
	}
	memset(longest, 'x', sizeof(longest));
	longest[GATE_NAME_MAX + 1] = 0;
	m->gate.host = longest;
	assert_int_equal(gate_wait_directory(&m->gate, &f), -EINVAL);
	longest[GATE_NAME_MAX - 16] = 0;
	assert_int_equal(gate_wait_directory(&m->gate, &f), 0);
	gate_remove(&m->gate);
	m->gate.host = "a";
	m->gate.hosts = 0;
	assert_int_equal(gate_wait_directory(&m->gate, &f), -EINVAL);
	m->gate.hosts = GATE_HOSTS_MAX + 1;
	assert_int_equal(gate_wait_directory(&m->gate, &f), -EINVAL);
	assert_non_null(strstr(f.text, "gate_hosts="));
	nothing_is_left(m);
}

/* Fails with this code and names the place, and leaves no descriptor. */
static void refused(struct made *m, int code)
{
	struct failure f = { "" };

	assert_int_equal(gate_wait_directory(&m->gate, &f), -code);
	if (!strstr(f.text, m->gate.directory) || !strstr(f.text, "gate="))
		fail_msg("\"%s\" does not name %s", f.text, m->gate.directory);
	assert_int_equal(scratch_open_fds(), m->fds);
}

static void no_directory(void **state)
{
	struct made *m = *state;
	char path[PATH_MAX];

	scratch_print(path, sizeof(path), "%s/none", m->dir);
	m->gate.directory = path;
	refused(m, ENOENT);
	assert_false(scratch_exists("%s", path));
	scratch_write(path, "", 0);
	refused(m, ENOTDIR);
	m->gate.directory = m->dir;
	scratch_print(path, sizeof(path), "%s/smallfio-gate", m->dir);
	scratch_write(path, "", 0);
	refused(m, ENOTDIR);
	assert_int_equal(unlink(path), 0);
	make_section(m);
	path_of(m, "a", path);
	assert_int_equal(mkdir(path, 0777), 0);
	refused(m, EISDIR);
	assert_int_equal(rmdir(path), 0);
	assert_int_equal(symlink("elsewhere", path), 0);
	refused(m, ELOOP);
	assert_false(
		scratch_exists("%s/smallfio-gate/section-0/elsewhere", m->dir));
}

/* In a process of its own that is not root. */
static int without_rights(struct made *m)
{
	struct slot *slot = &m->board->slot[0];
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (!pid) {
		if (!geteuid() && (setgid(65534) || setuid(65534)))
			_exit(1);
		slot->ret = gate_wait_directory(&m->gate, &slot->failure);
		_exit(0);
	}
	assert_true(waitpid(pid, &status, 0) == pid);
	assert_int_equal(status, 0);
	return slot->ret;
}

static void no_rights(void **state)
{
	struct made *m = *state;
	char path[PATH_MAX];

	assert_int_equal(chmod(m->dir, 0555), 0);
	assert_int_equal(without_rights(m), -EACCES);
	assert_non_null(strstr(m->board->slot[0].failure.text, m->dir));
	assert_int_equal(chmod(m->dir, 0700), 0);
	make_section(m);
	path_of(m, "", path);
	assert_int_equal(chmod(path, 0555), 0);
	assert_int_equal(chmod(m->dir, 0755), 0);
	assert_int_equal(without_rights(m), -EACCES);
	assert_non_null(strstr(m->board->slot[0].failure.text, m->dir));
	assert_int_equal(chmod(path, 0777), 0);
	assert_int_equal(without_rights(m), 0);
}

/*
 * Tests: leaving.
 */

static void first_file_stays(void **state)
{
	struct made *m = *state;
	struct gate_name seen[2];
	struct gate_peer peer;
	char path[PATH_MAX];

	m->gate.hosts = 2;
	come(m, 0, NULL, 0);
	seen[0] = hear_of(m, "a", GATE_WAITING);
	seen[1] = (struct gate_name){ "b", 77 };
	say(m, "b", 77, GATE_COMPLETE, seen, 2);
	passes(m, 0);
	/* b has not seen yet that it may go. */
	leave(m, 0);
	assert_true(hear(m, "a", &peer));
	assert_int_equal(peer.state, GATE_OPEN);
	say(m, "b", 77, GATE_OPEN, seen, 2);
	leave(m, 0);
	assert_false(hear(m, "a", &peer));
	assert_true(hear(m, "b", &peer));
	m->gate.hosts = 1;
	path_of(m, "b", path);
	assert_int_equal(unlink(path), 0);
	one_host(state);
}

/* What others keep in the directory is not ours. */
static void strangers_stay(void **state)
{
	struct made *m = *state;
	char path[PATH_MAX];
	struct failure f;

	make_section(m);
	scratch_print(path, sizeof(path), "%s/mine", m->dir);
	scratch_write(path, "x", 1);
	scratch_print(path, sizeof(path), "%s/smallfio-gate/mine", m->dir);
	scratch_write(path, "x", 1);
	assert_int_equal(gate_wait_directory(&m->gate, &f), 0);
	gate_remove(&m->gate);
	assert_true(scratch_exists("%s", path));
	assert_true(scratch_exists("%s/mine", m->dir));
	assert_false(scratch_exists("%s/smallfio-gate/section-0", m->dir));
}

/*
 * Tests: a time.
 */

static double unix_time_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static void times(void **state)
{
	static const double never[] = { -1, -1e300, 1e300, NAN, INFINITY };
	struct made *m = *state;
	struct failure f = { "" };
	double at = unix_time_s() - 1.5;

	assert_int_equal(gate_wait_time(at, &m->gate, &f), -ETIME);
	assert_non_null(strstr(f.text, "gate=@"));
	assert_int_equal(gate_wait_time(0, &m->gate, &f), -ETIME);
	for (size_t i = 0; i < sizeof(never) / sizeof(*never); i++)
		assert_int_equal(gate_wait_time(never[i], &m->gate, &f),
				 -EINVAL);
	at = unix_time_s() + 0.25;
	assert_int_equal(gate_wait_time(at, &m->gate, &f), 0);
	assert_true(unix_time_s() >= at);
	print_message("# a time: %.3f ms late\n", (unix_time_s() - at) * 1e3);
	assert_true(unix_time_s() < at + 5);
	m->board->stop = true;
	at = unix_time_s();
	assert_int_equal(gate_wait_time(at + 3600, &m->gate, &f), -ECANCELED);
	assert_true(unix_time_s() < at + 5);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(file_round_trip),
		TEST(file_malformed),
		TEST(file_long),
		TEST(one_host),
		TEST(some_hosts),
		TEST(many_rounds),
		TEST(many_rounds_of_many),
		TEST(many_sections),
		TEST(leftovers_do_not_open),
		TEST(leftovers_do_not_block),
		TEST(leftovers_beyond_number),
		TEST(leftover_fifo),
		TEST(another_writes),
		TEST(another_goes),
		TEST(only_the_first_opens),
		TEST(all_have_to_see_all),
		TEST(host_restarts),
		TEST(others_have_gone_already),
		TEST(file_comes_back),
		TEST(same_name),
		TEST(too_many),
		TEST(late),
		TEST(stopped),
		TEST(leaves_while_others_wait),
		TEST(bad_names),
		TEST(no_directory),
		TEST(no_rights),
		TEST(first_file_stays),
		TEST(strangers_stay),
		TEST(times),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
