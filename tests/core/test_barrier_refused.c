// SPDX-License-Identifier: GPL-2.0-only
/* What the barrier refuses, and with which sentence. */
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "barrier_rig.h"
#include "forbid_call.h"
#include "scratch.h"

/*
 * Of two processes with one name, the second is refused at once. The first
 * still meets the host that it waits for.
 */
BARRIER_TEST(same_name)
{
	m->barrier.hosts = 2;
	barrier_come(m, 0, "twin", 0);
	barrier_hear_leader(m, 1, "twin", 0);
	barrier_come(m, 1, "twin", 0);
	barrier_fails(m, 1, EEXIST, "host name twin");
	assert_says(m->board->slot[1].failure.text, "host=");
	barrier_come(m, 2, "other", 0);
	barrier_passes(m, 0);
	barrier_passes(m, 2);
}

/* Without locks, two processes of one name answer the roll call. */
BARRIER_TEST(same_name_without_locks)
{
	m->barrier.hosts = 2;
	barrier_come(m, 0, "twin", 0);
	barrier_hear_leader(m, 1, "twin", 0);
	barrier_say(m, 1, "twin", 77, 0);
	barrier_hear_leader(m, 1, "twin", 1);
	barrier_say(m, 1, "twin", 77, 1);
	barrier_fails(m, 0, EEXIST, "another process waits here");
	assert_says(m->board->slot[0].failure.text, "host name twin");
}

/* Without locks, a leader is refused when another of its name ends its lead. */
BARRIER_TEST(leader_has_a_twin)
{
	struct barrier_report r = { .by = { .host = "twin", .number = 77 },
				    .verdict = BARRIER_OVER };

	m->barrier.hosts = 2;
	barrier_come(m, 0, "twin", 0);
	barrier_hear_leader(m, 1, "twin", 0);
	barrier_report(m, 1, &r, 0);
	barrier_fails(m, 0, EEXIST, "another process waits here");
}

/* A second run must not disturb a run that is at work after the barrier. */
BARRIER_TEST(second_run)
{
	struct barrier first = m->barrier, second = m->barrier;
	struct failure f = { "" };

	assert_ok(barrier_wait_directory(&first, &f));
	assert_int_equal(barrier_wait_directory(&second, &f), -EEXIST);
	assert_says(f.text, "has not ended");
	assert_true(scratch_exists("%s", barrier_in_section(m, "a")));
	assert_int_equal(barrier_wait_directory(&second, &f), -EEXIST);
	barrier_remove(&first);
	barrier_nothing_is_left(m);
	assert_ok(barrier_wait_directory(&second, &f));
	barrier_remove(&second);
	barrier_nothing_is_left(m);
}

BARRIER_TEST(too_many)
{
	m->barrier.hosts = 2;
	barrier_come(m, 0, NULL, 0);
	barrier_hear_leader(m, 1, "a", 0);
	barrier_say(m, 1, "b", 77, 0);
	barrier_say(m, 1, "c", 78, 0);
	barrier_fails(m, 0, E2BIG, "gate_hosts=2");
	assert_says(m->board->slot[0].failure.text, "c");
}

/* Two runs in one directory, on different hosts, each with its own job. */
BARRIER_TEST(another_run)
{
	m->barrier.hosts = 2;
	m->barrier.job = 1;
	barrier_come(m, 0, NULL, 0);
	m->barrier.job = 2;
	barrier_come(m, 1, NULL, 0);
	barrier_waits(m, 0);
	barrier_waits(m, 1);
	barrier_come(m, 2, NULL, 0);
	barrier_passes(m, 1);
	barrier_passes(m, 2);
	assert_string_equal(m->board->slot[2].clock.reference, "b");
	barrier_waits(m, 0);
	m->barrier.job = 1;
	barrier_come(m, 3, NULL, 0);
	barrier_passes(m, 0);
	barrier_passes(m, 3);
	assert_string_equal(m->board->slot[3].clock.reference, "a");
	assert_true(m->board->slot[0].clock.run == m->board->slot[3].clock.run);
	assert_true(m->board->slot[0].clock.run != m->board->slot[1].clock.run);
}

