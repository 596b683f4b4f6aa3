// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cluster/watch.h"
#include "util/shown.h"
#include "util/array.h"

#define NS_PER_S         UINT64_C(1000000000)
#define USUAL_INTERVAL_S 60.0
#define SPARE_S          10.0
/* Messages of a host's threads come together, and become one line. */
#define TOGETHER_NS NS_PER_S

void watch_free(struct watch *w)
{
	for (size_t i = 0; i < w->hosts; i++)
		free(w->host[i].thread);
	free(w->host);
	w->host = NULL;
	w->hosts = 0;
}

uint64_t watch_limit_ns(const struct watch *w)
{
	double interval_s =
		w->interval_s > 0 ? w->interval_s : USUAL_INTERVAL_S;

	if (w->silent_after_ns)
		return w->silent_after_ns;
	return (uint64_t)((2 * interval_s + SPARE_S) * (double)NS_PER_S);
}

/*
 * Whether two names are of the same host. They are if one is the other's first
 * part, as h3 and h3.example, because a server may use the short name.
 */
static bool same_host(const char *a, const char *b)
{
	size_t i = 0;

	while (a[i] && a[i] == b[i])
		i++;
	return (!a[i] && (!b[i] || b[i] == '.')) || (!b[i] && a[i] == '.');
}

static struct watch_host *find_host(struct watch *w, const char *name)
{
	for (size_t i = 0; i < w->hosts; i++)
		if (same_host(w->host[i].name, name))
			return &w->host[i];
	return NULL;
}

static struct watch_host *add_host(struct watch *w, const char *name,
				   uint64_t now_ns)
{
	struct watch_host *more = array_add(&w->host, &w->hosts);

	if (!more)
		return NULL;
	snprintf(more->name, sizeof(more->name), "%s", name);
	more->seen_ns = now_ns;
	return more;
}

int watch_expect(struct watch *w, const char *name, uint64_t now_ns)
{
	if (find_host(w, name))
		return 0;
	return add_host(w, name, now_ns) ? 0 : -ENOMEM;
}

static struct watch_thread *find_thread(struct watch_host *h,
					const struct progress_message *p)
{
	for (size_t i = 0; i < h->threads; i++)
		if (h->thread[i].message.thread == p->thread &&
		    !strcmp(h->thread[i].message.job, p->job))
			return &h->thread[i];
	return array_add(&h->thread, &h->threads);
}

/* What the threads of a host have said since its last line. */
struct host_sum {
	const struct progress_message *stalled;
	const struct progress_message *files; /* of a job with an operation */
	double mib_per_s, files_per_s, p99_ms, max_ms;
	size_t rates, idle; /* messages */
	size_t threads;
	uint64_t errors;
};

static void add_message(struct host_sum *sum, const struct progress_message *p)
{
	sum->threads += p->threads;
	sum->errors += p->errors;
	if (p->kind == PROGRESS_STALLED)
		sum->stalled = p;
	if (p->kind != PROGRESS_RATE) {
		sum->idle++;
		return;
	}
	sum->rates++;
	sum->files = *p->operation ? p : sum->files;
	sum->mib_per_s += p->mib_per_s;
	sum->files_per_s += p->files_per_s;
	sum->p99_ms = p->p99_ms > sum->p99_ms ? p->p99_ms : sum->p99_ms;
	sum->max_ms = p->max_ms > sum->max_ms ? p->max_ms : sum->max_ms;
}

static void print_files(FILE *out, const struct host_sum *sum)
{
	const struct progress_message *p = sum->files;

	fprintf(out, " %s %.1f files/s,", shown(p->operation),
		sum->files_per_s);
	fprintf(out, " %" PRIu64, p->files_done);
	if (p->files_asked >= 0)
		fprintf(out, " of %" PRId64, p->files_asked);
	fputs(" files,", out);
	if (sum->errors)
		fprintf(out, " %" PRIu64 " errors,", sum->errors);
}

