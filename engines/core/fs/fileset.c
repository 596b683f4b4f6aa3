// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fs/fileset.h"
#include "fs/topdir.h"
#include "util/hash64.h"

#define HASH_FACTOR 900593u
/* How many bytes an operation may add to a name: ".tmp", ".d/f_000000". */
#define NAME_EXTRA 16

static const char *const tree_name[TREE_COUNT] = {
	[TREE_SRC] = "file_srcdir",
	[TREE_DST] = "file_dstdir",
};

static int check_numbers(const struct fileset_layout *l, struct failure *f)
{
	unsigned int least = l->tree ? 1 : 2;

	if ((!l->files && !l->tree) || l->files > FILESET_FILES_MAX)
		return failure_set(f, EINVAL, "files=%llu: expected 1 to %llu",
				   (unsigned long long)l->files,
				   FILESET_FILES_MAX);
	if (!l->files_per_dir || l->files_per_dir > FILESET_FILES_MAX)
		return failure_set(f, EINVAL,
				   "files_per_dir=%llu: expected 1 to %llu",
				   (unsigned long long)l->files_per_dir,
				   FILESET_FILES_MAX);
	if (l->dirs_per_dir < least ||
	    l->dirs_per_dir > FILESET_DIRS_PER_DIR_MAX)
		return failure_set(f, EINVAL,
				   "dirs_per_dir=%llu: expected %u to %u",
				   (unsigned long long)l->dirs_per_dir, least,
				   FILESET_DIRS_PER_DIR_MAX);
	if (!l->spread || l->spread > FILESET_FILES_MAX / l->files_per_dir)
		return failure_set(f, EINVAL,
				   "spread=%llu: expected 1 to the number of "
				   "directories",
				   (unsigned long long)l->spread);
	return 0;
}

/* Checks a part of a file name: it must not lead to another directory. */
static int check_name_part(const char *option, const char *text,
			   struct failure *f)
{
	if (strchr(text, '/'))
		return failure_set(f, EINVAL,
				   "%s=%s: a '/' is not allowed in it", option,
				   text);
	if (strstr(text, ".."))
		return failure_set(f, EINVAL,
				   "%s=%s: '..' is not allowed in it", option,
				   text);
	return 0;
}

static int check_names(const struct fileset_layout *l, struct failure *f)
{
	int ret = check_name_part("prefix", l->prefix, f);

	if (!ret)
		ret = check_name_part("suffix", l->suffix, f);
	if (!ret)
		ret = check_name_part("host", l->host, f);
	if (ret)
		return ret;
	if (!*l->host || !strcmp(l->host, "."))
		return failure_set(f, EINVAL, "host=%s: expected a host name",
				   l->host);
	return 0;
}

static int build_names(struct fileset *fs, const struct fileset_layout *l,
		       struct failure *f)
{
	char digits[24];
	int head, tail;

	if (fs->kind != FILESET_SHAPED) {
		head = snprintf(fs->head, sizeof(fs->head), "%s_%s_%02u_",
				l->prefix, l->host, l->thread);
		tail = snprintf(fs->tail, sizeof(fs->tail), "_%s", l->suffix);
	} else {
		head = l->same_dir ? snprintf(fs->head, sizeof(fs->head),
					      "%s_%02u_", l->host, l->thread)
				   : 0;
		tail = 0;
	}
	if (head < 0 || tail < 0 ||
	    (size_t)head + tail + fileset_decimal(fs->files, digits) +
			    NAME_EXTRA >
		    NAME_MAX)
		return failure_set(f, ENAMETOOLONG,
				   "file names would be longer than %d bytes: "
				   "use a shorter prefix, suffix or host",
				   NAME_MAX);
	fs->head_length = head;
	fs->tail_length = tail;
	for (int t = 0; t < TREE_COUNT; t++) {
		int n;

		if (l->same_dir)
			n = asprintf(&fs->base[t], "%s", tree_name[t]);
		else
			n = asprintf(&fs->base[t], "%s/%s/thrd_%02u",
				     tree_name[t], l->host, l->thread);
		if (n < 0) {
			fs->base[t] = NULL;
			return -ENOMEM;
		}
	}
	return 0;
}

