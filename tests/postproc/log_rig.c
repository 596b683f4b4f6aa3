// SPDX-License-Identifier: GPL-2.0-only
#include "log_rig.h"

void log_read_bytes(struct log *log, const char *base, const char *data,
		    size_t size)
{
	char *copy = malloc(size ? size : 1);

	memcpy(copy, data, size);
	memset(log, 0, sizeof(*log));
	log->parse.reader = reader_find(base, &log->parse.name);
	if (!log->parse.reader) {
		log->parse.reader = &reader_chunks;
		log_name_default(base, LOG_CHUNKS, &log->parse.name);
	}
	log->parse.path = base;
	log->parse.error = &log->error;
	log->parse.series.keep_times = true;
	log->ret = reader_parse(&log->parse, copy, size);
	free(copy);
}

void log_read(struct log *log, const char *base, const char *text)
{
	log_read_bytes(log, base, text, strlen(text));
}

void log_free(struct log *log)
{
	series_list_free(&log->parse.series);
}

const struct series *log_series(const struct log *log, size_t i)
{
	assert_true(i < log->parse.series.count);
	return log->parse.series.series[i];
}

uint64_t log_latency_ns(const struct log *log, size_t i, size_t k)
{
	return log_series(log, i)->timed[0].latency_ns[k];
}

void log_check_errors(const char *base, const struct log_error_row *rows,
		      size_t n)
{
	struct log log;

	for (size_t i = 0; i < n; i++) {
		log_read(&log, base, rows[i].text);
		if (log.ret != -EINVAL)
			fail_msg("\"%s\": %d", rows[i].text, log.ret);
		if (log.error.code != rows[i].code ||
		    log.error.line != rows[i].line ||
		    log.error.column != rows[i].column ||
		    !strstr(log.error.message, rows[i].says))
			fail_msg("\"%s\": code %d, %u:%u: %s", rows[i].text,
				 (int)log.error.code, (unsigned)log.error.line,
				 log.error.column, log.error.message);
		log_free(&log);
	}
}
