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

/* Returns the port at which a connection of this process came in, or 0. */
static unsigned int served_port(void)
{
	for (int fd = 3; fd < FDS_LOOKED_AT; fd++) {
		struct sockaddr_in6 address; /* larger than IPv4's */
		socklen_t length = sizeof(address);

		if (getpeername(fd, (struct sockaddr *)&address, &length))
			continue;
		length = sizeof(address);
		if (getsockname(fd, (struct sockaddr *)&address, &length))
			continue;
		/* IPv4 has its port at the same place. */
		if (address.sin6_family == AF_INET ||
		    address.sin6_family == AF_INET6)
			return ntohs(address.sin6_port);
	}
	return 0;
}

/* Parses words of 32 bits, each printed as a hexadecimal number. */
static int parse_address(const char *hex, unsigned int words, void *binary)
{
	for (unsigned int i = 0; i < words; i++) {
		uint32_t word;

		if (sscanf(hex + 8 * i, "%8" SCNx32, &word) != 1)
			return -EINVAL;
		memcpy((char *)binary + 4 * i, &word, sizeof(word));
	}
	return 0;
}

/* Finds the address that listens at a port, in /proc/self/net/tcp or tcp6. */
static bool find_listener(const char *table, int family, unsigned int port,
			  char *address)
{
	FILE *f = fopen(table, "r");
	char line[512], hex[33];
	struct in6_addr binary;
	bool found = false;

	while (f && !found && fgets(line, sizeof(line), f)) {
		unsigned int at_port, state;

		if (sscanf(line, " %*u: %32[0-9A-F]:%4x %*[0-9A-F:] %2x", hex,
			   &at_port, &state) == 3)
			found = state == TCP_LISTEN && at_port == port &&
				strlen(hex) == (family == AF_INET ? 8 : 32);
	}
	if (f)
		fclose(f);
	return found &&
	       !parse_address(hex, family == AF_INET ? 1 : 4, &binary) &&
	       inet_ntop(family, &binary, address, PREFLIGHT_ADDRESS_MAX);
}

void preflight_listens(char address[PREFLIGHT_ADDRESS_MAX])
{
	unsigned int port = served_port();

	address[0] = 0;
	if (port &&
	    !find_listener("/proc/self/net/tcp", AF_INET, port, address))
		find_listener("/proc/self/net/tcp6", AF_INET6, port, address);
}
