// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "cluster/check_host.h"

#define PREFLIGHT     "fio-smallfile: preflight: "
#define SAID_MAX      300
#define CLOCK_WARN_NS 100000000
#define ROUND_WARN_NS 50000000
/* Free bytes of one file system may differ so much between two answers. */
#define SAME_SLACK (16u << 20)

struct line {
	const char *at;
	size_t length;
};

static bool next_line(const char **text, struct line *line)
{
	if (!**text)
		return false;
	line->at = *text;
	line->length = strcspn(*text, "\n");
	*text += line->length + ((*text)[line->length] == '\n');
	return true;
}

/* Where `words` begin in a line, or NULL. */
static const char *find(const struct line *line, const char *words)
{
	return memmem(line->at, line->length, words, strlen(words));
}

/* Whether a line begins with `words`. Lines end in '\n' or 0. */
static bool begins(const struct line *line, const char *words)
{
	return !strncmp(line->at, words, strlen(words));
}

/*
 * Copies into `out` what follows `key` in a line, up to a blank or comma. Makes
 * `out` empty where the line has no such key.
 */
static void word_of(const struct line *line, const char *key, char *out)
{
	const char *at = find(line, key), *end;
	size_t n = 0;

	out[0] = 0;
	if (!at)
		return;
	end = line->at + line->length;
	for (at += strlen(key); at < end && n + 1 < CHECK_WORD_MAX; at++) {
		if (*at == ' ' || *at == ',' || *at == '\r')
			break;
		out[n++] = *at;
	}
	out[n] = 0;
}

static struct check_directory *directory_of(struct check_host *h,
					    const char *path, size_t length)
{
	struct check_directory *grown;

	for (unsigned int i = 0; i < h->directories; i++)
		if (strlen(h->directory[i].path) == length &&
		    !memcmp(h->directory[i].path, path, length))
			return &h->directory[i];
	grown = reallocarray(h->directory, h->directories + 1, sizeof(*grown));
	if (!grown)
		return NULL;
	h->directory = grown;
	grown += h->directories;
	memset(grown, 0, sizeof(*grown));
	grown->path = strndup(path, length);
	if (!grown->path)
		return NULL;
	h->directories++;
	return grown;
}

/*
 * Adds the needs of a thread. The threads of one section need their room at the
 * same time. Sections mostly run one after the other, so what counts is the
 * section that needs most.
 */
static void add_needs(struct check_directory *d, const char *job,
		      uint64_t bytes, uint64_t inodes)
{
	if (strcmp(d->job, job)) {
		snprintf(d->job, sizeof(d->job), "%s", job);
		d->job_bytes = d->job_inodes = 0;
	}
	d->job_bytes += bytes;
	d->job_inodes += inodes;
	if (d->job_bytes > d->need_bytes)
		d->need_bytes = d->job_bytes;
	if (d->job_inodes > d->need_inodes)
		d->need_inodes = d->job_inodes;
}

/*
 * Reads a line of the engine about a directory, such as
 * "...: job=create need_bytes=... directory=/mnt/a". Returns 0 or -ENOMEM.
 */
static int read_directory(struct check_host *h, const struct line *line)
{
	static const char key[] = " directory=";
	uint64_t v[6];
	const char *path = find(line, key);
	char job[CHECK_WORD_MAX], round[CHECK_WORD_MAX], call[32];
	struct check_directory *d;
	int error;

	word_of(line, "job=", job);
	word_of(line, " round_ns=", round);
	line = &(struct line){ find(line, "need_bytes="), 0 };
	if (!path || !line->at ||
	    sscanf(line->at,
		   "need_bytes=%" SCNu64 " need_inodes=%" SCNu64
		   " total_bytes=%" SCNu64 " free_bytes=%" SCNu64
		   " total_inodes=%" SCNu64 " free_inodes=%" SCNu64
		   " error=%d call=%31s",
		   &v[0], &v[1], &v[2], &v[3], &v[4], &v[5], &error, call) != 8)
		return 0;
	path += strlen(key);
	d = directory_of(h, path, strcspn(path, "\r\n"));
	if (!d)
		return -ENOMEM;
	d->total_bytes = v[2];
	d->free_bytes = v[3];
	d->total_inodes = v[4];
	d->free_inodes = v[5];
	d->error = error;
	d->round_ns = strtoll(round, NULL, 10);
	memcpy(d->call, call, sizeof(call));
	add_needs(d, job, v[0], v[1]);
	return 0;
}

static int64_t time_of(const struct line *line)
{
	char digits[CHECK_WORD_MAX];

	word_of(line, " time_ns=", digits);
	return strtoll(digits, NULL, 10);
}

/*
 * Bounds how far the clock is ahead. The host was asked after we had connected,
 * and wrote its line before we read it.
 */
