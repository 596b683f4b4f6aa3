// SPDX-License-Identifier: GPL-2.0-only
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "turns/in_child.h"
#include "turns/remove_tree.h"
#include "turns/side_job.h"
#include "util/shown.h"

#define JOB_BYTES_MAX (1 << 20)
#define BLANKS        " \t\r"

static int fail(struct input_error *error, const char *path, const char *doing)
{
	int reason = errno;

	error->path = path;
	return input_error_set(error, INPUT_UNREADABLE, 0, 0, "cannot %s: %s",
			       doing, strerror(reason));
}

static int refuse(struct input_error *error, const char *path, uint64_t line,
		  const char *why)
{
	error->path = path;
	return input_error_set(error, INPUT_JOB, line, 0, "%s", why);
}

/* Returns the rest of the line behind blanks, and sets its length. */
static const char *begin_of(const char *line, size_t *length)
{
	size_t blanks = strspn(line, BLANKS);

	*length = strcspn(line + blanks, "\n");
	return line + blanks;
}

static bool is_section(const char *line, size_t length)
{
	return length > 1 && *line == '[';
}

static bool is_global(const char *line, size_t length)
{
	return length >= 8 && !strncasecmp(line, "[global]", 8);
}

static int check(const struct side_job *job, struct input_error *error)
{
	const char *at = job->text;
	uint64_t number = 0;
	size_t sections = 0;

	while (*at) {
		size_t length;
		const char *line = begin_of(at, &length);

		number++;
		sections +=
			is_section(line, length) && !is_global(line, length);
		if (length > 7 && !strncmp(line, "include", 7) &&
		    strchr(BLANKS, line[7]))
			return refuse(error, job->path, number,
				      "a job file for `ab` must be whole: "
				      "put the included file in its place");
		at = line + length + (line[length] == '\n');
	}
	if (!sections)
		return refuse(error, job->path, 0,
			      "expected a job file of fio with a section such "
			      "as [create]");
	return 0;
}

static int read_text(struct side_job *job, struct input_error *error)
{
	FILE *file = fopen(job->path, "re");
	size_t bytes;
	int ret = 0;

	if (!file)
		return fail(error, job->path, "open");
	job->text = malloc(JOB_BYTES_MAX + 1);
	if (!job->text) {
		fclose(file);
		return input_error_no_memory(error);
	}
	bytes = fread(job->text, 1, JOB_BYTES_MAX, file);
	job->text[bytes] = '\0';
	if (ferror(file))
		ret = fail(error, job->path, "read");
	else if (bytes == JOB_BYTES_MAX || strlen(job->text) != bytes)
		ret = refuse(error, job->path, 0,
			     "expected a job file of fio: a text below 1 MiB");
	fclose(file);
	return ret ? ret : check(job, error);
}

static int make_top(struct side_job *job, int side, struct input_error *error)
{
	const char *base = job->base[side];
	char *real = realpath(base, NULL);

	if (!real)
		return fail(error, base, "find the directory");
	/* fio would take these for something else. */
	if (strpbrk(real, ":$\\\n") || real[strlen(real) - 1] == ' ') {
		free(real);
		return refuse(error, base, 0,
			      "fio cannot have : $ \\ or a blank at the end in "
			      "the name of a directory: take another one");
	}
	if (asprintf(&job->top[side], "%s/smallfio-ab.XXXXXX", real) < 0)
		job->top[side] = NULL;
	free(real);
	if (!job->top[side])
		return input_error_no_memory(error);
	if (mkdtemp(job->top[side]))
		return 0;
	free(job->top[side]);
	job->top[side] = NULL;
	return fail(error, base, "make a directory in it");
}

int side_job_begin(struct side_job *job, struct input_error *error)
{
	int ret = read_text(job, error);

	if (!ret)
		ret = make_top(job, 0, error);
	if (!ret && strcmp(job->base[0], job->base[1]))
		ret = make_top(job, 1, error);
	return ret;
}

