// SPDX-License-Identifier: GPL-2.0-only
#include "fuzz_log.h"

FUZZ(data, size)
{
	fuzz_log("create_clat.1.log", data, size);
}