static void bound_clock(struct check_host *h, int64_t time_ns,
			const struct check_probe *probe)
{
	int64_t before_ns =
		h->connected_ns ? h->connected_ns : probe->started_ns;
	int64_t after_ns = h->asked_ns ? h->asked_ns : time_ns;

	h->ahead_min_ns = time_ns - probe->line_ns;
	h->ahead_max_ns = after_ns - before_ns;
}

static void read_host(struct check_host *h, const struct line *line,
		      const struct check_probe *probe)
{
	if (h->loads)
		return;
	h->loads = true;
	word_of(line, "preflight: host=", h->name);
	word_of(line, " listens=", h->listens);
	if (!strcmp(h->listens, "-"))
		h->listens[0] = 0;
	bound_clock(h, time_of(line), probe);
}

static int read_line(struct check_host *h, const struct line *line,
		     const struct check_probe *probe)
{
	if (find(line, CHECK_PEER) == line->at) {
		word_of(line, CHECK_PEER, h->peer);
		h->connected_ns = time_of(line);
	} else if (find(line, "hostname=") == line->at) {
		word_of(line, "hostname=", h->answers);
		word_of(line, " fio=", h->fio);
	} else if (find(line, CHECK_ASKED_LINE)) {
		if (!h->asked_ns)
			h->asked_ns = time_of(line);
	} else if (find(line, CHECK_HOST_LINE))
		read_host(h, line, probe);
	else if (find(line, PREFLIGHT))
		return read_directory(h, line);
	return 0;
}

/* Joins what fio said into one line, and leaves out what fio always says. */
static void what_it_said(const char *text, char *out)
{
	struct line line;
	size_t n = 0;

	out[0] = 0;
	while (next_line(&text, &line) && n + 1 < SAID_MAX) {
		if (!line.length || begins(&line, "hostname=") ||
		    begins(&line, "smallfio: ") || find(&line, PREFLIGHT))
			continue;
		n += (size_t)snprintf(out + n, SAID_MAX - n, "%s%.*s",
				      n ? "; " : "", (int)line.length, line.at);
	}
}

/* Copies into `out` the rest of the line after `words`, or nothing. */
static void rest_of(const char *text, const char *words, char *out)
{
	const char *at = strstr(text, words);

	out[0] = 0;
	if (at) {
		at += strlen(words);
		snprintf(out, SAID_MAX, "%.*s", (int)strcspn(at, "\n"), at);
	}
}

#define NO_ENGINE                                                              \
	"its fio does not load fio-smallfile.so, or loads the one of an "      \
	"older smallfio: install smallfio there and run ldconfig, or start "   \
	"its server with LD_LIBRARY_PATH set"

/*
 * Notes why the engine said nothing. Of several causes it takes the one that
 * comes first on the way from the network to the engine.
 */
static void explain_silence(struct check_host *h,
			    const struct check_probe *probe,
			    const char *version, unsigned int timeout_s)
{
	struct notes *p = &h->problems;
	const char *text = probe->text;
	char said[SAID_MAX];

	rest_of(text, CHECK_NO_CONNECT, said);
	if (*said)
		notes_add(p, "no fio server can be reached: %s", said);
	else if (strstr(text, "smallfio: cannot run"))
		notes_add(p, "%.*s", (int)strcspn(text, "\n"), text);
	else if (probe->timed_out || strstr(text, "timed out"))
		notes_add(p,
			  "no answer in time (--timeout is %u s): see whether "
			  "it is a fio server, and busy with a job",
			  timeout_s);
	else if (strstr(text, "version mismatch") ||
		 strstr(text, "bad server cmd version"))
		notes_add(p,
			  "its fio has another version than ours, %s: install "
			  "one version",
			  version);
	else if (strstr(text, "the engine was built for")) {
		rest_of(text, "fio-smallfile: ", said);
		notes_add(p, "the engine is built for another fio: %s", said);
	} else if (strstr(text, "Bad option <preflight") ||
		   strstr(text, "not loadable") ||
		   strstr(text, "fio-smallfile.so: cannot open"))
		notes_add(p, NO_ENGINE);
	else if (!*h->answers && strstr(text, CHECK_PEER))
		notes_add(p,
			  "its server closed the connection at once: it is no "
			  "fio server, or has another version than our %s",
			  version);
	else {
		what_it_said(text, said);
		notes_add(p, "the job cannot run: %s",
			  *said ? said : "its fio gave no reason");
	}
}

