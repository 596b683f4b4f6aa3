/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CORE_SYS_H
#define CORE_SYS_H

#include <fcntl.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

/* New in Linux 6.6 and 6.13. The headers and libc may be older. */
#ifndef SYS_fchmodat2
#define SYS_fchmodat2 452
#endif
#ifndef SYS_getxattrat
#define SYS_getxattrat 464
#endif
#ifndef SYS_listxattrat
#define SYS_listxattrat 465
#endif

/*
 * The plain system calls of the measured path that POSIX makes cancellation
 * points. In a process with threads, glibc wraps each in some 30 instructions
 * for pthread_cancel(), which nothing here uses. Results and errno are the
 * same.
 */
static inline int sys_openat(int dir_fd, const char *path, int flags,
			     mode_t mode)
{
	return syscall(SYS_openat, dir_fd, path, flags | O_LARGEFILE, mode);
}

static inline ssize_t sys_read(int fd, void *buffer, size_t bytes)
{
	return syscall(SYS_read, fd, buffer, bytes);
}

static inline ssize_t sys_write(int fd, const void *buffer, size_t bytes)
{
	return syscall(SYS_write, fd, buffer, bytes);
}

static inline int sys_fchmodat2(int dir_fd, const char *path, mode_t mode,
				int flags)
{
	return syscall(SYS_fchmodat2, dir_fd, path, mode, flags);
}

static inline ssize_t sys_getxattrat(int dir_fd, const char *path, int flags,
				     const char *name, void *value, size_t size)
{
	struct {
		uint64_t value;
		uint32_t size;
		uint32_t flags;
	} args = { (uintptr_t)value, size, 0 };

	return syscall(SYS_getxattrat, dir_fd, path, flags, name, &args,
		       sizeof(args));
}

static inline ssize_t sys_listxattrat(int dir_fd, const char *path, int flags,
				      char *names, size_t size)
{
	return syscall(SYS_listxattrat, dir_fd, path, flags, names, size);
}

static inline int sys_close(int fd)
{
	return syscall(SYS_close, fd);
}

#endif
