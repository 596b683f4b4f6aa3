/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Text from elsewhere (names of jobs, hosts and files, what servers and
 * commands print) as it may reach a terminal. Every %s of such a text goes
 * through shown(), field.h and markup.h do it themselves.
 */
#ifndef SMALLFIO_SHOWN_H
#define SMALLFIO_SHOWN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How many results of shown() hold at the same time. */
#define SHOWN_MAX 8

/*
 * `text` with nothing in it that moves the cursor, changes what stands there or
 * the order in which it is read: control characters, C1 controls and bytes that
 * are no UTF-8 as \n, \t or \x1b, marks of direction and invisible ones as
 * \u202e. It stays one line. The result is `text` itself where nothing is to be
 * changed, else the thread's own, until the eighth next call.
 */
const char *shown(const char *text);

/*
 * The bytes of the character at p, 0 for none (p is not at the end). *c is the
 * character.
 */
size_t shown_character(const char *p, uint32_t *c);

/* Of a character: it prints as itself and does nothing else. */
bool shown_is_plain(uint32_t c);

#endif
