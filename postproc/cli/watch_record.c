// SPDX-License-Identifier: GPL-2.0-only
#include <inttypes.h>
#include <stdio.h>

#include "cli/cli.h"
#include "cli/watch_record.h"
#include "util/clock.h"
#include "util/exit_code.h"
#include "util/number.h"
#include "util/shown.h"

#define COMMAND "watch"
/* A transaction costs a wait for the disk. */
#define WRITE_NS   (5 * NS_PER_S)
#define WRITE_MANY 2000

static int64_t unix_ms(void)
{
	return clock_unix_ns() / 1000000;
}

static void take_beat(void *context, const struct heartbeat *beat)
{
	struct watch_record *r = context;

	/* Without memory the heartbeat is lost, as with a disk that is full. */
	if (soak_add(&r->soak, beat))
		r->soak.lost++;
}

static void tell_begin(const struct watch_record *r, FILE *out)
{
	if (!r->soak.goes_on)
		return;
	fprintf(out,
		"soak %" PRId64 " goes on; its last heartbeat was %" PRId64
		" s ago (another --label begins another one)\n",
		r->soak.soak, (unix_ms() - r->soak.last_ms) / 1000);
	fflush(out);
}

int watch_record_begin(struct watch_record *r, struct watch *w)
{
	struct input_error error = { 0 };
	int ret;

	if (!r->path)
		return 0;
	ret = store_open(&r->store, r->path, STORE_CREATE, &error);
	if (!ret)
		ret = soak_begin(&r->soak, r->store, r->label, &error);
	if (ret) {
		store_close(r->store);
		r->store = NULL;
		return cli_input_failed(COMMAND, &error);
	}
	tell_begin(r, w->out);
	w->beat = take_beat;
	w->context = r;
	return 0;
}

void watch_record_tick(struct watch_record *r, uint64_t now_ns)
{
	struct input_error error = { 0 };

	if (!r->store ||
	    (now_ns - r->written_ns < WRITE_NS && r->soak.count < WRITE_MANY))
		return;
	r->written_ns = now_ns;
	if (!soak_flush(&r->soak, &error)) {
		r->failed = false;
		return;
	}
	if (!r->failed)
		cli_input_failed(COMMAND, &error);
	r->failed = true;
}

int watch_record_end(struct watch_record *r, bool ended)
{
	struct input_error error = { 0 };
	int code = 0;

	if (!r->store)
		return 0;
	if (soak_finish(&r->soak, ended, &error))
		code = cli_input_failed(COMMAND, &error);
	if (r->soak.lost) {
		fprintf(stderr,
			"smallfio watch: %" PRIu64 " heartbeats are not in "
			"the history, which could not be written to\n",
			r->soak.lost);
		code = EXIT_INPUT;
	}
	soak_writer_free(&r->soak);
	store_close(r->store);
	r->store = NULL;
	return code;
}
