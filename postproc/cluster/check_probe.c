// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netdb.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "cluster/check_probe.h"
#include "util/clock.h"

#define AT_A_TIME       32
#define LONGEST_WAIT_NS INT64_C(500000000) /* so that progress is seen */
#define CONNECT_MS      5000
#define TEXT_MAX        (4u << 20) /* a host that says more is cut off */
#define NS_PER_MS       1000000
#define NS_PER_S        1000000000ll
#define EXIT_NO_HOST    99

/* Tries to connect, for CONNECT_MS at most. Returns 0 or -errno. */
static int try_connect(const struct addrinfo *a)
{
	int fd = socket(a->ai_family, a->ai_socktype | SOCK_NONBLOCK, 0);
	socklen_t size = sizeof(int);
	struct pollfd p = { .fd = fd, .events = POLLOUT };
	int ret = 0;

	if (fd < 0)
		return -errno;
	if (connect(fd, a->ai_addr, a->ai_addrlen) && errno != EINPROGRESS)
		ret = errno;
	else if (poll(&p, 1, CONNECT_MS) != 1)
		ret = ETIMEDOUT;
	else if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &ret, &size))
		ret = errno;
	close(fd);
	return -ret;
}

/*
 * Runs in the child. Returns whether a server answers, and prints at which
 * address and when, or why not.
 */
static bool connects(const struct listed_host *host)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
	char port[16], address[NI_MAXHOST] = "";
	struct addrinfo *found, *a;
	int ret;

	snprintf(port, sizeof(port), "%ld", host->port);
	ret = getaddrinfo(host->name, port, &hints, &found);
	if (ret) {
		printf(CHECK_NO_CONNECT "%s\n", gai_strerror(ret));
		return false;
	}
	for (a = found, ret = -ENOENT; a && ret; a = a->ai_next) {
		getnameinfo(a->ai_addr, a->ai_addrlen, address, sizeof(address),
			    NULL, 0, NI_NUMERICHOST);
		ret = try_connect(a);
	}
	freeaddrinfo(found);
	if (ret)
		printf(CHECK_NO_CONNECT "%s port %s: %s\n", address, port,
		       strerror(-ret));
	else
		printf(CHECK_PEER "%s time_ns=%lld\n", address,
		       (long long)clock_unix_ns());
	return !ret;
}

/*
 * Writes the --client= option of a host. The path of a socket becomes absolute,
 * because fio starts in another directory.
 */
static void name_host(char *client, size_t size, const struct listed_host *host)
{
	char here[PATH_MAX];

	if (host->port)
		snprintf(client, size, "--client=%s", host->typed);
	else if (*host->name == '/' || !getcwd(here, sizeof(here)))
		snprintf(client, size, "--client=sock:%s", host->name);
	else
		snprintf(client, size, "--client=sock:%s/%s", here, host->name);
}

static void be_client(const struct check_probing *p,
		      const struct listed_host *host, int fd)
{
	char client[PATH_MAX + HOST_LIST_NAME_MAX + 64];
	int null = open("/dev/null", O_RDONLY);

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	dup2(null, STDIN_FILENO);
	dup2(fd, STDOUT_FILENO);
	dup2(fd, STDERR_FILENO);
	name_host(client, sizeof(client), host);
	if (chdir(p->directory))
		_exit(EXIT_NO_HOST);
	if (host->port && !connects(host)) {
		fflush(stdout);
		_exit(EXIT_NO_HOST);
	}
	fflush(stdout);
	execlp(p->fio, p->fio, "--eta=never", client, p->job, (char *)NULL);
	printf("smallfio: cannot run %s: %s\n", p->fio, strerror(errno));
	fflush(stdout);
	_exit(EXIT_NO_HOST);
}

static int start(const struct check_probing *p, struct check_probe *probe)
{
	int fds[2];

	if (pipe2(fds, O_CLOEXEC))
		return -errno;
	probe->started_ns = clock_unix_ns();
	probe->deadline_ns = clock_steady_ns() + p->timeout_s * NS_PER_S;
	fflush(NULL);
	probe->pid = fork();
	if (!probe->pid)
		be_client(p, probe->host, fds[1]);
	close(fds[1]);
	probe->fd = fds[0];
	if (probe->pid < 0) {
		int ret = -errno;

		close(fds[0]);
		probe->pid = 0;
		return ret;
	}
	return 0;
}

/*
 * Reads what the child has written so far. 1: more may come. 0: that was all,
 * or reading failed. -ENOMEM.
 */
static int take(struct check_probe *probe)
{
	char buffer[16384];
	ssize_t n = read(probe->fd, buffer, sizeof(buffer));
	char *grown;

	if (n <= 0)
		return n < 0 && errno == EINTR;
	if (probe->size + (size_t)n > TEXT_MAX)
		return 1;
	grown = realloc(probe->text, probe->size + (size_t)n + 1);
	if (!grown)
		return -ENOMEM;
	memcpy(grown + probe->size, buffer, (size_t)n);
	probe->text = grown;
	probe->size += (size_t)n;
	grown[probe->size] = 0;
	if (!probe->line_ns && strstr(grown, CHECK_HOST_LINE))
		probe->line_ns = clock_unix_ns();
	return 1;
}

static void finish(struct check_probe *probe, bool timed_out)
{
	probe->timed_out = timed_out;
	if (timed_out)
		kill(probe->pid, SIGKILL);
	waitpid(probe->pid, &probe->status, 0);
	close(probe->fd);
	probe->pid = 0;
}

/*
 * Waits until a running probe writes, ends or is late, but not for long. Ends
 * the probes that are late. Returns 0 or -errno.
 */
static int attend(struct check_probe *probes, size_t count, size_t *running)
{
	struct pollfd polled[AT_A_TIME];
	struct check_probe *of[AT_A_TIME];
	int64_t now = clock_steady_ns(), next = INT64_MAX;
	nfds_t n = 0;

	for (size_t i = 0; i < count && n < AT_A_TIME; i++) {
		if (!probes[i].pid)
			continue;
		of[n] = &probes[i];
		polled[n++] =
			(struct pollfd){ .fd = probes[i].fd, .events = POLLIN };
		if (probes[i].deadline_ns < next)
			next = probes[i].deadline_ns;
	}
	if (next > now + LONGEST_WAIT_NS)
		next = now + LONGEST_WAIT_NS;
	poll(polled, n, next > now ? (int)((next - now) / NS_PER_MS) + 1 : 0);
	now = clock_steady_ns();
	for (nfds_t i = 0; i < n; i++) {
		int ret = polled[i].revents ? take(of[i]) : 1;

		if (ret < 0)
			return ret;
		if (ret && now < of[i]->deadline_ns)
			continue;
		finish(of[i], ret);
		--*running;
	}
	return 0;
}

int check_probe_all(const struct check_probing *p, struct check_probe *probes,
		    size_t count)
{
	size_t started = 0, running = 0;
	int ret = 0;

	while (!ret && (started < count || running)) {
		if (started < count && running < AT_A_TIME) {
			ret = start(p, &probes[started++]);
			running += !ret;
		} else {
			ret = attend(probes, started, &running);
			if (p->progress)
				p->progress(p->progress_context,
					    started - running, count);
		}
	}
	for (size_t i = 0; i < count; i++) {
		if (probes[i].pid)
			finish(&probes[i], true);
		if (!probes[i].text)
			probes[i].text = strdup("");
		if (!probes[i].text)
			ret = -ENOMEM;
	}
	return ret;
}

void check_probe_free(struct check_probe *probes, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(probes[i].text);
	free(probes);
}
