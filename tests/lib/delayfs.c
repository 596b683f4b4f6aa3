// SPDX-License-Identifier: GPL-2.0-only
/*
 * A file system with a set latency and no cache, like one far away: every
 * request sleeps, then does the same in another directory. Requests sleep
 * side by side, as many as there are threads.
 *
 *   delayfs DIRECTORY MOUNTPOINT -o delay_us=1000[,short_bytes=N] [FUSE's own]
 *
 * short_bytes: a read moves at most that many. (A short write the kernel makes
 * an error of where the writer does not wait for it.)
 */
#define FUSE_USE_VERSION 312
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fuse3/fuse.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

static struct settings {
	unsigned int delay_us;
	unsigned int short_bytes;
	char *directory;
	int root;
} settings;

static void sleep_a_request(void)
{
	struct timespec left = {
		.tv_sec = settings.delay_us / 1000000,
		.tv_nsec = settings.delay_us % 1000000 * 1000L,
	};

	while (clock_nanosleep(CLOCK_MONOTONIC, 0, &left, &left) == EINTR)
		;
}

/* All paths come with a slash in front. */
static const char *below(const char *path)
{
	return path[1] ? path + 1 : ".";
}

static int result(int ret)
{
	return ret < 0 ? -errno : ret;
}

static size_t shortened(size_t bytes)
{
	if (settings.short_bytes && bytes > settings.short_bytes)
		return settings.short_bytes;
	return bytes;
}

static void *delay_init(struct fuse_conn_info *conn, struct fuse_config *config)
{
	/* Or each write asks for security.capability first. */
	conn->want |= conn->capable & FUSE_CAP_HANDLE_KILLPRIV;
	config->entry_timeout = config->attr_timeout = 0;
	config->negative_timeout = 0;
	config->use_ino = 1;
	config->nullpath_ok = 0;
	/* Reads reach us as they were made, and short ones stay. */
	config->direct_io = 1;
	return NULL;
}

static int delay_getattr(const char *path, struct stat *st,
			 struct fuse_file_info *fi)
{
	sleep_a_request();
	return result(
		fstatat(settings.root, below(path), st, AT_SYMLINK_NOFOLLOW));
}

static int delay_readlink(const char *path, char *out, size_t size)
{
	ssize_t n;

	sleep_a_request();
	n = readlinkat(settings.root, below(path), out, size - 1);
	if (n < 0)
		return -errno;
	out[n] = 0;
	return 0;
}

static int delay_mkdir(const char *path, mode_t mode)
{
	sleep_a_request();
	return result(mkdirat(settings.root, below(path), mode));
}

static int delay_unlink(const char *path)
{
	sleep_a_request();
	return result(unlinkat(settings.root, below(path), 0));
}

static int delay_rmdir(const char *path)
{
	sleep_a_request();
	return result(unlinkat(settings.root, below(path), AT_REMOVEDIR));
}

static int delay_symlink(const char *target, const char *path)
{
	sleep_a_request();
	return result(symlinkat(target, settings.root, below(path)));
}

static int delay_rename(const char *from, const char *to, unsigned int flags)
{
	sleep_a_request();
	return result(renameat2(settings.root, below(from), settings.root,
				below(to), flags));
}

static int delay_chmod(const char *path, mode_t mode, struct fuse_file_info *fi)
{
	sleep_a_request();
	return result(fchmodat(settings.root, below(path), mode, 0));
}

static int delay_chown(const char *path, uid_t uid, gid_t gid,
		       struct fuse_file_info *fi)
{
	sleep_a_request();
	return result(fchownat(settings.root, below(path), uid, gid,
			       AT_SYMLINK_NOFOLLOW));
}

static int delay_utimens(const char *path, const struct timespec times[2],
			 struct fuse_file_info *fi)
{
	sleep_a_request();
	return result(utimensat(settings.root, below(path), times,
				AT_SYMLINK_NOFOLLOW));
}

static int open_file(const char *path, int flags, mode_t mode,
		     struct fuse_file_info *fi)
{
	int fd;

	sleep_a_request();
	/* The kernel has looked after O_APPEND: it says where to write. */
	fd = openat(settings.root, below(path),
		    (flags & ~(O_APPEND | O_DIRECT)) | O_CLOEXEC, mode);
	if (fd < 0)
		return -errno;
	fi->fh = fd;
	return 0;
}

static int delay_create(const char *path, mode_t mode,
			struct fuse_file_info *fi)
{
	return open_file(path, fi->flags | O_CREAT, mode, fi);
}

static int delay_open(const char *path, struct fuse_file_info *fi)
{
	return open_file(path, fi->flags, 0, fi);
}

static int delay_truncate(const char *path, off_t size,
			  struct fuse_file_info *fi)
{
	int fd, ret;

