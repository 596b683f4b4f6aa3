// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ruler that the engine is compared with: the least code that does what an
 * operation has to do, by the same system calls on the same names.
 *
 *	plain-loop OPERATION DIRECTORY HOST FILES FILES_PER_DIR THREADS PASSES
 *	           [random]
 *
 * All directories are made and opened before the clock starts. In the measured
 * part a file costs what plain-body.h says, without statistics, clock or
 * options. The order is 1..FILES. With "random" the order is drawn before the
 * clock starts, and is the same in each pass.
 *
 * Between two files a thread looks whether it is its turn, where another
 *program runs in turns with this one (util/relay.h), as the engine does.
 *
 * Each thread is a process, as fio's jobs are. They start together. Each prints
 * its "files nanoseconds cpu-nanoseconds", of all passes together.
 */
#include <pthread.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>

#include "plain-body.h"
#include "util/relay.h"

static uint64_t now_ns(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return t.tv_sec * 1000000000ull + t.tv_nsec;
}

/* Steele, Lea, Flood 2014: SplitMix64. */
static uint64_t draw(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

/* 1..files, shuffled (Durstenfeld 1964). */
static uint32_t *shuffled(uint64_t files, uint64_t seed)
{
	uint32_t *order = calloc(files, sizeof(*order));

	if (!order)
		die("calloc");
	for (uint64_t i = 0; i < files; i++) {
		uint64_t at = draw(&seed) % (i + 1);

		order[i] = order[at];
		order[at] = (uint32_t)i + 1;
	}
	return order;
}

static bool never(void *arg)
{
	(void)arg;
	return false;
}

/* Waits for the thread's turn, after so many files. */
static void await_turn(struct relay_seat *seat, uint64_t done)
{
	int64_t waited_ns;

	if (relay_wait(seat, done, never, NULL, &waited_ns) != RELAY_TURN)
		relay_leave(seat, done);
}

static void measure(struct loop *l, int (*run)(struct loop *l, uint64_t),
		    unsigned int passes, const uint32_t *order,
		    struct relay_seat *seat)
{
	uint64_t cpu = now_ns(CLOCK_PROCESS_CPUTIME_ID);
	uint64_t start = now_ns(CLOCK_MONOTONIC);

	for (unsigned int pass = 0; pass < passes; pass++)
		for (uint64_t i = 0; i < l->files; i++) {
			if (seat->heat && !relay_is_mine(seat))
				await_turn(seat, pass * l->files + i);
			l->file = order ? order[i] : i + 1;
			set_name(l);
			if (run(l, l->file / l->files_per_dir))
				die(l->name);
		}
	start = now_ns(CLOCK_MONOTONIC) - start;
	cpu = now_ns(CLOCK_PROCESS_CPUTIME_ID) - cpu;
	if (seat->heat)
		relay_leave(seat, l->files * passes);
	printf("%llu %llu %llu\n", (unsigned long long)(l->files * passes),
	       (unsigned long long)start, (unsigned long long)cpu);
}

/* Takes part in turns, if a referee has started this program. */
static void join_turns(struct relay_seat *seat, unsigned int threads,
		       const char *operation)
{
	const struct relay_section section = { 1, threads, operation,
					       operation };
	struct relay *relay;
	unsigned int side;
	int ret = relay_find(&relay, &side);

	if (!ret && relay)
		ret = relay_join(seat, relay, side, &section);
	errno = -ret;
	if (ret)
		die("turns");
}

static pthread_barrier_t *start_line(unsigned int threads)
{
	pthread_barrier_t *line =
		mmap(NULL, sizeof(*line), PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pthread_barrierattr_t attr;

	if (line == MAP_FAILED)
		die("mmap");
	pthread_barrierattr_init(&attr);
	pthread_barrierattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
	pthread_barrier_init(line, &attr, threads);
	return line;
}

int main(int argc, char **argv)
{
	static struct loop l;
	int (*run)(struct loop * l, uint64_t dir);
	unsigned int threads, passes;
	struct relay_seat seat = { 0 };
	pthread_barrier_t *line;
	int status, failed = 0;

	if (argc < 8 || argc > 9 || (argc == 9 && strcmp(argv[8], "random"))) {
		fprintf(stderr, "Usage: plain-loop OPERATION DIRECTORY HOST "
				"FILES FILES_PER_DIR THREADS PASSES "
				"[random]\n");
		return 2;
	}
	run = find_operation(argv[1]);
	l.top = argv[2];
	l.host = argv[3];
	l.files = strtoull(argv[4], NULL, 10);
	l.files_per_dir = strtoull(argv[5], NULL, 10);
	threads = strtoul(argv[6], NULL, 10);
	passes = strtoul(argv[7], NULL, 10);
	raise_fd_limit();
	line = start_line(threads);
	for (unsigned int t = 0; t < threads; t++) {
		uint32_t *order = NULL;

		if (fork())
			continue;
		loop_init(&l, t);
		if (argc == 9)
			order = shuffled(l.files, t + 1);
		join_turns(&seat, threads, argv[1]);
		pthread_barrier_wait(line);
		if (seat.heat)
			await_turn(&seat, 0);
		measure(&l, run, passes, order, &seat);
		return 0;
	}
	while (wait(&status) > 0)
		failed |= status;
	return failed ? 1 : 0;
}
