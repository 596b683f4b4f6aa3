/* SPDX-License-Identifier: GPL-2.0-only */
/* cmocka.h, and the headers that it needs first. */
#ifndef CORE_CMOCKA_ALL_H
#define CORE_CMOCKA_ALL_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#endif
