// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "gate_rig.h"
#include "scratch.h"

const char *const gate_names[RIG_HOSTS] = {
	"a", "b", "c", "d", "e", "f", "g", "h",
	"i", "j", "k", "l", "m", "n", "o", "p",
};

static bool stop_asked_for(void *arg)
{
	return ((struct board *)arg)->stop;
}

int gate_setup(void **state)
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
		.held_fd = -1,
		.stop = { stop_asked_for, m->board },
	};
	m->fds = scratch_open_fds();
	*state = m;
	return 0;
}

int gate_teardown(void **state)
{
	struct made *m = *state;

	for (int i = 0; i < RIG_HOSTS; i++)
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

int64_t gate_now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

void gate_come(struct made *m, unsigned int i, const char *host,
	       unsigned int delay_us)
{
	struct board *board = m->board;
	struct slot *slot = &board->slot[i];
	struct gate gate = m->gate;

	gate.host = host ? host : gate_names[i];
	m->pid[i] = fork();
	assert_true(m->pid[i] >= 0);
	if (m->pid[i])
		return;
	usleep(delay_us);
	board->come++;
	slot->ret = gate_wait_directory(&gate, &slot->failure);
	slot->passed_ns = gate_now_ns();
	slot->number = gate.number;
	slot->opened = gate.opened;
	slot->clock = gate.clock;
	if (!slot->ret && board->come < (int)gate.hosts)
		board->early++;
	_exit(0);
}

int gate_gone(struct made *m, unsigned int i)
{
	int status;

	assert_true(waitpid(m->pid[i], &status, 0) == m->pid[i]);
	m->pid[i] = 0;
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	return m->board->slot[i].ret;
}

void gate_passes(struct made *m, unsigned int i)
{
	int ret = gate_gone(m, i);

	if (ret)
		fail_msg("host %u: %s: %s", i, strerror(-ret),
			 m->board->slot[i].failure.text);
}

void gate_fails(struct made *m, unsigned int i, int code, const char *word)
{
	assert_int_equal(gate_gone(m, i), -code);
	if (!strstr(m->board->slot[i].failure.text, word))
		fail_msg("no \"%s\" in \"%s\"", word,
			 m->board->slot[i].failure.text);
}

void gate_leave(struct made *m, unsigned int i)
{
	struct gate gate = m->gate;

	gate.host = gate_names[i];
	gate.number = m->board->slot[i].number;
	gate.opened = m->board->slot[i].opened;
	gate.clock = m->board->slot[i].clock;
	gate_remove(&gate);
}

void gate_path(const struct made *m, const char *host, char *path)
{
	scratch_print(path, PATH_MAX, "%s/smallfio-gate/%s%s%s", m->dir,
		      m->gate.section, *host ? "/" : "", host);
}

void gate_make_section(struct made *m)
{
	char path[PATH_MAX];

	scratch_print(path, sizeof(path), "%s/smallfio-gate", m->dir);
	assert_true(!mkdir(path, 0777) || errno == EEXIST);
	gate_path(m, "", path);
	assert_true(!mkdir(path, 0777) || errno == EEXIST);
}

void gate_say(struct made *m, const char *host, uint64_t number,
	      enum gate_state state, const struct gate_name *seen,
	      unsigned int count)
{
	struct gate_peer peers[RIG_HOSTS] = { { .name.number = number } };
	char path[PATH_MAX], draft[PATH_MAX];
	FILE *f;

	gate_make_section(m);
	gate_path(m, ".draft", draft);
	gate_path(m, host, path);
	peers[0].state = state;
	peers[0].stamp_ns = m->stamp_ns;
	for (unsigned int i = 0; i < count; i++)
		peers[i + 1].name = seen[i];
	f = fopen(draft, "w");
	assert_non_null(f);
	gate_file_print(f, peers, count + 1);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(rename(draft, path), 0);
}

bool gate_hear(struct made *m, const char *host, struct gate_peer *peer)
{
	char path[PATH_MAX];
	FILE *f;
	int ret;

	memset(peer, 0, sizeof(*peer));
	gate_path(m, host, path);
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

struct gate_name gate_hear_of(struct made *m, const char *host,
			      enum gate_state state)
{
	int64_t give_up = gate_now_ns() + PATIENT_S * INT64_C(1000000000);
	struct gate_peer peer;

	while (!gate_hear(m, host, &peer) || peer.state < state) {
		if (gate_now_ns() > give_up)
			fail_msg("%s did not get to state %d", host, state);
		usleep(MS);
	}
	return peer.name;
}

void gate_nothing_is_left(const struct made *m)
{
	assert_false(scratch_exists("%s/smallfio-gate", m->dir));
	assert_true(scratch_exists("%s", m->dir));
}

void gate_waits(struct made *m, unsigned int i)
{
	usleep(150 * MS);
	assert_int_equal(m->board->slot[i].passed_ns, 0);
}

void gate_waits_on(struct made *m, unsigned int i)
{
	gate_waits(m, i);
	m->board->stop = true;
	assert_int_equal(gate_gone(m, i), -ECANCELED);
	m->board->stop = false;
	m->board->slot[i].passed_ns = 0;
}