static int add_top(struct fileset *fs, const char *given, struct failure *f)
{
	char *path;

	if (fs->tops == FILESET_TOPS_MAX)
		return failure_set(f, EINVAL,
				   "directory=: more than %d directories",
				   FILESET_TOPS_MAX);
	if (!*given)
		return failure_set(f, EINVAL,
				   "directory=: one of its names is empty");
	path = realpath(given, NULL);
	if (!path)
		return failure_set(f, errno, "directory=%s: %s; make it first",
				   given, strerror(errno));
	fs->top[fs->tops++] = path;
	return topdir_check(given, path, f);
}

/* Splits "a:b\:c" into its directories, as fio itself does. */
static int build_tops(struct fileset *fs, const char *directory,
		      struct failure *f)
{
	char *text = strdup(directory), *to, *from;
	int ret = text ? 0 : -ENOMEM;
	bool last = false;

	for (from = text; !ret && !last; from++) {
		char *name = to = from;

		for (; *from && *from != ':'; from++) {
			if (*from == '\\' && from[1] == ':')
				from++;
			*to++ = *from;
		}
		last = !*from;
		*to = 0;
		ret = add_top(fs, name, f);
	}
	free(text);
	return ret;
}

/* Leaves the one top directory that the thread works in. */
static void keep_top(struct fileset *fs, uint32_t thread)
{
	unsigned int kept = thread % fs->tops;
	char *path = fs->top[kept];

	fs->top[kept] = fs->top[0];
	fs->top[0] = path;
	while (fs->tops > 1)
		free(fs->top[--fs->tops]);
}

static unsigned int digits_of_dirs(const struct fileset *fs)
{
	unsigned int level = 1;

	for (uint64_t d = fs->dirs - 1; d >= fs->dirs_per_dir;
	     d /= fs->dirs_per_dir)
		level++;
	return level;
}

static int check_path_length(const struct fileset *fs, struct failure *f)
{
	size_t longest = snprintf(NULL, 0, "d_%03llu",
				  (unsigned long long)fs->dirs_per_dir - 1);
	size_t length = strlen(fs->base[TREE_SRC]) + fs->depth * (longest + 1) +
			fs->shape.longest_path;

	for (unsigned int t = 0; t < fs->tops; t++)
		if (strlen(fs->top[t]) + length + NAME_MAX + 3 >
		    FILESET_PATH_MAX)
			return failure_set(f, ENAMETOOLONG,
					   "paths below %s would be longer "
					   "than %d bytes: use a shorter "
					   "directory or a larger "
					   "dirs_per_dir",
					   fs->top[t], FILESET_PATH_MAX);
	return 0;
}

/* The inverse of a modulo m by the extended Euclidean algorithm; 0: none. */
static uint64_t inverse(uint64_t a, uint64_t m)
{
	int64_t t = 0, next_t = 1;
	int64_t r = m, next_r = a % m;

	if (m == 1)
		return 1;
	while (next_r) {
		int64_t q = r / next_r, swap;

		swap = t - q * next_t;
		t = next_t;
		next_t = swap;
		swap = r - q * next_r;
		r = next_r;
		next_r = swap;
	}
	if (r != 1)
		return 0;
	return t < 0 ? t + (int64_t)m : t;
}

static void plan_smallfile(struct fileset *fs, const struct fileset_layout *l)
{
	fs->kind = l->hash_into_dirs ? FILESET_HASHED : FILESET_SEQUENTIAL;
	fs->dirs = (l->hash_into_dirs ? l->files - 1 : l->files) /
			   l->files_per_dir +
		   1;
	fs->hash_inverse = inverse(HASH_FACTOR, l->files);
	fs->depth = digits_of_dirs(fs);
}

