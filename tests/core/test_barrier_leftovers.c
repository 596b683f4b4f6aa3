// SPDX-License-Identifier: GPL-2.0-only
/* Files that earlier runs left at the barrier neither open nor block it. */
#include <sys/stat.h>
#include <sys/wait.h>

#include "barrier_rig.h"
#include "scratch.h"

#define LEFTOVERS 300

/* Generations of runs that were killed: before and after a verdict. */
static void leave_old_files(struct barrier_rig *m)
{
	struct barrier_report r = { .by.number = 5 };

	for (unsigned int i = 0; i < LEFTOVERS; i++)
		barrier_say(m, 1 + i % 3, printed("old-%u", i),
			    scratch_random(), i % 2);
	for (unsigned int i = 0; i < 3; i++)
		barrier_say(m, 1 + i, barrier_names[i], scratch_random(), 1);
	/* The last one was led by a host that comes again. */
	strcpy(r.by.host, "b");
	barrier_report(m, 3, &r, 0);
	r.verdict = BARRIER_OVER;
	barrier_report(m, 1, &r, 0);
	r.verdict = BARRIER_OPEN;
	barrier_report(m, 2, &r, 0);
}

static void leave_garbage(struct barrier_rig *m)
{
	char noise[4096];

	for (size_t i = 0; i < sizeof(noise); i++)
		noise[i] = (char)scratch_random();
	write_file(barrier_in_place(m, "2~noise"), noise, sizeof(noise));
	write_file(barrier_in_place(m, "0!"), noise, sizeof(noise));
	write_file(barrier_in_place(m, "99999999999!"), noise, sizeof(noise));
	write_file(barrier_in_place(m, ".c.draft"), noise, sizeof(noise));
	write_file(barrier_in_place(m, "x"), noise, sizeof(noise));
	assert_ok(mkdir(barrier_in_place(m, "directory"), 0777));
	assert_ok(symlink("/nonexistent", barrier_in_place(m, "3~")));
	write_file(barrier_in_place(m, "3/~~0"), noise, 0);
}

BARRIER_TEST(leftovers_do_not_open)
{
	int tries = 0;

	leave_old_files(m);
	leave_garbage(m);
	m->barrier.hosts = 3;
	m->barrier.timeout_s = 2;
	/* The machine may stand still. So each try gives four times the time.
	 */
	for (;; m->barrier.timeout_s *= 4) {
		assert_true(++tries <= 4);
		barrier_come(m, 1, NULL, 0);
		barrier_come(m, 0, NULL, 300 * MS);
		barrier_fails(m, 0, ETIMEDOUT, "of 3");
		barrier_fails(m, 1, ETIMEDOUT, "of 3");
		assert_null(strstr(m->board->slot[0].failure.text, "3 of 3"));
		if (strstr(m->board->slot[0].failure.text, "2 of 3"))
			break;
	}
	/* However few hosts are asked for, leftovers do not count. */
	m->barrier.hosts = 2;
	barrier_come(m, 1, NULL, 0);
	barrier_waits(m, 1);
	barrier_stop(m, 1);
}

BARRIER_TEST(leftovers_do_not_block)
{
	leave_old_files(m);
	barrier_meet(m, 3, 10 * MS);
	for (unsigned int i = 0; i < 3; i++)
		barrier_leave(m, i);
	barrier_nothing_is_left(m);
}

/* What is not ours stays. */
BARRIER_TEST(garbage_does_not_block)
{
	leave_old_files(m);
	leave_garbage(m);
	barrier_meet(m, 3, 10 * MS);
	for (unsigned int i = 0; i < 3; i++)
		barrier_leave(m, i);
	assert_true(scratch_exists("%s", barrier_in_place(m, "x")));
	assert_true(scratch_exists("%s", barrier_in_place(m, "directory")));
	assert_false(scratch_exists("%s", barrier_in_place(m, "3!")));
}

/* A FIFO is left there. To open it for reading would wait for a writer. */
BARRIER_TEST(leftover_fifo)
{
	barrier_say(m, 1, "x", 7, 0);
	assert_ok(mkfifo(barrier_in_place(m, "1!"), 0666));
	assert_ok(mkfifo(barrier_in_place(m, "2~x"), 0666));
	barrier_come(m, 0, NULL, 0);
	barrier_passes(m, 0);
	barrier_leave(m, 0);
	/* A FIFO takes the place of the verdict. */
	barrier_make_place(m);
	m->barrier.hosts = 2;
	m->barrier.timeout_s = 1;
	barrier_say(m, 5, "x", 7, 0);
	barrier_come(m, 0, NULL, 0);
	barrier_hear(m, 5, "a", 0);
	assert_ok(mkfifo(barrier_in_place(m, "5!"), 0666));
	barrier_fails(m, 0, ETIMEDOUT, "1 of 2");
}

/*
 * A client may show what an earlier run had there, a verdict on the first
 * generation, too. So a host makes a second one although the first has none.
 */
BARRIER_TEST(later_generation_without_verdict)
{
	m->barrier.hosts = 2;
	barrier_come(m, 0, NULL, 0);
	barrier_hear_leader(m, 1, "a", 0);
	assert_ok(mkdir(barrier_in_place(m, "2"), 0777));
	barrier_come(m, 1, NULL, 0);
	barrier_passes(m, 0);
	barrier_passes(m, 1);
	barrier_leave(m, 0);
	barrier_leave(m, 1);
	barrier_nothing_is_left(m);
}

/*
 * Clients of NFS and of FUSE give a file that is removed while it is open
 * another name. They may forget that one.
 */
BARRIER_TEST(hidden_files_are_removed)
{
	barrier_come(m, 0, NULL, 0);
	barrier_passes(m, 0);
	write_file(barrier_in_section(m, ".nfs0001"), "", 0);
	write_file(barrier_in_place(m, ".fuse_hidden0001"), "", 0);
	write_file(barrier_in_place(m, "1/.fuse_hidden0002"), "", 0);
	barrier_leave(m, 0);
	barrier_nothing_is_left(m);
}

/* A client removes such a file itself, when it is closed. */
BARRIER_TEST(hidden_file_goes_late)
{
	char *at = barrier_in_section(m, ".nfs0001");
	pid_t pid;

	barrier_come(m, 0, NULL, 0);
	barrier_passes(m, 0);
	/* A directory of that name is not removed as a file is. */
	assert_ok(mkdir(at, 0777));
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		usleep(100 * MS);
		_exit(rmdir(at));
	}
	barrier_leave(m, 0);
	assert_true(waitpid(pid, NULL, 0) == pid);
	barrier_nothing_is_left(m);
}
