// SPDX-License-Identifier: GPL-2.0-only
/*
 * A list of hosts. Either each host is a word of the text, and is there once
 * with its port, or the error says where the text is wrong.
 */
#include "fuzz.h"
#include "input/host_list.h"

static void check_hosts(const struct host_list *list, const char *text,
			size_t size)
{
	for (size_t i = 0; i < list->count; i++) {
		const struct listed_host *h = &list->host[i];

		assert(*h->typed && *h->name);
		assert(strlen(h->name) <= strlen(h->typed));
		assert(memmem(text, size, h->typed, strlen(h->typed)));
		assert(h->port >= 0 && h->port <= 65535);
		for (size_t k = 0; k < i; k++)
			assert(list->host[k].port != h->port ||
			       strcmp(list->host[k].name, h->name) != 0);
	}
}

FUZZ(data, size)
{
	struct input_error error = { 0 };
	struct host_list list = { 0 };
	int ret = host_list_parse(&list, (const char *)data, size, "hosts",
				  &error);

	if (ret) {
		assert(ret == -EINVAL && error.code == INPUT_HOST);
		assert(error.message[0] && !strchr(error.message, '\n'));
	} else {
		assert(list.count > 0);
		check_hosts(&list, (const char *)data, size);
	}
	host_list_free(&list);
}
