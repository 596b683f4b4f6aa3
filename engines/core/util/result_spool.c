// SPDX-License-Identifier: GPL-2.0-only
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/result_spool.h"

#define NUMBER_DIGITS 5
#define ENDING        ".json"
/* The name of a file: HOST.NUMBER.json, and while it is written .tmp. */
#define NAME_MORE (1 + NUMBER_DIGITS + sizeof(ENDING) - 1)
#define HOST_MAX  ((size_t)NAME_MAX - NAME_MORE - sizeof(".tmp"))

static int fail_at(const struct result_spool *k, const char *call,
		   const char *name, struct failure *f)
{
	return failure_set(f, errno,
			   "%s of %s/" RESULT_SPOOL_DIRECTORY "%s%s: %s", call,
			   k->directory, *name ? "/" : "", name,
			   strerror(errno));
}

static int check_host(const struct result_spool *k, struct failure *f)
{
	if (!*k->host || *k->host == '.' || strlen(k->host) > HOST_MAX ||
	    strpbrk(k->host, "/ \t\n"))
		return failure_set(f, EINVAL,
				   "%s cannot be a host's name in the name of "
				   "a file",
				   k->host);
	return 0;
}

static int open_directory(const struct result_spool *k, struct failure *f)
{
	int top = open(k->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int fd = -1, ret = 0;

	if (top < 0)
		return failure_set(f, errno, "open of %s: %s", k->directory,
				   strerror(errno));
	if (mkdirat(top, RESULT_SPOOL_DIRECTORY, 0777) && errno != EEXIST)
		ret = fail_at(k, "mkdir", "", f);
	if (!ret) {
		fd = openat(top, RESULT_SPOOL_DIRECTORY,
			    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (fd < 0)
			ret = fail_at(k, "open", "", f);
	}
	close(top);
	return ret ? ret : fd;
}

static bool fill(int fd, const struct result_spool *k)
{
	FILE *file = fdopen(fd, "w");
	bool good;

	if (!file) {
		close(fd);
		return false;
	}
	fprintf(file, RESULT_SPOOL_MAGIC " host=%s fio=%016" PRIx64 " ",
		k->host, k->fio);
	fwrite(k->text, 1, k->length, file);
	good = !fflush(file) && !fsync(fd);
	return !fclose(file) && good;
}

static int write_below(int dir, const struct result_spool *k, struct failure *f)
{
	char name[NAME_MAX + 1], whole[NAME_MAX + 1];
	int fd, ret = 0;

	snprintf(whole, sizeof(whole), "%s.%0*u" ENDING, k->host, NUMBER_DIGITS,
		 k->number % 100000);
	snprintf(name, sizeof(name), ".%.*s.tmp", NAME_MAX - 5, whole);
	fd = openat(dir, name,
		    O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC,
		    0666);
	if (fd < 0)
		return fail_at(k, "open", name, f);
	if (!fill(fd, k))
		ret = fail_at(k, "write", name, f);
	if (!ret && renameat(dir, name, dir, whole))
		ret = fail_at(k, "rename", name, f);
	if (ret)
		unlinkat(dir, name, 0);
	return ret;
}

int result_spool_write(const struct result_spool *k, struct failure *f)
{
	int ret = check_host(k, f);
	int dir;

	if (ret)
		return ret;
	dir = open_directory(k, f);
	if (dir < 0)
		return dir;
	ret = write_below(dir, k, f);
	close(dir);
	return ret;
}

static bool is_name_of(const char *host, const char *name)
{
	size_t length = strlen(host);

	if (strlen(name) != length + NAME_MORE ||
	    memcmp(name, host, length) != 0 || name[length] != '.')
		return false;
	name += length + 1;
	for (int i = 0; i < NUMBER_DIGITS; i++)
		if (!isdigit((unsigned char)*name++))
			return false;
	return !strcmp(name, ENDING);
}

/* By its first line; O_NONBLOCK: whatever else lies there. */
static bool is_earlier(int dir, const struct result_spool *k, const char *name)
{
	char line[NAME_MAX + 128], begin[NAME_MAX + 64];
	int fd = openat(dir, name,
			O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	uint64_t fio;
	ssize_t n;
	int length;

	if (fd < 0)
		return false;
	n = read(fd, line, sizeof(line) - 1);
	close(fd);
	if (n <= 0)
		return false;
	line[n] = 0;
	length = snprintf(begin, sizeof(begin),
			  RESULT_SPOOL_MAGIC " host=%s fio=", k->host);
	return !strncmp(line, begin, (size_t)length) &&
	       sscanf(line + length, "%16" SCNx64, &fio) == 1 && fio != k->fio;
}

int result_spool_drop_earlier(const struct result_spool *k, struct failure *f)
{
	const struct dirent *entry;
	int fd, ret = check_host(k, f);
	DIR *dir;

	if (ret)
		return ret;
	fd = open_directory(k, f);
	if (fd < 0)
		return fd;
	dir = fdopendir(fd);
	if (!dir) {
		ret = fail_at(k, "listing", "", f);
		close(fd);
		return ret;
	}
	while (!ret && (entry = readdir(dir)))
		if (is_name_of(k->host, entry->d_name) &&
		    is_earlier(fd, k, entry->d_name) &&
		    unlinkat(fd, entry->d_name, 0) && errno != ENOENT)
			ret = fail_at(k, "unlink", entry->d_name, f);
	closedir(dir);
	return ret;
}
