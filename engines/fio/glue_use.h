/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef GLUE_USE_H
#define GLUE_USE_H

/* How well the version of the fio that runs is that of the glue. */
enum glue_use {
	GLUE_EXACT,
	GLUE_NEAR,     /* a release's glue, after that release */
	GLUE_UNUSABLE, /* another release */
};

#endif
