// SPDX-License-Identifier: GPL-2.0-only
/*
 * An engine for the benchmarks only, which is not installed. It runs the plain
 * loop's body and does nothing else. What fio takes with this engine is the
 * floor. No engine with the same system calls is faster, as long as fio comes
 * after each operation. What fio takes beyond the plain loop is fio's own.
 *
 * The job gives bs=1 and loops=, and the number of files as size= and
 * filesize=.
 */
#include "fio.h"

#include "option_rows.h"
#include "plain-body.h"

struct floor_options {
	void *pad; /* fio keeps its own data here */
	const char *operation;
	const char *host;
	unsigned int files_per_dir;
};

struct floor {
	struct loop loop;
	int (*run)(struct loop *l, uint64_t dir);
};

#define OPTIONS floor_options

static struct fio_option options[] = {
	OPTION_TEXT(operation, "One of plain-body.h"),
	OPTION_TEXT(host, "Directory of the host"),
	{ OPTION_ROW(files_per_dir, FIO_OPT_INT, NULL, "As in fio-smallfile") },
	{ .name = NULL },
};

static int floor_setup(struct thread_data *td)
{
	const struct floor_options *o = td->eo;
	struct floor *f = calloc(1, sizeof(*f));

	if (!f)
		return 1;
	td->io_ops_data = f;
	f->run = find_operation(o->operation);
	f->loop.top = td->o.directory;
	f->loop.host = o->host;
	f->loop.files = td->o.size;
	f->loop.files_per_dir = o->files_per_dir;
	if (!td->files_index)
		add_file(td, "fio-floor", 0, 0);
	td->files[0]->filetype = FIO_TYPE_FILE;
	td->files[0]->real_file_size = td->o.size;
	td->o.nr_files = 1;
	td->o.open_files = 1;
	return 0;
}

static int floor_init(struct thread_data *td)
{
	struct floor *f = td->io_ops_data;

	raise_fd_limit();
	loop_init(&f->loop, td->subjob_number);
	return 0;
}

static enum fio_q_status floor_queue(struct thread_data *td, struct io_u *io_u)
{
	struct floor *f = td->io_ops_data;

	f->loop.file = io_u->offset + 1;
	set_name(&f->loop);
	if (f->run(&f->loop, f->loop.file / f->loop.files_per_dir))
		io_u->error = errno;
	return FIO_Q_COMPLETED;
}

static int no_file(struct thread_data *td, struct fio_file *f)
{
	return 0;
}

struct ioengine_ops ioengine = {
	.name = "fio-floor",
	.version = FIO_IOOPS_VERSION,
	.flags = FIO_SYNCIO | FIO_DISKLESSIO | FIO_NOEXTEND | FIO_NODISKUTIL,
	.setup = floor_setup,
	.init = floor_init,
	.queue = floor_queue,
	.open_file = no_file,
	.close_file = no_file,
	.invalidate = no_file,
	.options = options,
	.option_struct_size = sizeof(struct floor_options),
};
