// SPDX-License-Identifier: GPL-2.0-only
/*
 * Data packed by gzip and by zstd. In whatever pieces the data come and go, the
 * same bytes are unpacked, and nothing is written beyond the buffer.
 */
#include "fuzz.h"
#include "input/unpack.h"

#define OUT_MAX  ((size_t)256 << 10)
#define GUARD    64
#define GUARD_IS 0x5a

struct outcome {
	char *out;
	size_t size;
	bool complete; /* the data may end where they do */
	bool damaged;
	bool full; /* more than OUT_MAX */
};

/*
 * Makes one call, with so much input and so much room. Returns 0, or the reason
 * why it is the last call.
 */
static int step(const struct unpacker *unpacker, void *state,
		struct unpack_buffers *b, size_t in, size_t room,
		struct outcome *o)
{
	struct unpack_buffers part = { b->in, in, b->out, room };
	int ret = unpacker->step(state, &part, &o->complete);

	assert(ret == 0 || ret == -EINVAL);
	assert(part.in == b->in + (in - part.in_left));
	assert(part.out == b->out + (room - part.out_left));
	b->in_left -= (size_t)(part.in - b->in);
	b->in = part.in;
	o->size += (size_t)(part.out - b->out);
	b->out = part.out;
	return ret;
}

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

static void unpack(struct outcome *o, const struct unpacker *unpacker,
		   const uint8_t *data, size_t size, size_t in, size_t room)
{
	struct unpack_buffers b = { .in = (const char *)data, .in_left = size };
	void *state = unpacker->begin();
	size_t before = 0, i;
	uint64_t moved = 1;

	memset(o, 0, sizeof(*o));
	o->out = malloc(OUT_MAX + GUARD);
	assert(state && o->out);
	memset(o->out, GUARD_IS, OUT_MAX + GUARD);
	b.out = o->out;
	/*
	 * The loop ends, because each call takes or gives a byte, or is the
	 * last.
	 */
	while (moved && !o->damaged && o->size < OUT_MAX) {
		size_t left = b.in_left;

		before = o->size;
		o->damaged = step(unpacker, state, &b, least(in, b.in_left),
				  least(room, OUT_MAX - o->size), o) != 0;
		moved = (left - b.in_left) + (o->size - before);
	}
	o->full = o->size == OUT_MAX;
	for (i = OUT_MAX; i < OUT_MAX + GUARD; i++)
		assert(o->out[i] == GUARD_IS);
	unpacker->end(state);
}

static void check(const struct unpacker *unpacker, const uint8_t *data,
		  size_t size)
{
	struct outcome whole, pieces;

	if (!unpacker) /* built without it */
		return;
	unpack(&whole, unpacker, data, size, size, OUT_MAX);
	unpack(&pieces, unpacker, data, size, 1 + size % 7, 1 + size % 100);
	assert(!memcmp(whole.out, pieces.out, least(whole.size, pieces.size)));
	/*
	 * Damage may be noticed sooner or later. libzstd also accepts a window
	 * in one piece that is too large for it in several. So only data that
	 * both ways accept are compared.
	 */
	if (whole.complete && !whole.damaged && !whole.full &&
	    !pieces.damaged) {
		assert(pieces.complete);
		assert(pieces.size == whole.size);
	}
	free(whole.out);
	free(pieces.out);
}

FUZZ(data, size)
{
	if (size > 4096)
		return;
	check(unpack_gzip(), data, size);
	check(unpack_zstd(), data, size);
	check(unpack_utf16(), data, size);
}
