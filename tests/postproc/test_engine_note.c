// SPDX-License-Identifier: GPL-2.0-only
/* Lines that our engines print before fio's JSON. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cmocka_all.h"
#include "fio/engine_note.h"

static int parse(struct engine_note *note, const char *line)
{
	return engine_note_parse(note, line, strlen(line));
}

static void test_clock(void **state)
{
	struct engine_note note;

	(void)state;
	assert_int_equal(parse(&note,
			       "<h2> fio-smallfile: clock at the gate: host=h2 "
			       "passed_ns=17 reference=h1 ahead_ns=-2403972 "
			       "error_ns=2678873 job=create two\r"),
			 0);
	assert_int_equal(note.kind, NOTE_CLOCK);
	assert_string_equal(note.host, "h2");
	assert_string_equal(note.reference, "h1");
	assert_int_equal(note.ahead_ns, -2403972);
	assert_int_equal(note.error_ns, 2678873);
	assert_string_equal(note.job, "create two");
}

static void test_section(void **state)
{
	struct engine_note note;

	(void)state;
	assert_int_equal(parse(&note,
			       "fio-smallfile: section: operation=ls-l "
			       "units=-1 unit_records=0 threads=4 grouped=1 "
			       "log= job=x"),
			 0);
	assert_int_equal(note.kind, NOTE_SECTION);
	assert_string_equal(note.operation, "ls-l");
	assert_true(note.units == ENGINE_NOTE_UNKNOWN);
	assert_int_equal(note.unit_records, 0);
	assert_int_equal(note.threads, 4);
	assert_true(note.grouped);
	assert_string_equal(note.log, "");
	assert_string_equal(note.job, "x");
}

/* The same note stands among fio's options, without the line's beginning. */
static void test_option(void **state)
{
	struct engine_note note;
	const char *value = "operation=stat units=7 unit_records=0 threads=2 "
			    "grouped=1 time_based=1 runtime_ms=1500 ramp_ms=9 "
			    "early=0 hosts=3 log= job=x early=1";

	(void)state;
	assert_int_equal(engine_note_parse_option(&note, value), 0);
	assert_int_equal(note.units, 7);
	assert_true(note.time_based && note.grouped && !note.early);
	assert_int_equal(note.runtime_ms, 1500);
	assert_int_equal(note.ramp_ms, 9);
	assert_int_equal(note.hosts, 3);
	assert_string_equal(note.job, "x early=1");
	assert_int_equal(engine_note_parse_option(&note, "operation=stat"),
			 -EINVAL);
}

static void test_ended(void **state)
{
	struct engine_note note;

	(void)state;
	assert_int_equal(parse(&note,
			       "<h2> fio-smallfile: ended: host=h2 number=3 "
			       "done=17 asked=-1 job=a b"),
			 0);
	assert_int_equal(note.kind, NOTE_ENDED);
	assert_string_equal(note.host, "h2");
	assert_int_equal(note.number, 3);
	assert_int_equal(note.done, 17);
	assert_true(note.units == ENGINE_NOTE_UNKNOWN);
	assert_string_equal(note.job, "a b");
}

/* fio-diskwrite.so has no operations of its own, but fio's reads and writes. */
static void test_diskwrite(void **state)
{
	struct engine_note note;

	(void)state;
	assert_int_equal(parse(&note,
			       "<h2> fio-diskwrite: section: operation= "
			       "units=-1 unit_records=1 threads=2 grouped=0 "
			       "time_based=1 runtime_ms=60000 log= job=w"),
			 0);
	assert_int_equal(note.kind, NOTE_SECTION);
	assert_string_equal(note.operation, "");
	assert_true(note.time_based);
	assert_int_equal(note.runtime_ms, 60000);
	assert_int_equal(parse(&note,
			       "fio-diskwrite: ended: host=h number=0 done=1 "
			       "asked=-1 job=w"),
			 0);
	assert_int_equal(note.kind, NOTE_ENDED);
	assert_int_equal(parse(&note, "fio-diskwrite: host h, job w: 3 MiB/s"),
			 -ENOENT);
	assert_true(engine_note_is_option("fio-diskwrite section 1"));
	assert_true(engine_note_is_option("fio-smallfile section 12"));
	assert_false(engine_note_is_option("fio-other section 1"));
}

/*
 * Both names may have blanks. The first one ends where the key of the second
 * begins.
 */
