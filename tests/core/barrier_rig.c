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
	return arg && ((struct slot *)arg)->stop;
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
		.stop = { stop_asked_for, NULL },
	};
	m->fds = scratch_open_fds();
	*state = m;
	return 0;
}

int barrier_teardown(void **state)
{
	struct barrier_rig *m = *state;

	for (unsigned int i = 0; i < RIG_HOSTS; i++)
		barrier_kill(m, i);
	assert_int_equal(scratch_open_fds(), m->fds);
	munmap(m->board, sizeof(*m->board));
	scratch_remove(m->dir);
	free(m);
	return 0;
}

static void be_host(struct barrier_rig *m, unsigned int i, const char *host)
{
	struct board *board = m->board;
	struct slot *slot = &board->slot[i];
	struct barrier barrier = m->barrier;

	barrier.host = host ? host : barrier_names[i];
	barrier.stop.arg = slot;
	board->come++;
	slot->ret = barrier_wait_directory(&barrier, &slot->failure);
	slot->passed_ns = clock_steady_ns();
	slot->clock = barrier.clock;
	if (!slot->ret && board->come < (int)barrier.hosts)
		board->early++;
	slot->done = true;
	while (!slot->ret && !slot->leave)
		usleep(MS);
	barrier_remove(&barrier);
	_exit(0);
}

void barrier_come(struct barrier_rig *m, unsigned int i, const char *host,
		  unsigned int delay_us)
{
	memset(&m->board->slot[i], 0, sizeof(m->board->slot[i]));
	m->pid[i] = fork();
	assert_true(m->pid[i] >= 0);
	if (m->pid[i])
		return;
	usleep(delay_us);
	be_host(m, i, host);
}

void barrier_kill(struct barrier_rig *m, unsigned int i)
{
	if (!m->pid[i])
		return;
	kill(m->pid[i], SIGKILL);
	waitpid(m->pid[i], NULL, 0);
	m->pid[i] = 0;
}

static void reap(struct barrier_rig *m, unsigned int i)
{
	int status;

	assert_true(waitpid(m->pid[i], &status, 0) == m->pid[i]);
	m->pid[i] = 0;
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

int barrier_gone(struct barrier_rig *m, unsigned int i)
{
	struct slot *slot = &m->board->slot[i];

	while (!slot->done)
		usleep(MS);
	if (slot->ret)
		reap(m, i);
	return slot->ret;
}

void barrier_leave(struct barrier_rig *m, unsigned int i)
{
	m->board->slot[i].leave = true;
	reap(m, i);
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

char *barrier_in_section(const struct barrier_rig *m, const char *name)
{
	return printed("%s/smallfio-gate/%s/%s", m->dir, m->barrier.section,
		       name);
}

char *barrier_in_place(const struct barrier_rig *m, const char *name)
{
	return printed("%s/job-%016" PRIx64 "/%s", barrier_in_section(m, ""),
		       m->barrier.job, name);
}

static void make_directory(const char *path)
{
	assert_true(!mkdir(path, 0777) || errno == EEXIST);
}

void barrier_make_place(struct barrier_rig *m)
{
	make_directory(printed("%s/smallfio-gate", m->dir));
	make_directory(barrier_in_section(m, ""));
	make_directory(barrier_in_place(m, ""));
}

void barrier_say(struct barrier_rig *m, unsigned int at, const char *host,
		 uint64_t number, unsigned int call)
{
	struct barrier_name name = { .number = number, .call = call };
	char text[BARRIER_NAME_MAX + 1];

	snprintf(name.host, sizeof(name.host), "%s", host);
	name.stamp_ns = clock_unix_ns();
	barrier_name_print(&name, text);
	barrier_make_place(m);
	make_directory(barrier_in_place(m, printed("%u", at)));
	scratch_text(barrier_in_place(m, printed("%u/%s", at, text)), "");
}

void barrier_report(struct barrier_rig *m, unsigned int at,
		    struct barrier_report *r, int64_t ahead_ns)
{
	char text[BARRIER_NAME_MAX + 1];
	char *draft;
	FILE *f;

	barrier_make_place(m);
	draft = barrier_in_place(m, ".x.draft");
	f = fopen(draft, "w");
	assert_non_null(f);
	r->by.stamp_ns = clock_unix_ns() + ahead_ns;
	barrier_report_print(f, r);
	assert_ok(fclose(f));
	barrier_name_print(&r->by, text);
	assert_ok(rename(
		draft,
		barrier_in_place(m, r->verdict ? printed("%u!", at)
					       : printed("%u~%s", at, text))));
}

bool barrier_decided(struct barrier_rig *m, unsigned int at)
{
	return scratch_exists("%s", barrier_in_place(m, printed("%u!", at)));
}

/* Finds a name by the pattern, after `before` characters. */
static bool find(const char *pattern, unsigned int call,
		 struct barrier_name *name)
{
	glob_t found = { 0 };
	bool good = false;

	glob(pattern, 0, NULL, &found);
	for (size_t i = 0; i < found.gl_pathc && !good; i++) {
		const char *base = strrchr(found.gl_pathv[i], '/') + 1;

		base += strspn(base, "0123456789") + 1;
		if (strchr(pattern, '?'))
			base = strrchr(found.gl_pathv[i], '/') + 1;
		good = !barrier_name_parse(base, name) && name->call >= call;
	}
	globfree(&found);
	return good;
}

static struct barrier_name hear(const char *pattern, unsigned int call)
{
	int64_t give_up = clock_steady_ns() + PATIENT_S * INT64_C(1000000000);
	struct barrier_name name;

	while (!find(pattern, call, &name)) {
		if (clock_steady_ns() > give_up)
			fail_msg("nobody says %s %u", pattern, call);
		usleep(MS);
	}
	return name;
}

struct barrier_name barrier_hear(struct barrier_rig *m, unsigned int at,
				 const char *host, unsigned int call)
{
	return hear(barrier_in_place(m, printed("%u/%s~????????????????~*", at,
						host)),
		    call);
}

struct barrier_name barrier_hear_leader(struct barrier_rig *m, unsigned int at,
					const char *host, unsigned int call)
{
	return hear(barrier_in_place(m, printed("%u~%s~*", at, host)), call);
}

void barrier_nothing_is_left(const struct barrier_rig *m)
{
	assert_false(scratch_exists("%s/smallfio-gate", m->dir));
	assert_true(scratch_exists("%s", m->dir));
}

void barrier_waits(struct barrier_rig *m, unsigned int i)
{
	usleep(250 * MS);
	assert_false(m->board->slot[i].done);
}

void barrier_stop(struct barrier_rig *m, unsigned int i)
{
	m->board->slot[i].stop = true;
	assert_int_equal(barrier_gone(m, i), -ECANCELED);
}
