/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TEST_OLD_KERNEL_H
#define TEST_OLD_KERNEL_H

/*
 * With $SMALLFIO_TEST_OLD_KERNEL set, the process is from here on as on a
 * kernel that has neither openat2() (Linux 5.6) nor fchmodat2() (6.6). A
 * seccomp filter answers ENOSYS for both.
 */
void old_kernel(void);

#endif
