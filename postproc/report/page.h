/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The page of `smallfio report`: HTML in one file, which loads no other file.
 * Everything in it can be read without its script.
 */
#ifndef SMALLFIO_PAGE_H
#define SMALLFIO_PAGE_H

#include <stdio.h>

#include "run/run_bundle.h"

/*
 * Writes the page of some runs. A bundle need not come from files: without
 * phases in its result there is no verdict, and without a time series there are
 * no charts over time, and the page says so. Returns 0 or -ENOMEM.
 */
int page_write(FILE *out, const struct run_bundle *run, size_t runs);

/* What the operation's units are called: "files". */
const char *page_unit(const struct run_bundle *run, size_t runs,
		      const char *operation);

#endif
