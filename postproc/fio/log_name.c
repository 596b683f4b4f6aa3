// SPDX-License-Identifier: GPL-2.0-only
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fio/log_name.h"
#include "op/operation.h"

#define NUMBER_DIGITS_MAX 9

static const struct {
	const char *text;
	enum log_kind kind;
} kind_suffix[] = {
	{ "_clat_hist", LOG_CLAT_HIST },
	{ "_clat", LOG_CLAT },
	{ "_lat", LOG_LAT },
	{ "_slat", LOG_SLAT },
};
#define KIND_SUFFIXES (sizeof(kind_suffix) / sizeof(*kind_suffix))

static const char *const packed_suffix[] = { "fz", "gz", "zst", "xz", "bz2" };

/* Copies a name. Control characters become '?', for the sake of terminals. */
static void copy(char *to, const char *from, size_t length)
{
	size_t i;

	for (i = 0; i < length; i++) {
		unsigned char c = (unsigned char)from[i];

		to[i] = c < 0x20 || c == 0x7f ? '?' : from[i];
	}
	to[length] = '\0';
}

/*
 * Reads a number of at most NUMBER_DIGITS_MAX digits. Returns the place behind
 * it, or NULL.
 */
static const char *short_number(const char *p, long *number)
{
	const char *start = p;

	*number = 0;
	for (; isdigit((unsigned char)*p); p++) {
		if (p - start == NUMBER_DIGITS_MAX)
			return NULL;
		*number = *number * 10 + (*p - '0');
	}
	return p == start ? NULL : p;
}

static bool is_packed(const char *suffix)
{
	size_t i;

	for (i = 0; i < sizeof(packed_suffix) / sizeof(*packed_suffix); i++) {
		if (!strcmp(suffix, packed_suffix[i]))
			return true;
	}
	return false;
}

/* Reads the name behind KIND: [.N].log[.HOST]. Returns 0 or -ENOENT. */
static int fio_tail(const char *p, struct log_name *name)
{
	name->thread = LOG_THREAD_UNKNOWN;
	name->fio_job = LOG_FIO_JOB_UNKNOWN;
	if (p[0] == '.' && isdigit((unsigned char)p[1])) {
		p = short_number(p + 1, &name->fio_job);
		if (!p)
			return -ENOENT;
	}
	if (strncmp(p, ".log", 4) != 0)
		return -ENOENT;
	p += 4;
	if (!*p) {
		strcpy(name->host, LOG_HOST_LOCAL);
		return 0;
	}
	if (*p != '.' || !p[1] || is_packed(p + 1) || !strncmp(p, ".fz.", 4))
		return -ENOENT;
	copy(name->host, p + 1, strlen(p + 1));
	return 0;
}

static void fio_operation(const char *prefix, size_t length,
			  struct log_name *name)
{
	static const char ours[] = "smallfile-";

	if (length > strlen(ours) && !strncmp(prefix, ours, strlen(ours))) {
		prefix += strlen(ours);
		length -= strlen(ours);
	}
	copy(name->operation, prefix, length);
}

int log_name_fio(const char *base, struct log_name *name)
{
	const char *p;
	size_t i;

	if (strlen(base) > NAME_MAX)
		return -ENOENT;
	for (p = base + strlen(base); p > base; p--) {
		if (*p != '_')
			continue;
		for (i = 0; i < KIND_SUFFIXES; i++) {
			const char *suffix = kind_suffix[i].text;
			size_t n = strlen(suffix);

			if (strncmp(p, suffix, n) != 0 ||
			    fio_tail(p + n, name) != 0)
				continue;
			name->kind = kind_suffix[i].kind;
			name->joined = false;
			name->by_default = false;
			fio_operation(base, (size_t)(p - base), name);
			return 0;
		}
	}
	return -ENOENT;
}

/* Finds the '_' in front of START. NULL: no START stands before `end`. */
static const char *before_start(const char *base, const char *end)
{
	const char *p = end;

	while (p > base &&
	       (isdigit((unsigned char)p[-1]) || p[-1] == '.' || p[-1] == ','))
		p--;
	if (p == end || p == base || p[-1] != '_' ||
	    !isdigit((unsigned char)*p))
		return NULL;
	return p - 1;
}

/*
 * Finds the last ".csv" of a name. It stands at the end, or before something
 * that a collector added: ".HOST", "-HOST", "_HOST" or "@HOST". NULL: none.
 */
static const char *find_csv(const char *base)
{
	const char *found = NULL, *p = base;

	while ((p = strstr(p, ".csv"))) {
		p += 4;
		if (!*p || (strchr("._-@", *p) && p[1] && !is_packed(p + 1)))
			found = p - 4;
	}
	return found;
}

/*
 * All hosts that call themselves localhost are told apart by what the collector
 * put behind the name. In HOST_OP.
 */
