/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SMALLFILE_H
#define SMALLFILE_H

#include <stdatomic.h>

#include "fio.h"

#include "util/start_yield.h"
#include "barrier/barrier.h"
#include "glue.h"
#include "order.h"
#include "section_note.h"
#include "tick_clock.h"
#include "fs/mount_stats.h"
#include "util/relay.h"
#include "util/thread_time.h"
#include "op/mix.h"
#include "op/worker.h"

/*
 * The glue between fio and core/. It translates options, hands requests on, and
 * translates results. It does no file operation of its own.
 */

#define END_TIMEOUT_MAX_S 1000000
/* Room for a host's name. Longer names are refused as file names. */
#define HOST_BYTES (NAME_MAX + 1)

/* When the latencies of a job with a rate begin. */
enum latency_from {
	LATENCY_FROM_START,    /* when the operation begins */
	LATENCY_FROM_SCHEDULE, /* fio's lat: when the operation was due */
};

/* What takes the directories of directory= in turn. */
enum directory_turns { DIRECTORY_TURNS_FILES, DIRECTORY_TURNS_THREADS };

/* The engine's options as fio's parser fills them in. fio owns the strings. */
struct smallfile_options {
	void *pad; /* fio takes an option at offset 0 for one without storage */
	/* index into operations[]; operation_count: operation_mix */
	unsigned int operation;
	unsigned int empty;
	unsigned int hash_into_dirs;
	unsigned int same_dir;
	unsigned int verify_read;
	unsigned int record_ctime_size;
	unsigned int directory_turns; /* enum directory_turns */
	unsigned int content;
	unsigned int preflight;
	unsigned int uring_always;
	unsigned int latency_from; /* enum latency_from */
	unsigned int phases;
	unsigned long long files; /* 0: not given */
	unsigned long long files_per_dir;
	unsigned long long dirs_per_dir;
	unsigned long long spread;
	unsigned long long xattr_size;
	unsigned long long xattr_count;
	unsigned long long dir_files;
	unsigned long long gate_hosts;
	unsigned long long gate_timeout; /* 0: not given */
	unsigned long long seed;
	unsigned long long uring_workers;     /* 0: not given */
	unsigned long long end_timeout;       /* seconds */
	unsigned long long burst;             /* operations */
	unsigned long long progress_interval; /* seconds; 0: no messages */
	unsigned long long thread_shift;
	char *gate;
	char *keep_results;
	char *host;
	char *permute_hosts;
	char *prefix;
	char *suffix;
	char *tree;
	char *size_distribution;
	char *mix;
	char *mix_distribution;
	unsigned long long population; /* 0: not given */
};

/* fio's table of these options. It ends with a row of zeroes. */
struct fio_option *smallfile_option_table(void);

/*
 * One job of fio, a thread or a process. ->setup makes it in the parent, and
 * the child uses it from ->init on.
 */
struct job {
	struct worker worker;
	struct mix *mix; /* operation=mix; otherwise NULL */
	struct request request;
	/* of each operation of a mix, and of parts; NULL: neither */
	struct op_latency *latency;
	/* used instead of `request`; NULL: iodepth=1 */
	struct smallfile_async *async;
	struct inline_batch *batch; /* iodepth=1 */
	struct order order;
	struct tick_clock clock;
	struct relay_seat seat; /* takes turns, if it has a heat */
	bool heat_over;         /* latencies are no longer counted */
	/* host of the tree; with permute_hosts another host */
	char host[HOST_BYTES];
	char own_host[HOST_BYTES];
	char section[32];
	struct barrier barrier; /* directory NULL: none */
	bool request_ready;
	bool at_barrier;     /* passed the barrier for this host's jobs */
	bool scheduled;      /* fio's lat begins when an operation is due */
	bool together;       /* starts together with other jobs */
	bool running;        /* fio's clock runs: td->epoch and runtime= hold */
	uint64_t pass;       /* units fio works through in one pass */
	int64_t asked;       /* units in all passes; -1: limited otherwise */
	uint64_t prepared;   /* requests so far */
	uint64_t errors;     /* requests that failed */
	int remedy_for;      /* the error whose remedy was told last, or 0 */
	unsigned int number; /* among all jobs of this fio */
	int64_t began_ns;    /* since 1970; 0: has not begun */
	bool kept;           /* has begun to keep its results */
	bool keep_failed;    /* could not keep them, and has said so */
	unsigned int exit_what; /* jobs for end_others(); 0: fio ends them */
	struct client_section *client; /* NULL: is not counted */
	struct thread_time began;
	struct progress_section *progress; /* NULL: no messages */
	const atomic_llong *progress_due_ns;
};