BARRIER_TEST(another_run_named)
{
	m->barrier.hosts = 2;
	m->barrier.job = 2;
	barrier_come(m, 1, NULL, 0);
	barrier_hear_leader(m, 1, "b", 0);
	m->barrier.job = 0;
	m->barrier.timeout_s = 1;
	barrier_come(m, 0, NULL, 0);
	barrier_fails(m, 0, ETIMEDOUT,
		      "1 of 2 hosts are here: a; of another "
		      "run: b (sections, gate_hosts= or "
		      "permute_hosts= differ)");
}

/* Hosts of versions that meet in another way are named. */
BARRIER_TEST(another_version_named)
{
	static const char *const files[] = { "b", "c~18ecc4a5545ddf90" };

	m->barrier.hosts = 2;
	m->barrier.timeout_s = 1;
	barrier_make_place(m);
	scratch_text(barrier_in_section(m, "empty"), "");
	for_each_in (file, files)
		scratch_text(barrier_in_section(m, *file), "smallfio-gate 1\n");
	barrier_come(m, 0, NULL, 0);
	barrier_fails(m, 0, ETIMEDOUT,
		      "1 of 2 hosts are here: a; of another version of "
		      "smallfio: ");
	assert_says(m->board->slot[0].failure.text, "b");
	assert_says(m->board->slot[0].failure.text, "c");
	assert_null(strstr(m->board->slot[0].failure.text, "empty"));
}

/* Whether "a", when it gave up, had seen "b", which came later. */
static bool gives_up_on_two(struct barrier_rig *m, const char *counts)
{
	barrier_come(m, 0, NULL, 0);
	barrier_come(m, 1, NULL, 300 * MS);
	assert_int_equal(barrier_gone(m, 0), -ETIMEDOUT);
	assert_int_equal(barrier_gone(m, 1), -ETIMEDOUT);
	barrier_nothing_is_left(m);
	return strstr(m->board->slot[0].failure.text, counts);
}

BARRIER_TEST(late)
{
	const char *text = m->board->slot[0].failure.text;
	const char *other = m->board->slot[1].failure.text;
	int tries = 1;

	m->barrier.hosts = 4;
	m->barrier.timeout_s = 1;
	m->barrier.expected = "a:b:ccc:dd";
	/* The machine may stand still for all of the second. */
	while (!gives_up_on_two(m, "2 of 4 hosts are here: a, b"))
		assert_true(++tries <= 3);
	assert_says(text, "missing: ccc, dd");
	assert_says(text, "gate_timeout=");
	assert_says(text, "after 1 s");
	/* The other host fails at the same time, and says the same. */
	assert_says(other, "a has waited for all of its gate_timeout=: only 2 "
			   "of 4 hosts are here: a, b; missing: ccc, dd");
	m->barrier.expected = NULL;
	barrier_come(m, 0, NULL, 0);
	barrier_fails(m, 0, ETIMEDOUT, "1 of 4 hosts are here: a");
	assert_null(strstr(text, "missing"));
}

/* Of many hosts, the first are listed, and all that are missing. */
BARRIER_TEST(late_with_many)
{
	char expected[400] = "a:zz";

	m->barrier.hosts = 20;
	m->barrier.timeout_s = 2;
	barrier_come(m, 0, NULL, 0);
	barrier_hear_leader(m, 1, "a", 0);
	for (unsigned int i = 0; i < 18; i++)
		barrier_say(m, 1, printed("h%02u", i), i, 0);
	m->barrier.expected = expected;
	for (unsigned int i = 0; i < 18; i++)
		sprintf(expected + strlen(expected), ":h%02u", i);
	barrier_come(m, 1, "zy", 0);
	barrier_fails(m, 0, ETIMEDOUT, "a, h00, h01, h02");
	assert_says(m->board->slot[0].failure.text, "h14 and 4 more");
	barrier_fails(m, 1, ETIMEDOUT, "h14 and 4 more; missing: zz");
}

