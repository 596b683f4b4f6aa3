// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>

#include <jansson.h>
#include <sqlite3.h>
#include <yaml.h>
#ifdef SMALLFIO_ZLIB
#include <zlib.h>
#endif
#ifdef SMALLFIO_ZSTD
#include <zstd.h>
#endif

#include "cli/version.h"
#include <commit.h>

void version_print(void)
{
	puts("smallfio " SMALLFIO_VERSION);
	puts("commit: " SMALLFIO_COMMIT);
	puts("engines built for: " SMALLFIO_ENGINES_FOR);
	printf("libraries: jansson %s, SQLite %s, libyaml %s",
	       jansson_version_str(), sqlite3_libversion(),
	       yaml_get_version_string());
#ifdef SMALLFIO_ZLIB
	printf(", zlib %s", zlibVersion());
#endif
#ifdef SMALLFIO_ZSTD
	printf(", zstd %s", ZSTD_versionString());
#endif
	puts(SMALLFIO_ENGINE_LIBRARIES);
}
