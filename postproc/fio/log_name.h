/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads host, thread and operation from the name of a log, because neither fio
 * nor smallfile writes them into the log itself.
 */
#ifndef SMALLFIO_LOG_NAME_H
#define SMALLFIO_LOG_NAME_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LOG_THREAD_UNKNOWN  (-1L)
#define LOG_FIO_JOB_UNKNOWN (-1L)
/* The host of a log whose name has no host. Its fio ran without a client. */
#define LOG_HOST_LOCAL "localhost"

enum log_kind {
	LOG_CLAT,      /* fio: completion latency, of the operation itself */
	LOG_LAT,       /* fio: total latency, the sum of clat and slat */
	LOG_SLAT,      /* fio: submission latency */
	LOG_CLAT_HIST, /* fio: histograms of completion latency */
	LOG_RSPTIMES,  /* smallfile's response times */
	LOG_CHUNKS,    /* fio-diskwrite.so's chunk log */
	LOG_KINDS,
};

struct log_name {
	enum log_kind kind;
	long thread;  /* smallfile's TT, or LOG_THREAD_UNKNOWN */
	long fio_job; /* fio's N, or LOG_FIO_JOB_UNKNOWN */
	/*
	 * `host` still holds HOST_OP of a rsptimes_*.csv, and `operation` is
	 * empty, because either may contain a '_'. log_name_split() takes them
	 * apart.
	 */
	bool joined;
	bool by_default; /* from log_name_default(): the name told nothing */
	char host[NAME_MAX + 1];
	char operation[NAME_MAX + 1];
};

struct fio_entry;

/* What fio's JSON, beside a log of fio's, tells of it. Zeros: nothing. */
struct log_proof {
	bool averages;    /* log_avg_msec= of the job */
	bool operations;  /* whose block size is 0, as that of averages */
	uint64_t samples; /* of the latency: with so many lines, operations */
	/* Of the log, where entries of several sections have logs of one name.
	 */
	const struct fio_entry *entry;
};

/*
 * Reads a name of fio's: PREFIX_KIND[.N].log[.HOST]. KIND is clat, lat, slat or
 * clat_hist. N is the number of the job in the run; with per_job_logs=0 it is
 * missing. HOST is as typed at --client. The operation is PREFIX without a
 * leading "smallfile-". `base` has no directories. Returns 0, or -ENOENT if it
 * is no such name.
 */
int log_name_fio(const char *base, struct log_name *name);

/*
 * Reads a name of smallfile's: rsptimes_TT_HOST_OP_START.csv. A collector may
 * have added something to the end, such as .ADDRESS; where HOST is localhost,
 * that is the host. Returns 0, or -ENOENT if `base` is no such name.
 */
int log_name_rsptimes(const char *base, struct log_name *name);

/*
 * Takes HOST_OP of a LOG_RSPTIMES apart. `operation` is the operation in the
 * log's first line, of `length` bytes, or empty. HOST_OP is divided at the '_'
 * for which the first of these rules holds:
 *   OP is the log's operation;
 *   OP is an operation of smallfile;
 *   the log's operation begins with OP;
 *   it is the last '_'.
 */
void log_name_split(struct log_name *name, const char *operation,
		    size_t length);

/*
 * Fills *name for a file whose name tells nothing, of a log of kind `kind`. The
 * host is LOG_HOST_LOCAL, and the operation is `base` without its last
 * extension. The caller numbers the thread.
 */
void log_name_default(const char *base, enum log_kind kind,
		      struct log_name *name);

/*
 * Reads a name of a log that fio itself packed, which ends in .log.fz[.HOST].
 * Returns 0, or -ENOENT if `base` is no such name.
 */
int log_name_fz(const char *base, struct log_name *name);

/*
 * For names of fio's other logs, PREFIX_bw[.N].log[.HOST] and PREFIX_iops...,
 * returns what they hold: "bandwidths" or "IOPS". Their lines look like those
 * of a latency log. NULL for all other names.
 */
const char *log_name_other(const char *base);

/* Orders names of fio's by operation, host and the number of the job. */
int log_name_compare(const struct log_name *l, const struct log_name *r);

/* Cuts `suffix`, with or without its leading '.', off the end of a host. */
void log_name_cut_suffix(char *host, const char *suffix);

#endif
