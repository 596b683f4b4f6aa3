// SPDX-License-Identifier: GPL-2.0-only
/* The name of a log and, after a '\n', the operation that is in the log. */
#include <string.h>

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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char base[2 * NAME_MAX];
	struct log_name name;
	char *operation;

	if (size >= sizeof(base))
		return 0;
	if (size)
		memcpy(base, data, size);
	base[size] = '\0';
	operation = strchr(base, '\n');
	if (operation)
		*operation++ = '\0';
	else
		operation = base + strlen(base);
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
	return 0;
}
