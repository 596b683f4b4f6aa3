// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>
#include <string.h>

#include "fio.h"

#include "glue.h"
#include "util/slowdown.h"

#define NS_PER_S 1000000000ll

int glue_refuse(struct thread_data *td, const char *engine, int ret,
		const struct failure *f)
{
	log_err("%s: job %s: %s\n", engine, td->o.name,
		f->text[0] ? f->text : strerror(-ret));
	td_verror(td, -ret, engine);
	return 1;
}

void glue_go_back(struct timespec *t, uint64_t by_ns)
{
	int64_t ns = t->tv_nsec - (int64_t)(by_ns % NS_PER_S);

	/* fio's clock may count from its own start: before it is negative. */
	t->tv_sec -= (time_t)(by_ns / NS_PER_S) + (ns < 0);
	t->tv_nsec = ns < 0 ? ns + NS_PER_S : ns;
}

void glue_set_latency(struct io_u *io_u, uint64_t latency_ns)
{
	fio_gettime(&io_u->issue_time, NULL);
	glue_go_back(&io_u->issue_time, latency_ns);
	io_u->start_time = io_u->issue_time;
}

void glue_make_room(struct thread_data *td)
{
	struct io_log *const logs[] = { td->slat_log,      td->clat_log,
					td->clat_hist_log, td->lat_log,
					td->bw_log,        td->iops_log };

	for (size_t i = 0; i < sizeof(logs) / sizeof(*logs); i++)
		if (logs[i] && !per_unit_log(logs[i]))
			return;
	regrow_logs(td);
}

bool glue_names_clash(const struct fio_option *own, const char *engine)
{
	bool clash = false;

	for (; own->name; own++)
		for (const struct fio_option *o = fio_options; o->name; o++)
			if (!strcmp(o->name, own->name) ||
			    (o->alias && !strcmp(o->alias, own->name))) {
				log_err("%s: fio has an option %s of its own\n",
					engine, own->name);
				clash = true;
			}
	return clash;
}

/* Of jobs whose operations end in another hook, and of those that do not. */
static enum fio_q_status (*queue_of[2])(struct thread_data *td,
					struct io_u *io_u);

static bool is_sync(const struct thread_data *td)
{
	return (td->io_ops->flags & FIO_SYNCIO) != 0;
}

static enum fio_q_status slowed_queue(struct thread_data *td, struct io_u *io_u)
{
	slowdown_wait();
	return queue_of[is_sync(td)](td, io_u);
}

/* The same for each job: no job runs yet. */
static void put_slowed_queue(struct thread_data *td)
{
	static struct ioengine_ops slowed[2];
	bool sync = is_sync(td);

	slowed[sync] = *td->io_ops;
	queue_of[sync] = slowed[sync].queue;
	slowed[sync].queue = slowed_queue;
	td->io_ops = &slowed[sync];
}

int glue_slow_down(struct thread_data *td, const char *engine, bool itself,
		   struct failure *f)
{
	static bool told;
	int ret = slowdown_read();

	if (ret < 0)
		return failure_set(f, -ret,
				   SLOWDOWN_VARIABLE
				   "=%s: expected a number above 0, up to %d",
				   getenv(SLOWDOWN_VARIABLE),
				   SLOWDOWN_PERCENT_MAX);
	if (!ret)
		return 0;
	if (!itself)
		put_slowed_queue(td);
	if (!told)
		log_err("%s: " SLOWDOWN_VARIABLE ": each operation is made to "
			"take %g %% longer\n",
			engine, slowdown_percent());
	told = true;
	return 0;
}