/* Prints a line about the threads that have reported since the last line. */
static void print_host(struct watch *w, struct watch_host *h)
{
	struct host_sum sum = { 0 };

	for (size_t i = 0; i < h->threads; i++) {
		if (h->thread[i].fresh)
			add_message(&sum, &h->thread[i].message);
		h->thread[i].fresh = false;
	}
	h->fresh_ns = 0;
	fprintf(w->out, "%s%s:", w->stamp, shown(h->name));
	if (sum.files)
		print_files(w->out, &sum);
	fprintf(w->out, " %.1f MiB/s", sum.mib_per_s);
	/* All threads together have no higher p99 than the worst thread. */
	if (sum.rates)
		fprintf(w->out, ", p99 %s%.3f ms", sum.rates > 1 ? "<= " : "",
			sum.p99_ms);
	if (sum.max_ms > 0)
		fprintf(w->out, ", max %.3f ms", sum.max_ms);
	fprintf(w->out, ", %zu thread%s", sum.threads,
		sum.threads == 1 ? "" : "s");
	if (sum.stalled)
		fprintf(w->out,
			"; STALLED: job %s, thread %02u: a chunk in flight for "
			"%.0f s",
			shown(sum.stalled->job), sum.stalled->thread,
			sum.stalled->oldest_s);
	else if (sum.idle)
		fprintf(w->out, ", %zu idle (no chunk asked for)", sum.idle);
	fputc('\n', w->out);
}

int watch_take(struct watch *w, const struct progress_message *p,
	       uint64_t now_ns)
{
	struct watch_host *h = find_host(w, p->host);
	struct watch_thread *thread;

	if (!h)
		h = add_host(w, p->host, now_ns);
	thread = h ? find_thread(h, p) : NULL;
	if (!thread)
		return -ENOMEM;
	if (h->named_ns)
		fprintf(w->out, "%s%s: reports again after %.0f s\n", w->stamp,
			shown(h->name),
			(double)(now_ns - h->seen_ns) / (double)NS_PER_S);
	if (thread->fresh)
		print_host(w, h);
	thread->message = *p;
	thread->fresh = true;
	h->fresh_ns = h->fresh_ns ? h->fresh_ns : now_ns;
	h->seen_ns = now_ns;
	h->named_ns = 0;
	w->heard = true;
	if (p->end == PROGRESS_GOES_ON && p->interval_s > w->interval_s)
		w->interval_s = p->interval_s;
	return 0;
}

/*
 * Whether a host has to report: it never has, one of its jobs goes on, or all
 * have ended and more are to come.
 */
static bool is_expected(const struct watch_host *h)
{
	size_t last = 0;

	for (size_t i = 0; i < h->threads; i++) {
		if (h->thread[i].message.end == PROGRESS_GOES_ON)
			return true;
		last += h->thread[i].message.end == PROGRESS_LAST;
	}
	return !last;
}

static void check_silence(struct watch *w, struct watch_host *h,
			  uint64_t now_ns)
{
	uint64_t since_ns = h->named_ns ? h->named_ns : h->seen_ns;

	if (!is_expected(h) || now_ns - since_ns < watch_limit_ns(w))
		return;
	h->named_ns = now_ns;
	fprintf(w->out, "%s%s: SILENT for %.0f s%s\n", w->stamp, shown(h->name),
		(double)(now_ns - h->seen_ns) / (double)NS_PER_S,
		h->threads ? "" : ", has not reported yet");
}

void watch_tick(struct watch *w, uint64_t now_ns)
{
	for (size_t i = 0; i < w->hosts; i++) {
		struct watch_host *h = &w->host[i];

		if (h->fresh_ns && now_ns - h->fresh_ns >= TOGETHER_NS)
			print_host(w, h);
		check_silence(w, h, now_ns);
	}
	fflush(w->out);
}

size_t watch_finish(struct watch *w, uint64_t now_ns)
{
	size_t missing = 0;

	for (size_t i = 0; i < w->hosts; i++) {
		struct watch_host *h = &w->host[i];

		if (h->fresh_ns)
			print_host(w, h);
		if (!is_expected(h))
			continue;
		missing++;
		if (h->threads)
			fprintf(w->out,
				"%s%s: has not reported its end; its last "
				"message was %.0f s ago\n",
				w->stamp, shown(h->name),
				(double)(now_ns - h->seen_ns) /
					(double)NS_PER_S);
		else
			fprintf(w->out, "%s%s: has not reported at all\n",
				w->stamp, shown(h->name));
	}
	fflush(w->out);
	return missing;
}
