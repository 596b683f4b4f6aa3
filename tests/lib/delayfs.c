// SPDX-License-Identifier: GPL-2.0-only
/*
 *   delayfs DIRECTORY MOUNTPOINT -o delay_us=1000[,OPTION...] [FUSE's own]
 *
 * See struct settings for the options. A short write the kernel makes an error
 * of where the writer does not wait for it, so there is none.
 */
#include "delayfs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

/* FUSE keeps to 12 requests that nobody waits for, such as closing files. */
#define BACKGROUND 128
#define NS_PER_S   1000000000ll

struct settings settings;

/* 0 or a positive errno, of a call that returns -1. */
static int error_of(int ret)
{
	return ret < 0 ? errno : 0;
}

static void delay_init(void *data, struct fuse_conn_info *conn)
{
	/* Or each write asks for security.capability first. */
	conn->want |= conn->capable & FUSE_CAP_HANDLE_KILLPRIV;
	conn->max_background = conn->congestion_threshold = BACKGROUND;
}

static void delay_lookup(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	struct fuse_entry_param e;
	int error = node_lookup(node_of(parent), name, &e);

	/* An entry without an inode: that there is none, for a while. */
	if (error == ENOENT && settings.cache_s)
		error = 0;
	answer_entry(req, error, &e);
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
	struct stat st;
	int ret = fstatat(node_of(ino)->fd, "", &st, AT_EMPTY_PATH);

	answer_attr(req, error_of(ret), &st);
}

static int set_times(const char *path, const struct stat *st, int what)
{
	struct timespec t[2] = { { .tv_nsec = UTIME_OMIT },
				 { .tv_nsec = UTIME_OMIT } };

	if (what & FUSE_SET_ATTR_ATIME)
		t[0] = st->st_atim;
	if (what & FUSE_SET_ATTR_MTIME)
		t[1] = st->st_mtim;
	if (what & FUSE_SET_ATTR_ATIME_NOW)
		t[0].tv_nsec = UTIME_NOW;
	if (what & FUSE_SET_ATTR_MTIME_NOW)
		t[1].tv_nsec = UTIME_NOW;
	return utimensat(AT_FDCWD, path, t, 0);
}

static int set_attributes(const char *path, const struct stat *st, int what)
{
	const int times = FUSE_SET_ATTR_ATIME | FUSE_SET_ATTR_MTIME;

	if (what & FUSE_SET_ATTR_MODE && chmod(path, st->st_mode))
		return errno;
	if (what & (FUSE_SET_ATTR_UID | FUSE_SET_ATTR_GID) &&
	    chown(path, what & FUSE_SET_ATTR_UID ? st->st_uid : (uid_t)-1,
		  what & FUSE_SET_ATTR_GID ? st->st_gid : (gid_t)-1))
		return errno;
	if (what & FUSE_SET_ATTR_SIZE && truncate(path, st->st_size))
		return errno;
	return what & times ? error_of(set_times(path, st, what)) : 0;
}

static void delay_setattr(fuse_req_t req, fuse_ino_t ino, struct stat *st,
			  int what, struct fuse_file_info *fi)
{
	const struct node *n = node_of(ino);
	char path[NODE_PATH_MAX];
	struct stat now = { 0 };
	int error = set_attributes(node_path(n, path), st, what);

	if (!error)
		error = error_of(fstatat(n->fd, "", &now, AT_EMPTY_PATH));
	answer_attr(req, error, &now);
}

static void delay_readlink(fuse_req_t req, fuse_ino_t ino)
{
	char *text = answer_alloc(PATH_MAX);

	if (!text)
		answer_error(req, ENOMEM);
	else
		answer_data(req, text,
			    readlinkat(node_of(ino)->fd, "", text, PATH_MAX));
}

/* What was made, unless an error came before. */
static void answer_made(fuse_req_t req, int ret, fuse_ino_t parent,
			const char *name)
{
	struct fuse_entry_param e = { 0 };
	int error = error_of(ret);

	if (!error)
		error = node_lookup(node_of(parent), name, &e);
	answer_entry(req, error, &e);
}

static void delay_mkdir(fuse_req_t req, fuse_ino_t parent, const char *name,
			mode_t mode)
{
	answer_made(req, mkdirat(node_of(parent)->fd, name, mode), parent,
		    name);
}

static void delay_symlink(fuse_req_t req, const char *target, fuse_ino_t parent,
			  const char *name)
{
	answer_made(req, symlinkat(target, node_of(parent)->fd, name), parent,
		    name);
}

static void delay_unlink(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	answer_error(req, error_of(unlinkat(node_of(parent)->fd, name, 0)));
}

static void delay_rmdir(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	answer_error(req, error_of(unlinkat(node_of(parent)->fd, name,
					    AT_REMOVEDIR)));
}

