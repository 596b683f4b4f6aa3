/* SPDX-License-Identifier: GPL-2.0-only */
/* cmocka.h with what it needs before it. */
#ifndef CORE_CMOCKA_ALL_H
#define CORE_CMOCKA_ALL_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#endif