/* Counts the directories of a full tree, and finds where files begin. */
static int plan_full(struct fileset *fs, const struct fileset_layout *l,
		     bool leaves, struct failure *f)
{
	uint64_t in_level = 1, places;

	fs->kind = FILESET_FULL;
	fs->dirs = 1;
	for (unsigned int level = 0; level < fs->depth; level++) {
		in_level *= fs->dirs_per_dir;
		fs->dirs += in_level;
		if (fs->dirs > FILESET_FILES_MAX / fs->files_per_dir)
			return failure_set(f, EINVAL,
					   "tree=%s: with dirs_per_dir=%llu "
					   "and files_per_dir=%llu it has "
					   "places for more than %llu files",
					   l->tree,
					   (unsigned long long)l->dirs_per_dir,
					   (unsigned long long)l->files_per_dir,
					   FILESET_FILES_MAX);
	}
	fs->first_dir = leaves ? fs->dirs - in_level : 0;
	places = (fs->dirs - fs->first_dir) * fs->files_per_dir;
	if (!fs->files)
		fs->files = places;
	if (fs->files > places)
		return failure_set(f, EINVAL,
				   "files=%llu: tree=%s with dirs_per_dir=%llu "
				   "and files_per_dir=%llu has places for %llu",
				   (unsigned long long)fs->files, l->tree,
				   (unsigned long long)l->dirs_per_dir,
				   (unsigned long long)l->files_per_dir,
				   (unsigned long long)places);
	return 0;
}

static int plan_shaped(struct fileset *fs, const struct fileset_layout *l,
		       struct failure *f)
{
	/* The longest name has the longest head, too. */
	size_t head =
		l->same_dir ? strlen(l->host) + sizeof("_4294967295_") : 0;
	int ret;

	if (*l->prefix || *l->suffix)
		return failure_set(f, EINVAL,
				   "prefix= and suffix= with tree=%s: the "
				   "profile says how long names are; leave "
				   "them out",
				   l->tree);
	if (head > NAME_MAX / 2)
		return failure_set(f, ENAMETOOLONG,
				   "tree=%s with same_dir=1: use a shorter "
				   "host=",
				   l->tree);
	fs->kind = FILESET_SHAPED;
	ret = shape_init(&fs->shape, strchr(l->tree, ':') + 1, l->files,
			 (uint32_t)(NAME_MAX - NAME_EXTRA - head),
			 hash64(l->seed), f);
	if (ret)
		return ret;
	fs->files = fs->shape.files;
	fs->dirs = fs->shape.dirs;
	/* As many rows as directories to spread over, one file each in turn. */
	fs->files_per_dir = (fs->files + l->spread - 1) / l->spread;
	fs->spread_block = fs->files_per_dir * l->spread;
	return 0;
}

/* Reads "full:3", "leaves:3" or "profile:FILE". */
static int plan_tree(struct fileset *fs, const struct fileset_layout *l,
		     struct failure *f)
{
	bool leaves = !strncmp(l->tree, "leaves:", 7);
	const char *number = strchr(l->tree, ':');
	char *end;

	if (!strncmp(l->tree, "profile:", 8) && l->tree[8])
		return plan_shaped(fs, l, f);
	if (!leaves && strncmp(l->tree, "full:", 5))
		number = NULL;
	if (number && number[1] >= '0' && number[1] <= '9') {
		unsigned long depth = strtoul(number + 1, &end, 10);

		fs->depth = depth;
		if (!*end && depth <= FILESET_DEPTH_MAX)
			return plan_full(fs, l, leaves, f);
	}
	return failure_set(f, EINVAL,
			   "tree=%s: expected profile:FILE, or full:DEPTH or "
			   "leaves:DEPTH with a DEPTH from 0 to %d",
			   l->tree, FILESET_DEPTH_MAX);
}

