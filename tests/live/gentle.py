#!/usr/bin/env python3
"""How gentle a run is, in figures: a wide table, `chunked`, parallel 1 and 4, with pg_stat_activity sampled all the
time from a session of its own.

    "$(scripts/bootstrap --venv)/bin/python" tests/live/gentle.py --rows 2000000
    ... --reference PROGRAM     also runs another program with the same command line and config, for its row

Prints one row a run: wall seconds, client CPU seconds, peak RSS, longest statement, oldest transaction, most sessions,
bytes of temporary files on the server.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time

_TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path[:0] = [_TESTS, os.path.join(os.path.dirname(_TESTS), "scripts")]

import psycopg  # noqa: E402

from harness import program  # noqa: E402
from throwaway_postgres import ThrowawayPostgres  # noqa: E402

SAMPLE_SECONDS = 0.02

# Twenty columns and about 1.2 KB a row, text that does not compress to nothing.
WIDE = """
CREATE TABLE {table} (
  id bigint PRIMARY KEY, public_id uuid NOT NULL, slug text NOT NULL, title text NOT NULL, body text NOT NULL,
  summary text, author varchar(80) NOT NULL, language char(2) NOT NULL, kind text, attributes jsonb NOT NULL,
  revision smallint NOT NULL, view_count integer NOT NULL, like_count bigint, score double precision,
  price numeric(18, 6), published boolean NOT NULL, checksum bytea NOT NULL, published_on date,
  created_at timestamp NOT NULL, updated_at timestamptz NOT NULL);
INSERT INTO {table}
SELECT i, md5('c' || i)::uuid, 'item-' || i, 'On ' || md5('t' || i), body.text, left(body.text, (40 + i % 120)::int),
       'author ' || i % 1000, (ARRAY['en', 'de', 'ja'])[1 + i % 3], 'kind' || i % 20,
       jsonb_build_object('words', i % 900, 'link', '/a/' || i, 'draft', i % 17 = 0),
       i % 12, i % 100000, CASE WHEN i % 6 > 0 THEN i * 1000003 END, sqrt(i), (i * 7 % 1000000) / 1000.0, i % 17 > 0,
       decode(md5('k' || i), 'hex'), date '2018-01-01' + (i % 2500)::int, timestamp '2018-01-01' + i * interval '33 s',
       timestamptz '2024-05-01 00:00+00' + i * interval '1 s'
FROM generate_series(1::bigint, {rows}) AS i,
     LATERAL (SELECT string_agg(md5((i * 31 + j)::text), ' ') AS text FROM generate_series(1, 12 + (i % 20)::int) AS j) AS body;
