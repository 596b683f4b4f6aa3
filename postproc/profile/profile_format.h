/* SPDX-License-Identifier: GPL-2.0-only */
/* How a profile is written: as its file, for people, and for programs. */
#ifndef SMALLFIO_PROFILE_FORMAT_H
#define SMALLFIO_PROFILE_FORMAT_H

#include <stdio.h>

#include "util/profile.h"

/*
 * Each writes a profile, which `name` stands for. `against` is one to tell the
 * distances to, or NULL; the file of a profile has none. Return 0 or -errno.
 */
int profile_format_file(FILE *out, const char *name,
			const struct profile *profile,
			const struct profile *against);
int profile_format_text(FILE *out, const char *name,
			const struct profile *profile,
			const struct profile *against);
int profile_format_json(FILE *out, const char *name,
			const struct profile *profile,
			const struct profile *against);

#endif
