// SPDX-License-Identifier: GPL-2.0-only
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "launch/lost_run.h"
#include "launch/servers.h"
#include "launch/shell_word.h"
#include "util/clock.h"
#include "barrier/host_names.h"

#define START_S   60 /* a host may take so long until its server is ready */
#define STOP_MS   8000
#define TEXT_MAX  (1 << 20) /* of a file with hosts */
#define WORDS_MAX 32        /* of --ssh */
#define READY     "smallfio-host: ready"
#define WHOLE     "whole" /* the word for a host whose results are here */
/* A server's directory, of the run and the host: hosts may share /tmp. */
#define PLACE "/tmp/smallfio-%s-%s"

/* --- the list ------------------------------------------------------------ */

__attribute__((format(printf, 2, 3))) static int fail(char *error,
						      const char *format, ...)
{
	va_list list;

	va_start(list, format);
	vsnprintf(error, SERVERS_SAID_MAX, format, list);
	va_end(list);
	return -EINVAL;
}

/* A name becomes a file's, and a value in a job file. */
static bool is_host(const char *name)
{
	if (*name == '-' || *name == '.' || !*name)
		return false;
	for (; *name; name++)
		if (!isalnum((unsigned char)*name) && !strchr("@._-", *name))
			return false;
	return true;
}

