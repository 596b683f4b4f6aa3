// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <sys/resource.h>

#include "cluster/check_files.h"

int check_files(size_t hosts, size_t each, size_t beside, struct notes *notes)
{
	const size_t need = hosts * each + beside;
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) || limit.rlim_cur >= need)
		return 0;
	notes_add(notes,
		  "%zu open files are needed for %zu hosts, and %llu are "
		  "allowed here: fio would leave out hosts, and its exit code "
		  "may be 0; %s `ulimit -n %zu` in this shell",
		  need, hosts, (unsigned long long)limit.rlim_cur,
		  limit.rlim_max >= need
			  ? "first run"
			  : "raise the hard limit (nofile in limits.conf, or "
			    "LimitNOFILE= of a unit), then run",
		  need);
	return -EMFILE;
}

int check_files_raise(size_t hosts, size_t each, size_t beside,
		      struct notes *notes)
{
	const size_t need = hosts * each + beside;
	struct rlimit limit;

	if (!getrlimit(RLIMIT_NOFILE, &limit) && limit.rlim_cur < need) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
	return check_files(hosts, each, beside, notes);
}