static int check_tree(const struct fileset *fs, const struct fileset_layout *l,
		      struct failure *f)
{
	if (l->tree && l->hash_into_dirs)
		return failure_set(f, EINVAL,
				   "tree=%s and hash_into_dirs=1: each of them "
				   "says where files are; leave one out",
				   l->tree);
	if (l->hash_into_dirs && l->spread > 1 && !fs->hash_inverse)
		return failure_set(f, EINVAL,
				   "spread=%llu with hash_into_dirs: files "
				   "must not be a multiple of %u",
				   (unsigned long long)l->spread, HASH_FACTOR);
	return 0;
}

int fileset_init(struct fileset *fs, const struct fileset_layout *l,
		 struct failure *f)
{
	int ret;

	memset(fs, 0, sizeof(*fs));
	f->text[0] = 0;
	ret = check_numbers(l, f);
	if (!ret)
		ret = check_names(l, f);
	if (ret)
		return ret;
	fs->files = l->files;
	fs->files_per_dir = l->files_per_dir;
	fs->dirs_per_dir = l->dirs_per_dir;
	fs->spread = l->spread;
	fs->spread_block = l->spread * l->files_per_dir;
	if (l->tree)
		ret = plan_tree(fs, l, f);
	else
		plan_smallfile(fs, l);
	if (!ret)
		ret = check_tree(fs, l, f);
	if (!ret)
		ret = build_names(fs, l, f);
	if (!ret)
		ret = build_tops(fs, l->directory, f);
	if (!ret && l->top_of_thread)
		keep_top(fs, l->thread);
	if (!ret)
		ret = check_path_length(fs, f);
	if (ret)
		fileset_free(fs);
	return ret;
}

void fileset_free(struct fileset *fs)
{
	for (unsigned int t = 0; t < fs->tops; t++)
		free(fs->top[t]);
	for (int t = 0; t < TREE_COUNT; t++)
		free(fs->base[t]);
	shape_free(&fs->shape);
	memset(fs, 0, sizeof(*fs));
}

/*
 * Returns the i-th of the numbers 0..count-1 when they are read by column. A
 * block has `spread` rows (directories) of files_per_dir numbers each. The last
 * block may lack rows, and its last row may be short. The columns that reach
 * into the short row are one longer than the others.
 */
static uint64_t spread_place(const struct fileset *fs, uint64_t count,
			     uint64_t i)
{
	uint64_t start = i - i % fs->spread_block;
	uint64_t in_block = count - start, at = i - start;
	uint64_t rows, rest, row, column;

	if (in_block > fs->spread_block)
		in_block = fs->spread_block;
	rows = in_block / fs->files_per_dir;
	rest = in_block % fs->files_per_dir;
	if (at < rest * (rows + 1)) {
		row = at % (rows + 1);
		column = at / (rows + 1);
	} else {
		at -= rest * (rows + 1);
		row = at % rows;
		column = rest + at / rows;
	}
	return start + row * fs->files_per_dir + column;
}

/* The number N of the file for which N * 900593 mod files is x. */
static uint64_t unhash(const struct fileset *fs, uint64_t x)
{
	x = (uint64_t)((__uint128_t)x * fs->hash_inverse % fs->files);
	return x ? x : fs->files;
}

/*
 * Places of files are counted from 0 on, files_per_dir in each directory. In
 * the sequential layout the place is the file's number. Place 0 is no file and
 * stays the first. In the hashed layout it is N * 900593 mod files, and in
 * other trees N - 1. In a shaped tree files_per_dir is the length of a row for
 * spread_place(), and directories are not alike.
 */
static uint64_t file_at(const struct fileset *fs, uint64_t place)
{
	switch (fs->kind) {
	case FILESET_HASHED:
		return fs->hash_inverse ? unhash(fs, place) : 0;
	case FILESET_FULL:
	case FILESET_SHAPED:
		return place + 1;
	default:
		return place;
	}
}

/* One more than the last place. */
static uint64_t places_end(const struct fileset *fs)
{
	return fs->kind == FILESET_SEQUENTIAL ? fs->files + 1 : fs->files;
}

