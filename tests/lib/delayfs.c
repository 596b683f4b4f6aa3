// SPDX-License-Identifier: GPL-2.0-only
/*
 *	delayfs MOUNTPOINT -o delay_us=1000[,OPTION...] [options of FUSE]
 *
 * `struct settings` has the options. There are short reads, but no short
 * writes: if the writer does not wait for its write, the kernel makes an error
 * of a short one.
 */
#include "delayfs.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

/*
 * By default FUSE has at most 12 requests in flight that nobody waits for, such
 * as closing files, or reading and writing them by io_uring.
 */
#define BACKGROUND 1024

struct settings settings;

static void delay_init(void *data, struct fuse_conn_info *conn)
{
	/* Without this, each write asks for security.capability first. */
	conn->want |= conn->capable & FUSE_CAP_HANDLE_KILLPRIV;
	conn->max_background = conn->congestion_threshold = BACKGROUND;
}

static void delay_lookup(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	struct fuse_entry_param e;

	answer_entry(req, node_lookup(node_of(parent), name, &e), &e);
}

static void delay_forget(fuse_req_t req, fuse_ino_t ino, uint64_t lookups)
{
	node_forget(node_of(ino), lookups);
	fuse_reply_none(req);
}

static void delay_forget_multi(fuse_req_t req, size_t count,
			       struct fuse_forget_data *f)
{
	for (size_t i = 0; i < count; i++)
		node_forget(node_of(f[i].ino), f[i].nlookup);
	fuse_reply_none(req);
}

static void delay_getattr(fuse_req_t req, fuse_ino_t ino,
			  struct fuse_file_info *fi)
{
	answer_attr(req, 0, &node_of(ino)->st);
}

static void set_times(struct stat *st, const struct stat *from, int what)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	if (what & FUSE_SET_ATTR_ATIME)
		st->st_atim = from->st_atim;
	if (what & FUSE_SET_ATTR_MTIME)
		st->st_mtim = from->st_mtim;
	if (what & FUSE_SET_ATTR_ATIME_NOW)
		st->st_atim = now;
	if (what & FUSE_SET_ATTR_MTIME_NOW)
		st->st_mtim = now;
	st->st_ctim = now;
}

static void delay_setattr(fuse_req_t req, fuse_ino_t ino, struct stat *st,
			  int what, struct fuse_file_info *fi)
{
	struct node *n = node_of(ino);
	int error = 0;

	if (what & FUSE_SET_ATTR_SIZE)
		error = node_resize(n, st->st_size);
	if (what & FUSE_SET_ATTR_MODE)
		n->st.st_mode =
			(n->st.st_mode & S_IFMT) | (st->st_mode & ~S_IFMT);
	if (what & FUSE_SET_ATTR_UID)
		n->st.st_uid = st->st_uid;
	if (what & FUSE_SET_ATTR_GID)
		n->st.st_gid = st->st_gid;
	set_times(&n->st, st, what);
	answer_attr(req, error, &n->st);
}

static void delay_readlink(fuse_req_t req, fuse_ino_t ino)
{
	const struct node *n = node_of(ino);
	char *text = answer_alloc(n->st.st_size);

	if (!text) {
		answer_error(req, ENOMEM);
		return;
	}
	memcpy(text, n->data, n->st.st_size);
	answer_data(req, text, n->st.st_size);
}

static int make(fuse_req_t req, fuse_ino_t parent, const char *name,
		mode_t mode, struct fuse_entry_param *e)
{
	memset(e, 0, sizeof(*e));
	return node_make(node_of(parent), name, mode, fuse_req_ctx(req), e);
}

static void delay_mkdir(fuse_req_t req, fuse_ino_t parent, const char *name,
			mode_t mode)
{
	struct fuse_entry_param e;
	int error = make(req, parent, name, S_IFDIR | mode, &e);

	answer_entry(req, error, &e);
}

static void delay_symlink(fuse_req_t req, const char *target, fuse_ino_t parent,
			  const char *name)
{
	struct fuse_entry_param e;
	int error = make(req, parent, name, S_IFLNK | 0777, &e);

	if (!error)
		error = node_write(node_of(e.ino), target, strlen(target), 0);
	if (!error)
		e.attr = node_of(e.ino)->st;
	answer_entry(req, error, &e);
}

static void delay_unlink(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	answer_error(req, node_remove(node_of(parent), name, false));
}

