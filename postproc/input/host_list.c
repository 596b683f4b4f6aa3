// SPDX-License-Identifier: GPL-2.0-only
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "input/host_list.h"
#include "util/array.h"

#define FILE_MAX (16u << 20)
#define PORT_MAX 65535

struct list_reading {
	struct host_list *list;
	struct input_error *error;
	uint64_t line;
	const char *line_start;
};

static int fail(struct list_reading *r, enum input_code code, const char *at,
		const char *expected)
{
	char found[INPUT_FOUND_MAX];
	const char *end = at;

	while (*end && !isspace((unsigned char)*end))
		end++;
	return input_error_set(r->error, code, r->line,
			       (unsigned int)(at - r->line_start) + 1,
			       "expected %s, found %s; the file is what fio "
			       "--client=FILE reads: a host a line, HOST or "
			       "HOST,PORT, without comments",
			       expected, input_error_found(found, at, end));
}

static bool is_word_of_a_host(const char *word, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (!isalnum((unsigned char)word[i]) &&
		    !strchr("-._:%", word[i]))
			return false;
	return length > 0 && length <= HOST_LIST_NAME_MAX;
}

static int read_port(struct list_reading *r, const char *digits, const char *at,
		     long *port)
{
	char *end;

	*port = isdigit((unsigned char)*digits) ? strtol(digits, &end, 10) : 0;
	if (*port < 1 || *port > PORT_MAX || *end)
		return fail(r, INPUT_HOST, at, "a port, 1 to 65535,");
	return 0;
}

/* Splits an entry into name and port. `word` is a copy of the text at `at`. */
static int take_apart(struct list_reading *r, struct listed_host *host,
		      const char *word, const char *at)
{
	static const char *const prefixes[] = { "ip:", "ip4:", "ip6:" };
	const char *name = word, *comma;
	size_t length;
	int ret = 0;

	host->port = HOST_LIST_PORT;
	if (!strncmp(word, "sock:", 5)) {
		if (!word[5])
			return fail(r, INPUT_HOST, at, "a path behind sock:,");
		host->port = 0;
		host->name = strdup(word + 5);
		return host->name ? 0 : input_error_no_memory(r->error);
	}
	for (size_t i = 0; i < sizeof(prefixes) / sizeof(*prefixes); i++)
		if (!strncmp(word, prefixes[i], strlen(prefixes[i]))) {
			name += strlen(prefixes[i]);
			break;
		}
	comma = strchr(name, ',');
	length = comma ? (size_t)(comma - name) : strlen(name);
	if (!is_word_of_a_host(name, length))
		return fail(r, INPUT_HOST, at, "the name of a host");
	if (comma)
		ret = read_port(r, comma + 1, at + (comma + 1 - word),
				&host->port);
	if (ret)
		return ret;
	host->name = strndup(name, length);
	return host->name ? 0 : input_error_no_memory(r->error);
}

static int check_unique(struct list_reading *r, const struct listed_host *host,
			const char *at)
{
	const struct host_list *list = r->list;

	for (size_t i = 0; i + 1 < list->count; i++)
		if (list->host[i].port == host->port &&
		    !strcmp(list->host[i].name, host->name))
			return fail(r, INPUT_HOST, at,
				    "each host once for a port");
	return 0;
}

static int add(struct list_reading *r, const char *at, size_t length)
{
	struct host_list *list = r->list;
	struct listed_host *host = array_add(&list->host, &list->count);
	int ret;

	if (host)
		host->typed = strndup(at, length);
	if (!host || !host->typed)
		return input_error_no_memory(r->error);
	ret = take_apart(r, host, host->typed, at);
	return ret ? ret : check_unique(r, host, at);
}

/* Parses the list. `text` ends with a 0 at `end`. */
static int parse(struct list_reading *r, const char *text, const char *end)
{
	const char *p = text;
	int ret = 0;

	r->line = 1;
	r->line_start = p;
	while (p < end && !ret) {
		const char *word = p;

		if (!*p)
			return fail(r, INPUT_HOST, p, "text");
		if (isspace((unsigned char)*p)) {
			if (*p++ == '\n') {
				r->line++;
				r->line_start = p;
			}
			continue;
		}
		while (*p && !isspace((unsigned char)*p))
			p++;
		ret = add(r, word, (size_t)(p - word));
	}
	if (!ret && !r->list->count)
		ret = input_error_set(r->error, INPUT_HOST, 0, 0,
				      "expected hosts, found none");
	return ret;
}

int host_list_parse(struct host_list *list, const char *text, size_t size,
		    const char *path, struct input_error *error)
{
	struct list_reading r = { .list = list, .error = error };
	char *copy = malloc(size + 1);
	int ret;

	if (copy) {
		memcpy(copy, text, size);
		copy[size] = '\0';
		ret = parse(&r, copy, copy + size);
	} else {
		ret = input_error_no_memory(r.error);
	}
	free(copy);
	if (ret)
		error->path = path;
	return ret;
}

static int fail_system(const char *path, struct input_error *error)
{
	error->path = path;
	return input_error_set(error, INPUT_UNREADABLE, 0, 0,
			       "cannot read the list of hosts: %s",
			       strerror(errno));
}

int host_list_read(struct host_list *list, const char *path,
		   struct input_error *error)
{
	FILE *file = fopen(path, "re");
	char *text = NULL;
	size_t size;
	int ret;

	if (!file)
		return fail_system(path, error);
	text = malloc(FILE_MAX + 1);
	size = text ? fread(text, 1, FILE_MAX + 1, file) : 0;
	if (ferror(file)) {
		ret = fail_system(path, error);
	} else if (!text) {
		ret = input_error_no_memory(error);
	} else if (size > FILE_MAX) {
		ret = input_error_set(error, INPUT_HOST, 0, 0,
				      "expected a list of hosts, found more "
				      "than 16 MiB");
		error->path = path;
	} else {
		ret = host_list_parse(list, text, size, path, error);
	}
	free(text);
	fclose(file);
	return ret;
}

void host_list_free(struct host_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		free(list->host[i].typed);
		free(list->host[i].name);
	}
	free(list->host);
	memset(list, 0, sizeof(*list));
}
