// SPDX-License-Identifier: GPL-2.0-only
#include <dirent.h>
#include <ftw.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include "old_kernel.h"
#include "scratch.h"

/*
 * Whether user attributes work there. tmpfs got them late, and without them
 * some tests would be skipped.
 */
static bool has_attributes(const char *path)
{
	return !setxattr(path, "user.probe", "x", 1, 0);
}

void scratch_make(char path[PATH_MAX])
{
	const char *const places[] = { getenv("TMPDIR"), "/dev/shm", "/tmp",
				       "/var/tmp" };
	const size_t count = sizeof(places) / sizeof(*places);
	char name[PATH_MAX];

	old_kernel();
	for (size_t i = 0; i < count; i++) {
		if (!places[i] || !*places[i])
			continue;
		scratch_print(name, sizeof(name), "%s/smallfio-core-XXXXXX",
			      places[i]);
		if (!mkdtemp(name))
			continue;
		if (i + 1 < count && !has_attributes(name)) {
			rmdir(name);
			continue;
		}
		assert_non_null(realpath(name, path));
		return;
	}
	fail_msg("no place for a temporary directory: set TMPDIR");
}

char scratch_dir[PATH_MAX];

int scratch_setup(void **state)
{
	scratch_make(scratch_dir);
	return 0;
}

int scratch_teardown(void **state)
{
	scratch_remove(scratch_dir);
	return 0;
}

char *scratch_tops(const char *dir, unsigned int count)
{
	char *tops = printed("%s/t0", dir);

	for (unsigned int i = 0; i < count; i++) {
		const char *top = printed("%s/t%u", dir, i);

		assert_true(!mkdir(top, 0700) || errno == EEXIST);
		if (i)
			tops = printed("%s:%s", tops, top);
	}
	return tops;
}

struct fileset_layout scratch_layout(const char *directory)
{
	return (struct fileset_layout){ .directory = directory,
					.host = "host",
					.prefix = "",
					.suffix = "",
					.files = 200,
					.files_per_dir = 100,
					.dirs_per_dir = 10,
					.spread = 1 };
}

struct fileset scratch_fileset(const struct fileset_layout *layout)
{
	struct fileset fs;
	struct failure f;

	if (fileset_init(&fs, layout, &f))
		fail_msg("files=%llu files_per_dir=%llu spread=%llu: %s",
			 (unsigned long long)layout->files,
			 (unsigned long long)layout->files_per_dir,
			 (unsigned long long)layout->spread, f.text);
	assert_string_equal(f.text, "");
	return fs;
}

static int remove_one(const char *path, const struct stat *st, int type,
		      struct FTW *ftw)
{
	return remove(path);
}

/* What note() has seen so far. nftw() takes no argument for it. */
static struct {
	bool files_only;
	FILE *out;
} seen;

static int note(const char *path, const struct stat *st, int type,
		struct FTW *ftw)
{
	if (seen.files_only && type == FTW_D)
		return 0;
	fprintf(seen.out, "%s %lld\n", path, (long long)st->st_size);
	if (!seen.files_only)
		fprintf(seen.out, "%o %lld.%09ld %lld.%09ld\n", st->st_mode,
			(long long)st->st_mtim.tv_sec, st->st_mtim.tv_nsec,
			(long long)st->st_ctim.tv_sec, st->st_ctim.tv_nsec);
	return 0;
}

char *scratch_snapshot(const char *path, bool files_only)
{
	char *text, *kept;
	size_t size;

	seen.files_only = files_only;
	seen.out = open_memstream(&text, &size);
	assert_non_null(seen.out);
	assert_ok(nftw(path, note, 16, FTW_PHYS));
	assert_ok(fclose(seen.out));
	kept = printed("%s", text);
	free(text);
	return kept;
}

void scratch_remove(const char *path)
{
	nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
}

uint64_t scratch_random(void)
{
	static uint64_t x = 20240917;

	x ^= x >> 12;
	x ^= x << 25;
	x ^= x >> 27;
	return x * UINT64_C(2685821657736338717);
}

unsigned int scratch_open_fds(void)
{
	unsigned int count = 0;
	DIR *dir = opendir("/proc/self/fd");

	assert_non_null(dir);
	while (readdir(dir))
		count++;
	closedir(dir);
	return count - 3; /* ".", ".." and the listing's own */
}

bool scratch_stop_after(void *left)
{
	int *times = left;

	return (*times)-- <= 0;
}

void scratch_skip(const char *why)
{
	print_message("# skipped: %s\n", why);
	skip();
}

void scratch_needs_call(int ret, const char *why)
{
	if (ret == -ENOSYS)
		scratch_skip(why);
}

void scratch_print(char *out, size_t size, const char *format, ...)
{
	va_list ap;
	int n;

	va_start(ap, format);
	n = vsnprintf(out, size, format, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= size)
		fail_msg("\"%s\" does not fit", out);
}

