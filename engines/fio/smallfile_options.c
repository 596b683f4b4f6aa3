// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fio.h"
#include "verify.h"

#include "util/cmdline.h"
#include "barrier/host_names.h"
#include "smallfile.h"
#include "fio_state.h"
#include "option_rows.h"
#include "startline.h"
#include "inline_batch.h"

#define DEFAULT_DIRECTORY "/var/tmp/smf"
#define DEFAULT_FILES     200
#define DEFAULT_FILESIZE  (64ull << 10)
/* Room for the help of all operations. */
#define OPERATIONS_TEXT_MAX (32u << 10)

/* Refuses "stat,create" and "stat:4", which fio itself takes for "stat". */
static int one_value(void *options, const char *text)
{
	size_t first = strcspn(text, ",:");

	if (!text[first])
		return 0;
	log_err("fio-smallfile: %s: expected one value, such as %.*s\n", text,
		(int)first, text);
	return 1;
}

static int check_sizes(void *options, const char *text)
{
	enum filesize_distribution distribution;
	struct failure failure;
	const char *table;

	if (!filesize_parse(text, &distribution, &table, &failure))
		return 0;
	log_err("fio-smallfile: %s\n", failure.text);
	return 1;
}

/* The operation of an index: the last one is the mix. */
static const struct operation *operation_at(unsigned int index)
{
	return index < operation_count ? &operations[index] : &operation_mix;
}

/*
 * Reads operation=. fio's own table of an option's values has room for 32, and
 * there are more operations than that.
 */
static int read_operation(void *options, const char *text)
{
	struct smallfile_options *so = options;
	const struct operation *op = operation_find(text);

	if (op) {
		so->operation = op == &operation_mix ? operation_count
						     : op - operations;
		return 0;
	}
	if (one_value(options, text))
		return 1;
	log_err("fio-smallfile: operation=%s: no operation is called that; "
		"expected one of",
		text);
	for (unsigned int i = 0; i <= operation_count; i++)
		log_err(" %s", operation_at(i)->name);
	log_err("\n");
	return 1;
}

#define OPTIONS smallfile_options

