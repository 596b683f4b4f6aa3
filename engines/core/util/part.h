/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CORE_PART_H
#define CORE_PART_H

#include <stdbool.h>
#include <stdint.h>

#include "util/ticks.h"

/*
 * What an operation is made of: its system calls, by what they do. The order is
 * about that in which operations make them.
 */
enum op_part {
	PART_OPEN,
	PART_SEEK,
	PART_READ,
	PART_WRITE,
	PART_FCNTL,
	PART_LOCK,
	PART_STAT,
	PART_ACCESS,
	PART_CHMOD,
	PART_CHOWN,
	PART_UTIMENS,
	PART_TRUNCATE,
	PART_FALLOCATE,
	PART_GETDENTS,
	PART_SETXATTR,
	PART_GETXATTR,
	PART_LISTXATTR,
	PART_REMOVEXATTR,
	PART_READLINK,
	PART_COPY,
	PART_CLONE,
	PART_MKDIR,
	PART_UNLINK,
	PART_RMDIR,
	PART_SYMLINK,
	PART_FSYNC,
	PART_FADVISE,
	PART_CLOSE,
	PART_LINK,
	PART_RENAME,
	PART_COUNT,
};

/*
 * How long the parts of one operation took. A part begins where the one before
 * it ended, or where work of our own ended that is not measured. So one look at
 * the clock is enough for each. Calls of one kind count as one part.
 */
struct parts {
	bool ticks;    /* see ticks_mark() */
	uint32_t seen; /* mask of 1 << enum op_part: what the operation had */
	uint64_t last; /* mark of the end of the last one */
	uint64_t took[PART_COUNT]; /* marks, of those that were seen */
};

_Static_assert(PART_COUNT <= 32, "a bit of `seen` for each");

/* "open", "write" and so on. */
const char *part_name(enum op_part part);

/* An operation begins. */
static inline void parts_begin(struct parts *p, uint64_t mark)
{
	p->seen = 0;
	p->last = mark;
}

/* Adds the time between two marks to a part. */
static inline void parts_add(struct parts *p, enum op_part part, uint64_t marks)
{
	if (!(p->seen & 1u << part))
		p->took[part] = 0;
	p->seen |= 1u << part;
	p->took[part] += marks;
}

/* A call of this part has ended, at `mark` or now. Keeps errno. */
static inline void parts_end_at(struct parts *p, enum op_part part,
				uint64_t mark)
{
	parts_add(p, part, mark - p->last);
	p->last = mark;
}
void parts_end(struct parts *p, enum op_part part);

/*
 * The value of `call`, a system call. Its time counts for a part of the request
 * `r`, if parts are timed.
 */
#define TIMED(r, part, call)                                                   \
	({                                                                     \
		__auto_type timed_value = (call);                              \
                                                                               \
		if (__builtin_expect((r)->parts != NULL, 0))                   \
			parts_end((r)->parts, part);                           \
		timed_value;                                                   \
	})

#endif
