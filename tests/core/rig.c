// SPDX-License-Identifier: GPL-2.0-only
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include "rig.h"
#include "rig_async.h"

static unsigned int from_environment(const char *name)
{
	const char *text = getenv(name);

	return text ? strtoul(text, NULL, 0) : 0;
}

static void set_defaults(struct worker_options *o, const char *directory)
{
	o->layout = scratch_layout(directory);
	o->layout.files = 20;
	o->layout.files_per_dir = 3;
	o->layout.dirs_per_dir = 3;
	o->file_size_low_bytes = o->file_size_high_bytes = 1000;
	o->seed = 1;
	o->xattr_size_bytes = 50;
	o->xattr_count = 3;
	o->dir_files = 2;
	o->verify_read = true;
}

int rig_setup(void **state)
{
	struct rig *rig = calloc(1, sizeof(*rig));

	assert_non_null(rig);
	scratch_make(rig->dir);
	scratch_tops(rig->dir, 2);
	for (int i = 0; i < 2; i++)
		rig->top[i] = printed("%s/t%d", rig->dir, i);
	set_defaults(&rig->options, rig->top[0]);
	rig->depth = from_environment("SMALLFIO_TEST_DEPTH");
	rig->without = from_environment("SMALLFIO_TEST_WITHOUT");
	rig->remote = from_environment("SMALLFIO_TEST_REMOTE");
	rig->memory = from_environment("SMALLFIO_TEST_MEMORY");
	rig->fds = scratch_open_fds();
	*state = rig;
	return 0;
}

void rig_need_attributes(struct rig *rig)
{
	if (setxattr(rig->dir, "user.probe", "x", 1, 0))
		scratch_skip("no user attributes on this file system");
}

void rig_two_tops(struct rig *rig)
{
	rig->options.layout.directory = scratch_tops(rig->dir, 2);
}

int rig_teardown(void **state)
{
	struct rig *rig = *state;

	if (rig->running)
		rig_stop(rig);
	assert_int_equal(scratch_open_fds(), rig->fds);
	scratch_remove(rig->dir);
	free(rig);
	return 0;
}

static void must(struct rig *rig, const char *what, int ret)
{
	if (ret)
		fail_msg("%s: %d: %s", what, ret, rig->failure.text);
	assert_string_equal(rig->failure.text, "");
}

void rig_set_size(struct rig *rig, uint64_t bytes)
{
	rig->options.file_size_low_bytes = bytes;
	rig->options.file_size_high_bytes = bytes;
}

void rig_refuses(struct rig *rig, const char *operation, const char *text)
{
	rig->options.operation = operation_find(operation);
	assert_int_equal(worker_init(&rig->worker, &rig->options,
				     &rig->failure),
			 -EINVAL);
	assert_says(rig->failure.text, text);
	assert_int_equal(scratch_open_fds(), rig->fds);
}

void rig_init(struct rig *rig, const char *operation)
{
	rig->options.operation = operation_find(operation);
	assert_non_null(rig->options.operation);
	must(rig, "worker_init",
	     worker_init(&rig->worker, &rig->options, &rig->failure));
}

void rig_start(struct rig *rig, const char *operation)
{
	struct worker *w = &rig->worker;

	if (rig->running)
		rig_stop(rig);
	rig_init(rig, operation);
	rig->running = true;
	must(rig, "make_dirs", worker_make_dirs(w, &rig->failure));
	must(rig, "open_dirs", worker_open_dirs(w, &rig->failure));
	assert_ok(request_init(&rig->request, w));
	rig_async_start(rig);
}

bool rig_lacks(struct rig *rig, const struct operation *op)
{
	int fd, ret = 0;

	if (!op->probe)
		return false;
	fd = open(rig->top[0], O_PATH | O_DIRECTORY);
	assert_true(fd >= 0);
	ret = op->probe(fd);
	close(fd);
	if (!ret)
		return false;
	rig_init(rig, op->name);
	must(rig, "make_dirs", worker_make_dirs(&rig->worker, &rig->failure));
	assert_int_equal(worker_open_dirs(&rig->worker, &rig->failure),
			 -EOPNOTSUPP);
	assert_says(rig->failure.text, op->name);
	assert_says(rig->failure.text, "the file system of");
	worker_free(&rig->worker);
	return true;
}

