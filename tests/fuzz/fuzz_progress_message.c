// SPDX-License-Identifier: GPL-2.0-only
/*
 * A job's message. In an accepted message all texts are terminated and no
 * longer than allowed, and all numbers are in range.
 */
#include "fuzz.h"
#include "fio/progress_message.h"

FUZZ(data, size)
{
	struct progress_message p;
	int ret = progress_message_parse(&p, (const char *)data, size);

	assert(ret == 0 || ret == -ENOENT);
	if (ret)
		return;
	assert(p.host[0] && memchr(p.host, '\0', PROGRESS_MESSAGE_NAME_MAX));
	assert(p.job[0] && memchr(p.job, '\0', PROGRESS_MESSAGE_NAME_MAX));
	assert(p.kind == PROGRESS_RATE || p.kind == PROGRESS_STALLED ||
	       p.kind == PROGRESS_IDLE);
	assert(memchr(p.operation, '\0', PROGRESS_OPERATION_MAX));
	assert(p.files_asked >= -1 && p.files_per_s >= 0);
	assert(p.cpu_user_pct >= 0 && p.cpu_system_pct >= 0 &&
	       p.memory_mib >= 0);
	assert(p.end == PROGRESS_GOES_ON || p.end == PROGRESS_ENDED ||
	       p.end == PROGRESS_LAST);
	assert(p.interval_s >= 0 && p.interval_s <= PROGRESS_INTERVAL_MAX_S &&
	       p.mib_per_s >= 0 && p.p99_ms >= 0 && p.max_ms >= 0 &&
	       p.oldest_s >= 0);
}
