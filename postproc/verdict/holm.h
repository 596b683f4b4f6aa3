/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Corrects the p values of many comparisons. The chance of even one false alarm
 * among all of them then stays below the level, however the comparisons depend
 * on each other.
 *   Holm: A Simple Sequentially Rejective Multiple Test Procedure, Scand. J.
 *     Stat. 6 (1979) 65-70.
 */
#ifndef SMALLFIO_HOLM_H
#define SMALLFIO_HOLM_H

#include <stddef.h>

/* Sets adjusted[i] to the corrected p[i]. Returns 0 or -ENOMEM. */
int holm_adjust(const double *p, double *adjusted, size_t n);

#endif
