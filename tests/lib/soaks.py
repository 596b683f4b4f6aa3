# SPDX-License-Identifier: GPL-2.0-only
"""Makes up soaks in a history."""
import contextlib
import sqlite3


def fill(db, hosts, minutes, first_ms=1_700_000_000_000):
    """Puts a heartbeat of each host and minute into a history that `smallfio
    watch --record` has made, in the place of what it has."""
    with contextlib.closing(sqlite3.connect(db)) as c, c:
        for table in ("heartbeat", "soak_host", "soak"):
            c.execute(f"DELETE FROM {table}")
        c.execute("INSERT INTO soak VALUES (1, 'big', ?, 0)", (first_ms,))
        c.executemany("INSERT INTO soak_host VALUES (?, 1, ?)",
                      [(i, f"node{i}") for i in range(1, hosts + 1)])
        c.execute("WITH RECURSIVE m(i) AS (SELECT 1 UNION ALL SELECT i + 1 "
                  "FROM m WHERE i < ?) INSERT INTO heartbeat SELECT 1, ? + i "
                  "* 60000, id, 'create', 'runs', 60000, 4, 6000, 6000 * 4096,"
                  " i % 2, 1000000 + id, NULL, 10.0, 20.0, 8192 FROM m, "
                  "soak_host", (minutes, first_ms))
