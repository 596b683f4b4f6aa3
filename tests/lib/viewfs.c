// SPDX-License-Identifier: GPL-2.0-only
/*
 *	viewfs DIRECTORY MOUNTPOINT SECONDS [DELAY_US]
 *
 * Shows a directory as another host sees it, whose client has a cache. For
 * SECONDS it believes names (also that there is none), attributes, listings,
 * and that an extended attribute is not there. It asks for contents at each
 * open, as NFS does. Each request takes DELAY_US.
 */
#include "serve.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

#define BUCKETS 65536u

static unsigned int cache_s, delay_us;

/* A file or directory that the kernel knows. Its address is the FUSE inode. */
struct view_node {
	struct view_node *next;
	uint64_t lookups; /* that the kernel has not forgotten */
	ino_t ino;
	int fd; /* O_PATH: also of what has been removed */
	/* Until then any extended attribute that was asked for is not there. */
	time_t bare_until_s;
};

static struct view_node *bucket[BUCKETS];
static struct view_node root = { .lookups = 1 };

static struct view_node *node_of(fuse_ino_t ino)
{
	return ino == FUSE_ROOT_ID ? &root : (struct view_node *)(uintptr_t)ino;
}

static struct view_node **find(ino_t ino)
{
	struct view_node **at = &bucket[ino % BUCKETS];

	while (*at && (*at)->ino != ino)
		at = &(*at)->next;
	return at;
}

/*
 * Takes over `fd`. The open descriptor keeps the file, so that no other file
 * gets its inode number.
 */
static struct view_node *add(ino_t ino, int fd)
{
	struct view_node *n = malloc(sizeof(*n)), **at = find(ino);

	if (!n) {
		close(fd);
		return NULL;
	}
	*n = (struct view_node){ .ino = ino, .fd = fd };
	*at = n;
	return n;
}

static int node_lookup(struct view_node *parent, const char *name,
		       struct fuse_entry_param *e)
{
	struct view_node *n;
	int fd;

	memset(e, 0, sizeof(*e));
	e->attr_timeout = e->entry_timeout = cache_s;
	if (fstatat(parent->fd, name, &e->attr, AT_SYMLINK_NOFOLLOW))
		return errno;
	n = *find(e->attr.st_ino);
	if (!n) {
		fd = openat(parent->fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
		if (fd < 0)
			return errno;
		n = add(e->attr.st_ino, fd);
	}
	if (!n)
		return ENOMEM;
	n->lookups++;
	e->ino = (uintptr_t)n;
	return 0;
}

static void node_forget(struct view_node *n, uint64_t lookups)
{
	if (n == &root)
		return;
	n->lookups -= lookups;
	if (n->lookups)
		return;
	*find(n->ino) = n->next;
	close(n->fd);
	free(n);
}

/* Returns 0 or a positive errno for a call that returns -1 on failure. */
static int error_of(int ret)
{
	return ret < 0 ? errno : 0;
}

static void answer_entry(fuse_req_t req, int error,
			 const struct fuse_entry_param *e)
{
	if (error)
		fuse_reply_err(req, error);
	else
		fuse_reply_entry(req, e);
}

static void view_lookup(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	struct fuse_entry_param e;
	int error = node_lookup(node_of(parent), name, &e);

	/*
	 * An entry without an inode tells the kernel that there is no such
	 * name, for a while.
	 */
	answer_entry(req, error == ENOENT && cache_s ? 0 : error, &e);
}

static void view_forget(fuse_req_t req, fuse_ino_t ino, uint64_t lookups)
{
	node_forget(node_of(ino), lookups);
	fuse_reply_none(req);
}

static void view_getattr(fuse_req_t req, fuse_ino_t ino,
			 struct fuse_file_info *fi)
{
	struct stat st;