static struct fio_option option_table[] = {
	/* list_operations() makes the list of values that --enghelp prints. */
	{ .name = "operation",
	  .lname = "operation",
	  .type = FIO_OPT_STR_STORE,
	  .cb = read_operation,
	  .help = "What is done to each file. The word before the colon says "
		  "which rw= goes with it.",
	  .def = "create",
	  .category = FIO_OPT_C_ENGINE,
	  .group = FIO_OPT_G_INVALID },
	OPTION_NUMBER(
		files, 1, NULL,
		"Files per thread; 200, or size/filesize where size= is "
		"given. With loops or time_based the files are worked "
		"through again; what an operation needs is then put back "
		"before each, outside the measured time (create: the file "
		"is removed, delete: it is made, ...)"),
	OPTION_FLAG(empty, "0", "Files without data"),
	OPTION_NUMBER(files_per_dir, 1, "100", "Files per directory"),
	OPTION_NUMBER(dirs_per_dir, 1, "10", "Subdirectories per directory"),
	OPTION_TEXT(tree,
		    "Another tree than smallfile's: full:DEPTH, in which each "
		    "directory down to DEPTH has dirs_per_dir subdirectories "
		    "and files_per_dir files; leaves:DEPTH, with files in the "
		    "deepest alone; profile:FILE, like a tree of which "
		    "smallfio profile has made FILE. Without files= it has "
		    "all its files"),
	OPTION_CHOICE(directory_turns, "files", one_value,
		      "What takes the directories of directory= in turn",
		      { OPTION_VALUE("files", DIRECTORY_TURNS_FILES,
				     "the files of each thread"),
			OPTION_VALUE("threads", DIRECTORY_TURNS_THREADS,
				     "the threads: each has one of them") }),
	OPTION_FLAG(hash_into_dirs, "0",
		    "Files fall into directories by a hash of their number"),
	OPTION_FLAG(same_dir, "0",
		    "All threads and hosts share one tree; the threads of a "
		    "mix also its files"),
	OPTION_NUMBER(spread, 1, "1",
		      "Work on this many directories in turn, so that "
		      "consecutive operations fall into different ones"),
	OPTION_TEXT(host,
		    "Name of this host in paths; %h in it is the host's own "
		    "name, which is the default"),
	OPTION_TEXT(permute_hosts,
		    "h1:h[2-9]:...: each host works on the files of the next "
		    "one in this list, so that none finds its own in its "
		    "cache"),
	OPTION_NUMBER(thread_shift, 0, "0",
		      "Each thread works on the files of the thread so many "
		      "places after it; the last ones on those of the first"),
	OPTION_TEXT(prefix, "Start of every file name"),
	OPTION_TEXT(suffix, "End of every file name"),
	OPTION_NUMBER(xattr_size, 0, "0", "Bytes of each extended attribute"),
	OPTION_NUMBER(xattr_count, 0, "0",
		      "Extended attributes per file, for swift-put and "
		      "swift-get, and for setxattr, getxattr, listxattr and "
		      "removexattr, which need 1 or more"),
	{ OPTION_ROW(size_distribution, FIO_OPT_STR_STORE, "fixed",
		     "How file sizes vary; a function of seed, host, thread "
		     "and file number, so that readers know them"),
	  .cb = check_sizes,
	  .posval = { OPTION_VALUE("fixed", FILESIZE_FIXED,
				   "every file has filesize bytes; a range is "
				   "uniform"),
		      OPTION_VALUE("uniform", FILESIZE_UNIFORM,
				   "uniform over a range, filesize=4k-64k"),
		      OPTION_VALUE("exponential", FILESIZE_EXPONENTIAL,
				   "at most filesize, mean filesize/8, whole "
				   "KiB"),
		      OPTION_VALUE("table:FILE", FILESIZE_TABLE,
				   "as a profile has them, which smallfio "
				   "profile makes; at most filesize if that "
				   "is given") } },
	OPTION_CHOICE(content, "pattern", one_value, "What is written",
		      { OPTION_VALUE("pattern", CONTENT_PATTERN,
				     "smallfile's pattern, period 128"),
			OPTION_VALUE("incompressible", CONTENT_INCOMPRESSIBLE,
				     "neither compresses nor deduplicates") }),
	OPTION_FLAG(verify_read, "1",
		    "Compare all that is read with what must be there"),
	OPTION_FLAG(record_ctime_size, "0",
		    "create notes time and size in an attribute, for "
		    "await-create on another host"),
	OPTION_NUMBER(dir_files, 0, "1",
		      "Files in each directory that mkdir makes; 0 for trees "
		      "that smallfile works on, too"),
	OPTION_TEXT(gate,
		    "Start together with the other hosts: a directory that "
		    "all share, or @ and a time in seconds since 1970"),
	OPTION_NUMBER(gate_hosts, 1, "1",
		      "Hosts that meet at the gate, this one included"),
	OPTION_NUMBER(
		gate_timeout, 1, NULL,
		"Seconds to wait for them; default: 60, and 1 for every 50 "
		"directories that a thread makes"),
	OPTION_TEXT(keep_results,
		    "Directory in which this host keeps what each job "
		    "measured, should the client not bring it in; default: "
		    "in a client's run gate=, where that is a directory; no: "
		    "nowhere"),
	OPTION_FLAG(uring_always, "0",
		    "With iodepth above 1: by io_uring also what is in "
		    "memory, on tmpfs and ramfs. Without it that runs one "
		    "at a time, as none ever waits; but for operations "
		    "that say so, with spread= above 1"),
	OPTION_NUMBER(uring_workers, 1, NULL,
		      "With iodepth above 1: kernel threads that work on the "
		      "operations in flight, at most; default: as many as "
		      "iodepth, on tmpfs as there are processors"),
	OPTION_NUMBER(
		end_timeout, 0, "10",
		"With iodepth above 1: seconds that operations in flight "
		"may take to end when the job has been told to, by a "
		"signal, runtime= or an error; then they are interrupted, "
		"and fail"),
	OPTION_CHOICE(
		latency_from, "start", one_value,
		"With rate_iops= or rate=: when a latency begins",
		{ OPTION_VALUE("start", LATENCY_FROM_START,
			       "when the operation begins, however late "
			       "that is"),
		  OPTION_VALUE("schedule", LATENCY_FROM_SCHEDULE,
			       "fio's lat (and slat) from the moment at which "
			       "the rate meant the operation to begin; clat as "
			       "before") }),
	OPTION_FLAG(phases, "0",
		    "Also time the parts of each operation, such as its open, "
		    "write, fsync and close: latencies of their own, which "
		    "smallfio shows as create.open and so on. One look at the "
		    "clock more for each call, and burst=1"),
	OPTION_NUMBER(burst, 1, "128",
		      "With iodepth=1: at most so many operations are done one "
		      "right after the other before fio does its own work for "
		      "them; 1: fio's after each"),
	OPTION_NUMBER(progress_interval, 0, "60",
		      "Seconds from one message about files, rate and errors "
		      "to the next; 0: none, as on a terminal, where fio "
		      "itself says how far a run is"),
	{ OPTION_ROW(preflight, FIO_OPT_BOOL, "0",
		     "Only look whether the job could run, and say so: for "
		     "smallfio check"),
	  .cb = smallfile_preflight_asked },
	OPTION_NUMBER(seed, 0, "1",
		      "Changes sizes, incompressible contents and trees of "
		      "profiles; a reader needs the writer's. With "
		      "operation=mix also what is drawn"),
	OPTION_TEXT(mix, "OPERATION:WEIGHT,...: for operation=mix, what each "
			 "thread does, drawn by weight, such as "
			 "create:10,stat:55,read:20,delete:10"),
	OPTION_NUMBER(population, 1, NULL,
		      "For operation=mix: files of a thread to begin with, "
		      "made before the start and not measured; files= is how "
		      "many numbers there are for files. Each follows from "
		      "the other: four fifths of them have a file"),
	OPTION_TEXT(mix_distribution,
		    "uniform, zipf:T or recent:T: which files a mix works on; "
		    "some are T times steeper in demand, or the last T made "
		    "on average; default: uniform"),
	{ .name = NULL },
};