static void delay_rmdir(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	answer_error(req, node_remove(node_of(parent), name, true));
}

static void delay_rename(fuse_req_t req, fuse_ino_t from, const char *name,
			 fuse_ino_t to, const char *new_name,
			 unsigned int flags)
{
	answer_error(req, node_rename(node_of(from), name, node_of(to),
				      new_name, flags));
}

/*
 * The kernel passes reads and writes on as they were made, and short ones stay
 * short.
 */
static int opened(struct node *n, struct fuse_file_info *fi)
{
	fi->direct_io = 1;
	return fi->flags & O_TRUNC ? node_resize(n, 0) : 0;
}

static void delay_create(fuse_req_t req, fuse_ino_t parent, const char *name,
			 mode_t mode, struct fuse_file_info *fi)
{
	struct fuse_entry_param e;
	int error = make(req, parent, name, S_IFREG | mode, &e);

	if (error == EEXIST && !(fi->flags & O_EXCL))
		error = node_lookup(node_of(parent), name, &e);
	if (!error)
		error = opened(node_of(e.ino), fi);
	answer_create(req, error, &e, fi);
}

static void delay_open(fuse_req_t req, fuse_ino_t ino,
		       struct fuse_file_info *fi)
{
	answer_open(req, opened(node_of(ino), fi), fi);
}

static void delay_read(fuse_req_t req, fuse_ino_t ino, size_t size,
		       off_t offset, struct fuse_file_info *fi)
{
	const struct node *n = node_of(ino);
	off_t left = offset < n->st.st_size ? n->st.st_size - offset : 0;
	void *data;

	if (settings.short_bytes && size > settings.short_bytes)
		size = settings.short_bytes;
	if ((off_t)size > left)
		size = left;
	data = answer_alloc(size);
	if (!data) {
		answer_error(req, ENOMEM);
		return;
	}
	if (size)
		memcpy(data, n->data + offset, size);
	answer_data(req, data, size);
}

static void delay_write(fuse_req_t req, fuse_ino_t ino, const char *data,
			size_t size, off_t offset, struct fuse_file_info *fi)
{
	int error = node_write(node_of(ino), data, size, offset);

	answer_written(req, error ? -error : (ssize_t)size);
}

static void delay_flush(fuse_req_t req, fuse_ino_t ino,
			struct fuse_file_info *fi)
{
	answer_error(req, 0);
}

/* Nobody waits for the answer to this request. */
static void delay_release(fuse_req_t req, fuse_ino_t ino,
			  struct fuse_file_info *fi)
{
	fuse_reply_err(req, 0);
}

static void delay_fsync(fuse_req_t req, fuse_ino_t ino, int data,
			struct fuse_file_info *fi)
{
	answer_error(req, 0);
}

static void delay_fallocate(fuse_req_t req, fuse_ino_t ino, int mode,
			    off_t offset, off_t length,
			    struct fuse_file_info *fi)
{
	struct node *n = node_of(ino);
	int error = mode ? EOPNOTSUPP : 0;

	if (!mode && offset + length > n->st.st_size)
		error = node_resize(n, offset + length);
	answer_error(req, error);
}

static void delay_setxattr(fuse_req_t req, fuse_ino_t ino, const char *name,
			   const char *value, size_t size, int flags)
{
	answer_error(req, node_set_attribute(node_of(ino), name, value, size,
					     flags));
}

static void delay_removexattr(fuse_req_t req, fuse_ino_t ino, const char *name)
{
	answer_error(req, node_remove_attribute(node_of(ino), name));
}

static void delay_getxattr(fuse_req_t req, fuse_ino_t ino, const char *name,
			   size_t size)
{
	void *value = size ? answer_alloc(size) : NULL;
	ssize_t n;

	if (size && !value) {
		answer_error(req, ENOMEM);
		return;
	}
	n = node_attribute(node_of(ino), name, value, size);
	if (size)
		answer_data(req, value, n);
	else
		answer_xattr_size(req, n);
}

static void delay_listxattr(fuse_req_t req, fuse_ino_t ino, size_t size)
{
	char *list = size ? answer_alloc(size) : NULL;
	ssize_t n;

	if (size && !list) {
		answer_error(req, ENOMEM);
		return;
	}
	n = node_attributes(node_of(ino), list, size);
	if (size)
		answer_data(req, list, n);
	else
		answer_xattr_size(req, n);
}

