// SPDX-License-Identifier: GPL-2.0-only
#include <stdarg.h>
#include <stdio.h>

#include "util/failure.h"

int failure_set(struct failure *failure, int code, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vsnprintf(failure->text, sizeof(failure->text), format, ap);
	va_end(ap);
	return -code;
}
