/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Many comparisons at once: p values corrected so that the chance of even one
 * false alarm among all of them keeps below the level that they are held
 * against, whatever they have to do with each other.
 *   Holm: A Simple Sequentially Rejective Multiple Test Procedure, Scand. J.
 *     Stat. 6 (1979) 65-70.
 */
#ifndef SMALLFIO_HOLM_H
#define SMALLFIO_HOLM_H

#include <stddef.h>

/* adjusted[i] for p[i]; 0 or -ENOMEM. */
int holm_adjust(const double *p, double *adjusted, size_t n);

#endif
