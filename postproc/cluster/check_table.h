/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SMALLFIO_CHECK_TABLE_H
#define SMALLFIO_CHECK_TABLE_H

#include <stdio.h>

#include "cluster/check_host.h"

/*
 * Prints a row for each host and directory, then a line for each problem and
 * warning.
 */
void check_table_print(FILE *out, const struct check_host *hosts, size_t count);

#endif
