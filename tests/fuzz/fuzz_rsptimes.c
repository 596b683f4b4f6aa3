// SPDX-License-Identifier: GPL-2.0-only
#include "fuzz_log.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_log("rsptimes_01_my_host_delete_renamed_1.5.csv", data, size);
	return 0;
}
