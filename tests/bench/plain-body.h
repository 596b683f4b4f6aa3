/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PLAIN_BODY_H
#define PLAIN_BODY_H

/*
 * The least that an operation on a file costs: the file's number is put into
 * its name (a fixed head and tail, digits by division), the operation's system
 * calls are made, each return value is looked at, and read compares what was
 * read with what must be there. plain-loop.c runs this in a loop, and
 * engines/fio/floor.c as an engine of fio.
 *
 * The tree is that of engines/core/fs/fileset.h with dirs_per_dir=10.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_BYTES    4096
#define DIRS_PER_DIR  10
#define PATTERN_BYTES (FILE_BYTES + 1024)

struct loop {
	const char *top;
	const char *host;
	unsigned int thread;
	uint64_t files;
	uint64_t files_per_dir;
	uint64_t dirs;
	uint64_t file; /* the current one */
	int *src;
	int *dst;
	char *name;   /* PREFIX_HOST_TT_N_SUFFIX */
	char *number; /* where N begins in it */
	uint8_t pattern[PATTERN_BYTES];
	uint8_t found[FILE_BYTES];
};

static inline void die(const char *what)
{
	fprintf(stderr, "plain-loop: %s: %s\n", what, strerror(errno));
	exit(1);
}

/*
 * Writes the path so that the lowest digit is the last component: 123 is 1/2/3.
 */
static inline size_t dir_path(uint64_t dir, char *out)
{
	size_t n = 0;

	if (dir >= DIRS_PER_DIR)
		n = dir_path(dir / DIRS_PER_DIR, out);
	return n +
	       sprintf(out + n, "/d_%03u", (unsigned int)(dir % DIRS_PER_DIR));
}

static inline void make(const char *path)
{
	if (mkdir(path, 0777) && errno != EEXIST)
		die(path);
}

static inline int *open_dirs(const struct loop *l, const char *tree)
{
	char path[4096];
	size_t base;
	int *fds = malloc(l->dirs * sizeof(int));

	base = sprintf(path, "%s/%s", l->top, tree);
	make(path);
	base += sprintf(path + base, "/%s", l->host);
	make(path);
	base += sprintf(path + base, "/thrd_%02u", l->thread);
	make(path);
	for (uint64_t dir = 0; dir < l->dirs; dir++) {
		dir_path(dir, path + base);
		make(path);
		fds[dir] = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (fds[dir] < 0)
			die(path);
	}
	return fds;
}

static inline void loop_init(struct loop *l, unsigned int thread)
{
	l->thread = thread;
	l->dirs = l->files / l->files_per_dir + 1;
	l->src = open_dirs(l, "file_srcdir");
	l->dst = open_dirs(l, "file_dstdir");
	l->name = malloc(256);
	l->number = l->name + sprintf(l->name, "_%s_%02u_", l->host, thread);
	for (size_t i = 0; i < PATTERN_BYTES; i++)
		l->pattern[i] = i % 128 == 0x5c ? 0x21 : i % 128;
}

static inline void set_name(struct loop *l)
{
	char digits[20];
	uint64_t n = l->file;
	int i = sizeof(digits), length;

	do {
		digits[--i] = '0' + n % 10;
		n /= 10;
	} while (n);
	length = sizeof(digits) - i;
	memcpy(l->number, digits + i, length);
	l->number[length] = '_';
	l->number[length + 1] = 0;
}

static inline const uint8_t *contents(const struct loop *l)
{
	return l->pattern + (l->thread + 1) * l->file % 1024;
}

static inline int do_create(struct loop *l, uint64_t dir)
{
	int fd = openat(l->src[dir], l->name,
			O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0666);

	if (fd < 0)
		return -1;
	if (write(fd, contents(l), FILE_BYTES) != FILE_BYTES)
		return -1;
	return close(fd);
}

static inline int do_read(struct loop *l, uint64_t dir)
{
	int fd = openat(l->src[dir], l->name, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return -1;
	if (read(fd, l->found, FILE_BYTES) != FILE_BYTES)
		return -1;
	if (memcmp(l->found, contents(l), FILE_BYTES)) {
		errno = EILSEQ;
		return -1;
	}
	return close(fd);
}

static inline int do_stat(struct loop *l, uint64_t dir)
{
	struct stat st;

	return fstatat(l->src[dir], l->name, &st, 0);
}

static inline int do_rename(struct loop *l, uint64_t dir)
{
	return renameat(l->src[dir], l->name, l->dst[dir], l->name);
}

static inline int do_rename_back(struct loop *l, uint64_t dir)
{
	return renameat(l->dst[dir], l->name, l->src[dir], l->name);
}

static inline int do_delete(struct loop *l, uint64_t dir)
{
	return unlinkat(l->src[dir], l->name, 0);
}

static const struct {
	const char *name;
	int (*run)(struct loop *l, uint64_t dir);
} plain_operations[] = {
	{ "create", do_create },
	{ "read", do_read },
	{ "stat", do_stat },
	{ "rename", do_rename },
	{ "rename-back", do_rename_back },
	{ "delete", do_delete },
};

static inline int (*find_operation(const char *name))(struct loop *l,
						      uint64_t dir)
{
	for (size_t i = 0;
	     i < sizeof(plain_operations) / sizeof(*plain_operations); i++)
		if (!strcmp(plain_operations[i].name, name))
			return plain_operations[i].run;
	fprintf(stderr, "plain-loop: no operation %s\n", name);
	exit(2);
}

static inline void raise_fd_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		die("getrlimit");
	limit.rlim_cur = limit.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &limit))
		die("setrlimit");
}

#endif
