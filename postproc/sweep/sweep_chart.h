/* SPDX-License-Identifier: GPL-2.0-only */
/* The picture of a sweep over rates. */
#ifndef SMALLFIO_SWEEP_CHART_H
#define SMALLFIO_SWEEP_CHART_H

#include "sweep/sweep.h"

/* The size of the picture, in pixels. */
#define SWEEP_WIDTH  1280
#define SWEEP_HEIGHT 720

/*
 * Writes an SVG of the percentiles of response times, and dashed those of
 * service times, against the rate that was asked for. Returns 0, -ENODATA where
 * fewer than two rates were done, or -ENOMEM.
 */
int sweep_draw(FILE *out, const struct sweep *sweep);

#endif
