/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SMALLFIO_CHECK_FILES_H
#define SMALLFIO_CHECK_FILES_H

#include <stddef.h>

#include "util/notes.h"

/*
 * What fio's client has open: a connection to each host, three standard files,
 * its output, and the job file twice. Two more may come from a shell.
 * docs/many-hosts.md has the commands that show it.
 */
#define CHECK_FILES_EACH   1
#define CHECK_FILES_BESIDE 8

/*
 * Notes it if this process, and what it starts, may not open `each` files for
 * each of so many hosts and `beside` more. fio's client says little of that: it
 * leaves out hosts. Returns 0, or -EMFILE with a note.
 */
int check_files(size_t hosts, size_t each, size_t beside, struct notes *notes);

/* The same, after the soft limit was raised to the hard one if need be. */
int check_files_raise(size_t hosts, size_t each, size_t beside,
		      struct notes *notes);

#endif
