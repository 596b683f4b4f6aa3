/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CORE_OP_H
#define CORE_OP_H

#include "op/worker.h"

/*
 * The measured functions of the operation table, and those that put back what
 * an operation needs. Each does the calls that smallfile's operation of that
 * name does and no other.
 */

/* op_data.c: contents of files */
int op_create(struct worker *w, struct request *r);
int op_append(struct worker *w, struct request *r);
int op_overwrite(struct worker *w, struct request *r);
int op_truncate_overwrite(struct worker *w, struct request *r);
int op_read(struct worker *w, struct request *r);

int op_create_again(struct worker *w, struct request *r);
int op_append_again(struct worker *w, struct request *r);

/*
 * Not measured: makes the first record of what is to be written, and the
 * values of attributes.
 */
void op_prepare_contents(struct worker *w, struct request *r);

/* op_swift.c: what an object store and its replicas do */
int op_swift_put(struct worker *w, struct request *r);
int op_swift_get(struct worker *w, struct request *r);
int op_await_create(struct worker *w, struct request *r);
#define OP_SWIFT_MODE 0667
/* "1700000000.123456789,64" -> ns since the epoch, or -1. */
int64_t op_parse_stamp(const char *text);

/* op_name.c: one system call on a name */
/* ELOOP for a link: smallfile has made none of that name. */
int op_not_link(struct request *r, mode_t mode);

#define OP_FD_PATH_MAX 40
/* A path of what a descriptor stands for; returns its length. */
size_t op_fd_path(int fd, char path[OP_FD_PATH_MAX]);

int op_stat(struct worker *w, struct request *r);
int op_chmod(struct worker *w, struct request *r);
int op_delete(struct worker *w, struct request *r);
int op_rename(struct worker *w, struct request *r);
int op_delete_renamed(struct worker *w, struct request *r);
int op_symlink(struct worker *w, struct request *r);

int op_delete_again(struct worker *w, struct request *r);
int op_rename_again(struct worker *w, struct request *r);
int op_delete_renamed_again(struct worker *w, struct request *r);
int op_symlink_again(struct worker *w, struct request *r);

/* op_dir.c: directories */
int op_mkdir(struct worker *w, struct request *r);
int op_rmdir(struct worker *w, struct request *r);
int op_readdir(struct worker *w, struct request *r);
int op_ls_l(struct worker *w, struct request *r);

int op_mkdir_again(struct worker *w, struct request *r);
int op_rmdir_again(struct worker *w, struct request *r);

#define OP_DIR_MODE       0777
#define OP_INNER_NAME_MAX 24
/* "f_000": the name of the j-th file that mkdir makes in NAME.d. */
const char *op_inner_name(uint32_t j, char name[OP_INNER_NAME_MAX]);
/* The same with NAME.d/ before it; as request_extra(). */
const char *op_file_in_dir(struct request *r, uint32_t j);

/* op_xattr.c: extended attributes */
int op_setxattr(struct worker *w, struct request *r);
int op_getxattr(struct worker *w, struct request *r);

/* op_cleanup.c */
int op_cleanup(struct worker *w, struct request *r);
/* Removes NAME.d with the files that mkdir made in it. */
int op_remove_dir(struct request *r);

/* async_*.c: the same by io_uring; async_op.h says how. */
int op_create_async(struct worker *w, struct async_op *op);
int op_append_async(struct worker *w, struct async_op *op);
int op_overwrite_async(struct worker *w, struct async_op *op);
int op_truncate_overwrite_async(struct worker *w, struct async_op *op);
int op_read_async(struct worker *w, struct async_op *op);
int op_stat_async(struct worker *w, struct async_op *op);
int op_delete_async(struct worker *w, struct async_op *op);
int op_rename_async(struct worker *w, struct async_op *op);
int op_delete_renamed_async(struct worker *w, struct async_op *op);
int op_symlink_async(struct worker *w, struct async_op *op);
int op_mkdir_async(struct worker *w, struct async_op *op);
int op_rmdir_async(struct worker *w, struct async_op *op);
int op_setxattr_async(struct worker *w, struct async_op *op);
int op_getxattr_async(struct worker *w, struct async_op *op);
int op_swift_put_async(struct worker *w, struct async_op *op);
int op_swift_get_async(struct worker *w, struct async_op *op);

/*
 * Shared by them. `fd` is closed by op_close, after an fsync where asked, and
 * the first error, `ret` included, is the one returned.
 */
int op_close(struct worker *w, struct request *r, int fd, int ret);
int op_write_records(struct worker *w, struct request *r, int fd,
		     uint64_t offset);
int op_read_records(struct worker *w, struct request *r, int fd);

/* Attributes: user.smallfile-J, and user.smallfile-all-J for swift. */
#define OP_XATTR          "user.smallfile-"
#define OP_XATTR_SWIFT    "user.smallfile-all-"
#define OP_XATTR_STAMP    "user.smallfile-ctime-size"
#define OP_XATTR_NAME_MAX 40

/* A name of the form above; written to `out`, which is also returned. */
const char *op_xattr_name(const char *stem, uint32_t j, char *out);
/*
 * Reads all of a file's attributes and compares them: through `fd`, or by name
 * where that is -1.
 */
int op_xattr_verify(struct worker *w, struct request *r, const char *stem,
		    int fd);

#endif
