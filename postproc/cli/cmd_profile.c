// SPDX-License-Identifier: GPL-2.0-only
/* smallfio profile: says what a tree of files is like. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/cli.h"
#include "cli/command.h"
#include "cli/options.h"
#include "profile/profile_format.h"
#include "profile/profile_walk.h"

#define COMMAND "profile"

static const struct profile_output {
	const char *name;
	int (*write)(FILE *out, const char *name, const struct profile *profile,
		     const struct profile *against);
} formats[] = {
	{ "text", profile_format_text },
	{ "profile", profile_format_file },
	{ "json", profile_format_json },
	{ 0 },
};

struct profile_command {
	const struct profile_output *format; /* NULL: not given */
	const char *output, *against;
	uint64_t percent; /* 0: not given */
};

static const struct option_row rows[] = {
	{ "format", 0, "FORMAT",
	  "text, json, or profile: what tree=profile:FILE of the\n"
	  "engine reads (text)",
	  OPTION_CHOICE(struct profile_command, format, formats) },
	{ "output", 'o', "FILE", "write FILE, whole or not at all",
	  OPTION_TEXT(struct profile_command, output) },
	{ "against", 0, "FILE",
	  "also tell how far each distribution is from that of this\n"
	  "profile (Kolmogorov-Smirnov distance)",
	  OPTION_TEXT(struct profile_command, against) },
	{ "sample", 0, "PERCENT",
	  "read the inodes of so many of the files (100); all names\n"
	  "and directories are read",
	  OPTION_WHOLE(struct profile_command, percent, 1, 100) },
	{ 0 },
};

static const char usage[] =
	"usage: smallfio profile [OPTION...] DIR|FILE\n"
	"\n"
	"Walks a tree of files and says what it is like: sizes, files and "
	"directories in\n"
	"each directory, depth, names, attributes, links, holes. Or shows the "
	"profile in\n"
	"FILE. The engine makes such trees: tree=profile:FILE,\n"
	"size_distribution=table:FILE.\n"
	"\n";

/* Reads a profile from a file, and fails with the message of the reader. */
static int read_file(struct profile *p, const char *path)
{
	struct input_error error = { 0 };
	struct failure failure;
	int ret = profile_read(p, path, &failure);

	if (!ret)
		return EXIT_GOOD;
	if (ret == -ENOMEM)
		input_error_no_memory(&error);
	else
		input_error_set(&error, INPUT_UNKNOWN, 0, 0, "%s",
				failure.text);
	return cli_input_failed(COMMAND, &error);
}

static int read_one(const struct profile_command *c, struct profile *p,
		    const char *path)
{
	struct input_error error = { 0 };
	struct stat st;

	if (!stat(path, &st) && !S_ISDIR(st.st_mode)) {
		if (c->percent)
			return cli_usage_error(COMMAND, "--sample goes with a "
							"directory");
		return read_file(p, path);
	}
	if (profile_walk(p, path, c->percent ? (unsigned int)c->percent : 100,
			 &error))
		return cli_input_failed(COMMAND, &error);
	return EXIT_GOOD;
}

/* Says what of the tree is not in the profile. */
static void note_missing(const struct profile *p)
{
	struct notes notes = { 0 };

	if (p->total[PROFILE_UNREADABLE])
		notes_add(&notes,
			  "%llu directories or files could not be read and "
			  "are left out",
			  (unsigned long long)p->total[PROFILE_UNREADABLE]);
	if (p->total[PROFILE_MOUNTS])
		notes_add(&notes,
			  "%llu directories are of other file systems and are "
			  "left out",
			  (unsigned long long)p->total[PROFILE_MOUNTS]);
	if (!p->total[PROFILE_FILES])
		notes_add(&notes, "there is no file");
	cli_print_notes(COMMAND, &notes);
	notes_free(&notes);
}

static int show(const struct profile_command *c, const char *path,
		const struct profile *p, const struct profile *against)
{
	const struct profile_output *format = c->format ? c->format : formats;
	struct output output;
	int code = cli_output_begin(&output, COMMAND, c->output);

	if (code)
		return code;
	return cli_output_end(&output, COMMAND, c->output,
			      format->write(output.file, path, p, against));
}

int cmd_profile(int argc, char **argv)
{
	struct profile_command c = { 0 };
	struct profile profile = { 0 }, against = { 0 };
	int code = cli_options(COMMAND, rows, usage, NULL, &c, &argc, argv);

	if (code != CLI_GO_ON)
		return code;
	if (argc != 2)
		return cli_usage_error(COMMAND,
				       "expected one directory, or a file "
				       "with a profile");
	code = c.against ? read_file(&against, c.against) : EXIT_GOOD;
	if (!code)
		code = read_one(&c, &profile, argv[1]);
	if (!code) {
		note_missing(&profile);
		code = show(&c, argv[1], &profile, c.against ? &against : NULL);
	}
	profile_free(&profile);
	profile_free(&against);
	return code;
}