/* All are here, and the message names the host that the others wait for. */
BARRIER_TEST(waits_for_what)
{
	struct barrier_peer peers[] = { { .name.host = "a" },
					{ .name.host = "b" },
					{ .name.host = "c" } };
	struct barrier_report r = { .by = { .host = "b", .number = 77 },
				    .peers = peers,
				    .count = 3 };

	m->barrier.hosts = 3;
	m->barrier.timeout_s = 2;
	barrier_come(m, 0, NULL, 0);
	barrier_hear_leader(m, 1, "a", 0);
	barrier_say(m, 1, "b", 77, 0);
	barrier_say(m, 1, "c", 78, 0);
	barrier_hear_leader(m, 1, "a", 1);
	barrier_say(m, 1, "b", 77, 1);
	barrier_fails(m, 0, ETIMEDOUT,
		      "3 of 3 hosts are here: a, b, c; c is not ready");
	barrier_say(m, 7, "b", 77, 0);
	barrier_report(m, 7, &r, 0);
	barrier_come(m, 0, NULL, 0);
	barrier_fails(m, 0, ETIMEDOUT, "b has not opened the gate");
}

BARRIER_TEST(stopped)
{
	int64_t at;

	m->barrier.hosts = 3;
	barrier_come(m, 0, NULL, 0);
	barrier_come(m, 1, NULL, 0);
	barrier_hear(m, 1, "a", 0);
	barrier_hear(m, 1, "b", 0);
	at = clock_steady_ns();
	barrier_stop(m, 0);
	barrier_stop(m, 1);
	assert_true(clock_steady_ns() - at < 5 * INT64_C(1000000000));
	barrier_nothing_is_left(m);
}

BARRIER_TEST(bad_names)
{
	static const char *const bad[] = { "",    ".",   "..",   ".a",
					   "a/b", "a b", "a\tb", "a\nb" };
	static const unsigned int numbers[] = { 0, BARRIER_HOSTS_MAX + 1 };
	char longest[BARRIER_NAME_MAX + 2];

	memset(longest, 'x', sizeof(longest));
	longest[BARRIER_NAME_MAX + 1] = 0;
	m->barrier.host = longest;
	assert_int_equal(barrier_alone(m), -EINVAL);
	longest[BARRIER_HOST_MAX] = 0;
	assert_ok(barrier_alone(m));
	barrier_remove(&m->barrier);
	for_each_in (name, bad) {
		m->barrier.host = *name;
		assert_int_equal(barrier_alone(m), -EINVAL);
		assert_true(m->failure.text[0]);
	}
	m->barrier.host = "a";
	for_each_in (number, numbers) {
		m->barrier.hosts = *number;
		assert_int_equal(barrier_alone(m), -EINVAL);
		assert_says(m->failure.text, "gate_hosts=");
	}
	barrier_nothing_is_left(m);
}

/* The barrier fails with this code, names the place and leaks no descriptor. */
static void refused(struct barrier_rig *m, int code)
{
	assert_int_equal(barrier_alone(m), -code);
	if (!strstr(m->failure.text, m->barrier.directory) ||
	    !strstr(m->failure.text, "gate="))
		fail_msg("\"%s\" does not name %s", m->failure.text,
			 m->barrier.directory);
	assert_int_equal(scratch_open_fds(), m->fds);
}

BARRIER_TEST(no_directory)
{
	char *path = printed("%s/none", m->dir);

	m->barrier.directory = path;
	refused(m, ENOENT);
	assert_false(scratch_exists("%s", path));
	scratch_text(path, "");
	refused(m, ENOTDIR);
	m->barrier.directory = m->dir;
	path = printed("%s/smallfio-gate", m->dir);
	scratch_text(path, "");
	refused(m, ENOTDIR);
	assert_ok(unlink(path));
	barrier_make_place(m);
	path = barrier_in_section(m, "a");
	assert_ok(mkdir(path, 0777));
	refused(m, EISDIR);
	assert_ok(rmdir(path));
	assert_ok(symlink("elsewhere", path));
	refused(m, ELOOP);
	assert_false(
		scratch_exists("%s/smallfio-gate/section-0/elsewhere", m->dir));
}

