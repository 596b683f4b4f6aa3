/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CORE_OP_H
#define CORE_OP_H

#include <fcntl.h>

#include "op/worker.h"
#include "util/sys.h"

/*
 * The measured functions of the operation table, and the functions that put
 * back what an operation needs. Each makes the calls that smallfile's operation
 * of that name makes, and no others.
 */

/* A file that is there, and no link; -errno where it cannot be opened. */
static inline int op_open(struct request *r, int flags)
{
	int fd = TIMED(r, PART_OPEN,
		       sys_openat(r->at[TREE_SRC].fd, r->at[TREE_SRC].path,
				  flags | O_NOFOLLOW | O_CLOEXEC, 0));

	return fd < 0 ? request_fail(r, "open") : fd;
}

/* op_data.c: contents of files */
int op_create(struct worker *w, struct request *r);
int op_append(struct worker *w, struct request *r);
int op_overwrite(struct worker *w, struct request *r);
int op_truncate_overwrite(struct worker *w, struct request *r);
int op_read(struct worker *w, struct request *r);

int op_create_again(struct worker *w, struct request *r);
/* Cuts what is behind the file's size. */
int op_size_again(struct worker *w, struct request *r);

/* op_copy.c: files that are made in other ways */
int op_tmpfile(struct worker *w, struct request *r);
int op_copy_range(struct worker *w, struct request *r);
int op_clone(struct worker *w, struct request *r);

int op_copy_again(struct worker *w, struct request *r);

/* op_space.c: room on disk */
#define OP_HOLE_ALIGN (1ull << 20)
int op_truncate(struct worker *w, struct request *r);
int op_fallocate(struct worker *w, struct request *r);
int op_punch_hole(struct worker *w, struct request *r);

/* The bytes that fallocate reserves: as many as the file has, at least one. */
static inline uint64_t op_reserve_bytes(const struct request *r)
{
	return r->size_bytes ? r->size_bytes : 1;
}

/* The bytes that punch-hole gives back: whole blocks, whatever their size. */
static inline uint64_t op_hole_bytes(const struct request *r)
{
	return (r->size_bytes | (OP_HOLE_ALIGN - 1)) + 1;
}

/* op_open.c: open files */
int op_open_close(struct worker *w, struct request *r);
int op_lock(struct worker *w, struct request *r);

/*
 * op_probe.c: what not every file system has. `dir_fd` is a top directory. Each
 * returns 0 or -EOPNOTSUPP. What cannot be found out counts as there, because
 * the first operation shows then whether it is.
 */
int probe_tmpfile(int dir_fd);
int probe_link(int dir_fd);
int probe_clone(int dir_fd);
int probe_exchange(int dir_fd);
int probe_fallocate(int dir_fd);
int probe_punch_hole(int dir_fd);

/* op_swift.c: what an object store and its replicas do */
int op_swift_put(struct worker *w, struct request *r);
int op_swift_get(struct worker *w, struct request *r);
int op_await_create(struct worker *w, struct request *r);
#define OP_SWIFT_MODE 0667
/* "1700000000.123456789,64" -> ns since the epoch, or -1. */
int64_t op_parse_stamp(const char *text);

/* op_attr.c: what an inode says of a file */
/* Returns -ELOOP for a symbolic link: no file of a tree is one. */
int op_not_link(struct request *r, mode_t mode);

#define OP_FD_PATH_MAX 40
/*
 * Writes a path that leads to what a descriptor stands for. Returns its length.
 */
size_t op_fd_path(int fd, char path[OP_FD_PATH_MAX]);

int op_stat(struct worker *w, struct request *r);
int op_statx_dont_sync(struct worker *w, struct request *r);
int op_statx_force_sync(struct worker *w, struct request *r);
int op_access(struct worker *w, struct request *r);
int op_chmod(struct worker *w, struct request *r);
int op_chown(struct worker *w, struct request *r);
int op_utimens(struct worker *w, struct request *r);

/* op_name.c: one system call on a name */
int op_delete(struct worker *w, struct request *r);
int op_rename(struct worker *w, struct request *r);
int op_delete_renamed(struct worker *w, struct request *r);
int op_symlink(struct worker *w, struct request *r);
int op_readlink(struct worker *w, struct request *r);
int op_link(struct worker *w, struct request *r);
int op_exchange(struct worker *w, struct request *r);
int op_lookup_missing(struct worker *w, struct request *r);
/* Judges the lookup of a name that no operation makes: its errno, or 0. */
int op_missing(struct request *r, int error);

int op_delete_again(struct worker *w, struct request *r);
int op_rename_again(struct worker *w, struct request *r);
int op_delete_renamed_again(struct worker *w, struct request *r);
int op_symlink_again(struct worker *w, struct request *r);
int op_link_again(struct worker *w, struct request *r);

