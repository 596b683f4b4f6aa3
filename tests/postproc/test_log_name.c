// SPDX-License-Identifier: GPL-2.0-only
/* What the names of logs tell, and which names tell nothing. */
#include "test.h"
#include "fio/log_name.h"

TEST(fio_names)
{
	static const struct {
		const char *base;
		enum log_kind kind;
		long fio_job;
		const char *operation, *host;
	} rows[] = {
		{ "create_clat.1.log", LOG_CLAT, 1, "create", "localhost" },
		{ "create_lat.12.log", LOG_LAT, 12, "create", "localhost" },
		{ "create_slat.512.log", LOG_SLAT, 512, "create", "localhost" },
		{ "create_clat.log", LOG_CLAT, -1, "create", "localhost" },
		{ "create_clat.log.h1", LOG_CLAT, -1, "create", "h1" },
		{ "smallfile-ls-l_clat.3.log", LOG_CLAT, 3, "ls-l",
		  "localhost" },
		{ "smallfile-_clat.1.log", LOG_CLAT, 1, "smallfile-",
		  "localhost" },
		{ "swift_put_clat.1.log.Node-7.Foo.COM", LOG_CLAT, 1,
		  "swift_put", "Node-7.Foo.COM" },
		{ "a_clat.1.log.10.0.0.7", LOG_CLAT, 1, "a", "10.0.0.7" },
		{ "a_lat_clat.1.log", LOG_CLAT, 1, "a_lat", "localhost" },
		{ "a_clat.1.log.h_1", LOG_CLAT, 1, "a", "h_1" },
		{ "a b_clat.1.log", LOG_CLAT, 1, "a b", "localhost" },
		{ "a\033[m_clat.1.log.\ah", LOG_CLAT, 1, "a?[m", "?h" },
	};
	struct log_name name;

	for_each_in (row, rows) {
		if (log_name_fio(row->base, &name))
			fail_msg("%s is not recognised", row->base);
		assert_int_equal(name.kind, row->kind);
		assert_int_equal(name.fio_job, row->fio_job);
		assert_int_equal(name.thread, LOG_THREAD_UNKNOWN);
		assert_string_equal(name.operation, row->operation);
		assert_string_equal(name.host, row->host);
	}
}

TEST(no_fio_names)
{
	static const char *const rows[] = {
		"",
		"_clat.1.log",
		"create_bw.1.log",
		"create_iops.1.log",
		"create_clat.1.logx",
		"create_clat.1.log.",
		"create_clat.x.log",
		"create_clat1.log",
		"create_clat.1.log.fz",
		"create_clat.1.log.fz.host",
		"create_clat.1.log.gz",
		"create_clat.1234567890.log",
		"create.json",
		"clat.log",
	};
	struct log_name name;
	char longest[NAME_MAX + 32];

	for_each_in (row, rows) {
		if (log_name_fio(*row, &name) != -ENOENT)
			fail_msg("\"%s\" was recognised", *row);
	}
	memset(longest, 'a', sizeof(longest));
	strcpy(longest + NAME_MAX - 10, "_clat.1.log");
	assert_int_equal(log_name_fio(longest, &name), -ENOENT);
	assert_ok(log_name_fio(longest + 1, &name));
}

TEST(rsptimes_names)
{
	static const struct {
		const char *base;
		const char *first_operation;
		long thread;
		const char *host, *operation;
	} rows[] = {
		{ "rsptimes_01_host-21_create_1400000000.12.csv", "create", 1,
		  "host-21", "create" },
		{ "rsptimes_511_Big-Host.Example.COM_create_1.csv", "create",
		  511, "Big-Host.Example.COM", "create" },
		{ "rsptimes_00_my_host_create_1.csv", "create", 0, "my_host",
		  "create" },
		{ "rsptimes_00_my_host_delete_renamed_1.csv", "delete_renamed",
		  0, "my_host", "delete_renamed" },
		/*
		 * The log itself has another operation, so operations that
		 * smallfile knows tell where the host's name ends.
		 */
		{ "rsptimes_00_h_a_truncate-overwrite_1.csv", "", 0, "h_a",
		  "truncate-overwrite" },
		{ "rsptimes_00_h_delete_renamed_1.csv", "", 0, "h",
		  "delete_renamed" },
		/*
		 * Logs of ls-l have the operations ls-l-readdir and ls-l-stat
		 * in them.
		 */
		{ "rsptimes_00_h_1_ls-l_5.csv", "ls-l-stat", 0, "h_1", "ls-l" },
		{ "rsptimes_00_h_my-op_5.csv", "my-op-x", 0, "h", "my-op" },
		{ "rsptimes_00_h_x_my-op_5.csv", "other", 0, "h_x", "my-op" },
		{ "rsptimes_07_h_new_op_5,25.csv", "new_op", 7, "h", "new_op" },
		{ "rsptimes_01_h2_create_5.44.csv.192.0.2.25", "create", 1,
		  "h2", "create" },
		{ "rsptimes_00_localhost_create_5.44.csv.192.0.2.25", "create",
		  0, "192.0.2.25", "create" },
		{ "rsptimes_00_localhost.localdomain_ls-l_5.csv-my_node",
		  "ls-l", 0, "my_node", "ls-l" },
		{ "rsptimes_00_localhost_create_5.44.csv", "create", 0,
		  "localhost", "create" },
		{ "rsptimes_00_localhosts_create_5.44.csv.1", "create", 0,
		  "localhosts", "create" },
		{ "rsptimes_02_h_create_5.csv-node7", "create", 2, "h",
		  "create" },
	};
	struct log_name name;

	for_each_in (row, rows) {
		const char *first = row->first_operation;

		if (log_name_rsptimes(row->base, &name))
			fail_msg("%s is not recognised", row->base);
		log_name_split(&name, first, strlen(first));
		assert_int_equal(name.kind, LOG_RSPTIMES);
		assert_int_equal(name.thread, row->thread);
		assert_int_equal(name.fio_job, LOG_FIO_JOB_UNKNOWN);
		assert_string_equal(name.host, row->host);
		assert_string_equal(name.operation, row->operation);
	}
}

