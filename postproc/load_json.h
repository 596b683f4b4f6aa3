/* SPDX-License-Identifier: GPL-2.0-only */
/* The histograms of fio's JSON+ as series, where there are no logs. */
#ifndef SMALLFIO_LOAD_JSON_H
#define SMALLFIO_LOAD_JSON_H

#include "inputs.h"
#include "load.h"

/*
 * Adds a series for each job and direction of inputs->json: of the latency
 * `kind`, or with LOG_KINDS of the first of clat, lat, slat that has samples.
 * JSON without histograms is INPUT_NO_BINS, --time-interval INPUT_CLOCKS. 0 or
 * -errno with *error filled in.
 */
int load_json(const struct inputs *inputs, const struct load_options *options,
	      struct series_list *list, struct input_error *error);

#endif
