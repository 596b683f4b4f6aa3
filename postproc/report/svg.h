/* SPDX-License-Identifier: GPL-2.0-only */
/* Draws a chart as SVG. */
#ifndef SMALLFIO_SVG_H
#define SMALLFIO_SVG_H

#include "report/chart.h"

/*
 * Writes an element for a page. It is as wide as the page lets it be, its text
 * keeps its size, and the page's style sheet gives the colours: classes c0 to
 * c5 are lines, h1 to h8 the cells of a map, from few to many.
 */
void svg_in_page(FILE *out, const struct chart *chart);

/* Pixels of a side of a file of its own. */
#define SVG_LEAST 200
#define SVG_MOST  8192

/* Writes a file of its own. `title` NULL: that of the chart. */
void svg_alone(FILE *out, const struct chart *chart, const char *title,
	       unsigned int width, unsigned int height);

/*
 * Makes a PNG of what was written to `svg`, by rsvg-convert. Returns 0, -ENOENT
 * if that is missing, -EBADMSG if it fails, or another -errno.
 */
int svg_to_png(FILE *svg, FILE *png);

#endif
