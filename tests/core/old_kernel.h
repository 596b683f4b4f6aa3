/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TEST_OLD_KERNEL_H
#define TEST_OLD_KERNEL_H

/*
 * With $SMALLFIO_TEST_OLD_KERNEL set, from here on the process is on a kernel
 * that has neither openat2() (Linux 5.6) nor fchmodat2() (6.6): a seccomp
 * filter answers ENOSYS for it.
 */
void old_kernel(void);

#endif