	if (fstatat(node_of(ino)->fd, "", &st, AT_EMPTY_PATH))
		fuse_reply_err(req, errno);
	else
		fuse_reply_attr(req, &st, cache_s);
}

/* Writes the path of a node, for calls that take no O_PATH descriptor. */
#define NODE_PATH_MAX 32
static const char *node_path(const struct view_node *n, char out[NODE_PATH_MAX])
{
	snprintf(out, NODE_PATH_MAX, "/proc/self/fd/%d", n->fd);
	return out;
}

/*
 * Only size and mode are changed. Other changes that the kernel asks for, such
 * as times, are ignored.
 */
static void view_setattr(fuse_req_t req, fuse_ino_t ino, struct stat *st,
			 int what, struct fuse_file_info *fi)
{
	char path[NODE_PATH_MAX];

	node_path(node_of(ino), path);
	if ((what & FUSE_SET_ATTR_SIZE && truncate(path, st->st_size)) ||
	    (what & FUSE_SET_ATTR_MODE && chmod(path, st->st_mode)))
		fuse_reply_err(req, errno);
	else
		view_getattr(req, ino, fi);
}

static void view_mkdir(fuse_req_t req, fuse_ino_t parent, const char *name,
		       mode_t mode)
{
	struct fuse_entry_param e;
	int error = error_of(mkdirat(node_of(parent)->fd, name, mode));

	if (!error)
		error = node_lookup(node_of(parent), name, &e);
	answer_entry(req, error, &e);
}

static void view_link(fuse_req_t req, fuse_ino_t ino, fuse_ino_t parent,
		      const char *name)
{
	char path[NODE_PATH_MAX];
	struct fuse_entry_param e;
	int error =
		error_of(linkat(AT_FDCWD, node_path(node_of(ino), path),
				node_of(parent)->fd, name, AT_SYMLINK_FOLLOW));

	if (!error)
		error = node_lookup(node_of(parent), name, &e);
	answer_entry(req, error, &e);
}

static void view_unlink(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	fuse_reply_err(req, error_of(unlinkat(node_of(parent)->fd, name, 0)));
}

static void view_rmdir(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	fuse_reply_err(req, error_of(unlinkat(node_of(parent)->fd, name,
					      AT_REMOVEDIR)));
}

static void view_rename(fuse_req_t req, fuse_ino_t from, const char *name,
			fuse_ino_t to, const char *new_name, unsigned int flags)
{
	fuse_reply_err(req,
		       error_of(renameat2(node_of(from)->fd, name,
					  node_of(to)->fd, new_name, flags)));
}

/*
 * The kernel passes reads on as they are made. Returns 0 or a positive errno.
 */
static int opened(int fd, struct fuse_file_info *fi)
{
	fi->fh = fd;
	fi->direct_io = 1;
	return error_of(fd);
}

/* The kernel handles O_APPEND itself, and says where to write. */
static int our_flags(const struct fuse_file_info *fi)
{
	return (fi->flags & ~(O_APPEND | O_DIRECT | O_NOFOLLOW)) | O_CLOEXEC;
}

static void view_create(fuse_req_t req, fuse_ino_t parent, const char *name,
			mode_t mode, struct fuse_file_info *fi)
{
	struct fuse_entry_param e;
	int fd = openat(node_of(parent)->fd, name, our_flags(fi) | O_CREAT,
			mode);
	int error = opened(fd, fi);

	if (!error)
		error = node_lookup(node_of(parent), name, &e);
	if (!error) {
		fuse_reply_create(req, &e, fi);
		return;
	}
	if (fd >= 0)
		close(fd);
	fuse_reply_err(req, error);
}

static void view_open(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	char path[NODE_PATH_MAX];
	int fd = open(node_path(node_of(ino), path), our_flags(fi));

	if (opened(fd, fi))
		fuse_reply_err(req, errno);
	else
		fuse_reply_open(req, fi);
}

static void answer_data(fuse_req_t req, char *data, ssize_t count)
{
	if (count < 0)
		fuse_reply_err(req, errno);
	else
		fuse_reply_buf(req, data, count);
	free(data);
}

static void view_read(fuse_req_t req, fuse_ino_t ino, size_t size, off_t offset,
		      struct fuse_file_info *fi)
{
	char *data = malloc(size);