/* Writes the name of the section, whose line this is: "[create]". */
static void put_name(const char *section, FILE *out)
{
	size_t length = strcspn(++section, "]\n");

	for (; length--; section++)
		fputc(isalnum((unsigned char)*section) ||
				      strchr("-_.", *section)
			      ? *section
			      : '_',
		      out);
	fputc('\n', out);
}

/* Whether the job runs a command of its own before a section. */
static bool has_prerun(const char *text)
{
	size_t length;
	const char *line;

	for (; *text; text = line + length + (line[length] == '\n')) {
		line = begin_of(text, &length);
		if (!strncmp(line, "exec_prerun", 11))
			return true;
	}
	return false;
}

/*
 * A log has no turns of reads and of writes, so a section that does both has
 * one rate: unified_rw_reporting=1 is "mixed", in older fios, too.
 */
static void put_stops(const struct side_job_copy *copy, const char *section,
		      FILE *out)
{
	fputs("log_unix_epoch=1\nlog_avg_msec=0\nper_job_logs=1\n"
	      "unified_rw_reporting=1\nwrite_lat_log=",
	      out);
	put_name(section, out);
	if (has_prerun(copy->text))
		return;
	fputs("exec_prerun=sh " SIDE_JOB_MEET " ", out);
	put_name(section, out);
}

static void end_section(const struct side_job_copy *copy, const char *section,
			FILE *out)
{
	size_t i;

	fprintf(out, "directory=%s\n", copy->directory);
	if (copy->stops)
		put_stops(copy, section, out);
	for (i = 0; i < copy->option->count; i++)
		fprintf(out, "%s\n", copy->option->text[i]);
	fputc('\n', out);
}

void side_job_write(const struct side_job_copy *copy, FILE *out)
{
	const char *at = copy->text, *section = NULL;

	while (*at) {
		size_t length;
		const char *line = begin_of(at, &length);

		if (is_section(line, length)) {
			if (section)
				end_section(copy, section, out);
			section = is_global(line, length) ? NULL : line;
		}
		fprintf(out, "%.*s\n", (int)length, line);
		at = line + length + (line[length] == '\n');
	}
	if (section)
		end_section(copy, section, out);
}

static void write_job(const struct side_job *job, int side, FILE *out)
{
	const struct side_job_copy copy = {
		.text = job->text,
		.directory = job->place[side],
		.option = &job->option[side],
		.stops = job->stops,
	};

	side_job_write(&copy, out);
}

/* The directories of a round's runs have one number: a-001 and b-001. */
static void write_meet(const struct side_job *job, int side, FILE *out)
{
	fprintf(out,
		"# A section of fio begins when that of the other side "
		"begins,\n"
		"# or when the other side has written its result: it has "
		"ended.\n"
		"# Or if nobody is there any more who lets both go on.\n"
		"other=\"../%c${PWD##*/?}\"\n"
		": >\"ready-$1\"\n"
		"until [ -e \"$other/ready-$1\" ] ||\n"
		"\t[ -s \"$other/" SIDE_JOB_RESULT "\" ] ||\n"
		"\t! kill -0 %ld; do\n"
		"\tsleep 0.01\n"
		"done\n",
		'b' - side, (long)getpid());
}

static int write_file(const struct side_job *job, int side,
		      const char *directory, const char *name,
		      void (*write)(const struct side_job *job, int side,
				    FILE *out),
		      struct input_error *error)
{
	char *path;
	FILE *file;
	int ret;

	if (asprintf(&path, "%s/%s", directory, name) < 0)
		return input_error_no_memory(error);
	file = fopen(path, "we");
	free(path);
	if (!file)
		return fail(error, directory, "write the job file in it");
	write(job, side, file);
	ret = ferror(file);
	if (fclose(file) || ret)
		return fail(error, directory, "write the job file in it");
	return 0;
}

/* Does the work in a child. Returns 0 or an errno; see in_child_end(). */
static int do_patiently(const struct side_job *job,
			int (*work)(const char *path), const char *path)
{
	struct in_child child;

	in_child_begin(&child, work, path, job->patience_ns);
	return in_child_end(&child);
}

