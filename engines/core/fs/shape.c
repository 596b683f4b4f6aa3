// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fs/shape.h"
#include "util/hash64.h"

#define LETTERS 26
#define FAR_OFF 64

/* What is worked out for each level of the draft. */
struct level_plan {
	uint32_t dirs;
	uint64_t files;
};

/* How many files the profile has in the directories of a level. */
static double files_at(const struct profile *p, unsigned int level)
{
	const struct distribution *depth = &p->of[PROFILE_DEPTH];
	double above = level ? distribution_up_to(depth, level - 1) : 0;

	return distribution_up_to(depth, level) - above;
}

/* How many directories the profile has below its top directory. */
static double dirs_below(const struct profile *p)
{
	double dirs = 0;

	for (unsigned int k = 1; k < p->levels; k++)
		dirs += (double)p->files[k].total;
	return dirs;
}

/* Divides the files among the top directory and the copies. */
static void divide(struct shape *s, const struct profile *p)
{
	double all = (double)p->of[PROFILE_DEPTH].total;
	double at_top = files_at(p, 0), dirs;
	uint64_t rest;

	s->top_files = (uint64_t)((double)s->files * (at_top / all) + 0.5);
	if (at_top >= all || s->top_files > s->files)
		s->top_files = s->files;
	rest = s->files - s->top_files;
	if (!rest)
		return;
	dirs = (double)rest * dirs_below(p) / (all - at_top);
	s->copies = (uint64_t)(dirs / SHAPE_DIRS_MAX) + 1;
	if (s->copies > rest)
		s->copies = rest;
	s->copy_files = (rest + s->copies - 1) / s->copies;
}

/*
 * Gives each level of the draft its share of directories and files. A directory
 * or a file needs a directory in the level above. plan[k] is of level k + 1.
 * Returns false if the draft would be too large: it has at least one file.
 */
static bool plan_levels(struct shape *s, const struct profile *p,
			struct level_plan *plan)
{
	double below = (double)p->of[PROFILE_DEPTH].total - files_at(p, 0);
	double part = (double)s->copy_files / below, sum = 0;
	uint64_t given = 0;

	if (dirs_below(p) * part > 2 * SHAPE_DIRS_MAX)
		return false;
	for (unsigned int k = 0; k + 1 < p->levels; k++) {
		uint64_t up_to;

		sum += files_at(p, k + 1) * part;
		up_to = (uint64_t)(sum + 0.5);
		if (up_to > s->copy_files || k + 2 == p->levels)
			up_to = s->copy_files;
		plan[k].files = up_to - given;
		given = up_to;
		plan[k].dirs =
			(uint32_t)((double)p->files[k + 1].total * part + 0.5);
		if (plan[k].files && !plan[k].dirs)
			plan[k].dirs = 1;
	}
	for (unsigned int k = p->levels - 1; k-- > 0;) {
		if (!s->levels && plan[k].dirs)
			s->levels = k + 1;
		if (s->levels && !plan[k].dirs)
			plan[k].dirs = 1;
	}
	for (unsigned int k = 0; k < s->levels; k++)
		s->level[k + 1] = s->level[k] + plan[k].dirs;
	s->drafted = s->level[s->levels];
	return true;
}

/* Makes all numbers smaller in proportion. */
static void scale(uint64_t *number, uint32_t count, uint64_t sum, uint64_t want)
{
	uint64_t before = 0, given = 0;

	for (uint32_t i = 0; i < count; i++) {
		uint64_t up_to;

		before += number[i];
		up_to = (uint64_t)((__uint128_t)before * want / sum);
		number[i] = up_to - given;
		given = up_to;
	}
}

/*
 * Makes the numbers, of which there is at least one, add up to `want`. The
 * difference goes to the largest, so that few of them change: where many
 * directories stand for more or fewer, it is mostly the largest that has no
 * part, or too large a part, of the distribution. Numbers that are far too
 * large all change, which takes less time.
 */
static void put_right(uint64_t *number, uint32_t count, uint64_t want)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < count; i++)
		sum += number[i];
	if (sum / FAR_OFF > want) {
		scale(number, count, sum, want);
		return;
	}
	while (sum != want) {
		uint64_t *largest = number, step;

		for (uint32_t i = 1; i < count; i++)
			if (number[i] > *largest)
				largest = &number[i];
		step = *largest / 2 + 1;
		if (sum > want) {
			step = step < sum - want ? step : sum - want;
			*largest -= step;
			sum -= step;
		} else {
			step = step < want - sum ? step : want - sum;
			*largest += step;
			sum += step;
		}
	}
}

