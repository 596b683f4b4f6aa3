/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Formats of other programs, for the figures of several subcommands. Each is a
 * row here and a function in a file of its own.
 *
 * Names of operations and hosts come from elsewhere. Each format escapes them
 * by its own rules, after shown() has made them one line without control
 * characters.
 */
#ifndef SMALLFIO_EXPORT_H
#define SMALLFIO_EXPORT_H

#include <stdio.h>

#include "export/points.h"

/* Returns 0 or -ENOMEM. Errors of writing stay in ferror(out). */
typedef int export_write(FILE *out, const struct points *points);

/* Source: the specification of OpenMetrics 1.0; also read by node_exporter. */
export_write export_openmetrics;
/* Source: the reference of InfluxDB's line protocol. */
export_write export_influx;
/* Source: Go's proposal 14313, "benchmark data format". */
export_write export_benchstat;
/* Arrays that the action github-action-benchmark reads with these tools. */
export_write export_bigger_is_better, export_smaller_is_better;

/*
 * Rows for a table of formats whose structs have name, help, a writer of their
 * own, and one of these.
 */
#define EXPORT_ROWS                                                            \
	{ "openmetrics", "metrics for Prometheus and node_exporter", NULL,     \
	  export_openmetrics },                                                \
		{ "influx", "line protocol of InfluxDB, with tags", NULL,      \
		  export_influx },                                             \
		{ "benchstat", "benchmark lines of Go, for benchstat", NULL,   \
		  export_benchstat },                                          \
		{ "github-action-benchmark-bigger",                            \
		  "customBiggerIsBetter of that action: rates", NULL,          \
		  export_bigger_is_better },                                   \
	{                                                                      \
		"github-action-benchmark-smaller",                             \
			"customSmallerIsBetter of that action: latencies",     \
			NULL, export_smaller_is_better                         \
	}
#define EXPORT_NAMES                                                           \
	"openmetrics, influx, benchstat,\n"                                    \
	"github-action-benchmark-bigger, github-action-benchmark-smaller"

#endif
