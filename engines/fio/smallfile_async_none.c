// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>

#include "fio.h"

#include "smallfile.h"

/* Takes the place of smallfile_async.c in a build without liburing. */

/* Returns true, so that smallfile_init_async() says why it is not possible. */
bool smallfile_choose_async(struct thread_data *td, const struct job *job)
{
	return true;
}

int smallfile_init_async(struct thread_data *td, struct job *job,
			 struct failure *f)
{
	return failure_set(f, ENOSYS,
			   "iodepth=%u: built without liburing; install "
			   "liburing-dev and build again, or use iodepth=1",
			   td->o.iodepth);
}

void smallfile_free_async(struct job *job)
{
}