/* Numbers of a distribution that add up to `want`, in an order of their own. */
static int draw(const struct distribution *d, uint32_t count, uint64_t want,
		uint64_t key, uint64_t *number)
{
	uint64_t *sorted = calloc(count, sizeof(*sorted));
	struct permutation order;

	if (!sorted)
		return -ENOMEM;
	for (uint32_t i = 0; i < count; i++) {
		uint64_t rank = distribution_rank(d, i, count);

		sorted[i] = distribution_at(d, rank, hash64_in(key, i));
		/* So that sums stay far from 2^64. */
		if (sorted[i] > want)
			sorted[i] = want;
	}
	put_right(sorted, count, want);
	permutation_init(&order, count, key);
	for (uint32_t i = 0; i < count; i++)
		number[i] = sorted[permutation_at(&order, i)];
	free(sorted);
	return 0;
}

/* Says which directories of a level the next level's are in. */
static void link_level(struct shape *s, unsigned int k, const uint64_t *has)
{
	uint32_t dir = s->level[k + 1];

	for (uint32_t i = s->level[k]; i < s->level[k + 1]; i++)
		for (uint64_t j = 0; j < has[i - s->level[k]]; j++) {
			s->parent[dir] = i;
			s->place[dir++] = (uint32_t)j;
		}
}

static int fill_level(struct shape *s, const struct profile *p, unsigned int k,
		      const struct level_plan *plan, uint64_t key,
		      uint64_t *number)
{
	uint64_t *before = s->before + s->level[k];
	int ret = draw(&p->files[k + 1], plan->dirs, plan->files,
		       hash64_in(key, 2 * k), number);

	if (ret)
		return ret;
	for (uint32_t i = 0; i < plan->dirs; i++) {
		before[i + 1] = before[i] + number[i];
		if (number[i] > s->most_files)
			s->most_files = number[i];
	}
	if (k + 1 == s->levels)
		return 0;
	ret = draw(&p->directories[k + 1], plan->dirs, plan[1].dirs,
		   hash64_in(key, 2 * k + 1), number);
	if (!ret)
		link_level(s, k, number);
	return ret;
}

static int make_draft(struct shape *s, const struct profile *p, uint64_t key,
		      const char *path, struct failure *f)
{
	struct level_plan plan[PROFILE_LEVELS_MAX] = { { 0 } };
	uint64_t *number;
	int ret = 0;

	if (!s->copies)
		return 0;
	if (!plan_levels(s, p, plan))
		return failure_set(
			f, EINVAL,
			"%s: it has so few files in so many "
			"directories that %llu files would need more "
			"than %u of these: give more files=, or use "
			"another profile",
			path, (unsigned long long)s->files, 2 * SHAPE_DIRS_MAX);
	s->before = calloc(s->drafted + 1, sizeof(*s->before));
	s->parent = calloc(s->drafted, sizeof(*s->parent));
	s->place = calloc(s->drafted, sizeof(*s->place));
	number = calloc(s->drafted, sizeof(*number));
	if (!s->before || !s->parent || !s->place || !number)
		ret = -ENOMEM;
	for (uint32_t i = 0; !ret && i < s->level[1]; i++)
		s->place[i] = i;
	for (unsigned int k = 0; !ret && k < s->levels; k++)
		ret = fill_level(s, p, k, &plan[k], key, number);
	free(number);
	return ret;
}

/* The longest path of a directory, in the copy with the longest numbers. */
static int measure_paths(struct shape *s)
{
	size_t *length = calloc(s->drafted + 1, sizeof(*length));
	char name[SHAPE_NAME_MAX + 1];

	if (!length)
		return -ENOMEM;
	for (unsigned int k = 0; k < s->levels; k++) {
		uint32_t size = s->level[k + 1] - s->level[k];
		uint64_t last =
			1 + s->copies * s->level[k] + (s->copies - 1) * size;

		for (uint32_t i = 0; i < size; i++) {
			uint32_t dir = s->level[k] + i;

			length[dir] = 1 + shape_dir_name(s, last + i, name);
			if (k)
				length[dir] += length[s->parent[dir]];
			if (length[dir] > s->longest_path)
				s->longest_path = length[dir];
		}
	}
	free(length);
	return 0;
}

/* A profile may be of sizes alone. */
static int check_profile(const struct profile *p, const char *path,
			 struct failure *f)
{
	const char *lacks = NULL;

	if (!p->levels)
		lacks = "files.0";
	else if (!p->of[PROFILE_DEPTH].rows)
		lacks = "depth";
	else if (!p->of[PROFILE_NAME].rows)
		lacks = "name";
	else if (p->levels > 1 && !p->of[PROFILE_DIR_NAME].rows)
		lacks = "directory-name";
	if (!lacks)
		return 0;
	return failure_set(f, EINVAL,
			   "%s: expected lines \"%s NUMBER COUNT\", which a "
			   "tree needs, found none",
			   path, lacks);
}

static void take(struct distribution *to, struct distribution *from)
{
	*to = *from;
	memset(from, 0, sizeof(*from));
}

