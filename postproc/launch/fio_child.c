// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "launch/fio_child.h"
#include "util/offspring.h"

#define LINE_BYTES     4096
#define POLL_MS        50 /* at most so late is the end of fio noticed */
#define QUIET_MS       1000
#define INTERRUPTS_MAX 3

static volatile sig_atomic_t interrupts;
static volatile sig_atomic_t running; /* fio's process group; 0: none */

/* What fio has said since the last end of a line. */
struct stream {
	int fd;
	size_t used;
	char line[LINE_BYTES];
};

static void note_interrupt(int number)
{
	int saved = errno;

	if (interrupts < INTERRUPTS_MAX)
		interrupts++;
	if (running)
		kill(-running, interrupts < INTERRUPTS_MAX ? number : SIGKILL);
	errno = saved;
}

bool fio_child_interrupted(void)
{
	return interrupts;
}

void fio_child_go_on(void)
{
	interrupts = 0;
}

/* A signal that is ignored, as by nohup, stays ignored. */
static void set_handlers(void (*handler)(int))
{
	static const int numbers[] = { SIGINT, SIGTERM, SIGHUP };
	struct sigaction action = { .sa_handler = handler }, old;

	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++)
		if (!sigaction(numbers[i], NULL, &old) &&
		    old.sa_handler != SIG_IGN)
			sigaction(numbers[i], &action, NULL);
}

static const char **make_argv(const struct fio_child *c)
{
	const char **argv = calloc(c->arguments + 8, sizeof(*argv));
	size_t n = 0;

	if (!argv)
		return NULL;
	argv[n++] = c->program;
	argv[n++] = "--eta=always";
	argv[n++] = "--output-format=json+";
	argv[n++] = "--output=" FIO_CHILD_RESULT;
	for (size_t i = 0; i < c->arguments; i++)
		argv[n++] = c->argument[i];
	argv[n] = FIO_CHILD_JOB;
	return argv;
}

/* In the child. Any error gives exit code 127, after a message. */
static void execute(const struct fio_child *c, const char **argv, int out,
		    const sigset_t *mask, pid_t parent)
{
	int in = open("/dev/null", O_RDONLY);

	set_handlers(SIG_DFL);
	setpgid(0, 0);
	/* fio must not go on when nobody waits for it. */
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent)
		_exit(127);
	sigprocmask(SIG_SETMASK, mask, NULL);
	if (in < 0 || dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(out, 2) < 0)
		_exit(127);
	if (chdir(c->directory))
		dprintf(2, "%s: %s\n", c->directory, strerror(errno));
	else
		execvp(c->program, (char **)argv);
	dprintf(2, "cannot run %s: %s\n", c->program, strerror(errno));
	_exit(127);
}

/*
 * Starts fio. Signals are blocked meanwhile, so that a child which still has
 * our handler does not count one. Returns its process number or -errno.
 */
static pid_t start(const struct fio_child *c, const char **argv, int out)
{
	pid_t parent = getpid(), pid;
	sigset_t all, mask;

	sigfillset(&all);
	fflush(NULL);
	sigprocmask(SIG_SETMASK, &all, &mask);
	pid = fork();
	if (!pid)
		execute(c, argv, out, &mask, parent);
	if (pid > 0) {
		setpgid(pid, pid);
		running = pid;
	}
	sigprocmask(SIG_SETMASK, &mask, NULL);
	return pid < 0 ? -errno : pid;
}

static void hand_on(const struct fio_child *c, struct stream *s)
{
	struct eta eta;

	s->line[s->used] = 0;
	s->used = 0;
	if (!eta_parse(&eta, s->line))
		c->progress(c->context, &eta);
	else if (s->line[strspn(s->line, " ")])
		c->message(c->context, s->line);
}

/*
 * Takes what fio has said. fio ends lines of progress with '\r'. Returns false
 * where there is nothing more.
 */
static bool take(const struct fio_child *c, struct stream *s)
{
	char bytes[LINE_BYTES];
	ssize_t n = read(s->fd, bytes, sizeof(bytes));

	for (ssize_t i = 0; i < n; i++) {
		bool ends = bytes[i] == '\r' || bytes[i] == '\n';

		if (!ends)
			s->line[s->used++] = bytes[i];
		if (ends || s->used == LINE_BYTES - 1)
			hand_on(c, s);
	}
	return n > 0 || (n < 0 && errno == EINTR);
}

/*
 * Listens until fio has ended. A job that outlives fio keeps the pipe open, so
 * its end is not waited for.
 */
static int listen_until_end(const struct fio_child *c, struct stream *s,
			    pid_t pid, int *status)
{
	struct pollfd ready = { .fd = s->fd, .events = POLLIN };
	int quiet_ms = 0;
	pid_t ended;

	do {
		quiet_ms += POLL_MS;
		poll(&ready, 1, POLL_MS);
		if (ready.revents & POLLIN) {
			take(c, s);
			quiet_ms = 0;
		} else if (quiet_ms >= QUIET_MS) {
			c->progress(c->context, NULL);
			quiet_ms = 0;
		}
		ended = waitpid(pid, status, WNOHANG);
	} while (!ended || (ended < 0 && errno == EINTR));
	if (ended < 0)
		return -errno;
	fcntl(s->fd, F_SETFL, O_NONBLOCK);
	while (take(c, s))
		;
	if (s->used)
		hand_on(c, s);
	return 0;
}

int fio_child_run(const struct fio_child *c, int *status)
{
	const char **argv = make_argv(c);
	struct stream s = { 0 };
	int ends[2], ret;
	pid_t pid;

	if (!argv || pipe2(ends, O_CLOEXEC)) {
		ret = argv ? -errno : -ENOMEM;
		free(argv);
		return ret;
	}
	/* What a killed fio leaves behind becomes a child of this process. */
	offspring_adopt();
	set_handlers(note_interrupt);
	s.fd = ends[0];
	pid = start(c, argv, ends[1]);
	close(ends[1]);
	ret = pid < 0 ? pid : listen_until_end(c, &s, pid, status);
	running = 0;
	if (ret || *status)
		offspring_end();
	close(ends[0]);
	free(argv);
	return ret;
}
