// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "verdict/ab_session.h"
#include "util/offspring.h"
#include "util/slowdown.h"
#include "util/shown.h"
#include "util/hash64.h"

#define OUTPUT_FILE  "output.txt"
#define RESULT_FILE  "fio.json"
#define OUTPUT_SHOWN 1000 /* bytes of output.txt to show after a failure */

/* After so many interrupts a command that has not ended is killed. */
#define INTERRUPTS_MAX 3

static volatile sig_atomic_t interrupts;
/* The process that runs now, or minus its process group; 0: none. */
static volatile sig_atomic_t running;

static void note_interrupt(int number)
{
	int saved = errno;

	if (interrupts < INTERRUPTS_MAX)
		interrupts++;
	if (running)
		kill(running, interrupts < INTERRUPTS_MAX ? number : SIGKILL);
	errno = saved;
}

static void keep_path(struct ab_session *s, const char *path)
{
	free(s->error_path);
	s->error_path = strdup(path);
	s->error.path = s->error_path;
}

static int fail_system(struct ab_session *s, const char *path,
		       const char *doing)
{
	int reason = errno;

	keep_path(s, path);
	return input_error_set(&s->error, INPUT_UNREADABLE, 0, 0,
			       "cannot %s: %s", doing, strerror(reason));
}

static char *make_temporary(void)
{
	const char *top = getenv("TMPDIR");
	char *path;

	if (asprintf(&path, "%s/smallfio-ab.XXXXXX",
		     top && *top ? top : "/var/tmp") < 0)
		return NULL;
	if (mkdtemp(path))
		return path;
	free(path);
	return NULL;
}

/*
 * Whether there is a terminal. Its ^C reaches all processes of a command, and a
 * command may ask for a password there. Without a terminal, as in CI, a signal
 * reaches only us. So the command gets a process group of its own, to which we
 * pass the signal on.
 */
