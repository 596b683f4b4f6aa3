/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef VERSION_H
#define VERSION_H

/*
 * Prints the version, the commit that was built, the versions of fio that the
 * engines of this build run in, and the libraries: those of the program as they
 * are now, liburing as it was at build time.
 */
void version_print(void);

#endif
