// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fio/fio_percentiles.h"
#include "util/array.h"

int fio_percentiles_add(struct fio_percentiles *list, const char *name,
			uint64_t ns)
{
	struct fio_percentile *added;
	char *end;
	long double percent = strtold(name, &end);

	if (*name < '0' || *name > '9' || *end || !(percent <= 100))
		return -EINVAL;
	added = array_add(&list->p, &list->n);
	if (!added)
		return -ENOMEM;
	added->e9 = (uint64_t)llroundl(percent * 1e9L);
	added->ns = ns;
	return 0;
}

int fio_percentiles_copy(struct fio_percentiles *to,
			 const struct fio_percentiles *from)
{
	to->p = calloc(from->n + 1, sizeof(*to->p));
	if (!to->p)
		return -ENOMEM;
	if (from->n)
		memcpy(to->p, from->p, from->n * sizeof(*to->p));
	to->n = from->n;
	return 0;
}

struct bounded fio_percentiles_find(const struct fio_percentiles *list,
				    uint64_t percent_e9)
{
	size_t i;

	for (i = 0; i < list->n; i++) {
		uint64_t ns = list->p[i].ns, high;
		uint32_t bin = fio_histogram_index(ns);

		if (list->p[i].e9 != percent_e9)
			continue;
		high = fio_histogram_high_ns(bin, 0);
		return (struct bounded){
			.value_ns = ns,
			.low_ns = fio_histogram_low_ns(bin),
			.high_ns = high == UINT64_MAX ? INFINITY
						      : (long double)high,
		};
	}
	return (struct bounded){ NAN, NAN, NAN };
}

void fio_percentiles_free(struct fio_percentiles *list)
{
	free(list->p);
	memset(list, 0, sizeof(*list));
}
