// SPDX-License-Identifier: GPL-2.0-only
/* The name of a log and, after a '\n', the operation that is in the log. */
#include "fuzz.h"
#include "fio/log_name.h"

static void check(const struct log_name *name)
{
	assert(name->host[0] && name->operation[0]);
	assert(strlen(name->host) <= NAME_MAX);
	assert(strlen(name->operation) <= NAME_MAX);
	assert(name->thread >= LOG_THREAD_UNKNOWN);
	assert(name->fio_job >= LOG_FIO_JOB_UNKNOWN);
}

FUZZ(data, size)
{
	char base[2 * NAME_MAX], *operation = base;
	struct log_name name;

	if (!fuzz_text(base, sizeof(base), data, size))
		return;
	fuzz_line(&operation);
	log_name_fz(base, &name);
	log_name_other(base);
	if (!log_name_fio(base, &name)) {
		check(&name);
		log_name_cut_suffix(name.host, operation);
		assert(name.host[0]);
	}
	if (!log_name_rsptimes(base, &name)) {
		log_name_split(&name, operation, strlen(operation));
		check(&name);
	}
}
