/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The one place where an amount and a time become a rate (docs/rates.md).
 * fio's times are whole ms, so a time below 100 ms is too coarse for a rate.
 */
#ifndef SMALLFIO_RATE_H
#define SMALLFIO_RATE_H

#include <stdint.h>

#define RATE_LEAST_MS 100

/*
 * The amount a second. NAN for a time below RATE_LEAST_MS, and for a time of
 * NAN.
 */
long double rate_per_s(long double amount, long double seconds);

/*
 * How many times as much work is needed, so that work that took `seconds` will
 * take at least twice RATE_LEAST_MS: 2, 5, 10, 20, 50, ... Returns 1 where the
 * work took RATE_LEAST_MS or longer. NAN means less than fio can tell.
 */
uint64_t rate_factor(long double seconds);

#endif
