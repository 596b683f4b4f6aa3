// SPDX-License-Identifier: GPL-2.0-only
#include <dirent.h>
#include <fcntl.h>
#include <glob.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "launch/lost_run.h"
#include "launch/shell_word.h"

#define SENTENCE_MAX   600
#define EXIT_NO_ANSWER 255 /* of ssh */

struct lost_run {
	char *run_dir, *meet;
	FILE *hosts; /* the lines behind these two */
	void (*tell)(const char *sentence);
};

__attribute__((format(printf, 2, 3))) static void
say(const struct lost_run *lost, const char *format, ...)
{
	char sentence[SENTENCE_MAX];
	va_list list;

	va_start(list, format);
	vsnprintf(sentence, sizeof(sentence), format, list);
	va_end(list);
	lost->tell(sentence);
}

/* Returns the next line without its end, or NULL. Must be freed. */
static char *next_line(FILE *in)
{
	char *line = NULL;
	size_t size = 0;

	if (getline(&line, &size, in) > 0) {
		line[strcspn(line, "\n")] = 0;
		return line;
	}
	free(line);
	return NULL;
}

/*
 * What a host executes: waits until the jobs have ended, sends what they kept,
 * and removes that.
 */
static void put_remote(FILE *out, const struct lost_run *lost)
{
	char *inner = NULL;
	size_t size;
	FILE *text = open_memstream(&inner, &size);

	if (!text)
		return;
	fputs("meet=", text);
	shell_word_put(text, lost->meet);
	fputs("; n=0; while [ $n -lt 50 ] &&"
	      " ls -d /tmp/\"${meet##*/}\"-* >/dev/null 2>&1; do"
	      " sleep 0.2; n=$((n+1)); done;"
	      " cd \"$meet/smallfio-kept\" 2>/dev/null || exit 1;"
	      " tar -cf - . && cd / && rm -rf -- \"$meet\"",
	      text);
	if (!fclose(text)) {
		char *command = NULL;

		text = open_memstream(&command, &size);
		if (text) {
			fputs("exec sh -c ", text);
			shell_word_put(text, inner);
			if (!fclose(text))
				shell_word_put(out, command);
		}
		free(command);
	}
	free(inner);
}

/*
 * Asks one host. Returns 0 if what was kept is in the run's directory, and else
 * the exit code of the command.
 */
static int fetch(const struct lost_run *lost, const char *ssh,
		 const char *address)
{
	char *command = NULL;
	size_t size;
	FILE *out = open_memstream(&command, &size);
	int status = -1;

	if (!out)
		return -1;
	fputs("cd ", out);
	shell_word_put(out, lost->run_dir);
	fputs(" 2>/dev/null", out);
	fprintf(out,
		" && mkdir -p " LOST_RUN_KEPT " && %s -o BatchMode=yes"
		" -o ConnectTimeout=15 ",
		ssh);
	shell_word_put(out, address);
	fputc(' ', out);
	put_remote(out, lost);
	fputs(" </dev/null >kept.tar 2>/dev/null || { ret=$?; rm -f kept.tar;"
	      " rmdir " LOST_RUN_KEPT " 2>/dev/null; exit $ret; };"
	      " tar -xf kept.tar -C " LOST_RUN_KEPT " && rm kept.tar &&"
	      " { [ ! -f hosts.list ] || cp hosts.list " LOST_RUN_KEPT "; }",
	      out);
	if (!fclose(out))
		status = system(command);
	free(command);
	return status >= 0 && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* Returns whether there is nothing more to be had of the run. */
static bool collect(struct lost_run *lost, const char *ssh)
{
	int ret = EXIT_NO_ANSWER;
	char *address;

	while (ret == EXIT_NO_ANSWER && (address = next_line(lost->hosts))) {
		ret = fetch(lost, ssh, address);
		free(address);
	}
	if (!ret)
		say(lost,
		    "a run was lost; smallfio result %.300s/%s shows what its "
		    "hosts have kept",
		    lost->run_dir, LOST_RUN_KEPT);
	else if (ret == EXIT_NO_ANSWER)
		say(lost,
		    "the run %.300s was lost, and no host answers; what they "
		    "kept is there in %.200s",
		    lost->run_dir, lost->meet);
	else
		say(lost,
		    "the run %.300s was lost, and its hosts have kept nothing "
		    "that could be fetched",
		    lost->run_dir);
	return ret != EXIT_NO_ANSWER;
}

void lost_run_collect(const char *directory, const char *ssh,
		      void (*tell)(const char *sentence))
{
	struct lost_run lost = { .tell = tell };
	char path[PATH_MAX];
	bool done = true;

	snprintf(path, sizeof(path), "%s/" LOST_RUN_LOCK, directory);
	lost.hosts = fopen(path, "re");
	if (!lost.hosts)
		return;
	lost.run_dir = next_line(lost.hosts);
	lost.meet = lost.run_dir ? next_line(lost.hosts) : NULL;
	/* A run that had not come to its first fio has written no line. */
	if (lost.meet)
		done = collect(&lost, ssh);
	if (done)
		lost_run_forget(directory);
	free(lost.run_dir);
	free(lost.meet);
	fclose(lost.hosts);
}

/* Whether a directory is of a run of this user whose process is gone. */
static bool is_lost(const char *directory)
{
	char path[PATH_MAX];
	struct stat st;
	bool lost;
	int fd;

	if (lstat(directory, &st) || !S_ISDIR(st.st_mode) ||
	    st.st_uid != geteuid())
		return false;
	snprintf(path, sizeof(path), "%s/" LOST_RUN_LOCK, directory);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	lost = fd >= 0 && !flock(fd, LOCK_EX | LOCK_NB);
	if (fd >= 0)
		close(fd);
	return lost;
}

void lost_runs_collect(const char *ssh, void (*tell)(const char *sentence))
{
	glob_t found;

	if (glob(LOST_RUN_PLACE "*", 0, NULL, &found))
		return;
	for (size_t i = 0; i < found.gl_pathc; i++)
		if (is_lost(found.gl_pathv[i]))
			lost_run_collect(found.gl_pathv[i], ssh, tell);
	globfree(&found);
}

void lost_run_forget(const char *directory)
{
	DIR *dir = opendir(directory);
	const struct dirent *entry;

	if (!dir)
		return;
	while ((entry = readdir(dir)))
		unlinkat(dirfd(dir), entry->d_name, 0);
	closedir(dir);
	rmdir(directory);
}