/*
 * Reads the job's options, fio's own and the engine's, into `options`. `thread`
 * is the thread's number within its host and section. Strings are borrowed from
 * `td` and `job`. Returns 0, or -errno with a sentence.
 */
int smallfile_read_options(struct thread_data *td, uint32_t thread,
			   struct job *job, struct worker_options *options,
			   struct failure *failure);

/*
 * Whether the jobs of a section have one set of files: a mix with same_dir=1.
 */
bool smallfile_shares_files(const struct smallfile_options *so);

/*
 * Sets fio's own options so that one of its blocks is one unit of the worker.
 * The block size is 1. So an offset is a unit's number, a rate in operations is
 * a rate in blocks, and the buffers that fio allocates cost nothing.
 */
void smallfile_take_over(struct thread_data *td, struct job *job);

/*
 * The start barrier of this job's hosts. Each job enters in ->setup. One job
 * waits at the barrier for all jobs of this host that start with it. These
 * functions do nothing without gate=. They return 0, or -errno with a sentence.
 */
void smallfile_barrier_enter(const struct thread_data *td,
			     const struct job *job);
int smallfile_barrier_wait(struct thread_data *td, struct job *job,
			   struct failure *failure);
void smallfile_barrier_leave(struct thread_data *td, struct job *job);

/* Whether the next file may have had its turn before. */
static inline bool smallfile_again(const struct job *job)
{
	return order_repeats(job->order.kind) || job->prepared >= job->pass;
}

/* Prepares the request for the job's next unit. Not measured. */
static inline void smallfile_prepare(struct job *job, struct request *request,
				     uint64_t unit)
{
	bool again = smallfile_again(job);

	/*
	 * Yields once, after the first operation, for jobs that have not begun.
	 */
	if (job->prepared++ == 1 && job->together)
		start_yield();
	request_prepare(&job->worker, request, unit, again);
}

/* Does the same for what a mix has drawn. */
static inline void smallfile_prepare_drawn(struct job *job,
					   struct request *request)
{
	if (job->prepared++ == 1 && job->together)
		start_yield();
	mix_prepare(job->mix, request);
}

/* The mean bytes that a unit moves, for progress and rates. */
static inline uint64_t smallfile_mean_bytes(const struct job *job)
{
	return job->mix ? mix_mean_bytes(job->mix)
			: worker_mean_bytes(&job->worker);
}

/* Hands a failure on to fio, and says what failed. `ret` is negative. */
void smallfile_fail(struct thread_data *td, struct io_u *io_u,
		    struct request *request, int ret);

/*
 * For iodepth above 1. smallfile_choose_async() turns the job's engine into one
 * that queues, in ->setup. It returns false if io_uring has no form of the
 * operation. smallfile_init_async() makes what is needed in ->init, by the
 * thread that will use it. Returns 0, or -errno with a sentence.
 */
#ifdef HAVE_LIBURING
bool smallfile_choose_async(struct thread_data *td, const struct job *job);
int smallfile_init_async(struct thread_data *td, struct job *job,
			 struct failure *failure);
void smallfile_free_async(struct job *job);
#else
/* The job is told in ->init why it cannot queue. */
#define smallfile_choose_async(td, job) true
#define smallfile_init_async(td, job, failure)                                 \
	failure_set(failure, ENOSYS,                                           \
		    "iodepth=%u: built without liburing 2.3 or newer; use "    \
		    "iodepth=1, or install it (liburing-dev) and build again", \
		    (td)->o.iodepth)
#define smallfile_free_async(job) ((void)0)
#endif

/*
 * Messages about what the jobs of a section have done, see
 * smallfile_progress.c. Each job enters in ->setup, which returns 0 or -errno.
 * It prepares before the start line, begins behind it, and has ended when all
 * its samples are counted. In between it looks after each batch whether a
 * message is due. `now` is of fio's clock.
 */
