// SPDX-License-Identifier: GPL-2.0-only
/* Chooses among the inputs: each file once, and one log for each job. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "input/inputs.h"

static int compare_files(const void *a, const void *b)
{
	const struct input *l = *(const struct input *const *)a;
	const struct input *r = *(const struct input *const *)b;

	if (l->stat.st_dev != r->stat.st_dev)
		return l->stat.st_dev < r->stat.st_dev ? -1 : 1;
	if (l->stat.st_ino != r->stat.st_ino)
		return l->stat.st_ino < r->stat.st_ino ? -1 : 1;
	return l < r ? -1 : l > r; /* in the order they were named */
}

static void drop(struct input *input)
{
	free(input->path);
	source_close(input->source);
	input->path = NULL;
}

static void drop_file(struct input *input, const char *first,
		      struct notes *notes)
{
	if (!strcmp(input->path, first))
		notes_add(notes, "%s was named twice, read once", first);
	else
		notes_add(notes, "%s is the same file as %s, read once",
			  input->path, first);
	drop(input);
}

static int drop_same(struct input *input, size_t *count, struct notes *notes,
		     struct input_error *error)
{
	struct input **order;
	size_t i, first = 0, kept = 0;

	order = reallocarray(NULL, *count + 1, sizeof(struct input *));
	if (!order)
		return input_error_no_memory(error);
	for (i = 0; i < *count; i++)
		order[i] = &input[i];
	qsort(order, *count, sizeof(*order), compare_files);
	for (i = 1; i < *count; i++) {
		if (order[i]->stat.st_ino == order[first]->stat.st_ino &&
		    order[i]->stat.st_dev == order[first]->stat.st_dev)
			drop_file(order[i], order[first]->path, notes);
		else
			first = i;
	}
	for (i = 0; i < *count; i++) {
		if (input[i].path)
			input[kept++] = input[i];
	}
	*count = kept;
	free(order);
	return 0;
}

/*
 * Returns the first kind with a log that is not empty, else the first with a
 * log.
 */
static enum log_kind best_kind(const struct inputs *inputs)
{
	uint64_t bytes[LOG_KINDS] = { 0 }, logs[LOG_KINDS] = { 0 };
	enum log_kind kind;
	size_t i;

	for (i = 0; i < inputs->count; i++) {
		bytes[inputs->input[i].name.kind] +=
			inputs_size(&inputs->input[i]);
		logs[inputs->input[i].name.kind]++;
	}
	for (kind = LOG_CLAT; kind <= LOG_CLAT_HIST; kind++) {
		if (bytes[kind])
			return kind;
	}
	for (kind = LOG_CLAT; kind <= LOG_CLAT_HIST; kind++) {
		if (logs[kind])
			return kind;
	}
	return LOG_KINDS;
}

/* Compares fio's logs by operation, host and job. */
static int compare_names(const void *a, const void *b)
{
	return log_name_compare(&(*(const struct input *const *)a)->name,
				&(*(const struct input *const *)b)->name);
}

/*
 * Notes each log with samples that is not of `kind` and has no log of `kind`
 * beside it. Leaving such a log out loses operations.
 */
static void note_alone(struct inputs *inputs, enum log_kind kind,
		       struct notes *notes)
{
	struct input **kept, *input = inputs->input;
	size_t i, count = 0;

	kept = reallocarray(NULL, inputs->count, sizeof(struct input *));
	if (!kept)
		return;
	for (i = 0; i < inputs->count; i++) {
		if (input[i].name.kind == kind)
			kept[count++] = &input[i];
	}
	qsort(kept, count, sizeof(*kept), compare_names);
	for (i = 0; i < inputs->count; i++) {
		const struct input *key = &input[i];

		if (key->name.kind == kind || key->name.kind >= LOG_RSPTIMES ||
		    !inputs_size(key))
			continue;
		if (!bsearch(&key, kept, count, sizeof(*kept), compare_names))
			notes_add(notes, "left out, has no %s log: %s",
				  inputs_kind_name(kind), key->path);
	}
	free(kept);
}

void inputs_choose(struct inputs *inputs, enum log_kind kind,
		   struct notes *notes)
{
	enum log_kind found = best_kind(inputs);
	size_t i, kept = 0;

	if (found == LOG_KINDS)
		return;
	if (kind == LOG_KINDS) {
		kind = found;
		if (kind != LOG_CLAT)
			notes_add(notes,
				  "no clat logs with samples: the statistics "
				  "are of fio's %s logs%s",
				  inputs_kind_name(kind),
				  kind == LOG_CLAT_HIST
					  ? ", which lack what came after the "
					    "last full log_hist_msec"
					  : "");
	}
	note_alone(inputs, kind, notes);
	for (i = 0; i < inputs->count; i++) {
		struct input *input = &inputs->input[i];

		if (input->name.kind == kind ||
		    input->name.kind >= LOG_RSPTIMES)
			inputs->input[kept++] = *input;
		else
			drop(input);
	}
	inputs->count = kept;
}

void inputs_drop_histograms(struct inputs *inputs, struct notes *notes)
{
	size_t i, kept = 0;

	for (i = 0; i < inputs->count; i++) {
		struct input *input = &inputs->input[i];

		if (input->name.kind == LOG_CLAT_HIST)
			drop(input);
		else
			inputs->input[kept++] = *input;
	}
	if (kept < inputs->count)
		notes_add(notes,
			  "left out %zu histogram logs: they do not say when "
			  "an operation ended",
			  inputs->count - kept);
	inputs->count = kept;
}

