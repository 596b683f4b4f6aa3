// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "op/mix_state.h"
#include "util/hash64.h"

/*
 * What a run leaves for the next one: the bits of all numbers, and the place in
 * the sequence of random numbers. It is a file beside the thread's directories
 * in file_srcdir, named like a file of the thread with a word for its number.
 * It has a bit for each number and kind of object, in this machine's byte
 * order: another order does not fit, and then directories are listed.
 *
 * A run takes the record away when it begins. So a record is never older than
 * the files: after a run that was killed, there is none.
 */
#define MAGIC      "smallfio mix 1"
#define RING_MAX   (1ull << 21)
#define WRITE_MODE 0600
/* More than a name may have: the compiler does not know that it fits. */
#define NAME_BYTES (2 * NAME_MAX + 16)

struct record_head {
	char magic[16];
	uint64_t byte_order;
	uint64_t files;
	uint64_t kinds; /* mask of 1 << enum object: the bits that follow */
	uint64_t random;
	uint64_t makes;
	uint64_t ring; /* numbers made last, which follow the bits */
	uint64_t hash; /* of all that follows this head */
};

#define BYTE_ORDER_MARK UINT64_C(0x0102030405060708)

static void name_of(const struct worker *w, const char *ending,
		    char name[NAME_BYTES])
{
	snprintf(name, NAME_BYTES, "%spopulation%s%s", w->fileset.head,
		 w->fileset.tail, ending);
}

/* The directory that the record is in; -errno where it cannot be opened. */
static int open_base(const struct worker *w)
{
	return tree_open_dir(w->dirtable.top_fd[0], w->fileset.base[TREE_SRC],
			     O_PATH);
}

static int fail(const struct worker *w, const char *call, int error,
		struct failure *f)
{
	char name[NAME_BYTES];

	name_of(w, "", name);
	return failure_set(f, -error, "operation=mix: %s of %s/%s/%s: %s", call,
			   w->fileset.top[0], w->fileset.base[TREE_SRC], name,
			   strerror(-error));
}

static uint64_t hash_bytes(uint64_t hash, const void *data, size_t bytes)
{
	const uint64_t *word = data;

	for (size_t i = 0; i < bytes / sizeof(*word); i++)
		hash = hash64(hash ^ word[i]);
	return hash;
}

static bool write_part(FILE *file, uint64_t *hash, const void *data,
		       size_t bytes)
{
	if (!bytes)
		return true;
	*hash = hash_bytes(*hash, data, bytes);
	return fwrite(data, 1, bytes, file) == bytes;
}

static bool read_part(FILE *file, uint64_t *hash, void *data, size_t bytes)
{
	bool whole = fread(data, 1, bytes, file) == bytes;

	if (whole)
		*hash = hash_bytes(*hash, data, bytes);
	return whole;
}

static bool write_all(FILE *file, const struct mix *m)
{
	struct record_head head = {
		.magic = MAGIC,
		.byte_order = BYTE_ORDER_MARK,
		.files = m->set[OBJECT_FILE].size,
		.random = m->shared ? 0 : m->random,
		.makes = m->choice.makes,
		.ring = m->choice.made && !m->shared ? m->choice.ring : 0,
	};
	bool good = fwrite(&head, sizeof(head), 1, file) == 1;

	for (int o = 0; o < OBJECT_KINDS && good; o++) {
		const struct population *set = &m->set[o];

		if (!set->size)
			continue;
		head.kinds |= 1ull << o;
		good = write_part(file, &head.hash, set->bits,
				  population_words(set) * 8);
	}
	if (good)
		good = write_part(file, &head.hash, m->choice.made,
				  head.ring * 8);
	return good && !fseek(file, 0, SEEK_SET) &&
	       fwrite(&head, sizeof(head), 1, file) == 1 && !fflush(file);
}

static int write_file(int base, const struct mix *m)
{
	char name[NAME_BYTES], temporary[NAME_BYTES];
	FILE *file;
	int fd, ret = 0;

	name_of(m->base, "", name);
	name_of(m->base, ".new", temporary);
	fd = tree_open_file(base, temporary, O_CREAT | O_TRUNC | O_WRONLY,
			    WRITE_MODE);
	if (fd < 0)
		return fd;
	file = fdopen(fd, "w");
	if (!file) {
		close(fd);
		return -ENOMEM;
	}
	errno = EIO;
	if (!write_all(file, m))
		ret = -errno;
	if (fclose(file) && !ret)
		ret = -errno;
	if (!ret && renameat(base, temporary, base, name))
		ret = -errno;
	if (ret)
		unlinkat(base, temporary, 0);
	return ret;
}

