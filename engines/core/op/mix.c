// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <math.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "op/mix_state.h"
#include "op/op.h"
#include "util/hash64.h"

#define EXAMPLE "mix=create:10,stat:55,read:20,delete:10"
/* Numbers that a draw tries, if others have them or change them. */
#define TRIES 64

/* What a file may have is no object of its own. */
static enum object kind_of(enum object object)
{
	switch (object) {
	case OBJECT_RENAMED:
	case OBJECT_SWIFT:
	case OBJECT_XATTRS:
	case OBJECT_STAMPED:
		return OBJECT_FILE;
	default:
		return object;
	}
}

/* Whether these bits are about a file, and go when it goes. */
static bool is_of_file(enum object object)
{
	return object != OBJECT_FILE && kind_of(object) == OBJECT_FILE;
}

/* Where a file is, its directories are. */
static enum object without_tree(enum object object)
{
	return object == OBJECT_TREE ? OBJECT_FILE : object;
}

/* What a part does to the bits of a number, by the operation's row. */
static void plan(struct mix_part *p, const struct operation *op)
{
	enum object before = without_tree(op->before);
	enum object after = without_tree(op->after);

	p->operation = op;
	p->with = p->makes = p->removes = OBJECT_ANY;
	p->there = before != OBJECT_NONE;
	p->from = kind_of(before);
	if (before == OBJECT_NONE)
		p->from = after == OBJECT_NONE ? OBJECT_FILE : after;
	if (before == OBJECT_ANY)
		p->from = OBJECT_FILE;
	if (is_of_file(before))
		p->with = before;
	if (after == OBJECT_RENAMED)
		p->moves = true;
	else if (after == OBJECT_NONE && p->there)
		p->removes = p->from;
	else if (after == OBJECT_FILE && p->with != OBJECT_ANY)
		p->removes = p->with;
	else if (after != before && after != OBJECT_ANY &&
		 after != OBJECT_NONE && !(after == OBJECT_FILE && p->there))
		p->makes = after;
	p->changes = p->moves || p->makes || p->removes ||
		     (op->moves_data && !op->reads);
}

static int add_part(struct mix *m, const struct operation *op)
{
	plan(&m->part[m->parts], op);
	return m->parts++;
}

/* Why an operation cannot be part of a mix, or NULL. */
static const char *unfit(const struct operation *op)
{
	if (op == &operation_mix)
		return "a mix has no mix in it";
	if (op->removes_dirs)
		return "it removes the files and directories of the others";
	if (op->before == OBJECT_STAMPED)
		return "it waits for what another host makes";
	if (op->before == OBJECT_RENAMED)
		return "in a mix, delete removes renamed files, too";
	if (op->after == OBJECT_CUT || op->after == OBJECT_HOLE)
		return "it takes away what others read";
	if (op->before == OBJECT_COPY)
		return "delete and rename part a file from its copy";
	return NULL;
}

static int add_operation(struct mix *m, const char *name, const char *weight,
			 struct failure *f)
{
	const struct operation *op = operation_find(name);
	double value;
	char *end;

	if (!op)
		return failure_set(f, EINVAL,
				   "mix=: there is no operation \"%s\"; "
				   "expected something like " EXAMPLE,
				   name);
	if (unfit(op))
		return failure_set(f, EINVAL, "mix=: %s cannot be in it: %s",
				   name, unfit(op));
	for (unsigned int i = 0; i < m->parts; i++)
		if (m->part[i].operation == op)
			return failure_set(f, EINVAL, "mix=: %s is in it twice",
					   name);
	value = weight ? strtod(weight, &end) : NAN;
	if (!weight || end == weight || *end || !isfinite(value) || value <= 0)
		return failure_set(f, EINVAL,
				   "mix=: expected %s:WEIGHT with a number "
				   "above 0, as in " EXAMPLE,
				   name);
	if (m->parts == MIX_OPERATIONS_MAX)
		return failure_set(f, EINVAL, "mix=: more than %d operations",
				   MIX_OPERATIONS_MAX);
	m->weight[m->parts] = value;
	add_part(m, op);
	return 0;
}

