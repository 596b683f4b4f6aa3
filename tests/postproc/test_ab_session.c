// SPDX-License-Identifier: GPL-2.0-only
/*
 * `ab` is told to end at the worst moment: when the child process is there, but
 * has not become the command yet. check_ab.py tests everything else about ab.
 */
#include <signal.h>
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
