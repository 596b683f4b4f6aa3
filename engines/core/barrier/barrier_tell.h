/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CORE_BARRIER_TELL_H
#define CORE_BARRIER_TELL_H

#include "barrier/barrier_view.h"

/* How many hosts are here. */
struct barrier_count {
	unsigned int hosts;
	unsigned int answered;  /* the latest process has, the last roll call */
	bool twice;             /* two processes of one host have */
	const char *unanswered; /* a host that has not; or NULL */
};

struct barrier_count barrier_count(const struct barrier_report *report,
				   unsigned int call);

/* "2 of 3 hosts are here: a, b; missing: c", and what else is known. */
void barrier_describe(const struct barrier_view *view, char *out, size_t size);

#endif
