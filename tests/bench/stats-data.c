// SPDX-License-Identifier: GPL-2.0-only
/*
 * Writes a set of logs for the benchmark `stats`:
 *
 *	stats-data rsptimes|fio DIRECTORY SAMPLES HOSTS THREADS
 *
 * Latencies are log-uniform over eleven octaves, from 8 us to 16 ms. One in a
 * thousand is longer, up to 16 s. They are the same every time.
 */
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t seed = 88172645463325252;

static uint64_t random64(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed;
}

static uint64_t latency_ns(void)
{
	uint64_t r = random64();
	unsigned octave = (unsigned)((r >> 8) % 1000 ? (r >> 20) % 11 : 20);

	return (8192 + (r >> 32) % 8192) << octave;
}

static void rsptimes_line(FILE *out, uint64_t *clock_ns)
{
	uint64_t latency = latency_ns();

	/* smallfile prints "%8s, %9.6f, %9.6f". */
	fprintf(out,
		"%8s, %2" PRIu64 ".%06" PRIu64 ", %2" PRIu64 ".%06" PRIu64 "\n",
		"create", *clock_ns / 1000000000, *clock_ns / 1000 % 1000000,
		latency / 1000000000, latency / 1000 % 1000000);
	*clock_ns += 5000;
}

static void fio_line(FILE *out, uint64_t *clock_ns)
{
	uint64_t latency = latency_ns();

	fprintf(out, "%" PRIu64 ", %" PRIu64 ", 1, 4096, 0\n",
		*clock_ns / 1000000, latency);
	*clock_ns += 5000;
}

static int write_log(const char *path, int rsptimes, uint64_t samples)
{
	FILE *out = fopen(path, "w");
	uint64_t clock_ns = 0;

	if (!out)
		return -1;
	while (samples--) {
		if (rsptimes)
			rsptimes_line(out, &clock_ns);
		else
			fio_line(out, &clock_ns);
	}
	return fclose(out);
}

int main(int argc, char **argv)
{
	char path[4096];
	int rsptimes, host, thread, hosts, threads;
	uint64_t samples;

	if (argc != 6) {
		fputs("usage: stats-data rsptimes|fio DIRECTORY SAMPLES HOSTS "
		      "THREADS\n",
		      stderr);
		return 2;
	}
	rsptimes = !strcmp(argv[1], "rsptimes");
	samples = strtoull(argv[3], NULL, 10);
	hosts = atoi(argv[4]);
	threads = atoi(argv[5]);
	for (host = 1; host <= hosts; host++) {
		for (thread = 0; thread < threads; thread++) {
			if (rsptimes)
				snprintf(path, sizeof(path),
					 "%s/rsptimes_%02d_node%d_create_1.csv",
					 argv[2], thread, host);
			else
				snprintf(path, sizeof(path),
					 "%s/create_clat.%d.log.node%d",
					 argv[2], thread + 1, host);
			if (write_log(path, rsptimes,
				      samples / (uint64_t)(hosts * threads))) {
				perror(path);
				return 1;
			}
		}
	}
	return 0;
}