static const char *at_depth(const struct operation *op)
{
	if (op == &operation_mix)
		return "";
	if (!op->async)
		return "; one at a time at any iodepth";
	return op->ring_in_memory ? "; by io_uring also in memory" : "";
}

/*
 * Writes the operations as fio prints an option's values. fio prints the value
 * of the row itself, so the text begins with the help of the first operation.
 */
static void list_operations(struct value_pair *row)
{
	static char text[OPERATIONS_TEXT_MAX];
	size_t n = 0;

	for (unsigned int i = 0; i <= operation_count; i++) {
		const struct operation *op = operation_at(i);

		if (i)
			n += snprintf(text + n, sizeof(text) - n,
				      "\n%20s: %-10s ", "", op->name);
		n += snprintf(text + n, sizeof(text) - n, "%s: %s%s",
			      op->reads ? "read" : "write", op->help,
			      at_depth(op));
		assert(n < sizeof(text));
		if (op->alias)
			n += snprintf(text + n, sizeof(text) - n,
				      "\n%20s: %-10s another spelling", "",
				      op->alias);
	}
	row->ival = operations[0].name;
	row->help = text;
}

struct fio_option *smallfile_option_table(void)
{
	list_operations(&option_table[0].posval[0]);
	return option_table;
}

static int check_direction(const struct thread_data *td,
			   const struct operation *op, struct failure *f)
{
	enum fio_ddir wanted = op->reads ? DDIR_READ : DDIR_WRITE;

	if (td->o.td_ddir == (enum td_ddir)(1 << wanted) ||
	    td->o.td_ddir == (enum td_ddir)(1 << wanted | TD_DDIR_RAND))
		return 0;
	return failure_set(f, EINVAL,
			   "rw= does not fit operation=%s: use rw=%s, or "
			   "rw=rand%s for random order",
			   op->name, op->reads ? "read" : "write",
			   op->reads ? "read" : "write");
}

/*
 * Refuses values that are too large. fio hands a negative number on as a large
 * one of 64 bits.
 */
static int check_ranges(const struct smallfile_options *so, struct failure *f)
{
	const struct {
		const char *name;
		unsigned long long value, max;
	} ranges[] = {
		{ "files", so->files, FILESET_FILES_MAX },
		{ "files_per_dir", so->files_per_dir, FILESET_FILES_MAX },
		{ "dirs_per_dir", so->dirs_per_dir, FILESET_DIRS_PER_DIR_MAX },
		{ "spread", so->spread, FILESET_FILES_MAX },
		{ "xattr_size", so->xattr_size, WORKER_XATTR_SIZE_MAX },
		{ "xattr_count", so->xattr_count, WORKER_XATTR_COUNT_MAX },
		{ "dir_files", so->dir_files, WORKER_DIR_FILES_MAX },
		{ "gate_hosts", so->gate_hosts, BARRIER_HOSTS_MAX },
		{ "uring_workers", so->uring_workers, INT32_MAX },
		{ "gate_timeout", so->gate_timeout, INT32_MAX },
		{ "end_timeout", so->end_timeout, END_TIMEOUT_MAX_S },
		{ "burst", so->burst, INLINE_BATCH_MAX },
		{ "progress_interval", so->progress_interval, INT32_MAX },
		{ "population", so->population, FILESET_FILES_MAX / 2 },
	};

	for (size_t i = 0; i < sizeof(ranges) / sizeof(*ranges); i++)
		if (ranges[i].value > ranges[i].max)
			return failure_set(f, EINVAL,
					   "%s=%lld: expected at most %llu, "
					   "and no negative number",
					   ranges[i].name,
					   (long long)ranges[i].value,
					   ranges[i].max);
	return 0;
}

