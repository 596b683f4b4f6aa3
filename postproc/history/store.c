// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "history/store_parts.h"

/* "smfo": marks a database as ours. file(1) shows it, too. */
#define APPLICATION_ID 0x736d666f

/* Of SQLite's machine: some ms. */
#define PROGRESS_STEPS 100000

/* The least space that SQLite needs for the index of its log. */
#define LOG_INDEX_BYTES 32768

/*
 * migrations[i] brings the schema from version i to i + 1. A migration never
 * changes once it is released, because databases of its version exist.
 */
static const char *const migrations[STORE_VERSION] = {
	"PRAGMA application_id = 1936549487;"
	"CREATE TABLE fingerprint ("
	"  hash INTEGER PRIMARY KEY,"
	"  items TEXT NOT NULL);" /* JSON: key to value */
	"CREATE TABLE run ("
	"  id INTEGER PRIMARY KEY AUTOINCREMENT,"
	"  digest INTEGER NOT NULL," /* of fingerprint and figures */
	"  end_ms INTEGER NOT NULL,"
	"  recorded_ms INTEGER NOT NULL,"
	"  fingerprint INTEGER NOT NULL REFERENCES fingerprint (hash),"
	"  path TEXT NOT NULL,"
	"  UNIQUE (end_ms, digest));"
	"CREATE TABLE figures ("
	"  run INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,"
	"  operation TEXT NOT NULL,"
	"  host TEXT NOT NULL," /* '': all hosts together */
	"  threads INTEGER NOT NULL, ios INTEGER NOT NULL,"
	"  bytes INTEGER NOT NULL, runtime_ms INTEGER NOT NULL,"
	"  errors INTEGER NOT NULL, samples INTEGER NOT NULL,"
	"  min_ns INTEGER NOT NULL, max_ns INTEGER NOT NULL,"
	"  mean_ns REAL NOT NULL, stddev_ns REAL NOT NULL,"
	"  PRIMARY KEY (run, operation, host)) WITHOUT ROWID;"
	/* A table of its own, so that only those who need bins read them. */
	"CREATE TABLE histogram ("
	"  run INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,"
	"  operation TEXT NOT NULL, host TEXT NOT NULL,"
	"  bins BLOB NOT NULL," /* fio_histogram_pack.h */
	"  PRIMARY KEY (run, operation, host));",

	"ALTER TABLE run ADD COLUMN label TEXT;"
	"CREATE INDEX run_by_time ON run (end_ms, id);"
	"CREATE INDEX run_by_kind ON run (fingerprint, end_ms, id);",

	/* Why a run did not come to its end; NULL for one that did. */
	"ALTER TABLE run ADD COLUMN not_whole TEXT;",

	/*
	 * Pauses in which no operation ended; NULL if there were none, or it is
	 * not known.
	 */
	"ALTER TABLE run ADD COLUMN pauses TEXT;",

	/*
	 * What hosts said while they ran (heartbeat.h), and the intervals of a
	 * run (time_series.h). Neither has a number of its own: the time is
	 * the order.
	 */
	"CREATE TABLE soak ("
	"  id INTEGER PRIMARY KEY AUTOINCREMENT,"
	"  label TEXT,"
	"  began_ms INTEGER NOT NULL,"
	"  ended INTEGER NOT NULL DEFAULT 0);" /* 1: all hosts said so */
	"CREATE TABLE soak_host ("
	"  id INTEGER PRIMARY KEY,"
	"  soak INTEGER NOT NULL REFERENCES soak (id) ON DELETE CASCADE,"
	"  name TEXT NOT NULL,"
	"  UNIQUE (soak, name));"
	"CREATE TABLE heartbeat ("
	"  soak INTEGER NOT NULL REFERENCES soak (id) ON DELETE CASCADE,"
	"  time_ms INTEGER NOT NULL,"
	"  host INTEGER NOT NULL,"   /* soak_host.id */
	"  operation TEXT NOT NULL," /* '': silent */
	"  state TEXT NOT NULL,"
	"  interval_ms INTEGER NOT NULL," /* that the figures are of */
	"  threads INTEGER NOT NULL,"
	"  units INTEGER NOT NULL, bytes INTEGER NOT NULL,"
	"  errors INTEGER NOT NULL,"
	"  p99_ns INTEGER, max_ns INTEGER," /* NULL: not known */
	"  cpu_user_pct REAL, cpu_system_pct REAL, memory_kib INTEGER,"
	"  PRIMARY KEY (soak, time_ms, host, operation)) WITHOUT ROWID;"
	"CREATE TABLE over_time ("
	"  run INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,"
	"  operation TEXT NOT NULL,"
	"  start_ms INTEGER NOT NULL," /* since the operation's first */
	"  interval_ms INTEGER NOT NULL,"
	"  operations INTEGER NOT NULL,"
	"  p50_ns REAL, p95_ns REAL, p99_ns REAL, max_ns REAL,"
	"  counts BLOB NOT NULL," /* of the rows of a heat map */
	"  PRIMARY KEY (run, operation, start_ms)) WITHOUT ROWID;",

	/* Why the level that begins with this run is wanted; NULL: it is not.
	 */
	("ALTER TABLE run ADD COLUMN accepted TEXT;"
	 "ALTER TABLE run ADD COLUMN accepted_until_ms INTEGER;"),
};

