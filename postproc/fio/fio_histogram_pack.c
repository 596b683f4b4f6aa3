// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fio/fio_histogram_pack.h"

#define VERSION      1
#define NUMBER_BYTES 10 /* 64 bits in groups of 7 */
#define HEAD_NUMBERS 6
#define BYTES_MAX    (NUMBER_BYTES * (HEAD_NUMBERS + 2 * FIO_HISTOGRAM_BINS))

static unsigned char *put(unsigned char *p, uint64_t value)
{
	for (; value >= 128; value >>= 7)
		*p++ = (unsigned char)(value | 128);
	*p++ = (unsigned char)value;
	return p;
}

static int take(const unsigned char **p, const unsigned char *end,
		uint64_t *value)
{
	unsigned int shift = 0;

	*value = 0;
	for (; *p < end && shift < 64; shift += 7) {
		unsigned char c = *(*p)++;

		if (shift == 63 && c > 1)
			return -EINVAL;
		*value |= (uint64_t)(c & 127) << shift;
		if (!(c & 128))
			return 0;
	}
	return -EINVAL;
}

int fio_histogram_pack(const struct fio_histogram *bins, unsigned char **data,
		       size_t *size)
{
	unsigned char packed[BYTES_MAX], *p = packed;
	uint32_t last = 0;
	size_t i;

	p = put(p, VERSION);
	p = put(p, bins->coarseness);
	p = put(p, bins->extremes_known);
	if (bins->extremes_known) {
		p = put(p, bins->min_ns);
		p = put(p, bins->max_ns);
	}
	p = put(p, bins->n);
	for (i = 0; i < bins->n; i++) {
		p = put(p, bins->bin[i].index - last);
		p = put(p, bins->bin[i].count);
		last = bins->bin[i].index;
	}
	*size = (size_t)(p - packed);
	*data = malloc(*size);
	if (!*data)
		return -ENOMEM;
	memcpy(*data, packed, *size);
	return 0;
}

static int take_bin(struct fio_histogram *bins, const unsigned char **p,
		    const unsigned char *end, uint64_t *index)
{
	uint64_t step, count;

	if (take(p, end, &step) || take(p, end, &count) || !count ||
	    (bins->n && !step) || step >= FIO_HISTOGRAM_BINS)
		return -EINVAL;
	*index += step;
	if (*index >= FIO_HISTOGRAM_BINS || *index % (1u << bins->coarseness) ||
	    count > INT64_MAX - bins->samples)
		return -EINVAL;
	bins->bin[bins->n++] = (struct fio_histogram_bin){
		.index = (uint32_t)*index,
		.count = count,
	};
	bins->samples += count;
	return 0;
}

/* Unpacks into `bins`, which has room for FIO_HISTOGRAM_BINS. */
static int unpack(struct fio_histogram *bins, const unsigned char *data,
		  size_t size)
{
	const unsigned char *p = data, *end = data + size;
	uint64_t version, coarseness, known, min = 0, max = 0, n, index = 0;
	int ret = 0;

	if (take(&p, end, &version) || version != VERSION ||
	    take(&p, end, &coarseness) ||
	    coarseness > FIO_HISTOGRAM_COARSENESS_MAX ||
	    take(&p, end, &known) || known > 1)
		return -EINVAL;
	if (known && (take(&p, end, &min) || take(&p, end, &max) || min > max))
		return -EINVAL;
	if (take(&p, end, &n) || n > FIO_HISTOGRAM_BINS)
		return -EINVAL;
	bins->coarseness = (unsigned int)coarseness;
	for (; n && !ret; n--)
		ret = take_bin(bins, &p, end, &index);
	if (!ret && p != end)
		ret = -EINVAL;
	if (!ret && known)
		fio_histogram_extremes(bins, min, max);
	return ret;
}

int fio_histogram_unpack(struct fio_histogram *bins, const unsigned char *data,
			 size_t size)
{
	struct fio_histogram_bin bin[FIO_HISTOGRAM_BINS];
	struct fio_histogram packed = { .bin = bin };
	int ret = unpack(&packed, data, size);

	return ret ? ret : fio_histogram_merge(bins, &packed);
}