/* Links in the place of what the barrier makes or opens lead nowhere. */
BARRIER_TEST(follows_no_link)
{
	const char *const places[] = { printed("%s/smallfio-gate", m->dir),
				       barrier_in_section(m, ""),
				       barrier_in_place(m, "") };
	const char *target = printed("%s/target", m->dir);

	assert_ok(mkdir(target, 0777));
	for_each_in (path, places) {
		char *place = printed("%s", *path);

		/* A link with a / behind it is followed. */
		place[strlen(place) - (place[strlen(place) - 1] == '/')] = 0;
		assert_ok(symlink(target, place));
		refused(m, ELOOP);
		assert_ok(unlink(place));
		assert_ok(mkdir(place, 0777));
	}
	assert_ok(rmdir(target));
	assert_ok(symlink(target, barrier_in_place(m, ".a.look")));
	assert_ok(barrier_alone(m));
	barrier_remove(&m->barrier);
	barrier_make_place(m);
	assert_ok(symlink(target, barrier_in_place(m, ".a.draft")));
	refused(m, ELOOP);
	assert_false(scratch_exists("%s", target));
}

/* Runs the barrier in a child process that is not root. */
static int without_rights(struct barrier_rig *m)
{
	struct slot *slot = &m->board->slot[0];
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (!pid) {
		if (!geteuid() && (setgid(65534) || setuid(65534)))
			_exit(1);
		slot->ret = barrier_wait_directory(&m->barrier, &slot->failure);
		_exit(0);
	}
	assert_true(waitpid(pid, &status, 0) == pid);
	assert_int_equal(status, 0);
	return slot->ret;
}

BARRIER_TEST(no_rights)
{
	char *path;

	assert_ok(chmod(m->dir, 0555));
	assert_int_equal(without_rights(m), -EACCES);
	assert_says(m->board->slot[0].failure.text, m->dir);
	assert_ok(chmod(m->dir, 0700));
	barrier_make_place(m);
	path = barrier_in_section(m, "");
	assert_ok(chmod(path, 0555));
	assert_ok(chmod(m->dir, 0755));
	assert_int_equal(without_rights(m), -EACCES);
	assert_says(m->board->slot[0].failure.text, m->dir);
	barrier_make_place(m); /* who may do so has removed it */
	assert_ok(chmod(path, 0777));
	assert_ok(chmod(barrier_in_place(m, ""), 0777));
	assert_ok(without_rights(m));
}

/*
 * What the barrier returns in a process in which the system call `number`
 * fails, and renameat2() as well.
 */
static int alone_without(struct barrier_rig *m, unsigned int number,
			 unsigned int error)
{
	struct slot *slot = &m->board->slot[0];
	pid_t pid;
	int status;

	m->barrier.timeout_s = 1;
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		if (forbid_call(SYS_renameat2, EINVAL) ||
		    forbid_call(number, error))
			_exit(1);
		slot->ret = barrier_wait_directory(&m->barrier, &slot->failure);
		_exit(0);
	}
	assert_true(waitpid(pid, &status, 0) == pid);
	assert_int_equal(status, 0);
	return slot->ret;
}

/* A client shows directories that are gone, and so nothing can be made there.
 */
BARRIER_TEST(directories_that_are_gone)
{
	const char *text = m->board->slot[0].failure.text;

	barrier_make_place(m);
	assert_int_equal(alone_without(m, SYS_mkdirat, ENOENT), -ETIMEDOUT);
	assert_says(text, "mkdir of 1: No such file");
	assert_says(text, "for 1 s");
	assert_null(strstr(text, "0 of"));
}

/* Neither hard links nor RENAME_NOREPLACE. It is said at once. */
BARRIER_TEST(no_links)
{
	assert_int_equal(alone_without(m, SYS_linkat, EPERM), -EPERM);
	assert_says(m->board->slot[0].failure.text,
		    "link of .a.draft: Operation not permitted");
}
