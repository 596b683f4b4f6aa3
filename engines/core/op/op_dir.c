// SPDX-License-Identifier: GPL-2.0-only
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "op/op.h"
#include "op/op_record.h"
#include "util/sys.h"

const char *op_inner_name(uint32_t j, char name[OP_INNER_NAME_MAX])
{
	snprintf(name, OP_INNER_NAME_MAX, "f_%03u", j);
	return name;
}

const char *op_file_in_dir(struct request *r, uint32_t j)
{
	char ending[OP_INNER_NAME_MAX + 3] = ".d/";

	op_inner_name(j, ending + 3);
	return request_extra(r, TREE_SRC, ending);
}

/* Does the same as op_file_in_dir(), not measured. */
static const char *file_in_dir(struct worker *w, struct request *r, uint32_t j)
{
	const char *path;

	request_pause(w, r);
	path = op_file_in_dir(r, j);
	request_resume(w, r);
	return path;
}

int op_mkdir(struct worker *w, struct request *r)
{
	const struct path_at *at = &r->at[TREE_SRC];

	if (TIMED(r, PART_MKDIR, mkdirat(at->fd, r->extra, OP_DIR_MODE)))
		return request_fail(r, "mkdir");
	for (uint32_t j = 0; j < w->options.dir_files; j++) {
		/* Follows no link that took the directory's place. */
		int fd = TIMED(r, PART_OPEN,
			       tree_open_file(at->fd, file_in_dir(w, r, j),
					      O_CREAT | O_EXCL | O_WRONLY,
					      RECORD_FILE_MODE));

		if (fd < 0) {
			errno = -fd;
			return request_fail(r, "open of its file");
		}
		if (TIMED(r, PART_CLOSE, sys_close(fd)))
			return request_fail(r, "close of its file");
	}
	return request_sync_dir(w, r, TREE_SRC);
}

int op_rmdir(struct worker *w, struct request *r)
{
	const struct path_at *at = &r->at[TREE_SRC];
	char name[OP_INNER_NAME_MAX];

	for (uint32_t j = 0; j < w->options.dir_files; j++) {
		request_pause(w, r);
		op_inner_name(j, name);
		request_resume(w, r);
		if (TIMED(r, PART_UNLINK, unlinkat(r->inner_fd, name, 0)))
			return request_fail(r, "unlink of its file");
	}
	/*
	 * An open directory is not freed, and freeing is part of the removal.
	 */
	request_close_inner(r);
	if (TIMED(r, PART_RMDIR, unlinkat(at->fd, r->extra, AT_REMOVEDIR)))
		return request_fail(r, "rmdir");
	return request_sync_dir(w, r, TREE_SRC);
}

/* Removes the directory, in whatever state an interrupted run left it. */
int op_mkdir_again(struct worker *w, struct request *r)
{
	return op_remove_dir(w, r);
}

int op_rmdir_again(struct worker *w, struct request *r)
{
	int ret = op_remove_dir(w, r);

	request_extra(r, TREE_SRC, ".d");
	return ret ? ret : op_mkdir(w, r);
}

/*
 * The names of one directory are checked against the files that must be in it.
 * Each file must be listed once. Other names are ignored, such as files of
 * other threads in same_dir, subdirectories and links.
 */
struct listing {
	struct worker *w;
	struct request *r;
	int fd;
	bool stats;
	uint64_t seen;
};

static int list_file(struct listing *l, const char *name)
{
	const struct fileset *fs = &l->w->fileset;
	uint64_t file = fileset_number(fs, l->r->dir, name), place;
	struct stat st;
	int ret;

	if (!file || fileset_dir(fs, file) != l->r->dir ||
	    fileset_top(fs, file) != l->r->top)
		return 0;
	place = fileset_place(fs, file);
	if (l->r->found[place / 8] & 1u << place % 8 && !l->w->partial)
		return request_fail_text(l->r, EILSEQ, "verify",
					 "%s is listed twice", name);
	l->r->found[place / 8] |= 1u << place % 8;
	l->seen++;
	if (!l->stats)
		return 0;
	request_resume(l->w, l->r);
	ret = TIMED(l->r, PART_STAT,
		    fstatat(l->fd, name, &st, AT_SYMLINK_NOFOLLOW));
	request_pause(l->w, l->r);
	/* A mix may have removed it meanwhile, at a depth. */
	if (ret && !(errno == ENOENT && l->w->partial))
		return request_fail_text(l->r, errno, "stat", "%s: %s", name,
					 strerror(errno));
	return 0;
}