static bool has_terminal(void)
{
	int fd = open("/dev/tty", O_RDWR | O_CLOEXEC);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
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

int ab_session_begin(struct ab_session *s, const char *keep)
{
	int i;

	s->here = getcwd(NULL, 0);
	if (!s->here)
		return fail_system(s, ".", "find the current directory");
	for (i = 0; i < 2; i++) {
		struct ab_session_side *side = &s->side[i];

		if (!environment_here(&side->environment, side->measured))
			continue;
		errno = ENOENT;
		return fail_system(s, side->measured, "open");
	}
	if (keep && mkdir(keep, 0777))
		return fail_system(s, keep, "make the directory");
	s->has_terminal = has_terminal();
	s->is_temporary = !keep;
	s->directory = keep ? realpath(keep, NULL) : make_temporary();
	if (!s->directory)
		return fail_system(s, keep ? keep : "temporary directory",
				   "make the directory");
	/*
	 * We adopt orphans, so that we can end all that a failed command has
	 * left.
	 */
	offspring_adopt();
	/* An interrupt ends the command that runs. Then we end in order. */
	set_handlers(note_interrupt);
	return 0;
}

/* Executes the command, in the child. Any error gives exit code 127. */
static void execute(const struct ab_session *s,
		    const struct ab_session_side *side, const char *directory,
		    const sigset_t *mask)
{
	int out, in = open("/dev/null", O_RDONLY);

	set_handlers(SIG_DFL);
	sigprocmask(SIG_SETMASK, mask, NULL);
	if (!s->has_terminal)
		setpgid(0, 0);
	if (chdir(directory) || in < 0 || dup2(in, 0) < 0)
		_exit(127);
	out = open(OUTPUT_FILE, O_WRONLY | O_CREAT | O_TRUNC, 0666);
	if (out < 0 || dup2(out, 1) < 0 || dup2(out, 2) < 0)
		_exit(127);
	if (setenv("HERE", s->here, 1) ||
	    setenv("SLOWER", side->slower ? side->slower : "", 1) ||
	    (side->slower_percent &&
	     setenv(SLOWDOWN_VARIABLE, side->slower_percent, 1)))
		_exit(127);
	execl("/bin/sh", "sh", "-c", side->command, NULL);
	_exit(127);
}

static int fail_command(struct ab_session *s, const char *directory, int status)
{
	char how[64];

	keep_path(s, directory);
	if (interrupts)
		return input_error_set(&s->error, INPUT_RUN, 0, 0,
				       "interrupted during this run; nothing "
				       "was judged");
	if (WIFSIGNALED(status))
		snprintf(how, sizeof(how), "signal %d", WTERMSIG(status));
	else
		snprintf(how, sizeof(how), "exit code %d", WEXITSTATUS(status));
	return input_error_set(&s->error, INPUT_RUN, 0, 0,
			       "the command of this run failed (%s); what it "
			       "printed is in " OUTPUT_FILE " there",
			       how);
}

static int fail_no_result(struct ab_session *s, const char *directory)
{
	keep_path(s, directory);
	return input_error_set(
		&s->error, INPUT_RUN, 0, 0,
		"expected fio's JSON in $OUT, the command wrote "
		"none: it needs --output=$OUT "
		"--output-format=json+, in single quotes, or your "
		"shell replaces $OUT");
}

/*
 * Waits until the command has ended, in whatever way, and sets *status. Returns
 * 0 or -errno.
 */
static int wait_for(const struct ab_session *s, pid_t pid, const sigset_t *mask,
		    int *status)
{
	int ret = 0;

	if (!s->has_terminal)
		setpgid(pid, pid);
	running = s->has_terminal ? pid : -pid;
	sigprocmask(SIG_SETMASK, mask, NULL);
	/* A signal came before `running` was set, so nobody passed it on. */
	if (interrupts)
		kill(running, SIGTERM);
	while (waitpid(pid, status, 0) < 0 && !ret) {
		if (errno != EINTR)
			ret = -errno;
	}
	running = 0;
	return ret;
}

/*
 * Starts a command. Signals are blocked meanwhile. Otherwise a child that still
 * has our handler would count a signal that we pass on, and not end.
 */
static pid_t begin(const struct ab_session *s,
		   const struct ab_session_side *side, const char *directory,
		   sigset_t *mask)
{
	sigset_t all;
	pid_t pid;

	sigfillset(&all);
	fflush(NULL);
	sigprocmask(SIG_SETMASK, &all, mask);
	pid = fork();
	if (!pid)
		execute(s, side, directory, mask);
	if (pid < 0)
		sigprocmask(SIG_SETMASK, mask, NULL);
	return pid;
}

static int execute_and_wait(struct ab_session *s,
			    const struct ab_session_side *side,
			    const char *directory, const char *out)
{
	sigset_t mask;
	int status = 0;
	pid_t pid;

	if (setenv("OUT", out, 1))
		return input_error_no_memory(&s->error);
	pid = begin(s, side, directory, &mask);
	if (pid < 0)
		return fail_system(s, "/bin/sh", "start");
	if (wait_for(s, pid, &mask, &status))
		return fail_system(s, "/bin/sh", "wait for");
	if (status || interrupts)
		return fail_command(s, directory, status);
	return 0;
}

static int write_environment(struct ab_session *s,
			     const struct ab_session_side *side,
			     const char *directory)
{
	char *path;
	FILE *file;
	int ret;

	if (asprintf(&path, "%s/" ENVIRONMENT_FILE, directory) < 0)
		return input_error_no_memory(&s->error);
	file = fopen(path, "we");
	ret = file ? 0 : -errno;
	if (file)
		environment_write(&side->environment, file);
	if (file && fclose(file))
		ret = -errno;
	if (ret)
		ret = fail_system(s, path, "write");
	free(path);
	return ret;
}

/*
 * Reads the result of a run. A warm-up is read, too, so that an error of the
 * command shows at once.
 */
static int read_run(struct ab_session *s, struct ab_session_side *side,
		    const char *directory, bool counts)
{
	struct run_summaries ignored = { 0 };
	int ret = run_summaries_read(counts ? &side->runs : &ignored, directory,
				     &s->notes, &s->error);

	if (!ret)
		ret = run_summaries_check_whole(counts ? &side->runs : &ignored,
						&s->error);
	/* The path belongs to the run, which is freed here, so it is copied. */
	if (ret && s->error.path) {
		char *path = strdup(s->error.path);

		free(s->error_path);
		s->error.path = s->error_path = path;
	}
	run_summaries_free(&ignored);
	return ret;
}

static int execute_and_read(struct ab_session *s, struct ab_session_side *side,
			    const char *directory, bool counts)
{
	char *out;
	int ret;

	if (asprintf(&out, "%s/" RESULT_FILE, directory) < 0)
		return input_error_no_memory(&s->error);
	ret = execute_and_wait(s, side, directory, out);
	if (!ret && access(out, F_OK))
		ret = fail_no_result(s, directory);
	free(out);
	return ret ? ret : read_run(s, side, directory, counts);
}

static int run_in(struct ab_session *s, struct ab_session_side *side,
		  const char *directory, bool counts)
{
	int ret;

	if (mkdir(directory, 0777))
		return fail_system(s, directory, "make the directory");
	ret = write_environment(s, side, directory);
	return ret ? ret : execute_and_read(s, side, directory, counts);
}

static int run(struct ab_session *s, int which, bool counts)
{
	struct ab_session_side *side = &s->side[which];
	char *directory;
	int ret;

	if (asprintf(&directory, "%s/%c-%03zu", s->directory, 'a' + which,
		     side->started++) < 0)
		return input_error_no_memory(&s->error);
	ret = run_in(s, side, directory, counts);
	/* After any failure, everything that the command started is ended. */
	if (ret)
		offspring_end();
	free(s->last);
	s->last = directory;
	return ret;
}

int ab_session_round(struct ab_session *s, bool counts)
{
	int first = (int)(hash64_next(&s->seed) >> 63);
	int ret = run(s, first, counts);

	return ret ? ret : run(s, !first, counts);
}

static int remove_one(const char *path, const struct stat *st, int type,
		      struct FTW *position)
{
	(void)st;
	(void)type;
	(void)position;
	return remove(path);
}

/* Copies the last OUTPUT_SHOWN bytes at most, in whole lines. */
static void copy_tail(FILE *in, FILE *out)
{
	char text[OUTPUT_SHOWN + 1], *line = text;
	long size = fseek(in, 0, SEEK_END) ? -1 : ftell(in);
	long from = size > OUTPUT_SHOWN ? size - OUTPUT_SHOWN : 0;
	size_t n;

	if (size < 0 || fseek(in, from, SEEK_SET))
		return;
	n = fread(text, 1, OUTPUT_SHOWN, in);
	text[n] = '\0';
	if (from && strchr(text, '\n'))
		line = strchr(text, '\n') + 1;
	while (*line) {
		size_t length = strcspn(line, "\n");

		char *end = line + length + (line[length] == '\n');

		line[length] = '\0';
		fprintf(out, "  | %s\n", shown(line));
		line = end;
	}
}

void ab_session_show_output(const struct ab_session *s, FILE *out)
{
	char *path;
	FILE *file;

	if (interrupts || !s->last ||
	    asprintf(&path, "%s/" OUTPUT_FILE, s->last) < 0)
		return;
	file = fopen(path, "re");
	if (file) {
		copy_tail(file, out);
		fclose(file);
	}
	free(path);
}

void ab_session_end(struct ab_session *s)
{
	if (s->directory && s->is_temporary && s->error.code == INPUT_OK)
		nftw(s->directory, remove_one, 16,
		     FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
	run_summaries_free(&s->side[0].runs);
	run_summaries_free(&s->side[1].runs);
	notes_free(&s->notes);
	free(s->last);
	free(s->directory);
	free(s->here);
	free(s->error_path);
}
