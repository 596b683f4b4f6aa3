// SPDX-License-Identifier: GPL-2.0-only
#include <stdbool.h>
#include <string.h>

#include "fio/fio_json_filter.h"
#include "fio/json_indent.h"
#include "fio/json_split.h"

#define DIGITS_MAX 18 /* a number of so many digits fits into 63 bits */

/*
 * A member to keep. `inner` lists the members to keep within its value; NULL:
 * all of it. `inner` may also be `histogram` or `percentiles`, below.
 */
struct keep {
	const char *name;
	size_t length;
	const struct keep *inner;
};

static const struct keep histogram[1];
static const struct keep percentiles[1];

#define KEEP(name, inner)                                                      \
	{                                                                      \
		name, sizeof(name) - 1, inner                                  \
	}

static const struct keep latency[] = {
	KEEP("min", NULL),       KEEP("max", NULL),
	KEEP("mean", NULL),      KEEP("stddev", NULL),
	KEEP("N", NULL),         KEEP("percentile", percentiles),
	KEEP("bins", histogram), { NULL, 0, NULL },
};

static const struct keep side[] = {
	KEEP("io_bytes", NULL),   KEEP("runtime", NULL),
	KEEP("total_ios", NULL),  KEEP("short_ios", NULL),
	KEEP("drop_ios", NULL),   KEEP("slat_ns", latency),
	KEEP("clat_ns", latency), KEEP("lat_ns", latency),
	{ NULL, 0, NULL },
};

/*
 * Mostly three of the four directions and two of the three latencies are idle.
 * An idle one is left out as if it were not there. This is how they look when
 * filtered.
 */
static const char idle_latency[] =
	"{\"min\":0,\"max\":0,\"mean\":0.000000,\"stddev\":0.000000,\"N\":0}";
static const char idle_side[] =
	"{\"io_bytes\":0,\"runtime\":0,\"total_ios\":0,\"short_ios\":0,"
	"\"drop_ios\":0}";

static const struct keep entry[] = {
	KEEP("jobname", NULL),   KEEP("groupid", NULL),
	KEEP("error", NULL),     KEEP("job_start", NULL),
	KEEP("total_err", NULL), KEEP("first_error", NULL),
	KEEP("hostname", NULL),  KEEP("port", NULL),
	KEEP("usr_cpu", NULL),   KEEP("sys_cpu", NULL),
	KEEP("read", side),      KEEP("job options", NULL),
	KEEP("write", side),     KEEP("trim", side),
	KEEP("mixed", side),     { NULL, 0, NULL },
};

struct filter {
	const char *p, *end;
	char *out;
	struct fio_json_bins *found;
	/* Begin and end in `out` of a latency's percentiles; NULL: none. */
	char *printed, *printed_end;
};

static bool value(struct filter *f, const struct keep *inner, bool emit,
		  int depth);

static void put(struct filter *f, bool emit, const char *text, size_t n)
{
	if (!emit)
		return;
	memcpy(f->out, text, n);
	f->out += n;
}

