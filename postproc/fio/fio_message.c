// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <string.h>

#include "fio/fio_message.h"

struct pattern {
	enum fio_message_kind kind;
	const char *begin; /* how the line begins */
	const char *words; /* stand anywhere behind `begin` */
	enum {
		LINE,   /* all of the line but its server matters */
		SERVER, /* and so does the server */
		REST,   /* only the text behind `words` matters */
	} kept;
};

static const struct pattern patterns[] = {
	{ FIO_LOST_LOG, "fio: ", "open log ", REST },
	{ FIO_SIGNAL, "fio: terminating on signal ", "", LINE },
	{ FIO_KILLED, "fio: pid=", ", got signal=", LINE },
	{ FIO_LOST_HOST, "client: host=", " disconnected", LINE },
	{ FIO_LOST_HOST, "fio: client ", " timed out", LINE },
	{ FIO_LOST_HOST, "client <", ">: exited with error ", LINE },
	{ FIO_REFUSED, "fio: failed parsing ", "", SERVER },
};

#define PATTERNS (sizeof(patterns) / sizeof(*patterns))

/* Returns the end of the words in a line, or NULL where they are missing. */
static const char *match(const struct pattern *p, const char *line,
			 size_t length)
{
	size_t begin = strlen(p->begin), words = strlen(p->words);
	const char *at;

	if (length < begin || memcmp(line, p->begin, begin) != 0)
		return NULL;
	at = memmem(line + begin, length - begin, p->words, words);
	return at ? at + words : NULL;
}

/*
 * Keeps the first message. Control characters become '?', because a server may
 * send anything, and the terminal would obey.
 */
static void keep_first(struct fio_messages *m, const char *text,
		       const char *end)
{
	snprintf(m->first, sizeof(m->first), "%.*s", (int)(end - text), text);
	for (char *c = m->first; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = '?';
}

void fio_message_add(struct fio_messages *messages, const char *line,
		     size_t length)
{
	const char *end = line + length;
	const char *whole = line;
	const char *server =
		length && *line == '<' ? memmem(line, length, "> ", 2) : NULL;

	if (end > line && end[-1] == '\r')
		end--;
	if (server)
		line = server + 2;
	for (size_t i = 0; i < PATTERNS; i++) {
		const struct pattern *p = &patterns[i];
		const char *rest = match(p, line, (size_t)(end - line));
		struct fio_messages *m = &messages[p->kind];

		if (!rest)
			continue;
		if (!m->count++)
			keep_first(m,
				   p->kept == REST     ? rest
				   : p->kept == SERVER ? whole
						       : line,
				   end);
		return;
	}
}
