// SPDX-License-Identifier: GPL-2.0-only
/*
 * The same calls as a job with operation=mix, in a bare loop: for each
 * operation the name is made and the calls of plain-body.h are done. What to
 * do, and with which file, was drawn before by the engine's own mix, and is in
 * a list. So drawing is the engine's cost alone.
 *
 *   mix-loop MIX DIRECTORY HOST FILES FILES_PER_DIR POPULATION COUNT START
 *
 * The files to begin with are made by the engine's code. The loop begins at
 * START, in seconds since 1970, or at once, in a process of its own. It prints
 * the number of operations, and the nanoseconds that they took.
 */
#include <sys/wait.h>
#include <time.h>

#include "op/mix.h"
#include "plain-body.h"
#include "util/clock.h"

struct drawn {
	uint32_t index;
	uint32_t file;
};

static void refuse(const struct failure *f)
{
	fprintf(stderr, "mix-loop: %s\n", f->text);
	exit(1);
}

/* Makes the population, and draws what is to be done with it. */
static struct drawn *draw(const struct worker_options *options,
			  const struct mix_options *mixed, uint64_t count,
			  struct mix **mix)
{
	static struct worker w;
	struct drawn *drawn = calloc(count, sizeof(*drawn));
	struct failure f;

	if (!drawn || worker_init(&w, options, &f) ||
	    worker_make_dirs(&w, &f) || worker_open_dirs(&w, &f) ||
	    mix_init(mix, &w, mixed, &f) || mix_open(*mix, &f))
		refuse(&f);
	for (uint64_t i = 0; i < count; i++) {
		drawn[i].index = mix_draw(*mix);
		drawn[i].file = mix_number(*mix) + 1;
	}
	return drawn;
}

static void measure(struct loop *l, const struct mix *mix,
		    const struct drawn *drawn, uint64_t count)
{
	int (*run[MIX_OPERATIONS_MAX])(struct loop * l, uint64_t dir);
	int64_t began, used;

	for (unsigned int i = 0; i < mix_operations(mix); i++)
		run[i] = find_operation(mix_operation(mix, i)->name);
	used = clock_read_ns(CLOCK_PROCESS_CPUTIME_ID);
	began = clock_steady_ns();
	for (uint64_t i = 0; i < count; i++) {
		l->file = drawn[i].file;
		set_name(l);
		if (run[drawn[i].index](l, l->file / l->files_per_dir))
			die(l->name);
	}
	printf("%llu %lld %lld\n", (unsigned long long)count,
	       (long long)(clock_steady_ns() - began),
	       (long long)(clock_read_ns(CLOCK_PROCESS_CPUTIME_ID) - used));
}

static void wait_until(double start)
{
	const struct timespec at = {
		.tv_sec = (time_t)start,
		.tv_nsec = (long)((start - (double)(time_t)start) * 1e9),
	};

	while (clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &at, NULL))
		;
}

int main(int argc, char **argv)
{
	struct worker_options o = { .operation = &operation_mix,
				    .file_size_low_bytes = FILE_BYTES,
				    .file_size_high_bytes = FILE_BYTES,
				    .seed = 1 };
	struct mix_options mixed = { 0 };
	struct loop l = { 0 };
	struct drawn *drawn;
	struct mix *mix;
	uint64_t count;
	int status = 1;

	if (argc != 9) {
		fprintf(stderr, "Usage: mix-loop MIX DIRECTORY HOST FILES "
				"FILES_PER_DIR POPULATION COUNT START\n");
		return 2;
	}
	mixed.operations = argv[1];
	mixed.population = strtoull(argv[6], NULL, 10);
	o.layout = (struct fileset_layout){
		.directory = argv[2],
		.host = argv[3],
		.prefix = "",
		.suffix = "",
		.files = strtoull(argv[4], NULL, 10),
		.files_per_dir = strtoull(argv[5], NULL, 10),
		.dirs_per_dir = DIRS_PER_DIR,
		.spread = 1,
	};
	count = strtoull(argv[7], NULL, 10);
	l.top = argv[2];
	l.host = argv[3];
	l.files = o.layout.files;
	l.files_per_dir = o.layout.files_per_dir;
	if (fork()) {
		wait(&status);
		return status ? 1 : 0;
	}
	raise_fd_limit();
	o.max_fds = l.files / l.files_per_dir + 1;
	drawn = draw(&o, &mixed, count, &mix);
	loop_init(&l, 0);
	wait_until(strtod(argv[8], NULL));
	measure(&l, mix, drawn, count);
	return 0;
}
