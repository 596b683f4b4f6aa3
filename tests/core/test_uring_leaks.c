// SPDX-License-Identifier: GPL-2.0-only
/*
 * Many operations at depth 256 leave no descriptor open and no memory behind.
 * Both are looked at after a quarter of the operations and at the end, in the
 * same ring. $SMALLFIO_TEST_OPERATIONS says how many. `meson test --benchmark`
 * runs ten million.
 */
#include "rig.h"
#include "rig_async.h"

#define DEPTH      256
#define FILES      2000
#define OPERATIONS 200000
/* Memory that the C library and the page cache of /proc may come to need. */
#define SLACK_KIB 1024

static unsigned long long wanted(void)
{
	const char *text = getenv("SMALLFIO_TEST_OPERATIONS");

	return text ? strtoull(text, NULL, 0) : OPERATIONS;
}

/* The resident memory of this process, from /proc/self/status. */
static unsigned long resident_kib(void)
{
	unsigned long kib = 0;
	char line[256];
	FILE *file = fopen("/proc/self/status", "r");

	assert_non_null(file);
	while (fgets(line, sizeof(line), file))
		sscanf(line, "VmRSS: %lu", &kib);
	fclose(file);
	assert_true(kib > 0);
	return kib;
}

struct state {
	unsigned long kib;
	unsigned int fds;
};

static struct state look(void)
{
	return (struct state){ resident_kib(), scratch_open_fds() };
}

/* Operations that are run one after the other, round and round. */
static const char *const cycle[] = { "create", "stat", "read", "delete" };
#define CYCLE (sizeof(cycle) / sizeof(*cycle))

/* Starts one worker and ring for each operation. They stay to the end. */
static void start(struct rig *rigs, const struct rig *like)
{
	for (size_t i = 0; i < CYCLE; i++) {
		rigs[i] = *like;
		rigs[i].running = false;
		rig_start(&rigs[i], cycle[i]);
	}
}

static void stop_rigs(struct rig *rigs)
{
	for (size_t i = 0; i < CYCLE; i++)
		rig_stop(&rigs[i]);
}

RIG_TEST(leaks)
{
	unsigned long long total = wanted(), done = 0;
	struct state quarter = { 0 }, end;
	static struct rig rigs[CYCLE];

	rig->depth = DEPTH;
	rig->options.layout.files = FILES;
	rig->options.layout.files_per_dir = 100;
	rig->options.layout.dirs_per_dir = 100;
	rig->options.layout.spread = FILES / 100;
	/* Ends the test here if there is no io_uring. */
	rig_start(rig, "stat");
	rig_stop(rig);
	start(rigs, rig);
	while (done < total) {
		for (size_t i = 0; i < CYCLE; i++)
			rig_async_all(&rigs[i]);
		done += CYCLE * FILES;
		if (!quarter.kib && done >= total / 4)
			quarter = look();
	}
	end = look();
	print_message("# %llu operations at depth %u: at a quarter %lu KiB, "
		      "%u descriptors; at the end %lu KiB, %u\n",
		      done, DEPTH, quarter.kib, quarter.fds, end.kib, end.fds);
	assert_int_equal(end.fds, quarter.fds);
	assert_true(end.kib <= quarter.kib + SLACK_KIB);
	stop_rigs(rigs);
}
