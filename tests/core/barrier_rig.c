// SPDX-License-Identifier: GPL-2.0-only
#include <glob.h>
#include <inttypes.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "barrier_rig.h"
#include "scratch.h"

const char *const barrier_names[RIG_HOSTS] = {
	"a", "b", "c", "d", "e", "f", "g", "h",
	"i", "j", "k", "l", "m", "n", "o", "p",
};

static bool stop_asked_for(void *arg)
{
	return ((struct board *)arg)->stop;
}

int barrier_setup(void **state)
{
	struct barrier_rig *m = calloc(1, sizeof(*m));

	assert_non_null(m);
	scratch_make(m->dir);
	m->board = mmap(NULL, sizeof(*m->board), PROT_READ | PROT_WRITE,
			MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_true(m->board != MAP_FAILED);
	m->barrier = (struct barrier){
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

int barrier_teardown(void **state)
{
	struct barrier_rig *m = *state;

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

void barrier_come(struct barrier_rig *m, unsigned int i, const char *host,
		  unsigned int delay_us)
{
	struct board *board = m->board;
	struct slot *slot = &board->slot[i];
	struct barrier barrier = m->barrier;

	barrier.host = host ? host : barrier_names[i];
	m->pid[i] = fork();
	assert_true(m->pid[i] >= 0);
	if (m->pid[i])
		return;
	usleep(delay_us);
	board->come++;
	slot->ret = barrier_wait_directory(&barrier, &slot->failure);
	slot->passed_ns = clock_steady_ns();
	slot->number = barrier.number;
	slot->opened = barrier.opened;
	slot->version = barrier.version;
	slot->clock = barrier.clock;
	if (!slot->ret && board->come < (int)barrier.hosts)
		board->early++;
	_exit(0);
}

int barrier_gone(struct barrier_rig *m, unsigned int i)
{
	int status;

	assert_true(waitpid(m->pid[i], &status, 0) == m->pid[i]);
	m->pid[i] = 0;
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	return m->board->slot[i].ret;
}

void barrier_passes(struct barrier_rig *m, unsigned int i)
{
	int ret = barrier_gone(m, i);

	if (ret)
		fail_msg("host %u: %s: %s", i, strerror(-ret),
			 m->board->slot[i].failure.text);
}

int barrier_alone(struct barrier_rig *m)
{
	m->failure.text[0] = 0;
	return barrier_wait_directory(&m->barrier, &m->failure);
}

void barrier_meet(struct barrier_rig *m, unsigned int count,
		  unsigned int each_us)
{
	m->barrier.hosts = count;
	m->board->come = 0;
	for (unsigned int i = 0; i < count; i++)
		barrier_come(m, i, NULL, (count - i - 1) * each_us);
	for (unsigned int i = 0; i < count; i++)
		barrier_passes(m, i);
	assert_int_equal(m->board->early, 0);
}

void barrier_fails(struct barrier_rig *m, unsigned int i, int code,
		   const char *word)
{
	assert_int_equal(barrier_gone(m, i), -code);
	assert_says(m->board->slot[i].failure.text, word);
}

void barrier_leave(struct barrier_rig *m, unsigned int i)
{
	struct barrier barrier = m->barrier;

	barrier.host = barrier_names[i];
	barrier.number = m->board->slot[i].number;
	barrier.opened = m->board->slot[i].opened;
	barrier.version = m->board->slot[i].version;
	barrier.clock = m->board->slot[i].clock;
	barrier_remove(&barrier);
}

/* Returns the name of a host's latest file, or the host's name. */
static const char *latest(const char *section, const char *host)
{
	const char *pattern = printed("%s/%s~????????????????", section, host);
	const char *name = host;
	glob_t found;

	if (!glob(pattern, 0, NULL, &found))
		name = printed(
			"%s",
			strrchr(found.gl_pathv[found.gl_pathc - 1], '/') + 1);
	globfree(&found);
	return name;
}

char *barrier_path(const struct barrier_rig *m, const char *host)
{
	char *section =
		printed("%s/smallfio-gate/%s", m->dir, m->barrier.section);

	return *host ? printed("%s/%s", section, latest(section, host))
		     : section;
}

void barrier_make_section(struct barrier_rig *m)
{
	char *path = printed("%s/smallfio-gate", m->dir);

	assert_true(!mkdir(path, 0777) || errno == EEXIST);
	assert_true(!mkdir(barrier_path(m, ""), 0777) || errno == EEXIST);
}

void barrier_say(struct barrier_rig *m, const char *host, uint64_t number,
		 enum barrier_state state, const struct barrier_name *seen,
		 unsigned int count)
{
	struct barrier_peer peers[RIG_HOSTS] = { { .name.number = number } };
	char *before, *draft, *path;
	FILE *f;

	barrier_make_section(m);
	draft = barrier_path(m, ".draft");
	before = barrier_path(m, host);
	path = printed("%s/%s~%016" PRIx64, barrier_path(m, ""), host,
		       (uint64_t)clock_unix_ns());
	peers[0].state = state;
	peers[0].stamp_ns = m->stamp_ns;
	for (unsigned int i = 0; i < count; i++)
		peers[i + 1].name = seen[i];
	f = fopen(draft, "w");
	assert_non_null(f);
	barrier_file_print(f, peers, count + 1);
	assert_ok(fclose(f));
	assert_ok(rename(draft, path));
	if (strchr(before, '~'))
		unlink(before);
}

bool barrier_hear(struct barrier_rig *m, const char *host,
		  struct barrier_peer *peer)
{
	FILE *f;
	int ret;

	memset(peer, 0, sizeof(*peer));
	f = fopen(barrier_path(m, host), "r");
	if (!f)
		return false;
	ret = barrier_file_parse(f, peer);
	fclose(f);
	free(peer->seen);
	peer->seen = NULL;
	snprintf(peer->name.host, sizeof(peer->name.host), "%s", host);
	return !ret;
}

struct barrier_name barrier_hear_of(struct barrier_rig *m, const char *host,
				    enum barrier_state state)
{
	int64_t give_up = clock_steady_ns() + PATIENT_S * INT64_C(1000000000);
	struct barrier_peer peer;

	while (!barrier_hear(m, host, &peer) || peer.state < state) {
		if (clock_steady_ns() > give_up)
			fail_msg("%s did not get to state %d", host, state);
		usleep(MS);
	}
	return peer.name;
}

void barrier_nothing_is_left(const struct barrier_rig *m)
{
	assert_false(scratch_exists("%s/smallfio-gate", m->dir));
	assert_true(scratch_exists("%s", m->dir));
}

void barrier_waits(struct barrier_rig *m, unsigned int i)
{
	usleep(150 * MS);
	assert_int_equal(m->board->slot[i].passed_ns, 0);
}

void barrier_waits_on(struct barrier_rig *m, unsigned int i)
{
	barrier_waits(m, i);
	m->board->stop = true;
	assert_int_equal(barrier_gone(m, i), -ECANCELED);
	m->board->stop = false;
	m->board->slot[i].passed_ns = 0;
}