/* op_dir.c: directories */
int op_mkdir(struct worker *w, struct request *r);
int op_rmdir(struct worker *w, struct request *r);
int op_readdir(struct worker *w, struct request *r);
int op_ls_l(struct worker *w, struct request *r);
int op_opendir(struct worker *w, struct request *r);
int op_fsync_dir(struct worker *w, struct request *r);

int op_mkdir_again(struct worker *w, struct request *r);
int op_rmdir_again(struct worker *w, struct request *r);
/* Changes a directory's times, so that there is something to sync. */
int op_change_dir(struct worker *w, struct request *r);

#define OP_DIR_MODE       0777
#define OP_INNER_NAME_MAX 24
/* Writes "f_000", the name of the j-th file that mkdir makes in NAME.d. */
const char *op_inner_name(uint32_t j, char name[OP_INNER_NAME_MAX]);
/* Returns the same with NAME.d/ before it, like request_extra(). */
const char *op_file_in_dir(struct request *r, uint32_t j);

/* op_xattr.c: extended attributes */
int op_setxattr(struct worker *w, struct request *r);
int op_getxattr(struct worker *w, struct request *r);
int op_listxattr(struct worker *w, struct request *r);
int op_removexattr(struct worker *w, struct request *r);

/* op_cleanup.c */
int op_cleanup(struct worker *w, struct request *r);
/* Removes NAME.d with the files that mkdir made in it. */
int op_remove_dir(struct worker *w, struct request *r);

/*
 * async_step.c: the steps of the same operations by io_uring; see async_op.h.
 */
int step_create(struct worker *w, struct async_op *op);
int step_open_to_write(struct worker *w, struct async_op *op);
int step_open_truncated(struct worker *w, struct async_op *op);
int step_open_to_append(struct worker *w, struct async_op *op);
int step_open_to_read(struct worker *w, struct async_op *op);
int step_find_end(struct worker *w, struct async_op *op);
int step_write(struct worker *w, struct async_op *op);
int step_read(struct worker *w, struct async_op *op);
int step_stamp(struct worker *w, struct async_op *op);
int step_sync(struct worker *w, struct async_op *op);
int step_close(struct worker *w, struct async_op *op);
int step_sync_src(struct worker *w, struct async_op *op);
int step_sync_dst(struct worker *w, struct async_op *op);
int step_stat(struct worker *w, struct async_op *op);
int step_not_link(struct worker *w, struct async_op *op);
int step_unlink(struct worker *w, struct async_op *op);
int step_rename(struct worker *w, struct async_op *op);
int step_symlink(struct worker *w, struct async_op *op);
int step_mkdir(struct worker *w, struct async_op *op);
int step_make_files(struct worker *w, struct async_op *op);
int step_remove_files(struct worker *w, struct async_op *op);
int step_rmdir(struct worker *w, struct async_op *op);
int step_set_attributes(struct worker *w, struct async_op *op);
int step_put_attributes(struct worker *w, struct async_op *op);
int step_verify_attributes(struct worker *w, struct async_op *op);
int step_open_temporary(struct worker *w, struct async_op *op);
int step_allocate(struct worker *w, struct async_op *op);
int step_forget_cache(struct worker *w, struct async_op *op);
int step_rename_temporary(struct worker *w, struct async_op *op);
int step_open_nameless(struct worker *w, struct async_op *op);
int step_name_file(struct worker *w, struct async_op *op);
int step_statx_dont_sync(struct worker *w, struct async_op *op);
int step_statx_force_sync(struct worker *w, struct async_op *op);
int step_look_up(struct worker *w, struct async_op *op);
int step_missing(struct worker *w, struct async_op *op);
int step_truncate(struct worker *w, struct async_op *op);
int step_reserve(struct worker *w, struct async_op *op);
int step_punch_hole(struct worker *w, struct async_op *op);
int step_link(struct worker *w, struct async_op *op);
int step_exchange(struct worker *w, struct async_op *op);
int step_open_dir(struct worker *w, struct async_op *op);
int step_sync_always(struct worker *w, struct async_op *op);

/*
 * Shared by op_*.c. op_close() closes `fd`, after an fsync if asked to. It
 * returns the first error, `ret` included.
 */
int op_close(struct worker *w, struct request *r, int fd, int ret);
int op_write_records(struct worker *w, struct request *r, int fd,
		     uint64_t offset);
int op_read_records(struct worker *w, struct request *r, int fd);

/* The attribute of record_ctime_size. */
#define OP_XATTR_STAMP "user.smallfile-ctime-size"

/*
 * Reads all of a file's attributes and compares them. Reads through `fd`, or by
 * name if `fd` is -1.
 */
int op_xattr_verify(struct worker *w, struct request *r, int fd);

#endif
