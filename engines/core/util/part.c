// SPDX-License-Identifier: GPL-2.0-only
#include "util/part.h"

const char *part_name(enum op_part part)
{
	static const char *const names[PART_COUNT] = {
		[PART_OPEN] = "open",
		[PART_SEEK] = "seek",
		[PART_READ] = "read",
		[PART_WRITE] = "write",
		[PART_FCNTL] = "fcntl",
		[PART_LOCK] = "lock",
		[PART_STAT] = "stat",
		[PART_ACCESS] = "access",
		[PART_CHMOD] = "chmod",
		[PART_CHOWN] = "chown",
		[PART_UTIMENS] = "utimens",
		[PART_TRUNCATE] = "truncate",
		[PART_FALLOCATE] = "fallocate",
		[PART_GETDENTS] = "getdents",
		[PART_SETXATTR] = "setxattr",
		[PART_GETXATTR] = "getxattr",
		[PART_LISTXATTR] = "listxattr",
		[PART_REMOVEXATTR] = "removexattr",
		[PART_READLINK] = "readlink",
		[PART_COPY] = "copy",
		[PART_CLONE] = "clone",
		[PART_MKDIR] = "mkdir",
		[PART_UNLINK] = "unlink",
		[PART_RMDIR] = "rmdir",
		[PART_SYMLINK] = "symlink",
		[PART_FSYNC] = "fsync",
		[PART_FADVISE] = "fadvise",
		[PART_CLOSE] = "close",
		[PART_LINK] = "link",
		[PART_RENAME] = "rename",
	};

	return names[part];
}

void parts_end(struct parts *p, enum op_part part)
{
	parts_end_at(p, part, ticks_mark(p->ticks));
}
