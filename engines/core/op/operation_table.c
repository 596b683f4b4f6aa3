// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <string.h>

#include "op/op.h"

#define SRC  (1u << TREE_SRC)
#define DST  (1u << TREE_DST)
#define BOTH (SRC | DST)

#ifdef HAVE_LIBURING
#include <liburing.h>

#define OPCODE(name) (1ull << IORING_OP_##name)
#define FILES        (OPCODE(OPENAT) | OPCODE(CLOSE))
#define NAMES        (FILES | OPCODE(FSYNC)) /* fsync of directories, too */
#define WRITES       (NAMES | OPCODE(WRITE))
#define XATTRS       (OPCODE(FSETXATTR) | OPCODE(FGETXATTR))
#define RESIZES      (NAMES | 1ull << URING_FTRUNCATE)
#define ASYNC(needs, ...)                                                      \
	.opcodes = needs,                                                      \
	.async = (int (*const[])(struct worker *, struct async_op *))          \
	{                                                                      \
		__VA_ARGS__, NULL                                              \
	}
#else
#define ASYNC(needs, ...) .async = NULL
#endif

/* What a user can do if something is missing, or in the way. */
#define MADE_BY(operation)                                                     \
	"what it needs is made by operation=" operation                        \
	", with the same directory=, files=, numjobs=, host= and prefix=, "    \
	"and must not have been renamed or deleted since"
#define LEFT_OVER                                                              \
	"it is left from an earlier run: remove that by operation=cleanup "    \
	"with the same options, or use another directory= or prefix="

/* An object that another operation has made must be there. */
#define NEEDS(object, operation)                                               \
	.before = (object), .missing = ENOENT, .remedy = MADE_BY(operation)
/* Works on a file, and leaves it there. */
#define KEEPS_FILE                                                             \
	NEEDS(OBJECT_FILE, "create"), .after = OBJECT_FILE, .trees = SRC
/* Makes an object that must not be there before. */
#define MAKES(object)                                                          \
	.before = OBJECT_NONE, .after = (object), .missing = EEXIST,           \
	.remedy = LEFT_OVER, .makes_dirs = true