void rig_stop(struct rig *rig)
{
	rig_async_stop(rig);
	request_free(&rig->request);
	worker_free(&rig->worker);
	rig->running = false;
}

void rig_finish(struct rig *rig)
{
	must(rig, "worker_finish", worker_finish(&rig->worker, &rig->failure));
	rig_stop(rig);
}

/* Returns the lowest free descriptor, which is higher after a leak. */
static int free_descriptor(void)
{
	int fd = dup(STDOUT_FILENO);

	assert_true(fd >= 0);
	close(fd);
	return fd;
}

int rig_run(struct rig *rig, uint64_t unit, bool again)
{
	struct request *r = rig->async ? rig_async_request(rig) : &rig->request;
	int fd, ret;

	/* Preparation may open directories, which the request keeps open. */
	request_prepare(&rig->worker, r, unit, again);
	fd = free_descriptor();
	ret = rig->async ? rig_async_run(rig, unit)
			 : request_run(&rig->worker, r);
	if (free_descriptor() > fd)
		fail_msg("%s: a descriptor leaks", rig->worker.operation->name);
	return ret;
}

void rig_ok(struct rig *rig, uint64_t unit, bool again)
{
	int ret = rig_run(rig, unit, again);
	char text[2 * PATH_MAX];

	if (!ret)
		return;
	request_describe(&rig->worker, &rig->request, ret, text, sizeof(text));
	fail_msg("unit %llu%s: %s", (unsigned long long)unit,
		 again ? " again" : "", text);
}

void rig_fails(struct rig *rig, uint64_t unit, int code, const char *text)
{
	int ret = rig_run(rig, unit, false);
	char said[2 * PATH_MAX];
	size_t length;

	if (ret != -code)
		fail_msg("%s of unit %llu returned %d, expected %d",
			 rig->worker.operation->name, (unsigned long long)unit,
			 ret, -code);
	length = request_describe(&rig->worker, &rig->request, ret, said,
				  sizeof(said));
	assert_int_equal(length, strlen(said));
	if (strncmp(said, rig->worker.operation->name,
		    strlen(rig->worker.operation->name)))
		fail_msg("does not begin with the operation: %s", said);
	assert_says(said, text);
}

void rig_units(struct rig *rig, bool again)
{
	for (uint64_t unit = 0; unit < rig->worker.units; unit++)
		rig_ok(rig, unit, again);
}

void rig_all(struct rig *rig, const char *operation)
{
	rig_start(rig, operation);
	if (rig->async)
		rig_async_all(rig);
	else
		rig_units(rig, false);
	rig_finish(rig);
}

/* The operation that makes one kind of object from another, or NULL. */
static const struct operation *maker(enum object object)
{
	for (unsigned int i = 0; i < operation_count; i++)
		if (operations[i].after == object &&
		    operations[i].before != object &&
		    operations[i].unit == UNIT_FILE)
			return &operations[i];
	return NULL;
}

void rig_put(struct rig *rig, enum object object)
{
	bool stamped = rig->options.record_ctime_size;
	const struct operation *op;

	if (object == OBJECT_ANY || object == OBJECT_NONE)
		return;
	if (object == OBJECT_TREE)
		object = OBJECT_FILE;
	if (object == OBJECT_STAMPED) {
		object = OBJECT_FILE;
		rig->options.record_ctime_size = true;
	}
	op = maker(object);
	assert_non_null(op);
	rig_put(rig, op->before);
	rig_all(rig, op->name);
	rig->options.record_ctime_size = stamped;
}

char *rig_file(struct rig *rig, uint64_t n)
{
	return rig_path(rig, TREE_SRC, n, "");
}

char *rig_path(struct rig *rig, enum tree tree, uint64_t n, const char *ending)
{
	unsigned int tops = strchr(rig->options.layout.directory, ':') ? 2 : 1;
	char path[PATH_MAX];

	expected_path(&rig->options.layout, tree, rig->top[n % tops], n, ending,
		      path);
	return printed("%s", path);
}
