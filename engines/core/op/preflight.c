// SPDX-License-Identifier: GPL-2.0-only
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "op/preflight.h"
#include "util/clock.h"

#define FDS_LOOKED_AT 256
#define ROUNDS        3
#define TCP_LISTEN    0x0a /* as /proc/net/tcp has it */

/*
 * Returns how many files the operation makes, without the trees' directories.
 */
static uint64_t files_made(const struct worker *w)
{
	const struct operation *op = w->operation;

	if (op->before == op->after)
		return 0;
	switch (op->after) {
	case OBJECT_FILE:
		return op->before == OBJECT_NONE ? w->fileset.files : 0;
	case OBJECT_SYMLINK:
	case OBJECT_SWIFT:
	case OBJECT_COPY:
		return w->fileset.files;
	case OBJECT_DIR:
		return w->fileset.files * (1 + w->options.dir_files);
	default:
		return 0;
	}
}

static void add_needs(const struct worker *w, uint64_t block_bytes,
		      struct preflight *p)
{
	uint64_t files = files_made(w) / w->fileset.tops;

	p->need_inodes = files;
	if (w->operation->makes_dirs)
		p->need_inodes += TREE_COUNT * w->fileset.dirs;
	if (w->operation->moves_data && !w->operation->reads)
		p->need_bytes =
			files *
			((filesize_mean(&w->filesize) + block_bytes - 1) /
			 block_bytes * block_bytes);
}

static void fail(struct preflight *p, const char *call)
{
	p->error = errno;
	p->call = call;
}

static void try_file(const char *directory, struct preflight *p)
{
	static const char name[] = "/.smallfio-check-XXXXXX";
	char path[PATH_MAX];
	int fd;

	if (strlen(directory) + sizeof(name) > sizeof(path)) {
		errno = ENAMETOOLONG;
		fail(p, "open");
		return;
	}
	strcpy(path, directory);
	strcat(path, name);
	fd = mkostemp(path, O_CLOEXEC);
	if (fd < 0) {
		fail(p, "open");
		return;
	}
	/* On a full file system the file can be made, but not written. */
	if (write(fd, "\n", 1) != 1)
		fail(p, "write");
	if (close(fd) && !p->error)
		fail(p, "close");
	if (unlink(path) && !p->error)
		fail(p, "unlink");
}

/* A look of the start barrier is such a round. */
static void try_round(const char *directory, struct preflight *p)
{
	int64_t began_ns = clock_steady_ns(), took_ns;

	try_file(directory, p);
	took_ns = clock_steady_ns() - began_ns;
	if (!p->round_ns || took_ns < p->round_ns)
		p->round_ns = took_ns;
}

void preflight_look(const char *directory, const struct worker *w,
		    struct preflight *p)
{
	struct statvfs fs;

	memset(p, 0, sizeof(*p));
	p->call = "";
	if (statvfs(directory, &fs)) {
		fail(p, "statvfs");
		return;
	}
	p->total_bytes = (uint64_t)fs.f_blocks * fs.f_frsize;
	p->free_bytes = (uint64_t)fs.f_bavail * fs.f_frsize;
	p->total_inodes = fs.f_files;
	p->free_inodes = fs.f_favail;
	if (w)
		add_needs(w, fs.f_frsize ? fs.f_frsize : 1, p);
	for (int i = 0; i < (w ? 1 : ROUNDS) && !p->error; i++)
		try_round(directory, p);
	/* That of a top directory is what the job measures. */
	if (w)
		p->round_ns = 0;
}

/* IPv4 addresses are kept as IPv6 has them: ::ffff:192.0.2.1 */
static struct in6_addr mapped(const void *four)
{
	struct in6_addr a = { .s6_addr = { [10] = 0xff, [11] = 0xff } };

	memcpy(&a.s6_addr[12], four, 4);
	return a;
}

static bool is_any(const struct in6_addr *a)
{
	static const unsigned char none[4];

	return IN6_IS_ADDR_UNSPECIFIED(a) ||
	       (IN6_IS_ADDR_V4MAPPED(a) && !memcmp(&a->s6_addr[12], none, 4));
}

/* Where a connection of this process came in. */
struct served {
	struct in6_addr address;
	unsigned int port; /* 0: there is none */
};

static struct served served_here(void)
{
	for (int fd = 3; fd < FDS_LOOKED_AT; fd++) {
		struct sockaddr_in6 six;
		struct sockaddr_in *four = (struct sockaddr_in *)&six;
		socklen_t length = sizeof(six);

		if (getpeername(fd, (struct sockaddr *)&six, &length))
			continue;
		length = sizeof(six);
		if (getsockname(fd, (struct sockaddr *)&six, &length))
			continue;
		if (six.sin6_family == AF_INET)
			return (struct served){ mapped(&four->sin_addr),
						ntohs(four->sin_port) };
		if (six.sin6_family == AF_INET6)
			return (struct served){ six.sin6_addr,
						ntohs(six.sin6_port) };
	}
	return (struct served){ .port = 0 };
}

/*
 * Parses words of 32 bits, each printed as a hexadecimal number: one of IPv4,
 * or four of IPv6.
 */
static int parse_address(const char *hex, struct in6_addr *address)
{
	uint32_t word[4];
	size_t words = strlen(hex) / 8;

	if (strlen(hex) % 8 || (words != 1 && words != 4))
		return -EINVAL;
	for (size_t i = 0; i < words; i++)
		if (sscanf(hex + 8 * i, "%8" SCNx32, &word[i]) != 1)
			return -EINVAL;
	if (words == 1)
		*address = mapped(word);
	else
		memcpy(address, word, sizeof(word));
	return 0;
}

/*
 * Finds the listener of a connection in /proc/self/net/tcp or tcp6. Other
 * programs may listen at other addresses of the same port, so it is the one of
 * the connection's own address, or else one of all addresses. Returns whether
 * it has the connection's own.
 */
static bool find_listener(const char *table, const struct served *served,
			  struct in6_addr *address, bool *found)
{
	FILE *f = fopen(table, "r");
	char line[512], hex[33];
	bool own = false;

	while (f && !own && fgets(line, sizeof(line), f)) {
		struct in6_addr a;
		unsigned int port, state;

		if (sscanf(line, " %*u: %32[0-9A-F]:%4x %*[0-9A-F:] %2x", hex,
			   &port, &state) != 3 ||
		    state != TCP_LISTEN || port != served->port ||
		    parse_address(hex, &a))
			continue;
		own = IN6_ARE_ADDR_EQUAL(&a, &served->address);
		if (!own && (*found || !is_any(&a)))
			continue;
		*address = a;
		*found = true;
	}
	if (f)
		fclose(f);
	return own;
}

void preflight_listens(char text[PREFLIGHT_ADDRESS_MAX])
{
	struct served served = served_here();
	struct in6_addr address;
	bool found = false;

	text[0] = 0;
	if (served.port &&
	    !find_listener("/proc/self/net/tcp", &served, &address, &found))
		find_listener("/proc/self/net/tcp6", &served, &address, &found);
	if (found && IN6_IS_ADDR_V4MAPPED(&address))
		inet_ntop(AF_INET, &address.s6_addr[12], text,
			  PREFLIGHT_ADDRESS_MAX);
	else if (found)
		inet_ntop(AF_INET6, &address, text, PREFLIGHT_ADDRESS_MAX);
}
