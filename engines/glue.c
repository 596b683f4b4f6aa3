// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "fio.h"

#include "glue.h"

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