/*
 * Refuses options of fio that would silently do something else than a user of
 * this engine expects. A refusal is better than a wrong result.
 */
static int check_fio_options(struct thread_data *td, struct failure *f)
{
	const struct thread_options *o = &td->o;
	const struct smallfile_options *so = td->eo;
	const struct glue_refusal refused[] = {
		{ fio_option_is_set(&td->o, nr_files) && o->nr_files > 1,
		  "nrfiles=: give the number of files as files=" },
		{ o->min_bs[DDIR_READ] != o->max_bs[DDIR_READ] ||
			  o->min_bs[DDIR_WRITE] != o->max_bs[DDIR_WRITE],
		  "bsrange= and bssplit=: records have one size, bs=; files "
		  "have a range, filesize=" },
		{ o->bs[DDIR_READ] > WORKER_RECORD_MAX ||
			  o->bs[DDIR_WRITE] > WORKER_RECORD_MAX,
		  "bs=: a record is at most 1g, and not negative" },
		{ o->verify != VERIFY_NONE,
		  "verify=: reads are verified by verify_read=1" },
		{ o->io_submit_mode == IO_MODE_OFFLOAD,
		  "io_submit_mode=offload: use numjobs=" },
		{ o->fsync_blocks || o->fdatasync_blocks || o->end_fsync ||
			  o->sync_io || o->barrier_blocks || o->sync_file_range,
		  "fsync=, fdatasync=, end_fsync=, sync=, write_barrier= and "
		  "sync_file_range=: files are synced by fsync_on_close=1" },
		{ o->zero_buffers || o->buffer_pattern_bytes ||
			  o->compress_percentage || o->dedupe_percentage,
		  "zero_buffers, buffer_pattern=, buffer_compress_percentage= "
		  "and dedupe_percentage=: contents are chosen by content=" },
		{ o->unlink || o->unlink_each_loop,
		  "unlink= and unlink_each_loop=: files are removed by "
		  "operation=delete or cleanup" },
		{ o->pre_read, "pre_read=: run operation=read before" },
		{ o->fill_device, "fill_device=: give the number of files as "
				  "files=" },
		{ o->oatomic, "atomic=: not supported" },
		{ td_write(td) && o->ignore_error_nr[ERROR_TYPE_READ_BIT] &&
			  !o->ignore_error_nr[ERROR_TYPE_WRITE_BIT],
		  "ignore_error=: its first list is for reads and does nothing "
		  "here; errors of operations with rw=write come behind a "
		  "comma, such as ignore_error=,ENOSPC" },
		{ operation_at(so->operation) == &operation_mix &&
			  o->random_distribution != FIO_RAND_DIST_RANDOM,
		  "random_distribution=: a mix chooses files by "
		  "mix_distribution=" },
		{ o->opendir != NULL,
		  "opendir= has no meaning here: name a directory=" },
	};

	return glue_refuse_options(td, refused,
				   sizeof(refused) / sizeof(*refused), f);
}

/*
 * Refuses "fio --files=10 --ioengine=fio-smallfile.so", which makes files of 10
 * bytes. fio takes "files" for its own filesize there. No other option of the
 * engine has a name that is the beginning of one of fio's.
 */
static int check_command_line(const struct thread_data *td, struct failure *f)
{
	const struct cmdline_option files = { .name = "files",
					      .engine = "smallfile",
					      .job = td->o.name };
	const char *early = NULL;
	char *arguments;
	size_t length;
	int ret = 0;

	/* Without /proc the command line is not known. */
	if (cmdline_read(&arguments, &length))
		return 0;
	early = cmdline_too_early(&files, arguments, length);
	if (early)
		ret = failure_set(f, EINVAL,
				  "%.40s comes before --ioengine= on the "
				  "command line, where fio takes it for its "
				  "own --filesize=: put "
				  "--ioengine=fio-smallfile.so first",
				  early);
	free(arguments);
	return ret;
}

