// SPDX-License-Identifier: GPL-2.0-only
#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <unistd.h>

#include "rig_async.h"

void *rig_real(const char *name)
{
	void *function = dlsym(RTLD_NEXT, name);

	assert_non_null(function);
	return function;
}

#ifdef HAVE_LIBURING

static enum fskind kind(const struct rig *rig)
{
	if (rig->memory)
		return FSKIND_MEMORY;
	return rig->remote ? FSKIND_OTHER : FSKIND_DISK;
}

void rig_async_start(struct rig *rig)
{
	const struct async_options options = {
		.depth = rig->depth,
		.without = rig->without,
		.end_ms = rig->end_ms,
		.fskind = kind(rig),
	};
	int ret = -ENOMEM;

	rig->async = NULL;
	if (!rig->depth || !async_offered(&rig->worker))
		return;
	/*
	 * A user may lock little memory, and programs beside this one use it,
	 * too. The kernel gives it back some time after a ring is closed.
	 */
	for (int tries = 0; ret == -ENOMEM && tries < 600; tries++) {
		if (tries)
			usleep(50000);
		ret = async_init(&rig->async, &rig->worker, &options,
				 &rig->failure);
	}
	scratch_needs_call(ret, rig->failure.text);
	if (ret)
		fail_msg("async_init: %s", rig->failure.text);
}

void rig_async_stop(struct rig *rig)
{
	async_free(rig->async);
	rig->async = NULL;
}

void rig_async_begin(struct rig *rig, unsigned int place, uint64_t unit)
{
	request_prepare(&rig->worker, async_request(rig->async, place), unit,
			false);
	async_start(rig->async, place, unit);
}

/* Copies what tests look at after a request. */
static void take_over(struct request *to, const struct request *from)
{
	to->file = from->file;
	to->dir = from->dir;
	to->top = from->top;
	to->size_bytes = from->size_bytes;
	to->bytes = from->bytes;
	to->records = from->records;
	to->call = from->call;
	to->failure = from->failure;
}

struct request *rig_async_request(struct rig *rig)
{
	return async_request(rig->async, 0);
}

int rig_async_run(struct rig *rig, uint64_t unit)
{
	struct request *r = async_request(rig->async, 0);
	unsigned int place;
	int ret;

	async_start(rig->async, 0, unit);
	assert_ok(async_submit(rig->async));
	assert_int_equal(async_reap(rig->async, 1), 1);
	ret = async_take(rig->async, &place);
	assert_int_equal(place, 0);
	assert_false(async_in_flight(rig->async, unit));
	take_over(&rig->request, r);
	return ret;
}

static void take_one(struct rig *rig, unsigned int *place)
{
	char text[2 * PATH_MAX];
	int ret;

	assert_true(async_reap(rig->async, 1) >= 1);
	ret = async_take(rig->async, place);
	if (!ret)
		return;
	request_describe(&rig->worker, async_request(rig->async, *place), ret,
			 text, sizeof(text));
	fail_msg("in flight: %s", text);
}

void rig_async_all(struct rig *rig)
{
	unsigned int used = 0, place;

	for (uint64_t unit = 0; unit < rig->worker.units; unit++) {
		if (used < rig->depth)
			place = used++;
		else
			take_one(rig, &place);
		rig_async_begin(rig, place, unit);
		assert_ok(async_submit(rig->async));
	}
	while (used--)
		take_one(rig, &place);
}

#endif
