// SPDX-License-Identifier: GPL-2.0-only
/* Lines that our engines print before fio's JSON. */
#include "test.h"
#include "fio/engine_note.h"

static int parse(struct engine_note *note, const char *line)
{
	return engine_note_parse(note, line, strlen(line));
}

TEST(test_clock)
{
	struct engine_note note;

	assert_ok(parse(&note, "<h2> fio-smallfile: clock at the gate: host=h2 "
			       "passed_ns=17 reference=h1 ahead_ns=-2403972 "
			       "error_ns=2678873 job=create two\r"));
	assert_int_equal(note.kind, NOTE_CLOCK);
	assert_string_equal(note.host, "h2");
	assert_string_equal(note.reference, "h1");
	assert_int_equal(note.ahead_ns, -2403972);
	assert_int_equal(note.error_ns, 2678873);
	assert_string_equal(note.job, "create two");
}

TEST(test_section)
{
	struct engine_note note;

	assert_ok(parse(&note, "fio-smallfile: section: operation=ls-l "
			       "units=-1 unit_records=0 threads=4 grouped=1 "
			       "log= job=x"));
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
TEST(test_option)
{
	struct engine_note note;
	const char *value = "operation=stat units=7 unit_records=0 threads=2 "
			    "grouped=1 time_based=1 runtime_ms=1500 ramp_ms=9 "
			    "early=0 hosts=3 log= job=x early=1";

	assert_ok(engine_note_parse_option(&note, value));
	assert_int_equal(note.units, 7);
	assert_true(note.time_based && note.grouped && !note.early);
	assert_int_equal(note.runtime_ms, 1500);
	assert_int_equal(note.ramp_ms, 9);
	assert_int_equal(note.hosts, 3);
	assert_string_equal(note.job, "x early=1");
	assert_int_equal(engine_note_parse_option(&note, "operation=stat"),
			 -EINVAL);
}

TEST(test_ended)
{
	struct engine_note note;

	assert_ok(parse(&note, "<h2> fio-smallfile: ended: host=h2 number=3 "
			       "done=17 asked=-1 job=a b"));
	assert_int_equal(note.kind, NOTE_ENDED);
	assert_string_equal(note.host, "h2");
	assert_int_equal(note.number, 3);
	assert_int_equal(note.done, 17);
	assert_true(note.units == ENGINE_NOTE_UNKNOWN);
	assert_string_equal(note.job, "a b");
}

/* fio-diskwrite.so has no operations of its own, but fio's reads and writes. */
TEST(test_diskwrite)
{
	struct engine_note note;

	assert_ok(parse(&note, "<h2> fio-diskwrite: section: operation= "
			       "units=-1 unit_records=1 threads=2 grouped=0 "
			       "time_based=1 runtime_ms=60000 log= job=w"));
	assert_int_equal(note.kind, NOTE_SECTION);
	assert_string_equal(note.operation, "");
	assert_true(note.time_based);
	assert_int_equal(note.runtime_ms, 60000);
	assert_ok(parse(&note, "fio-diskwrite: ended: host=h number=0 done=1 "
			       "asked=-1 job=w"));
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
TEST(test_blanks)
{
	struct engine_note note;

	assert_ok(parse(&note, "fio-smallfile: section: operation=stat units=1 "
			       "unit_records=0 threads=1 grouped=0 log=my log "
			       "job=my job"));
	assert_string_equal(note.log, "my log");
	assert_string_equal(note.job, "my job");
}

TEST(test_kept)
{
	struct engine_note note;

	assert_ok(parse(&note, "fio-smallfile: kept: host=h2 "
			       "fio=ffffffffffffffff run=000000000000000f "
			       "number=17 began_ns=1 ended_ns=2 job=a b"));
	assert_int_equal(note.kind, NOTE_KEPT);
	assert_string_equal(note.host, "h2");
	assert_true(note.fio == UINT64_MAX);
	assert_int_equal(note.run, 15);
	assert_int_equal(note.number, 17);
	assert_true(note.ended);
	assert_string_equal(note.job, "a b");
}

TEST(test_other_text)
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

	each (row, lines)
		assert_int_equal(parse(&note, *row), -ENOENT);
}

TEST(test_damaged)
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

	each (row, lines)
		assert_int_equal(parse(&note, *row), -EINVAL);
}

TEST(test_long_names)
{
	char line[ENGINE_NOTE_LINE_MAX], name[ENGINE_NOTE_NAME_MAX + 1];
	struct engine_note note;

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
