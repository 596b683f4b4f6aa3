// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "run/pace.h"
#include "stats/fairness.h"
#include "util/array.h"

#define HOSTS_NAMED   3
#define LEAST_SHARE   0.99L
#define SPREADS       3
#define UNITS_AT_MOST 1e18L

struct pace pace_of(const struct phase *phase)
{
	const struct scope *all = &phase->cluster;
	struct pace pace = { .asked_per_s = NAN,
			     .reached_per_s = all->whole.units_per_s,
			     .kept = true };
	long double due, least;

	if (!phase->asked.rate)
		return pace;
	pace.asked_per_s =
		(long double)phase->asked.rate * (long double)all->threads;
	due = pace.asked_per_s * all->elapsed_s;
	if (isnan(pace.reached_per_s) || !(due < UNITS_AT_MOST))
		return pace;
	least = LEAST_SHARE * due - SPREADS * sqrtl(due) -
		(long double)all->threads;
	pace.kept = (long double)all->units >= least;
	if (all->requested != RESULT_UNKNOWN &&
	    due > (long double)all->requested)
		due = (long double)all->requested;
	if (!pace.kept && due > (long double)all->units)
		pace.behind = (uint64_t)due - all->units;
	return pace;
}

int pace_find_slowness(struct slowness *slow, const struct phase *phase)
{
	size_t n = phase->threads;
	long double *score, median = NAN;
	int ret;

	*slow = (struct slowness){ .threads = n };
	slow->times = calloc(2 * n + 1, sizeof(*slow->times));
	slow->straggles = calloc(n + 1, sizeof(*slow->straggles));
	if (!slow->times || !slow->straggles)
		return -ENOMEM;
	score = slow->times + n;
	for (size_t i = 0; i < n; i++)
		slow->times[i] = phase->thread[i].elapsed_s /
				 (long double)phase->thread[i].units;
	ret = fairness_scores(slow->times, n, score, &median);
	for (size_t i = 0; i < n && !ret; i++) {
		slow->straggles[i] =
			slow->times[i] > median &&
			fairness_is_outlier(slow->times[i], score[i], median);
		slow->stragglers += slow->straggles[i];
		slow->times[i] /= median;
	}
	return ret;
}

void pace_free_slowness(struct slowness *slow)
{
	free(slow->times);
	free(slow->straggles);
}

/* A host with stragglers: in how many phases, and how late the latest was. */
struct late_host {
	const char *host;
	const struct phase *last;
	size_t phases;
	long double worst;
};

struct late_hosts {
	struct late_host *host;
	size_t count;
};

static int add_late(struct late_hosts *late, const struct phase *phase,
		    const char *host, long double times)
{
	struct late_host *found = NULL;

	for (size_t i = 0; i < late->count && !found; i++)
		if (!strcmp(late->host[i].host, host))
			found = &late->host[i];
	if (!found) {
		found = array_add(&late->host, &late->count);
		if (!found)
			return -ENOMEM;
		found->host = host;
	}
	found->phases += found->last != phase;
	found->last = phase;
	if (times > found->worst)
		found->worst = times;
	return 0;
}

static int add_stragglers(struct late_hosts *late, const struct phase *phase)
{
	struct slowness slow;
	int ret = pace_find_slowness(&slow, phase);

	for (size_t i = 0; i < slow.threads && !ret; i++)
		if (slow.straggles[i])
			ret = add_late(late, phase, phase->thread[i].host,
				       slow.times[i]);
	pace_free_slowness(&slow);
	return ret;
}

/* The host that is late most often comes first. */
static int compare_late(const void *a, const void *b)
{
	const struct late_host *l = a, *r = b;

	if (l->phases != r->phases)
		return l->phases < r->phases ? 1 : -1;
	return (l->worst < r->worst) - (l->worst > r->worst);
}

static void name_hosts(FILE *out, const struct late_hosts *late,
		       void (*put)(FILE *out, const char *name))
{
	for (size_t i = 0; i < late->count && i < HOSTS_NAMED; i++) {
		const struct late_host *host = &late->host[i];

		fputs(i ? "; " : "", out);
		put(out, host->host);
		fprintf(out,
			" in %zu operation%s, with up to %.1Lf times the "
			"median's time",
			host->phases, host->phases > 1 ? "s" : "", host->worst);
	}
	if (late->count > HOSTS_NAMED)
		fprintf(out, "; and %zu hosts more", late->count - HOSTS_NAMED);
}

int pace_stragglers_text(char **text, const struct result *result,
			 void (*put)(FILE *out, const char *name))
{
	struct late_hosts late = { 0 };
	size_t size;
	FILE *out;
	int ret = 0;

	*text = NULL;
	out = open_memstream(text, &size);
	if (!out)
		return -ENOMEM;
	for (size_t i = 0; i < result->phases && !ret; i++)
		ret = add_stragglers(&late, &result->phase[i]);
	if (!ret && late.count) {
		qsort(late.host, late.count, sizeof(*late.host), compare_late);
		name_hosts(out, &late, put);
	}
	free(late.host);
	return fclose(out) ? -ENOMEM : ret;
}
