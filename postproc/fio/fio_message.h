/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What fio itself says in the lines of text beside its JSON, as far as a run is
 * not whole for it. Through fio's client a line begins with "<SERVER> ".
 */
#ifndef SMALLFIO_FIO_MESSAGE_H
#define SMALLFIO_FIO_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>

#define FIO_MESSAGE_MAX 256

enum fio_message_kind {
	FIO_LOST_LOG,  /* the client could not write a log */
	FIO_SIGNAL,    /* fio was told to end */
	FIO_KILLED,    /* a job's process ended by a signal */
	FIO_LOST_HOST, /* the client lost a server */
	FIO_MESSAGES,
};

/* Messages of one kind. */
struct fio_messages {
	size_t count;
	char first[FIO_MESSAGE_MAX]; /* the line, or what matters of it */
};

/* Whether a line is one that fio_message_add() may count. */
bool fio_message_maybe(const char *line, size_t length);

/* Counts a line, without its end, in messages[FIO_MESSAGES]. */
void fio_message_add(struct fio_messages *messages, const char *line,
		     size_t length);

#endif
