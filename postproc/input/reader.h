/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Readers: one row and one source file for each kind of log. A reader turns
 * whole lines into samples; pieces, buffers and line ends are done here and in
 * piece.c, once for all of them.
 *
 * All readers: lines end in LF or CR LF; a UTF-8 byte order mark in front is
 * skipped; a last line without an end means the log was cut off and is an
 * error (INPUT_TRUNCATED); so is an empty line, a line above the reader's
 * line_max, a negative latency and a number above 2^63 - 1.
 *
 * A log may be read in pieces, by several threads: each piece is a struct
 * parse, which begins as reader_continue() says, and parse_merge() joins them
 * in the order of the log.
 */
#ifndef SMALLFIO_READER_H
#define SMALLFIO_READER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "util/input_error.h"
#include "fio/log_name.h"
#include "util/number.h"
#include "stats/series.h"

#define READER_LINE_MAX 4096 /* of logs with a sample a line */
/* Loads by the quick readers go this far behind the end of a line. */
#define READER_SLACK    NUMBER_SLACK
#define READER_LEAD_MAX 32

struct fio_layout;

/* A log being read, or a piece of one. */
struct parse {
	const struct reader *reader;
	const char *path;
	struct log_name name;
	struct log_proof proof;
	struct series_list series; /* result; the reader adds to it */
	struct input_error *error;
	uint64_t line; /* the line being read, from 1, counted in the piece */
	bool begun;    /* the first line of the log was seen */
	/* What the readers remember from line to line. */
	struct series *last;
	char lead[READER_LEAD_MAX]; /* rsptimes: "operation," of the last line
				     */
	size_t lead_length;
	const struct fio_layout *layout;
	unsigned coarseness;            /* of a histogram log */
	uint64_t first_time, last_time; /* fio: the least and the most */
	bool times_seen;
	bool operations_seen; /* fio: these are no averages */
};

struct reader {
	const char *name; /* as in "this is no <name>" */
	size_t line_max;  /* bytes of a line, without its end */
	/* The kinds of log it reads, by name; the first is the default. */
	enum log_kind first_kind, last_kind;
	bool names_itself; /* host and thread are in its lines */
	/*
	 * Reads the line at `p`, whose '\n' is at `end`. 0 or -errno with
	 * *parse->error filled in.
	 */
	int (*line)(struct parse *parse, const char *p, const char *end);
	/*
	 * Reads whole lines from `p` on, as long as they are like the last one
	 * that line() read and before `end`, where a line begins; returns the
	 * first that is not, for line() to read or to complain about. May
	 * load, but not heed, READER_SLACK bytes behind `end`.
	 */
	const char *(*lines)(struct parse *parse, const char *p,
			     const char *end);
	/* After the last line: what only the whole log can tell. */
	int (*finish)(struct parse *parse);
};

extern const struct reader reader_fio;
extern const struct reader reader_rsptimes;
extern const struct reader reader_hist;
extern const struct reader reader_chunks;

/* The reader for a file of this name, or NULL. Fills *name. */
const struct reader *reader_find(const char *base, struct log_name *name);

/* The reader that understands this line, which ends in '\n', or NULL. */
const struct reader *reader_of_line(const char *line, size_t size);

/*
 * Reads `size` bytes as a whole log. For tests; what a file would give.
 * parse: reader, path, name and error set, series.keep_times as wanted, the
 * rest zero. The caller frees parse->series in any case.
 */
int reader_parse(struct parse *parse, const char *data, size_t size);

/*
 * Whole lines at `data`; the readable memory goes on for READER_SLACK bytes
 * behind them. 0 or -errno.
 */
int reader_lines(struct parse *parse, const char *data, size_t size);

/*
 * `size` bytes are left behind the last '\n'; at_end: and nothing follows.
 * They are complained about, not read: half a number is a number.
 */
int reader_rest(struct parse *parse, size_t size, bool at_end);

/* The length of a byte order mark at the start of a log, 0 if none. */
size_t reader_mark(const char *data, size_t size);

/* The bytes up to and with the last '\n'. */
size_t reader_whole(const char *data, size_t size);

/* Makes *parse the beginning of a later piece of the log `first` begins. */
void reader_continue(struct parse *parse, const struct parse *first);

/* After the last line of a log or piece: puts all samples away. */
int parse_finish_piece(struct parse *parse);

/*
 * Moves the samples of the next piece to `whole`, and adds up its lines. `ret`
 * is what reading the piece gave; its error gets its line in the whole log and
 * is returned.
 */
int parse_merge(struct parse *whole, struct parse *chunk, int ret);

/* After the last piece: what only the whole log can tell, and names. */
int parse_finish(struct parse *parse);

/*
 * For readers. parse_series(): the series for `operation` and `direction` of
 * this log, made at its first sample; NULL with *parse->error filled in.
 */
struct series *parse_series(struct parse *parse, const char *operation,
			    size_t length, int direction);

/* The same for a log whose lines say host and thread. */
struct series *parse_series_of(struct parse *parse, const char *operation,
			       size_t length, int direction, const char *host,
			       size_t host_length, long thread);

/* Fills *parse->error for this line and column `p - start` + 1. */
#define parse_fail(parse, code, start, p, ...)                                 \
	input_error_set((parse)->error, (code), (parse)->line,                 \
			(unsigned)((p) - (start)) + 1, __VA_ARGS__)

/* The error for a number_*() that returned `ret`; `what` as in "a latency". */
int parse_fail_number(struct parse *parse, int ret, const char *start,
		      const char *p, const char *end, const char *what);

/* The first column of fio's logs, in ns. */
int64_t reader_fio_time(uint64_t time);

static inline const char *skip_blanks(const char *p)
{
	while (*p == ' ' || *p == '\t')
		p++;
	return p;
}

/* The line ends at p: "\n" or "\r\n". */
static inline bool at_line_end(const char *p)
{
	return *p == '\n' || (*p == '\r' && p[1] == '\n');
}

#endif
