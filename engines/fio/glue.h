/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef GLUE_H
#define GLUE_H

#include <stdbool.h>
#include <stdint.h>

#include "util/failure.h"

/*
 * A module may contain the glue several times, compiled for one fio version
 * each. The build gives each a GLUE_OPS of its own, and makes all other names
 * of the glue local to it.
 */
#define glue_ops GLUE_OPS

struct fio_file;
struct fio_option;
struct ioengine_ops;
struct thread_data;

/*
 * Returns the engine's entry for this fio version, for the loader, or NULL if
 * the structures of the fio that runs are not those of the headers. Not
 * `usable`: an entry that every fio refuses (by a wrong interface number),
 * because fio offers an engine no other way to decline.
 */
struct ioengine_ops *glue_ops(bool usable);

/* What all engines need of fio. Messages begin with the name `engine`. */

/* The same for glue_ops(), of an engine with these options. */
struct ioengine_ops *glue_entry(struct ioengine_ops *ops,
				struct fio_option *options, const char *engine,
				bool usable);

/*
 * A hook for fio's one pseudo file, which stands for all that the engine works
 * on and is never on disk. There is nothing to open, drop from the cache, or
 * unlink.
 */
int glue_no_file(struct thread_data *td, struct fio_file *file);

/* An option of fio that would silently do something else than it says. */
struct glue_refusal {
	bool given;
	const char *text;
};

/*
 * Returns -EINVAL with the text of the first of `count` rows that is given, or
 * of an option that no engine here takes; otherwise 0.
 */
int glue_refuse_options(const struct thread_data *td,
			const struct glue_refusal *rows, size_t count,
			struct failure *failure);

/*
 * Says why a job cannot go on, and makes fio end with an error. Returns 1, as
 * fio's hooks do then.
 */
int glue_refuse(struct thread_data *td, const char *engine, int ret,
		const struct failure *failure);

/* In fio's environment: a name for this host, instead of its own. */
#define GLUE_HOST_VARIABLE "SMALLFIO_HOST"

/*
 * The value `text` of an option, with this host's name in place of a %h.
 * Returns 0, or -errno with *f filled in.
 */
int glue_expand_host(const char *option, const char *text, char *out,
		     size_t size, struct failure *f);

/*
 * Makes a job slower by a known percentage if the environment asks for it
 * (util/slowdown.h). For ->setup, after the job's hooks are chosen. A job that
 * is not slowed down does not run any of this. `itself`: the job's hooks wait
 * on their own, because its operations are not done when they are queued.
 * Returns 0, or -errno with *f filled in.
 */
int glue_slow_down(struct thread_data *td, const char *engine, bool itself,
		   struct failure *f);

#endif