	answer_data(req, data, pread(fi->fh, data, size, offset));
}

static void view_write(fuse_req_t req, fuse_ino_t ino, const char *data,
		       size_t size, off_t offset, struct fuse_file_info *fi)
{
	ssize_t count = pwrite(fi->fh, data, size, offset);

	if (count < 0)
		fuse_reply_err(req, errno);
	else
		fuse_reply_write(req, count);
}

static time_t now_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec;
}

static void view_getxattr(fuse_req_t req, fuse_ino_t ino, const char *name,
			  size_t size)
{
	struct view_node *n = node_of(ino);
	char path[NODE_PATH_MAX], *value = malloc(size + 1);
	ssize_t length = -1;

	errno = value ? ENODATA : ENOMEM;
	if (value && now_s() >= n->bare_until_s)
		length = getxattr(node_path(n, path), name, value, size);
	if (length < 0 && errno == ENODATA && now_s() >= n->bare_until_s)
		n->bare_until_s = now_s() + cache_s;
	if (length < 0)
		fuse_reply_err(req, value ? ENODATA : ENOMEM);
	else if (!size)
		fuse_reply_xattr(req, length);
	else
		fuse_reply_buf(req, value, length);
	free(value);
}

static void view_release(fuse_req_t req, fuse_ino_t ino,
			 struct fuse_file_info *fi)
{
	fuse_reply_err(req, error_of(close(fi->fh)));
}

static void view_fsync(fuse_req_t req, fuse_ino_t ino, int data,
		       struct fuse_file_info *fi)
{
	fuse_reply_err(req, error_of(fsync(fi->fh)));
}

static void view_opendir(fuse_req_t req, fuse_ino_t ino,
			 struct fuse_file_info *fi)
{
	int fd = openat(node_of(ino)->fd, ".",
			O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);

	fi->fh = (uintptr_t)dir;
	fi->cache_readdir = fi->keep_cache = cache_s > 0;
	if (dir)
		fuse_reply_open(req, fi);
	else
		fuse_reply_err(req, errno);
}

static void view_readdir(fuse_req_t req, fuse_ino_t ino, size_t size,
			 off_t offset, struct fuse_file_info *fi)
{
	DIR *dir = (DIR *)(uintptr_t)fi->fh;
	char *out = malloc(size);
	const struct dirent *entry;
	size_t used = 0, length;

	seekdir(dir, offset);
	while (out && (entry = readdir(dir))) {
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

static void view_releasedir(fuse_req_t req, fuse_ino_t ino,
			    struct fuse_file_info *fi)
{
	fuse_reply_err(req, error_of(closedir((DIR *)(uintptr_t)fi->fh)));
}

/* The client of one host has one request at a time. */
static int wait_first(const struct fuse_in_header *request)
{
	if (delay_us && request->opcode != FUSE_FORGET &&
	    request->opcode != FUSE_BATCH_FORGET)
		usleep(delay_us);
	return 0;
}

static const struct fuse_lowlevel_ops operations = {
	.lookup = view_lookup,
	.forget = view_forget,
	.getattr = view_getattr,
	.setattr = view_setattr,
	.mkdir = view_mkdir,
	.link = view_link,
	.unlink = view_unlink,
	.rmdir = view_rmdir,
	.rename = view_rename,
	.create = view_create,
	.open = view_open,
	.read = view_read,
	.write = view_write,
	.getxattr = view_getxattr,
	.release = view_release,
	.fsync = view_fsync,
	.opendir = view_opendir,
	.readdir = view_readdir,
	.releasedir = view_releasedir,
};

int main(int argc, char **argv)
{
	struct fuse_args args = FUSE_ARGS_INIT(1, argv);

	if (argc != 4 && argc != 5) {
		fprintf(stderr, "usage: viewfs DIRECTORY MOUNTPOINT SECONDS "
				"[DELAY_US]\n");
		return 2;
	}
	root.fd = open(argv[1], O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root.fd < 0) {
		perror(argv[1]);
		return 2;
	}
	cache_s = strtoul(argv[3], NULL, 10);
	if (argc == 5)
		delay_us = strtoul(argv[4], NULL, 10);
	umask(0);
	return serve(&args, &operations, argv[2], NULL, wait_first);
}
