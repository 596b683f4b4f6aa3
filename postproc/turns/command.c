// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "turns/command.h"

/* After so many interrupts a command that has not ended is killed. */
#define INTERRUPTS_MAX 3
#define AT_ONCE        2

static volatile sig_atomic_t interrupts;
/* The processes that run now, or minus their process groups; 0: none. */
static volatile sig_atomic_t running[AT_ONCE];
static bool has_terminal;

static void note_interrupt(int number)
{
	int saved = errno;

	if (interrupts < INTERRUPTS_MAX)
		interrupts++;
	for (int i = 0; i < AT_ONCE; i++)
		if (running[i])
			kill(running[i], interrupts == INTERRUPTS_MAX ? SIGKILL
					 : number == SIGHUP           ? SIGTERM
								      : number);
	errno = saved;
}

/*
 * Sets the handler of the signals that tell us to end. A signal that is
 * ignored, as by nohup, stays ignored.
 */
static void set_handlers(void (*handler)(int))
{
	static const int numbers[] = { SIGINT, SIGTERM, SIGHUP };
	struct sigaction action = { .sa_handler = handler }, old;
	size_t i;

	for (i = 0; i < sizeof(numbers) / sizeof(*numbers); i++) {
		if (!sigaction(numbers[i], NULL, &old) &&
		    old.sa_handler != SIG_IGN)
			sigaction(numbers[i], &action, NULL);
	}
}

/*
 * Looks whether there is a terminal. Its ^C reaches all processes of a command,
 * and a command may ask for a password there. Without a terminal, as in CI, a
 * signal reaches only us. So the command gets a process group of its own, to
 * which we pass the signal on.
 */
void command_take_signals(void)
{
	int fd = open("/dev/tty", O_RDWR | O_CLOEXEC);

	has_terminal = fd >= 0;
	if (has_terminal)
		close(fd);
	set_handlers(note_interrupt);
}

int command_interrupts(void)
{
	return interrupts;
}

static bool is_apart(const struct command_run *run)
{
	return run->apart || !has_terminal;
}

static int set_variables(const struct command_run *run)
{
	const struct command_variable *variable;
	char *const *also;

	for (variable = run->variable; variable->name; variable++)
		if (variable->value &&
		    setenv(variable->name, variable->value, 1))
			return -errno;
	for (also = run->also; also && *also; also++)
		if (putenv(*also))
			return -errno;
	return 0;
}

/* Executes the command, in the child. Any error gives exit code 127. */
static void execute(const struct command_run *run, pid_t parent,
		    const sigset_t *mask)
{
	int out, in = open("/dev/null", O_RDONLY);

	if (run->number) {
		__atomic_store_n(run->number, getpid(), __ATOMIC_SEQ_CST);
		if (getppid() != parent)
			_exit(127);
	}
	set_handlers(SIG_DFL);
	sigprocmask(SIG_SETMASK, mask, NULL);
	if (is_apart(run))
		setpgid(0, 0);
	/*
	 * The kernel sends SIGHUP to a group that is stopped when its parent
	 * ends. That would end fio, and not its jobs.
	 */
	if (run->apart)
		signal(SIGHUP, SIG_IGN);
	if (chdir(run->directory) || in < 0 || dup2(in, 0) < 0)
		_exit(127);
	out = open(COMMAND_OUTPUT, O_WRONLY | O_CREAT | O_TRUNC, 0666);
	if (out < 0 || dup2(out, 1) < 0 || dup2(out, 2) < 0 ||
	    set_variables(run))
		_exit(127);
	execl("/bin/sh", "sh", "-c", run->command, NULL);
	_exit(127);
}

/* Notes the command as running, so that signals are passed on to it. */
static void note_running(const struct command_run *run)
{
	for (int i = 0; i < AT_ONCE; i++) {
		if (running[i])
			continue;
		running[i] = is_apart(run) ? -run->pid : run->pid;
		return;
	}
}

static void forget_running(const struct command_run *run)
{
	for (int i = 0; i < AT_ONCE; i++)
		if (running[i] == run->pid || running[i] == -run->pid)
			running[i] = 0;
}

/*
 * Signals are blocked until the child is noted. Otherwise a child that still
 * has our handler would count a signal that we pass on, and not end.
 */
int command_start(struct command_run *run)
{
	pid_t parent = getpid();
	sigset_t all, mask;
	int ret = 0;

	sigfillset(&all);
	fflush(NULL);
	sigprocmask(SIG_SETMASK, &all, &mask);
	run->ended = false;
	run->pid = fork();
	if (!run->pid)
		execute(run, parent, &mask);
	if (run->pid < 0) {
		ret = -errno;
	} else {
		if (is_apart(run))
			setpgid(run->pid, run->pid);
		note_running(run);
	}
	sigprocmask(SIG_SETMASK, &mask, NULL);
	return ret;
}

int command_look(struct command_run *run, bool wait)
{
	pid_t pid = 0;

	if (run->ended)
		return 0;
	do {
		pid = waitpid(run->pid, &run->status, wait ? 0 : WNOHANG);
	} while (pid < 0 && errno == EINTR);
	if (pid < 0)
		return -errno;
	run->ended = pid > 0;
	if (!run->ended)
		return 0;
	forget_running(run);
	/* The number may soon be another process's. */
	if (run->number)
		*run->number = 0;
	return 0;
}

void command_signal(const struct command_run *run, int number)
{
	if (!run->ended)
		kill(is_apart(run) ? -run->pid : run->pid, number);
}
