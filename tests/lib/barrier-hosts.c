// SPDX-License-Identifier: GPL-2.0-only
/*
 *	barrier-hosts HOSTS ABSENT TIMEOUT ARRIVE_MS DIRECTORY...
 *
 * HOSTS processes stand for hosts that meet at one start barrier, without fio.
 * The i-th one sees it by the i-th of the directories, in turn. They arrive at
 * random within ARRIVE_MS. The last ABSENT of them never come. Prints one line:
 *
 *	open NUMBER failed NUMBER wait_ms X spread_ms X end_ms X unnamed NUMBER
 *
 * wait_ms is from the last arrival to the first start, and spread_ms from the
 * first start to the last. end_ms is how long after its time the last host that
 * failed ended. `unnamed` hosts failed and did not name an absent one.
 */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <signal.h>
#include <unistd.h>

#include "barrier/barrier.h"
#include "util/clock.h"

#define NAME_BYTES 16
#define RUN_S      2

struct slot {
	int ret;
	int64_t arrived_ns, ended_ns, late_ns;
	bool named;
	char text[300];
};

static struct {
	struct slot slot[BARRIER_HOSTS_MAX];
	atomic_uint ready;
	atomic_bool go;
} * board;

static unsigned int hosts, absent, timeout_s, arrive_ms;
static char *expected;

static bool never(void *arg)
{
	return false;
}

static void be_host(unsigned int i, const char *directory)
{
	char name[NAME_BYTES], missing[NAME_BYTES];
	struct slot *slot = &board->slot[i];
	struct failure f = { "" };
	struct barrier g = {
		.directory = directory,
		.section = "section-0",
		.host = name,
		.hosts = hosts,
		.timeout_s = timeout_s,
		.expected = expected,
		.stop = { never, NULL },
	};

	snprintf(name, sizeof(name), "h%04u", i);
	srand48(getpid());
	board->ready++;
	while (!board->go)
		usleep(1000);
	usleep((useconds_t)(drand48() * arrive_ms * 1000));
	slot->arrived_ns = clock_steady_ns();
	slot->ret = barrier_wait_directory(&g, &f);
	slot->ended_ns = clock_steady_ns();
	slot->late_ns = slot->ended_ns - slot->arrived_ns -
			timeout_s * INT64_C(1000000000);
	snprintf(missing, sizeof(missing), "h%04u", hosts - 1);
	slot->named = strstr(f.text, missing);
	snprintf(slot->text, sizeof(slot->text), "%s", f.text);
	if (slot->ret)
		_exit(0);
	/* A run. Without it, the first would leave while others start. */
	sleep(RUN_S);
	barrier_remove(&g);
	_exit(0);
}

static void name_all(void)
{
	expected = malloc(hosts * NAME_BYTES);
	for (unsigned int i = 0, n = 0; expected && i < hosts; i++)
		n += (unsigned int)sprintf(expected + n, "%sh%04u",
					   i ? ":" : "", i);
}

static void report(void)
{
	int64_t arrived = 0, first = INT64_MAX, last = 0, late = 0;
	unsigned int failed = 0, unnamed = 0;
	const char *text = "";

	for (unsigned int i = 0; i < hosts - absent; i++) {
		const struct slot *s = &board->slot[i];

		if (s->arrived_ns > arrived)
			arrived = s->arrived_ns;
		if (s->ret) {
			failed++;
			unnamed += !s->named;
			text = s->text;
			late = s->late_ns > late ? s->late_ns : late;
			continue;
		}
		first = s->ended_ns < first ? s->ended_ns : first;
		last = s->ended_ns > last ? s->ended_ns : last;
	}
	if (failed)
		first = last = arrived;
	printf("open %u failed %u wait_ms %.1f spread_ms %.1f end_ms %.1f "
	       "unnamed %u\n",
	       hosts - absent - failed, failed,
	       (double)(first - arrived) * 1e-6, (double)(last - first) * 1e-6,
	       (double)late * 1e-6, unnamed);
	if (failed)
		printf("# %s\n", text);
}

int main(int argc, char **argv)
{
	if (argc < 6)
		return 2;
	hosts = (unsigned int)atoi(argv[1]);
	absent = (unsigned int)atoi(argv[2]);
	timeout_s = (unsigned int)atoi(argv[3]);
	arrive_ms = (unsigned int)atoi(argv[4]);
	if (!hosts || hosts > BARRIER_HOSTS_MAX || absent >= hosts)
		return 2;
	board = mmap(NULL, sizeof(*board), PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	name_all();
	if (board == MAP_FAILED || !expected)
		return 1;
	for (unsigned int i = 0; i < hosts - absent; i++) {
		pid_t pid = fork();

		if (!pid) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			be_host(i, argv[5 + (int)i % (argc - 5)]);
		}
		if (pid < 0)
			return 1;
	}
	while (board->ready < hosts - absent)
		usleep(1000);
	board->go = true;
	while (wait(NULL) > 0)
		;
	report();
	return 0;
}
