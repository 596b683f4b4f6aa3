// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <string.h>

#include "op/filesize.h"
#include "util/hash64.h"
#include "util/profile.h"

#define KIB 1024u

/*
 * Returns -ln(u) for u uniform in (0, 1]. Only the basic operations are used,
 * which IEEE 754 rounds exactly. libm's log() may differ in the last bit
 * between two hosts, and then a file's size would differ, too.
 *
 * With u = m * 2^-k and m in [1, 2), -ln u = k ln 2 - ln m. ln m = 2 atanh(z),
 * where z = (m - 1) / (m + 1) < 1/3. The series z + z^3/3 + ... is cut where
 * its terms fall below 2^-53.
 */
static double minus_log(uint64_t random)
{
	const double ln2 = 0x1.62e42fefa39efp-1;
	uint64_t bits = random | 1;
	int zeros = __builtin_clzll(bits);
	double m = (double)((bits << zeros) >> 11) * 0x1p-52;
	double z = (m - 1.0) / (m + 1.0);
	double z2 = z * z, power = z, sum = 0.0;

	for (int n = 1; n <= 35; n += 2) {
		sum += power / n;
		power *= z2;
	}
	return (zeros + 1) * ln2 - 2.0 * sum;
}

/*
 * Returns the smallest size that is drawn, in bytes: 1 KiB, or `high` if that
 * is less.
 */
static uint64_t smallest(uint64_t high)
{
	return high < KIB ? high : KIB;
}

static uint64_t exponential(uint64_t high, uint64_t random)
{
	double bytes = minus_log(random) * ((double)high / 8.0);
	uint64_t size = bytes < (double)high ? (uint64_t)bytes : high;

	size = size / KIB * KIB;
	return size ? size : smallest(high);
}

static uint64_t from_table(const struct filesize *fs, uint64_t file)
{
	uint64_t part = permutation_at(&fs->order, file - 1);
	uint64_t rank = distribution_rank(&fs->table, part, fs->order.count);
	uint64_t size =
		distribution_at(&fs->table, rank, hash64_in(fs->key, file));

	return size < fs->high_bytes ? size : fs->high_bytes;
}

uint64_t filesize_drawn(const struct filesize *fs, uint64_t file)
{
	uint64_t span = fs->high_bytes - fs->low_bytes;

	switch (fs->distribution) {
	case FILESIZE_FIXED:
		break;
	case FILESIZE_UNIFORM:
		if (span == UINT64_MAX)
			return hash64_in(fs->key, file);
		return fs->low_bytes + hash64_in(fs->key, file) % (span + 1);
	case FILESIZE_EXPONENTIAL:
		if (!fs->high_bytes)
			return 0;
		return exponential(fs->high_bytes, hash64_in(fs->key, file));
	case FILESIZE_TABLE:
		return from_table(fs, file);
	}
	return fs->high_bytes;
}

uint64_t filesize_mean(const struct filesize *fs)
{
	switch (fs->distribution) {
	case FILESIZE_FIXED:
		break;
	case FILESIZE_UNIFORM:
		return fs->low_bytes + (fs->high_bytes - fs->low_bytes) / 2;
	case FILESIZE_EXPONENTIAL:
		if (fs->high_bytes / 8 < smallest(fs->high_bytes))
			return smallest(fs->high_bytes);
		return fs->high_bytes / 8;
	case FILESIZE_TABLE:
		return (uint64_t)distribution_mean(&fs->table, fs->high_bytes);
	}
	return fs->high_bytes;
}

int filesize_parse(const char *text, enum filesize_distribution *distribution,
		   const char **table, struct failure *f)
{
	static const char *const names[] = {
		[FILESIZE_FIXED] = "fixed",
		[FILESIZE_UNIFORM] = "uniform",
		[FILESIZE_EXPONENTIAL] = "exponential",
	};

	*table = NULL;
	if (!strncmp(text, "table:", 6) && text[6]) {
		*distribution = FILESIZE_TABLE;
		*table = text + 6;
		return 0;
	}
	for (unsigned int i = 0; i < sizeof(names) / sizeof(*names); i++) {
		*distribution = i;
		if (!strcmp(text, names[i]))
			return 0;
	}
	return failure_set(f, EINVAL,
			   "size_distribution=%s: expected fixed, uniform, "
			   "exponential or table:FILE",
			   text);
}

int filesize_read_table(struct filesize *fs, const char *path, uint64_t files,
			struct failure *f)
{
	struct profile profile;
	struct distribution *size = &profile.of[PROFILE_SIZE];
	int ret = profile_read(&profile, path, f);

	if (!ret && !size->rows)
		ret = failure_set(f, EINVAL,
				  "%s: expected lines \"size NUMBER COUNT\", "
				  "found none",
				  path);
	if (!ret) {
		uint64_t largest = size->row[size->rows - 1].high;

		if (!fs->high_bytes || fs->high_bytes > largest)
			fs->high_bytes = largest;
		fs->table = *size;
		memset(size, 0, sizeof(*size));
		permutation_init(&fs->order, files, fs->key);
	}
	profile_free(&profile);
	return ret;
}
