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
		.name = "append",
		.help = "write a file's size once more at its end",
		NEEDS(OBJECT_FILE, "create"),
		.after = OBJECT_FILE,
		.moves_data = true,
		.trees = SRC,
		.run = op_append,
		.restore = op_append_again,
		ASYNC(WRITES, step_open_to_append, step_find_end, step_write,
		      step_sync, step_close),
	},
	{
		.name = "overwrite",
		.help = "write files anew from their start",
		NEEDS(OBJECT_FILE, "create"),
		.after = OBJECT_FILE,
		.moves_data = true,
		.trees = SRC,
		.run = op_overwrite,
		ASYNC(WRITES, step_open_to_write, step_write, step_sync,
		      step_close),
	},
	{
		.name = "truncate-overwrite",
		.help = "truncate files to nothing and write them anew",
		NEEDS(OBJECT_FILE, "create"),
		.after = OBJECT_FILE,
		.moves_data = true,
		.trees = SRC,
		.run = op_truncate_overwrite,
		ASYNC(WRITES, step_open_truncated, step_write, step_sync,
		      step_close),
	},
	{
		.name = "read",
		.help = "read files, and verify them (verify_read)",
		NEEDS(OBJECT_FILE, "create"),
		.after = OBJECT_FILE,
		.reads = true,
		.moves_data = true,
		.trees = SRC,
		.run = op_read,
		ASYNC(FILES | OPCODE(READ), step_open_to_read, step_read,
		      step_close),
	},
	{
		.name = "stat",
		.help = "stat files",
		NEEDS(OBJECT_FILE, "create"),
		.after = OBJECT_FILE,
		.reads = true,
		.trees = SRC,
		.run = op_stat,
		ASYNC(OPCODE(STATX), step_stat, step_not_link),
	},
	{
		.name = "chmod",
		.help = "change files' mode to 0646",
		NEEDS(OBJECT_FILE, "create"),
		.after = OBJECT_FILE,
		.trees = SRC,
		.run = op_chmod,
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
		NEEDS(OBJECT_FILE, "create"),
		.after = OBJECT_FILE,
		.unit = UNIT_DIR,
		.reads = true,
		.trees = SRC,
		.run = op_readdir,
	},
	{
		.name = "ls-l",
		.help = "list directories and stat each file in them (one "
			"sample a directory)",
		NEEDS(OBJECT_FILE, "create"),
		.after = OBJECT_FILE,
		.unit = UNIT_DIR,
		.reads = true,
		.trees = SRC,
		.run = op_ls_l,
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