int shape_init(struct shape *s, const char *path, uint64_t files,
	       uint32_t name_most, uint64_t key, struct failure *f)
{
	struct profile profile;
	int ret = profile_read(&profile, path, f);

	memset(s, 0, sizeof(*s));
	if (!ret)
		ret = check_profile(&profile, path, f);
	if (!ret) {
		s->files = files ? files : profile.of[PROFILE_DEPTH].total;
		s->name_most = name_most;
		divide(s, &profile);
		s->most_files = s->top_files;
		ret = make_draft(s, &profile, key, path, f);
	}
	if (!ret) {
		s->dirs = 1 + s->copies * s->drafted;
		take(&s->name, &profile.of[PROFILE_NAME]);
		take(&s->dir_name, &profile.of[PROFILE_DIR_NAME]);
		permutation_init(&s->name_order, s->files, key);
		if (s->drafted)
			permutation_init(&s->dir_name_order, s->drafted, key);
		ret = measure_paths(s);
	}
	profile_free(&profile);
	return ret;
}

void shape_free(struct shape *s)
{
	distribution_free(&s->name);
	distribution_free(&s->dir_name);
	free(s->before);
	free(s->parent);
	free(s->place);
	memset(s, 0, sizeof(*s));
}

/* The number of a directory of the draft in one of its copies. */
static uint64_t number_of(const struct shape *s, uint64_t copy, uint32_t dir)
{
	unsigned int k = 0;

	while (s->level[k + 1] <= dir)
		k++;
	return 1 + (s->copies - 1) * s->level[k] +
	       copy * (s->level[k + 1] - s->level[k]) + dir;
}

/* The directory of the draft that has this number, and its copy and level. */
static uint32_t in_draft(const struct shape *s, uint64_t number, uint64_t *copy,
			 unsigned int *level)
{
	unsigned int k = 0;
	uint32_t size;

	number--;
	while (s->copies * s->level[k + 1] <= number)
		k++;
	number -= s->copies * s->level[k];
	size = s->level[k + 1] - s->level[k];
	*copy = number / size;
	*level = k;
	return s->level[k] + (uint32_t)(number % size);
}

uint64_t shape_dir(const struct shape *s, uint64_t file)
{
	uint32_t from = 0, end = s->drafted;
	uint64_t in_copy, copy;

	if (file <= s->top_files)
		return 0;
	in_copy = file - 1 - s->top_files;
	copy = in_copy / s->copy_files;
	in_copy %= s->copy_files;
	/* The last directory with no more than that before it. */
	while (end - from > 1) {
		uint32_t middle = from + (end - from) / 2;

		if (s->before[middle] <= in_copy)
			from = middle;
		else
			end = middle;
	}
	return number_of(s, copy, from);
}

void shape_range(const struct shape *s, uint64_t dir, uint64_t *first,
		 uint64_t *end)
{
	uint64_t copy;
	unsigned int level;
	uint32_t drafted;

	*first = 1;
	*end = s->top_files + 1;
	if (!dir)
		return;
	drafted = in_draft(s, dir, &copy, &level);
	*first = *end + copy * s->copy_files + s->before[drafted];
	*end += copy * s->copy_files + s->before[drafted + 1];
	if (*end > s->files + 1)
		*end = s->files + 1;
	if (*first > *end)
		*first = *end;
}

uint64_t shape_parent(const struct shape *s, uint64_t dir)
{
	uint64_t copy;
	unsigned int level;
	uint32_t drafted;

	if (!dir)
		return 0;
	drafted = in_draft(s, dir, &copy, &level);
	return level ? number_of(s, copy, s->parent[drafted]) : 0;
}

/* Writes letters from `length` on, up to `wanted`, and a zero. */
static size_t add_letters(char *out, size_t length, uint64_t wanted,
			  uint64_t number)
{
	unsigned int letter = number % LETTERS;

	while (length < wanted) {
		out[length++] = (char)('a' + letter);
		letter = letter + 1 < LETTERS ? letter + 1 : 0;
	}
	out[length] = 0;
	return length;
}

static uint64_t wanted_length(const struct distribution *d,
			      const struct permutation *order, uint64_t i,
			      uint32_t most)
{
	uint64_t part = permutation_at(order, i);
	uint64_t length = distribution_at(
		d, distribution_rank(d, part, order->count), hash64(i));

	return length < most ? length : most;
}

size_t shape_dir_name(const struct shape *s, uint64_t dir, char *out)
{
	uint64_t copy, place;
	unsigned int level;
	uint32_t drafted = in_draft(s, dir, &copy, &level);

	place = s->place[drafted];
	if (!level)
		place += copy * s->level[1];
	return add_letters(
		out, (size_t)sprintf(out, "d%llu", (unsigned long long)place),
		wanted_length(&s->dir_name, &s->dir_name_order, drafted,
			      SHAPE_NAME_MAX),
		drafted);
}

size_t shape_name(const struct shape *s, uint64_t file, uint64_t place,
		  char *out)
{
	return add_letters(
		out, (size_t)sprintf(out, "%llu", (unsigned long long)place),
		wanted_length(&s->name, &s->name_order, file - 1, s->name_most),
		file);
}
