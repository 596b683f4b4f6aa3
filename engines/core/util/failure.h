/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CORE_FAILURE_H
#define CORE_FAILURE_H

/*
 * Why something was refused or failed, as a sentence for a person.
 *
 * Library code returns 0 or -errno; where errno alone does not tell a user
 * what to do next, it also fills one of these. The text is empty when there
 * is nothing to add to errno.
 */
struct failure {
	char text[4096 + 512]; /* the longest path and what is wrong with it */
};

/* Sets the text and returns -code. Callers can `return failure_set()`. */
int failure_set(struct failure *failure, int code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif
