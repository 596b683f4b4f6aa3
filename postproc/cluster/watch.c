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

/* Says once that the watch does not have room for all. */
static int leave_out(struct watch *w, const char *what)
{
	if (!w->left_out)
		fprintf(w->out, "%stoo many %s: some are not watched\n",
			w->stamp, what);
	w->left_out = true;
	return 0;
}

int watch_expect(struct watch *w, const char *name, uint64_t now_ns)
{
	if (find_host(w, name))
		return 0;
	if (w->hosts == WATCH_HOSTS_MAX)
		return leave_out(w, "hosts");
	return add_host(w, name, now_ns) ? 0 : -ENOMEM;
}

static struct watch_thread *find_thread(struct watch_host *h,
					const struct progress_message *p)
{
	for (size_t i = 0; i < h->threads; i++) {
		const struct progress_message *m = &h->thread[i].message;

		if (m->thread == p->thread && !strcmp(m->job, p->job) &&
		    !strcmp(m->operation, p->operation))
			return &h->thread[i];
	}
	return NULL;
}

static void print_files(FILE *out, const struct heartbeat *beat)
{
	fprintf(out, " %s %.1f files/s,", shown(beat->operation),
		beat->units_per_s);
	fprintf(out, " %" PRIu64, beat->files_done);
	if (beat->files_asked >= 0)
		fprintf(out, " of %" PRId64, beat->files_asked);
	fputs(" files,", out);
	if (beat->errors)
		fprintf(out, " %" PRIu64 " errors,", beat->errors);
}

/* Prints a line about a round. `stalled` is a message that says so, or NULL. */
static void print_beat(const struct watch *w, const struct heartbeat *beat,
		       const struct progress_message *stalled)
{
	fprintf(w->out, "%s%s:", w->stamp, shown(beat->host));
	if (strcmp(beat->operation, HEARTBEAT_CHUNKS) != 0)
		print_files(w->out, beat);
	fprintf(w->out, " %.1f MiB/s", beat->mib_per_s);
	/* All threads together have no higher p99 than the worst thread. */
	if (beat->rates)
		fprintf(w->out, ", p99 %s%.3f ms", beat->rates > 1 ? "<= " : "",
			beat->p99_ms);
	if (beat->max_ms > 0)
		fprintf(w->out, ", max %.3f ms", beat->max_ms);
	fprintf(w->out, ", %" PRIu32 " thread%s", beat->threads,
		beat->threads == 1 ? "" : "s");
	if (stalled)
		fprintf(w->out,
			"; STALLED: job %s, thread %02u: a chunk in flight for "
			"%.0f s",
			shown(stalled->job), stalled->thread,
			stalled->oldest_s);
	else if (!strcmp(beat->operation, HEARTBEAT_CHUNKS) &&
		 beat->rates < beat->threads)
		fprintf(w->out, ", %" PRIu32 " idle (no chunk asked for)",
			beat->threads - beat->rates);
	fputc('\n', w->out);
}

static void add_totals(struct watch_totals *totals, const struct heartbeat *b)
{
	totals->units += (double)b->units;
	totals->bytes += (double)b->bytes;
	totals->errors += b->errors;
}

/* Makes a heartbeat of the fresh messages of one operation. */
static void end_operation(struct watch *w, struct watch_host *h, size_t first)
{
	const char *operation = heartbeat_operation(&h->thread[first].message);
	const struct progress_message *stalled = NULL;
	struct heartbeat beat = { .time_ms = h->fresh_ms };

	memcpy(beat.host, h->name, sizeof(beat.host));
	if (h->round.state == HEARTBEAT_ENDED)
		memset(&h->round, 0, sizeof(h->round));
	for (size_t i = first; i < h->threads; i++) {
		struct watch_thread *t = &h->thread[i];

		if (!t->fresh ||
		    strcmp(heartbeat_operation(&t->message), operation) != 0)
			continue;
		t->fresh = false;
		heartbeat_add(&beat, &t->message, t->errors_before);
		heartbeat_add(&h->round, &t->message, t->errors_before);
		if (t->message.kind == PROGRESS_STALLED)
			stalled = &t->message;
	}
	add_totals(&h->totals, &beat);
	if (w->beat)
		w->beat(w->context, &beat);
	if (!w->quiet)
		print_beat(w, &beat, stalled);
}

/* Ends a round: all that the host's threads have said since the last one. */
static void end_round(struct watch *w, struct watch_host *h)
{
	h->fresh_ns = 0;
	memset(&h->round, 0, sizeof(h->round));
	for (size_t i = 0; i < h->threads; i++)
		if (h->thread[i].fresh)
			end_operation(w, h, i);
}

static void end_silence(struct watch *w, struct watch_host *h, uint64_t now_ns)
{
	uint64_t silent_ns = now_ns - h->seen_ns;

	if (!h->named_ns)
		return;
	h->totals.silences++;
	h->totals.silent_ns += silent_ns;
	fprintf(w->out, "%s%s: reports again after %.0f s\n", w->stamp,
		shown(h->name), (double)silent_ns / (double)NS_PER_S);
}

static int take_of_host(struct watch *w, struct watch_host *h,
			const struct progress_message *p, uint64_t now_ns)
{
	struct watch_thread *thread = find_thread(h, p);

	if (!thread && h->threads == WATCH_THREADS_MAX)
		return leave_out(w, "jobs of a host");
	if (!thread)
		thread = array_add(&h->thread, &h->threads);
	if (!thread)
		return -ENOMEM;
	end_silence(w, h, now_ns);
	if (thread->fresh)
		end_round(w, h);
	thread->errors_before = thread->message.errors;
	thread->message = *p;
	thread->fresh = true;
	if (!h->fresh_ns) {
		h->fresh_ns = now_ns;
		h->fresh_ms = w->time_ms;
	}
	h->seen_ns = now_ns;
	h->named_ns = 0;
	w->heard = true;
	if (p->end == PROGRESS_GOES_ON && p->interval_s > w->interval_s)
		w->interval_s = p->interval_s;
	return 0;
}

int watch_take(struct watch *w, const struct progress_message *p,
	       uint64_t now_ns)
{
	struct watch_host *h = find_host(w, p->host);

	if (!h && w->hosts == WATCH_HOSTS_MAX)
		return leave_out(w, "hosts");
	if (!h)
		h = add_host(w, p->host, now_ns);
	return h ? take_of_host(w, h, p, now_ns) : -ENOMEM;
}

void watch_hear(struct watch *w, const char *line, uint64_t now_ns)
{
	char name[PROGRESS_MESSAGE_NAME_MAX];
	size_t length = strcspn(line, ">");
	struct watch_host *h;

	if (*line != '<' || !line[length] || length > sizeof(name))
		return;
	snprintf(name, sizeof(name), "%.*s", (int)length - 1, line + 1);
	h = find_host(w, name);
	if (!h)
		return;
	end_silence(w, h, now_ns);
	h->seen_ns = now_ns;
	h->named_ns = 0;
}

/*
 * It has to report if it never has, if one of its jobs goes on, or if all have
 * ended and more are to come.
 */
bool watch_is_expected(const struct watch_host *h)
{
	size_t last = 0;

	for (size_t i = 0; i < h->threads; i++) {
		if (h->thread[i].message.end == PROGRESS_GOES_ON)
			return true;
		last += h->thread[i].message.end == PROGRESS_LAST;
	}
	return !last;
}

/* The host has been silent since its newest message. */
static void tell_silence(const struct watch *w, const struct watch_host *h,
			 uint64_t now_ns)
{
	struct heartbeat beat = {
		.state = HEARTBEAT_SILENT,
		.time_ms = w->time_ms,
		.interval_s = (double)(now_ns - h->seen_ns) / (double)NS_PER_S,
		.files_asked = -1,
	};

	memcpy(beat.host, h->name, sizeof(beat.host));
	if (w->beat)
		w->beat(w->context, &beat);
}

static void check_silence(struct watch *w, struct watch_host *h,
			  uint64_t now_ns)
{
	uint64_t since_ns = h->named_ns ? h->named_ns : h->seen_ns;

	if (!watch_is_expected(h) || now_ns - since_ns < watch_limit_ns(w))
		return;
	h->named_ns = now_ns;
	tell_silence(w, h, now_ns);
	fprintf(w->out, "%s%s: SILENT for %.0f s%s\n", w->stamp, shown(h->name),
		(double)(now_ns - h->seen_ns) / (double)NS_PER_S,
		h->threads ? "" : ", has not reported yet");
}

void watch_tick(struct watch *w, uint64_t now_ns)
{
	for (size_t i = 0; i < w->hosts; i++) {
		struct watch_host *h = &w->host[i];

		if (h->fresh_ns && now_ns - h->fresh_ns >= TOGETHER_NS)
			end_round(w, h);
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
			end_round(w, h);
		if (!watch_is_expected(h))
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
