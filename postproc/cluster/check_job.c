// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "cluster/check_job.h"

#define ENGINE      "fio-smallfile"
#define ENGINE_ROOM 256
/*
 * fio's client reads a line of up to so many bytes, and crashes at a longer one
 * (OPT_LEN_MAX).
 */
#define LINE_BYTES 8191

struct copying {
	FILE *out;
	struct notes *notes;
	char global[ENGINE_ROOM]; /* ioengine= of [global] so far */
	char own[ENGINE_ROOM];    /* ioengine= of the section, or empty */
	char *section;            /* text of the section; NULL: none yet */
	size_t size;
	FILE *text; /* writes into `section` */
	char name[ENGINE_ROOM];
	bool in_global;
	unsigned int kept;
};

/*
 * Ends a section. Its text goes into the copy if it is [global] or a section of
 * our engine. Otherwise a note says that the section is left out.
 */
static int end_section(struct copying *c)
{
	const char *engine = *c->own ? c->own : c->global;
	int ret = 0;

	if (!c->text)
		return 0;
	if (fclose(c->text))
		ret = -ENOMEM;
	c->text = NULL;
	if (!ret && (c->in_global || strstr(engine, ENGINE))) {
		c->kept += !c->in_global;
		if (fwrite(c->section, 1, c->size, c->out) != c->size)
			ret = -EIO;
	} else if (!ret) {
		notes_add(c->notes,
			  "section [%s] is not checked: it has ioengine=%s, "
			  "whose jobs cannot be checked without running them",
			  c->name, *engine ? engine : "(fio's default)");
	}
	free(c->section);
	c->section = NULL;
	return ret;
}

static int begin_section(struct copying *c, const char *header)
{
	int ret = end_section(c);

	if (ret)
		return ret;
	snprintf(c->name, sizeof(c->name), "%.*s",
		 (int)strcspn(header + 1, "]\n"), header + 1);
	c->in_global = !strcasecmp(c->name, "global");
	c->own[0] = 0;
	c->text = open_memstream(&c->section, &c->size);
	return c->text ? 0 : -ENOMEM;
}

/* Copies the value of ioengine=, with blanks as fio allows, to `engine`. */
static void take_engine(const char *line, char *engine)
{
	static const char name[] = "ioengine";
	const char *value = line + strlen(name);

	if (strncmp(line, name, strlen(name)))
		return;
	value += strspn(value, " \t");
	if (*value++ != '=')
		return;
	value += strspn(value, " \t");
	snprintf(engine, ENGINE_ROOM, "%.*s", (int)strcspn(value, " \t\r\n;#"),
		 value);
}

/*
 * Whether fio takes a line for an include. fio has no option that begins with
 * this word.
 */
static bool is_include(const char *line)
{
	return !strncmp(line + strspn(line, " \t"), "include",
			strlen("include"));
}

static int copy_line(struct copying *c, const char *line)
{
	const char *at = line + strspn(line, " \t");
	int ret = 0;

	if (*at == '[') {
		ret = begin_section(c, at);
	} else if (c->text) {
		take_engine(at, c->in_global ? c->global : c->own);
	} else {
		return fputs(line, c->out) < 0 ? -EIO : 0;
	}
	if (ret)
		return ret;
	fputs(line, c->text);
	if (line[strlen(line) - 1] != '\n')
		fputc('\n', c->text);
	if (*at == '[' && !c->in_global)
		fputs("preflight=1\n", c->text);
	return 0;
}

int check_job_copy_from(FILE *in, FILE *out, struct notes *notes,
			struct input_error *error)
{
	struct copying c = { .out = out, .notes = notes };
	uint64_t number = 0, included = 0, too_long = 0;
	char *line = NULL;
	size_t room = 0;
	ssize_t length;
	int ret = 0;

	while (!ret && (length = getline(&line, &room, in)) > 0) {
		number++;
		if (length > LINE_BYTES) {
			too_long = number;
			break;
		}
		if (is_include(line)) {
			included = number;
			break;
		}
		ret = copy_line(&c, line);
	}
	free(line);
	if (!ret)
		ret = end_section(&c);
	if (c.text)
		fclose(c.text);
	free(c.section);
	if (too_long)
		return input_error_set(
			error, INPUT_JOB, too_long, 1,
			"expected at most %d characters in a line: fio's "
			"client crashes at a longer one; shorten the line, as "
			"permute_hosts=h[1-1000] does",
			LINE_BYTES - 1);
	if (included)
		return input_error_set(
			error, INPUT_JOB, included, 1,
			"expected no include: a server gets the "
			"text of the job file alone, and does not "
			"read other files for it; put the lines "
			"of the included file here");
	if (!ret && ferror(in))
		return input_error_set(error, INPUT_UNREADABLE, 0, 0,
				       "cannot be read: %s", strerror(errno));
	if (ret)
		return input_error_set(
			error,
			ret == -ENOMEM ? INPUT_NO_MEMORY : INPUT_UNREADABLE, 0,
			0, "cannot be copied: %s", strerror(-ret));
	if (!c.kept)
		return input_error_set(error, INPUT_JOB, 0, 0,
				       "expected a section with "
				       "ioengine=fio-smallfile.so, found none; "
				       "give ioengine= in the job file, for "
				       "fio sends no option of its command "
				       "line to a server");
	return 0;
}

int check_job_copy(const char *path, FILE *out, struct notes *notes,
		   struct input_error *error)
{
	FILE *in = fopen(path, "re");
	int ret;

	error->path = path;
	if (!in)
		return input_error_set(error, INPUT_UNREADABLE, 0, 0,
				       "cannot be opened: %s", strerror(errno));
	ret = check_job_copy_from(in, out, notes, error);
	fclose(in);
	return ret;
}
