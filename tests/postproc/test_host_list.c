// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lists of hosts. A list is read as fio reads it, and what fio would misread is
 * refused.
 */
#include "test.h"
#include "input/host_list.h"

/* What the last parse() has left. */
static struct host_list list;
static struct input_error error;

static int parse(const char *text)
{
	host_list_free(&list);
	memset(&error, 0, sizeof(error));
	return host_list_parse(&list, text, strlen(text), "hosts", &error);
}

TEST(test_forms)
{
	static const char text[] = "node1\n  node2,9000 ip:node3\r\n"
				   "ip6:fe80::1%eth0,77\tsock:/run/fio.sock\n"
				   "ip4:10.0.0.1";
	static const struct {
		const char *typed, *name;
		long port;
	} want[] = {
		{ "node1", "node1", 8765 },
		{ "node2,9000", "node2", 9000 },
		{ "ip:node3", "node3", 8765 },
		{ "ip6:fe80::1%eth0,77", "fe80::1%eth0", 77 },
		{ "sock:/run/fio.sock", "/run/fio.sock", 0 },
		{ "ip4:10.0.0.1", "10.0.0.1", 8765 },
	};

	assert_ok(parse(text));
	assert_int_equal(list.count, sizeof(want) / sizeof(*want));
	for (size_t i = 0; i < list.count; i++) {
		assert_string_equal(list.host[i].typed, want[i].typed);
		assert_string_equal(list.host[i].name, want[i].name);
		assert_int_equal(list.host[i].port, want[i].port);
	}
}

TEST(test_refused)
{
	static const struct {
		const char *text;
		uint64_t line;
		unsigned int column;
		const char *says;
	} rows[] = {
		{ "", 0, 0, "expected hosts, found none" },
		{ "a\nsock:", 2, 1, "expected a path behind sock:" },
		{ " \n\t\n", 0, 0, "expected hosts, found none" },
		{ "node1\n# spare\nnode2\n", 2, 1, "without comments" },
		{ "node1\nnode2,x\n", 2, 7, "expected a port" },
		{ "node1,0", 1, 7, "expected a port" },
		{ "node1,65536", 1, 7, "expected a port" },
		{ "a b,1 a", 1, 7, "each host once" },
		{ "ok ,9", 1, 4, "the name of a host" },
		{ "a;b", 1, 1, "the name of a host" },
	};

	for_each_in (row, rows) {
		assert_int_not_equal(parse(row->text), 0);
		assert_int_equal(error.code, INPUT_HOST);
		assert_string_equal(error.path, "hosts");
		assert_int_equal(error.line, row->line);
		assert_int_equal(error.column, row->column);
		assert_says(error.message, row->says);
	}
}

TEST(test_same_host_on_two_ports)
{
	assert_ok(parse("a,1 a,2 a"));
	assert_int_equal(list.count, 3);
}

TEST(test_missing_file)
{
	host_list_free(&list);
	assert_int_not_equal(host_list_read(&list, "/nonexistent/x", &error),
			     0);
	assert_int_equal(error.code, INPUT_UNREADABLE);
}
