/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Each kind of log has a reader: a row and a source file. A reader turns whole
 * lines into samples. reader.c and log_chunk.c do the chunks, buffers and line
 * ends for all readers.
 *
 * For all readers, lines end in LF or CR LF, and a UTF-8 byte order mark in
 * front is skipped. These are errors: a last line without an end, which means
 * that the log was cut off (INPUT_TRUNCATED), an empty line, a line longer than
 * the reader's line_max, a negative latency, and a number above 2^63 - 1.
 *
 * Several threads may read a log in chunks. Each chunk has a struct parse,
 * which reader_continue() makes. parse_merge() joins them in the order of the
 * log.
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

#define READER_LINE_MAX 4096 /* longest line of logs with a sample a line */
/* The quick readers may load so many bytes behind the end of a line. */
#define READER_SLACK    NUMBER_SLACK
#define READER_LEAD_MAX 32

struct fio_layout;

/* The state of reading a log, or a chunk of a log. */
struct parse {
	const struct reader *reader;
	const char *path;
	struct log_name name;
	struct log_proof proof;
	struct series_list series; /* the result, to which the reader adds */
	struct input_error *error;
	uint64_t line; /* the line being read, from 1, within the chunk */
	bool begun;    /* the first line of the log was read */
	/* The rest is what readers remember from line to line. */
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
	size_t line_max;  /* bytes of the longest line, without its end */
	/* The kinds of log that it reads. The first is the default. */
	enum log_kind first_kind, last_kind;
	bool names_itself; /* host and thread are in the lines of the log */
	/*
	 * Reads the line at `p`, whose '\n' is at `end`. Returns 0, or -errno
	 * with *parse->error filled in.
	 */
	int (*line)(struct parse *parse, const char *p, const char *end);
	/*
	 * Reads whole lines from `p` on, as long as they look like the last
	 * line that line() read. Stops at `end`, where a line begins. Returns
	 * the first other line, for line() to read or to refuse. May load
	 * READER_SLACK bytes behind `end`, but must not use them. NULL: line()
	 * reads all lines.
	 */
	const char *(*lines)(struct parse *parse, const char *p,
			     const char *end);
	/*
	 * Checks after the last line what only the whole log can tell. NULL:
	 * there is nothing.
	 */
	int (*finish)(struct parse *parse);
};

extern const struct reader reader_fio;
extern const struct reader reader_rsptimes;
extern const struct reader reader_hist;
extern const struct reader reader_chunks;

/* Finds the reader for a file of this name, and fills *name. NULL: none. */
const struct reader *reader_find(const char *base, struct log_name *name);

/* Finds the reader of a line, which ends in '\n'. NULL: none. */
const struct reader *reader_of_line(const char *line, size_t size);

/*
 * Reads `size` bytes as a whole log, for tests. In *parse the caller sets
 * reader, path, name, error and series.keep_times; the rest is zero. The caller
 * frees parse->series in any case. Returns 0 or -errno.
 */
int reader_parse(struct parse *parse, const char *data, size_t size);

/*
 * Reads whole lines. Readable memory must go on for READER_SLACK bytes behind
 * them. Returns 0 or -errno.
 */
int reader_lines(struct parse *parse, const char *data, size_t size);

/*
 * Checks the `size` bytes that are left behind the last '\n'. Fails if they are
 * longer than a line may be or, with at_end, if there are any. They are not
 * read, because half a number looks like a number.
 */
int reader_rest(struct parse *parse, size_t size, bool at_end);

/* The length of a byte order mark at the start of a log; 0: there is none. */
size_t reader_mark(const char *data, size_t size);

/* How many bytes there are up to the last '\n', which is counted, too. */
size_t reader_whole(const char *data, size_t size);

/* Makes *parse ready for a later chunk of the log that `first` begins. */
void reader_continue(struct parse *parse, const struct parse *first);

/* Finishes all series after the last line of a log or chunk. 0 or -errno. */
int parse_finish_piece(struct parse *parse);

/*
 * Moves the samples of the next chunk to `whole`, and adds up the lines. `ret`
 * is the result of reading the chunk. If that is an error, it gets the line in
 * the whole log, and is returned.
 */
int parse_merge(struct parse *whole, struct parse *chunk, int ret);

/*
 * Must be called after the last chunk. Checks what only the whole log can tell,
 * and gives the series their hosts and threads.
 */
int parse_finish(struct parse *parse);

/*
 * For readers: returns the log's series of an operation and direction, and
 * makes it at its first sample. NULL: *parse->error is filled in.
 */
struct series *parse_series(struct parse *parse, const char *operation,
			    size_t length, int direction);

/* Does the same for a log whose lines have host and thread. */
struct series *parse_series_of(struct parse *parse, const char *operation,
			       size_t length, int direction, const char *host,
			       size_t host_length, long thread);

/* Fills *parse->error for this line and column `p - start` + 1. */
#define parse_fail(parse, code, start, p, ...)                                 \
	input_error_set((parse)->error, (code), (parse)->line,                 \
			(unsigned)((p) - (start)) + 1, __VA_ARGS__)

/*
 * Fills *parse->error after a number_*() has returned `ret`. `what` is the name
 * of the number, as in "a latency".
 */
int parse_fail_number(struct parse *parse, int ret, const char *start,
		      const char *p, const char *end, const char *what);

/* Converts the first column of fio's logs to ns. */
int64_t reader_fio_time(uint64_t time);

static inline const char *skip_blanks(const char *p)
{
	while (*p == ' ' || *p == '\t')
		p++;
	return p;
}

/* Whether the line ends at p, with "\n" or "\r\n". */
static inline bool at_line_end(const char *p)
{
	return *p == '\n' || (*p == '\r' && p[1] == '\n');
}

#endif