/*
 * Whether the last error means a full disk. SQLite says SQLITE_FULL then,
 * except where it makes the index of its log: there it says SQLITE_IOERR or
 * SQLITE_CANTOPEN.
 */
static bool is_disk_full(const struct store *store)
{
	struct statvfs disk;
	int code = sqlite3_errcode(store->db);

	if (code != SQLITE_IOERR && code != SQLITE_CANTOPEN)
		return code == SQLITE_FULL;
	return sqlite3_system_errno(store->db) == ENOSPC ||
	       (!statvfs(store->path, &disk) &&
		disk.f_bavail * disk.f_frsize < LOG_INDEX_BYTES);
}

/* Reports SQLite's own message, and that of the system where there is one. */
static int fail_other(const struct store *store, const char *doing,
		      struct input_error *error)
{
	int reason = sqlite3_system_errno(store->db);

	return input_error_set(error, INPUT_DATABASE, 0, 0, "cannot %s: %s%s%s",
			       doing, sqlite3_errmsg(store->db),
			       reason ? ": " : "",
			       reason ? strerror(reason) : "");
}

int store_fail(const struct store *store, const char *doing,
	       struct input_error *error)
{
	int code =
		is_disk_full(store) ? SQLITE_FULL : sqlite3_errcode(store->db);

	error->path = store->path;
	switch (code) {
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return input_error_set(error, INPUT_DATABASE, 0, 0,
				       "cannot %s: another program has kept "
				       "the history locked for %d s; try "
				       "again when that program is done",
				       doing, STORE_WAIT_MS / 1000);
	case SQLITE_FULL:
		return input_error_set(error, INPUT_DATABASE, 0, 0,
				       "cannot %s: the disk is full; nothing "
				       "was changed",
				       doing);
	case SQLITE_NOTADB:
		return input_error_set(error, INPUT_DATABASE, 0, 0,
				       "expected a history (an SQLite "
				       "database), found another file; "
				       "nothing was changed");
	case SQLITE_CORRUPT:
		return input_error_set(error, INPUT_DATABASE, 0, 0,
				       "cannot %s: the history is damaged "
				       "(%s); restore a copy, or try "
				       "sqlite3's .recover",
				       doing, sqlite3_errmsg(store->db));
	case SQLITE_NOMEM:
		return input_error_no_memory(error);
	default:
		return fail_other(store, doing, error);
	}
}

int store_damaged(const struct store *store, struct input_error *error)
{
	error->path = store->path;
	return input_error_set(error, INPUT_DATABASE, 0, 0,
			       "expected data that smallfio wrote, found "
			       "other data: the history is damaged, or was "
			       "changed by another program; restore a copy");
}

int store_execute(struct store *store, const char *sql, const char *doing,
		  struct input_error *error)
{
	if (sqlite3_exec(store->db, sql, NULL, NULL, NULL) == SQLITE_OK)
		return 0;
	return store_fail(store, doing, error);
}

sqlite3_stmt *store_prepare(struct store *store, const char *sql,
			    const char *doing, struct input_error *error)
{
	sqlite3_stmt *statement;

	if (sqlite3_prepare_v2(store->db, sql, -1, &statement, NULL) ==
	    SQLITE_OK)
		return statement;
	store_fail(store, doing, error);
	return NULL;
}

int store_step(struct store *store, sqlite3_stmt *s, const char *doing,
	       struct input_error *error)
{
	int ret = sqlite3_step(s) == SQLITE_DONE
			  ? 0
			  : store_fail(store, doing, error);

	sqlite3_finalize(s);
	return ret;
}