static int parse(struct mix *m, const char *text, struct failure *f)
{
	char *copy, *rest, *item;
	int ret = 0;

	if (!text || !*text)
		return failure_set(f, EINVAL,
				   "operation=mix needs operations and their "
				   "weights, such as " EXAMPLE);
	copy = rest = strdup(text);
	if (!copy)
		return -ENOMEM;
	while (!ret && (item = strsep(&rest, ","))) {
		char *name = strsep(&item, ":");

		ret = add_operation(m, name, item, f);
	}
	free(copy);
	m->drawn = m->parts;
	return ret;
}

/*
 * Adds the operations that make what others need. The table's first that does
 * is taken.
 */
static void add_makers(struct mix *m)
{
	bool needed[OBJECT_KINDS] = { [OBJECT_FILE] = true };

	for (unsigned int i = 0; i < m->drawn; i++) {
		const struct mix_part *p = &m->part[i];

		needed[p->with] |= p->with != OBJECT_ANY;
		needed[p->from] |= p->there;
	}
	for (int o = 0; o < OBJECT_KINDS; o++) {
		m->maker[o] = MIX_NONE;
		for (unsigned int i = 0; needed[o] && i < operation_count; i++)
			if (operations[i].after == (enum object)o &&
			    operations[i].before != (enum object)o) {
				m->maker[o] = add_part(m, &operations[i]);
				break;
			}
	}
}

/* Makes room for the bits that the parts look at. */
static int make_sets(struct mix *m, const struct mix_options *o)
{
	uint64_t files = m->base->fileset.files;
	int ret = mix_share(m, o, files);

	if (!ret)
		ret = mix_know(m, OBJECT_FILE, files);
	if (!ret)
		ret = mix_know(m, OBJECT_RENAMED, files);
	for (unsigned int i = 0; !ret && i < m->parts; i++) {
		const struct mix_part *p = &m->part[i];

		ret = mix_know(m, p->from, files);
		if (!ret && p->makes != OBJECT_ANY)
			ret = mix_know(m, p->makes, files);
		if (!ret && p->with != OBJECT_ANY)
			ret = mix_know(m, p->with, files);
	}
	return ret;
}

/* What the thread's own worker must be able to do, for any operation. */
static void widen(const struct mix *m)
{
	for (unsigned int i = 0; i < m->parts; i++) {
		const struct operation *op = m->part[i].operation;

		m->base->opcodes |= op->opcodes;
		m->base->async |= i < m->drawn && op->async;
	}
}

static int set_population(struct mix *m, uint64_t asked, struct failure *f)
{
	uint64_t files = m->base->fileset.files;

	m->population = asked ? asked : files - files / 5;
	if (m->population < files)
		return 0;
	return failure_set(f, EINVAL,
			   "population=%llu: files=%llu must be more, because "
			   "new files need numbers",
			   (unsigned long long)m->population,
			   (unsigned long long)files);
}

/* Checks what each operation wants of the options, before anything is made. */
static int check_operations(struct mix *m, struct failure *f)
{
	int ret = 0;

	for (unsigned int i = 0; !ret && i < m->parts; i++) {
		m->part[i].worker.options = m->base->options;
		ret = worker_set_operation(&m->part[i].worker,
					   m->part[i].operation, f);
	}
	return ret;
}

static int set_up(struct mix *m, const struct mix_options *o, struct failure *f)
{
	uint64_t key = hash64_in(hash64(m->base->options.seed), o->thread);
	uint64_t files = m->base->fileset.files;
	int ret = parse(m, o->operations, f);

	if (!ret)
		ret = choice_parse(&m->choice, o->distribution, f);
	if (!ret)
		ret = set_population(m, o->population, f);
	if (ret)
		return ret;
	m->random = hash64_in(key, 1);
	add_makers(m);
	widen(m);
	ret = make_sets(m, o);
	if (!ret)
		ret = choice_init(&m->choice, files, hash64_in(key, 2));
	if (!ret)
		ret = alias_init(&m->shares, m->weight, m->drawn);
	return ret ? ret : check_operations(m, f);
}

int mix_init(struct mix **out, struct worker *w, const struct mix_options *o,
	     struct failure *f)
{
	struct mix *m = calloc(1, sizeof(*m));
	int ret;

	*out = NULL;
	f->text[0] = 0;
	if (!m)
		return -ENOMEM;
	m->base = w;
	ret = set_up(m, o, f);
	if (ret)
		mix_free(m);
	else
		*out = m;
	return ret;
}

