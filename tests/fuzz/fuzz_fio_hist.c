// SPDX-License-Identifier: GPL-2.0-only
#include "fuzz_log.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_log("create_clat_hist.1.log", data, size);
	return 0;
}
