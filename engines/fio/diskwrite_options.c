// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "fio.h"
#include "verify.h"

#include "diskwrite.h"
#include "fio_state.h"
#include "option_rows.h"

#define DEFAULT_CHUNK_BYTES (10ull << 20)
#define DEFAULT_FILE_BYTES  (1ull << 30)
#define CHUNK_UNIT_BYTES    512u
#define CHUNK_BYTES_MAX     (1ull << 30)

#define OPTIONS diskwrite_options

static struct fio_option option_table[] = {
	/* fill_submit() fills in .posval from submit_rows[]. */
	OPTION_CHOICE(submit, "libaio", NULL, "How chunks go to the kernel",
		      { OPTION_VALUE(NULL, 0, NULL) }),
	OPTION_CHOICE(content, "random", NULL, "What chunks hold",
		      { OPTION_VALUE("random", CHUNKDATA_RANDOM,
				     "neither compresses nor deduplicates; "
				     "each 4 KiB say where they belong"),
			OPTION_VALUE("fresh", CHUNKDATA_FRESH,
				     "the same, with every byte made anew: "
				     "for storage that finds what repeats "
				     "beyond 32 MiB in less than 512 bytes"),
			OPTION_VALUE("zero", CHUNKDATA_ZERO,
				     "zeroes, but for a file's first 4 KiB") }),
	OPTION_NUMBER(keep_files, 0, "1",
		      "Files of each thread that stay on disk: the one that is "
		      "being written, and the newest before it"),
	OPTION_TEXT(chunk_log,
		    "CSV file that gets a line for every chunk; %h in its name "
		    "is this host's. One that is there already must be a chunk "
		    "log, and is added to"),
	OPTION_CHOICE(chunk_log_sync, "chunk", NULL,
		      "When lines are put on the log's disk, so that they "
		      "outlive a power failure",
		      { OPTION_VALUE("chunk", CHUNKLOG_SYNC_CHUNK,
				     "at once, beside the measured part"),
			OPTION_VALUE("second", CHUNKLOG_SYNC_SECOND,
				     "every second: for a log on the disk "
				     "that is measured"),
			OPTION_VALUE("none", CHUNKLOG_SYNC_NONE,
				     "when the kernel does; a crash of fio "
				     "loses nothing with this, either") }),
	OPTION_FLAG(monitor, "1",
		    "Log fio's own processor time and memory with each chunk"),
	OPTION_NUMBER(
		progress_interval, 0, "60",
		"Seconds from one message about rate and p99 to the next; "
		"0: none"),
	OPTION_TEXT(host,
		    "Name of this host in file names and the log; %h in it is "
		    "the host's own name, which is the default"),
	{ .name = NULL },
};

static void fill_submit(struct fio_option *option)
{
	unsigned int n = 0;

	memset(option->posval, 0, sizeof(option->posval));
	for (unsigned int i = 0; i < SUBMIT_COUNT; i++) {
		if (!submit_rows[i])
			continue;
		option->posval[n].ival = submit_rows[i]->name;
		option->posval[n].help = submit_rows[i]->help;
		option->posval[n++].oval = i;
	}
	/* A way that the build has no library for cannot be the default. */
	if (!submit_rows[SUBMIT_LIBAIO])
		option->def =
			submit_rows[SUBMIT_IO_URING] ? "io_uring" : "sync";
}

struct fio_option *diskwrite_option_table(void)
{
	fill_submit(&option_table[0]);
	return option_table;
}

uint64_t diskwrite_endless(uint64_t chunk_bytes)
{
	return (1ull << 61) / chunk_bytes * chunk_bytes;
}

static int check_direction(const struct thread_data *td, struct failure *f)
{
	if (td->o.td_ddir == TD_DDIR_WRITE || td->o.td_ddir == TD_DDIR_READ)
		return 0;
	return failure_set(f, EINVAL,
			   "rw=: expected rw=write, or rw=read to verify what "
			   "was written: chunks come one after the other");
}

/*
 * Refuses options of fio that would silently do something else than they say.
 */