/* Returns true if the error is about the content of a log. */
static bool is_of_content(enum input_code code)
{
	switch (code) {
	case INPUT_UNREADABLE:
	case INPUT_COMPRESSED:
	case INPUT_DAMAGED:
	case INPUT_TRUNCATED:
	case INPUT_LINE_TOO_LONG:
	case INPUT_NOT_A_NUMBER:
	case INPUT_NEGATIVE:
	case INPUT_OVERFLOW:
	case INPUT_COLUMNS:
	case INPUT_DIRECTION:
	case INPUT_OPERATION:
	case INPUT_AVERAGED:
	case INPUT_OLD:
		return true;
	default:
		return false;
	}
}

static void note_useless(size_t count, const struct input_error *error,
			 struct notes *notes)
{
	const char *path = error->path ? error->path : "";
	const char *s = count == 1 ? "" : "s";

	if (error->code == INPUT_AVERAGED)
		notes_add(notes,
			  "left out %zu log%s, of averages (log_avg_msec=) and "
			  "not of operations: %s; fio's JSON is read instead",
			  count, s, path);
	else if (error->line)
		notes_add(notes,
			  "left out %zu log%s, for one is of no use: "
			  "%s:%llu:%u: %s; fio's JSON is read instead",
			  count, s, path, (unsigned long long)error->line,
			  error->column, error->message);
	else
		notes_add(notes,
			  "left out %zu log%s, for one is of no use: "
			  "%s: %s; fio's JSON is read instead",
			  count, s, path, error->message);
}

static bool has_stream(const struct inputs *inputs)
{
	for (size_t i = 0; i < inputs->count; i++)
		if (inputs->input[i].source)
			return true;
	return false;
}

static bool is_left_out(const struct inputs *inputs, const char *operation)
{
	for (size_t i = 0; i < inputs->left_out.count; i++)
		if (!strcmp(inputs->left_out.text[i], operation))
			return true;
	return false;
}

static void leave_out(struct inputs *inputs, const char *operation)
{
	if (!is_left_out(inputs, operation))
		notes_add(&inputs->left_out, "%s", operation);
}

/*
 * Drops the logs of all operations that are left out. Returns how many logs it
 * dropped.
 */
static size_t drop_left_out(struct inputs *inputs)
{
	size_t i, kept = 0, before = inputs->count;

	for (i = 0; i < before; i++) {
		struct input *input = &inputs->input[i];

		if (is_left_out(inputs, input->name.operation))
			drop(input);
		else
			inputs->input[kept++] = *input;
	}
	inputs->count = kept;
	return before - kept;
}

/* Finds the operations of whose logs the error says that they are of no use. */
static void find_useless(struct inputs *inputs, const struct input_error *error)
{
	bool found = false, stream = has_stream(inputs);

	for (size_t i = 0; i < inputs->count; i++) {
		const struct input *input = &inputs->input[i];

		if (error->path && !strcmp(input->path, error->path))
			found = true;
		else if (!stream && (error->code != INPUT_AVERAGED ||
				     !input->proof.averages))
			continue;
		leave_out(inputs, input->name.operation);
	}
	for (size_t i = 0; i < inputs->count && !found; i++)
		leave_out(inputs, inputs->input[i].name.operation);
}

bool inputs_drop_useless(struct inputs *inputs, const struct input_error *error,
			 struct notes *notes)
{
	size_t before = inputs->count;
	struct notes path = { 0 };
	struct input_error kept = *error;

	if (!inputs->json_count || !before || !is_of_content(error->code))
		return false;
	/* The error's path is that of an input, which is dropped. */
	if (error->path)
		notes_add(&path, "%s", error->path);
	kept.path = path.count ? path.text[0] : NULL;
	find_useless(inputs, error);
	note_useless(drop_left_out(inputs), &kept, notes);
	notes_free(&path);
	return inputs->count < before;
}

/* Reports logs that cannot be opened, as an error or as notes. */
static int settle_useless(struct inputs *inputs, struct notes *notes,
			  struct input_error *error)
{
	for (size_t i = 0; i < inputs->useless_count; i++) {
		struct useless_log *log = &inputs->useless[i];
		size_t count = 1;

		log->error.path = log->path;
		if (!inputs->json_count) {
			*error = log->error;
			return -EINVAL;
		}
		/* One note tells of all of an operation. */
		if (is_left_out(inputs, log->name.operation))
			continue;
		for (size_t k = i + 1; k < inputs->useless_count; k++)
			count += !strcmp(inputs->useless[k].name.operation,
					 log->name.operation);
		leave_out(inputs, log->name.operation);
		note_useless(count + drop_left_out(inputs), &log->error, notes);
	}
	return 0;
}

int inputs_finish(struct inputs *inputs, struct notes *notes,
		  struct input_error *error)
{
	int ret = drop_same(inputs->input, &inputs->count, notes, error);

	if (!ret)
		ret = drop_same(inputs->json, &inputs->json_count, notes,
				error);
	return ret ? ret : settle_useless(inputs, notes, error);
}