ANALYZE {table};
"""

_SAMPLE = """
  SELECT coalesce(max(extract(epoch FROM clock_timestamp() - query_start)) FILTER (WHERE state = 'active'), 0)::float8,
         coalesce(max(extract(epoch FROM clock_timestamp() - xact_start)), 0)::float8, count(*)
  FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
       AND backend_type = 'client backend' AND application_name <> 'gentle' AND usename = %s"""


class Sampler(threading.Thread):
    """Looks every 20 ms at what the sessions of one user do."""

    def __init__(self, url, user):
        super().__init__(daemon=True)
        self.connection = psycopg.connect(url, autocommit=True, application_name="gentle")
        self.user = user
        self.ended = threading.Event()
        self.statement = self.transaction = 0.0
        self.sessions = self.samples = self.rss_kb = 0
        self.pid = None  # of the program, once it is started

    def look_at_memory(self):
        # VmHWM begins with the program; ru_maxrss would begin with the size of the process that started it.
        try:
            with open(f"/proc/{self.pid}/status", encoding="ascii", errors="replace") as status:
                peaks = [int(line.split()[1]) for line in status if line.startswith("VmHWM:")]
        except (OSError, ValueError):
            return
        self.rss_kb = max([self.rss_kb] + peaks)

    def run(self):
        while not self.ended.wait(SAMPLE_SECONDS):
            if self.pid is not None:
                self.look_at_memory()
            statement, transaction, sessions = self.connection.execute(_SAMPLE, [self.user]).fetchone()
            self.statement = max(self.statement, statement)
            self.transaction = max(self.transaction, transaction)
            self.sessions = max(self.sessions, sessions)
            self.samples += 1

    def finish(self):
        self.ended.set()
        self.join()
        self.connection.close()


def temp_bytes(connection):
    connection.execute("SELECT pg_stat_force_next_flush()")
    return connection.execute("SELECT temp_bytes FROM pg_stat_database WHERE datname = current_database()").fetchone()[0]


def measure(binary, folder, source_url, admin_url, user):
    """Runs `binary run -c rivet.yaml` in the folder; returns its figures."""
    with psycopg.connect(admin_url, autocommit=True, application_name="gentle") as admin:
        temp_before = temp_bytes(admin)
        sampler = Sampler(admin_url, user)
        sampler.start()
        begun = time.monotonic()
        with open(os.path.join(folder, "log"), "wb") as log:
            child = subprocess.Popen([binary, "run", "-c", "rivet.yaml"], cwd=folder, stdout=log, stderr=log,
                                     env=program.environment({"DATABASE_URL": source_url}))
            sampler.pid = child.pid
            _, status, usage = os.wait4(child.pid, 0)
            child.returncode = os.waitstatus_to_exitcode(status)
        wall = time.monotonic() - begun
        sampler.finish()
        with open(os.path.join(folder, "log"), encoding="utf-8", errors="replace") as log:
            text = log.read()
        return {"exit": child.returncode, "wall_s": wall, "cpu_s": usage.ru_utime + usage.ru_stime,
                "rss_mb": sampler.rss_kb / 1024, "statement_s": sampler.statement, "snapshot_s": sampler.transaction,
                "sessions": sampler.sessions, "samples": sampler.samples,
                "temp_bytes": temp_bytes(admin) - temp_before, "log": text}


def one(binary, source_url, admin_url, user, table, chunk_size, parallel, profile=None):
    """One export into a folder that is removed afterwards."""
    folder = tempfile.mkdtemp(prefix="rivet-gentle-")
    try:
        keys = {"tuning": {"profile": profile}} if profile else {}
        program.write_config(folder, [program.export(table, mode="chunked", chunk_column="id", chunk_size=chunk_size,
                                                     parallel=parallel, **keys)])
        return measure(binary, folder, source_url, admin_url, user)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=2000000)
    parser.add_argument("--chunk-size", type=int, default=250000)
    parser.add_argument("--profile", help="fast, balanced or safe; the program's own choice when not given")
    parser.add_argument("--binary", default=program.binary())
    parser.add_argument("--reference", metavar="PROGRAM")
    wanted = parser.parse_args()
    if not wanted.binary:
        parser.error("no binary: run make build, or give --binary")
    with ThrowawayPostgres() as server:
        admin_url, user = server.url(), "gentle_reader"
        with psycopg.connect(admin_url, autocommit=True) as admin:
            begun = time.monotonic()
            admin.execute(WIDE.format(table="content_items", rows=wanted.rows))
            admin.execute(f"CREATE ROLE {user} LOGIN PASSWORD 'x'; GRANT SELECT ON content_items TO {user}")
            size = admin.execute("SELECT pg_table_size('content_items') / 1e6").fetchone()[0]
            print(f"{wanted.rows} rows, {size:.0f} MB, loaded in {time.monotonic() - begun:.0f} s", flush=True)
        print(f"{'program':<11}{'parallel':>9}{'exit':>6}{'wall s':>9}{'CPU s':>8}{'RSS MB':>8}{'statement s':>13}"
              f"{'snapshot s':>12}{'sessions':>10}{'temp bytes':>12}{'samples':>9}", flush=True)
        for name, binary in (("rivet", wanted.binary), ("reference", wanted.reference)):
            for parallel in (1, 4):
                if binary is None:
                    continue
                f = one(binary, server.url(user=user, password="x"), admin_url, user, "content_items", wanted.chunk_size,
                        parallel, wanted.profile)
                print(f"{name:<11}{parallel:>9}{f['exit']:>6}{f['wall_s']:>9.2f}{f['cpu_s']:>8.2f}{f['rss_mb']:>8.0f}"
                      f"{f['statement_s']:>13.3f}{f['snapshot_s']:>12.3f}{f['sessions']:>10}{f['temp_bytes']:>12}"
                      f"{f['samples']:>9}", flush=True)
                if f["exit"] != 0:
                    print(f["log"], file=sys.stderr)


if __name__ == "__main__":
    main()
