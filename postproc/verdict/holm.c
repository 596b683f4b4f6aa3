// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>

#include "verdict/holm.h"

struct ranked {
	double p;
	size_t place;
};

static int compare_p(const void *a, const void *b)
{
	const struct ranked *l = a, *r = b;

	return (l->p > r->p) - (l->p < r->p);
}

int holm_adjust(const double *p, double *adjusted, size_t n)
{
	struct ranked *order = reallocarray(NULL, n + 1, sizeof(*order));
	double largest = 0;
	size_t i;

	if (!order)
		return -ENOMEM;
	for (i = 0; i < n; i++)
		order[i] = (struct ranked){ p[i], i };
	qsort(order, n, sizeof(*order), compare_p);
	for (i = 0; i < n; i++) {
		double value = order[i].p * (double)(n - i);

		if (value > largest)
			largest = value;
		adjusted[order[i].place] = largest < 1 ? largest : 1;
	}
	free(order);
	return 0;
}