static void delay_rename(fuse_req_t req, fuse_ino_t from, const char *name,
			 fuse_ino_t to, const char *new_name,
			 unsigned int flags)
{
	answer_error(req,
		     error_of(renameat2(node_of(from)->fd, name,
					node_of(to)->fd, new_name, flags)));
}

/* Reads and writes reach us as they were made, and short ones stay. */
static int opened(int fd, struct fuse_file_info *fi)
{
	fi->fh = fd;
	fi->direct_io = 1;
	return error_of(fd);
}

/* The kernel has looked after O_APPEND: it says where to write. */
static int our_flags(const struct fuse_file_info *fi)
{
	return (fi->flags & ~(O_APPEND | O_DIRECT | O_NOFOLLOW)) | O_CLOEXEC;
}

static void delay_create(fuse_req_t req, fuse_ino_t parent, const char *name,
			 mode_t mode, struct fuse_file_info *fi)
{
	struct fuse_entry_param e = { 0 };
	int fd = openat(node_of(parent)->fd, name, our_flags(fi) | O_CREAT,
			mode);
	int error = opened(fd, fi);

	if (!error)
		error = node_lookup(node_of(parent), name, &e);
	if (error && fd >= 0)
		close(fd);
	answer_create(req, error, &e, fi);
}

static void delay_open(fuse_req_t req, fuse_ino_t ino,
		       struct fuse_file_info *fi)
{
	char path[NODE_PATH_MAX];
	int fd = open(node_path(node_of(ino), path), our_flags(fi));

	answer_open(req, opened(fd, fi), fi);
}

static void delay_read(fuse_req_t req, fuse_ino_t ino, size_t size,
		       off_t offset, struct fuse_file_info *fi)
{
	void *data;

	if (settings.short_bytes && size > settings.short_bytes)
		size = settings.short_bytes;
	data = answer_alloc(size);
	if (!data)
		answer_error(req, ENOMEM);
	else
		answer_data(req, data, pread(fi->fh, data, size, offset));
}

static void delay_write(fuse_req_t req, fuse_ino_t ino, const char *data,
			size_t size, off_t offset, struct fuse_file_info *fi)
{
	answer_written(req, pwrite(fi->fh, data, size, offset));
}

static void delay_flush(fuse_req_t req, fuse_ino_t ino,
			struct fuse_file_info *fi)
{
	const char *fails = settings.fail_flush;

	answer_error(req, fails && !access(fails, F_OK) ? EIO : 0);
}

static void delay_release(fuse_req_t req, fuse_ino_t ino,
			  struct fuse_file_info *fi)
{
	answer_error(req, error_of(close(fi->fh)));
}

static void delay_fsync(fuse_req_t req, fuse_ino_t ino, int data,
			struct fuse_file_info *fi)
{
	answer_error(req, error_of(data ? fdatasync(fi->fh) : fsync(fi->fh)));
}

static void delay_fsyncdir(fuse_req_t req, fuse_ino_t ino, int data,
			   struct fuse_file_info *fi)
{
	answer_error(req, 0);
}

static void delay_fallocate(fuse_req_t req, fuse_ino_t ino, int mode,
			    off_t offset, off_t length,
			    struct fuse_file_info *fi)
{
	answer_error(req, error_of(fallocate(fi->fh, mode, offset, length)));
}

static void delay_setxattr(fuse_req_t req, fuse_ino_t ino, const char *name,
			   const char *value, size_t size, int flags)
{
	char path[NODE_PATH_MAX];

	answer_error(req, error_of(setxattr(node_path(node_of(ino), path), name,
					    value, size, flags)));
}

static void delay_getxattr(fuse_req_t req, fuse_ino_t ino, const char *name,
			   size_t size)
{
	char path[NODE_PATH_MAX];
	void *value = size ? answer_alloc(size) : NULL;
	ssize_t n;

	if (size && !value) {
		answer_error(req, ENOMEM);
		return;
	}
	n = getxattr(node_path(node_of(ino), path), name, value, size);
	if (size)
		answer_data(req, value, n);
	else
		answer_xattr_size(req, n);
}

static void delay_listxattr(fuse_req_t req, fuse_ino_t ino, size_t size)
{
	char path[NODE_PATH_MAX];
	void *list = size ? answer_alloc(size) : NULL;
	ssize_t n;

	if (size && !list) {
		answer_error(req, ENOMEM);
		return;
	}
	n = listxattr(node_path(node_of(ino), path), list, size);
	if (size)
		answer_data(req, list, n);
	else
		answer_xattr_size(req, n);
}

static void delay_opendir(fuse_req_t req, fuse_ino_t ino,
			  struct fuse_file_info *fi)
{
	int fd = openat(node_of(ino)->fd, ".",
			O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);

	fi->fh = (uintptr_t)dir;
	fi->cache_readdir = fi->keep_cache = settings.cache_s > 0;
	answer_open(req, dir ? 0 : errno, fi);
}