static int add_host(struct servers *s, const char *address, char *error)
{
	struct server *grown, *server;
	const char *at = strrchr(address, '@');
	const char *name = at ? at + 1 : address;

	if (!is_host(address) || !*name || strlen(name) >= SERVERS_NAME_MAX ||
	    strlen(address) >= sizeof(server->address))
		return fail(error,
			    "\"%.80s\" is no host: expected a name or an "
			    "address, or USER@NAME",
			    address);
	for (size_t i = 0; i < s->count; i++)
		if (!strcmp(s->server[i].name, name))
			return fail(error, "the host %s is named twice", name);
	if (s->count == SERVERS_MAX)
		return fail(error,
			    "there are more than %d hosts, and no more can "
			    "meet at a start barrier",
			    SERVERS_MAX);
	grown = reallocarray(s->server, s->count + 1, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	s->server = grown;
	server = &grown[s->count++];
	*server = (struct server){ .in = -1, .out = -1 };
	strcpy(server->address, address);
	strcpy(server->name, name);
	return 0;
}

/* Adds the hosts of a text, with commas or blanks between. */
static int add_hosts(struct servers *s, const char *text, char *error)
{
	struct host_names names = { .at = text, .separators = ", \t\r\n" };
	char host[256];
	int ret;

	while ((ret = host_names_next(&names, host, sizeof(host))) > 0) {
		ret = *host ? add_host(s, host, error) : 0;
		if (ret)
			return ret;
	}
	return ret ? fail(error,
			  "\"%.80s\": expected a name of at most 255 bytes, "
			  "with numbers as in h[1-16,20]",
			  names.head)
		   : 0;
}

/* Returns a copy of the text, or of what is in the file with this name. */
static char *read_text(const char *text)
{
	FILE *file = strchr(text, '[') ? NULL : fopen(text, "re");
	char *copy;
	size_t n;

	if (!file)
		return strdup(text);
	copy = malloc(TEXT_MAX);
	n = copy ? fread(copy, 1, TEXT_MAX - 1, file) : 0;
	if (copy)
		copy[n] = 0;
	fclose(file);
	return copy;
}

int servers_list(struct servers *s, const char *text, char *error)
{
	char *copy = read_text(text);
	int ret;

	if (!copy)
		return -ENOMEM;
	ret = add_hosts(s, copy, error);
	free(copy);
	if (!ret && !s->count)
		ret = fail(error, "there is no host in \"%.80s\"", text);
	return ret;
}

/* --- starting ------------------------------------------------------------ */

/*
 * What a host executes. It says what is missing, or that the server is ready.
 * The server ends when a word comes, or when ssh has ended. Jobs of fio have
 * sessions of their own, so what is left of them is found by a mark in its
 * environment. Without the word, jobs have a moment to keep their results.
 */
static const char script[] =
	"fail() { echo \"$1\"; exit 1; }\n"
	"marked() { grep -lzx \"SMALLFIO_RUN=$id-$name\""
	" /proc/[0-9]*/environ 2>/dev/null | tr -dc '0-9\\n'; }\n"
	"$fio --version >/dev/null 2>&1 ||"
	" fail \"there is no fio: install smallfio there\"\n"
	"(IFS=,; set -f; for d in $make; do [ -d \"$d\" ] ||"
	" mkdir -- \"$d\" || [ -d \"$d\" ] || exit; done)"
	" 2>&1 || exit 1\n"
	"umask 077; mkdir \"$dir\" 2>&1 && cd \"$dir\" || exit 1\n"
	"umask 022; exec 3<&0\n"
	"SMALLFIO_RUN=$id-$name SMALLFIO_HOST=$name"
	" $fio --server=sock:\"$dir/s\" >\"$dir/said\" 2>&1 3<&- &\n"
	"server=$!\n"
	"trap '' HUP PIPE\n" /* what follows is done without ssh, too */
	"n=0; while [ ! -S s ] && [ $n -lt 200 ]; do sleep 0.05; n=$((n+1));"
	" done\n"
	"if [ -S s ]; then\n"
	"  { read -r word; echo \"$word\" >word; kill -9 $server; } <&3 &\n"
	"  echo '" READY "'; wait $server\n"
	"  [ -e word ] || { echo 'its fio server has ended'; kill $!; }\n"
	"else tail -n 1 said; fi\n"
	"exec 2>/dev/null; read -r word <word\n"
	"n=0; while [ \"$word\" != '" WHOLE "' ] && [ $n -lt 50 ] &&"
	" [ \"$(marked)\" ]; do sleep 0.1; n=$((n+1)); done\n"
	"kill -9 $(marked)\n"
	"if [ \"$word\" = '" WHOLE "' ]; then rm -rf -- \"$meet\";"
	" case $meet in */network_shared/*) rmdir -- \"${meet%/*}\";; esac;"
	" fi\n"
	"cd /; rm -rf -- \"$dir\"\n";

/* The command for ssh, as one word for the shell there. Must be freed. */
static char *make_command(const struct servers *s, const struct server *server,
			  const struct servers_how *how)
{
	const char *const variables[][2] = {
		{ "id", s->id },       { "name", server->name },
		{ "fio", how->fio },   { "make", how->make },
		{ "meet", how->meet },
	};
	char *inner = NULL, *command = NULL;
	size_t length;
	FILE *out = open_memstream(&inner, &length);

	if (!out)
		return NULL;
	for (size_t i = 0; i < sizeof(variables) / sizeof(*variables); i++) {
		fprintf(out, "%s=", variables[i][0]);
		shell_word_put(out, variables[i][1]);
		fputc('\n', out);
	}
	for (char **variable = environ; *variable; variable++) {
		if (strncmp(*variable, SERVERS_VARIABLE,
			    strlen(SERVERS_VARIABLE)) != 0)
			continue;
		fputs("export ", out);
		shell_word_put(out, *variable);
		fputc('\n', out);
	}
	fprintf(out, "dir=" PLACE "\n%s", s->id, server->name, script);
	if (fclose(out)) {
		free(inner);
		return NULL;
	}
	out = open_memstream(&command, &length);
	if (out) {
		fputs("exec sh -c ", out);
		shell_word_put(out, inner);
		if (fclose(out)) {
			free(command);
			command = NULL;
		}
	}
	free(inner);
	return command;
}

/* In the child: becomes ssh. */
static void execute(const struct servers *s, const struct server *server,
		    const char *ssh, char *command, int in, int out)
{
	static const char *const options[] = {
		"-o", "BatchMode=yes",
		"-o", "ConnectTimeout=15",
		"-o", "ServerAliveInterval=10",
		"-o", "ExitOnForwardFailure=yes",
		"-o", "StreamLocalBindUnlink=yes",
		"-L",
	};
	char *argv[WORDS_MAX + 20], *words = strdup(ssh), *forward;
	sigset_t none;
	size_t n = 0;

	setpgid(0, 0);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (!words ||
	    asprintf(&forward, "%s/%s:" PLACE "/s", s->directory, server->name,
		     s->id, server->name) < 0 ||
	    dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(out, 2) < 0)
		_exit(127);
	for (char *word = strtok(words, " "); word && n < WORDS_MAX;
	     word = strtok(NULL, " "))
		argv[n++] = word;
	for (size_t i = 0; i < sizeof(options) / sizeof(*options); i++)
		argv[n++] = (char *)options[i];
	argv[n++] = forward;
	argv[n++] = (char *)server->address;
	argv[n++] = command;
	argv[n] = NULL;
	execvp(argv[0], argv);
	dprintf(2, "cannot run %s: %s\n", argv[0], strerror(errno));
	_exit(127);
}

static int start_one(const struct servers *s, struct server *server,
		     const struct servers_how *how)
{
	char *command = make_command(s, server, how);
	int in[2], out[2];

	if (!command)
		return -ENOMEM;
	if (pipe2(in, O_CLOEXEC) || pipe2(out, O_CLOEXEC)) {
		free(command);
		return -errno;
	}
	fflush(NULL);
	server->ssh = fork();
	if (!server->ssh)
		execute(s, server, how->ssh, command, in[0], out[1]);
	close(in[0]);
	close(out[1]);
	server->in = in[1];
	server->out = out[0];
	free(command);
	return server->ssh < 0 ? -errno : 0;
}

static void end_line(struct server *server)
{
	server->line[server->used] = 0;
	if (!strcmp(server->line, READY))
		server->ready = 1;
	else if (server->used)
		strcpy(server->said, server->line);
	server->used = 0;
}

/*
 * Takes what a host has said. A line may come in pieces. Returns whether there
 * may be more.
 */
static bool take(struct server *server)
{
	char text[1024];
	ssize_t n = read(server->out, text, sizeof(text));

	for (ssize_t i = 0; i < n; i++) {
		if (text[i] == '\r' || text[i] == '\n')
			end_line(server);
		else if (server->used < sizeof(server->line) - 1)
			server->line[server->used++] = text[i];
	}
	if (n > 0)
		return true;
	end_line(server);
	close(server->out);
	server->out = -1;
	return false;
}

static int fail_host(const struct server *server, char *error)
{
	fail(error, "host %s: %.180s", server->name,
	     *server->said ? server->said : "ssh ended without a word");
	return -EHOSTUNREACH;
}

/* Waits until each server is ready, all at once. */
static int wait_until_ready(struct servers *s, char *error)
{
	struct pollfd *ready = calloc(s->count, sizeof(*ready));
	int64_t end = clock_steady_ns() + START_S * INT64_C(1000000000);
	size_t missing = s->count, i;
	int ret = ready ? 0 : -ENOMEM;

	while (!ret && missing) {
		for (i = 0; i < s->count; i++)
			ready[i] = (struct pollfd){
				.fd = s->server[i].ready ? -1
							 : s->server[i].out,
				.events = POLLIN,
			};
		poll(ready, s->count, 200);
		missing = 0;
		for (i = 0; i < s->count && !ret; i++) {
			struct server *server = &s->server[i];

			if (ready[i].revents && !take(server) && !server->ready)
				ret = fail_host(server, error);
			if (!ret && !server->ready && clock_steady_ns() > end) {
				fail(server->said, "does not answer");
				ret = fail_host(server, error);
			}
			missing += !server->ready;
		}
	}
	free(ready);
	return ret;
}

/* The lock tells other runs that this one is alive. */
static int make_lock(struct servers *s)
{
	char path[sizeof(s->directory) + sizeof(LOST_RUN_LOCK) + 1];

	snprintf(path, sizeof(path), "%s/" LOST_RUN_LOCK, s->directory);
	s->lock = open(path, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0600);
	return s->lock < 0 || flock(s->lock, LOCK_EX | LOCK_NB) ? -errno : 0;
}

int servers_prepare(struct servers *s)
{
	uint64_t number;

	if (getrandom(&number, sizeof(number), 0) != sizeof(number))
		return -errno;
	snprintf(s->id, sizeof(s->id), "%016llx", (unsigned long long)number);
	snprintf(s->directory, sizeof(s->directory), LOST_RUN_PLACE "%s",
		 s->id);
	if (!mkdir(s->directory, 0700))
		return make_lock(s);
	*s->directory = 0;
	return -errno;
}

int servers_note(const struct servers *s, const char *directory,
		 const char *meet)
{
	char *here = realpath(directory, NULL);

	if (!here)
		return -errno;
	dprintf(s->lock, "%s\n%s\n", here, meet);
	for (size_t i = 0; i < s->count; i++)
		dprintf(s->lock, "%s\n", s->server[i].address);
	free(here);
	return 0;
}

int servers_link(const struct servers *s, const char *directory)
{
	char *from, *to;
	int ret = 0;

	for (size_t i = 0; i < s->count && !ret && !s->given; i++) {
		if (asprintf(&from, "%s/%s", s->directory, s->server[i].name) <
		    0)
			return -ENOMEM;
		if (asprintf(&to, "%s/%s", directory, s->server[i].name) < 0) {
			free(from);
			return -ENOMEM;
		}
		if (symlink(from, to))
			ret = -errno;
		free(from);
		free(to);
	}
	return ret;
}

void servers_unlink(const struct servers *s, const char *directory)
{
	char *path;

	for (size_t i = 0; i < s->count && !s->given; i++) {
		if (asprintf(&path, "%s/%s", directory, s->server[i].name) < 0)
			continue;
		unlink(path);
		free(path);
	}
}

int servers_start(struct servers *s, const struct servers_how *how, char *error)
{
	int ret = 0;

	for (size_t i = 0; i < s->count && !ret; i++)
		ret = start_one(s, &s->server[i], how);
	if (!ret)
		return wait_until_ready(s, error);
	fail(error, "cannot start ssh: %s", strerror(-ret));
	return ret;
}

int servers_lost(struct servers *s, char *error)
{
	for (size_t i = 0; i < s->count; i++) {
		struct server *server = &s->server[i];
		struct pollfd ready = { .fd = server->out, .events = POLLIN };

		if (server->ssh > 0 && server->out >= 0 &&
		    poll(&ready, 1, 0) > 0)
			take(server);
		if (server->ssh > 0 && server->out < 0) {
			fail_host(server, error);
			return 1;
		}
	}
	return 0;
}

/* Waits for the end of ssh, and kills it where that takes too long. */
static void end_one(struct server *server, int64_t end)
{
	while (!waitpid(server->ssh, NULL, WNOHANG)) {
		if (clock_steady_ns() > end)
			kill(server->ssh, SIGKILL);
		usleep(10000);
	}
}

void servers_stop(struct servers *s, int whole)
{
	int64_t end = clock_steady_ns() + STOP_MS * INT64_C(1000000);

	signal(SIGPIPE, SIG_IGN); /* an ssh may have ended */
	for (size_t i = 0; i < s->count; i++) {
		struct server *server = &s->server[i];

		if (server->in < 0)
			continue;
		if (whole)
			dprintf(server->in, WHOLE "\n");
		close(server->in);
		server->in = -1;
	}
	for (size_t i = 0; i < s->count; i++) {
		struct server *server = &s->server[i];

		if (server->ssh > 0)
			end_one(server, end);
		server->ssh = 0;
		if (server->out >= 0)
			close(server->out);
		server->out = -1;
	}
}

void servers_free(struct servers *s)
{
	servers_stop(s, 0);
	if (*s->directory)
		lost_run_forget(s->directory);
	if (s->lock > 0)
		close(s->lock);
	free(s->server);
	*s = (struct servers){ 0 };
}
