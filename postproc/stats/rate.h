/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The one place where an amount and a time become a rate (docs/rates.md).
 * fio's times are whole ms: of less than 100 of them nobody can tell a rate.
 */
#ifndef SMALLFIO_RATE_H
#define SMALLFIO_RATE_H

#include <stdint.h>

#define RATE_LEAST_MS 100

/* The amount a second; NAN for less than RATE_LEAST_MS, or for a time of NAN.
 */
long double rate_per_s(long double amount, long double seconds);

/*
 * By what factor there must be more to do, so that something that took
 * `seconds` (NAN: less than fio can tell) takes twice RATE_LEAST_MS: 2, 5, 10,
 * 20, 50, ... 1 where it took long enough.
 */
uint64_t rate_factor(long double seconds);

#endif