	sleep_a_request();
	if (fi)
		return result(ftruncate(fi->fh, size));
	fd = openat(settings.root, below(path), O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	ret = result(ftruncate(fd, size));
	close(fd);
	return ret;
}

static int delay_read(const char *path, char *out, size_t size, off_t offset,
		      struct fuse_file_info *fi)
{
	sleep_a_request();
	return result(pread(fi->fh, out, shortened(size), offset));
}

static int delay_write(const char *path, const char *data, size_t size,
		       off_t offset, struct fuse_file_info *fi)
{
	sleep_a_request();
	return result(pwrite(fi->fh, data, size, offset));
}

static int delay_flush(const char *path, struct fuse_file_info *fi)
{
	sleep_a_request();
	return 0;
}

static int delay_release(const char *path, struct fuse_file_info *fi)
{
	sleep_a_request();
	return result(close(fi->fh));
}

static int delay_fsync(const char *path, int data, struct fuse_file_info *fi)
{
	sleep_a_request();
	return result(data ? fdatasync(fi->fh) : fsync(fi->fh));
}

static int delay_fsyncdir(const char *path, int data, struct fuse_file_info *fi)
{
	sleep_a_request();
	return 0;
}

static int delay_fallocate(const char *path, int mode, off_t offset,
			   off_t length, struct fuse_file_info *fi)
{
	sleep_a_request();
	return result(fallocate(fi->fh, mode, offset, length));
}

/* The calls for attributes want a path from the root or a descriptor. */
static void absolute(const char *path, char out[PATH_MAX])
{
	snprintf(out, PATH_MAX, "%s%s", settings.directory, path);
}

static int delay_setxattr(const char *path, const char *name, const char *value,
			  size_t size, int flags)
{
	char full[PATH_MAX];

	sleep_a_request();
	absolute(path, full);
	return result(lsetxattr(full, name, value, size, flags));
}

static int delay_getxattr(const char *path, const char *name, char *value,
			  size_t size)
{
	char full[PATH_MAX];
	ssize_t n;

	sleep_a_request();
	absolute(path, full);
	n = lgetxattr(full, name, value, size);
	return n < 0 ? -errno : n;
}

static int delay_listxattr(const char *path, char *list, size_t size)
{
	char full[PATH_MAX];
	ssize_t n;

	sleep_a_request();
	absolute(path, full);
	n = llistxattr(full, list, size);
	return n < 0 ? -errno : n;
}

static int delay_readdir(const char *path, void *out, fuse_fill_dir_t fill,
			 off_t offset, struct fuse_file_info *fi,
			 enum fuse_readdir_flags flags)
{
	const struct dirent *entry;
	DIR *dir;
	int fd;

	sleep_a_request();
	fd = openat(settings.root, below(path),
		    O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	dir = fd < 0 ? NULL : fdopendir(fd);
	if (!dir)
		return -errno;
	while ((entry = readdir(dir)))
		if (fill(out, entry->d_name, NULL, 0, 0))
			break;
	closedir(dir);
	return 0;
}

static int delay_statfs(const char *path, struct statvfs *st)
{
	return result(fstatvfs(settings.root, st));
}

static const struct fuse_operations operations = {
	.init = delay_init,
	.getattr = delay_getattr,
	.readlink = delay_readlink,
	.mkdir = delay_mkdir,
	.unlink = delay_unlink,
	.rmdir = delay_rmdir,
	.symlink = delay_symlink,
	.rename = delay_rename,
	.chmod = delay_chmod,
	.chown = delay_chown,
	.utimens = delay_utimens,
	.create = delay_create,
	.open = delay_open,
	.truncate = delay_truncate,
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
	.readdir = delay_readdir,
	.statfs = delay_statfs,
};

#define OPTION(text, member)                                                   \
	{                                                                      \
		text, offsetof(struct settings, member), 1                     \
	}

static const struct fuse_opt options[] = {
	OPTION("delay_us=%u", delay_us),
	OPTION("short_bytes=%u", short_bytes),
	FUSE_OPT_END,
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

int main(int argc, char **argv)
{
	struct fuse_args args = FUSE_ARGS_INIT(argc, argv);
	int ret;

	if (fuse_opt_parse(&args, &settings, options, take_word) ||
	    !settings.directory) {
		fprintf(stderr, "usage: delayfs DIRECTORY MOUNTPOINT "
				"-o delay_us=N\n");
		return 2;
	}
	settings.root = open(settings.directory, O_PATH | O_DIRECTORY);
	if (settings.root < 0) {
		perror(settings.directory);
		return 2;
	}
	umask(0);
	ret = fuse_main(args.argc, args.argv, &operations, NULL);
	fuse_opt_free_args(&args);
	free(settings.directory);
	return ret;
}
