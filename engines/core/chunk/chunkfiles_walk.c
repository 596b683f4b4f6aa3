// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "chunk/chunkfiles.h"
#include "chunk/chunkfiles_own.h"

/* The alignment for O_DIRECT if the file system does not tell. */
#define ALIGN_UNKNOWN_BYTES 512u
#define BLOCK_ALIGN_BYTES   4096u
#define BLOCK_BYTES_MAX     65536u

static int init_names(struct chunkfiles *c, struct failure *f)
{
	const struct chunkfiles_options *o = &c->options;
	size_t length = strlen(o->host);

	if (!length || length > CHUNKDATA_HOST_MAX ||
	    strpbrk(o->host, "/,\"\r\n"))
		return failure_set(f, EINVAL,
				   "host=%.80s: expected a name of 1 to %u "
				   "bytes without slash, comma, quotation mark "
				   "or line end",
				   o->host, CHUNKDATA_HOST_MAX);
	snprintf(c->stem, sizeof(c->stem), "diskwrite_%s_%02u_", o->host,
		 o->thread);
	return 0;
}

int chunkfiles_init(struct chunkfiles *c,
		    const struct chunkfiles_options *options, struct failure *f)
{
	int ret;

	memset(c, 0, sizeof(*c));
	c->options = *options;
	c->dir_fd = -1;
	c->held_fd = -1;
	c->chunks_per_file = options->file_bytes / options->chunk_bytes;
	ret = init_names(c, f);
	if (ret)
		return ret;
	c->path = malloc(PATH_MAX);
	c->slot = calloc(options->depth + 1, sizeof(*c->slot));
	c->block = aligned_alloc(BLOCK_ALIGN_BYTES, BLOCK_BYTES_MAX);
	if (!c->path || !c->slot || !c->block)
		return -ENOMEM;
	for (unsigned int i = 0; i <= options->depth; i++)
		c->slot[i].fd = -1;
	/* With content=zero these zeroes stay. */
	memset(c->block, 0, BLOCK_BYTES_MAX);
	c->dir_fd =
		open(options->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (c->dir_fd < 0)
		return failure_set(f, errno, "directory=%.2048s: %s",
				   options->directory, strerror(errno));
	return 0;
}

/*
 * Unlocks the last full file. Call it when the next file is locked, or none
 * follows.
 */
static void let_go(struct chunkfiles *c)
{
	if (c->held_fd >= 0)
		chunkfiles_close(c->held_fd);
	c->held_fd = -1;
}

void chunkfiles_free(struct chunkfiles *c)
{
	deferred_close_stop(&c->deferred_close);
	let_go(c);
	for (unsigned int i = 0; c->slot && i <= c->options.depth; i++)
		if (c->slot[i].fd >= 0)
			close(c->slot[i].fd);
	if (c->dir_fd >= 0)
		close(c->dir_fd);
	free(c->slot);
	free(c->block);
	free(c->path);
	memset(c, 0, sizeof(*c));
	c->dir_fd = -1;
	c->held_fd = -1;
}

/*
 * The alignment of offsets and lengths with O_DIRECT; 0: O_DIRECT is refused.
 */
static uint64_t direct_align_bytes(int fd)
{
#ifdef STATX_DIOALIGN
	struct statx st;

	if (!statx(fd, "", AT_EMPTY_PATH, STATX_DIOALIGN, &st) &&
	    st.stx_mask & STATX_DIOALIGN)
		return st.stx_dio_offset_align;
#endif
	return ALIGN_UNKNOWN_BYTES;
}

static int no_direct(struct chunkfiles *c, struct failure *f)
{
	return failure_set(f, EINVAL,
			   "directory=%.2048s: this file system has no "
			   "O_DIRECT: give direct=0, and measure its cache, or "
			   "another directory",
			   c->options.directory);
}

/*
 * Sets O_DIRECT on the open file. If a file system refuses the flag in open(),
 * it may have made the file by then.
 */
static int set_direct(struct chunkfiles *c, int fd, struct failure *f)
{
	uint64_t align = direct_align_bytes(fd);
	int flags = fcntl(fd, F_GETFL);

	if (!align || flags < 0 || fcntl(fd, F_SETFL, flags | O_DIRECT))
		return no_direct(c, f);
	if (c->options.chunk_bytes % align)
		return failure_set(
			f, EINVAL,
			"bs=%" PRIu64 ": with O_DIRECT %.2048s takes "
			"multiples of %" PRIu64 " bytes: give one, or direct=0",
			c->options.chunk_bytes, c->options.directory, align);
	return 0;
}

static struct chunkfile *free_slot(struct chunkfiles *c)
{
	for (unsigned int i = 0; i <= c->options.depth; i++)
		if (c->slot[i].fd < 0)
			return &c->slot[i];
	return NULL;
}

static int allocate(struct chunkfiles *c, int fd)
{
	off_t bytes = (off_t)(c->chunks_per_file * c->options.chunk_bytes);
	enum chunkfiles_allocate how = c->options.allocate;
	int flags = how == CHUNKFILES_KEEP_SIZE ? FALLOC_FL_KEEP_SIZE : 0;

	if (how == CHUNKFILES_NONE)
		return 0;
	if (how == CHUNKFILES_TRUNCATE)
		return ftruncate(fd, bytes) ? -errno : 0;
	if (!fallocate(fd, flags, 0, bytes) || errno == EOPNOTSUPP ||
	    errno == ENOSYS)
		return 0;
	return -errno;
}

/* Writes the first block: the file is ours, whichever chunk comes first. */
static int write_first_block(struct chunkfiles *c, const struct chunkdata *data,
			     int fd, uint64_t number)
{
	uint64_t bytes = BLOCK_BYTES_MAX;
	ssize_t n;

	if (!c->options.direct || direct_align_bytes(fd) <= BLOCK_ALIGN_BYTES)
		bytes = BLOCK_ALIGN_BYTES;
	if (bytes > c->options.chunk_bytes)
		bytes = c->options.chunk_bytes;
	if (chunkdata_paints(data->place.kind))
		chunkdata_paint(data, c->block, 0, bytes);
	chunkdata_fill(data, c->block, 0, number, 0, bytes);
	n = pwrite(fd, c->block, bytes, 0);
	if (n < 0)
		return -errno;
	return (uint64_t)n == bytes ? 0 : -ENOSPC;
}

/* Prepares a file that has just been made and is still empty. */
static int prepare_file(struct chunkfiles *c, const struct chunkdata *data,
			int fd, uint64_t number, struct failure *f)
{
	int ret = chunkfiles_lock(fd, true);

	if (ret)
		return chunkfiles_fail(c, number, ret, "lock", f);
	if (c->options.direct) {
		ret = set_direct(c, fd, f);
		if (ret)
			return ret;
	}
	ret = write_first_block(c, data, fd, number);
	if (ret == -EINVAL && c->options.direct)
		return failure_set(f, EINVAL,
				   "bs=%" PRIu64 ": %.2048s does not take "
				   "blocks of this size with O_DIRECT: give a "
				   "larger power of two, or direct=0",
				   c->options.chunk_bytes,
				   c->options.directory);
	if (ret)
		return chunkfiles_fail(c, number, ret, "offset 0: write", f);
	ret = allocate(c, fd);
	return ret ? chunkfiles_fail(c, number, ret, "fallocate=", f) : 0;
}

static int make_file(struct chunkfiles *c, const struct chunkdata *data,
		     struct failure *f)
{
	struct chunkfile *file = free_slot(c);
	uint64_t number = c->next;
	char name[NAME_MAX + 1];
	int fd, ret;

	chunkfiles_name(c, number, name);
	fd = openat(c->dir_fd, name,
		    O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
	if (fd < 0)
		return chunkfiles_fail(c, number, -errno, "create", f);
	ret = prepare_file(c, data, fd, number, f);
	if (ret) {
		/* The file holds no measured chunk, and may be in the way. */
		unlinkat(c->dir_fd, name, 0);
		close(fd);
		return ret;
	}
	*file = (struct chunkfile){
		.number = number,
		.chunks = c->chunks_per_file,
		.fd = fd,
	};
	c->current = file;
	c->next++;
	let_go(c);
	return 0;
}

/*
 * Removes the newest file that is too old, unless chunks of it are in flight.
 */
static int remove_old(struct chunkfiles *c, struct failure *f)
{
	uint64_t old;

	if (c->next <= c->options.keep)
		return 0;
	old = c->next - 1 - c->options.keep;
	for (unsigned int i = 0; i <= c->options.depth; i++)
		if (c->slot[i].fd >= 0 && c->slot[i].number == old)
			return 0;
	return chunkfiles_remove_behind(c, old, f);
}

static bool is_full(const struct chunkfiles *c)
{
	return !c->current || c->current->issued == c->current->chunks;
}

void chunkfiles_peek_write(const struct chunkfiles *c, uint64_t *number,
			   uint64_t *offset_bytes)
{
	*number = is_full(c) ? c->next : c->current->number;
	*offset_bytes =
		is_full(c) ? 0 : c->current->issued * c->options.chunk_bytes;
}

int chunkfiles_ready(struct chunkfiles *c, const struct chunkdata *data,
		     struct failure *f)
{
	int ret;

	if (!is_full(c))
		return 0;
	ret = make_file(c, data, f);
	return ret ? ret : remove_old(c, f);
}

void chunkfiles_next_write(struct chunkfiles *c, struct chunkfiles_place *place)
{
	place->file = c->current;
	place->chunk = c->current->issued++;
	place->offset_bytes = place->chunk * c->options.chunk_bytes;
}

static int open_file(struct chunkfiles *c, struct chunkdata *data,
		     struct failure *f)
{
	struct chunkdata_place p;
	uint64_t number = c->next;
	struct chunkfile *file = free_slot(c);
	struct stat st;
	int ret, fd = chunkfiles_open_own(c, number, false, &p, f);

	if (fd < 0)
		return fd;
	ret = fstat(fd, &st) ? chunkfiles_fail(c, number, -errno, "stat", f)
			     : 0;
	if (!ret && p.chunk_bytes && !data->place.chunk_bytes)
		chunkdata_init(data, p.kind, p.run, p.host, p.thread,
			       p.chunk_bytes);
	if (!ret && p.chunk_bytes && p.chunk_bytes != c->options.chunk_bytes &&
	    (p.chunk_bytes | c->options.chunk_bytes) % CHUNKDATA_BLOCK_BYTES)
		ret = failure_set(f, EINVAL,
				  "bs=%" PRIu64
				  ": %s was written with bs=%" PRIu64
				  ": give that to read it",
				  c->options.chunk_bytes,
				  chunkfiles_path(c, number), p.chunk_bytes);
	if (!ret && c->options.direct)
		ret = set_direct(c, fd, f);
	if (ret) {
		close(fd);
		return ret;
	}
	*file = (struct chunkfile){
		.number = number,
		.chunks = (uint64_t)st.st_size / c->options.chunk_bytes,
		.fd = fd,
	};
	c->current = file;
	c->next++;
	return 0;
}

int chunkfiles_next_read(struct chunkfiles *c, struct chunkdata *data,
			 struct chunkfiles_place *place, struct failure *f)
{
	while (is_full(c)) {
		int ret;

		if (c->next == c->first + c->count)
			return -ENODATA;
		/* The current file does not hold one whole chunk. */
		if (c->current && !c->current->chunks) {
			close(c->current->fd);
			c->current->fd = -1;
		}
		ret = open_file(c, data, f);
		if (ret)
			return ret;
	}
	chunkfiles_next_write(c, place);
	return 0;
}

/* Cuts off allocated space without chunks from a file that is not full. */
static int trim(struct chunkfiles *c, struct chunkfile *file)
{
	off_t end = (off_t)(file->issued * c->options.chunk_bytes);

	if (file->issued == file->chunks ||
	    c->options.allocate == CHUNKFILES_NONE)
		return 0;
	return ftruncate(file->fd, end) ? -errno : 0;
}

static int close_file(struct chunkfiles *c, struct chunkfile *file,
		      bool written, struct failure *f)
{
	uint64_t number = file->number;
	int fd = file->fd, held = -1, ret = 0;

	if (written) {
		ret = trim(c, file);
		if (!ret && c->options.fsync_on_close && fsync(fd))
			ret = -errno;
		if (ret)
			chunkfiles_fail(c, number, ret, "fsync", f);
		if (number + 1 == c->next)
			c->held_fd = held = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	}
	file->fd = -1;
	if (c->current == file)
		c->current = NULL;
	if ((held < 0 ? chunkfiles_close(fd) : close(fd)) && !ret)
		ret = chunkfiles_fail(c, number, -errno, "close", f);
	return ret;
}

int chunkfiles_done(struct chunkfiles *c, struct chunkfile *file,
		    struct failure *f)
{
	bool written = !c->count;
	uint64_t number = file->number;
	int ret;

	file->done++;
	if (file->done < file->issued || file->issued < file->chunks)
		return 0;
	ret = close_file(c, file, written, f);
	if (!ret && written && number + c->options.keep < c->next)
		ret = chunkfiles_remove_behind(c, number, f);
	return ret;
}

int chunkfiles_finish(struct chunkfiles *c, struct failure *f)
{
	bool written = !c->count;
	uint64_t oldest;
	int ret = 0, each;

	for (unsigned int i = 0; i <= c->options.depth; i++) {
		if (c->slot[i].fd < 0)
			continue;
		each = close_file(c, &c->slot[i], written, f);
		ret = ret ? ret : each;
	}
	let_go(c);
	if (ret || !written || !c->options.remove_at_end)
		return ret;
	oldest = c->next > c->options.keep ? c->next - c->options.keep : 0;
	for (; oldest < c->next && !ret; oldest++)
		ret = chunkfiles_remove(c, oldest, f);
	return ret;
}
