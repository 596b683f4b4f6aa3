/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The page of `smallfio report`: HTML in one file, which loads no other file.
 */
#ifndef SMALLFIO_PAGE_H
#define SMALLFIO_PAGE_H

#include <stdio.h>

#include "run/run_bundle.h"

void page_begin(FILE *out, size_t runs);

/*
 * Writes a run. Where gnuplot drew no charts, the page says so in their place,
 * and *undrawn is set to the reason (-errno). Returns 0 or -ENOMEM.
 */
int page_run(FILE *out, const struct run_bundle *bundle, int *undrawn);

void page_end(FILE *out);

#endif
