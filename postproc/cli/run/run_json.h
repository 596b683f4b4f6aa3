/* SPDX-License-Identifier: GPL-2.0-only */
/* What smallfile 3.2 writes with --output-json. */
#ifndef SMALLFIO_RUN_JSON_H
#define SMALLFIO_RUN_JSON_H

#include "format/result_format.h"
#include "launch/launch.h"

/*
 * Writes the file of one phase: "params" and "results". Returns 0. Errors of
 * writing stay in ferror(out).
 */
int run_json_write(FILE *out, const struct launch *launch,
		   const struct phase *phase, const struct result_page *page);

#endif