static int list_names(struct listing *l)
{
	for (;;) {
		char *at = (char *)l->r->buffer;
		ssize_t n = TIMED(l->r, PART_GETDENTS,
				  syscall(SYS_getdents64, l->fd, at,
					  l->w->buffer_bytes));
		int ret = 0;

		if (n < 0)
			return request_fail(l->r, "getdents");
		if (!n)
			return 0;
		request_pause(l->w, l->r);
		for (char *end = at + n; !ret && at < end;) {
			const struct dirent *entry = (struct dirent *)at;

			ret = list_file(l, entry->d_name);
			at += entry->d_reclen;
		}
		request_resume(l->w, l->r);
		if (ret)
			return ret;
	}
}

/* Reports the first file that is missing. Called only after a failure. */
static int report_missing(struct listing *l)
{
	const struct fileset *fs = &l->w->fileset;
	char name[NAME_MAX + 1];

	for (uint64_t place = 0; place < fileset_places(fs); place++) {
		uint64_t file = fileset_file_at(fs, l->r->dir, place);

		if (!file || fileset_top(fs, file) != l->r->top ||
		    l->r->found[place / 8] & 1u << place % 8)
			continue;
		fileset_name(fs, l->r->dir, file, name);
		return request_fail_text(l->r, ENOENT, "verify",
					 "%s is missing: %llu of %llu files "
					 "are there",
					 name, (unsigned long long)l->seen,
					 (unsigned long long)l->r->expected);
	}
	return request_fail_text(l->r, ENOENT, "verify", "files are missing");
}

static int open_listing(struct request *r)
{
	int fd = TIMED(r, PART_OPEN,
		       sys_openat(r->at[TREE_SRC].fd, r->at[TREE_SRC].path,
				  O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0));

	return fd < 0 ? request_fail(r, "open") : fd;
}

static int list_dir(struct worker *w, struct request *r, bool stats)
{
	struct listing l = { .w = w, .r = r, .stats = stats };
	int ret;

	if (r->at[TREE_SRC].fd < 0)
		return 0;
	l.fd = open_listing(r);
	if (l.fd < 0)
		return l.fd;
	ret = list_names(&l);
	if (TIMED(r, PART_CLOSE, sys_close(l.fd)) && !ret)
		ret = request_fail(r, "close");
	if (!ret && l.seen != r->expected && !w->partial)
		ret = report_missing(&l);
	r->records = l.seen;
	return ret;
}

int op_opendir(struct worker *w, struct request *r)
{
	int fd;

	if (r->at[TREE_SRC].fd < 0)
		return 0;
	fd = open_listing(r);
	if (fd < 0)
		return fd;
	return TIMED(r, PART_CLOSE, sys_close(fd)) ? request_fail(r, "close")
						   : 0;
}

int op_fsync_dir(struct worker *w, struct request *r)
{
	int fd, ret = 0;

	if (r->at[TREE_SRC].fd < 0)
		return 0;
	fd = open_listing(r);
	if (fd < 0)
		return fd;
	if (TIMED(r, PART_FSYNC, fsync(fd)))
		ret = request_fail(r, "fsync");
	if (TIMED(r, PART_CLOSE, sys_close(fd)) && !ret)
		ret = request_fail(r, "close");
	return ret;
}

int op_change_dir(struct worker *w, struct request *r)
{
	if (r->at[TREE_SRC].fd < 0 ||
	    !utimensat(r->at[TREE_SRC].fd, r->at[TREE_SRC].path, NULL, 0))
		return 0;
	return request_fail(r, "utimensat before the next pass");
}

int op_readdir(struct worker *w, struct request *r)
{
	return list_dir(w, r, false);
}

int op_ls_l(struct worker *w, struct request *r)
{
	return list_dir(w, r, true);
}
