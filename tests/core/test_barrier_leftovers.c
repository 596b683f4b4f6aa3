// SPDX-License-Identifier: GPL-2.0-only
/* Files that earlier runs left at the barrier neither open nor block it. */
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "barrier_rig.h"
#include "scratch.h"

#define LEFTOVERS 300

static void leave_old_files(struct barrier_rig *m)
{
	struct barrier_name seen[4] = { 0 };
	char *host;

	for (unsigned int i = 0; i < 4; i++) {
		snprintf(seen[i].host, sizeof(seen[i].host), "%s",
			 barrier_names[i]);
		seen[i].number = scratch_random();
	}
	for (unsigned int i = 0; i < LEFTOVERS; i++) {
		host = printed("old-%u", i);
		barrier_say(m, host, scratch_random(), i % 4, seen, i % 5);
	}
	/*
	 * Files of a killed run: of a host that had opened, and of hosts that
	 * still waited.
	 */
	for (unsigned int i = 0; i < 3; i++)
		barrier_say(m, barrier_names[i], seen[i].number, 2 - i, seen,
			    4);
	barrier_say(m, "0first", scratch_random(), BARRIER_OPEN, seen, 4);
	barrier_say(m, "zlast", scratch_random(), BARRIER_COMPLETE, seen, 4);
}

static void leave_garbage(struct barrier_rig *m)
{
	static const char whole[] = "smallfio-gate 2\n"
				    "me 0123456789abcdef 3 1 1\n"
				    "saw 0123456789abcdef 1 a\nend\n";
	char noise[4096];

	for (unsigned int n = 0; n < sizeof(whole); n++) {
		write_file(barrier_path(m, printed("cut-%u~%016x", n, n)),
			   whole, n);
	}
	for (size_t i = 0; i < sizeof(noise); i++)
		noise[i] = (char)scratch_random();
	write_file(barrier_path(m, "noise~0000000000000001"), noise,
		   sizeof(noise));
	assert_ok(mkdir(barrier_path(m, "directory~0000000000000001"), 0777));
	assert_ok(symlink("/nonexistent",
			  barrier_path(m, "nowhere~0000000000000001")));
	assert_ok(symlink("a", barrier_path(m, "again~0000000000000001")));
	write_file(barrier_path(m, ".hidden"), whole, sizeof(whole) - 1);
}

BARRIER_TEST(leftovers_do_not_open)
{
	int tries = 0;

	leave_old_files(m);
	leave_garbage(m);
	m->barrier.hosts = 3;
	m->barrier.timeout_s = 1;
	/*
	 * A host that looks at all these files for longer than it may wait has
	 * not seen the other one. So each try gives four times the time.
	 */
	for (;; m->barrier.timeout_s *= 4) {
		assert_true(++tries <= 4);
		barrier_come(m, 0, NULL, 0);
		barrier_come(m, 1, NULL, 300 * MS);
		barrier_fails(m, 0, ETIMEDOUT, "of 3");
		barrier_fails(m, 1, ETIMEDOUT, "of 3");
		assert_null(strstr(m->board->slot[0].failure.text, "3 of 3"));
		if (strstr(m->board->slot[0].failure.text, "2 of 3"))
			break;
	}
	/* However few hosts are asked for, leftovers do not count. */
	m->barrier.hosts = 2;
	barrier_come(m, 2, NULL, 0);
	barrier_waits_on(m, 2);
}

BARRIER_TEST(leftovers_do_not_block)
{
	leave_old_files(m);
	leave_garbage(m);
	barrier_meet(m, 3, 10 * MS);
}

/* There are more leftovers than there can be hosts. */
BARRIER_TEST(leftovers_beyond_number)
{
	for (unsigned int i = 0; i < BARRIER_HOSTS_MAX + 100; i++) {
		barrier_say(m, printed("old-%u", i), scratch_random(), i % 4,
			    NULL, 0);
	}
	/* A look reads all these files, which takes a sanitizer a second. */
	m->barrier.timeout_s = 10 * PATIENT_S;
	barrier_meet(m, 2, 0);
}

/* A FIFO is left there. To open it for reading would wait for a writer. */
BARRIER_TEST(leftover_fifo)
{
	barrier_make_section(m);
	assert_ok(mkfifo(barrier_path(m, "fifo~0000000000000001"), 0666));
	barrier_come(m, 0, NULL, 0);
	for (int i = 0; i < 100 && !waitpid(m->pid[0], NULL, WNOHANG); i++)
		usleep(50 * MS);
	if (!kill(m->pid[0], 0))
		fail_msg("a FIFO in the directory blocks");
	m->pid[0] = 0;
	assert_int_equal(m->board->slot[0].ret, 0);
}