void mix_free(struct mix *m)
{
	if (!m)
		return;
	for (unsigned int i = 0; i < m->parts; i++)
		free(m->part[i].worker.attribute_names);
	for (int o = 0; o < OBJECT_KINDS && m->files && !m->shared; o++)
		population_free(&m->set[o]);
	if (!m->shared)
		free(m->files);
	alias_free(&m->shares);
	choice_free(&m->choice);
	free(m);
}

unsigned int mix_operations(const struct mix *m)
{
	return m->drawn;
}

const struct operation *mix_operation(const struct mix *m, unsigned int index)
{
	return m->part[index].operation;
}

const struct mix_found *mix_found(const struct mix *m)
{
	return &m->found;
}

uint64_t mix_mean_bytes(const struct mix *m)
{
	double size = (double)filesize_mean(&m->base->filesize);
	double bytes = 0, sum = 0;

	for (unsigned int i = 0; i < m->drawn; i++) {
		sum += m->weight[i];
		bytes += m->weight[i] *
			 (m->part[i].operation->moves_data ? size : 1);
	}
	return bytes > sum ? (uint64_t)(bytes / sum) : 1;
}

void mix_forget_file(struct mix *m, uint64_t number)
{
	for (int o = 0; o < OBJECT_KINDS; o++)
		if (m->set[o].size && kind_of(o) == OBJECT_FILE)
			population_set(&m->set[o], number, false);
}

static void set(struct mix *m, enum object object, uint64_t number)
{
	if (object != OBJECT_ANY && m->set[object].size)
		population_set(&m->set[object], number, true);
}

/* The file is made anew, in the tree in which it is. */
static void replace(struct mix *m, uint64_t number)
{
	bool moved = population_has(&m->set[OBJECT_RENAMED], number);

	mix_forget_file(m, number);
	population_set(&m->set[OBJECT_RENAMED], number, moved);
}

void mix_take_effect(struct mix *m, const struct mix_part *p, uint64_t number)
{
	/* A create that has removed the file before. */
	if (!p->there && p->from == OBJECT_FILE &&
	    population_has(&m->set[OBJECT_FILE], number))
		replace(m, number);
	if (p->removes == OBJECT_FILE)
		mix_forget_file(m, number);
	else if (p->removes != OBJECT_ANY)
		population_set(&m->set[p->removes], number, false);
	if (p->moves)
		population_set(&m->set[OBJECT_RENAMED], number,
			       !population_has(&m->set[OBJECT_RENAMED],
					       number));
	if (p->makes == OBJECT_ANY)
		return;
	if (p->operation->before == OBJECT_ANY)
		replace(m, number);
	if (kind_of(p->makes) == OBJECT_FILE) {
		set(m, OBJECT_FILE, number);
		if (p->makes != OBJECT_XATTRS)
			choice_note(&m->choice, number);
	}
	set(m, p->makes, number);
}

static uint64_t draw_there(struct mix *m, enum object from)
{
	const struct population *set = &m->set[from];

	return from == OBJECT_FILE ? choice_draw(&m->choice, set, &m->random)
				   : population_draw(set, true, &m->random);
}

/* Notes that a part has to run before, because its object is missing. */
static void before(struct mix *m, enum object object)
{
	struct mix_draw *d = &m->next;

	if (m->maker[object] != MIX_NONE)
		d->before[d->before[0] != MIX_NONE] = m->maker[object];
}

/*
 * Chooses a number that the part can be about, and what has to be made before.
 * Returns false if others leave none.
 */
static bool choose_number(struct mix *m, const struct mix_part *p)
{
	const struct population *from = &m->set[p->from];
	struct mix_draw *d = &m->next;

	d->again = d->claimed = false;
	d->before[0] = d->before[1] = MIX_NONE;
	d->there = p->there ? from->count : from->count >= from->size;
	d->number = d->there ? draw_there(m, p->from)
			     : population_draw(from, false, &m->random);
	if (d->number >= from->size)
		return false;
	if (p->there && !d->there)
		before(m, p->from);
	if (p->with != OBJECT_ANY &&
	    !population_has(&m->set[p->with], d->number))
		before(m, p->with);
	d->moved = p->from == OBJECT_FILE &&
		   population_has(&m->set[OBJECT_RENAMED], d->number);
	if (!p->there)
		d->again = d->there;
	else if (p->makes != OBJECT_ANY && !is_of_file(p->makes))
		d->again = population_has(&m->set[p->makes], d->number);
	return true;
}

