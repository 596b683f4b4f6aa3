// SPDX-License-Identifier: GPL-2.0-only
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "old_kernel.h"
#include "test.h"

#ifndef SYS_fchmodat2
#define SYS_fchmodat2 452
#endif

static bool lacks(int call)
{
	return syscall(call, -1, NULL, NULL, 0) < 0 && errno == ENOSYS;
}

/* QEMU is such a kernel for the programs of another machine. */
static bool is_old(void)
{
	return lacks(SYS_openat2) && lacks(SYS_fchmodat2);
}

void old_kernel(void)
{
	static bool done;
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat2, 1, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_fchmodat2, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog filter = {
		.len = sizeof(code) / sizeof(*code),
		.filter = code,
	};

	if (done || !getenv("SMALLFIO_TEST_OLD_KERNEL") || is_old())
		return;
	assert_ok(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
	assert_ok(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter));
	done = true;
}
