// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>

#include "cli/run/run_options.h"
#include "sweep/sweep.h"

#define FILES_MAX   UINT64_C(1000000000000)
#define SIZE_MAX_B  (UINT64_C(1) << 50)
#define THREADS_MAX 4096

static int set_yaml(void *context, const char *value, char *error)
{
	return run_options_read_yaml(context, value, error);
}

static int set_operations(void *context, const char *value, char *error)
{
	return launch_set_operations(context, value, error);
}

static int set_rates(void *context, const char *value, char *error)
{
	return launch_set_rates(context, value, error);
}

static int set_limit(void *context, const char *value, char *error)
{
	struct limit limit;

	((struct launch *)context)->limit = value;
	return sweep_limit_parse(&limit, value, error);
}

/* These two may be empty. */
static int set_prefix(void *context, const char *value, char *error)
{
	(void)error;
	((struct launch *)context)->prefix = value;
	return 0;
}

static int set_suffix(void *context, const char *value, char *error)
{
	(void)error;
	((struct launch *)context)->suffix = value;
	return 0;
}

#define TEXT(name, argument, member, help)                                     \
	{                                                                      \
		name, 0, argument, help, OPTION_TEXT(struct launch, member)    \
	}
#define YES_NO(name, member, help)                                             \
	{                                                                      \
		name, 0, "Y/N", help, OPTION_YES_NO(struct launch, member)     \
	}
#define WHOLE(name, argument, member, from, to, help)                          \
	{                                                                      \
		name, 0, argument, help,                                       \
			OPTION_WHOLE(struct launch, member, from, to)          \
	}
#define SIZE(name, member, help)                                               \
	{                                                                      \
		name, 0, "KIB", help,                                          \
			OPTION_KIB(struct launch, member, SIZE_MAX_B)          \
	}
/* In the order of the table in launch.c. */
#define GONE(name, i) TEXT(name, "VALUE", gone[i], "no effect: see the note")

