// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "turns/ab_session.h"
#include "turns/command.h"
#include "turns/watchdog.h"
#include "util/offspring.h"
#include "util/relay.h"
#include "turns/remove_tree.h"
#include "util/slowdown.h"
#include "util/shown.h"
#include "util/hash64.h"

#define OUTPUT_SHOWN 1000 /* bytes of output.txt to show after a failure */
/* How often to look whether a run has ended. */
#define LOOK_NS 5000000

static void keep_path(struct ab_session *s, const char *path)
{
	char *copy = strdup(path);

	free(s->error_path);
	s->error.path = s->error_path = copy;
}

/* Keeps a copy of the path of an error, which outlives its owner. */
static int own_path(struct ab_session *s, int ret)
{
	if (ret && s->error.path)
		keep_path(s, s->error.path);
	return ret;
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
	s->is_temporary = !keep;
	if (s->job && own_path(s, side_job_begin(s->job, &s->error)))
		return -EINVAL;
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
	command_take_signals();
	return 0;
}

static int fail_command(struct ab_session *s, const char *directory, int status)
{
	char how[64];

	keep_path(s, directory);
	if (command_interrupts())
		return input_error_set(&s->error, INPUT_RUN, 0, 0,
				       "interrupted during this run; nothing "
				       "was judged");
	if (WIFSIGNALED(status))
		snprintf(how, sizeof(how), "signal %d", WTERMSIG(status));
	else
		snprintf(how, sizeof(how), "exit code %d", WEXITSTATUS(status));
	return input_error_set(&s->error, INPUT_RUN, 0, 0,
			       "the command of this run failed (%s); what it "
			       "printed is in " COMMAND_OUTPUT " there",
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

static int start(struct ab_session *s, struct command_run *run)
{
	errno = -command_start(run);
	if (errno)
		return fail_system(s, "/bin/sh", "start");
	/* A signal came before the command, so nobody passed it on. */
	if (command_interrupts())
		command_signal(run, SIGTERM);
	return 0;
}

/* A run under way. */
struct ab_run {
	struct ab_session *session;
	struct ab_session_side *side;
	char *directory;
	char *out;
	char *turns; /* value of RELAY_VARIABLE; NULL: runs alone */
	struct command_variable variable[7];
	struct command_run command;
	bool at_once;  /* the other side's run is under way, too */
	pid_t *number; /* see struct command_run */
	bool failed;
};

static int start_run(struct ab_run *run)
{
	struct ab_session *s = run->session;
	const struct ab_session_side *side = run->side;
	const struct command_variable variable[] = {
		{ "OUT", run->out },
		{ "HERE", s->here },
		{ "SLOWER", side->slower ? side->slower : "" },
		{ SLOWDOWN_VARIABLE, side->slower_percent },
		{ RELAY_VARIABLE, run->turns },
		{ "FIO", s->fio },
		{ 0 },
	};

	memcpy(run->variable, variable, sizeof(variable));
	run->command = (struct command_run){
		.command = s->job ? SIDE_JOB_COMMAND : side->command,
		.directory = run->directory,
		.variable = run->variable,
		.also = side->also.text,
		.apart = run->at_once,
		.number = run->number,
	};
	return start(s, &run->command);
}

/* The side hangs. What it made cannot be removed, and stays. */
static int fail_hang(struct ab_run *run, const char *where)
{
	struct ab_session *s = run->session;
	int which = run->side == &s->side[1];
	const char *left = s->job ? s->job->place[which] : NULL;

	if (s->job)
		s->job->hangs[which] = true;
	run->failed = true;
	keep_path(s, run->directory);
	return input_error_set(&s->error, INPUT_RUN, 0, 0,
			       "%c did nothing for %.0f s %s: it hangs "
			       "(--patience)%s%s",
			       'A' + which, (double)s->patience_ns / 1e9, where,
			       left ? "; its tree stays in " : "",
			       left ? shown(left) : "");
}

/*
 * Waits until the run has ended. A command may be quiet for any time: its fio
 * may be on another machine.
 */
static int wait_for_end(struct ab_run *run)
{
	const struct timespec pause = { .tv_nsec = LOOK_NS };
	struct ab_session *s = run->session;
	struct patience patience = { .most_ns = s->patience_ns,
				     .child = run->command.pid };

	patience_begin(&patience);
	for (;;) {
		errno = -command_look(&run->command, !s->job);
		if (errno)
			return fail_system(s, "/bin/sh", "wait for");
		if (run->command.ended)
			return 0;
		if (patience_ends(&patience))
			return fail_hang(run, "in a run alone");
		nanosleep(&pause, NULL);
	}
}

static int end_run(struct ab_run *run)
{
	struct ab_session *s = run->session;
	int ret = wait_for_end(run);

	if (ret)
		return ret;
	if (run->command.status || command_interrupts())
		return fail_command(s, run->directory, run->command.status);
	return access(run->out, F_OK) ? fail_no_result(s, run->directory) : 0;
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
	/* The path belongs to the run, which is freed here. */
	own_path(s, ret);
	run_summaries_free(&ignored);
	return ret;
}

/*
 * In one of two rounds the sides change places, at random. So what a place does
 * to a side can be told from what the side does.
 */
static void begin_round(struct ab_session *s)
{
	s->swapped =
		s->rounds++ % 2 ? !s->swapped : hash64_next(&s->seed) >> 63;
}

/* Makes the directory of a run of side `which`. */
static int prepare_run(struct ab_run *run, struct ab_session *s, int which)
{
	struct ab_session_side *side = &s->side[which];
	int ret;

	*run = (struct ab_run){ .session = s, .side = side };
	if (asprintf(&run->directory, "%s/%c-%03zu", s->directory, 'a' + which,
		     side->started++) < 0) {
		run->directory = NULL;
		return input_error_no_memory(&s->error);
	}
	if (asprintf(&run->out, "%s/" SIDE_JOB_RESULT, run->directory) < 0) {
		run->out = NULL;
		return input_error_no_memory(&s->error);
	}
	if (mkdir(run->directory, 0777))
		return fail_system(s, run->directory, "make the directory");
	ret = write_environment(s, side, run->directory);
	if (ret || !s->job)
		return ret;
	return own_path(s, side_job_prepare(s->job, which, s->swapped,
					    run->directory, &s->error));
}

/* The run's directory stays known as that of the last run. */
static void free_run(struct ab_run *run)
{
	if (run->directory) {
		free(run->session->last);
		run->session->last = run->directory;
	}
	free(run->out);
	free(run->turns);
}

static int start_watchdog(struct ab_session *s, struct watchdog *dog)
{
	int ret = watchdog_start(dog);

	if (!ret)
		return 0;
	keep_path(s, "watchdog");
	return input_error_set(&s->error, INPUT_RUN, 0, 0,
			       "cannot start the process that ends both sides "
			       "if this one is killed: %s; allow more "
			       "processes (ulimit -u) or memory",
			       strerror(-ret));
}

static int run_watched(struct ab_run *run)
{
	struct watchdog dog;
	int ret = start_watchdog(run->session, &dog);

	if (ret)
		return ret;
	run->number = &dog.side[0];
	ret = start_run(run);
	if (!ret)
		ret = end_run(run);
	watchdog_end(&dog);
	return ret;
}

static int run(struct ab_session *s, int which, bool counts)
{
	struct ab_run run;
	int ret = prepare_run(&run, s, which);

	if (!ret)
		ret = run_watched(&run);
	if (!ret)
		ret = read_run(s, run.side, run.directory, counts);
	/* After any failure, everything that the command started is ended. */
	if (ret)
		offspring_end();
	free_run(&run);
	return ret;
}

/* Removes what the runs of a round have made, for a job file. */
static int clear(struct ab_session *s)
{
	return s->job ? own_path(s, side_job_clear(s->job, &s->error)) : 0;
}

int ab_session_round(struct ab_session *s, bool counts)
{
	int first = (int)(hash64_next(&s->seed) >> 63), ret;

	begin_round(s);
	ret = run(s, first, counts);
	if (!ret)
		ret = run(s, !first, counts);
	return ret ? ret : clear(s);
}

bool ab_session_b_second(const struct ab_session *s)
{
	return !s->swapped;
}

static int has_ended(void *context, int side)
{
	struct ab_run *run = context;
	int ret = command_look(&run[side].command, false);

	if (ret)
		return ret;
	if (command_interrupts())
		return -EINTR;
	/* Nobody waits for the other side after a failure. */
	run[side].failed = run[side].command.ended && run[side].command.status;
	return run[side].failed ? -ECHILD : run[side].command.ended;
}

/* `path` is that of the referee's memory, or NULL. */
static int start_both(struct ab_run *run, const char *path)
{
	struct ab_session *s = run[0].session;
	int ret = 0, i, k;

	for (k = 0; k < 2 && !ret; k++) {
		i = k ^ !ab_session_b_second(s);
		run[i].at_once = true;
		if (path &&
		    asprintf(&run[i].turns, "%c:%s", 'a' + i, path) < 0) {
			run[i].turns = NULL;
			ret = input_error_no_memory(&s->error);
		} else {
			ret = start_run(&run[i]);
		}
	}
	return ret;
}

static int fail_turns(struct ab_run *run, int ret)
{
	struct ab_session *s = run->session;
	int i = !run[0].failed && run[1].failed;

	/* What is done between turns says by itself what is wrong. */
	if (s->error.code != INPUT_OK)
		return ret;
	if (ret == -EINTR || ret == -ECHILD)
		return fail_command(s, run[i].directory, run[i].command.status);
	errno = -ret;
	return fail_system(s, run->directory, "go on in turns");
}

/* Nobody knows why a job of the side has ended; its fio may be at work. */
static int fail_lost(struct ab_run *run, const char *where)
{
	struct ab_session *s = run->session;

	run->failed = true;
	keep_path(s, run->directory);
	return input_error_set(
		&s->error, INPUT_RUN, 0, 0,
		"a job of %c was killed %s, as by kill -9 or for "
		"lack of memory (dmesg says so); what fio "
		"printed is in " COMMAND_OUTPUT " there",
		'A' + (run->side == &s->side[1]), where);
}

static void begin_patience(struct ab_run *run, struct patience patience[2])
{
	for (int i = 0; i < 2; i++)
		patience[i] = (struct patience){
			.most_ns = run->session->patience_ns,
			.child = run[i].command.pid,
		};
}

static int run_in_turns(struct ab_run *run, struct referee *referee)
{
	int ret;

	begin_patience(run, referee->patience);
	referee->has_ended = has_ended;
	referee->context = run;
	ret = referee_run(referee);
	if (ret == -ETIMEDOUT)
		return fail_hang(&run[referee->hang.side], referee->hang.where);
	if (ret == -ESRCH)
		return fail_lost(&run[referee->hang.side], referee->hang.where);
	return ret ? fail_turns(run, ret) : 0;
}

static int run_stopping(struct ab_run *run, struct stopping *stopping)
{
	int ret;

	begin_patience(run, stopping->patience);
	stopping->has_ended = has_ended;
	stopping->context = run;
	ret = stopping_run(stopping);
	if (ret == -ETIMEDOUT)
		return fail_hang(&run[stopping->hang.side],
				 stopping->hang.where);
	return ret ? fail_turns(run, ret) : 0;
}

/* One of `referee` and `stopping` is NULL. */
static int run_both(struct ab_run *run, struct referee *referee,
		    struct stopping *stopping)
{
	int ret = referee ? referee_begin(referee) : 0;
	struct watchdog dog;

	if (ret) {
		errno = -ret;
		return fail_system(run->session, "shared memory", "make");
	}
	ret = start_watchdog(run->session, &dog);
	if (ret)
		return ret;
	run[0].number = &dog.side[0];
	run[1].number = &dog.side[1];
	ret = start_both(run, referee ? referee->path : NULL);
	if (!ret)
		ret = stopping ? run_stopping(run, stopping)
			       : run_in_turns(run, referee);
	watchdog_end(&dog);
	return ret;
}

/*
 * A pause of the whole machine can take all turns of a short section. Such a
 * round counts for nothing, also if it comes before one that shows that the
 * section has turns.
 */
static bool round_counts(struct ab_session *s, const struct referee *referee,
			 const struct stopping *stopping)
{
	size_t compared =
		stopping ? referee_compared(stopping->heat, stopping->heats)
			 : referee_compared(referee->heat, referee->heats);

	s->anew = s->compared && compared > s->compared;
	if (s->anew)
		ab_session_forget(s);
	if (compared > s->compared)
		s->compared = compared;
	return compared && compared == s->compared;
}

/* Finds out what the sides that were stopped did in their turns. */
static int read_stopping(struct ab_run *run, struct stopping *stopping)
{
	struct ab_session *s = run->session;
	int ret = 0, i;

	for (i = 0; i < 2 && !ret; i++)
		ret = own_path(s, stopping_read(stopping, i, run[i].directory,
						&s->notes, &s->error));
	if (!ret && stopping_heats(stopping))
		ret = input_error_no_memory(&s->error);
	return ret;
}

static int end_both(struct ab_run *run, const struct referee *referee,
		    struct stopping *stopping)
{
	struct ab_session *s = run->session;
	int ret = 0, i;

	for (i = 0; i < 2 && !ret; i++) {
		ret = end_run(&run[i]);
		run[i].failed = ret != 0;
	}
	if (!ret && stopping)
		ret = read_stopping(run, stopping);
	if (!ret)
		s->counted = round_counts(s, referee, stopping);
	for (i = 0; i < 2 && !ret; i++)
		ret = read_run(s, run[i].side, run[i].directory, s->counted);
	return ret;
}

/* One of `referee` and `stopping` is NULL. */
static int round_in_turns(struct ab_session *s, struct referee *referee,
			  struct stopping *stopping)
{
	struct ab_run run[2] = { 0 };
	int first, ret, i;

	begin_round(s);
	first = ab_session_b_second(s) ? 0 : 1;
	ret = prepare_run(&run[first], s, first);
	if (!ret)
		ret = prepare_run(&run[!first], s, !first);
	if (!ret)
		ret = run_both(run, referee, stopping);
	if (!ret)
		ret = end_both(run, referee, stopping);
	if (!ret)
		ret = clear(s);
	if (ret) {
		if (referee && referee->relay)
			referee_let_go(referee);
		offspring_end();
	}
	/* The last one's output is what is shown of a failure. */
	i = run[0].failed;
	if (run[i].session)
		free_run(&run[i]);
	if (run[!i].session)
		free_run(&run[!i]);
	return ret;
}

int ab_session_turns(struct ab_session *s, struct referee *referee)
{
	return round_in_turns(s, referee, NULL);
}

int ab_session_stopping(struct ab_session *s, struct stopping *stopping)
{
	return round_in_turns(s, NULL, stopping);
}

void ab_session_forget(struct ab_session *s)
{
	run_summaries_free(&s->side[0].runs);
	run_summaries_free(&s->side[1].runs);
	s->compared = 0;
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

	if (command_interrupts() || !s->last ||
	    asprintf(&path, "%s/" COMMAND_OUTPUT, s->last) < 0)
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
	if (s->job)
		side_job_end(s->job, &s->notes);
	if (s->directory && s->is_temporary && s->error.code == INPUT_OK &&
	    remove_tree(s->directory))
		notes_add(&s->notes, "cannot remove %s: %s; remove it by hand",
			  shown(s->directory), strerror(errno));
	ab_session_forget(s);
	free(s->last);
	free(s->directory);
	free(s->here);
	free(s->error_path);
}
