// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "chunk/chunkjob.h"

#define NS_PER_S 1000000000
/*
 * How many bytes of the next chunk are made between two looks for chunks that
 * are done. They take some 10 us, a small part of any transfer worth measuring.
 */
#define PIECE_BYTES ((size_t)256 << 10)
/*
 * In large pages the kernel takes a buffer for a transfer in a fraction of the
 * time. The processor makes the contents in less time, too.
 */
#define LARGE_PAGE_BYTES ((size_t)2 << 20)
#define BUFFER_ALIGN     ((size_t)4096)
/*
 * The size of the pool of buffers. Bytes that are not made anew come again when
 * the pool has been gone through. The largest windows of the compressors in
 * file systems and disks are 16 MiB; that of zstd -3 is 2 MiB.
 */
#define POOL_BYTES ((size_t)32 << 20)

static size_t round_up(size_t value, size_t unit)
{
	return (value + unit - 1) / unit * unit;
}

uint8_t *chunkjob_memory(struct chunkjob *j)
{
	return (uint8_t *)round_up((size_t)j->memory, LARGE_PAGE_BYTES);
}

static uint32_t count_buffers(const struct chunkjob *j)
{
	size_t least = j->depth + 1u, bytes = j->options.files.chunk_bytes,
	       pool;

	/*
	 * A buffer takes no less than this, so small chunks do not get more
	 * memory.
	 */
	if (bytes < BUFFER_ALIGN)
		bytes = BUFFER_ALIGN;
	pool = (POOL_BYTES + bytes - 1) / bytes;
	if (j->options.reads || !chunkdata_paints(j->options.content))
		return (uint32_t)least;
	return (uint32_t)(pool > least ? pool : least);
}

/*
 * Gets zeroed memory and touches all its pages. No page fault is measured
 * later.
 */
