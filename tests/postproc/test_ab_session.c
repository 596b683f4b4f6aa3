// SPDX-License-Identifier: GPL-2.0-only
/*
 * `ab` is told to end at the worst moment: when the child process is there, but
 * has not become the command yet. And a file system no longer answers between
 * two runs. check_ab.py tests everything else about ab.
 */
#include <signal.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

#include "forbid_call.h"
#include "test.h"
#include "turns/ab_session.h"

static int number;

int __real_chdir(const char *path);
int __wrap_chdir(const char *path);

/* The child calls chdir() before it becomes the command. */
int __wrap_chdir(const char *path)
{
	const struct timespec a_while = { .tv_nsec = 300000000 };

	if (number) {
		kill(getppid(), number);
		/* Gives the parent time to pass the signal on. */
		nanosleep(&a_while, NULL);
	}
	return __real_chdir(path);
}

static bool hangs;

int __real_mkdir(const char *path, mode_t mode);
int __wrap_mkdir(const char *path, mode_t mode);

int __wrap_mkdir(const char *path, mode_t mode)
{
	while (hangs && strstr(path, "/hanging/"))
		pause();
	return __real_mkdir(path, mode);
}

/* The command would leave a file, unless it is ended before. */
TEST(told_to_end)
{
	char top[] = "/var/tmp/smallfio-session.XXXXXX";
	char touch[96], done[64], clean[64];
	struct ab_session s = { 0 };

	assert_non_null(mkdtemp(top));
	setenv("TMPDIR", top, 1);
	snprintf(done, sizeof(done), "%s/done", top);
	snprintf(touch, sizeof(touch), "touch %s", done);
	snprintf(clean, sizeof(clean), "rm -r %s", top);
	for (int i = 0; i < 2; i++)
		s.side[i].command = touch;
	assert_ok(ab_session_begin(&s, NULL));
	number = SIGTERM;
	assert_int_not_equal(ab_session_round(&s, true), 0);
	number = 0;
	assert_says(s.error.message, "interrupted");
	assert_int_equal(access(done, F_OK), -1);
	ab_session_end(&s);
	assert_ok(system(clean));
}

/* A machine that takes no more processes is told from a command that fails. */
TEST(no_watchdog)
{
	struct ab_session s = { .side = { { .command = "true" },
					  { .command = "true" } } };
	int status;
	pid_t pid;

	unsetenv("TMPDIR");
	assert_ok(ab_session_begin(&s, NULL));
	pid = fork();
	if (!pid) {
		if (forbid_call(SYS_clone, EAGAIN) ||
		    !ab_session_round(&s, true))
			_exit(99);
		puts(s.error.message);
		_exit(!strstr(s.error.message, "allow more processes"));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	ab_session_end(&s);
}

/*
 * The file system of B does not answer when a round begins. The tree of A is
 * removed, and that of B is not tried.
 */
TEST(hanging_mkdir)
{
	char top[] = "/var/tmp/smallfio-session.XXXXXX", clean[64];
	struct input_error error = { 0 };
	struct side_job job = { .path = "my.fio",
				.base = { "healthy", "hanging" },
				.patience_ns = 1000000000 };
	struct notes notes = { 0 };
	char *here = getcwd(NULL, 0);

	assert_non_null(mkdtemp(top));
	assert_ok(chdir(top));
	assert_ok(system("mkdir healthy hanging && echo '[x]' >my.fio"));
	assert_ok(side_job_begin(&job, &error));
	assert_ok(side_job_prepare(&job, 0, false, ".", &error));
	hangs = true;
	assert_true(side_job_prepare(&job, 1, false, ".", &error) < 0);
	hangs = false;
	assert_string_equal(error.path, "hanging");
	assert_says(error.message,
		    "nothing happened for 1 s while B's directory was made");
	side_job_end(&job, &notes);
	assert_int_equal(notes.count, 0);
	assert_ok(rmdir("healthy"));
	assert_int_equal(rmdir("hanging"), -1);
	assert_ok(chdir(here));
	free(here);
	snprintf(clean, sizeof(clean), "rm -r %s", top);
	assert_ok(system(clean));
}

/* Somebody has to know what is left. */
TEST(cannot_remove)
{
	char top[] = "/var/tmp/smallfio-session.XXXXXX", path[64];
	struct input_error error = { 0 };
	struct side_job job = { .path = path, .base = { top, top } };
	struct notes notes = { 0 };

	assert_non_null(mkdtemp(top));
	snprintf(path, sizeof(path), "echo '[x]' >%s/my.fio", top);
	assert_ok(system(path));
	snprintf(path, sizeof(path), "%s/my.fio", top);
	assert_ok(side_job_begin(&job, &error));
	assert_ok(rmdir(job.top[0]));
	side_job_end(&job, &notes);
	assert_int_equal(notes.count, 1);
	assert_says(notes.text[0], "cannot remove");
	assert_says(notes.text[0], top);
	notes_free(&notes);
	snprintf(path, sizeof(path), "rm -r %s", top);
	assert_ok(system(path));
}