uint64_t fileset_spread(const struct fileset *fs, uint64_t i)
{
	bool sequential = fs->kind == FILESET_SEQUENTIAL;

	return file_at(fs, spread_place(fs, places_end(fs), i + sequential));
}

uint64_t fileset_places(const struct fileset *fs)
{
	uint64_t end = places_end(fs);

	if (fs->kind == FILESET_SHAPED)
		return fs->shape.most_files;
	return fs->files_per_dir < end ? fs->files_per_dir : end;
}

uint64_t fileset_file_at(const struct fileset *fs, uint64_t dir, uint64_t place)
{
	uint64_t at, end;

	if (fs->kind == FILESET_SHAPED) {
		shape_range(&fs->shape, dir, &at, &end);
		return at + place < end ? at + place : 0;
	}
	if (dir < fs->first_dir)
		return 0;
	at = (dir - fs->first_dir) * fs->files_per_dir + place;
	return at < places_end(fs) ? file_at(fs, at) : 0;
}

static uint64_t shaped_place(const struct fileset *fs, uint64_t dir,
			     uint64_t file)
{
	uint64_t first, end;

	shape_range(&fs->shape, dir, &first, &end);
	return file - first;
}

uint64_t fileset_place(const struct fileset *fs, uint64_t file)
{
	if (fs->kind == FILESET_HASHED)
		file = file * HASH_FACTOR % fs->files;
	if (fs->kind == FILESET_FULL)
		file--;
	if (fs->kind == FILESET_SHAPED)
		return shaped_place(fs, shape_dir(&fs->shape, file), file);
	return file % fs->files_per_dir;
}

/* How many of the numbers 0..last leave `rest` when divided by `step`. */
static uint64_t count_up_to(uint64_t last, uint64_t step, uint64_t rest)
{
	return last < rest ? 0 : (last - rest) / step + 1;
}

static uint64_t hashed_files_in(const struct fileset *fs, uint64_t dir,
				unsigned int top)
{
	uint64_t count = 0;

	for (uint64_t place = 0; place < fileset_places(fs); place++) {
		uint64_t file = fileset_file_at(fs, dir, place);

		count += file && fileset_top(fs, file) == top;
	}
	return count;
}

/* How many of the numbers first..end-1 are in a top directory. */
static uint64_t numbers_in(const struct fileset *fs, uint64_t first,
			   uint64_t end, unsigned int top)
{
	if (first >= end)
		return 0;
	return count_up_to(end - 1, fs->tops, top) -
	       count_up_to(first - 1, fs->tops, top);
}

uint64_t fileset_files_in(const struct fileset *fs, uint64_t dir,
			  unsigned int top)
{
	uint64_t first = (dir - fs->first_dir) * fs->files_per_dir;
	uint64_t end = first + fs->files_per_dir;

	if (dir < fs->first_dir || dir >= fs->dirs)
		return 0;
	if (fs->kind == FILESET_SHAPED) {
		shape_range(&fs->shape, dir, &first, &end);
		return numbers_in(fs, first, end, top);
	}
	if (end > places_end(fs))
		end = places_end(fs);
	if (first >= end)
		return 0;
	if (fs->kind == FILESET_HASHED)
		return fs->tops > 1 ? hashed_files_in(fs, dir, top)
				    : end - first;
	/* From places to numbers, which begin with 1. */
	if (fs->kind == FILESET_FULL)
		return numbers_in(fs, first + 1, end + 1, top);
	return numbers_in(fs, first ? first : 1, end, top);
}

uint64_t fileset_parent(const struct fileset *fs, uint64_t dir)
{
	if (fs->kind == FILESET_FULL)
		return dir ? (dir - 1) / fs->dirs_per_dir : 0;
	if (fs->kind == FILESET_SHAPED)
		return shape_parent(&fs->shape, dir);
	return dir / fs->dirs_per_dir;
}

