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
#define INTERRUPTS_MAX 3

static volatile sig_atomic_t interrupts;
static volatile sig_atomic_t running; /* fio's process group; 0: none */

/* What fio has said since the last end of a line. */
struct stream {
	int fd;
	FILE *copy;   /* gets all of it; NULL: none */
	bool in_json; /* between the lines "{" and "}" */
	size_t used;
	char line[LINE_BYTES];
};

/* fio's standard output and standard error. */
#define STREAMS 2

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
	/* Only a client that asks for progress notices that a host is lost. */
	argv[n++] = c->is_client ? "--eta=always" : "--eta=never";
	argv[n++] = "--output-format=json+";
	/* Into a file a client would write late what hosts say. */
	if (!c->is_client)
		argv[n++] = "--output=" FIO_CHILD_RESULT;
	for (size_t i = 0; i < c->arguments; i++)
		argv[n++] = c->argument[i];
	argv[n] = FIO_CHILD_JOB;
	return argv;
}

/* In the child. Any error gives exit code 127, after a message. */
static void execute(const struct fio_child *c, const char **argv,
		    const int *out, const sigset_t *mask, pid_t parent)
{
	int in = open("/dev/null", O_RDONLY);

	set_handlers(SIG_DFL);
	setpgid(0, 0);
	/* fio must not go on when nobody waits for it. */
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent)
		_exit(127);
	sigprocmask(SIG_SETMASK, mask, NULL);
	if (in < 0 || dup2(in, 0) < 0 || dup2(out[0], 1) < 0 ||
	    dup2(out[1], 2) < 0)
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
static pid_t start(const struct fio_child *c, const char **argv, const int *out)
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
	bool is_end = s->in_json && s->used == 1 && *s->line == '}';

	s->line[s->used] = 0;
	if (s->copy && !strcmp(s->line, "{"))
		s->in_json = true;
	if (!s->in_json && s->line[strspn(s->line, " ")])
		c->message(c->context, s->line);
	s->in_json &= !is_end;
	s->used = 0;
}

/* Takes what fio has said. Returns false where there is nothing more. */
static bool take(const struct fio_child *c, struct stream *s)
{
	char bytes[LINE_BYTES];
	ssize_t n = read(s->fd, bytes, sizeof(bytes));

	if (n > 0 && s->copy)
		fwrite(bytes, 1, (size_t)n, s->copy);
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
 * Listens until fio has ended. A job that outlives fio keeps the pipes open, so
 * their end is not waited for.
 */
static int listen_until_end(const struct fio_child *c, struct stream *s,
			    pid_t pid, int *status)
{
	struct pollfd ready[STREAMS];
	bool told = false;
	pid_t ended;

	for (int i = 0; i < STREAMS; i++)
		ready[i] = (struct pollfd){ .fd = s[i].fd, .events = POLLIN };
	do {
		poll(ready, STREAMS, POLL_MS);
		for (int i = 0; i < STREAMS; i++)
			if (ready[i].revents & POLLIN)
				take(c, &s[i]);
			else if (ready[i].revents)
				ready[i].fd = -1; /* closed */
		if (!told && !c->goes_on(c->context))
			told = !kill(-pid, SIGINT);
		ended = waitpid(pid, status, WNOHANG);
	} while (!ended || (ended < 0 && errno == EINTR));
	if (ended < 0)
		return -errno;
	for (int i = 0; i < STREAMS; i++) {
		fcntl(s[i].fd, F_SETFL, O_NONBLOCK);
		while (take(c, &s[i]))
			;
		if (s[i].used)
			hand_on(c, &s[i]);
	}
	return 0;
}

/* Makes the pipes, and the file that gets a client's standard output. */
static int open_streams(const struct fio_child *c, struct stream *s, int *out)
{
	char *path;
	int ends[2];

	for (int i = 0; i < STREAMS; i++) {
		if (pipe2(ends, O_CLOEXEC))
			return -errno;
		s[i].fd = ends[0];
		out[i] = ends[1];
	}
	if (!c->is_client)
		return 0;
	if (asprintf(&path, "%s/" FIO_CHILD_RESULT, c->directory) < 0)
		return -ENOMEM;
	s[0].copy = fopen(path, "wxe");
	free(path);
	return s[0].copy ? 0 : -errno;
}

static int run(const struct fio_child *c, const char **argv, struct stream *s,
	       int *out, int *status)
{
	int ret = open_streams(c, s, out);
	pid_t pid;

	if (ret)
		return ret;
	/* What a killed fio leaves behind becomes a child of this process. */
	offspring_adopt();
	set_handlers(note_interrupt);
	pid = start(c, argv, out);
	for (int i = 0; i < STREAMS; i++) {
		close(out[i]);
		out[i] = -1;
	}
	ret = pid < 0 ? pid : listen_until_end(c, s, pid, status);
	running = 0;
	if (ret || *status)
		offspring_end();
	if (s[0].copy && fclose(s[0].copy) && !ret)
		ret = -errno;
	return ret;
}

int fio_child_run(const struct fio_child *c, int *status)
{
	struct stream s[STREAMS] = { { .fd = -1 }, { .fd = -1 } };
	const char **argv = make_argv(c);
	int out[STREAMS] = { -1, -1 };
	int ret = argv ? run(c, argv, s, out, status) : -ENOMEM;

	for (int i = 0; i < STREAMS; i++) {
		if (out[i] >= 0)
			close(out[i]);
		if (s[i].fd >= 0)
			close(s[i].fd);
	}
	free(argv);
	return ret;
}
