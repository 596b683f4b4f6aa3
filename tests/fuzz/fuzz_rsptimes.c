// SPDX-License-Identifier: GPL-2.0-only
#include "fuzz_log.h"

FUZZ(data, size)
{
	fuzz_log("rsptimes_01_my_host_delete_renamed_1.5.csv", data, size);
}