static int read_number(struct store *store, const char *sql, int64_t *value,
		       struct input_error *error)
{
	sqlite3_stmt *s = store_prepare(store, sql, "read the history", error);
	int ret = 0;

	if (!s)
		return -EINVAL;
	if (sqlite3_step(s) == SQLITE_ROW)
		*value = sqlite3_column_int64(s, 0);
	else
		ret = store_fail(store, "read the history", error);
	sqlite3_finalize(s);
	return ret;
}

int store_begin(struct store *store, struct input_error *error)
{
	return store_execute(store, "BEGIN IMMEDIATE", "lock the history",
			     error);
}

int store_end(struct store *store, int ret, struct input_error *error)
{
	if (!ret)
		ret = store_execute(store, "COMMIT", "write to the history",
				    error);
	if (ret)
		sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
	return ret;
}

static int fail_version(const struct store *store, int64_t version,
			struct input_error *error)
{
	error->path = store->path;
	return input_error_set(
		error, INPUT_DATABASE, 0, 0,
		"expected a history of version %d or older, found version "
		"%" PRId64 ": a newer smallfio made it, use that one; nothing "
		"was changed",
		STORE_VERSION, version);
}

static int fail_foreign(const struct store *store, struct input_error *error)
{
	error->path = store->path;
	return input_error_set(error, INPUT_DATABASE, 0, 0,
			       "expected a history of smallfio, found the "
			       "database of another program; nothing was "
			       "changed");
}

/*
 * Checks that the database is a history that this program knows. Sets *version
 * to that of the schema, 0 for an empty database.
 */
static int check_kind(struct store *store, int64_t *version,
		      struct input_error *error)
{
	int64_t application = 0, tables = 0;
	int ret = read_number(store, "PRAGMA application_id", &application,
			      error);

	if (!ret)
		ret = read_number(store, "PRAGMA user_version", version, error);
	if (!ret)
		ret = read_number(store, "SELECT count(*) FROM sqlite_schema",
				  &tables, error);
	if (ret)
		return ret;
	if (application != APPLICATION_ID && (application || tables))
		return fail_foreign(store, error);
	if (*version > STORE_VERSION)
		return fail_version(store, *version, error);
	return 0;
}

static int migrate(struct store *store, struct input_error *error)
{
	char sql[64];
	int64_t version = 0;
	int ret = store_begin(store, error);

	if (ret)
		return ret;
	/* Another program may have migrated it while we waited for the lock. */
	ret = check_kind(store, &version, error);
	for (; !ret && version < STORE_VERSION; version++)
		ret = store_execute(store, migrations[version],
				    "bring the history up to date", error);
	snprintf(sql, sizeof(sql), "PRAGMA user_version = %d", STORE_VERSION);
	if (!ret)
		ret = store_execute(store, sql, "bring the history up to date",
				    error);
	return store_end(store, ret, error);
}

/*
 * Makes an empty temporary file beside `path`, with the permissions of any new
 * file. Returns 0 or -errno. Sets *temporary to its path, or to NULL.
 */
static int make_temporary(const char *path, char **temporary)
{
	mode_t mask = umask(0);
	int fd, ret = 0;

	umask(mask);
	if (asprintf(temporary, "%s.XXXXXX", path) < 0) {
		*temporary = NULL;
		return -ENOMEM;
	}
	fd = mkostemp(*temporary, O_CLOEXEC);
	if (fd < 0) {
		ret = -errno;
		free(*temporary);
		*temporary = NULL;
		return ret;
	}
	if (fchmod(fd, 0666 & ~mask))
		ret = -errno;
	close(fd);
	return ret;
}

/*
 * Writes the schema into the temporary file. Fails if the disk has no room for
 * what SQLite needs to open a history for the first time.
 */
static int fill_temporary(struct store *store, struct input_error *error)
{
	struct statvfs disk;
	int ret;

	if (sqlite3_open_v2(store->path, &store->db, SQLITE_OPEN_READWRITE,
			    NULL) != SQLITE_OK)
		return store->db ? store_fail(store, "make the history", error)
				 : input_error_no_memory(error);
	/*
	 * The file is thrown away if anything fails, so the journal need not
	 * outlive a crash.
	 */
	ret = store_execute(store, "PRAGMA journal_mode = MEMORY",
			    "make the history", error);
	if (!ret)
		ret = migrate(store, error);
	if (!ret && !statvfs(store->path, &disk) &&
	    disk.f_bavail * disk.f_frsize < 2 * LOG_INDEX_BYTES)
		ret = input_error_set(error, INPUT_DATABASE, 0, 0,
				      "cannot make the history: the disk is "
				      "full; nothing was changed");
	return ret;
}

