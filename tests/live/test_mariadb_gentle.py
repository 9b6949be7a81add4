"""How gentle a chunked run over a wide table is to MariaDB, by the server's own log of every statement."""

import collections
import contextlib
import os
import re
import shutil
import threading
import time

import pytest

from harness.databases import READER
from harness.program import export

ROWS = 120000
SAMPLE_SECONDS = 0.12  # the server looks at its transactions only after a tenth of a second without a question
# On a busy machine too: the goals on a quiet one are 0.1 s and 1 s.
STATEMENT_SECONDS = 0.6
SNAPSHOT_SECONDS = 3.0
RSS_MB = {1: 160, 4: 320}

WIDE = f"""
CREATE TABLE wide (
  id bigint unsigned PRIMARY KEY, public_id char(36) NOT NULL, slug varchar(80) NOT NULL, title text NOT NULL,
  body longtext NOT NULL, summary text, author varchar(80) NOT NULL, language char(2) NOT NULL, kind enum('a', 'b', 'c'),
  attributes json NOT NULL, revision smallint NOT NULL, view_count int unsigned NOT NULL, like_count bigint,
  score double, price decimal(18,6), published boolean NOT NULL, checksum varbinary(32) NOT NULL, published_on date,
  created_at datetime(6) NOT NULL, updated_at timestamp(6) NULL);
INSERT INTO wide SELECT i, uuid(), concat('item-', i), concat('On ', md5(i)), repeat(concat(md5(i), ' '), 12 + i % 20),
  left(repeat(md5(i), 5), 40 + i % 120), concat('author ', i % 1000), elt(1 + i % 3, 'en', 'de', 'ja'), 1 + i % 3,
  json_object('words', i % 900, 'link', concat('/a/', i)), i % 12, i % 100000, IF(i % 6 > 0, i * 1000003, NULL), sqrt(i),
  i * 7 % 1000000 / 1000, i % 17 > 0, unhex(md5(i)), date_add('2018-01-01', INTERVAL i % 2500 DAY),
  date_add('2018-01-01', INTERVAL i * 33 SECOND), date_add('2024-05-01', INTERVAL i SECOND)
  FROM (SELECT CAST(seq AS SIGNED) AS i FROM seq_1_to_{ROWS}) AS s;
ANALYZE TABLE wide;
"""

Statement = collections.namedtuple("Statement", "seconds flags text")


def statements_in(path):
    """What one user's sessions sent, as the slow log with long_query_time=0 has it."""
    with open(path, encoding="utf-8", errors="replace") as file:
        blocks = re.split(r"^# User@Host: ", file.read(), flags=re.MULTILINE)[1:]
    for block in blocks:
        if not block.startswith(READER + "["):
            continue
        head = "\n".join(line for line in block.splitlines() if line.startswith("#"))
        text = "\n".join(line for line in block.splitlines()[1:] if not line.startswith(("#", "SET timestamp=", "use ")))
        flags = {name for name, value in re.findall(r"(\w+): (Yes|No)", head) if value == "Yes"}
        yield Statement(float(re.search(r"Query_time: ([\d.]+)", head)[1]), flags, text)


class Sampler(threading.Thread):
    """Looks at the reader's transactions, and at the program's memory."""

    def __init__(self, server, pid):
        super().__init__(daemon=True)
        self.connection, self.pid = server.connect(), pid
        self.ended = threading.Event()
        self.seen, self.sessions, self.samples, self.rss_mb = {}, 0, 0, 0.0

    def run(self):
        while not self.ended.wait(SAMPLE_SECONDS):
            with self.connection.cursor() as cursor:
                cursor.execute("SELECT trx_mysql_thread_id, trx_started FROM information_schema.innodb_trx JOIN "
                               "information_schema.processlist ON id = trx_mysql_thread_id WHERE user = %s", [READER])
                now = time.monotonic()
                for found in cursor.fetchall():
                    first = self.seen.setdefault(found, [now, now])
                    first[1] = now
                cursor.execute("SELECT count(*) FROM information_schema.processlist WHERE user = %s", [READER])
                self.sessions = max(self.sessions, cursor.fetchone()[0])
            self.samples += 1
            try:
                with open(f"/proc/{self.pid}/status", encoding="ascii", errors="replace") as status:
                    self.rss_mb = max([self.rss_mb] + [int(line.split()[1]) / 1024 for line in status
                                                       if line.startswith("VmHWM:")])
            except OSError:
                pass

    def finish(self):
        self.ended.set()
        self.join()
        self.connection.close()

    @property
    def oldest_snapshot(self):
        return max((last - first for first, last in self.seen.values()), default=0)


@contextlib.contextmanager
def every_statement_logged(mariadb):
    """The server writes every statement of new sessions, with what it cost, into an empty log."""
    with open(mariadb.server.slow_log, "wb"):
        pass
    if mariadb.server.user is not None:
        shutil.chown(mariadb.server.slow_log, mariadb.server.user.pw_uid, mariadb.server.user.pw_gid)
    mariadb.execute("SET GLOBAL log_slow_verbosity = 'query_plan'; SET GLOBAL long_query_time = 0; "
                    "SET GLOBAL log_slow_admin_statements = ON; SET GLOBAL slow_query_log = ON")
    try:
        yield
    finally:
        mariadb.execute("SET GLOBAL slow_query_log = OFF; SET GLOBAL long_query_time = DEFAULT")


@pytest.fixture
def logged(mariadb):
    mariadb.execute(WIDE)
    with every_statement_logged(mariadb):
        yield mariadb


def temporary_files(database):
    return int(dict(database.execute("SHOW GLOBAL STATUS LIKE 'Created_tmp_files'"))["Created_tmp_files"])


@pytest.mark.parametrize("parallel", [1, 4])
def test_statements_and_snapshots_stay_short(logged, rivet, configure, parallel):
    before = temporary_files(logged)
    configure([export("wide", mode="chunked", chunk_column="id", chunk_size=ROWS // 4, parallel=parallel)])
    child = rivet.start("run", "-c", "rivet.yaml")
    sampler = Sampler(logged.server, child.pid)
    sampler.start()
    outcome = rivet.finish(child, ["run"])
    sampler.finish()
    outcome.expect(0)
    found = list(statements_in(logged.server.slow_log))
    pages = [statement for statement in found if "`wide`" in statement.text and "FROM" in statement.text.upper()]
    assert len(pages) >= 8, [statement.text[:200] for statement in found[:20]]
    longest = max(pages, key=lambda statement: statement.seconds)
    print(f"parallel {parallel}: {len(found)} statements, the longest {longest.seconds:.3f} s, snapshot "
          f"{sampler.oldest_snapshot:.2f} s, {sampler.rss_mb:.0f} MB, {sampler.sessions} sessions, {sampler.samples} looks")
    assert longest.seconds <= STATEMENT_SECONDS, longest
    for statement in pages:
        assert not statement.flags & {"Filesort", "Filesort_on_disk", "Tmp_table", "Tmp_table_on_disk", "Full_join"}, statement
    assert temporary_files(logged) == before
    assert sampler.samples > 1 and sampler.seen, "the sampler saw the run"
    assert sampler.oldest_snapshot <= SNAPSHOT_SECONDS
    assert sampler.rss_mb <= RSS_MB[parallel]
    assert sampler.sessions <= parallel + 3
    assert os.path.getsize(logged.server.slow_log) > 0
