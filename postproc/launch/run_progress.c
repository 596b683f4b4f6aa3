// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fio/progress_message.h"
#include "launch/run_progress.h"

#define TEXT_MAX    512
#define HOSTS_MAX   8 /* that are shown; of more the slowest ones */
#define MINUTE_S    60
#define HOUR_S      3600
#define ALL_PERCENT 100

static size_t phase_named(const struct launch *l, const char *name)
{
	size_t i = 0;

	while (i < l->phases && strcmp(l->phase[i].name, name) != 0)
		i++;
	return i;
}

static struct host_progress *host_named(struct run_progress *p,
					const char *name)
{
	struct host_progress *grown;

	for (size_t i = 0; i < p->hosts; i++)
		if (!strcmp(p->host[i].name, name))
			return &p->host[i];
	grown = reallocarray(p->host, p->hosts + 1, sizeof(*grown));
	if (!grown)
		return NULL;
	p->host = grown;
	grown += p->hosts++;
	*grown = (struct host_progress){ 0 };
	snprintf(grown->name, sizeof(grown->name), "%.*s",
		 (int)sizeof(grown->name) - 1, name);
	return grown;
}

bool run_progress_take(struct run_progress *p, const struct launch *l,
		       const char *line)
{
	struct progress_message message;
	struct host_progress *host;
	size_t phase;

	/* The message has the name that was typed. fio has the host's own. */
	if (*line == '<' && strstr(line, "> "))
		line = strstr(line, "> ") + strlen("> ");
	if (progress_message_parse(&message, line, strlen(line)))
		return false;
	phase = phase_named(l, message.job);
	host = phase < l->phases ? host_named(p, message.host) : NULL;
	if (!host)
		return true; /* of a clean-up, or there is no memory */
	host->phase = phase;
	host->done = message.files_done;
	host->asked =
		message.files_asked > 0 ? (uint64_t)message.files_asked : 0;
	host->per_s = message.end == PROGRESS_GOES_ON ? message.files_per_s : 0;
	return true;
}

/* Hosts that have not spoken of the current phase have done nothing of it. */
struct hosts_progress {
	size_t phase;
	uint64_t done, asked;
	double per_s;
};

static struct hosts_progress add_up(const struct run_progress *p,
				    const struct launch *l)
{
	size_t hosts = l->servers.count ? l->servers.count : 1;
	struct hosts_progress sums = { 0 };

	for (size_t i = 0; i < p->hosts; i++)
		if (p->host[i].phase > sums.phase)
			sums.phase = p->host[i].phase;
	for (size_t i = 0; i < p->hosts; i++) {
		const struct host_progress *host = &p->host[i];

		if (host->phase < sums.phase)
			continue;
		sums.done += host->done;
		sums.per_s += host->per_s;
		/* All hosts do as much. */
		if (host->asked * hosts > sums.asked)
			sums.asked = host->asked * hosts;
	}
	return sums;
}

static unsigned int percent_of(const struct host_progress *host, size_t phase)
{
	return host->phase < phase || !host->asked
		       ? 0
		       : (unsigned int)(host->done * ALL_PERCENT / host->asked);
}

/* Returns the host that comes after `after` if they are sorted by share. */
static size_t next_slowest(const struct run_progress *p, size_t phase,
			   const bool *shown)
{
	size_t best = p->hosts;

	for (size_t i = 0; i < p->hosts; i++)
		if (!shown[i] && (best == p->hosts ||
				  percent_of(&p->host[i], phase) <
					  percent_of(&p->host[best], phase)))
			best = i;
	return best;
}

static void put_hosts(const struct run_progress *p, size_t phase, FILE *out)
{
	bool *shown = calloc(p->hosts, sizeof(*shown));
	bool all = p->hosts <= HOSTS_MAX;

	fputs(all ? "; " : "; slowest: ", out);
	for (size_t n = 0; shown && n < p->hosts && n < HOSTS_MAX; n++) {
		size_t i = all ? n : next_slowest(p, phase, shown);

		shown[i] = true;
		fprintf(out, "%s%s %u %%", n ? ", " : "", p->host[i].name,
			percent_of(&p->host[i], phase));
	}
	free(shown);
}

static void put_left(const struct hosts_progress *sums, FILE *out)
{
	unsigned long long left =
		(unsigned long long)((double)(sums->asked - sums->done) /
				     sums->per_s);

	fputs(", time left ", out);
	if (left >= HOUR_S)
		fprintf(out, "%llu:", left / HOUR_S);
	fprintf(out, "%02llu:%02llu", left % HOUR_S / MINUTE_S,
		left % MINUTE_S);
}

void run_progress_print(const struct run_progress *p, const struct launch *l,
			size_t columns, FILE *out)
{
	struct hosts_progress sums = add_up(p, l);
	char text[TEXT_MAX] = "";
	FILE *line = p->hosts ? fmemopen(text, sizeof(text), "w") : NULL;

	if (!line)
		return;
	fprintf(line, "%s (%zu of %zu): %llu", l->phase[sums.phase].name,
		sums.phase + 1, l->phases, (unsigned long long)sums.done);
	if (sums.asked)
		fprintf(line, " of %llu", (unsigned long long)sums.asked);
	fputs(" files", line);
	if (sums.per_s > 0)
		fprintf(line, ", %.0f files/s", sums.per_s);
	if (sums.asked > sums.done && sums.per_s > 0)
		put_left(&sums, line);
	if (l->servers.count)
		put_hosts(p, sums.phase, line);
	fclose(line);
	fprintf(out, "%.*s", (int)(columns < TEXT_MAX ? columns : TEXT_MAX),
		text);
}

void run_progress_free(struct run_progress *p)
{
	free(p->host);
	*p = (struct run_progress){ 0 };
}
