// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fio.h"
#include "verify.h"

#include "fio_state.h"
#include "glue.h"
#include "layout.h"
#include "util/slowdown.h"

int glue_refuse(struct thread_data *td, const char *engine, int ret,
		const struct failure *f)
{
	log_err("%s: job %s: %s\n", engine, td->o.name,
		f->text[0] ? f->text : strerror(-ret));
	td_verror(td, -ret, engine);
	return 1;
}

/*
 * Whether an option has the name of one of fio's, and says which. fio matches
 * its own options first, so the engine's would silently never be seen.
 */
static bool names_clash(const struct fio_option *own, const char *engine)
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

struct ioengine_ops *glue_entry(struct ioengine_ops *ops,
				struct fio_option *options, const char *engine,
				bool usable)
{
	if (usable && !layout_fits())
		return NULL;
	ops->options = options;
	ops->open_file = glue_no_file;
	ops->close_file = glue_no_file;
	ops->invalidate = glue_no_file;
	ops->unlink_file = glue_no_file;
	if (!usable || names_clash(options, engine))
		ops->version = -1;
	return ops;
}

int glue_no_file(struct thread_data *td, struct fio_file *file)
{
	return 0;
}

static int refuse_first(const struct glue_refusal *rows, size_t count,
			struct failure *f)
{
	for (size_t i = 0; i < count; i++)
		if (rows[i].given)
			return failure_set(f, EINVAL, "%s", rows[i].text);
	return 0;
}

int glue_refuse_options(const struct thread_data *td,
			const struct glue_refusal *rows, size_t count,
			struct failure *f)
{
	const struct thread_options *o = &td->o;
	const struct glue_refusal always[] = {
		{ o->filename != NULL,
		  "filename= has no meaning here: name a directory=" },
		{ o->zone_mode != ZONE_MODE_NONE, "zonemode=: only none" },
		{ o->read_iolog_file != NULL, "read_iolog=: not supported" },
	};
	int ret = refuse_first(rows, count, f);

	return ret ? ret
		   : refuse_first(always, sizeof(always) / sizeof(*always), f);
}

/* Returns 0 or -errno. */
static int own_host(char *name, size_t size)
{
	const char *given = getenv(GLUE_HOST_VARIABLE);

	if (given && *given)
		return snprintf(name, size, "%s", given) < (int)size
			       ? 0
			       : -ENAMETOOLONG;
	if (gethostname(name, size))
		return -errno;
	name[size - 1] = 0;
	return 0;
}

int glue_expand_host(const char *option, const char *text, char *out,
		     size_t size, struct failure *f)
{
	const char *mark = strstr(text, "%h");
	char name[HOST_NAME_MAX + 1] = "";
	int n = mark ? own_host(name, sizeof(name)) : 0;

	if (n)
		return failure_set(f, -n, "%s=%.200s: this host has no name",
				   option, text);
	n = mark ? snprintf(out, size, "%.*s%s%s", (int)(mark - text), text,
			    name, mark + 2)
		 : snprintf(out, size, "%s", text);
	if (n >= (int)size)
		return failure_set(f, ENAMETOOLONG, "%s=%.200s...: too long",
				   option, text);
	return 0;
}

/*
 * The engine's ->queue: [0] for jobs whose operations end in another hook, [1]
 * for jobs whose operations end in ->queue.
 */
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

/*
 * Replaces ->queue of the job. What is written is the same for each job, and no
 * job runs yet.
 */
static void put_slowed_queue(struct thread_data *td)
{
	static struct ioengine_ops slowed[2];
	bool sync = is_sync(td);

	slowed[sync] = *td->io_ops;
	queue_of[sync] = slowed[sync].queue;
	slowed[sync].queue = slowed_queue;
	fio_state_set_engine(td, &slowed[sync]);
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