static void delay_opendir(fuse_req_t req, fuse_ino_t ino,
			  struct fuse_file_info *fi)
{
	answer_open(req, 0, fi);
}

/* `offset` is the cookie of the last entry that the kernel was told. */
static void delay_readdir(fuse_req_t req, fuse_ino_t ino, size_t size,
			  off_t offset, struct fuse_file_info *fi)
{
	const struct node *n = node_of(ino)->first;
	char *out = answer_alloc(size);
	size_t used = 0;

	if (!out) {
		answer_error(req, ENOMEM);
		return;
	}
	for (; n; n = n->after) {
		size_t length;

		if (n->cookie <= (uint64_t)offset)
			continue;
		length = fuse_add_direntry(req, out + used, size - used,
					   n->name, &n->st, n->cookie);
		if (length > size - used)
			break;
		used += length;
	}
	answer_data(req, out, used);
}

static void delay_statfs(fuse_req_t req, fuse_ino_t ino)
{
	const struct statvfs st = {
		.f_bsize = 4096,
		.f_frsize = 4096,
		.f_blocks = 1 << 20,
		.f_bfree = 1 << 20,
		.f_bavail = 1 << 20,
		.f_namemax = NAME_MAX,
	};

	fuse_reply_statfs(req, &st);
}

static const struct fuse_lowlevel_ops operations = {
	.init = delay_init,
	.lookup = delay_lookup,
	.forget = delay_forget,
	.forget_multi = delay_forget_multi,
	.getattr = delay_getattr,
	.setattr = delay_setattr,
	.readlink = delay_readlink,
	.mkdir = delay_mkdir,
	.unlink = delay_unlink,
	.rmdir = delay_rmdir,
	.symlink = delay_symlink,
	.rename = delay_rename,
	.create = delay_create,
	.open = delay_open,
	.read = delay_read,
	.write = delay_write,
	.flush = delay_flush,
	.release = delay_release,
	.fsync = delay_fsync,
	.fsyncdir = delay_fsync,
	.fallocate = delay_fallocate,
	.setxattr = delay_setxattr,
	.getxattr = delay_getxattr,
	.listxattr = delay_listxattr,
	.removexattr = delay_removexattr,
	.opendir = delay_opendir,
	.readdir = delay_readdir,
	.releasedir = delay_release,
	.statfs = delay_statfs,
};

#define OPTION(text, member)                                                   \
	{                                                                      \
		text, offsetof(struct settings, member), 1                     \
	}

static const struct fuse_opt options[] = {
	OPTION("delay_us=%u", delay_us),
	OPTION("wake_us=%u", wake_us),
	OPTION("short_bytes=%u", short_bytes),
	OPTION("hang=%s", hang),
	OPTION("watch=%s", watch),
	OPTION("only=%s", only),
	OPTION("fail=%s", fail),
	FUSE_OPT_END,
};

/* Returns the errno that a request has to fail with now, or 0. */
static int failure(uint32_t opcode)
{
	FILE *file = settings.fail ? fopen(settings.fail, "re") : NULL;
	unsigned int only = 0;
	int error = 0;

	switch (opcode) {
	/* Nobody waits for an answer to these, or nothing works without one. */
	case FUSE_INIT:
	case FUSE_DESTROY:
	case FUSE_FORGET:
	case FUSE_BATCH_FORGET:
	case FUSE_INTERRUPT:
	case FUSE_RELEASE:
	case FUSE_RELEASEDIR:
		break;
	default:
		if (file && fscanf(file, "%d %u", &error, &only) == 2 &&
		    only != opcode)
			error = 0;
	}
	if (file)
		fclose(file);
	return error;
}

static int asked(const struct fuse_in_header *request)
{
	watch_request(request);
	return failure(request->opcode);
}

int main(int argc, char **argv)
{
	struct fuse_args args = FUSE_ARGS_INIT(argc, argv);
	struct fuse_cmdline_opts o;
	int ret;

	if (fuse_opt_parse(&args, &settings, options, NULL) ||
	    fuse_parse_cmdline(&args, &o) || !o.mountpoint) {
		fprintf(stderr, "usage: delayfs MOUNTPOINT -o delay_us=N\n");
		return 2;
	}
	nodes_start();
	ret = serve(&args, &operations, o.mountpoint, answers_send, asked);
	fuse_opt_free_args(&args);
	free(o.mountpoint);
	return ret;
}
