/* SPDX-License-Identifier: GPL-2.0-only */
/* The first names of several, for a message: "a, b, c and 2 more". */
#ifndef SMALLFIO_NAME_LIST_H
#define SMALLFIO_NAME_LIST_H

#include <stdio.h>

#define NAME_LIST_MOST  4   /* names in the text */
#define NAME_LIST_BYTES 260 /* of a name and its comma; more is cut off */

/* The owner zeroes it. `text` is complete after each name. */
struct name_list {
	size_t count; /* of all names */
	size_t used;  /* bytes of `text` that are names */
	char text[(NAME_LIST_MOST + 1) * NAME_LIST_BYTES];
};

/* Adds a name, of which the first `most`, up to NAME_LIST_MOST, are named. */
static inline void name_list_add(struct name_list *list, size_t most,
				 const char *name)
{
	char *end = list->text + list->used;

	if (list->count++ >= most)
		snprintf(end, NAME_LIST_BYTES, " and %zu more",
			 list->count - most);
	else
		list->used += (size_t)snprintf(end, NAME_LIST_BYTES, "%s%.256s",
					       list->used ? ", " : "", name);
}

#endif