static void name_by_collector(struct log_name *name, const char *csv)
{
	const char *suffix = csv + strlen(".csv");
	const char *op = strchr(name->host, '_');
	char joined[2 * sizeof(name->host)];
	int length;

	if (!*suffix || !op || strncmp(name->host, "localhost", 9) != 0 ||
	    (name->host[9] != '_' && name->host[9] != '.'))
		return;
	length = snprintf(joined, sizeof(joined), "%s%s", suffix + 1, op);
	if ((size_t)length < sizeof(name->host))
		copy(name->host, joined, (size_t)length);
}

int log_name_rsptimes(const char *base, struct log_name *name)
{
	static const char head[] = "rsptimes_";
	const char *p, *end, *csv = find_csv(base);

	if (strlen(base) > NAME_MAX || strncmp(base, head, strlen(head)) != 0 ||
	    !csv)
		return -ENOENT;
	name->fio_job = LOG_FIO_JOB_UNKNOWN;
	p = short_number(base + strlen(head), &name->thread);
	end = before_start(base, csv);
	if (!p || *p != '_' || !end || p + 1 >= end)
		return -ENOENT;
	p++;
	copy(name->host, p, (size_t)(end - p));
	name_by_collector(name, csv);
	/* HOST_OP must have something on both sides of a '_'. */
	if (!strchr(name->host + 1, '_') || name->host[0] == '_' ||
	    end[-1] == '_')
		return -ENOENT;
	name->operation[0] = '\0';
	name->kind = LOG_RSPTIMES;
	name->joined = true;
	name->by_default = false;
	return 0;
}

void log_name_default(const char *base, enum log_kind kind,
		      struct log_name *name)
{
	size_t length = strlen(base);
	const char *dot = strrchr(base, '.');

	if (dot && dot > base)
		length = (size_t)(dot - base);
	if (length > NAME_MAX)
		length = NAME_MAX;
	*name = (struct log_name){
		.kind = kind,
		.by_default = true,
		.thread = LOG_THREAD_UNKNOWN,
		.fio_job = LOG_FIO_JOB_UNKNOWN,
		.host = LOG_HOST_LOCAL,
	};
	copy(name->operation, base, length);
}

int log_name_fz(const char *base, struct log_name *name)
{
	static const char packed[] = ".log.fz";
	const char *fz = strstr(base, packed);
	const char *end = fz ? fz + strlen(packed) : NULL;
	char plain[NAME_MAX + 1];

	if (!fz || (*end && *end != '.') || strlen(base) > NAME_MAX)
		return -ENOENT;
	snprintf(plain, sizeof(plain), "%.*s.log%s", (int)(fz - base), base,
		 end);
	return log_name_fio(plain, name);
}

const char *log_name_other(const char *base)
{
	static const char *const rows[][2] = {
		{ "_bw", "bandwidths" },
		{ "_iops", "IOPS" },
	};
	struct log_name unused;
	const char *p;
	size_t i;

	if (strlen(base) > NAME_MAX)
		return NULL;
	for (p = base; *p; p++) {
		for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
			size_t n = strlen(rows[i][0]);

			if (!strncmp(p, rows[i][0], n) &&
			    !fio_tail(p + n, &unused))
				return rows[i][1];
		}
	}
	return NULL;
}

/* How well OP fits, from 0 (not at all) to 3, by log_name_split()'s rules. */
static int fit(const char *op, const char *operation, size_t length)
{
	size_t n = strlen(op);

	if (n == length && !memcmp(op, operation, n))
		return 3;
	if (operation_find(op))
		return 2;
	return n < length && !memcmp(op, operation, n);
}

void log_name_split(struct log_name *name, const char *operation, size_t length)
{
	char *p, *best = strrchr(name->host, '_');
	int best_fit = 0;

	if (!name->joined)
		return;
	name->joined = false;
	/* From the left, so that of equal fits the longest OP wins. */
	for (p = name->host + 1; *p; p++) {
		int f;

		if (*p != '_' || !p[1])
			continue;
		f = fit(p + 1, operation, length);
		if (f > best_fit) {
			best = p;
			best_fit = f;
		}
	}
	if (!best)
		return;
	strcpy(name->operation, best + 1);
	*best = '\0';
}

int log_name_compare(const struct log_name *l, const struct log_name *r)
{
	int order = strcmp(l->operation, r->operation);

	if (!order)
		order = strcmp(l->host, r->host);
	return order ? order
		     : (l->fio_job > r->fio_job) - (l->fio_job < r->fio_job);
}

void log_name_cut_suffix(char *host, const char *suffix)
{
	size_t length = strlen(host), cut;

	if (*suffix == '.')
		suffix++;
	cut = strlen(suffix);
	if (!cut || length < cut + 2 || host[length - cut - 1] != '.' ||
	    strcmp(host + length - cut, suffix) != 0)
		return;
	host[length - cut - 1] = '\0';
}