/* Draws the number that the part is about, and notes what it does to it. */
static void draw_number(struct mix *m, const struct mix_part *p)
{
	struct mix_draw *d = &m->next;
	bool found = choose_number(m, p);

	for (int i = 0; m->shared && i < TRIES; i++) {
		if (found && (m->hurried || mix_claim(m, p)))
			break;
		found = false;
		if (i + 1 < TRIES)
			found = choose_number(m, p);
	}
	d->lost = !found;
	if (!found)
		d->number = MIX_NO_NUMBER;
	if (m->hurried && p->changes)
		m->files->unknown = true;
	if (m->shared)
		return;
	for (int i = 0; i < 2 && d->before[i] != MIX_NONE; i++)
		mix_take_effect(m, &m->part[d->before[i]], d->number);
	mix_take_effect(m, p, d->number);
}

unsigned int mix_draw(struct mix *m)
{
	unsigned int part = alias_draw(&m->shares, hash64_next(&m->random));

	m->next.part = part;
	draw_number(m, &m->part[part]);
	return part;
}

void mix_redraw(struct mix *m)
{
	if (m->next.lost)
		draw_number(m, &m->part[m->next.part]);
}

bool mix_waits(const struct mix *m)
{
	return m->next.number == MIX_NO_NUMBER;
}

uint64_t mix_number(const struct mix *m)
{
	const struct mix_draw *d = &m->next;

	if (m->shared || (m->part[d->part].operation->unit == UNIT_DIR &&
			  d->before[0] == MIX_NONE))
		return UINT64_MAX;
	return d->number;
}

/*
 * Points a request at a part, a number, and the trees. If the file is in the
 * destination tree, the part finds it there. A part that moves it moves it to
 * the other one; what else a part makes is always in the same tree.
 */
void mix_point(struct mix *m, struct request *r, unsigned int part,
	       uint64_t number, bool moved, bool again)
{
	struct mix_part *p = &m->part[part];
	struct worker *w = &p->worker;
	uint64_t unit = number;

	r->worker = w;
	r->drawn = number;
	r->tree[TREE_SRC] = moved ? TREE_DST : TREE_SRC;
	r->tree[TREE_DST] = moved && p->moves ? TREE_SRC : TREE_DST;
	r->placed_dir = UINT64_MAX;
	if (p->operation->unit == UNIT_DIR) {
		uint64_t file = fileset_file(&w->fileset, number);

		unit = fileset_dir(&w->fileset, file) * w->fileset.tops +
		       fileset_top(&w->fileset, file);
	}
	request_prepare(w, r, unit, again);
}

int mix_make(struct mix *m, struct request *r, unsigned int part,
	     uint64_t number, bool moved)
{
	mix_point(m, r, part, number, moved, false);
	return request_run(r->worker, r);
}

/* After a failure nothing of the number is there, so that all is known. */
static void remove_all(struct mix *m, struct request *r, unsigned int part)
{
	uint64_t number = r->drawn;

	mix_point(m, r, part, number, false, false);
	if (op_cleanup(r->worker, r))
		m->files->unknown = true;
	for (int o = 0; o < OBJECT_KINDS; o++)
		if (m->set[o].size)
			population_set(&m->set[o], number, false);
	m->next.lost |= m->next.number == number && !m->shared;
}

/* Makes what is missing. Returns what request_run() does. */
static int make_before(struct mix *m, struct request *r)
{
	const struct mix_draw *d = &m->next;
	int ret = 0;

	for (int i = 0; i < 2 && !ret && d->before[i] != MIX_NONE; i++) {
		ret = mix_make(m, r, d->before[i], d->number, d->moved);
		if (!ret && m->shared)
			mix_take_effect(m, &m->part[d->before[i]], d->number);
	}
	/* It may be half there. But another host's is whole. */
	if (ret && ret != -EEXIST)
		remove_all(m, r, d->before[0]);
	return ret;
}

void mix_prepare(struct mix *m, struct request *r)
{
	const struct mix_draw *d = &m->next;
	int ret;

	/* At the end this thread goes on beside another one on the number. */
	while (mix_waits(m)) {
		m->hurried = stop_asked(&m->base->stop);
		sched_yield();
		mix_redraw(m);
	}
	r->claimed = d->claimed;
	ret = make_before(m, r);
	mix_point(m, r, d->part, d->number, d->moved, d->again);
	if (ret)
		r->error = ret;
}

/*
 * A part's worker is its first member, so the part follows from the worker.
 */
