// SPDX-License-Identifier: GPL-2.0-only
/*
 * The file with facts about a machine. What was read from it, written and read
 * again is the same. Anything else is refused with a message.
 */
#include <sys/mman.h>

#include "run/environment.h"
#include "fuzz.h"

static int read_bytes(struct environment *environment, const void *data,
		      size_t size, struct input_error *error)
{
	int fd = memfd_create("environment", MFD_CLOEXEC), ret;
	char path[64];

	assert(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	memset(environment, 0, sizeof(*environment));
	ret = environment_read(environment, path, error);
	close(fd);
	return ret;
}

FUZZ(data, size)
{
	struct environment environment, again;
	struct input_error error = { 0 };
	char text[8192] = "";
	FILE *out;
	int ret = read_bytes(&environment, data, size, &error);

	if (ret) {
		assert(ret == -EINVAL && error.code != INPUT_OK);
		assert(error.message[0] && !strchr(error.message, '\n'));
		return;
	}
	out = fmemopen(text, sizeof(text), "w");
	assert(out);
	environment_write(&environment, out);
	assert(!fclose(out));
	assert(!read_bytes(&again, text, strlen(text), &error));
	for (int i = 0; i < ENVIRONMENT_FACTS; i++)
		assert(!strcmp(environment.fact[i], again.fact[i]));
}
