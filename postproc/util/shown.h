/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Makes text from elsewhere safe for a terminal: names of jobs, hosts and
 * files, and what servers and commands print. Every such text for a %s goes
 * through shown(); field.h and markup.h call it themselves.
 */
#ifndef SMALLFIO_SHOWN_H
#define SMALLFIO_SHOWN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How many results of shown() are valid at the same time. */
#define SHOWN_MAX 8

/*
 * Escapes what moves the cursor, changes what is on the terminal, or changes
 * the order in which the text is read. Control characters, C1 controls and
 * bytes that are not UTF-8 become \n, \t or \x1b. Marks of direction and
 * invisible characters become \u202e and the like. The result is one line.
 *
 * Returns `text` itself where nothing needs an escape. Otherwise returns a
 * buffer of the thread, valid until the thread's eighth next call.
 */
const char *shown(const char *text);

/*
 * Returns how many bytes the character at p has, and sets *c to the character.
 * Returns 0 where the bytes are not UTF-8. p is not at the end of the string.
 */
size_t shown_character(const char *p, uint32_t *c);

/* Whether a character prints as itself and does nothing else. */
bool shown_is_plain(uint32_t c);

#endif
