/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Latency histograms as fio keeps them. The width of the bins grows with the
 * value. Each power of two has 64 bins, so a bin is at most 1/64 of its lower
 * bound wide. With e = i / 64 - 1, fio's bin i holds these values, in ns:
 *   i < 128:  exactly i
 *   else:     from (64 + i % 64) << e to ((64 + i % 64 + 1) << e) - 1
 * The last bin, from 2^34 - 2^27 (17.0 s) on, holds everything above, too.
 * (fio's stat.c, plat_val_to_idx(), versions 3.0 and later.)
 *
 * A histogram log may have its bins in groups of 2^coarseness. The index of
 * such a group is that of its first bin.
 */
#ifndef SMALLFIO_FIO_HISTOGRAM_H
#define SMALLFIO_FIO_HISTOGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FIO_HISTOGRAM_BINS           1856 /* 29 groups of 64 */
#define FIO_HISTOGRAM_COARSENESS_MAX 6

struct fio_histogram_bin {
	uint32_t index;
	uint64_t count; /* above 0 */
};

/*
 * A sparse histogram. All zeros is an empty histogram. The owner frees it with
 * fio_histogram_free().
 */
struct fio_histogram {
	struct fio_histogram_bin *bin; /* ascending by index */
	size_t n;
	unsigned int coarseness;
	uint64_t samples; /* sum of the counts */
	/*
	 * The extremes of the samples, if they are known. They narrow the
	 * bounds of percentiles. fio_histogram_extremes() sets them.
	 */
	bool extremes_known;
	uint64_t min_ns, max_ns;
};

/* A value in ns that is known to lie between two bounds, both included. */
struct bounded {
	long double value_ns;
	long double low_ns, high_ns; /* high: infinity in the last bin */
};

/* The index of the bin that a value falls into. */
uint32_t fio_histogram_index(uint64_t ns);

/*
 * Bounds of a bin, or of a group of bins, both included. The last bin has the
 * upper bound UINT64_MAX.
 */
uint64_t fio_histogram_low_ns(uint32_t index);
uint64_t fio_histogram_high_ns(uint32_t index, unsigned int coarseness);

/*
 * Returns the bin whose middle fio prints as `ns`, which is how JSON+ names
 * bins. -EINVAL: no bin has that middle.
 */
int fio_histogram_index_of_middle(uint64_t ns);

/*
 * Adds `count` samples to the bin `index`. Ascending order is cheapest. Returns
 * 0, -ENOMEM, -ERANGE (no such bin, or not the first of its group), or
 * -EOVERFLOW for a sum above 2^63 - 1.
 */
int fio_histogram_add(struct fio_histogram *bins, uint32_t index,
		      uint64_t count);

/*
 * Sets the extremes. Must be called when all samples are added. Does nothing
 * without samples.
 */
void fio_histogram_extremes(struct fio_histogram *bins, uint64_t min_ns,
			    uint64_t max_ns);

/*
 * Adds all samples of `from` to `to`. The sum is as coarse as the coarser of
 * the two. Its extremes are known if those of both are. Errors are those of
 * fio_histogram_add(); after an error `to` is unusable.
 */
int fio_histogram_merge(struct fio_histogram *to,
			const struct fio_histogram *from);

/*
 * A percentile of the samples that were counted, by linear interpolation
 * between closest ranks, as sample_set_percentiles() does it. The value assumes
 * that the samples of a bin are evenly spread. The bounds are those of the two
 * bins that the ranks fall into, interpolated in the same way. So the
 * percentile of the samples themselves always lies between the bounds. NaN
 * without samples.
 */
struct bounded fio_histogram_percentile(const struct fio_histogram *bins,
					uint64_t percent_e9);

void fio_histogram_free(struct fio_histogram *bins);

#endif
