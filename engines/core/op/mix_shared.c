// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>

#include "op/mix_state.h"

#define LOOK_AGAIN_NS 1000000

int mix_share(struct mix *m, const struct mix_options *o, uint64_t files)
{
	struct mix_files *own;

	m->shared = o->shared;
	if (o->first) {
		own = o->first->files;
	} else if (m->shared) {
		own = mmap(NULL, sizeof(*own), PROT_READ | PROT_WRITE,
			   MAP_ANONYMOUS | MAP_SHARED, -1, 0);
		if (own == MAP_FAILED)
			return -ENOMEM;
	} else {
		own = calloc(1, sizeof(*own));
		if (!own)
			return -ENOMEM;
	}
	m->files = own;
	m->set = own->set;
	own->users++;
	return m->shared && !own->claimed.size
		       ? population_init(&own->claimed, files, true)
		       : 0;
}

/* Whether the number is still as it was when it was drawn. */
static bool as_drawn(const struct mix *m, const struct mix_part *p,
		     uint64_t number, bool there, bool moved)
{
	return population_has(&m->set[p->from], number) == there &&
	       (p->from != OBJECT_FILE ||
		population_has(&m->set[OBJECT_RENAMED], number) == moved);
}

bool mix_claim(struct mix *m, const struct mix_part *p)
{
	struct mix_draw *d = &m->next;

	if (!p->changes && d->before[0] == MIX_NONE)
		return !population_has(&m->files->claimed, d->number);
	if (!population_set(&m->files->claimed, d->number, true))
		return false;
	d->claimed = as_drawn(m, p, d->number, d->there, d->moved);
	if (!d->claimed)
		population_set(&m->files->claimed, d->number, false);
	return d->claimed;
}

void mix_release(struct mix *m, struct request *r)
{
	if (r->claimed)
		population_set(&m->files->claimed, r->drawn, false);
	r->claimed = false;
}

int mix_find_once(struct mix *m, int (*find)(struct mix *, struct failure *),
		  struct failure *f)
{
	const struct timespec moment = { .tv_nsec = LOOK_AGAIN_NS };
	atomic_uint *finding = &m->files->finding;
	unsigned int state = MIX_UNKNOWN;
	int ret;

	if (atomic_compare_exchange_strong(finding, &state, MIX_FINDING)) {
		ret = find(m, f);
		*finding = ret ? MIX_NOT_FOUND : MIX_FOUND;
		return ret;
	}
	while (*finding == MIX_FINDING && !stop_asked(&m->base->stop))
		nanosleep(&moment, NULL);
	if (*finding == MIX_FOUND)
		return 0;
	if (*finding == MIX_FINDING)
		return -ECANCELED;
	return failure_set(f, ECANCELED,
			   "operation=mix: the thread that looks for the files "
			   "of all has failed");
}

bool mix_is_shared(const struct mix *m)
{
	return m->shared;
}

/*
 * Whether an error says that another thread came first. A file that ends too
 * early is being written, or was cut to be written anew. Only our own words say
 * that; an EIO of the file system comes without.
 */
static bool is_conflict(const struct request *r, int error)
{
	switch (error) {
	case -ENOENT:
	case -EEXIST:
	case -ENODATA:
	case -ENOTEMPTY:
	case -ESTALE:
		return true;
	case -EAGAIN:
	case -EIO:
		return r->failure.text[0];
	default:
		return false;
	}
}

/* Whether the request's file is there now, in this tree. */
static bool is_in(struct mix *m, struct request *r, unsigned int part,
		  bool moved)
{
	struct stat st;

	mix_point(m, r, part, r->drawn, moved, false);
	return !r->error && !fstatat(r->at[TREE_SRC].fd, r->at[TREE_SRC].path,
				     &st, AT_SYMLINK_NOFOLLOW);
}

/* Notes what a conflict says of a number that is this thread's alone. */
static void learn(struct mix *m, struct request *r, const struct mix_part *p,
		  int error)
{
	bool moved = r->tree[TREE_SRC] == TREE_DST;
	uint64_t number = r->drawn;

	enum object there =
		p->there && p->makes != OBJECT_ANY ? p->makes : p->from;

	if (error == -EEXIST) {
		population_set(&m->set[there], number, true);
	} else if (error == -ENODATA && p->with != OBJECT_ANY) {
		population_set(&m->set[p->with], number, false);
	} else if (error == -ENOENT && p->there && p->from == OBJECT_FILE) {
		/* It may have gone and come again meanwhile. */
		if (is_in(m, r, p - m->part, !moved))
			population_set(&m->set[OBJECT_RENAMED], number, !moved);
		else if (!is_in(m, r, p - m->part, moved))
			mix_forget_file(m, number);
	} else if (error == -ENOENT && p->there && p->changes) {
		population_set(&m->set[p->from], number, false);
	}
}

bool mix_conflict(struct mix *m, struct request *r, int error)
{
	const struct mix_part *p = (const struct mix_part *)r->worker;
	bool moved = r->tree[TREE_SRC] == TREE_DST;

	if (!error) {
		m->conflicts = 0;
		if (p->changes)
			mix_take_effect(m, p, r->drawn);
		mix_release(m, r);
		return false;
	}
	if (!is_conflict(r, error) || ++m->conflicts > MIX_CONFLICTS_MAX)
		return false;
	/*
	 * If another thread has the number, it knows better. The number may
	 * have changed since, and then it is known how.
	 */
	if (p->operation->unit == UNIT_FILE && !r->claimed &&
	    population_set(&m->files->claimed, r->drawn, true)) {
		r->claimed = true;
		if (!as_drawn(m, p, r->drawn, p->there, moved))
			error = 0;
	}
	if (r->claimed)
		learn(m, r, p, error);
	mix_release(m, r);
	return true;
}