const struct operation operations[] = {
	{
		.name = "create",
		.help = "make files and write them",
		MAKES(OBJECT_FILE),
		.moves_data = true,
		.finishes = true,
		.trees = SRC,
		.run = op_create,
		.restore = op_create_again,
		ASYNC(WRITES | XATTRS, step_create, step_write, step_stamp,
		      step_sync, step_close),
		.ring_in_memory = true,
	},
	{
		.name = "tmpfile",
		.help = "make files without a name (O_TMPFILE), write them, give them "
			"their name",
		MAKES(OBJECT_FILE),
		.moves_data = true,
		.finishes = true,
		.trees = SRC,
		.run = op_tmpfile,
		.restore = op_create_again,
		.probe = probe_tmpfile,
		.probed = "O_TMPFILE",
		ASYNC(WRITES | OPCODE(LINKAT), step_open_nameless, step_write,
		      step_sync, step_name_file, step_close, step_sync_src),
	},
	{
		.name = "append",
		.help = "write a file's size once more at its end",
		KEEPS_FILE,
		.moves_data = true,
		.run = op_append,
		.restore = op_size_again,
		ASYNC(WRITES, step_open_to_append, step_find_end, step_write,
		      step_sync, step_close),
	},
	{
		.name = "overwrite",
		.help = "write files anew from their start",
		KEEPS_FILE,
		.moves_data = true,
		.run = op_overwrite,
		ASYNC(WRITES, step_open_to_write, step_write, step_sync,
		      step_close),
	},
	{
		.name = "truncate-overwrite",
		.help = "truncate files to nothing and write them anew",
		KEEPS_FILE,
		.moves_data = true,
		.run = op_truncate_overwrite,
		ASYNC(WRITES, step_open_truncated, step_write, step_sync,
		      step_close),
	},
	{
		.name = "read",
		.help = "read files, and verify them (verify_read)",
		KEEPS_FILE,
		.reads = true,
		.moves_data = true,
		.run = op_read,
		ASYNC(FILES | OPCODE(READ), step_open_to_read, step_read,
		      step_close),
	},
	{
		.name = "stat",
		.help = "stat files",
		KEEPS_FILE,
		.reads = true,
		.run = op_stat,
		ASYNC(OPCODE(STATX), step_stat, step_not_link),
	},
	{
		.name = "statx-dont-sync",
		.help = "stat files, from what this host knows (AT_STATX_DONT_SYNC)",
		KEEPS_FILE,
		.reads = true,
		.run = op_statx_dont_sync,
		ASYNC(OPCODE(STATX), step_statx_dont_sync, step_not_link),
	},
	{
		.name = "statx-force-sync",
		.help = "stat files, as the server has them (AT_STATX_FORCE_SYNC)",
		KEEPS_FILE,
		.reads = true,
		.run = op_statx_force_sync,
		ASYNC(OPCODE(STATX), step_statx_force_sync, step_not_link),
	},
	{
		.name = "access",
		.help = "ask whether files may be read and written",
		KEEPS_FILE,
		.reads = true,
		.run = op_access,
	},
	{
		.name = "lookup-missing",
		.help = "look up names that are not there",
		NEEDS(OBJECT_TREE, "create"),
		.after = OBJECT_TREE,
		.reads = true,
		.ending = ".n",
		.trees = SRC,
		.run = op_lookup_missing,
		ASYNC(OPCODE(STATX), step_look_up, step_missing),
	},
	{
		.name = "open-close",
		.help = "open files for reading, and close them",
		KEEPS_FILE,
		.reads = true,
		.run = op_open_close,
		ASYNC(FILES, step_open_to_read, step_close),
	},
	{
		.name = "lock",
		.help = "open files, lock and unlock them (OFD locks)",
		KEEPS_FILE,
		.reads = true,
		.run = op_lock,
	},
	{
		.name = "chmod",
		.help = "change files' mode to 0646",
		KEEPS_FILE,
		.run = op_chmod,
	},
	{
		.name = "chown",
		.help = "give files to the user and group that fio runs as",
		KEEPS_FILE,
		.run = op_chown,
	},
	{
		.name = "utimens",
		.help = "set files' times to a moment in 2001",
		KEEPS_FILE,
		.run = op_utimens,
	},
	{
		.name = "truncate",
		.help = "cut files to nothing",
		NEEDS(OBJECT_FILE, "create"),
		.after = OBJECT_CUT,
		.trees = SRC,
		.run = op_truncate,
		.restore = op_overwrite,
		ASYNC(RESIZES, step_open_to_write, step_truncate, step_sync,
		      step_close),
	},
	{
		.name = "fallocate",
		.help = "reserve as much room as files have, behind their end",
		KEEPS_FILE,
		.run = op_fallocate,
		.restore = op_size_again,
		.probe = probe_fallocate,
		.probed = "fallocate()",
		ASYNC(NAMES | OPCODE(FALLOCATE), step_open_to_write,
		      step_reserve, step_sync, step_close),
	},
	{
		.name = "punch-hole",
		.help = "give back all blocks of files, which keep their size",
		NEEDS(OBJECT_FILE, "create"),
		.after = OBJECT_HOLE,
		.trees = SRC,
		.run = op_punch_hole,
		.restore = op_overwrite,
		.probe = probe_punch_hole,
		.probed = "FALLOC_FL_PUNCH_HOLE",
		ASYNC(NAMES | OPCODE(FALLOCATE), step_open_to_write,
		      step_punch_hole, step_sync, step_close),
	},
	{
		.name = "delete",
		.help = "unlink files",
		NEEDS(OBJECT_FILE, "create"),
		.after = OBJECT_NONE,
		.trees = SRC,
		.run = op_delete,
		.restore = op_delete_again,
		ASYNC(NAMES | OPCODE(UNLINKAT), step_unlink, step_sync_src),
		.ring_in_memory = true,
	},
	{
		.name = "rename",
		.help = "rename files from file_srcdir to file_dstdir",
		NEEDS(OBJECT_FILE, "create"),
		.after = OBJECT_RENAMED,
		.makes_dirs = true,
		.trees = BOTH,
		.run = op_rename,
		.restore = op_rename_again,
		ASYNC(NAMES | OPCODE(RENAMEAT), step_rename, step_sync_dst,
		      step_sync_src),
	},
	{
		.name = "delete-renamed",
		.alias = "delete_renamed",
		.help = "unlink what rename made",
		NEEDS(OBJECT_RENAMED, "rename"),
		.after = OBJECT_NONE,
		.in_dst = true,
		.trees = DST,
		.run = op_delete_renamed,
		.restore = op_delete_renamed_again,
		ASYNC(NAMES | OPCODE(UNLINKAT), step_unlink, step_sync_dst),
		.ring_in_memory = true,
	},
	{
		.name = "symlink",
		.help = "make symbolic links to files, in file_dstdir",
		MAKES(OBJECT_SYMLINK),
		.names_full_path = true,
		.in_dst = true,
		.ending = ".s",
		.trees = BOTH,
		.run = op_symlink,
		.restore = op_symlink_again,
		ASYNC(NAMES | OPCODE(SYMLINKAT), step_symlink, step_sync_dst),
	},
	{
		.name = "readlink",
		.help = "read what symlink made, and verify it (verify_read)",
		NEEDS(OBJECT_SYMLINK, "symlink"),
		.after = OBJECT_SYMLINK,
		.reads = true,
		.names_full_path = true,
		.in_dst = true,
		.ending = ".s",
		.trees = DST,
		.run = op_readlink,
	},
	{
		.name = "link",
		.help = "make hard links to files, in file_dstdir",
		NEEDS(OBJECT_FILE, "create"),
		.after = OBJECT_LINK,
		.makes_dirs = true,
		.in_dst = true,
		.ending = ".l",
		.trees = BOTH,
		.run = op_link,
		.restore = op_link_again,
		.probe = probe_link,
		.probed = "hard links",
		ASYNC(NAMES | OPCODE(LINKAT), step_link, step_sync_dst),
	},
	{
		.name = "copy-range",
		.help = "copy files to file_dstdir in the kernel (copy_file_range)",
		NEEDS(OBJECT_FILE, "create"),
		.after = OBJECT_COPY,
		.moves_data = true,
		.copies = true,
		.makes_dirs = true,
		.in_dst = true,
		.ending = ".c",
		.trees = BOTH,
		.run = op_copy_range,
		.restore = op_copy_again,
	},
	{
		.name = "clone",
		.help = "copy files to file_dstdir by sharing their blocks (FICLONE)",
		NEEDS(OBJECT_FILE, "create"),
		.after = OBJECT_COPY,
		.makes_dirs = true,
		.in_dst = true,
		.ending = ".c",
		.trees = BOTH,
		.run = op_clone,
		.restore = op_copy_again,
		.probe = probe_clone,
		.probed = "FICLONE (btrfs, and xfs with reflinks, have it)",
	},
	{
		.name = "exchange",
		.help = "exchange the names of files and of their copies "
			"(RENAME_EXCHANGE)",
		NEEDS(OBJECT_COPY, "copy-range"),
		.after = OBJECT_COPY,
		.in_dst = true,
		.ending = ".c",
		.trees = BOTH,
		.run = op_exchange,
		.probe = probe_exchange,
		.probed = "RENAME_EXCHANGE",
		ASYNC(NAMES | OPCODE(RENAMEAT), step_exchange, step_sync_dst,
		      step_sync_src),
	},
	{
		.name = "mkdir",
		.help = "make directories with dir_files files in each",
		MAKES(OBJECT_DIR),
		.finishes = true,
		.ending = ".d",
		.trees = SRC,
		.run = op_mkdir,
		.restore = op_mkdir_again,
		ASYNC(NAMES | OPCODE(MKDIRAT) | OPCODE(OPENAT2), step_mkdir,
		      step_make_files, step_sync_src),
		.ring_in_memory = true,
	},
	{
		.name = "rmdir",
		.help = "remove what mkdir made",
		NEEDS(OBJECT_DIR, "mkdir"),
		.after = OBJECT_NONE,
		.empties_dir = true,
		.ending = ".d",
		.trees = SRC,
		.run = op_rmdir,
		.restore = op_rmdir_again,
		ASYNC(NAMES | OPCODE(UNLINKAT), step_remove_files, step_rmdir,
		      step_sync_src),
		.ring_in_memory = true,
	},
	{
		.name = "readdir",
		.help = "list directories; each file must be there (one sample "
			"a directory)",
		KEEPS_FILE,
		.unit = UNIT_DIR,
		.lists = true,
		.reads = true,
		.run = op_readdir,
	},
	{
		.name = "ls-l",
		.help = "list directories and stat each file in them (one "
			"sample a directory)",
		KEEPS_FILE,
		.unit = UNIT_DIR,
		.lists = true,
		.reads = true,
		.run = op_ls_l,
	},
	{
		.name = "opendir",
		.help = "open and close directories (one sample a directory)",
		NEEDS(OBJECT_TREE, "create"),
		.after = OBJECT_TREE,
		.unit = UNIT_DIR,
		.reads = true,
		.trees = SRC,
		.run = op_opendir,
		ASYNC(FILES, step_open_dir, step_close),
	},
	{
		.name = "fsync-dir",
		.help = "sync directories (one sample a directory)",
		NEEDS(OBJECT_TREE, "create"),
		.after = OBJECT_TREE,
		.unit = UNIT_DIR,
		.trees = SRC,
		.run = op_fsync_dir,
		.restore = op_change_dir,
		ASYNC(NAMES, step_open_dir, step_sync_always, step_close),
	},
	{
		.name = "setxattr",
		.help = "set xattr_count attributes of xattr_size bytes",
		NEEDS(OBJECT_FILE, "create"),
		.after = OBJECT_XATTRS,
		.needs_xattrs = true,
		.trees = SRC,
		.run = op_setxattr,
		ASYNC(NAMES | OPCODE(FSETXATTR), step_open_to_write,
		      step_set_attributes, step_sync, step_close),
	},
	{
		.name = "getxattr",
		.help = "read what setxattr set, and verify it (verify_read)",
		NEEDS(OBJECT_XATTRS, "setxattr"),
		.after = OBJECT_XATTRS,
		.reads = true,
		.needs_xattrs = true,
		.trees = SRC,
		.run = op_getxattr,
		ASYNC(FILES | OPCODE(FGETXATTR), step_open_to_read,
		      step_verify_attributes, step_close),
	},
	{
		.name = "listxattr",
		.help = "list attributes; each that setxattr set must be there",
		NEEDS(OBJECT_XATTRS, "setxattr"),
		.after = OBJECT_XATTRS,
		.reads = true,
		.needs_xattrs = true,
		.trees = SRC,
		.run = op_listxattr,
	},
	{
		.name = "removexattr",
		.help = "remove the attributes that setxattr set",
		NEEDS(OBJECT_XATTRS, "setxattr"),
		.after = OBJECT_FILE,
		.needs_xattrs = true,
		.trees = SRC,
		.run = op_removexattr,
		.restore = op_setxattr,
	},
	{
		.name = "swift-put",
		.help = "what an OpenStack Swift server does to store an "
			"object",
		.before = OBJECT_ANY,
		.after = OBJECT_SWIFT,
		.moves_data = true,
		.makes_dirs = true,
		.trees = SRC,
		.run = op_swift_put,
		ASYNC(WRITES | XATTRS | OPCODE(FALLOCATE) | OPCODE(FADVISE) |
			      OPCODE(RENAMEAT),
		      step_open_temporary, step_allocate, step_write,
		      step_put_attributes, step_sync, step_forget_cache,
		      step_close, step_rename_temporary, step_sync_src),
	},
	{
		.name = "swift-get",
		.help = "what an OpenStack Swift server does to fetch an "
			"object",
		NEEDS(OBJECT_SWIFT, "swift-put"),
		.after = OBJECT_SWIFT,
		.reads = true,
		.moves_data = true,
		.trees = SRC,
		.run = op_swift_get,
		ASYNC(FILES | XATTRS | OPCODE(READ), step_open_to_read,
		      step_read, step_verify_attributes, step_close),
	},
	{
		.name = "await-create",
		.help = "wait for files made elsewhere with "
			"record_ctime_size=1; latency from their creation on",
		.before = OBJECT_STAMPED,
		.after = OBJECT_STAMPED,
		.missing = ETIMEDOUT,
		.remedy = MADE_BY("create and record_ctime_size=1"),
		.reads = true,
		.allows_no_dir = true,
		.trees = SRC,
		.run = op_await_create,
	},
	{
		.name = "cleanup",
		.help = "remove all that these operations made, then the "
			"directories",
		.before = OBJECT_ANY,
		.after = OBJECT_NONE,
		.finishes = true,
		.removes_dirs = true,
		.allows_no_dir = true,
		.trees = BOTH,
		.run = op_cleanup,
	},
};

const unsigned int operation_count = sizeof(operations) / sizeof(*operations);

const struct operation operation_mix = {
	.name = "mix",
	.help = "the operations of mix=, drawn by their weights, on a "
		"population of files",
	.unit = UNIT_DRAWN,
	.moves_data = true,
	.makes_dirs = true,
	.trees = BOTH,
};

const struct operation *operation_find(const char *name)
{
	if (!strcmp(name, operation_mix.name))
		return &operation_mix;
	for (unsigned int i = 0; i < operation_count; i++) {
		const struct operation *op = &operations[i];

		if (!strcmp(name, op->name) ||
		    (op->alias && !strcmp(name, op->alias)))
			return op;
	}
	return NULL;
}