static int check_fio_options(struct thread_data *td, struct failure *f)
{
	const struct thread_options *o = &td->o;
	const struct glue_refusal refused[] = {
		{ fio_option_is_set(&td->o, nr_files) && o->nr_files > 1,
		  "nrfiles=: a file follows when the last has filesize= bytes; "
		  "keep_files= says how many stay" },
		{ o->file_size_low != o->file_size_high,
		  "filesize=: files have one size here, not a range" },
		{ o->min_bs[DDIR_READ] != o->max_bs[DDIR_READ] ||
			  o->min_bs[DDIR_WRITE] != o->max_bs[DDIR_WRITE],
		  "bsrange= and bssplit=: chunks have one size, bs=" },
		{ o->start_offset || o->start_offset_percent,
		  "offset=: chunks begin at the start of a file" },
		{ o->size_percent && o->size_percent != 100,
		  "size=: give it in bytes" },
		{ o->verify != VERIFY_NONE,
		  "verify=: a job with rw=read verifies what was written" },
		{ o->compress_percentage || o->dedupe_percentage ||
			  o->buffer_pattern_bytes,
		  "buffer_pattern=, buffer_compress_percentage= and "
		  "dedupe_percentage=: chunks hold what content= says" },
		{ o->io_submit_mode == IO_MODE_OFFLOAD,
		  "io_submit_mode=offload: use iodepth= or numjobs=" },
		{ o->fsync_blocks || o->fdatasync_blocks || o->end_fsync,
		  "fsync=, fdatasync= and end_fsync=: files are synced by "
		  "fsync_on_close=1" },
		{ o->sync_io, "sync=: files are synced by fsync_on_close=1" },
	};

	return glue_refuse_options(td, refused,
				   sizeof(refused) / sizeof(*refused), f);
}

static int check_own_options(const struct thread_data *td, struct failure *f)
{
	const struct diskwrite_options *eo = td->eo;

	/* fio hands a negative number on as a large one of 64 bits. */
	if (eo->keep_files < 1 || eo->keep_files > INT64_MAX)
		return failure_set(f, EINVAL,
				   "keep_files=%lld: expected at least 1, the "
				   "file that is being written",
				   (long long)eo->keep_files);
	if (eo->progress_interval > INT32_MAX)
		return failure_set(f, EINVAL,
				   "progress_interval=%lld: expected seconds, "
				   "or 0 for no messages",
				   (long long)eo->progress_interval);
	if (eo->submit == SUBMIT_SYNC && td->o.iodepth > 1)
		return failure_set(
			f, EINVAL,
			"iodepth=%u: submit=sync writes one chunk at "
			"a time: use submit=libaio or io_uring, or "
			"numjobs=",
			td->o.iodepth);
	return 0;
}

static int read_sizes(struct thread_data *td, struct diskwrite_job *job,
		      struct failure *f)
{
	struct chunkfiles_options *c = &job->options.files;
	uint64_t size = td->o.size;

	c->chunk_bytes =
		fio_option_is_set(&td->o, bs)
			? td->o.bs[job->options.reads ? DDIR_READ : DDIR_WRITE]
			: DEFAULT_CHUNK_BYTES;
	c->file_bytes = td->o.file_size_high ? td->o.file_size_high
					     : DEFAULT_FILE_BYTES;
	if (!c->chunk_bytes || c->chunk_bytes % CHUNK_UNIT_BYTES ||
	    c->chunk_bytes > CHUNK_BYTES_MAX)
		return failure_set(f, EINVAL,
				   "bs=%llu: expected a multiple of %u bytes, "
				   "at most 1g",
				   (unsigned long long)c->chunk_bytes,
				   CHUNK_UNIT_BYTES);
	if (c->file_bytes < c->chunk_bytes)
		return failure_set(f, EINVAL,
				   "filesize=%llu is less than a chunk, "
				   "bs=%llu: give a larger filesize= or a "
				   "smaller bs=",
				   (unsigned long long)c->file_bytes,
				   (unsigned long long)c->chunk_bytes);
	/* With fill_device=1 the size is -1: until the disk is full. */
	if (size == -1ull)
		size = 0;
	else if (size && size < c->chunk_bytes)
		return failure_set(f, EINVAL,
				   "size=%llu is less than a chunk, bs=%llu",
				   (unsigned long long)size,
				   (unsigned long long)c->chunk_bytes);
	else if (!size && !td->o.timeout && !job->options.reads &&
		 !td->o.io_size)
		size = c->file_bytes; /* nothing ends the job: one file */
	job->size_bytes = size / c->chunk_bytes * c->chunk_bytes;
	/* A file does not allocate what will not be written. */
	if (job->size_bytes && job->size_bytes < c->file_bytes &&
	    !td->o.time_based && td->o.loops == 1)
		c->file_bytes = job->size_bytes;
	return 0;
}

