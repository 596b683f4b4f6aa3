// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/profile.h"

#define FIRST_LINE     "smallfio-profile 1"
#define LINE_MAX_BYTES 1024
#define FOUND_MAX      40

const char *const profile_key[PROFILE_KEYS] = {
	[PROFILE_SIZE] = "size",
	[PROFILE_NAME] = "name",
	[PROFILE_DIR_NAME] = "directory-name",
	[PROFILE_DEPTH] = "depth",
	[PROFILE_XATTRS] = "xattrs",
	[PROFILE_XATTR_BYTES] = "xattr-bytes",
	[PROFILE_LINKS] = "links",
	[PROFILE_HOLES] = "holes",
};

const char *const profile_total[PROFILE_TOTALS] = {
	[PROFILE_FILES] = "files",
	[PROFILE_DIRECTORIES] = "directories",
	[PROFILE_SYMLINKS] = "symlinks",
	[PROFILE_OTHERS] = "others",
	[PROFILE_BYTES] = "bytes",
	[PROFILE_LOOKED_AT] = "looked-at",
	[PROFILE_UNREADABLE] = "unreadable",
	[PROFILE_MOUNTS] = "mounts",
};

/* Where the reader is, for its messages. */
struct profile_reader {
	struct profile *profile;
	const char *name;
	struct failure *failure;
	unsigned long line;
	struct distribution *last; /* that the line before was about */
	bool ended;
};

/* Copies what was found, with '?' for what does not print. */
static const char *found(const char *text, char out[FOUND_MAX + 4])
{
	size_t n = strlen(text), shown = n > FOUND_MAX ? FOUND_MAX : n;

	for (size_t i = 0; i < shown; i++)
		out[i] = text[i] >= ' ' && text[i] < 127 ? text[i] : '?';
	strcpy(out + shown, n > shown ? "..." : "");
	return out;
}

static int refuse(const struct profile_reader *r, const char *expected,
		  const char *text)
{
	char shown[FOUND_MAX + 4];

	return failure_set(r->failure, EINVAL,
			   "%s:%lu: expected %s, found \"%s\"", r->name,
			   r->line, expected, found(text, shown));
}

/* Reads decimal digits that `end` follows. Returns the place behind, or NULL.
 */
static char *read_number(char *text, char end, uint64_t *number)
{
	*number = 0;
	if (*text < '0' || *text > '9' ||
	    (*text == '0' && text[1] >= '0' && text[1] <= '9'))
		return NULL;
	for (; *text >= '0' && *text <= '9'; text++) {
		if (*number > DISTRIBUTION_VALUE_MAX / 10)
			return NULL;
		*number = *number * 10 + (uint64_t)(*text - '0');
	}
	return *text == end ? text + 1 : NULL;
}

static int read_total(struct profile_reader *r, char *text)
{
	char *number = strchr(text, ' '), *end;

	for (int i = 0; number && i < PROFILE_TOTALS; i++) {
		if ((size_t)(number - text) != strlen(profile_total[i]) ||
		    strncmp(text, profile_total[i], (size_t)(number - text)))
			continue;
		end = read_number(number + 1, 0, &r->profile->total[i]);
		return end ? 0 : refuse(r, "a number", number + 1);
	}
	return refuse(r, "a total that is known, such as \"files 12\"", text);
}

/* The distribution of "files.3", or NULL. */
static struct distribution *of_level(struct profile *p, char *key)
{
	char *dot = strchr(key, '.');
	uint64_t level;

	if (!dot || !read_number(dot + 1, 0, &level) ||
	    level >= PROFILE_LEVELS_MAX)
		return NULL;
	if (level >= p->levels)
		p->levels = (unsigned int)level + 1;
	*dot = 0;
	if (!strcmp(key, "files"))
		return &p->files[level];
	return strcmp(key, "directories") ? NULL : &p->directories[level];
}

static struct distribution *of_key(struct profile *p, char *key)
{
	for (int i = 0; i < PROFILE_KEYS; i++)
		if (!strcmp(key, profile_key[i]))
			return &p->of[i];
	return of_level(p, key);
}

/* Reads "NUMBER COUNT" or "LOW-HIGH COUNT". */
static int read_row(struct profile_reader *r, struct distribution *d,
		    char *text)
{
	uint64_t low, high, count;
	char *next = read_number(text, '-', &low);
	int ret;

	if (next) {
		next = read_number(next, ' ', &high);
	} else {
		next = read_number(text, ' ', &low);
		high = low;
	}
	if (!next || !read_number(next, 0, &count))
		return refuse(r, "NUMBER COUNT or LOW-HIGH COUNT", text);
	if (d->rows && d != r->last)
		return refuse(r, "all lines of this key together", text);
	r->last = d;
	ret = distribution_add(d, low, high, count);
	if (ret == -EINVAL)
		return refuse(r,
			      "a range behind that of the line before, and a "
			      "count from 1 on",
			      text);
	return ret;
}

