// SPDX-License-Identifier: GPL-2.0-only
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "util/result_spool.h"

#define NUMBER_DIGITS 5
#define ENDING        ".json"
/*
 * A file is named HOST.NUMBER.json, and .HOST.NUMBER.json.tmp before it is
 * whole.
 */
#define NAME_MORE (1 + NUMBER_DIGITS + sizeof(ENDING) - 1)
/* A run's directory is named TIME-HOST-FIO. */
#define TIME_FORMAT "%Y%m%dT%H%M%SZ"
#define TIME_LENGTH (sizeof("20010203T040506Z") - 1)
#define FIO_DIGITS  16
#define RUN_MORE    (TIME_LENGTH + 1 + 1 + FIO_DIGITS)
#define HOST_MAX    ((size_t)NAME_MAX - RUN_MORE - sizeof(".tmp"))

/* Fills in *f and returns -errno. `below` is a name in the spool, or "". */
static int fail_at(const struct result_spool *k, const char *call,
		   const char *below, struct failure *f)
{
	return failure_set(f, errno,
			   "%s of %s/" RESULT_SPOOL_DIRECTORY "%s%s: %s", call,
			   k->directory, *below ? "/" : "", below,
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

static void name_run(const struct result_spool *k, char name[NAME_MAX + 1])
{
	time_t began = (time_t)k->began_s;
	char when[TIME_LENGTH + 1] = "";
	struct tm utc;

	if (gmtime_r(&began, &utc))
		strftime(when, sizeof(when), TIME_FORMAT, &utc);
	snprintf(name, NAME_MAX + 1, "%s-%s-%016" PRIx64, when, k->host,
		 k->fio);
}

/*
 * Makes a directory if it is missing, and opens it. Returns a descriptor or
 * -errno.
 */
static int enter(const struct result_spool *k, int at, const char *name,
		 const char *below, struct failure *f)
{
	int fd;

	if (mkdirat(at, name, 0777) && errno != EEXIST)
		return fail_at(k, "mkdir", below, f);
	fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 ? fail_at(k, "open", below, f) : fd;
}

static int open_spool(const struct result_spool *k, struct failure *f)
{
	int top = open(k->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int fd;

	if (top < 0)
		return failure_set(f, errno, "open of %s: %s", k->directory,
				   strerror(errno));
	fd = enter(k, top, RESULT_SPOOL_DIRECTORY, "", f);
	close(top);
	return fd;
}

static int open_run(const struct result_spool *k, struct failure *f)
{
	char name[NAME_MAX + 1];
	int spool = open_spool(k, f);
	int fd;

	if (spool < 0)
		return spool;
	name_run(k, name);
	fd = enter(k, spool, name, name, f);
	close(spool);
	return fd;
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
	good = !fflush(file) && (!k->lasting || !fsync(fd));
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
	dir = open_run(k, f);
	if (dir < 0)
		return dir;
	ret = write_below(dir, k, f);
	close(dir);
	return ret;
}

/* Whether a name has digits and letters where TIME_FORMAT has them. */
static bool begins_with_time(const char *name)
{
	static const char like[] = "00000000T000000Z";

	for (size_t i = 0; i < TIME_LENGTH; i++)
		if (like[i] == '0' ? !isdigit((unsigned char)name[i])
				   : name[i] != like[i])
			return false;
	return name[TIME_LENGTH] == '-';
}

static bool is_run_of(const char *host, const char *name)
{
	size_t length = strlen(host);

	if (strlen(name) != length + RUN_MORE || !begins_with_time(name))
		return false;
	name += TIME_LENGTH + 1;
	return !memcmp(name, host, length) && name[length] == '-' &&
	       strspn(name + length + 1, "0123456789abcdef") == FIO_DIGITS;
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

/*
 * Whether a file's first line says that it is a record of this host.
 * O_NONBLOCK, because a FIFO of that name must not block us.
 */
static bool is_record(int dir, const struct result_spool *k, const char *name)
{
	char line[NAME_MAX + 128], begin[NAME_MAX + 64];
	int fd = openat(dir, name,
			O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
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
	return !strncmp(line, begin, (size_t)length);
}

/*
 * Removes the records of a run. Removes its directory, too, unless something
 * else is in it.
 */
static int drop_run(int spool, const struct result_spool *k, const char *run,
		    struct failure *f)
{
	int fd = openat(spool, run,
			O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;
	int ret = 0;

	if (!dir) {
		if (fd >= 0)
			close(fd);
		return 0;
	}
	while (!ret && (entry = readdir(dir)))
		if (is_name_of(k->host, entry->d_name) &&
		    is_record(fd, k, entry->d_name) &&
		    unlinkat(fd, entry->d_name, 0) && errno != ENOENT)
			ret = fail_at(k, "unlink", entry->d_name, f);
	closedir(dir);
	if (!ret)
		unlinkat(spool, run, AT_REMOVEDIR);
	return ret;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/*
 * Lists this host's runs by name, which is by the time at which they began.
 * Returns NULL if there is no memory.
 */
static char **list_runs(DIR *dir, const struct result_spool *k, size_t *count)
{
	char **run = calloc(1, sizeof(*run)), **grown = run;
	const struct dirent *entry;

	*count = 0;
	while (grown && (entry = readdir(dir))) {
		if (!is_run_of(k->host, entry->d_name))
			continue;
		grown = reallocarray(run, *count + 1, sizeof(*run));
		if (!grown)
			break;
		run = grown;
		run[*count] = strdup(entry->d_name);
		if (!run[*count])
			break;
		++*count;
	}
	if (run)
		qsort(run, *count, sizeof(*run), by_name);
	return run;
}

int result_spool_drop_earlier(const struct result_spool *k, struct failure *f)
{
	char **run, own[NAME_MAX + 1];
	int fd, ret = check_host(k, f);
	size_t count;
	DIR *dir;

	if (ret)
		return ret;
	fd = open_spool(k, f);
	if (fd < 0)
		return fd;
	dir = fdopendir(fd);
	if (!dir) {
		ret = fail_at(k, "listing", "", f);
		close(fd);
		return ret;
	}
	name_run(k, own);
	run = list_runs(dir, k, &count);
	for (size_t i = 0; run && i < count; i++) {
		if (!ret && i + RESULT_SPOOL_RUNS < count &&
		    strcmp(run[i], own) != 0)
			ret = drop_run(fd, k, run[i], f);
		free(run[i]);
	}
	free(run);
	closedir(dir);
	return ret;
}
