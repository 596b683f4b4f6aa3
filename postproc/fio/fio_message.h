/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Counts the messages of fio that tell why a run is not whole. fio writes them
 * as lines of text beside its JSON. From fio's client a line begins with
 * "<SERVER> ".
 */
#ifndef SMALLFIO_FIO_MESSAGE_H
#define SMALLFIO_FIO_MESSAGE_H

#include <stddef.h>

#define FIO_MESSAGE_MAX 256

enum fio_message_kind {
	FIO_LOST_LOG,  /* the client could not write a log */
	FIO_SIGNAL,    /* fio was told to end */
	FIO_KILLED,    /* a job's process ended by a signal */
	FIO_LOST_HOST, /* the client lost a server */
	FIO_REFUSED,   /* fio or a server did not understand an option */
	FIO_MESSAGES,
};

/* Messages of one kind. */
struct fio_messages {
	size_t count;
	char first[FIO_MESSAGE_MAX]; /* the first line, or its part that matters
				      */
};

/* Counts a line, without its end, in one of messages[FIO_MESSAGES]. */
void fio_message_add(struct fio_messages *messages, const char *line,
		     size_t length);

#endif
