// SPDX-License-Identifier: GPL-2.0-only
/* Lines that our engines print before fio's JSON. */
#include "test.h"
#include "fio/engine_note.h"
#include "fio/note_field.h"

static int parse(struct engine_note *note, const char *line)
{
	return engine_note_parse(note, line, strlen(line));
}

/* What a note says, as one text. */
static const char *described(const struct engine_note *n)
{
	switch (n->kind) {
	case NOTE_CLOCK:
		return printed("clock host=%s reference=%s ahead=%lld "
			       "error=%lld job=%s",
			       n->host, n->reference, (long long)n->ahead_ns,
			       (long long)n->error_ns, n->job);
	case NOTE_KEPT:
		return printed("kept host=%s fio=%llx run=%llx number=%lld "
			       "ended=%d job=%s",
			       n->host, (unsigned long long)n->fio,
			       (unsigned long long)n->run, (long long)n->number,
			       n->ended, n->job);
	case NOTE_ENDED:
		return printed("ended host=%s number=%lld done=%lld "
			       "units=%lld job=%s",
			       n->host, (long long)n->number,
			       (long long)n->done, (long long)n->units, n->job);
	case NOTE_CLIENT:
		return printed(
			"client host=%s threads=%lld %lld %lld %lld "
			"%lld %lld %lld %lld %lld %lld job=%s",
			n->host, (long long)n->threads,
			(long long)n->counter[0], (long long)n->counter[1],
			(long long)n->counter[2], (long long)n->counter[3],
			(long long)n->counter[4], (long long)n->counter[5],
			(long long)n->counter[6], (long long)n->counter[7],
			(long long)n->counter[8], n->job);
	default:
		return printed("section %s units=%lld records=%lld "
			       "threads=%lld grouped=%d time_based=%d early=%d "
			       "runtime=%lld ramp=%lld hosts=%lld%s%s%s log=%s "
			       "job=%s",
			       n->operation, (long long)n->units,
			       (long long)n->unit_records,
			       (long long)n->threads, n->grouped, n->time_based,
			       n->early, (long long)n->runtime_ms,
			       (long long)n->ramp_ms, (long long)n->hosts,
			       n->rate ? printed(" rate=%lld",
						 (long long)n->rate)
				       : "",
			       n->scheduled ? " scheduled" : "",
			       n->turns ? " turns" : "", n->log, n->job);
	}
}

/* -1 is ENGINE_NOTE_UNKNOWN. */
TEST(test_lines)
{
	static const struct {
		const char *line, *note;
	} rows[] = {
		{ "<h2> fio-smallfile: clock at the gate: host=h2 passed_ns=17 "
		  "reference=h1 ahead_ns=-2403972 error_ns=2678873 "
		  "job=create two\r",
		  "clock host=h2 reference=h1 ahead=-2403972 error=2678873 "
		  "job=create two" },
		{ "fio-smallfile: section: operation=ls-l units=-1 "
		  "unit_records=0 threads=4 grouped=1 log= job=x",
		  "section ls-l units=-1 records=0 threads=4 grouped=1 "
		  "time_based=0 early=1 runtime=-1 ramp=0 hosts=0 log= job=x" },
		/*
		 * Both names may have blanks. The first one ends where the key
		 * of the second begins.
		 */
		{ "fio-smallfile: section: operation=stat units=1 "
		  "unit_records=0 threads=1 grouped=0 log=my log job=my job",
		  "section stat units=1 records=0 threads=1 grouped=0 "
		  "time_based=0 early=1 runtime=-1 ramp=0 hosts=0 log=my log "
		  "job=my job" },
		{ "fio-smallfile: section: operation=stat units=1 "
		  "unit_records=0 threads=1 grouped=0 early=0 hosts=0 "
		  "rate=100 scheduled=1 turns=1 log= job=x",
		  "section stat units=1 records=0 threads=1 grouped=0 "
		  "time_based=0 early=0 runtime=-1 ramp=0 hosts=0 rate=100 "
		  "scheduled turns log= job=x" },
		/* fio-diskwrite.so has fio's reads and writes as operations. */
		{ "<h2> fio-diskwrite: section: operation= units=-1 "
		  "unit_records=1 threads=2 grouped=0 time_based=1 "
		  "runtime_ms=60000 log= job=w",
		  "section  units=-1 records=1 threads=2 grouped=0 "
		  "time_based=1 early=1 runtime=60000 ramp=0 hosts=0 log= "
		  "job=w" },
		{ "<h2> fio-smallfile: ended: host=h2 number=3 done=17 "
		  "asked=-1 job=a b",
		  "ended host=h2 number=3 done=17 units=-1 job=a b" },
		{ "fio-diskwrite: ended: host=h number=0 done=1 asked=-1 "
		  "job=w",
		  "ended host=h number=0 done=1 units=-1 job=w" },
		{ "<h2> fio-smallfile: client: host=h2 threads=4 voluntary_switches=1 "
		  "involuntary_switches=2 ran_ns=3 waited_ns=4 server_trips=5 read_bytes=6 "
		  "written_bytes=7 fetched_bytes=8 sent_bytes=-1 job=a b",
		  "client host=h2 threads=4 1 2 3 4 5 6 7 8 -1 job=a b" },
		{ "fio-smallfile: kept: host=h2 fio=ffffffffffffffff "
		  "run=000000000000000f number=17 began_ns=1 ended_ns=2 "
		  "job=a b",
		  "kept host=h2 fio=ffffffffffffffff run=f number=17 ended=1 "
		  "job=a b" },
	};
	struct engine_note note;

	for_each_in (row, rows) {
		assert_ok(parse(&note, row->line));
		assert_string_equal(described(&note), row->note);
	}
}