const struct option_row run_option_rows[] = {
	{ "operation", 0, "LIST",
	  "operations with commas between, done in turn (create)",
	  OPTION_SET(set_operations) },
	TEXT("top", "DIR", top,
	     "the directory to work in, or several with commas between\n"
	     "(/var/tmp/smf)"),
	WHOLE("files", "N", files, 1, FILES_MAX, "files of each thread (200)"),
	WHOLE("threads", "N", threads, 1, THREADS_MAX, "threads (2)"),
	SIZE("file-size", file_size,
	     "size of a file: KiB, or with a unit, as 4k or 1m (64)"),
	{ "file-size-distribution", 0, "NAME",
	  "fixed, or exponential: on average an eighth of\n"
	  "--file-size (fixed)",
	  OPTION_CHOICE(struct launch, distribution, launch_distributions) },
	SIZE("record-size", record_size,
	     "how much one read or write moves; 0: the file, at most\n"
	     "1 MiB (0)"),
	WHOLE("files-per-dir", "N", files_per_dir, 1, FILES_MAX,
	      "files in a directory (100)"),
	WHOLE("dirs-per-dir", "N", dirs_per_dir, 1, FILES_MAX,
	      "directories in a directory (10)"),
	YES_NO("hash-into-dirs", hash_into_dirs,
	       "spread consecutive files over directories (N)"),
	YES_NO("same-dir", same_dir, "all threads in one directory tree (N)"),
	YES_NO("permute-host-dirs", permute_host_dirs,
	       "each host works on the files of the next one (N)"),
	WHOLE("xattr-size", "BYTES", xattr_size, 0, 65536,
	      "size of an extended attribute (0)"),
	WHOLE("xattr-count", "N", xattr_count, 0, 4096,
	      "extended attributes of a file (0)"),
	{ "prefix", 0, "TEXT", "what names of files begin with",
	  OPTION_SET(set_prefix) },
	{ "suffix", 0, "TEXT", "what names of files end with",
	  OPTION_SET(set_suffix) },
	YES_NO("incompressible", incompressible,
	       "contents that do not compress (N)"),
	YES_NO("record-ctime-size", record_ctime_size,
	       "create notes time and size for await-create (N)"),
	YES_NO("verify-read", verify_read,
	       "compare what is read with what was written (Y)"),
	YES_NO("fsync", fsync, "an operation ends when it is on the disk (N)"),
	YES_NO("finish", finish,
	       "threads go on when another one is done (N); always where\n"
	       "an operation other than create changes the tree"),
	YES_NO("stonewall", stonewall,
	       "rates count until the first thread is done (Y)"),
	WHOLE("pause", "US", pause_us, 0, 1000000000,
	      "microseconds between operations of a thread (0)"),
	YES_NO("response-times", response_times,
	       "log the latency of each operation (N)"),
	YES_NO("rsptimes-csv", rsptimes_csv,
	       "also write smallfile's rsptimes_*.csv, into rsptimes in the\n"
	       "run's directory (N)"),
	{ "breakdown", 0, NULL,
	  "also time the parts of operations: open, write, fsync, close",
	  OPTION_FLAG(struct launch, breakdown) },
	TEXT("host-set", "LIST", host_set,
	     "hosts with commas between, as h1,h2 or h[1-16], or a file\n"
	     "of them; ssh starts a fio server on each"),
	{ "servers", 0, NULL,
	  "the hosts have fio servers already, on fio's port: no ssh",
	  OPTION_FLAG(struct launch, use_servers) },
	TEXT("ssh", "COMMAND", ssh, "ssh and its options (ssh)"),
	TEXT("network-sync-dir", "DIR", network_sync_dir,
	     "where hosts meet (network_shared in the first --top)"),
	TEXT("output-json", "FILE", output_json,
	     "write the result as smallfile does; for several operations\n"
	     "FILE-OPERATION"),
	{ "yaml-input-file", 0, "FILE", "read options from YAML",
	  OPTION_SET(set_yaml) },
	TEXT("mix", "LIST", mix,
	     "for --operation mix: what is drawn, and its weights, as\n"
	     "create:10,stat:55,read:20,delete:10"),
	WHOLE("population", "N", population, 1, FILES_MAX,
	      "for --operation mix: files of each thread that are there\n"
	      "at the start (four fifths of --files)"),
	TEXT("mix-distribution", "NAME", mix_distribution,
	     "for --operation mix: which files; uniform, zipf:T or\n"
	     "recent:T (uniform)"),
	WHOLE("samples", "N", samples, 1, 1000,
	      "do all of it N times, with statistics (1)"),
	{ "seconds", 0, "S",
	  "choose --files so that the longest operation takes about\n"
	  "S seconds: a short run before finds out",
	  OPTION_SECONDS(struct launch, seconds_ns, 1000000) },
	{ "rate-sweep", 0, "LIST",
	  "do the last operation at these rates, one after the other:\n"
	  "operations a second of each thread, as 100,150,200 or\n"
	  "100-1600, which doubles; each for --seconds (10)",
	  OPTION_SET(set_rates) },
	{ "limit", 0, "RULE",
	  "with --rate-sweep: find the highest rate that keeps it, as\n"
	  "'p99 < 5ms'",
	  OPTION_SET(set_limit) },
	TEXT("job", "FILE", job,
	     "with --rate-sweep: a job file for fio, in place of\n"
	     "--operation and the others"),
	{ "drop-caches", 0, NULL,
	  "empty the kernel's caches before operations on files that\n"
	  "are there; needs root",
	  OPTION_FLAG(struct launch, drop_caches) },
	{ "cleanup", 0, NULL, "remove the files at the end",
	  OPTION_FLAG(struct launch, cleanup) },
	{ "keep-tree", 0, NULL, "after ^C keep the files that the run has made",
	  OPTION_FLAG(struct launch, keep_tree) },
	TEXT("run-dir", "DIR", run_dir,
	     "a new directory for job file and results\n"
	     "(smallfio-run-TIME)"),
	{ "print-job", 0, NULL, "print the job file for fio, and stop",
	  OPTION_FLAG(struct launch, print_job) },
	OPTION_COLOR_ROW,
	TEXT("fio", "PROGRAM", fio,
	     "the fio to run, here and on hosts (" SMALLFIO_FIO ")"),
	GONE("min-dirs-per-sec", 0),
	GONE("auto-pause", 1),
	GONE("cleanup-delay-usec-per-file", 2),
	GONE("remote-pgm-dir", 3),
	GONE("launch-by-daemon", 4),
	GONE("host-count", 5),
	GONE("log-to-stderr", 6),
	GONE("verbose", 7),
	GONE("log-level", 8),
	{ 0 },
};
