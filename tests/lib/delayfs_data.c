// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/xattr.h>

#include "delayfs.h"

#define BLOCK     512
#define ROOM_MIN  4096u
#define BYTES_MAX (1ll << 32)

struct attribute {
	struct attribute *next;
	char *name;
	size_t size;
	uint8_t value[];
};

static int make_room(struct node *n, size_t size)
{
	size_t room = n->room ? n->room : ROOM_MIN;
	uint8_t *data;

	while (room < size)
		room *= 2;
	if (room == n->room)
		return 0;
	data = realloc(n->data, room);
	if (!data)
		return ENOSPC;
	n->data = data;
	n->room = room;
	return 0;
}

int node_resize(struct node *n, off_t size)
{
	off_t old = n->st.st_size;
	int error;

	if (size > BYTES_MAX)
		return EFBIG;
	error = size ? make_room(n, size) : 0;
	if (error)
		return error;
	if (size > old)
		memset(n->data + old, 0, size - old);
	n->st.st_size = size;
	n->st.st_blocks = (size + BLOCK - 1) / BLOCK;
	node_touch(n, true);
	return 0;
}

int node_write(struct node *n, const char *data, size_t size, off_t offset)
{
	int error = 0;

	if (offset + (off_t)size > n->st.st_size)
		error = node_resize(n, offset + size);
	else
		node_touch(n, true);
	if (!error && size)
		memcpy(n->data + offset, data, size);
	return error;
}

static struct attribute **find(struct node *n, const char *name)
{
	struct attribute **at = &n->attributes;

	while (*at && strcmp((*at)->name, name))
		at = &(*at)->next;
	return at;
}

static void free_attribute(struct attribute *a)
{
	free(a->name);
	free(a);
}

int node_set_attribute(struct node *n, const char *name, const void *value,
		       size_t size, int flags)
{
	struct attribute **at = find(n, name), *old = *at;
	struct attribute *a;

	if (old && flags & XATTR_CREATE)
		return EEXIST;
	if (!old && flags & XATTR_REPLACE)
		return ENODATA;
	a = malloc(sizeof(*a) + size);
	if (!a)
		return ENOSPC;
	a->name = strdup(name);
	if (!a->name) {
		free(a);
		return ENOSPC;
	}
	a->next = old ? old->next : NULL;
	a->size = size;
	memcpy(a->value, value, size);
	*at = a;
	if (old)
		free_attribute(old);
	node_touch(n, false);
	return 0;
}

int node_remove_attribute(struct node *n, const char *name)
{
	struct attribute **at = find(n, name), *old = *at;

	if (!old)
		return ENODATA;
	*at = old->next;
	free_attribute(old);
	node_touch(n, false);
	return 0;
}

ssize_t node_attribute(const struct node *n, const char *name, void *out,
		       size_t size)
{
	const struct attribute *a = n->attributes;

	while (a && strcmp(a->name, name))
		a = a->next;
	if (!a)
		return -ENODATA;
	if (size && a->size > size)
		return -ERANGE;
	if (size)
		memcpy(out, a->value, a->size);
	return a->size;
}

ssize_t node_attributes(const struct node *n, char *out, size_t size)
{
	size_t used = 0;

	for (const struct attribute *a = n->attributes; a; a = a->next) {
		size_t length = strlen(a->name) + 1;

		if (size && used + length > size)
			return -ERANGE;
		if (size)
			memcpy(out + used, a->name, length);
		used += length;
	}
	return used;
}

void node_free_data(struct node *n)
{
	while (n->attributes) {
		struct attribute *a = n->attributes;

		n->attributes = a->next;
		free_attribute(a);
	}
	free(n->data);
}