/* The same note stands among fio's options, without the line's beginning. */
TEST(test_option)
{
	struct engine_note note;

	assert_ok(engine_note_parse_option(
		&note,
		"operation=stat units=7 unit_records=0 threads=2 grouped=1 "
		"time_based=1 runtime_ms=1500 ramp_ms=9 early=0 hosts=3 log= "
		"job=x early=1"));
	assert_string_equal(described(&note),
			    "section stat units=7 records=0 threads=2 "
			    "grouped=1 time_based=1 early=0 runtime=1500 "
			    "ramp=9 hosts=3 log= job=x early=1");
	assert_int_equal(engine_note_parse_option(&note, "operation=stat"),
			 -EINVAL);
	assert_ok(engine_note_parse_option(
		&note,
		"client: host=h threads=4 voluntary_switches=1 involuntary_switches=2 "
		"ran_ns=3 waited_ns=4 server_trips=5 read_bytes=6 written_bytes=7 "
		"fetched_bytes=8 sent_bytes=9 job=x"));
	assert_string_equal(described(&note),
			    "client host=h threads=4 1 2 3 4 5 6 7 8 9 job=x");
	assert_int_equal(engine_note_parse_option(&note, "client: host=h"),
			 -EINVAL);
	assert_true(engine_note_is_option("fio-smallfile client 1"));
	assert_true(engine_note_is_option("fio-diskwrite section 1"));
	assert_true(engine_note_is_option("fio-smallfile section 12"));
	assert_false(engine_note_is_option("fio-other section 1"));
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
		"fio-diskwrite: host h, job w: 3 MiB/s",
	};
	struct engine_note note;

	for_each_in (row, lines)
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
		"fio-smallfile: client: host=h threads=-1 voluntary_switches=1 "
		"involuntary_switches=2 ran_ns=3 waited_ns=4 server_trips=5 read_bytes=6 written_bytes=7 "
		"fetched_bytes=8 sent_bytes=9 job=x",
		"fio-smallfile: client: host=h threads=4 voluntary_switches=1 "
		"involuntary_switches=2 ran_ns=3 waited_ns=4 server_trips=5 read_bytes=6 written_bytes=7 "
		"fetched_bytes=8 sent_bytes=9",
	};
	struct engine_note note;

	for_each_in (row, lines)
		assert_int_equal(parse(&note, *row), -EINVAL);
}

TEST(test_long_names)
{
	char line[NOTE_FIELD_LINE_MAX], name[ENGINE_NOTE_NAME_MAX + 1];
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
