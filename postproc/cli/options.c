// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "cli/options.h"

#define HELP_COLUMN 28
#define LABEL_MAX   80

static const struct option_row *find_long(const struct option_row *rows,
					  const char *name, size_t length)
{
	for (; rows->set; rows++) {
		if (rows->name && strlen(rows->name) == length &&
		    !memcmp(rows->name, name, length))
			return rows;
	}
	return NULL;
}

static const struct option_row *find_letter(const struct option_row *rows,
					    char letter)
{
	for (; rows->set; rows++) {
		if (rows->letter == letter)
			return rows;
	}
	return NULL;
}

/*
 * The option in `arg` and the value that is glued to it ("--a=V", "-aV"),
 * NULL if none is.
 */
static const struct option_row *find(const struct option_row *rows,
				     const char *arg, const char **glued)
{
	const char *equals;

	*glued = NULL;
	if (arg[1] != '-') {
		if (arg[2])
			*glued = arg + 2;
		return find_letter(rows, arg[1]);
	}
	equals = strchr(arg, '=');
	if (!equals)
		return find_long(rows, arg + 2, strlen(arg + 2));
	*glued = equals + 1;
	return find_long(rows, arg + 2, (size_t)(equals - arg - 2));
}

static int fail(char *error, const char *arg, const char *message)
{
	snprintf(error, OPTIONS_ERROR_MAX, "%.80s %s", arg, message);
	return -EINVAL;
}

static bool takes_many(const struct option_row *row)
{
	size_t length = row->argument ? strlen(row->argument) : 0;

	return length > 3 && !strcmp(row->argument + length - 3, "...");
}

/* One option at argv[*i], which moves on to its last word. */
static int parse_one(const struct option_row *rows, void *context, int argc,
		     char **argv, int *i, char *error)
{
	const char *arg = argv[*i], *value;
	const struct option_row *row = find(rows, arg, &value);
	char reason[OPTIONS_ERROR_MAX] = "";

	if (!row)
		return fail(error, arg, "is no option");
	if (!row->argument && value)
		return fail(error, arg, "takes no value");
	if (row->argument && !value) {
		if (*i + 1 >= argc)
			return fail(error, arg, "needs a value");
		value = argv[++*i];
	}
	while (!row->set(context, value, reason)) {
		if (!takes_many(row) || *i + 1 >= argc ||
		    argv[*i + 1][0] == '-')
			return 0;
		value = argv[++*i];
	}
	if (row->name)
		snprintf(error, OPTIONS_ERROR_MAX, "--%s: %.200s", row->name,
			 reason);
	else
		snprintf(error, OPTIONS_ERROR_MAX, "-%c: %.200s", row->letter,
			 reason);
	return -EINVAL;
}

int options_parse(const struct option_row *rows, void *context, int argc,
		  char **argv, char *error)
{
	int i, kept = 1;
	bool options = true;

	for (i = 1; i < argc; i++) {
		int ret;

		if (options && !strcmp(argv[i], "--")) {
			options = false;
			continue;
		}
		if (!options || argv[i][0] != '-' || !argv[i][1]) {
			argv[kept++] = argv[i];
			continue;
		}
		ret = parse_one(rows, context, argc, argv, &i, error);
		if (ret)
			return ret;
	}
	argv[kept] = NULL;
	return kept;
}

static void help_row(FILE *out, const struct option_row *row)
{
	char label[LABEL_MAX];
	const char *text = row->help, *end;
	int used;

	if (row->letter)
		used = snprintf(label, sizeof(label), "  -%c%s%s", row->letter,
				row->name ? ", --" : "",
				row->name ? row->name : "");
	else
		used = snprintf(label, sizeof(label), "  --%s", row->name);
	used += snprintf(label + used, sizeof(label) - (size_t)used, " %s",
			 row->argument ? row->argument : "");
	fputs(label, out);
	if (used >= HELP_COLUMN) {
		fputc('\n', out);
		used = 0;
	}
	for (; *text; text = *end ? end + 1 : end, used = 0) {
		end = strchrnul(text, '\n');
		fprintf(out, "%*s%.*s\n", HELP_COLUMN - used, "",
			(int)(end - text), text);
	}
}

void options_help(FILE *out, const struct option_row *rows)
{
	for (; rows->set; rows++)
		help_row(out, rows);
}