static void delay_readdir(fuse_req_t req, fuse_ino_t ino, size_t size,
			  off_t offset, struct fuse_file_info *fi)
{
	DIR *dir = (DIR *)(uintptr_t)fi->fh;
	char *out = answer_alloc(size);
	const struct dirent *entry;
	size_t used = 0, length;

	if (!out) {
		answer_error(req, ENOMEM);
		return;
	}
	seekdir(dir, offset);
	while ((entry = readdir(dir))) {
		const struct stat st = { .st_ino = entry->d_ino,
					 .st_mode = DTTOIF(entry->d_type) };

		length = fuse_add_direntry(req, out + used, size - used,
					   entry->d_name, &st, entry->d_off);
		if (length > size - used)
			break;
		used += length;
	}
	answer_data(req, out, used);
}

static void delay_releasedir(fuse_req_t req, fuse_ino_t ino,
			     struct fuse_file_info *fi)
{
	answer_error(req, error_of(closedir((DIR *)(uintptr_t)fi->fh)));
}

static void delay_statfs(fuse_req_t req, fuse_ino_t ino)
{
	struct statvfs st;

	if (fstatvfs(node_of(ino)->fd, &st))
		fuse_reply_err(req, errno);
	else
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
	.fsyncdir = delay_fsyncdir,
	.fallocate = delay_fallocate,
	.setxattr = delay_setxattr,
	.getxattr = delay_getxattr,
	.listxattr = delay_listxattr,
	.opendir = delay_opendir,
	.readdir = delay_readdir,
	.releasedir = delay_releasedir,
	.statfs = delay_statfs,
};

#define OPTION(text, member)                                                   \
	{                                                                      \
		text, offsetof(struct settings, member), 1                     \
	}

static const struct fuse_opt options[] = {
	OPTION("delay_us=%u", delay_us), OPTION("short_bytes=%u", short_bytes),
	OPTION("hang=%s", hang),         OPTION("fail_flush=%s", fail_flush),
	OPTION("cache_s=%u", cache_s),   FUSE_OPT_END,
};

/* The first word that is no option is the directory; FUSE has the rest. */
static int take_word(void *data, const char *word, int key,
		     struct fuse_args *args)
{
	struct settings *s = data;

	if (key != FUSE_OPT_KEY_NONOPT || s->directory)
		return 1;
	s->directory = realpath(word, NULL);
	return s->directory ? 0 : -1;
}

/* Takes all requests there are. Returns 0, or 1 at the end. */
static int take_requests(struct fuse_session *se, struct fuse_buf *buffer)
{
	for (;;) {
		int ret = fuse_session_receive_buf(se, buffer);

		if (ret == -EINTR)
			continue;
		if (ret == -EAGAIN)
			return 0;
		if (ret <= 0)
			return 1;
		fuse_session_process_buf(se, buffer);
	}
}

static int serve(struct fuse_session *se)
{
	struct pollfd poll = { .fd = fuse_session_fd(se), .events = POLLIN };
	struct fuse_buf buffer = { 0 };

	if (fcntl(poll.fd, F_SETFL, fcntl(poll.fd, F_GETFL) | O_NONBLOCK))
		return 1;
	while (!fuse_session_exited(se)) {
		int64_t next_ns = answers_send();
		const struct timespec wait = {
			.tv_sec = next_ns / NS_PER_S,
			.tv_nsec = next_ns % NS_PER_S,
		};

		if (ppoll(&poll, 1, next_ns < 0 ? NULL : &wait, NULL) > 0 &&
		    take_requests(se, &buffer))
			break;
	}
	free(buffer.mem);
	return 0;
}

static int mount_and_serve(struct fuse_args *args,
			   const struct fuse_cmdline_opts *o)
{
	struct fuse_session *se =
		fuse_session_new(args, &operations, sizeof(operations), NULL);
	int ret = 1;

	if (!se)
		return 1;
	if (!fuse_set_signal_handlers(se)) {
		if (!fuse_session_mount(se, o->mountpoint)) {
			ret = serve(se);
			fuse_session_unmount(se);
		}
		fuse_remove_signal_handlers(se);
	}
	fuse_session_destroy(se);
	return ret;
}

int main(int argc, char **argv)
{
	struct fuse_args args = FUSE_ARGS_INIT(argc, argv);
	struct fuse_cmdline_opts o;
	int ret;

	if (fuse_opt_parse(&args, &settings, options, take_word) ||
	    !settings.directory || fuse_parse_cmdline(&args, &o) ||
	    !o.mountpoint) {
		fprintf(stderr, "usage: delayfs DIRECTORY MOUNTPOINT "
				"-o delay_us=N\n");
		return 2;
	}
	ret = nodes_start(settings.directory);
	if (ret) {
		fprintf(stderr, "%s: %s\n", settings.directory, strerror(-ret));
		return 2;
	}
	umask(0);
	ret = mount_and_serve(&args, &o);
	fuse_opt_free_args(&args);
	free(o.mountpoint);
	return ret;
}
