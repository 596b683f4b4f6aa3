// SPDX-License-Identifier: GPL-2.0-only
/*
 * smallfio watch: shows what the hosts of a long run report, and which are
 * silent.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/command.h"
#include "input/host_list.h"
#include "util/clock.h"
#include "util/number.h"
#include "cli/options.h"
#include "cli/watch_record.h"
#include "cli/watch_screen.h"
#include "util/shown.h"

#define COMMAND  "watch"
#define TICK_MS  250
#define READ_MAX 65536
/* The longest line that can be a message. Longer ones only go to the copy. */
#define LINE_MAX_BYTES 65536
#define SILENT_MIN_NS  NS_PER_S

struct watching {
	const char *hosts, *output;
	struct watch watch;
	struct watch_screen screen;
	struct watch_record record;
	FILE *copy; /* of what fio prints; NULL: none */
	bool in_json;
	bool copy_failed;
	/*
	 * The line that has not ended yet. A line that does not fit is no
	 * message.
	 */
	char line[LINE_MAX_BYTES];
	size_t length;
	bool overlong; /* the beginning of the line is in the copy already */
};

static const struct option_row rows[] = {
	{ "hosts", 0, "FILE", "who has to report: as for fio --client=FILE",
	  OPTION_TEXT(struct watching, hosts) },
	{ "silent-after", 0, "S",
	  "a host is silent after this many seconds (twice the time between\n"
	  "two messages, and ten)",
	  OPTION_SECONDS(struct watching, watch.silent_after_ns,
			 SILENT_MIN_NS) },
	{ "output", 'o', "FILE", "what fio prints, without its ETA lines",
	  OPTION_TEXT(struct watching, output) },
	{ "record", 0, "DB",
	  "keep in this history what the hosts report, as it comes",
	  OPTION_TEXT(struct watching, record.path) },
	{ "label", 0, "TEXT",
	  "with --record: go on with the soak of this label, if it\n"
	  "has not ended, or begin it",
	  OPTION_TEXT(struct watching, record.label) },
	{ 0 },
};

static const char usage[] =
	"usage: fio --client=HOSTS --eta=always "
	"--output-format=json+ JOB 2>&1 |\n"
	"           smallfio watch --hosts HOSTS -o out.json\n"
	"\n"
	"Reads what fio prints while jobs run, with progress messages every "
	"progress_interval=.\n"
	"On a terminal, shows a table of the hosts; otherwise prints a line "
	"for each host and\n"
	"message, with its rates and 99th percentile. Prints the errors of "
	"jobs, and the name\n"
	"of each host that has gone silent. Exit code 3 where one was missing "
	"in the end.\n"
	"\n";

static uint64_t steady_ns(void)
{
	return (uint64_t)clock_steady_ns();
}

static void set_stamp(struct watch *w)
{
	int64_t now_ns = clock_unix_ns();
	time_t t = now_ns / (int64_t)NS_PER_S;
	struct tm tm;

	w->time_ms = now_ns / 1000000;
	if (!localtime_r(&t, &tm) ||
	    !strftime(w->stamp, sizeof(w->stamp), "%H:%M:%S ", &tm))
		w->stamp[0] = '\0';
}

/*
 * Returns true for a line that a person wants to see, too: a message of a host,
 * an engine or fio.
 */
static bool is_message(const char *line)
{
	static const char *const begins[] = { "<", "fio", "client" };

	for (size_t i = 0; i < sizeof(begins) / sizeof(*begins); i++)
		if (!strncmp(line, begins[i], strlen(begins[i])))
			return true;
	return false;
}

static void copy(struct watching *r, const char *text, size_t length)
{
	if (r->copy && fwrite(text, 1, length, r->copy) != length)
		r->copy_failed = true;
}

static int take_line(struct watching *r)
{
	struct progress_message message;

	r->line[r->length] = '\0';
	set_stamp(&r->watch);
	if (!progress_message_parse(&message, r->line, r->length))
		return watch_take(&r->watch, &message, steady_ns());
	if (*r->line == '{')
		r->in_json = true;
	if (!r->in_json && is_message(r->line)) {
		watch_hear(&r->watch, r->line, steady_ns());
		fprintf(r->watch.out, "%s%s\n", r->watch.stamp, shown(r->line));
		fflush(r->watch.out);
	}
	return 0;
}

/* Ends the current line, and takes it unless it was too long. */
static int end_line(struct watching *r)
{
	int ret = 0;

	copy(r, r->line, r->length);
	copy(r, "\n", 1);
	if (!r->overlong)
		ret = take_line(r);
	r->length = 0;
	r->overlong = false;
	return ret;
}

/*
 * Adds to the current line. Drops fio's ETA texts, which end with a carriage
 * return.
 */