bool scratch_exists(const char *format, ...)
{
	char path[PATH_MAX];
	struct stat st;
	va_list ap;

	va_start(ap, format);
	vsnprintf(path, sizeof(path), format, ap);
	va_end(ap);
	return !lstat(path, &st);
}

void scratch_text(const char *path, const char *text)
{
	write_file(path, text, strlen(text));
}

void expected_name(const struct fileset_layout *l, uint64_t n, char *out)
{
	sprintf(out, "%s_%s_%02u_%llu_%s", l->prefix, l->host, l->thread,
		(unsigned long long)n, l->suffix);
}

/* Puts a component in front of the path in `out`, with a slash between. */
static void put_in_front(char *out, char letter, uint64_t digit)
{
	char all[PATH_MAX];

	sprintf(all, "%c_%03llu%s%s", letter, (unsigned long long)digit,
		*out ? "/" : "", out);
	strcpy(out, all);
}

/*
 * A directory of a full tree: the levels from the top on have 1, b, b^2 ...
 * directories. The place in its level, in base b, is the path.
 */
static void expected_full(const struct fileset_layout *l, uint64_t n, char *out)
{
	uint64_t base = l->dirs_per_dir, in_level = 1, level = 0;
	uint64_t place = (n - 1) / l->files_per_dir;
	uint64_t depth = strtoul(strchr(l->tree, ':') + 1, NULL, 10);

	if (*l->tree == 'l')
		level = depth;
	else
		for (; place >= in_level; level++, in_level *= base)
			place -= in_level;
	while (level--) {
		put_in_front(out, 'd', place % base);
		place /= base;
	}
}

void expected_dir(const struct fileset_layout *l, uint64_t n, char *out)
{
	uint64_t base = l->dirs_per_dir, h;

	*out = 0;
	if (l->tree) {
		expected_full(l, n, out);
		return;
	}
	if (!l->hash_into_dirs) {
		uint64_t d = n / l->files_per_dir;

		do {
			put_in_front(out, 'd', d % base);
			d /= base;
		} while (d);
		return;
	}
	h = (uint64_t)((unsigned __int128)n * 900593 % l->files);
	h /= l->files_per_dir;
	while (h > 1) {
		put_in_front(out, 'h',
			     (uint64_t)((unsigned __int128)h * 900593 % base));
		h /= base;
	}
}

char *scratch_profile(const char *dir)
{
	char *path = printed("%s/profile", dir);

	scratch_text(path, "smallfio-profile 1\n"
			   "size 0 10\nsize 1-999 300\nsize 5000 85\n"
			   "name 1 5\nname 5-8 200\nname 20 190\n"
			   "directory-name 3 10\ndirectory-name 8 19\n"
			   "depth 0 3\ndepth 1 50\ndepth 2 252\ndepth 3 90\n"
			   "files.0 3 1\ndirectories.0 4 1\n"
			   "files.1 0 1\nfiles.1 5 2\nfiles.1 40 1\n"
			   "directories.1 0 1\ndirectories.1 3 2\n"
			   "directories.1 10 1\n"
			   "files.2 0 4\nfiles.2 1-3 6\nfiles.2 10 4\n"
			   "files.2 100 2\n"
			   "directories.2 0 10\ndirectories.2 1 5\n"
			   "directories.2 4 1\n"
			   "files.3 2 5\nfiles.3 20 4\ndirectories.3 0 9\n"
			   "end\n");
	return printed("profile:%s", path);
}

/* What fileset.c itself says, of a tree that only it knows. */
static void shaped_path(const struct fileset_layout *l, enum tree tree,
			const char *top, uint64_t n, const char *ending,
			char out[PATH_MAX])
{
	struct fileset fs = scratch_fileset(l);
	char path[FILESET_PATH_MAX];

	fileset_path(&fs, tree, fileset_dir(&fs, n), fileset_top(&fs, n), n,
		     false, path);
	scratch_print(out, PATH_MAX, "%s/%s%s", top, path, ending);
	fileset_free(&fs);
}

void expected_path(const struct fileset_layout *l, enum tree tree,
		   const char *top, uint64_t n, const char *ending,
		   char out[PATH_MAX])
{
	char dir[PATH_MAX], name[NAME_MAX + 1], place[NAME_MAX * 2] = "";

	if (l->tree && *l->tree == 'p') {
		shaped_path(l, tree, top, n, ending, out);
		return;
	}
	expected_dir(l, n, dir);
	expected_name(l, n, name);
	if (!l->same_dir)
		sprintf(place, "/%s/thrd_%02u", l->host, l->thread);
	scratch_print(out, PATH_MAX, "%s/%s%s%s%s/%s%s", top,
		      tree == TREE_SRC ? "file_srcdir" : "file_dstdir", place,
		      *dir ? "/" : "", dir, name, ending);
}