/*
 * Renames the temporary file to `path` unless `path` exists. False: it does, or
 * the file system cannot rename without replacing.
 */
static bool give_name(const char *temporary, const char *path)
{
	bool linked;

	if (!renameat2(AT_FDCWD, temporary, AT_FDCWD, path, RENAME_NOREPLACE))
		return true;
	/* NFS has no RENAME_NOREPLACE, but link() replaces no file either. */
	linked = !link(temporary, path);
	unlink(temporary);
	return linked;
}

/*
 * Makes a new history. It gets its name only when it is whole, so that a full
 * disk leaves no empty file and no other program finds half a history.
 */
static int make(const char *path, struct input_error *error)
{
	struct store store = { 0 };
	char *temporary;
	int ret = make_temporary(path, &temporary);

	if (ret) {
		ret = input_error_set(error, INPUT_DATABASE, 0, 0,
				      "cannot make the history: %s",
				      strerror(-ret));
	} else {
		store.path = temporary;
		ret = fill_temporary(&store, error);
		sqlite3_close(store.db);
		/*
		 * Where another program was faster, its history is used. Where
		 * the file system cannot rename so, SQLite makes the history in
		 * place.
		 */
		if (!ret)
			(void)give_name(temporary, path);
	}
	if (ret && temporary)
		unlink(temporary);
	free(temporary);
	error->path = path;
	return ret;
}

static int prepare(struct store *store, enum store_mode mode,
		   struct input_error *error)
{
	int64_t version = 0;
	int ret;

	sqlite3_busy_timeout(store->db, STORE_WAIT_MS);
	/*
	 * The log stays beside the database, and the next program goes on with
	 * it. To record a run would cost four waits for the disk, and three of
	 * them are to make the log and to move it into the database. SQLite
	 * moves the log by itself once it has 1000 pages.
	 */
	sqlite3_db_config(store->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	ret = check_kind(store, &version, error);
	if (ret)
		return ret;
	if (mode == STORE_READ && !version) {
		error->path = store->path;
		return input_error_set(error, INPUT_DATABASE, 0, 0,
				       "expected a history, found an empty "
				       "file; `smallfio record` makes one");
	}
	/* Readers migrate, too, because queries know only the newest schema. */
	ret = store_execute(store,
			    "PRAGMA journal_mode = WAL;"
			    "PRAGMA synchronous = FULL;"
			    "PRAGMA foreign_keys = ON",
			    "open the history", error);
	if (!ret && version < STORE_VERSION)
		ret = migrate(store, error);
	return ret;
}

static int open_path(struct store *store, enum store_mode mode,
		     struct input_error *error)
{
	int flags = SQLITE_OPEN_READWRITE |
		    (mode == STORE_CREATE ? SQLITE_OPEN_CREATE : 0);

	if (mode != STORE_CREATE && access(store->path, R_OK))
		return input_error_set(error, INPUT_UNREADABLE, 0, 0,
				       "cannot open: %s; `smallfio record` "
				       "makes a history",
				       strerror(errno));
	if (sqlite3_open_v2(store->path, &store->db, flags, NULL) != SQLITE_OK)
		return store->db ? store_fail(store, "open the history", error)
				 : input_error_no_memory(error);
	return prepare(store, mode, error);
}

int store_open(struct store **out, const char *path, enum store_mode mode,
	       struct input_error *error)
{
	struct store *store = calloc(1, sizeof(*store));
	int ret = 0;

	*out = NULL;
	error->path = path;
	if (!store)
		return input_error_no_memory(error);
	store->path = path;
	if (mode == STORE_CREATE && access(path, F_OK) && errno == ENOENT)
		ret = make(path, error);
	if (!ret)
		ret = open_path(store, mode, error);
	if (ret) {
		store_close(store);
		return ret;
	}
	*out = store;
	return 0;
}

static int call_progress(void *context)
{
	struct store *store = context;

	store->steps += PROGRESS_STEPS;
	store->progress(store->progress_context, store->steps, 0);
	return 0;
}

void store_on_progress(struct store *store, store_progress *progress,
		       void *context)
{
	store->progress = progress;
	store->progress_context = context;
	sqlite3_progress_handler(store->db, PROGRESS_STEPS, call_progress,
				 store);
}

void store_close(struct store *store)
{
	if (!store)
		return;
	sqlite3_close(store->db);
	free(store);
}