static void judge_clock(struct check_host *h)
{
	int64_t off_ns = 0;

	if (h->ahead_min_ns > CLOCK_WARN_NS)
		off_ns = h->ahead_min_ns;
	else if (h->ahead_max_ns < -CLOCK_WARN_NS)
		off_ns = h->ahead_max_ns;
	if (off_ns)
		notes_add(&h->warnings,
			  "its clock is %.1f s %s ours, or more: gate=@TIME "
			  "and times in logs need clocks that agree",
			  (double)(off_ns < 0 ? -off_ns : off_ns) * 1e-9,
			  off_ns < 0 ? "behind" : "ahead of");
}

static void judge_directories(struct check_host *h)
{
	for (unsigned int i = 0; i < h->directories; i++) {
		const struct check_directory *d = &h->directory[i];

		if (d->error)
			notes_add(&h->problems,
				  "%s: no file can be made: %s: %s", d->path,
				  d->call, strerror(d->error));
		else if (d->round_ns > ROUND_WARN_NS)
			notes_add(&h->warnings,
				  "%s is slow: a file is made, written and "
				  "removed there in %lld ms; threads that meet "
				  "there (gate=) begin about as far apart",
				  d->path, (long long)d->round_ns / 1000000);
	}
}

int check_host_read(struct check_host *h, const struct check_probe *probe,
		    const char *version, unsigned int timeout_s)
{
	const char *text = probe->text;
	struct line line;
	char said[SAID_MAX];
	int ret = 0;

	h->typed = probe->host->typed;
	while (!ret && next_line(&text, &line))
		ret = read_line(h, &line, probe);
	if (ret)
		return ret;
	if (*h->fio && strcmp(h->fio, version))
		notes_add(&h->problems,
			  "its fio is %s, and ours is %s: install one version",
			  h->fio, version);
	if (!h->loads) {
		explain_silence(h, probe, version, timeout_s);
		return 0;
	}
	judge_clock(h);
	judge_directories(h);
	if (probe->timed_out) {
		/* The engine printed everything before any job began. */
		notes_add(&h->warnings,
			  "it has answered, but its server did not end the "
			  "check within %u s: is it busy?",
			  timeout_s);
	} else if (!WIFEXITED(probe->status) || WEXITSTATUS(probe->status)) {
		what_it_said(probe->text, said);
		notes_add(&h->problems, "the job cannot run: %s", said);
	}
	return 0;
}

static bool same_file_system(const struct check_directory *a,
			     const struct check_directory *b)
{
	uint64_t apart = a->free_bytes > b->free_bytes
				 ? a->free_bytes - b->free_bytes
				 : b->free_bytes - a->free_bytes;

	return !strcmp(a->path, b->path) && a->total_bytes == b->total_bytes &&
	       a->total_inodes == b->total_inodes && apart <= SAME_SLACK;
}

/*
 * Checks the space of a directory. Hosts whose directories look like one file
 * system share its space, so their needs are added.
 */
static void check_space(struct check_host *hosts, size_t count,
			struct check_host *h, const struct check_directory *d)
{
	uint64_t bytes = 0, inodes = 0;
	unsigned int sharing = 0;

	for (size_t i = 0; i < count; i++)
		for (unsigned int j = 0; j < hosts[i].directories; j++) {
			const struct check_directory *o =
				&hosts[i].directory[j];

			if (!same_file_system(o, d))
				continue;
			bytes += o->need_bytes;
			inodes += o->need_inodes;
			sharing++;
		}
	if (bytes > d->free_bytes)
		notes_add(&h->problems,
			  "%s: %" PRIu64 " MiB are free, and %u host%s need%s "
			  "%" PRIu64 " MiB there",
			  d->path, d->free_bytes >> 20, sharing,
			  sharing == 1 ? "" : "s", sharing == 1 ? "s" : "",
			  (bytes >> 20) + 1);
	if (d->total_inodes && inodes > d->free_inodes)
		notes_add(&h->problems,
			  "%s: %" PRIu64 " inodes are free, and %u host%s "
			  "need%s %" PRIu64 " there",
			  d->path, d->free_inodes, sharing,
			  sharing == 1 ? "" : "s", sharing == 1 ? "s" : "",
			  inodes);
}

void check_hosts_compare(struct check_host *hosts, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct check_host *h = &hosts[i];

		for (unsigned int j = 0; j < h->directories; j++)
			check_space(hosts, count, h, &h->directory[j]);
		for (size_t j = 0; j < i && h->loads; j++)
			if (!strcmp(h->name, hosts[j].name))
				notes_add(&h->problems,
					  "it calls itself %s, as %s does, so "
					  "both would work in the same tree; "
					  "give each a host name of its own",
					  h->name, hosts[j].typed);
	}
}

void check_host_free(struct check_host *h)
{
	for (unsigned int i = 0; i < h->directories; i++)
		free(h->directory[i].path);
	free(h->directory);
	notes_free(&h->problems);
	notes_free(&h->warnings);
}