TEST(no_rsptimes_names)
{
	static const char *const rows[] = {
		"",
		"rsptimes_.csv",
		"rsptimes_01_host_create.csv",
		"rsptimes_01_host_1.csv",
		"rsptimes_01__create_1.csv",
		"rsptimes_01_host__1.csv",
		"rsptimes_host_create_1.csv",
		"rsptimes_01_host_create_1.txt",
		"rsptimes_01_host_create_.csv",
		"rsptimes_01_1.csv",
		"stats-rsptimes.csv",
		"xrsptimes_01_host_create_1.csv",
		"rsptimes_1234567890_host_create_1.csv",
	};
	struct log_name name;

	for_each_in (row, rows) {
		if (log_name_rsptimes(*row, &name) != -ENOENT)
			fail_msg("\"%s\" was recognised", *row);
	}
}

TEST(names_that_say_nothing)
{
	struct log_name name;

	log_name_default("my.copy.txt", LOG_CLAT, &name);
	assert_string_equal(name.operation, "my.copy");
	assert_string_equal(name.host, "localhost");
	assert_true(name.by_default);
	log_name_default(".hidden", LOG_CLAT, &name);
	assert_string_equal(name.operation, ".hidden");
	log_name_split(&name, "read", 4);
	assert_string_equal(name.host, "localhost");
}

TEST(other_logs_of_fio)
{
	struct log_name name;

	assert_string_equal(log_name_other("a_bw.1.log"), "bandwidths");
	assert_string_equal(log_name_other("a_bw.log.host_1"), "bandwidths");
	assert_string_equal(log_name_other("a_iops.12.log.h"), "IOPS");
	assert_null(log_name_other("a_clat.1.log"));
	assert_null(log_name_other("a_bw_clat.1.log"));
	assert_null(log_name_other("a_bw.txt"));
	assert_null(log_name_other(""));
	assert_int_equal(log_name_fz("a_clat.1.log.fz", &name), 0);
	assert_int_equal(log_name_fz("b_clat.2.log.fz.host", &name), 0);
	assert_string_equal(name.operation, "b");
	assert_string_equal(name.host, "host");
	assert_int_equal(log_name_fz("a_clat.1.log", &name), -ENOENT);
	assert_int_equal(log_name_fz("a_clat.1.log.fza", &name), -ENOENT);
	assert_int_equal(log_name_fz("a_bw.1.log.fz", &name), -ENOENT);
}

TEST(common_suffix)
{
	static const struct {
		const char *host, *suffix, *cut;
	} rows[] = {
		{ "h1.foo.com", "foo.com", "h1" },
		{ "h1.foo.com", ".foo.com", "h1" },
		{ "h1.foo.com", "com", "h1.foo" },
		{ "h1.foo.com", "oo.com", "h1.foo.com" },
		{ "h1.foo.com", "h1.foo.com", "h1.foo.com" },
		{ "foo.com", "foo.com", "foo.com" },
		{ ".foo.com", "foo.com", ".foo.com" },
		{ "h1", "foo.com", "h1" },
		{ "h1.foo.com", "", "h1.foo.com" },
		{ "h1.", ".", "h1." },
	};

	for_each_in (row, rows) {
		char host[NAME_MAX + 1];

		strcpy(host, row->host);
		log_name_cut_suffix(host, row->suffix);
		assert_string_equal(host, row->cut);
	}
}