bool fileset_is_top(const struct fileset *fs, uint64_t dir, unsigned int level)
{
	switch (fs->kind) {
	case FILESET_HASHED:
		return dir <= 1;
	case FILESET_FULL:
	case FILESET_SHAPED:
		return dir == 0;
	default:
		return level > 0 && dir == 0;
	}
}

/* Writes two digits at a time, from the right, which halves the divisions. */
size_t fileset_decimal(uint64_t number, char *out)
{
	static const char pairs[] = "00010203040506070809"
				    "10111213141516171819"
				    "20212223242526272829"
				    "30313233343536373839"
				    "40414243444546474849"
				    "50515253545556575859"
				    "60616263646566676869"
				    "70717273747576777879"
				    "80818283848586878889"
				    "90919293949596979899";
	size_t length = 1, at;

	for (uint64_t n = number; n >= 10; n /= 10)
		length++;
	at = length;
	while (number >= 10) {
		at -= 2;
		memcpy(out + at, pairs + number % 100 * 2, 2);
		number /= 100;
	}
	if (at)
		out[0] = '0' + number;
	return length;
}

size_t fileset_component(const struct fileset *fs, uint64_t dir, char *out)
{
	uint64_t value = dir;

	if (fs->kind == FILESET_SHAPED)
		return shape_dir_name(&fs->shape, dir, out);
	if (fs->kind == FILESET_HASHED)
		value *= HASH_FACTOR;
	if (fs->kind == FILESET_FULL)
		value--;
	return sprintf(out, "%c_%03llu", fs->kind == FILESET_HASHED ? 'h' : 'd',
		       (unsigned long long)(value % fs->dirs_per_dir));
}

size_t fileset_name(const struct fileset *fs, uint64_t dir, uint64_t file,
		    char *out)
{
	if (fs->kind == FILESET_SHAPED) {
		memcpy(out, fs->head, fs->head_length);
		return fs->head_length + shape_name(&fs->shape, file,
						    shaped_place(fs, dir, file),
						    out + fs->head_length);
	}
	return (size_t)sprintf(out, "%s%llu%s", fs->head,
			       (unsigned long long)file, fs->tail);
}

uint64_t fileset_number(const struct fileset *fs, uint64_t dir,
			const char *name)
{
	const char *digits = name + fs->head_length;
	char again[NAME_MAX + 1];
	uint64_t number = 0;

	if (strncmp(name, fs->head, fs->head_length))
		return 0;
	name = digits;
	for (; *digits >= '0' && *digits <= '9'; digits++) {
		number = number * 10 + (*digits - '0');
		if (number > fs->files)
			return 0;
	}
	if (fs->kind != FILESET_SHAPED)
		return *name == '0' || strcmp(digits, fs->tail) ? 0 : number;
	/* The number is a place in the directory, and letters follow. */
	number = digits > name ? fileset_file_at(fs, dir, number) : 0;
	if (!number)
		return 0;
	fileset_name(fs, dir, number, again);
	return strcmp(name, again + fs->head_length) ? 0 : number;
}

/* Appends directory `dir`, outermost component first. */
static size_t append_dir(const struct fileset *fs, uint64_t dir,
			 unsigned int level, char *out)
{
	size_t n;

	if (fileset_is_top(fs, dir, level))
		return 0;
	n = append_dir(fs, fileset_parent(fs, dir), level + 1, out);
	out[n++] = '/';
	return n + fileset_component(fs, dir, out + n);
}

size_t fileset_path(const struct fileset *fs, enum tree tree, uint64_t dir,
		    unsigned int top, uint64_t file, bool absolute, char *out)
{
	size_t n = 0;

	if (absolute)
		n = sprintf(out, "%s/", fs->top[top]);
	n += sprintf(out + n, "%s", fs->base[tree]);
	n += append_dir(fs, dir, 0, out + n);
	out[n] = 0;
	if (file) {
		out[n++] = '/';
		n += fileset_name(fs, dir, file, out + n);
	}
	return n;
}
