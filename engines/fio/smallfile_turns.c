// SPDX-License-Identifier: GPL-2.0-only
/* How a job takes turns with another fio, see util/relay.h. */
#include <errno.h>

#include "fio.h"

#include "fio_state.h"
#include "smallfile.h"
#include "startline.h"
#include "util/slowdown.h"

/* The memory, found once for all jobs of this fio. */
static struct relay *relay;
static unsigned int side;

int smallfile_turns_enter(struct failure *f)
{
	static bool looked;
	int ret = looked ? 0 : relay_find(&relay, &side);

	looked = true;
	if (!ret)
		return 0;
	return failure_set(f, -ret,
			   RELAY_VARIABLE
			   "=%s: expected what `smallfio ab` sets; unset it "
			   "for a run by itself",
			   getenv(RELAY_VARIABLE));
}

bool smallfile_turns_taken(void)
{
	return relay != NULL;
}

static bool must_stop(void *arg)
{
	const struct thread_data *td = arg;

	return td->terminate;
}

void smallfile_turns_leave(struct job *job)
{
	if (job->seat.heat)
		relay_leave(&job->seat, job->prepared);
}

/* Ends all jobs: nobody compares them any more, or looks after them. */
static void end_alone(const struct thread_data *td)
{
	log_err("fio-smallfile: job %s: smallfio ab has ended, so this fio "
		"ends, too\n",
		td->o.name);
	fio_terminate_threads(TERMINATE_ALL, TERMINATE_ALL);
}

void smallfile_turns_wait(struct thread_data *td, struct job *job)
{
	enum relay_next next;
	int64_t waited_ns;

	slowdown_pause();
	if (job->running)
		fio_state_stand_still(td);
	next = relay_wait(&job->seat, job->prepared, must_stop, td, &waited_ns);
	slowdown_resume();
	/* Nor does fio count while ramp_time= lasts. */
	if (td->runstate == TD_RAMP)
		relay_discount(&job->seat);
	if (job->running)
		fio_state_stood_still(td, waited_ns);
	if (next == RELAY_TURN)
		return;
	smallfile_turns_leave(job);
	/* The latencies are those of operations in turns, as the rates are. */
	fio_state_end_latencies(td);
	job->heat_over = true;
	if (next == RELAY_ALONE)
		end_alone(td);
}

int smallfile_turns_join(struct thread_data *td, struct job *job,
			 struct failure *f)
{
	struct relay_section section = {
		.operation = job->worker.operation->name,
		.name = td->o.name,
	};
	int ret;

	section.threads = startline_measured(td, &section.number);

	if (!relay || !td->o.stats || td->terminate)
		return 0;
	/* A turn has one rate, so it has one operation. */
	if (!section.threads) {
		relay_decline(relay);
		return 0;
	}
	ret = relay_join(&job->seat, relay, side, &section);
	if (ret == -EPERM)
		return failure_set(f, -ret,
				   "smallfio ab --real-time: this user may not "
				   "run before others: it needs root, or "
				   "CAP_SYS_NICE");
	if (ret)
		return failure_set(f, -ret,
				   "smallfio ab takes turns with at most %d "
				   "threads and %d sections: take fewer, or "
				   "--turns off",
				   RELAY_THREADS, RELAY_HEATS);
	smallfile_turns_wait(td, job);
	return 0;
}
