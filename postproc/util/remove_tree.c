// SPDX-License-Identifier: GPL-2.0-only
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/remove_tree.h"

static int remove_name(int parent, const char *name, dev_t device);

/*
 * Removes what is in a directory, and then the directory. Some file systems
 * leave out names if others are removed meanwhile. So where the directory is
 * not empty afterwards, there is another pass.
 */
static int remove_directory(int parent, const char *name, DIR *dir,
			    dev_t device)
{
	const struct dirent *entry;
	bool removed;

	do {
		removed = false;
		rewinddir(dir);
		while ((entry = readdir(dir))) {
			if (!strcmp(entry->d_name, ".") ||
			    !strcmp(entry->d_name, ".."))
				continue;
			if (remove_name(dirfd(dir), entry->d_name, device))
				return -1;
			removed = true;
		}
		if (!unlinkat(parent, name, AT_REMOVEDIR))
			return 0;
	} while (removed && (errno == ENOTEMPTY || errno == EEXIST));
	return -1;
}

/*
 * A file takes one call. By its path from the root it would take a request for
 * each directory of that path, on a file system that caches nothing.
 */
static int remove_name(int parent, const char *name, dev_t device)
{
	struct stat st;
	DIR *dir;
	int fd, ret = -1;

	if (!unlinkat(parent, name, 0))
		return 0;
	if (errno != EISDIR)
		return -1;
	fd = openat(parent, name,
		    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return -1;
	dir = fdopendir(fd);
	if (!dir) {
		close(fd);
		return -1;
	}
	if (!fstat(fd, &st)) {
		if (st.st_dev == device)
			ret = remove_directory(parent, name, dir, device);
		else
			errno = EXDEV;
	}
	closedir(dir);
	return ret;
}

int remove_tree(const char *path)
{
	struct stat st;

	if (lstat(path, &st))
		return -1;
	return remove_name(AT_FDCWD, path, st.st_dev);
}