static void test_blanks(void **state)
{
	struct engine_note note;

	(void)state;
	assert_int_equal(parse(&note,
			       "fio-smallfile: section: operation=stat units=1 "
			       "unit_records=0 threads=1 grouped=0 log=my log "
			       "job=my job"),
			 0);
	assert_string_equal(note.log, "my log");
	assert_string_equal(note.job, "my job");
}

static void test_kept(void **state)
{
	struct engine_note note;

	(void)state;
	assert_int_equal(parse(&note,
			       "fio-smallfile: kept: host=h2 "
			       "fio=ffffffffffffffff run=000000000000000f "
			       "number=17 began_ns=1 ended_ns=2 job=a b"),
			 0);
	assert_int_equal(note.kind, NOTE_KEPT);
	assert_string_equal(note.host, "h2");
	assert_true(note.fio == UINT64_MAX);
	assert_int_equal(note.run, 15);
	assert_int_equal(note.number, 17);
	assert_true(note.ended);
	assert_string_equal(note.job, "a b");
}

static void test_other_text(void **state)
{
	static const char *const lines[] = {
		"",
		"<h2> Starting 4 processes",
		"<h2>",
		"<h2> said fio-smallfile: section: ",
		"fio-smallfile: job create waits at the gate: 1 of 2",
		"fio-smallfile:",
	};
	struct engine_note note;

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++)
		assert_int_equal(parse(&note, lines[i]), -ENOENT);
}

static void test_damaged(void **state)
{
	static const char *const lines[] = {
		"fio-smallfile: clock at the gate: ",
		"fio-smallfile: clock at the gate: host=a reference=b "
		"ahead_ns=1x error_ns=2 job=c",
		"fio-smallfile: clock at the gate: host=a reference=b "
		"ahead_ns=1 error_ns=-2 job=c",
		"fio-smallfile: clock at the gate: host=a reference=b "
		"ahead_ns=99999999999999999999 error_ns=2 job=c",
		"fio-smallfile: clock at the gate: host=a reference=b "
		"ahead_ns=1 error_ns=2",
		"fio-smallfile: section: operation=stat units=-2 "
		"unit_records=0 threads=1 grouped=0 log= job=x",
		"fio-smallfile: section: operation=stat units=1 "
		"unit_records=0 threads=0 grouped=0 log= job=x",
		"fio-smallfile: section: operation=stat units=1 "
		"unit_records=0 threads=1 grouped=2 log= job=x",
		"fio-smallfile: kept: ended_ns=1 host=a fio=1 run=2 number=-1 job=x",
		"fio-smallfile: kept: ended_ns=1 host=a fio=1 run=2 job=x",
		"fio-smallfile: kept: host=a fio=1 run=2 number=1 job=x",
		"fio-smallfile: kept: ended_ns=x host=a fio=1 run=2 number=1 "
		"job=x",
		"fio-smallfile: kept: ended_ns=1 host=a fio=x run=2 number=1 job=x",
		"fio-smallfile: kept: ended_ns=1 host=a fio=1 run=-2 number=1 job=x",
		"fio-smallfile: kept: ended_ns=1 host=a fio=11111111111111111 run=2 "
		"number=1 job=x",
		"fio-smallfile: kept: ended_ns=1 fio=1 run=2 number=1 job=x",
		"fio-smallfile: kept: ended_ns=1 host=a fio=1 run=2 number=1",
	};
	struct engine_note note;

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++)
		assert_int_equal(parse(&note, lines[i]), -EINVAL);
}

static void test_long_names(void **state)
{
	char line[ENGINE_NOTE_LINE_MAX], name[ENGINE_NOTE_NAME_MAX + 1];
	struct engine_note note;

	(void)state;
	for (size_t length = ENGINE_NOTE_NAME_MAX - 1;
	     length <= ENGINE_NOTE_NAME_MAX; length++) {
		memset(name, 'x', length);
		name[length] = '\0';
		snprintf(line, sizeof(line),
			 "fio-smallfile: section: operation=stat units=1 "
			 "unit_records=0 threads=1 grouped=0 log= job=%s",
			 name);
		assert_int_equal(parse(&note, line),
				 length < ENGINE_NOTE_NAME_MAX ? 0 : -EINVAL);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_clock),
		cmocka_unit_test(test_section),
		cmocka_unit_test(test_option),
		cmocka_unit_test(test_ended),
		cmocka_unit_test(test_diskwrite),
		cmocka_unit_test(test_blanks),
		cmocka_unit_test(test_kept),
		cmocka_unit_test(test_other_text),
		cmocka_unit_test(test_damaged),
		cmocka_unit_test(test_long_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
