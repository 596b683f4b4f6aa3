/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What `smallfio run` is asked for: smallfile's parameters, and its own. The
 * names and the defaults are smallfile's. Sizes are in bytes here.
 */
#ifndef SMALLFIO_LAUNCH_H
#define SMALLFIO_LAUNCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "op/operation.h"
#include "launch/servers.h"
#include "util/notes.h"

#define LAUNCH_PHASES_MAX 64
#define LAUNCH_NAME_MAX   64
#define LAUNCH_RATES_MAX  64

/* Options of smallfile that have no meaning here: LAUNCH_GONE in launch.c. */
#define LAUNCH_GONE 9

enum launch_distribution {
	LAUNCH_FIXED,
	LAUNCH_EXPONENTIAL,
};

struct launch_distribution_name {
	const char *name;
	enum launch_distribution value;
};

extern const struct launch_distribution_name launch_distributions[];

/* One operation of the list, a section of the job file. */
struct launch_phase {
	const struct operation *operation;
	/* The section's name: the operation, with -2 where it comes again. */
	char name[LAUNCH_NAME_MAX];
	bool drops_caches; /* a section before it drops the kernel's caches */
};

struct launch {
	const char *top; /* with commas between */
	uint64_t files, threads;
	uint64_t file_size, record_size; /* bytes; record_size 0: see options */
	const struct launch_distribution_name *distribution;
	uint64_t files_per_dir, dirs_per_dir;
	bool hash_into_dirs, same_dir, permute_host_dirs;
	uint64_t xattr_size, xattr_count;
	const char *prefix, *suffix;
	bool incompressible, record_ctime_size, verify_read, fsync;
	bool finish, stonewall;
	uint64_t pause_us;
	bool response_times, rsptimes_csv, breakdown;
	const char *host_set, *network_sync_dir;
	/* Of operation mix, as in a job file; NULL: not given. */
	const char *mix, *mix_distribution;
	uint64_t population;           /* 0: not given */
	const char *gone[LAUNCH_GONE]; /* values of options without meaning */

	const char *output_json;
	uint64_t samples, seconds_ns;
	bool drop_caches, cleanup, keep_tree, print_job, use_servers;
	const char *run_dir, *fio, *ssh;
	/* --rate-sweep: operations a second of each thread, ascending. */
	uint64_t rate[LAUNCH_RATES_MAX];
	size_t rates;
	uint64_t rate_now; /* of the last phase; 0: as fast as it can */
	const char *limit; /* what the sweep's limit is; or NULL */
	const char *job;   /* a job file instead of the options; or NULL */

	/* launch_set_operations() fills the list of phases. */
	struct launch_phase phase[LAUNCH_PHASES_MAX];
	size_t phases;

	/* launch_plan() fills the rest, and makes paths absolute. */
	struct servers servers; /* of --host-set; none: this machine */
	const char *sync_dir;   /* --network-sync-dir, or its default */
	const char *meet;       /* where hosts meet: there, or below it */
	const char *directory;  /* `top` in the form of fio's directory= */
	/* The first files that a phase needs are made by an earlier phase. */
	bool makes_tree;
	/* Only so many files of each thread were made; 0: all. */
	uint64_t made;
	struct notes kept; /* texts that other members point to */
};

/* Sets smallfile's defaults. */
void launch_defaults(struct launch *launch);

/*
 * Makes phases of operations with commas between. Returns 0, or -EINVAL with
 * what is wrong in `error`.
 */
#define LAUNCH_ERROR_MAX 256
int launch_set_operations(struct launch *launch, const char *list,
			  char error[LAUNCH_ERROR_MAX]);

/*
 * Reads rates with commas between: numbers, or FROM-TO, which doubles FROM
 * until it is TO. Returns the same.
 */
int launch_set_rates(struct launch *launch, const char *list,
		     char error[LAUNCH_ERROR_MAX]);

/*
 * Checks that the options go together. Returns 0, or -EINVAL with a sentence in
 * `error`.
 */
int launch_plan(struct launch *launch, char error[LAUNCH_ERROR_MAX]);

/* Adds a note for each option that was given and has no meaning here. */
void launch_note_gone(const struct launch *launch, struct notes *notes);

/*
 * Copies a text that has to live as long as *launch. Returns NULL if there is
 * no memory.
 */
const char *launch_keep(struct launch *launch, const char *text, size_t length);

void launch_free(struct launch *launch);

#endif