static void add_to_line(struct watching *r, const char *text, size_t length)
{
	const char *eta = memrchr(text, '\r', length);

	if (eta) {
		length -= (size_t)(eta + 1 - text);
		text = eta + 1;
		r->length = 0;
	}
	if (r->overlong || length >= sizeof(r->line) - r->length) {
		if (r->length && *r->line == '{')
			r->in_json = true;
		copy(r, r->line, r->length);
		copy(r, text, length);
		r->length = 0;
		r->overlong = true;
		return;
	}
	memcpy(r->line + r->length, text, length);
	r->length += length;
}

static int take_text(struct watching *r, const char *text, size_t length)
{
	const char *end;
	int ret = 0;

	while (!ret && (end = memchr(text, '\n', length))) {
		add_to_line(r, text, (size_t)(end - text));
		ret = end_line(r);
		length -= (size_t)(end + 1 - text);
		text = end + 1;
	}
	if (!ret)
		add_to_line(r, text, length);
	if (r->copy && fflush(r->copy))
		r->copy_failed = true;
	return ret;
}

/* Reads more input. Returns 1 at its end, else 0 or -errno. */
static int read_more(struct watching *r)
{
	char text[READ_MAX];
	ssize_t n = read(STDIN_FILENO, text, sizeof(text));
	int ret;

	if (n < 0)
		return errno == EINTR ? 0 : -errno;
	if (n)
		return take_text(r, text, (size_t)n);
	ret = r->length || r->overlong ? end_line(r) : 0;
	return ret ? ret : 1;
}

static int follow(struct watching *r)
{
	struct pollfd input = { .fd = STDIN_FILENO, .events = POLLIN };
	int ret = 0;

	while (!ret) {
		int ready = poll(&input, 1, TICK_MS);

		if (ready < 0 && errno != EINTR)
			return -errno;
		if (ready > 0)
			ret = read_more(r);
		set_stamp(&r->watch);
		watch_tick(&r->watch, steady_ns());
		watch_screen_tick(&r->screen, &r->watch, steady_ns());
		watch_record_tick(&r->record, steady_ns());
	}
	return ret < 0 ? ret : 0;
}

static int expect_hosts(struct watching *r)
{
	struct input_error error = { 0 };
	struct host_list list = { 0 };
	int ret;

	if (!r->hosts)
		return 0;
	ret = host_list_read(&list, r->hosts, &error);
	if (ret)
		cli_input_failed(COMMAND, &error);
	for (size_t i = 0; !ret && i < list.count; i++)
		ret = watch_expect(&r->watch, list.host[i].name, steady_ns());
	host_list_free(&list);
	return ret;
}

static int verdict(struct watching *r)
{
	size_t missing;
	int code;

	set_stamp(&r->watch);
	missing = watch_finish(&r->watch, steady_ns());
	watch_screen_end(&r->screen, &r->watch, steady_ns());
	code = watch_record_end(&r->record, r->watch.heard && !missing);
	if (r->copy_failed)
		return cli_output_failed(COMMAND, r->output, -EIO);
	if (!r->watch.heard) {
		fputs("smallfio watch: no job has reported: is the run "
		      "shorter than its progress_interval=?\n",
		      stderr);
		return EXIT_TOO_LITTLE;
	}
	watch_summary(&r->watch, steady_ns());
	return missing ? EXIT_INPUT : code;
}

/* Opens what is written to, before anything is read. Returns an exit code. */
static int begin(struct watching *r)
{
	if (watch_screen_begin(&r->screen, &r->watch)) {
		fputs("smallfio watch: out of memory\n", stderr);
		return EXIT_INPUT;
	}
	r->watch.began_ns = steady_ns();
	set_stamp(&r->watch);
	if (expect_hosts(r))
		return EXIT_INPUT;
	if (r->output) {
		r->copy = fopen(r->output, "we");
		if (!r->copy)
			return cli_output_failed(COMMAND, r->output, -errno);
	}
	return watch_record_begin(&r->record, &r->watch);
}

static int run(struct watching *r)
{
	int code, ret;

	/* Ctrl-C is for fio, which prints its results after it. */
	signal(SIGINT, SIG_IGN);
	code = begin(r);
	if (code)
		return code;
	ret = follow(r);
	if (ret)
		fprintf(stderr, "smallfio watch: standard input: %s\n",
			strerror(-ret));
	if (r->copy && fclose(r->copy))
		r->copy_failed = true;
	code = verdict(r);
	return ret ? EXIT_INPUT : code;
}

int cmd_watch(int argc, char **argv)
{
	struct watching request = { 0 };
	int code =
		cli_options(COMMAND, rows, usage, NULL, &request, &argc, argv);
	if (code != CLI_GO_ON)
		return code;
	if (argc != 1)
		return cli_usage_error(COMMAND,
				       "expected fio's output on standard "
				       "input, and no argument");
	if (request.record.label && !request.record.path)
		return cli_usage_error(COMMAND, "--label goes with --record");
	code = run(&request);
	watch_free(&request.watch);
	return code;
}