int mix_record_write(const struct mix *m, struct failure *f)
{
	int base = open_base(m->base), ret = base;

	if (base >= 0) {
		ret = write_file(base, m);
		close(base);
	}
	return ret ? fail(m->base, "write", ret, f) : 0;
}

static bool fits(const struct mix *m, const struct record_head *h)
{
	return !memcmp(h->magic, MAGIC, sizeof(MAGIC)) &&
	       h->byte_order == BYTE_ORDER_MARK &&
	       h->files == m->set[OBJECT_FILE].size && h->ring <= RING_MAX &&
	       h->kinds < 1ull << OBJECT_KINDS && h->kinds >> OBJECT_FILE & 1 &&
	       h->kinds >> OBJECT_RENAMED & 1;
}

/*
 * Reads the ring. If this run keeps another number of files in mind, it begins
 * with none.
 */
static bool read_ring(FILE *file, struct choice *c, struct record_head *h,
		      uint64_t *hash)
{
	uint64_t number;
	bool same = c->made && c->ring == h->ring, good = true;

	for (uint64_t i = 0; i < h->ring && good; i++) {
		good = read_part(file, hash, &number, sizeof(number));
		if (good && same)
			c->made[i] = number;
	}
	if (same)
		c->makes = h->makes;
	return good;
}

/* Returns 1, or 0 if the record does not fit, or -ENOMEM. */
static int read_all(FILE *file, struct mix *m)
{
	struct record_head h;
	uint64_t hash = 0;

	if (fread(&h, sizeof(h), 1, file) != 1 || !fits(m, &h))
		return 0;
	for (int o = 0; o < OBJECT_KINDS; o++) {
		struct population *set = &m->set[o];

		if (!(h.kinds >> o & 1))
			continue;
		/* Other threads would not know of a new one. */
		if (m->shared && !set->size)
			return 0;
		if (mix_know(m, o, h.files))
			return -ENOMEM;
		if (!read_part(file, &hash, set->bits,
			       population_words(set) * 8))
			return 0;
		population_count(set);
	}
	if (!read_ring(file, &m->choice, &h, &hash) || hash != h.hash)
		return 0;
	/* Of a shared population each thread has a sequence of its own. */
	if (!m->shared && h.random)
		m->random = h.random;
	return 1;
}

/* Nothing is known, after a record that does not fit. */
static void forget_all(struct mix *m)
{
	for (int o = 0; o < OBJECT_KINDS; o++) {
		if (!m->set[o].size)
			continue;
		memset(m->set[o].bits, 0, population_words(&m->set[o]) * 8);
		population_count(&m->set[o]);
	}
	m->choice.makes = 0;
}

static int take(int base, struct mix *m)
{
	char name[NAME_BYTES];
	FILE *file;
	int fd, ret;

	name_of(m->base, "", name);
	fd = tree_open_file(base, name, O_RDONLY, 0);
	if (fd < 0)
		return fd == -ENOENT ? 0 : fd;
	file = fdopen(fd, "r");
	if (!file) {
		close(fd);
		return -ENOMEM;
	}
	ret = read_all(file, m);
	fclose(file);
	if (!ret)
		forget_all(m);
	return unlinkat(base, name, 0) ? -errno : ret;
}

int mix_record_take(struct mix *m, struct failure *f)
{
	int base = open_base(m->base), ret = base;

	if (base >= 0) {
		ret = take(base, m);
		close(base);
	}
	return ret < 0 ? fail(m->base, "read", ret, f) : ret;
}

/* A run that is killed while it writes leaves the temporary file. */
int mix_record_remove(const struct worker *w, struct failure *f)
{
	static const char *const endings[] = { "", ".new" };
	char name[NAME_BYTES];
	int base = open_base(w), ret = 0;

	if (base == -ENOENT)
		return 0;
	if (base < 0)
		return fail(w, "open", base, f);
	for (int i = 0; i < 2; i++) {
		name_of(w, endings[i], name);
		if (unlinkat(base, name, 0) && errno != ENOENT)
			ret = fail(w, "unlink", -errno, f);
	}
	close(base);
	return ret;
}
