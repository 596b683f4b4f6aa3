/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LOADER_H
#define LOADER_H

#include <stdbool.h>

struct ioengine_ops;

/*
 * The engine's entry, one for each fio version it was compiled for. Not
 * usable: an entry that every fio refuses (by a wrong interface number), since
 * fio offers an engine no other way to decline.
 */
#ifdef GLUE_OPS /* set by the build when it compiles the glue */
struct ioengine_ops *GLUE_OPS(bool usable);
#endif

#endif