/*
 * Picks a directory by the thread's number, as fio deals several directories
 * out to its jobs.
 */
static const char *pick_directory(const struct thread_data *td, uint32_t thread,
				  char *out, size_t size)
{
	const char *list = td->o.directory ? td->o.directory : ".", *at = list;
	uint32_t count = 1, number;

	for (const char *p = list; *p; p++)
		count += *p == ':' && (p == list || p[-1] != '\\');
	for (number = thread % count; number; at++)
		number -= *at == ':' && (at == list || at[-1] != '\\');
	for (size_t n = 0; n + 1 < size && *at && *at != ':'; at++) {
		/* fio writes a colon in a name as "\:". */
		if (*at == '\\' && at[1] == ':')
			at++;
		out[n++] = *at;
		out[n] = 0;
	}
	return out;
}

/*
 * Translates fallocate=. fio's default is native, which matters: see
 * chunkfiles.h.
 */
static enum chunkfiles_allocate allocation(const struct thread_data *td)
{
	switch (td->o.fallocate_mode) {
	case FIO_FALLOCATE_NONE:
		return CHUNKFILES_NONE;
	case FIO_FALLOCATE_KEEP_SIZE:
		return CHUNKFILES_KEEP_SIZE;
	case FIO_FALLOCATE_TRUNCATE:
		return CHUNKFILES_TRUNCATE;
	default:
		return CHUNKFILES_NATIVE;
	}
}

int diskwrite_read_options(struct thread_data *td, uint32_t thread,
			   struct diskwrite_job *job, struct failure *f)
{
	const struct diskwrite_options *eo = td->eo;
	struct chunkjob_options *o = &job->options;
	int ret = check_direction(td, f);

	o->reads = td->o.td_ddir == TD_DDIR_READ;
	if (!ret)
		ret = check_fio_options(td, f);
	if (!ret)
		ret = check_own_options(td, f);
	if (!ret)
		ret = read_sizes(td, job, f);
	if (!ret)
		ret = glue_expand_host("host", eo->host ? eo->host : "%h",
				       job->host, sizeof(job->host), f);
	if (!ret && eo->chunk_log)
		ret = glue_expand_host("chunk_log", eo->chunk_log,
				       job->log_path, sizeof(job->log_path), f);
	if (ret)
		return ret;
	o->files.directory = pick_directory(td, thread, job->directory,
					    sizeof(job->directory));
	o->files.host = job->host;
	o->files.thread = thread;
	o->files.keep = eo->keep_files;
	o->files.depth = td->o.iodepth;
	o->files.allocate = allocation(td);
	o->files.direct =
		fio_option_is_set(&td->o, odirect) ? td->o.odirect : true;
	o->files.fsync_on_close = td->o.fsync_on_close;
	o->files.remove_at_end = td->o.unlink;
	o->content = eo->content;
	o->submit = submit_rows[eo->submit];
	o->monitor = eo->monitor;
	o->progress_interval_ns = eo->progress_interval * 1000000000ull;
	job->log_sync = eo->chunk_log_sync;
	job->sync = eo->submit == SUBMIT_SYNC;
	return 0;
}

void diskwrite_take_over(struct thread_data *td,
			 const struct diskwrite_job *job)
{
	const struct chunkfiles_options *c = &job->options.files;

	fio_state_set_blocks(td, c->chunk_bytes);
	fio_state_set_rates(td, 0);
	fio_state_set_direct(td, c->direct);
}