static int read_line(struct profile_reader *r, char *text)
{
	struct distribution *d;
	char *blank, *rest;

	if (r->line == 1)
		return strcmp(text, FIRST_LINE)
			       ? refuse(r,
					"\"" FIRST_LINE "\" (smallfio profile "
					"DIR --format profile writes it)",
					text)
			       : 0;
	if (r->ended)
		return refuse(r, "nothing after \"end\"", text);
	if (*text == '#')
		return 0;
	r->ended = !strcmp(text, "end");
	if (r->ended)
		return 0;
	blank = strchr(text, ' ');
	if (!blank)
		return refuse(r, "KEY NUMBER COUNT", text);
	*blank = 0;
	rest = blank + 1;
	if (!strcmp(text, "total"))
		return read_total(r, rest);
	d = of_key(r->profile, text);
	return d ? read_row(r, d, rest)
		 : refuse(r,
			  "a key that is known, such as size, files.0 or "
			  "total",
			  text);
}

/* What is known of directories has to be a tree. */
static int check_levels(struct profile_reader *r)
{
	const struct profile *p = r->profile;
	const struct distribution *depth = &p->of[PROFILE_DEPTH];
	const char *name = r->name;

	for (unsigned int k = 0; k < p->levels; k++)
		if (!p->files[k].total ||
		    p->files[k].total != p->directories[k].total)
			return failure_set(
				r->failure, EINVAL,
				"%s: files.%u counts %llu directories and "
				"directories.%u counts %llu: expected as many, "
				"and at least one",
				name, k, (unsigned long long)p->files[k].total,
				k, (unsigned long long)p->directories[k].total);
	if (p->levels && p->files[0].total != 1)
		return failure_set(r->failure, EINVAL,
				   "%s: files.0 counts %llu directories: "
				   "expected one, the tree's own",
				   name, (unsigned long long)p->files[0].total);
	if (depth->rows && depth->row[depth->rows - 1].high >= p->levels)
		return failure_set(
			r->failure, EINVAL,
			"%s: depth has files at %llu, where "
			"files.%llu has no directory",
			name,
			(unsigned long long)depth->row[depth->rows - 1].high,
			(unsigned long long)depth->row[depth->rows - 1].high);
	return 0;
}

int profile_parse(struct profile *p, const char *name, const char *text,
		  size_t length, struct failure *f)
{
	struct profile_reader r = { .profile = p, .name = name, .failure = f };
	const char *end = text + length;
	char line[LINE_MAX_BYTES];
	int ret = 0;

	memset(p, 0, sizeof(*p));
	f->text[0] = 0;
	while (!ret && text < end) {
		const char *next = memchr(text, '\n', (size_t)(end - text));
		size_t n = (size_t)((next ? next : end) - text);

		r.line++;
		if (n >= sizeof(line))
			n = sizeof(line) - 1;
		memcpy(line, text, n);
		line[n] = 0;
		if (!next || n == sizeof(line) - 1 || strlen(line) != n)
			ret = refuse(&r, "a line of text with an end", line);
		else
			ret = read_line(&r, line);
		text = next ? next + 1 : end;
	}
	if (!r.line)
		r.line = 1;
	if (!ret && !r.ended)
		ret = failure_set(f, EINVAL,
				  "%s:%lu: expected \"end\" in the last line: "
				  "the file is not whole",
				  name, r.line);
	return ret ? ret : check_levels(&r);
}

/* Reads all of a file that is not too large. The caller frees the text. */
static int read_all(int fd, const char *path, char **text, size_t *length,
		    struct failure *f)
{
	struct stat st;
	ssize_t n = 1;

	if (fstat(fd, &st))
		return failure_set(f, errno, "%s: %s", path, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return failure_set(f, EINVAL,
				   "%s: expected a file with a profile", path);
	if (st.st_size > PROFILE_BYTES_MAX)
		return failure_set(f, EFBIG,
				   "%s: expected a profile, which has at most "
				   "%u bytes",
				   path, PROFILE_BYTES_MAX);
	*text = malloc((size_t)st.st_size + 1);
	if (!*text)
		return -ENOMEM;
	for (*length = 0; n > 0; *length += (size_t)n) {
		n = read(fd, *text + *length, (size_t)st.st_size - *length);
		if (n < 0)
			return failure_set(f, errno, "%s: %s", path,
					   strerror(errno));
	}
	return 0;
}

int profile_read(struct profile *p, const char *path, struct failure *f)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), ret;
	char *text = NULL;
	size_t length = 0;

	memset(p, 0, sizeof(*p));
	f->text[0] = 0;
	if (fd < 0)
		return failure_set(f, errno, "%s: %s", path, strerror(errno));
	ret = read_all(fd, path, &text, &length, f);
	if (!ret)
		ret = profile_parse(p, path, text, length, f);
	close(fd);
	free(text);
	return ret;
}

void profile_free(struct profile *p)
{
	for (int i = 0; i < PROFILE_KEYS; i++)
		distribution_free(&p->of[i]);
	for (unsigned int k = 0; k < PROFILE_LEVELS_MAX; k++) {
		distribution_free(&p->files[k]);
		distribution_free(&p->directories[k]);
	}
	memset(p, 0, sizeof(*p));
}