void mix_failed(struct mix *m, struct request *r, int error)
{
	const struct mix_part *p = (const struct mix_part *)r->worker;
	bool of_file = p->operation->unit != UNIT_DIR;

	/* What was given up may still happen, or not. */
	if (of_file && error == -ECANCELED)
		m->files->unknown = true;
	else if (of_file && p->changes)
		remove_all(m, r, p - m->part);
	else if (of_file && !m->shared && error == -ENOENT)
		mix_forget_file(m, r->drawn);
	mix_release(m, r);
}

/*
 * Has requests find the directories of those trees alone in which there is
 * something to do, because each takes time.
 */
static void choose_trees(struct mix *m)
{
	unsigned int trees = 1u << TREE_SRC;

	for (unsigned int i = 0; i < m->parts; i++)
		trees |= m->part[i].operation->trees;
	/* Renamed files, and links of an earlier mix. */
	for (int o = 0; o < OBJECT_KINDS; o++)
		if (o != OBJECT_FILE && m->set[o].count)
			trees |= 1u << TREE_DST;
	for (unsigned int i = 0; i < m->parts; i++)
		m->part[i].worker.trees = trees;
}

/* Gives each part its worker: a copy of the thread's. */
static int make_workers(struct mix *m, struct failure *f)
{
	int ret = 0;

	for (unsigned int i = 0; !ret && i < m->parts; i++) {
		struct worker *own = &m->part[i].worker;

		free(own->attribute_names);
		*own = *m->base;
		ret = worker_set_operation(own, m->part[i].operation, f);
		own->partial = true;
		/* A number and a file are the same, whatever spread= says. */
		own->fileset.spread = 1;
	}
	return ret;
}

static int fill_failed(const struct request *r, uint64_t files, int error,
		       struct failure *f)
{
	char text[sizeof(f->text)];

	request_describe(r->worker, r, error, text, sizeof(text));
	return failure_set(f, -error, "population=: after %llu files: %.4000s",
			   (unsigned long long)files, text);
}

/* Makes the file of a number that has none. */
static int fill_one(struct mix *m, struct request *r, struct failure *f)
{
	struct population *files = &m->set[OBJECT_FILE];
	uint64_t i;
	int ret;

	do
		i = m->files->at++;
	while (i < files->size && population_has(files, i));
	if (i >= files->size)
		return 0;
	if (stop_asked(&m->base->stop))
		return -ECANCELED;
	ret = mix_make(m, r, m->maker[OBJECT_FILE], i, false);
	/* Another host may have made it. */
	if (ret && !(m->shared && ret == -EEXIST))
		return fill_failed(r, files->count, ret, f);
	population_set(files, i, true);
	choice_note(&m->choice, i);
	return 0;
}

/*
 * Makes files, in the order of their numbers, until there are enough: as many
 * as the threads that share the population do not make.
 */
static int fill(struct mix *m, struct failure *f)
{
	struct request r;
	int ret = request_init(&r, m->base);

	while (!ret && m->files->begun++ < m->files->to_make)
		ret = fill_one(m, &r, f);
	request_free(&r);
	return ret;
}

/* Finds what is there already, and what is to be made. */
static int find(struct mix *m, struct failure *f)
{
	int ret = mix_record_take(m, f);
	uint64_t count;

	m->found.record = ret > 0;
	if (!ret)
		ret = mix_scan(m, f);
	if (ret < 0)
		return ret;
	count = m->set[OBJECT_FILE].count;
	if (!m->found.record && count < m->population)
		m->files->to_make = m->population - count;
	m->found.made = m->files->to_make;
	m->found.files = count + m->found.made;
	return 0;
}

int mix_open(struct mix *m, struct failure *f)
{
	int ret;

	f->text[0] = 0;
	ret = make_workers(m, f);
	for (unsigned int i = 0; !ret && i < m->parts; i++)
		ret = worker_probe(m->base, m->part[i].operation, f);
	if (ret)
		return ret;
	ret = m->shared ? mix_find_once(m, find, f) : find(m, f);
	choose_trees(m);
	if (!ret)
		ret = fill(m, f);
	m->open = !ret;
	return ret;
}

int mix_close(struct mix *m, struct failure *f)
{
	f->text[0] = 0;
	if (!m->open)
		m->files->unknown = true;
	/* The last one writes it. */
	return --m->files->users || m->files->unknown ? 0
						      : mix_record_write(m, f);
}
