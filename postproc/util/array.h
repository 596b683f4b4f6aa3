/* SPDX-License-Identifier: GPL-2.0-only */
/* Arrays that grow. */
#ifndef SMALLFIO_ARRAY_H
#define SMALLFIO_ARRAY_H

#include <stdlib.h>
#include <string.h>

/*
 * Adds a zeroed element of `size` bytes to the array of *count elements that
 * `array` points to. The array doubles whenever it is full, so all its elements
 * must be added in this way. Returns the element, or NULL without memory, and
 * then nothing has changed.
 */
static inline void *array_grow(void *array, size_t *count, size_t size)
{
	char *element;

	memcpy(&element, array, sizeof(element));
	/* It is full whenever it has 0 or a power of two of elements. */
	if (!(*count & (*count - 1))) {
		element = reallocarray(element, *count ? 2 * *count : 1, size);
		if (!element)
			return NULL;
		memcpy(array, &element, sizeof(element));
	}
	element += (*count)++ * size;
	return memset(element, 0, size);
}

/* Adds a zeroed element: struct x *x = array_add(&list->x, &list->count). */
#define array_add(array, count)                                                \
	((__typeof__(*(array)))array_grow((array), (count), sizeof(**(array))))

#endif
