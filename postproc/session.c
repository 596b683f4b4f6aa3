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

#include "session.h"

#define OUTPUT_FILE "output.txt"

static volatile sig_atomic_t interrupted;

static void note_interrupt(int number)
{
	(void)number;
	interrupted = 1;
}

bool session_interrupted(void)
{
	return interrupted;
}

static int fail_memory(struct session *s)
{
	return input_error_set(&s->error, INPUT_NO_MEMORY, 0, 0,
			       "out of memory");
}

static int fail_system(struct session *s, const char *path, const char *doing)
{
	int reason = errno;

	free(s->error_path);
	s->error_path = strdup(path);
	s->error.path = s->error_path;
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

int session_begin(struct session *s, const char *keep)
{
	struct sigaction action = { .sa_handler = note_interrupt };

	s->here = getcwd(NULL, 0);
	if (!s->here)
		return fail_system(s, ".", "find the current directory");
	if (environment_here(&s->environment, s->measured)) {
		errno = ENOENT;
		return fail_system(s, s->measured, "open");
	}
	if (keep && mkdir(keep, 0777))
		return fail_system(s, keep, "make the directory");
	s->is_temporary = !keep;
	s->directory = keep ? realpath(keep, NULL) : make_temporary();
	if (!s->directory)
		return fail_system(s, keep ? keep : "temporary directory",
				   "make the directory");
	/* The command of the moment ends by it; we end in order after it. */
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	return 0;
}

/* In the child. Everything it may fail at ends in exit code 127. */
static void execute(const struct session *s, const struct session_side *side,
		    const char *directory)
{
	int out, in = open("/dev/null", O_RDONLY);

	signal(SIGINT, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
	if (chdir(directory) || in < 0 || dup2(in, 0) < 0)
		_exit(127);
	out = open(OUTPUT_FILE, O_WRONLY | O_CREAT | O_TRUNC, 0666);
	if (out < 0 || dup2(out, 1) < 0 || dup2(out, 2) < 0)
		_exit(127);
	if (setenv("HERE", s->here, 1) ||
	    setenv("SLOWER", side->slower ? side->slower : "", 1))
		_exit(127);
	execl("/bin/sh", "sh", "-c", side->command, NULL);
	_exit(127);
}

static int fail_command(struct session *s, const char *directory, int status)
{
	char how[64];

	free(s->error_path);
	s->error_path = strdup(directory);
	s->error.path = s->error_path;
	if (interrupted)
		return input_error_set(&s->error, INPUT_RUN, 0, 0,
				       "interrupted; nothing was judged");
	if (WIFSIGNALED(status))
		snprintf(how, sizeof(how), "signal %d", WTERMSIG(status));
	else
		snprintf(how, sizeof(how), "exit code %d", WEXITSTATUS(status));
	return input_error_set(&s->error, INPUT_RUN, 0, 0,
			       "the command of this run failed (%s); what it "
			       "printed is in " OUTPUT_FILE " there",
			       how);
}

static int execute_and_wait(struct session *s, const struct session_side *side,
			    const char *directory, const char *out)
{
	int status = 0;
	pid_t pid;

	if (setenv("OUT", out, 1))
		return fail_memory(s);
	fflush(NULL);
	pid = fork();
	if (!pid)
		execute(s, side, directory);
	if (pid < 0)
		return fail_system(s, "/bin/sh", "start");
	while (waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR)
			return fail_system(s, "/bin/sh", "wait for");
	}
	if (status || interrupted)
		return fail_command(s, directory, status);
	return 0;
}

static int write_environment(struct session *s, const char *directory)
{
	char *path;
	FILE *file;
	int ret;

	if (asprintf(&path, "%s/" ENVIRONMENT_FILE, directory) < 0)
		return fail_memory(s);
	file = fopen(path, "we");
	ret = file ? environment_write(&s->environment, file) : -errno;
	if (file && fclose(file))
		ret = -errno;
	if (ret)
		ret = fail_system(s, path, "write");
	free(path);
	return ret;
}

static int run_in(struct session *s, struct session_side *side,
		  const char *directory, bool counts)
{
	char *out;
	int ret;

	if (mkdir(directory, 0777))
		return fail_system(s, directory, "make the directory");
	if (asprintf(&out, "%s/fio.json", directory) < 0)
		return fail_memory(s);
	ret = write_environment(s, directory);
	if (!ret)
		ret = execute_and_wait(s, side, directory, out);
	free(out);
	if (!ret && counts)
		ret = trials_read(&side->trials, directory, &s->notes,
				  &s->error);
	return ret;
}

static int run(struct session *s, int which, bool counts)
{
	struct session_side *side = &s->side[which];
	char *directory;
	int ret;

	if (asprintf(&directory, "%s/%c-%03zu", s->directory, 'a' + which,
		     side->started++) < 0)
		return fail_memory(s);
	ret = run_in(s, side, directory, counts);
	free(directory);
	return ret;
}

/* SplitMix64 (Steele, Lea, Flood, 2014). */
static uint64_t next_random(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

int session_round(struct session *s, bool counts)
{
	int first = (int)(next_random(&s->seed) >> 63);
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

void session_end(struct session *s)
{
	if (s->directory && s->is_temporary && s->error.code == INPUT_OK)
		nftw(s->directory, remove_one, 16,
		     FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
	trials_free(&s->side[0].trials);
	trials_free(&s->side[1].trials);
	notes_free(&s->notes);
	free(s->directory);
	free(s->here);
	free(s->error_path);
}