static bool is_space(char c)
{
	return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

/* Moves to the next character that is not white space. Returns 0 at the end. */
static inline char next(struct filter *f)
{
	const char *p = f->p;

	while (p < f->end && is_space(*p))
		p = json_skip_indent(p + 1, f->end);
	f->p = p;
	return p < f->end ? *p : '\0';
}

/* Whether a character of a string stands for itself. */
static bool is_plain(char c)
{
	return c >= ' ' && c != '"' && c != '\\' && c != '\x7f';
}

/* Reads a string with its quotes. */
static bool string(struct filter *f, bool emit)
{
	const char *begin = f->p++;

	while (f->p < f->end && is_plain(*f->p))
		f->p++;
	if (f->p == f->end || *f->p != '"')
		return false;
	f->p++;
	put(f, emit, begin, (size_t)(f->p - begin));
	return true;
}

static size_t digits(struct filter *f)
{
	const char *begin = f->p;

	while (f->p < f->end && *f->p >= '0' && *f->p <= '9')
		f->p++;
	return (size_t)(f->p - begin);
}

/* Reads a number. An exponent is unusual, because fio writes none. */
static bool number(struct filter *f, bool emit)
{
	const char *begin = f->p;
	bool zero;
	size_t n;

	f->p += *f->p == '-';
	zero = f->p < f->end && *f->p == '0';
	n = digits(f);
	if (!n || n > DIGITS_MAX || (zero && n > 1))
		return false;
	if (f->p < f->end && *f->p == '.') {
		f->p++;
		if (!digits(f))
			return false;
	}
	put(f, emit, begin, (size_t)(f->p - begin));
	return true;
}

static bool word(struct filter *f, bool emit, const char *text)
{
	size_t n = strlen(text);

	if ((size_t)(f->end - f->p) < n || memcmp(f->p, text, n) != 0)
		return false;
	put(f, emit, f->p, n);
	f->p += n;
	return true;
}

static const struct keep *find(const struct keep *inner, const char *name,
			       size_t length)
{
	for (; inner->name; inner++) {
		if (inner->length == length &&
		    !memcmp(inner->name, name, length))
			return inner;
	}
	return NULL;
}

/* Reads a whole number of at most DIGITS_MAX digits, 0 or more. */
static bool count(struct filter *f, uint64_t *n)
{
	const char *begin = f->p;

	*n = 0;
	while (f->p < f->end && *f->p >= '0' && *f->p <= '9')
		*n = *n * 10 + (uint64_t)(*f->p++ - '0');
	return f->p > begin && f->p - begin <= DIGITS_MAX &&
	       (*begin != '0' || f->p - begin == 1);
}

static bool punctuation(struct filter *f, char c)
{
	if (next(f) != c)
		return false;
	f->p++;
	return true;
}

/* Reads a bin, such as "14656": 3. */
static bool one_bin(struct filter *f, struct fio_histogram *bins)
{
	uint64_t middle_ns, samples;
	int index;

	if (!punctuation(f, '"') || !count(f, &middle_ns) || f->p == f->end ||
	    *f->p++ != '"' || !punctuation(f, ':'))
		return false;
	next(f);
	if (!count(f, &samples))
		return false;
	index = fio_histogram_index_of_middle(middle_ns);
	/* Bins must ascend, because out of order a bin might occur twice. */
	return index >= 0 &&
	       (!bins->n || bins->bin[bins->n - 1].index < (uint32_t)index) &&
	       !fio_histogram_add(bins, (uint32_t)index, samples);
}

static bool all_bins(struct filter *f, struct fio_histogram *bins)
{
	if (!punctuation(f, '{'))
		return false;
	if (next(f) != '}') {
		do {
			if (!one_bin(f, bins))
				return false;
		} while (punctuation(f, ','));
	}
	return punctuation(f, '}');
}

static bool bins_object(struct filter *f)
{
	struct fio_json_bins *found = f->found;
	const size_t max = sizeof(found->bins) / sizeof(*found->bins);
	char number[2];

	if (found->n == max || !all_bins(f, &found->bins[found->n++]))
		return false;
	number[0] = (char)('0' + (found->n - 1) / 10);
	number[1] = (char)('0' + (found->n - 1) % 10);
	/* JSON has no leading zeros. */
	if (found->n > 10)
		put(f, true, number, 2);
	else
		put(f, true, number + 1, 1);
	return true;
}

/*
 * Drops the percentiles right in front of the bins: with bins nobody needs
 * them.
 */
static void drop_printed(struct filter *f, size_t *kept)
{
	if (!f->printed || f->printed_end != f->out)
		return;
	f->out = f->printed;
	--*kept;
}

static bool is_idle(const struct filter *f, const struct keep *inner,
		    const char *text)
{
	size_t size = (size_t)(f->out - text);

	if (inner == latency)
		return size == sizeof(idle_latency) - 1 &&
		       !memcmp(text, idle_latency, size);
	return inner == side && size == sizeof(idle_side) - 1 &&
	       !memcmp(text, idle_side, size);
}

/* Writes the value of a member that is kept. *idle: it can be left out. */
static bool kept_value(struct filter *f, const struct keep *inner, int depth,
		       bool *idle)
{
	const char *begin = f->out;

	if (inner == histogram)
		return bins_object(f);
	if (!value(f, inner == percentiles ? NULL : inner, true, depth))
		return false;
	*idle = is_idle(f, inner, begin);
	return true;
}

/*
 * Reads a member, and writes it if it is kept. *kept is the number of members
 * of the object that are kept so far.
 */
static bool member(struct filter *f, const struct keep *inner, bool emit,
		   int depth, size_t *kept)
{
	char *begin = f->out;
	const char *name = f->p;
	bool idle = false;
	size_t length;

	if (next(f) != '"' || !string(f, false))
		return false;
	length = (size_t)(f->p - name);
	if (inner && emit) {
		const struct keep *rule = find(inner, name + 1, length - 2);

		emit = rule != NULL;
		inner = rule ? rule->inner : NULL;
	}
	if (next(f) != ':')
		return false;
	f->p++;
	if (!emit)
		return value(f, NULL, false, depth);
	if (inner == histogram) {
		drop_printed(f, kept);
		begin = f->out;
	}
	if (*kept)
		put(f, true, ",", 1);
	put(f, true, name, length);
	put(f, true, ":", 1);
	if (!kept_value(f, inner, depth, &idle))
		return false;
	if (idle)
		f->out = begin;
	else
		++*kept;
	if (inner == percentiles) {
		f->printed = begin;
		f->printed_end = f->out;
	}
	return true;
}

static bool object(struct filter *f, const struct keep *inner, bool emit,
		   int depth)
{
	size_t kept = 0;

	f->printed = NULL;
	f->p++;
	put(f, emit, "{", 1);
	if (next(f) != '}') {
		for (;;) {
			if (next(f) != '"' ||
			    !member(f, inner, emit, depth, &kept))
				return false;
			if (next(f) != ',')
				break;
			f->p++;
		}
	}
	if (next(f) != '}')
		return false;
	f->p++;
	put(f, emit, "}", 1);
	return true;
}

static bool array(struct filter *f, bool emit, int depth)
{
	f->p++;
	put(f, emit, "[", 1);
	if (next(f) != ']') {
		for (;;) {
			if (!value(f, NULL, emit, depth))
				return false;
			if (next(f) != ',')
				break;
			f->p++;
			put(f, emit, ",", 1);
		}
	}
	if (next(f) != ']')
		return false;
	f->p++;
	put(f, emit, "]", 1);
	return true;
}

static bool value(struct filter *f, const struct keep *inner, bool emit,
		  int depth)
{
	if (depth > JSON_DEPTH_MAX)
		return false;
	switch (next(f)) {
	case '{':
		return object(f, inner, emit, depth + 1);
	case '[':
		return array(f, emit, depth + 1);
	case '"':
		return string(f, emit);
	case 't':
		return word(f, emit, "true");
	case 'f':
		return word(f, emit, "false");
	case 'n':
		return word(f, emit, "null");
	case '\0':
		return false;
	default:
		return number(f, emit);
	}
}

size_t fio_json_filter(char *out, const char *text, size_t size,
		       struct fio_json_bins *found)
{
	struct filter f = {
		.p = text,
		.end = text + size,
		.out = out,
		.found = found,
	};

	if (next(&f) != '{' || !value(&f, entry, true, 0) || next(&f) ||
	    f.p != f.end)
		return 0;
	return (size_t)(f.out - out);
}

void fio_json_bins_free(struct fio_json_bins *found)
{
	while (found->n)
		fio_histogram_free(&found->bins[--found->n]);
}
