/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the name of a log says: neither fio nor smallfile writes host and
 * thread into the log itself.
 */
#ifndef SMALLFIO_LOG_NAME_H
#define SMALLFIO_LOG_NAME_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LOG_THREAD_UNKNOWN  (-1L)
#define LOG_FIO_JOB_UNKNOWN (-1L)
/* The host of a log whose name has none: it was written where fio ran. */
#define LOG_HOST_LOCAL "localhost"

enum log_kind {
	LOG_CLAT,      /* fio: completion latency, the operation itself */
	LOG_LAT,       /* fio: total latency, clat and slat */
	LOG_SLAT,      /* fio: submission latency */
	LOG_CLAT_HIST, /* fio: histograms of completion latency */
	LOG_RSPTIMES,
	LOG_CHUNKS, /* fio-diskwrite.so's chunk log */
	LOG_KINDS,
};

struct log_name {
	enum log_kind kind;
	long thread;  /* smallfile's TT, or LOG_THREAD_UNKNOWN */
	long fio_job; /* fio's N, or LOG_FIO_JOB_UNKNOWN */
	/*
	 * For rsptimes_*.csv the host is HOST_OP and the operation empty until
	 * log_name_split() has taken them apart: either may contain a '_'.
	 */
	bool joined;
	bool by_default; /* by log_name_default(): the name said nothing */
	char host[NAME_MAX + 1];
	char operation[NAME_MAX + 1];
};

/* What fio's JSON, beside a log of fio's, tells of it. Zeros: nothing. */
struct log_proof {
	bool averages;    /* log_avg_msec= of the job */
	bool operations;  /* whose block size is 0, as that of averages */
	uint64_t samples; /* of the latency: with so many lines, operations */
};

/*
 * fio: PREFIX_KIND[.N].log[.HOST], KIND one of clat, lat, slat, clat_hist; N
 * the number of the job in the run, missing with per_job_logs=0; HOST as it was
 * typed at --client. The operation is PREFIX without a leading "smallfile-".
 * Returns 0, or -ENOENT if `base` (no directories) is no such name.
 */
int log_name_fio(const char *base, struct log_name *name);

/*
 * smallfile: rsptimes_TT_HOST_OP_START.csv, with what a collector put behind
 * that, such as .ADDRESS. Returns as log_name_fio().
 */
int log_name_rsptimes(const char *base, struct log_name *name);

/*
 * Takes HOST_OP of a LOG_RSPTIMES apart. `operation` (length bytes, may be 0)
 * is the one that the first line of the log names. The first that fits wins:
 * OP is that operation; OP is an operation of smallfile; the log's operation
 * begins with OP; the last '_' divides.
 */
void log_name_split(struct log_name *name, const char *operation,
		    size_t length);

/*
 * A name that says nothing: the host is LOG_HOST_LOCAL, the operation `base`
 * without its last extension; of the kind `kind`. The caller numbers the
 * thread.
 */
void log_name_default(const char *base, enum log_kind kind,
		      struct log_name *name);

/* True for the name of a log that fio packed itself: .log.fz[.HOST]. */
bool log_name_fz(const char *base);

/*
 * fio's other logs, PREFIX_bw[.N].log[.HOST] and _iops, whose lines look like
 * those of a latency log: what they hold, as in "bandwidths", or NULL.
 */
const char *log_name_other(const char *base);

/* Cuts `suffix` (with or without its leading '.') off the host, if there. */
void log_name_cut_suffix(char *host, const char *suffix);

#endif
