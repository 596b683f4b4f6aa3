/* SPDX-License-Identifier: GPL-2.0-only */
/* cmocka.h with what it needs before it. */
#ifndef SMALLFIO_CMOCKA_ALL_H
#define SMALLFIO_CMOCKA_ALL_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#endif
