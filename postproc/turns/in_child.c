// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "turns/in_child.h"

/* How often to look whether the work is done. --sync waits after each turn. */
#define LOOK_NS 500000

void in_child_begin(struct in_child *c, int (*work)(const char *path),
		    const char *path, int64_t patience_ns)
{
	pid_t pid = fork();
	sigset_t all;

	if (!pid) {
		/* The parent passes signals on, and this process must not. */
		sigfillset(&all);
		sigprocmask(SIG_SETMASK, &all, NULL);
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		_exit(work(path) ? errno : 0);
	}
	*c = (struct in_child){
		.patience = { .most_ns = patience_ns, .child = pid },
		.runs = pid > 0,
		.error = pid < 0 ? errno : 0,
	};
	patience_begin(&c->patience);
}

int in_child_end(struct in_child *c)
{
	const struct timespec pause = { .tv_nsec = LOOK_NS };
	int status = 0;
	pid_t pid;

	if (!c->runs)
		return c->error;
	while (!(pid = waitpid(c->patience.child, &status, WNOHANG))) {
		if (patience_ends(&c->patience)) {
			kill(c->patience.child, SIGKILL);
			return ETIMEDOUT;
		}
		nanosleep(&pause, NULL);
	}
	return pid > 0 && WIFEXITED(status) ? WEXITSTATUS(status) : EINTR;
}
