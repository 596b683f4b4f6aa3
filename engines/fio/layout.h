/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LAYOUT_H
#define LAYOUT_H

#include <stdbool.h>

/*
 * Returns whether the structures of the fio that runs are those of the headers,
 * as far as fio can be asked. layout.c says what is asked, and what cannot be.
 */
bool layout_fits(void);

#endif