static bool has_rate(const struct thread_data *td)
{
	for (int ddir = 0; ddir < DDIR_RWDIR_CNT; ddir++)
		if (td->o.rate[ddir] || td->o.rate_iops[ddir])
			return true;
	return false;
}

/* Without a rate no operation is due at any time. */
static int check_schedule(const struct thread_data *td,
			  const struct smallfile_options *so, struct failure *f)
{
	/* A section that is not in the results needs no schedule. */
	if (so->latency_from != LATENCY_FROM_SCHEDULE ||
	    (!has_rate(td) && !td->o.stats))
		return 0;
	if (!has_rate(td))
		return failure_set(f, EINVAL,
				   "latency_from=schedule: there is no "
				   "schedule without rate_iops= or rate=: give "
				   "one, such as rate_iops=100");
	/* disable_lat=1 alone is taken back. */
	if (td->o.disable_lat && td->o.disable_clat)
		return failure_set(f, EINVAL,
				   "latency_from=schedule: fio's lat has these "
				   "latencies, and gtod_reduce=1, or "
				   "disable_lat=1 with disable_clat=1, leaves "
				   "them out");
	return 0;
}

/*
 * Only the default directory is made for the user. It lies where everyone may
 * plant a link, so a link is refused. fio itself refuses a link that directory=
 * names.
 */
static int top_directory(const struct thread_data *td, const char **directory,
			 struct failure *f)
{
	struct stat st;

	*directory = td->o.directory;
	if (*directory)
		return 0;
	*directory = DEFAULT_DIRECTORY;
	mkdir(DEFAULT_DIRECTORY, 0777);
	if (!lstat(DEFAULT_DIRECTORY, &st) && S_ISLNK(st.st_mode))
		return failure_set(f, ELOOP,
				   DEFAULT_DIRECTORY
				   " is a symbolic link: name the directory "
				   "that is meant, directory=");
	return 0;
}

/*
 * Finds `host` in "h1:h2:h[3-9]" and copies the one after it to `next`. A name
 * that is there twice would make two hosts work on one tree.
 */
static int next_host(const char *list, const char *host, char *next,
		     size_t size, struct failure *f)
{
	struct host_names names = { .at = list, .separators = ":" };
	char name[HOST_BYTES], first[HOST_BYTES] = "";
	unsigned int found = 0;
	bool after = false;
	int ret;

	while ((ret = host_names_next(&names, name, sizeof(name))) > 0) {
		if (!*name)
			return failure_set(f, EINVAL,
					   "permute_hosts=%s: a name in it is "
					   "empty",
					   list);
		if (!*first)
			strcpy(first, name);
		if (after)
			snprintf(next, size, "%s", name);
		after = !strcmp(name, host);
		found += after;
	}
	if (ret)
		return failure_set(f, EINVAL,
				   "permute_hosts=%s: expected names with "
				   "colons between, as in h1:h2:h[3-16]",
				   list);
	if (after)
		snprintf(next, size, "%s", first);
	if (found == 1)
		return 0;
	return failure_set(f, EINVAL,
			   found ? "permute_hosts=%s: this host, %s, is in the "
				   "list more than once"
				 : "permute_hosts=%s: this host, %s, is not in "
				   "the list (host= gives it another name)",
			   list, host);
}

bool smallfile_shares_files(const struct smallfile_options *so)
{
	return operation_at(so->operation) == &operation_mix && so->same_dir;
}

static int choose_host(const struct smallfile_options *so, struct job *job,
		       struct failure *f)
{
	/* host=%h-reads gives a host one more tree. */
	int ret = glue_expand_host("host", so->host ? so->host : "%h",
				   job->own_host, sizeof(job->own_host), f);

	if (!ret && so->permute_hosts)
		return next_host(so->permute_hosts, job->own_host, job->host,
				 sizeof(job->host), f);
	memcpy(job->host, job->own_host, sizeof(job->host));
	/* A name that hosts share is one of files, and not of a host. */
	if (!ret && smallfile_shares_files(so))
		ret = glue_expand_host("host", "%h", job->own_host,
				       sizeof(job->own_host), f);
	return ret;
}