static int make_memory(struct chunkjob *j)
{
	size_t bytes;
	uint8_t *start;

	j->stride_bytes = round_up(j->options.files.chunk_bytes, BUFFER_ALIGN);
	j->buffers = count_buffers(j);
	bytes = round_up(j->stride_bytes * j->buffers, LARGE_PAGE_BYTES);
	j->memory_bytes = bytes + LARGE_PAGE_BYTES;
	j->memory = mmap(NULL, j->memory_bytes, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (j->memory == MAP_FAILED) {
		j->memory = NULL;
		return -ENOMEM;
	}
	start = chunkjob_memory(j);
	madvise(start, bytes, MADV_HUGEPAGE);
	memset(start, 0, bytes);
	return 0;
}

static int make_buffers(struct chunkjob *j)
{
	int ret = make_memory(j);

	if (ret)
		return ret;
	j->free_buffer = calloc(j->buffers, sizeof(*j->free_buffer));
	if (!j->free_buffer)
		return -ENOMEM;
	for (uint32_t i = 0; i < j->buffers; i++)
		j->free_buffer[i] = chunkjob_memory(j) + i * j->stride_bytes;
	j->free_count = j->buffers;
	return 0;
}

static uint8_t *take_buffer(struct chunkjob *j)
{
	uint8_t *buffer = j->free_buffer[j->free_first];

	j->free_first = (j->free_first + 1) % j->buffers;
	j->free_count--;
	return buffer;
}

static void give_buffer(struct chunkjob *j, uint8_t *buffer)
{
	uint32_t at = (j->free_first + j->free_count) % j->buffers;

	j->free_buffer[at] = buffer;
	j->free_count++;
}

/* The number of the pattern that was painted at `buffer`. */
static uint64_t pattern_at(struct chunkjob *j, const uint8_t *buffer)
{
	return (uint64_t)(buffer - chunkjob_memory(j)) / CHUNKDATA_BLOCK_BYTES;
}

static int make_chunks(struct chunkjob *j)
{
	j->chunk = calloc(j->depth, sizeof(*j->chunk));
	j->added = calloc(j->depth, sizeof(*j->added));
	j->taken = calloc(j->depth, sizeof(*j->taken));
	if (!j->chunk || !j->added || !j->taken)
		return -ENOMEM;
	for (unsigned int i = 0; i < j->depth; i++)
		j->chunk[i].request.slot = i;
	return 0;
}

int chunkjob_init(struct chunkjob *j, const struct chunkjob_options *options,
		  struct failure *f)
{
	const struct chunkfiles_options *files = &options->files;
	int ret;

	memset(j, 0, sizeof(*j));
	j->options = *options;
	j->depth = files->depth;
	j->files.dir_fd = -1;
	j->files.held_fd = -1;
	j->monitor.statm_fd = -1;
	ret = chunkfiles_init(&j->files, files, f);
	if (!ret && options->reads)
		ret = chunkfiles_find(&j->files, f);
	else if (!ret)
		ret = chunkfiles_clean(&j->files, f);
	if (!ret)
		ret = make_chunks(j);
	if (!ret)
		ret = make_buffers(j);
	if (!ret)
		ret = submit_init(&j->submit, options->submit, j->depth, f);
	j->submit_ready = !ret;
	if (!ret && !options->reads)
		chunkdata_init(&j->data, options->content, options->run,
			       files->host, files->thread, files->chunk_bytes);
	return ret;
}

/*
 * Whether the contents of the next chunk are made. Reading needs no contents.
 */
static bool next_is_made(const struct chunkjob *j)
{
	return j->options.reads ||
	       (j->next_buffer &&
		j->next_filled_bytes == j->options.files.chunk_bytes);
}

/* Makes a part of the next chunk's contents. */
static void make_piece(struct chunkjob *j)
{
	uint64_t left, bytes;
	uint8_t *at;

	if (!j->next_buffer) {
		j->next_buffer = take_buffer(j);
		j->next_filled_bytes = 0;
		chunkfiles_peek_write(&j->files, &j->next_file,
				      &j->next_offset_bytes);
	}
	left = j->options.files.chunk_bytes - j->next_filled_bytes;
	bytes = left < PIECE_BYTES ? left : PIECE_BYTES;
	/* All blocks but the first hold zeroes already. */
	if (j->data.place.kind == CHUNKDATA_ZERO)
		bytes = left;
	at = j->next_buffer + j->next_filled_bytes;
	chunkdata_fill(&j->data, at, pattern_at(j, at), j->next_file,
		       j->next_offset_bytes + j->next_filled_bytes, bytes);
	j->next_filled_bytes += bytes;
}

/*
 * Paints the buffers, not before chunkjob_begin(): until then the caller may
 * write to them.
 */
static void paint_buffers(struct chunkjob *j)
{
	if (!j->options.reads && chunkdata_paints(j->options.content))
		chunkdata_paint(&j->data, chunkjob_memory(j), 0,
				j->stride_bytes * j->buffers);
}

int chunkjob_begin(struct chunkjob *j, struct failure *f)
{
	uint64_t now_ns;
	int ret;

	if (!j->options.reads) {
		ret = chunkfiles_ready(&j->files, &j->data, f);
		if (ret)
			return ret;
	}
	paint_buffers(j);
	while (!next_is_made(j))
		make_piece(j);
	now_ns = chunkjob_now_ns();
	j->unix_offset_ns = clock_unix_ns() - (int64_t)now_ns;
	if (j->options.monitor)
		monitor_init(&j->monitor, now_ns);
	chunkprogress_init(&j->progress, j->options.progress_interval_ns,
			   now_ns);
	return 0;
}

static int next_place(struct chunkjob *j, struct chunkfiles_place *place,
		      struct failure *f)
{
	int ret;

	if (j->options.reads) {
		ret = chunkfiles_next_read(&j->files, &j->data, place, f);
		if (ret != -ENODATA)
			return ret;
		/*
		 * The caller wants more chunks than there are, so start again
		 * at the first.
		 */
		j->files.next = j->files.first;
		return chunkfiles_next_read(&j->files, &j->data, place, f);
	}
	while (!next_is_made(j))
		make_piece(j);
	ret = chunkfiles_ready(&j->files, &j->data, f);
	if (!ret)
		chunkfiles_next_write(&j->files, place);
	return ret;
}

int chunkjob_prepare(struct chunkjob *j, struct chunk **chunk,
		     struct failure *f)
{
	struct chunk *c = j->chunk;
	int ret;

	while (c->in_use)
		c++;
	ret = next_place(j, &c->place, f);
	if (ret)
		return ret;
	if (!j->next_buffer)
		j->next_buffer = take_buffer(j);
	c->in_use = true;
	c->request.fd = c->place.file->fd;
	c->request.writes = !j->options.reads;
	c->request.buffer = j->next_buffer;
	c->request.bytes = j->options.files.chunk_bytes;
	c->request.offset_bytes = c->place.offset_bytes;
	j->next_buffer = NULL;
	*chunk = c;
	return 0;
}

void chunkjob_add(struct chunkjob *j, struct chunk *c)
{
	submit_add(&j->submit, &c->request);
	j->added[j->added_count++] = c;
}

int chunkjob_start(struct chunkjob *j)
{
	uint64_t now_ns = chunkjob_now_ns();

	for (unsigned int i = 0; i < j->added_count; i++) {
		j->added[i]->start_ns = now_ns;
		j->added[i]->in_flight = true;
	}
	j->added_count = 0;
	return submit_start(&j->submit);
}

static bool any_left(const struct chunkjob *j)
{
	return j->submit.in_flight || j->submit.waiting_count;
}

/*
 * Takes what is done. Until the next chunk is made, looks for it after each
 * part.
 */
static int take_done(struct chunkjob *j, unsigned int min, unsigned int max,
		     uint64_t until_ns)
{
	for (;;) {
		uint64_t now_ns =
			until_ns == UINT64_MAX ? 0 : chunkjob_now_ns();
		bool idle = next_is_made(j);
		int64_t wait_ns = -1;
		int n;

		if (!idle)
			wait_ns = 0;
		else if (until_ns != UINT64_MAX)
			wait_ns = until_ns > now_ns
					  ? (int64_t)(until_ns - now_ns)
					  : 0;
		n = submit_wait(&j->submit, idle ? min : 0, max, wait_ns,
				j->taken);
		if (n || !min || !any_left(j) ||
		    (until_ns != UINT64_MAX && now_ns >= until_ns))
			return n;
		if (!idle)
			make_piece(j);
	}
}

int chunkjob_wait(struct chunkjob *j, unsigned int min, unsigned int max,
		  int64_t timeout_ns, struct chunk **done)
{
	uint64_t until_ns = UINT64_MAX, now_ns;
	unsigned int count = 0;

	if (timeout_ns >= 0)
		until_ns = chunkjob_now_ns() + (uint64_t)timeout_ns;
	do {
		int n = take_done(j, min - count, max - count, until_ns);

		if (n < 0)
			return count ? (int)count : n;
		now_ns = chunkjob_now_ns();
		for (int i = 0; i < n; i++) {
			struct chunk *c = (struct chunk *)j->taken[i];

			c->latency_ns = now_ns - c->start_ns;
			c->in_flight = false;
			done[count++] = c;
		}
	} while (count < min && now_ns < until_ns && any_left(j));
	return (int)count;
}

static int failed_transfer(struct chunkjob *j, struct chunk *c,
			   struct failure *f)
{
	const struct submit_request *r = &c->request;

	return failure_set(f, -r->error,
			   "%s: offset %" PRIu64 ": %s of %zu bytes: %s",
			   chunkfiles_path(&j->files, c->place.file->number),
			   r->offset_bytes + r->done_bytes,
			   r->writes ? "write" : "read",
			   r->bytes - r->done_bytes, strerror(-r->error));
}

static int verify(struct chunkjob *j, struct chunk *c, struct failure *f)
{
	struct failure why = { "" };
	int ret = chunkdata_verify(&j->data, c->request.buffer,
				   c->place.file->number, c->place.offset_bytes,
				   c->request.bytes, &why);

	if (ret)
		failure_set(f, -ret, "%s: %.500s",
			    chunkfiles_path(&j->files, c->place.file->number),
			    why.text);
	return ret;
}

static int log_chunk(struct chunkjob *j, struct chunk *c, struct failure *f)
{
	uint64_t done_ns = c->start_ns + c->latency_ns;
	struct chunklog_line line = {
		.unix_time_ns = done_ns + (uint64_t)j->unix_offset_ns,
		.host = j->options.files.host,
		.thread = j->options.files.thread,
		.file = c->place.file->number,
		.chunk = c->place.chunk,
		.bytes = c->request.bytes,
		.latency_ns = c->latency_ns,
	};
	int ret;

	if (!j->options.log)
		return 0;
	if (j->options.monitor) {
		monitor_update(&j->monitor, done_ns);
		line.monitor = &j->monitor;
	}
	ret = chunklog_add(j->options.log, &line);
	return ret ? failure_set(f, -ret, "chunk_log=%.2048s: write: %s",
				 j->options.log->path, strerror(-ret))
		   : 0;
}

int chunkjob_settle(struct chunkjob *j, struct chunk *c, struct failure *f)
{
	struct failure closing = { "" };
	int ret = c->request.error, closed;

	if (ret)
		failed_transfer(j, c, f);
	else if (j->options.reads)
		ret = verify(j, c, f);
	if (!ret)
		ret = log_chunk(j, c, f);
	if (!ret)
		chunkprogress_add(&j->progress, c->request.bytes,
				  c->latency_ns);
	closed = chunkfiles_done(&j->files, c->place.file, &closing);
	if (!ret && closed)
		*f = closing;
	give_buffer(j, c->request.buffer);
	c->in_use = false;
	return ret ? ret : closed;
}

static uint64_t oldest_ns(const struct chunkjob *j, uint64_t now_ns)
{
	uint64_t oldest = 0;

	for (unsigned int i = 0; i < j->depth; i++)
		if (j->chunk[i].in_flight &&
		    now_ns - j->chunk[i].start_ns > oldest)
			oldest = now_ns - j->chunk[i].start_ns;
	return oldest;
}

bool chunkjob_report(struct chunkjob *j, char *text, size_t size)
{
	uint64_t due_ns = chunkprogress_due_ns(&j->progress), now_ns;

	if (due_ns == UINT64_MAX)
		return false;
	now_ns = chunkjob_now_ns();
	if (now_ns < due_ns)
		return false;
	chunkprogress_text(&j->progress, now_ns, oldest_ns(j, now_ns), text,
			   size);
	return true;
}

bool chunkjob_last_report(struct chunkjob *j, char *text, size_t size)
{
	if (!j->progress.told)
		return false;
	chunkprogress_text(&j->progress, chunkjob_now_ns(), 0, text, size);
	return true;
}

int chunkjob_finish(struct chunkjob *j, struct failure *f)
{
	if (j->submit_ready)
		submit_free(&j->submit);
	j->submit_ready = false;
	return j->files.slot ? chunkfiles_finish(&j->files, f) : 0;
}

void chunkjob_free(struct chunkjob *j)
{
	if (j->submit_ready)
		submit_free(&j->submit);
	monitor_free(&j->monitor);
	chunkfiles_free(&j->files);
	if (j->memory)
		munmap(j->memory, j->memory_bytes);
	free(j->free_buffer);
	free(j->chunk);
	free(j->added);
	free(j->taken);
	memset(j, 0, sizeof(*j));
}
