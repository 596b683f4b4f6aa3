/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Latency histograms as fio keeps them: bins whose width grows with the value,
 * 64 to each power of two, so that a bin is at most 1/64 of its lower bound
 * wide. fio's bin i holds, in ns,
 *   i < 128:  exactly the value i
 *   else:     [(64 + i % 64) << e, ((64 + i % 64 + 1) << e) - 1], e = i / 64 -
 * 1 and the last one, from 2^34 - 2^27 (17.0 s) on, everything above, too.
 * (fio's stat.c, plat_val_to_idx(), versions 3.0 and later.)
 *
 * A histogram log may have its bins in groups of 2^coarseness: such a group
 * goes by the index of its first bin.
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

/* A sparse histogram. All zeros is an empty one; free with
 * fio_histogram_free(). */
struct fio_histogram {
	struct fio_histogram_bin *bin; /* ascending by index */
	size_t n, capacity;
	unsigned int coarseness;
	uint64_t samples; /* sum of the counts */
	/*
	 * The extremes of the samples, where known: they narrow the bounds of
	 * what is computed. Set by fio_histogram_extremes().
	 */
	bool extremes_known;
	uint64_t min_ns, max_ns;
};

/* A value known to lie between two bounds, both included. In ns. */
struct bounded {
	long double value_ns;
	long double low_ns, high_ns; /* high: infinity in the last bin */
};

/* The bin of a value. */
uint32_t fio_histogram_index(uint64_t ns);

/* Bounds of a bin, both included; UINT64_MAX above the last bin. */
uint64_t fio_histogram_low_ns(uint32_t index);
uint64_t fio_histogram_high_ns(uint32_t index, unsigned int coarseness);

/*
 * The bin whose middle fio prints as `ns` (JSON+ names bins so), or -EINVAL if
 * no bin has that middle.
 */
int fio_histogram_index_of_middle(uint64_t ns);

/*
 * Adds `count` samples to the bin `index`. Cheap in ascending order. 0,
 * -ENOMEM, -ERANGE (no such bin, or not the first of its group), or -EOVERFLOW
 * for a sum above 2^63 - 1.
 */
int fio_histogram_add(struct fio_histogram *bins, uint32_t index,
		      uint64_t count);

/* The extremes; call when all is added. Ignored for no samples. */
void fio_histogram_extremes(struct fio_histogram *bins, uint64_t min_ns,
			    uint64_t max_ns);

/*
 * Adds all samples of `from`. The sum is as coarse as the coarser of the two.
 * The extremes of the sum are known if those of both are. Errors as
 * fio_histogram_add(); `to` is unusable then.
 */
int fio_histogram_merge(struct fio_histogram *to,
			const struct fio_histogram *from);

/*
 * The percentile of the samples behind the histogram, by linear interpolation
 * between closest ranks as run_percentile() does it. The bounds are those of
 * the two bins that the ranks fall into, interpolated in the same way: the
 * percentile of the samples themselves always lies between them. The value
 * takes the samples of a bin to be evenly spread. NaN for no samples.
 */
struct bounded fio_histogram_percentile(const struct fio_histogram *bins,
					uint64_t percent_e9);

void fio_histogram_free(struct fio_histogram *bins);

#endif