static int read_sizes(struct thread_data *td,
		      const struct smallfile_options *so,
		      struct worker_options *w, struct failure *f)
{
	const enum fio_ddir ddir = w->operation->reads ? DDIR_READ : DDIR_WRITE;
	uint64_t mean;
	int ret = filesize_parse(so->size_distribution, &w->size_distribution,
				 &w->size_table, f);

	if (ret)
		return ret;
	if (w->size_table && td->o.size && !so->files)
		return failure_set(f, EINVAL,
				   "size= with size_distribution=table: give "
				   "the number of files as files=");
	w->file_size_low_bytes = td->o.file_size_low;
	w->file_size_high_bytes = td->o.file_size_high;
	/* Sizes of a table are as large as they are there. */
	if (!td->o.file_size_high && w->size_distribution != FILESIZE_TABLE)
		w->file_size_low_bytes = w->file_size_high_bytes =
			DEFAULT_FILESIZE;
	if (fio_option_is_set(&td->o, bs))
		w->record_size_bytes = td->o.bs[ddir];
	mean = w->file_size_low_bytes / 2 + w->file_size_high_bytes / 2;
	w->layout.files = so->files;
	if (!so->files && td->o.size)
		w->layout.files = td->o.size / (mean ? mean : 1);
	else if (!so->files && !so->tree)
		w->layout.files = DEFAULT_FILES;
	/* A quarter of the population more, for files to come. */
	if (!so->files && so->population)
		w->layout.files = so->population + (so->population + 3) / 4;
	return 0;
}

int smallfile_read_options(struct thread_data *td, uint32_t thread,
			   struct job *job, struct worker_options *w,
			   struct failure *f)
{
	const struct smallfile_options *so = td->eo;
	int ret;

	memset(w, 0, sizeof(*w));
	w->operation = operation_at(so->operation);
	ret = check_direction(td, w->operation, f);
	if (!ret)
		ret = check_fio_options(td, f);
	if (!ret)
		ret = check_command_line(td, f);
	if (!ret)
		ret = check_ranges(so, f);
	if (!ret)
		ret = check_schedule(td, so, f);
	if (!ret)
		ret = choose_host(so, job, f);
	if (!ret)
		ret = top_directory(td, &w->layout.directory, f);
	if (ret)
		return ret;
	if (so->thread_shift && so->thread_shift >= startline_siblings(td))
		return failure_set(f, EINVAL,
				   "thread_shift=%llu: expected less than "
				   "numjobs=%u",
				   so->thread_shift, startline_siblings(td));
	ret = read_sizes(td, so, w, f);
	if (ret)
		return ret;
	w->layout.host = job->host;
	w->layout.prefix = so->prefix ? so->prefix : "";
	w->layout.suffix = so->suffix ? so->suffix : "";
	w->layout.thread = (thread + so->thread_shift) % startline_siblings(td);
	if (smallfile_shares_files(so))
		w->layout.thread = 0;
	w->layout.files_per_dir = so->files_per_dir;
	w->layout.dirs_per_dir = so->dirs_per_dir;
	w->layout.spread = so->spread;
	w->layout.hash_into_dirs = so->hash_into_dirs;
	w->layout.same_dir = so->same_dir;
	w->layout.tree = so->tree;
	w->layout.seed = so->seed;
	w->layout.top_of_thread =
		so->directory_turns == DIRECTORY_TURNS_THREADS;
	w->content = so->content;
	w->seed = so->seed;
	w->xattr_size_bytes = so->xattr_size;
	w->xattr_count = so->xattr_count;
	w->dir_files = so->dir_files;
	w->empty = so->empty;
	w->verify_read = so->verify_read;
	w->record_ctime_size = so->record_ctime_size;
	w->fsync = td->o.fsync_on_close;
	w->direct = td->o.odirect;
	w->phases = so->phases;
	return 0;
}

void smallfile_take_over(struct thread_data *td, struct job *job)
{
	const struct smallfile_options *so = td->eo;
	const struct worker *w = &job->worker;

	fio_state_set_blocks(td, 1);
	fio_state_set_rates(td, smallfile_mean_bytes(job));
	fio_state_set_io_size(td, smallfile_mean_bytes(job));
	job->scheduled =
		so->latency_from == LATENCY_FROM_SCHEDULE && has_rate(td);
	if (job->scheduled)
		fio_state_show_both(td);
	if (job->order.kind != ORDER_FILES && job->order.kind != ORDER_FIO &&
	    td_random(td))
		fio_state_count_positions(td);
	if (w->operation->finishes)
		job->exit_what = fio_state_let_others_end(td);
}