/* `reason` is what in_child_end() says of work in the side's directory. */
static int fail_there(struct side_job *job, int side, int reason,
		      const char *doing, const char *meanwhile,
		      struct input_error *error)
{
	errno = reason;
	if (reason != ETIMEDOUT)
		return fail(error, job->base[side], doing);
	job->hangs[side] = true;
	error->path = job->base[side];
	return input_error_set(error, INPUT_UNREADABLE, 0, 0,
			       "nothing happened for %.0f s while %c's %s: it "
			       "hangs (--patience); smallfio-ab.* stays there",
			       (double)job->patience_ns / 1e9, 'A' + side,
			       meanwhile);
}

static int make_directory(const char *path)
{
	return mkdir(path, 0777);
}

int side_job_prepare(struct side_job *job, int side, bool swapped,
		     const char *directory, struct input_error *error)
{
	const char *top = job->top[side] ? job->top[side] : job->top[0];
	int ret;

	if (asprintf(&job->place[side], "%s/%d", top, side ^ (int)swapped) <
	    0) {
		job->place[side] = NULL;
		return input_error_no_memory(error);
	}
	ret = do_patiently(job, make_directory, job->place[side]);
	if (ret) {
		free(job->place[side]);
		job->place[side] = NULL;
		return fail_there(job, side, ret,
				  "make the directory of a side in it",
				  "directory was made", error);
	}
	ret = write_file(job, side, directory, SIDE_JOB_NAME, write_job, error);
	if (!ret && job->stops)
		ret = write_file(job, side, directory, SIDE_JOB_MEET,
				 write_meet, error);
	return ret;
}

static int sync_file_system(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int ret = fd < 0 ? -1 : syncfs(fd);

	/* The process ends, and closes it. */
	return ret;
}

int side_job_sync(struct side_job *job, int side, struct input_error *error)
{
	int reason = do_patiently(job, sync_file_system, job->base[side]);

	return reason ? fail_there(job, side, reason,
				   "have it write what is in memory (--sync)",
				   "file system wrote what was in memory "
				   "(--sync)",
				   error)
		      : 0;
}

/*
 * Removes both at once, because a file system may let each of them wait. Says
 * what went wrong with each: errno, or 0.
 */
static void remove_both(struct side_job *job, char *const path[2],
			int reason[2])
{
	struct in_child child[2];
	int i;

	for (i = 0; i < 2; i++)
		if (path[i])
			in_child_begin(&child[i], remove_tree, path[i],
				       job->patience_ns);
	for (i = 0; i < 2; i++) {
		reason[i] = path[i] ? in_child_end(&child[i]) : 0;
		job->hangs[i] |= reason[i] == ETIMEDOUT;
	}
}

int side_job_clear(struct side_job *job, struct input_error *error)
{
	int reason[2], i;

	remove_both(job, job->place, reason);
	for (i = 0; i < 2; i++) {
		free(job->place[i]);
		job->place[i] = NULL;
	}
	i = !reason[0];
	return reason[i] ? fail_there(job, i, reason[i],
				      "remove a side's tree in it",
				      "tree was removed", error)
			 : 0;
}

void side_job_end(struct side_job *job, struct notes *notes)
{
	/* In one directory the tree of a side that hangs is in A's. */
	bool stays[2] = { job->hangs[0] || (!job->top[1] && job->hangs[1]),
			  job->hangs[1] };
	char *path[2];
	int reason[2], side;

	for (side = 0; side < 2; side++)
		path[side] = stays[side] ? NULL : job->top[side];
	remove_both(job, path, reason);
	for (side = 0; side < 2; side++) {
		if (reason[side])
			notes_add(notes,
				  "cannot remove %s: %s; remove it by hand",
				  shown(path[side]), strerror(reason[side]));
		free(job->top[side]);
		free(job->place[side]);
	}
	free(job->text);
}
