// SPDX-License-Identifier: GPL-2.0-only
#include <linux/magic.h>
#include <stddef.h>
#include <sys/vfs.h>

#include "fs/fskind.h"

enum fskind fskind_of(const char *path)
{
	static const struct {
		unsigned int magic;
		enum fskind kind;
	} known[] = {
		{ TMPFS_MAGIC, FSKIND_MEMORY },
		{ RAMFS_MAGIC, FSKIND_MEMORY },
		{ EXT4_SUPER_MAGIC, FSKIND_DISK },
		{ XFS_SUPER_MAGIC, FSKIND_DISK },
		{ BTRFS_SUPER_MAGIC, FSKIND_DISK },
		{ F2FS_SUPER_MAGIC, FSKIND_DISK },
	};
	struct statfs st;

	if (statfs(path, &st))
		return FSKIND_OTHER;
	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
		if ((unsigned int)st.f_type == known[i].magic)
			return known[i].kind;
	return FSKIND_OTHER;
}
