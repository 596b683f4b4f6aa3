// SPDX-License-Identifier: GPL-2.0-only
/*
 * For LD_PRELOAD. The program gets the signal $LATESIGNAL at the moment at
 * which a signal is lost most easily: when the program has decided to wait in
 * ppoll(), but does not wait yet. The signal comes at the second call, because
 * a file system is mounted by then.
 */
#include <dlfcn.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

int ppoll(struct pollfd *fds, nfds_t count, const struct timespec *timeout,
	  const sigset_t *mask)
{
	static int (*real)(struct pollfd *, nfds_t, const struct timespec *,
			   const sigset_t *);
	static int calls;
	const char *number = getenv("LATESIGNAL");

	if (!real)
		*(void **)&real = dlsym(RTLD_NEXT, "ppoll");
	if (++calls == 2 && number)
		kill(getpid(), atoi(number));
	return real(fds, count, timeout, mask);
}
