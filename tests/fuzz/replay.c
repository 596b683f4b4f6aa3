// SPDX-License-Identifier: GPL-2.0-only
/*
 * Runs a fuzz target without libFuzzer, with any compiler. The inputs are the
 * examples in a directory, and then MUTATIONS inputs that are made from the
 * examples, the same ones every time. Prints TAP.
 *
 *	replay TARGET DIRECTORY
 */
#include <dirent.h>

#include "fuzz.h"

#define MUTATIONS    10000
#define EXAMPLE_MAX  65536
#define EXAMPLES_MAX 1024
#define CHANGES_MAX  8
#define TARGETS_MAX  64

struct example {
	uint8_t *data;
	size_t size;
};

static struct {
	const char *file;
	fuzz_target run;
} targets[TARGETS_MAX];
static size_t target_count;

/* The target that is run. */
static fuzz_target target;

static uint64_t seed = 88172645463325252;

static size_t random_below(size_t n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return n ? (size_t)(seed % n) : 0;
}

/*
 * Puts the input into a heap block of its size, so that sanitizers see
 * overruns.
 */
static void run(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size ? size : 1);

	assert(copy);
	memcpy(copy, data, size);
	target(copy, size);
	free(copy);
}

static size_t load(const char *directory, struct example *examples)
{
	struct dirent **entries;
	int i, n = scandir(directory, &entries, NULL, alphasort);
	size_t count = 0;

	for (i = 0; i < n; i++) {
		char path[4096];
		struct example *example = &examples[count];
		FILE *f;

		snprintf(path, sizeof(path), "%s/%s", directory,
			 entries[i]->d_name);
		free(entries[i]);
		f = fopen(path, "rb");
		example->data = malloc(EXAMPLE_MAX);
		assert(example->data && count < EXAMPLES_MAX - 1);
		if (f && path[strlen(path) - 1] != '.') {
			example->size = fread(example->data, 1, EXAMPLE_MAX, f);
			count++;
		} else {
			free(example->data);
		}
		if (f)
			fclose(f);
	}
	if (n >= 0)
		free(entries);
	return count;
}

/* Bytes that mean something to our parsers. */
static uint8_t random_byte(void)
{
	static const char special[] = "0123456789,.-_ /:\\\n\r\t\"x\xef\xff";

	if (random_below(3))
		return (uint8_t)special[random_below(sizeof(special))];
	return (uint8_t)random_below(256);
}

static size_t change(uint8_t *data, size_t size)
{
	size_t at = random_below(size + 1), n = 1 + random_below(20);

	switch (random_below(5)) {
	case 0: /* overwrite */
		if (at < size)
			data[at] = random_byte();
		return size;
	case 1: /* insert */
		if (size == EXAMPLE_MAX)
			return size;
		memmove(data + at + 1, data + at, size - at);
		data[at] = random_byte();
		return size + 1;
	case 2: /* delete */
		if (n > size - at)
			n = size - at;
		memmove(data + at, data + at + n, size - at - n);
		return size - n;
	case 3: /* cut off */
		return at;
	default: /* repeat a piece */
		if (n > size - at)
			n = size - at;
		if (size + n > EXAMPLE_MAX)
			return size;
		memmove(data + at + n, data + at, size - at);
		return size + n;
	}
}

static void mutate_and_run(const struct example *example, uint8_t *data)
{
	size_t size = example->size, i, changes = 1 + random_below(CHANGES_MAX);

	memcpy(data, example->data, size);
	for (i = 0; i < changes; i++)
		size = change(data, size);
	run(data, size);
}

void fuzz_add(const char *file, fuzz_target run_it)
{
	assert(target_count < TARGETS_MAX);
	targets[target_count].file = file;
	targets[target_count++].run = run_it;
}

static fuzz_target find(const char *name)
{
	char base[64];

	snprintf(base, sizeof(base), "/fuzz_%s.c", name);
	for (size_t i = 0; i < target_count; i++) {
		const char *slash = strrchr(targets[i].file, '/');

		if (slash && !strcmp(slash, base))
			return targets[i].run;
	}
	return NULL;
}

int main(int argc, char **argv)
{
	static struct example examples[EXAMPLES_MAX];
	uint8_t *data = malloc(EXAMPLE_MAX);
	size_t i, count = 0;

	target = argc == 3 ? find(argv[1]) : NULL;
	if (target)
		count = load(argv[2], examples);
	puts("1..2");
	for (i = 0; i < count; i++)
		run(examples[i].data, examples[i].size);
	printf("%sok 1 - %zu examples\n", count ? "" : "not ", count);
	for (i = 0; i < MUTATIONS && count && data; i++)
		mutate_and_run(&examples[random_below(count)], data);
	printf("%sok 2 - %zu mutations\n", i == MUTATIONS ? "" : "not ", i);
	for (i = 0; i < count; i++)
		free(examples[i].data);
	free(data);
	return 0;
}
