// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "input/source.h"
#include "input/unpack.h"

#define RAW_BYTES ((size_t)128 << 10)
/* So many bytes tell UTF-16 that has no byte order mark. */
#define BARE_UTF16_BYTES 8

struct source {
	int fd;
	struct stat stat;
	enum packing packing;
	const struct unpacker *unpacker; /* NULL: not packed */
	void *state;
	bool between; /* the packed data may end here */
	uint64_t bytes;
	/* Bytes as they are in the file. */
	char raw[RAW_BYTES];
	size_t raw_at, raw_size;
	bool raw_ended;
	/* Bytes that source_peek() shows and source_read() gives first. */
	char head[SOURCE_HEAD_BYTES];
	size_t head_at, head_size;
};

static int unreadable(struct input_error *error, const char *verb)
{
	return input_error_set(error, INPUT_UNREADABLE, 0, 0, "cannot %s: %s",
			       verb, strerror(errno));
}

/* Reads more raw bytes behind those that are there. */
static int read_raw(struct source *source, struct input_error *error)
{
	size_t left = source->raw_size - source->raw_at;

	memmove(source->raw, source->raw + source->raw_at, left);
	source->raw_at = 0;
	source->raw_size = left;
	while (!source->raw_ended && source->raw_size < RAW_BYTES) {
		ssize_t n = read(source->fd, source->raw + source->raw_size,
				 RAW_BYTES - source->raw_size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return unreadable(error, "read");
		source->raw_ended = !n;
		source->raw_size += (size_t)n;
		source->bytes += (uint64_t)n;
		/* Takes what a pipe has now, and does not wait for more. */
		if (n && !S_ISREG(source->stat.st_mode))
			break;
	}
	return 0;
}

static int fail_damaged(const struct source *source, struct input_error *error,
			const char *found)
{
	static const char *const names[] = {
		[PACKING_NONE] = "",
		[PACKING_GZIP] = "gzip",
		[PACKING_ZSTD] = "zstd",
		[PACKING_UTF16] = "UTF-16",
	};

	return input_error_set(
		error, INPUT_DAMAGED, 0, 0,
		"expected complete %s data, found %s (byte %llu of the packed "
		"file); copy or pack it again",
		names[source->packing], found,
		(unsigned long long)(source->bytes -
				     (source->raw_size - source->raw_at)));
}

static long take_raw(struct source *source, char *buffer, size_t size,
		     struct input_error *error)
{
	size_t left;

	if (source->raw_at == source->raw_size) {
		int ret = read_raw(source, error);

		if (ret)
			return ret;
	}
	left = source->raw_size - source->raw_at;
	size = size < left ? size : left;
	memcpy(buffer, source->raw + source->raw_at, size);
	source->raw_at += size;
	return (long)size;
}

static long unpack(struct source *source, char *buffer, size_t size,
		   struct input_error *error)
{
	struct unpack_buffers b = { .out = buffer, .out_left = size };

	while (b.out_left == size) {
		int ret = 0;

		if (source->raw_at == source->raw_size)
			ret = read_raw(source, error);
		if (ret)
			return ret;
		b.in = source->raw + source->raw_at;
		b.in_left = source->raw_size - source->raw_at;
		if (!b.in_left && source->between)
			return 0;
		/* Needed without input, too: some output may be held back. */
		ret = source->unpacker->step(source->state, &b,
					     &source->between);
		source->raw_at = source->raw_size - b.in_left;
		if (ret == -ENOMEM)
			return input_error_no_memory(error);
		if (ret)
			return fail_damaged(source, error, "others");
		if (!b.in_left && source->raw_ended && b.out_left == size) {
			if (source->between)
				return 0;
			return fail_damaged(source, error,
					    "the end of the file");
		}
	}
	return (long)(size - b.out_left);
}

static long read_on(struct source *source, char *buffer, size_t size,
		    struct input_error *error)
{
	return source->unpacker ? unpack(source, buffer, size, error)
				: take_raw(source, buffer, size, error);
}

long source_read(struct source *source, char *buffer, size_t size,
		 struct input_error *error)
{
	size_t left = source->head_size - source->head_at;

	if (!left)
		return read_on(source, buffer, size, error);
	size = size < left ? size : left;
	memcpy(buffer, source->head + source->head_at, size);
	source->head_at += size;
	return (long)size;
}

/*
 * Whether the bytes are UTF-16 without a byte order mark: characters of ASCII,
 * with a NUL in front of each or behind each.
 */
static bool is_bare_utf16(const char *raw, size_t size)
{
	size_t nul = size && !raw[0] ? 0 : 1;

	if (size < BARE_UTF16_BYTES)
		return false;
	for (size_t i = 0; i < BARE_UTF16_BYTES; i++)
		if ((unsigned char)raw[i] > 0x7f || !raw[i] != (i % 2 == nul))
			return false;
	return true;
}

/*
 * Finds the packing. The table has the formats that are known, and what to do
 * if they cannot be unpacked here.
 */
static int find_packing(struct source *source, struct input_error *error)
{
	static const struct {
		const char *magic;
		size_t length;
		enum packing packing;
		const char *name, *advice;
	} rows[] = {
		{ "\x1f\x8b", 2, PACKING_GZIP, "gzip", "gzip -dk FILE" },
		{ "\x28\xb5\x2f\xfd", 4, PACKING_ZSTD, "zstd",
		  "zstd -dk FILE" },
		{ "\xff\xfe", 2, PACKING_UTF16, "UTF-16", "" },
		{ "\xfe\xff", 2, PACKING_UTF16, "UTF-16", "" },
		{ "\xfd\x37zXZ", 5, PACKING_NONE, "xz", "xz -dk FILE" },
		{ "BZh", 3, PACKING_NONE, "bzip2", "bzip2 -dk FILE" },
		/* fio's log_store_compressed=1: a zlib stream of structures. */
		{ "\x78\x01", 2, PACKING_NONE, "fio's own compression",
		  "fio --inflate-log=FILE" },
		{ "\x78\x5e", 2, PACKING_NONE, "fio's own compression",
		  "fio --inflate-log=FILE" },
		{ "\x78\x9c", 2, PACKING_NONE, "fio's own compression",
		  "fio --inflate-log=FILE" },
		{ "\x78\xda", 2, PACKING_NONE, "fio's own compression",
		  "fio --inflate-log=FILE" },
	};
	size_t i, n = sizeof(rows) / sizeof(*rows);

	for (i = 0; i < n; i++) {
		if (source->raw_size >= rows[i].length &&
		    !memcmp(source->raw, rows[i].magic, rows[i].length))
			break;
	}
	if (i == n && !is_bare_utf16(source->raw, source->raw_size))
		return 0;
	source->packing = i == n ? PACKING_UTF16 : rows[i].packing;
	if (source->packing == PACKING_GZIP)
		source->unpacker = unpack_gzip();
	else if (source->packing == PACKING_ZSTD)
		source->unpacker = unpack_zstd();
	else if (source->packing == PACKING_UTF16)
		source->unpacker = unpack_utf16();
	if (source->unpacker) {
		source->state = source->unpacker->begin();
		return source->state ? 0 : input_error_no_memory(error);
	}
	return input_error_set(error, INPUT_COMPRESSED, 0, 0,
			       "expected text%s, found %s; unpack it first: %s",
			       source->packing == PACKING_NONE
				       ? ", gzip or zstd"
				       : " (this smallfio was built without "
					 "the library to unpack others)",
			       rows[i].name, rows[i].advice);
}

static int read_head(struct source *source, struct input_error *error)
{
	int ret = read_raw(source, error);

	if (!ret)
		ret = find_packing(source, error);
	while (!ret && source->head_size < SOURCE_HEAD_BYTES) {
		long n = read_on(source, source->head + source->head_size,
				 SOURCE_HEAD_BYTES - source->head_size, error);

		if (n <= 0)
			return (int)n;
		source->head_size += (size_t)n;
		/* A pipe may be slow: one line now is enough. */
		if (memchr(source->head, '\n', source->head_size) &&
		    !S_ISREG(source->stat.st_mode))
			break;
	}
	return ret;
}

int source_open(struct source **opened, const char *path,
		struct input_error *error)
{
	struct source *source = calloc(1, sizeof(*source));
	int ret;

	*opened = NULL;
	if (!source)
		return input_error_no_memory(error);
	if (!strcmp(path, "-"))
		source->fd = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
	else
		source->fd = open(path, O_RDONLY | O_CLOEXEC);
	if (source->fd < 0 || fstat(source->fd, &source->stat))
		ret = unreadable(error, "open");
	else
		ret = read_head(source, error);
	if (ret) {
		source_close(source);
		return ret;
	}
	*opened = source;
	return 0;
}

const char *source_peek(const struct source *source, size_t *size)
{
	*size = source->head_size;
	return source->head;
}

uint64_t source_bytes(const struct source *source)
{
	return source->bytes;
}

enum packing source_packing(const struct source *source)
{
	return source->packing;
}

const struct stat *source_stat(const struct source *source)
{
	return &source->stat;
}

void source_close(struct source *source)
{
	if (!source)
		return;
	if (source->state)
		source->unpacker->end(source->state);
	if (source->fd >= 0)
		close(source->fd);
	free(source);
}
