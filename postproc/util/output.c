// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/output.h"

#define MODE_NEW 0666

static mode_t file_mask(void)
{
	mode_t mask = umask(0);

	umask(mask);
	return mask;
}

/*
 * Makes and opens a temporary file beside output->path. The file has its final
 * permissions.
 */
static int open_temporary(struct output *output, mode_t mode)
{
	int fd, ret;

	if (asprintf(&output->temporary, "%s.XXXXXX", output->path) < 0) {
		output->temporary = NULL;
		return -ENOMEM;
	}
	fd = mkostemp(output->temporary, O_CLOEXEC);
	if (fd < 0) {
		ret = -errno;
		free(output->temporary);
		output->temporary = NULL;
		return ret;
	}
	output->file = fdopen(fd, "w");
	if (output->file && !fchmod(fd, mode))
		return 0;
	ret = -errno;
	if (!output->file)
		close(fd);
	return ret;
}

int output_open(struct output *output, const char *path)
{
	struct stat st;
	int ret = 0;

	memset(output, 0, sizeof(*output));
	if (!path) {
		output->file = stdout;
		return 0;
	}
	if (stat(path, &st)) {
		output->path = strdup(path);
		ret = output->path
			      ? open_temporary(output, MODE_NEW & ~file_mask())
			      : -ENOMEM;
	} else if (S_ISREG(st.st_mode)) {
		output->path = realpath(path, NULL);
		ret = output->path ? open_temporary(output, st.st_mode & 0777)
				   : -errno;
	} else {
		output->path = strdup(path);
		output->file = fopen(path, "we");
		ret = output->file ? 0 : -errno;
	}
	if (ret)
		output_abandon(output);
	return ret;
}

int output_check(const char *path)
{
	struct output output;
	struct stat st;
	int ret;

	if (!path || (!stat(path, &st) && !S_ISREG(st.st_mode)))
		return 0;
	ret = output_open(&output, path);
	output_abandon(&output);
	return ret;
}

/*
 * Writes the directory to disk, so that the new name outlives a crash. Errors
 * are ignored, because the data itself is on disk already.
 */
static void sync_directory(const char *path)
{
	char *copy = strdup(path);
	int fd;

	if (!copy)
		return;
	fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0) {
		fsync(fd);
		close(fd);
	}
	free(copy);
}

int output_close(struct output *output)
{
	int ret = 0;

	if (ferror(output->file))
		ret = -EIO;
	errno = 0;
	if (fflush(output->file))
		ret = errno ? -errno : -EIO;
	if (!ret && output->temporary && fsync(fileno(output->file)))
		ret = -errno;
	if (output->file != stdout) {
		if (fclose(output->file) && !ret)
			ret = -errno;
		output->file = NULL;
	}
	if (!ret && output->temporary) {
		if (rename(output->temporary, output->path))
			ret = -errno;
		else
			sync_directory(output->path);
	}
	if (!ret) {
		free(output->temporary);
		output->temporary = NULL;
	}
	output_abandon(output);
	return ret;
}

void output_abandon(struct output *output)
{
	if (output->file && output->file != stdout)
		fclose(output->file);
	if (output->temporary)
		unlink(output->temporary);
	free(output->temporary);
	free(output->path);
	memset(output, 0, sizeof(*output));
}