int smallfile_progress_enter(const struct thread_data *td, struct job *job);
void smallfile_progress_prepare(const struct thread_data *td,
				const struct job *job);
void smallfile_progress_begin(const struct job *job);
void smallfile_progress_tell(const struct thread_data *td,
			     const struct job *job, const struct timespec *now);
void smallfile_progress_end(const struct thread_data *td,
			    const struct job *job);

static inline void smallfile_progress_look(const struct thread_data *td,
					   const struct job *job,
					   const struct timespec *now)
{
	long long due_ns = atomic_load_explicit(job->progress_due_ns,
						memory_order_relaxed);

	if (now->tv_sec * 1000000000ll + now->tv_nsec >= due_ns)
		smallfile_progress_tell(td, job, now);
}

/*
 * Turns with another fio, see smallfile_turns.c. ->setup enters. A job joins
 * right before fio starts its clock, and waits there for its first turn.
 * Jobs that run at once and do different operations take none: a turn has one
 * rate. After smallfile_turns_enter(), smallfile_turns_taken() says whether
 * this fio takes turns. Before each piece of work, when nothing is in flight,
 * the job waits if smallfile_turns_due() says so. smallfile_turns_leave() comes
 * when the job has done all. The functions return 0, or -errno with a sentence.
 */
int smallfile_turns_enter(struct failure *failure);
bool smallfile_turns_taken(void);
int smallfile_turns_join(struct thread_data *td, struct job *job,
			 struct failure *failure);
void smallfile_turns_wait(struct thread_data *td, struct job *job);
void smallfile_turns_leave(struct job *job);

/* Whether the job has to stop here, and wait for its next turn. */
static inline bool smallfile_turns_due(const struct job *job)
{
	return job->seat.heat && !relay_is_mine(&job->seat);
}

/*
 * How many operations a mix does in one pass: fio's limit, or any number if
 * only time ends the job, or else as many as it has files.
 */
uint64_t smallfile_drawn_units(const struct thread_data *td,
			       const struct job *job);

/*
 * What the jobs of a section take of this host, see smallfile_client.c. Each
 * job enters in ->setup, which returns 0 or -errno. It is ready when it comes
 * to the start line. The job that leads is ready again behind the start
 * barrier, for all. Each begins right before fio starts its clock, and has
 * ended before it does anything else in ->cleanup. fio's main process says that
 * a job is gone.
 */
int smallfile_client_enter(struct thread_data *td, struct job *job);
void smallfile_client_ready(const struct job *job, bool all);
void smallfile_client_begin(struct job *job);
void smallfile_client_end(const struct thread_data *td, const struct job *job);
void smallfile_client_gone(void);

/* The units in all passes of a job that is about to start; -1: not known. */
int64_t smallfile_units_asked(const struct thread_data *td,
			      const struct job *job);

/* What fio does not say of the job. */
struct section_note smallfile_note(const struct thread_data *td,
				   const struct job *job);

/*
 * What this host keeps of its jobs, see smallfile_keep.c. Each job enters in
 * ->setup, which returns 0 or -errno. A job's results are written when it
 * begins to run, without figures, and when it has ended. The first barrier of a
 * fio names the run. When the job is gone, fio's main process puts that name
 * into its description. smallfile_kept_where() returns the directory, or NULL.
 */
int smallfile_keep_enter(struct job *job);
void smallfile_keep_begin(const struct thread_data *td, struct job *job);
void smallfile_keep_run(const struct thread_data *td, struct job *job,
			uint64_t run);
void smallfile_keep_end(const struct thread_data *td, struct job *job);
void smallfile_keep_gone(struct thread_data *td);
const char *smallfile_kept_where(const struct thread_data *td);

/*
 * With preflight=1, in ->setup: prints what the job needs and finds. Keeps the
 * job from doing anything else before it ends, in ->init.
 */
void smallfile_preflight(struct thread_data *td, const struct job *job);
/* Called by fio for the option preflight=. */
int smallfile_preflight_asked(void *options, int *value);
bool smallfile_is_preflight(const struct thread_data *td);

#endif
