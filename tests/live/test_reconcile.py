"""run --reconcile: rows counted at the source after the run, beside those that were delivered."""

import contextlib
import json
import os
import signal
import sqlite3

import psycopg
import pytest

from harness.program import export
from harness.waiting import published, wait_for

from . import gentle
from .test_mariadb_gentle import every_statement_logged, statements_in

ROWS = 5000
CHUNKED = {"mode": "chunked", "chunk_column": "id", "chunk_size": 1000, "chunk_checkpoint": True}
# Slow enough to be met while it reads.
SLOW = {"batch_size": 100, "throttle_ms": 30, "retry_backoff_ms": 20}
MANY = 1000000
STATEMENT_SECONDS = 0.6  # the goal is a tenth of it; on a busy machine it only must not be another kind of number


def fill(database):
    """t: ids 10, 20, …; NULLs in grp, which has no index; day with one."""
    day = ("date '2024-01-01' + (i % 60)::int" if database.engine == "postgres" else
           "date_add('2024-01-01', INTERVAL i % 60 DAY)")
    database.execute("CREATE TABLE t (id bigint PRIMARY KEY, grp int, day date NOT NULL, v varchar(64))")
    database.execute(f"INSERT INTO t SELECT i * 10, CASE WHEN i % 50 = 0 THEN NULL ELSE i % 7 END, {day}, md5(concat(i, '')) "
                     f"FROM {database.series(ROWS)}")
    for sql in ("CREATE INDEX by_day ON t (day)", "CREATE TABLE keyless AS SELECT * FROM t",
                "CREATE VIEW seen AS SELECT id, grp, v FROM t WHERE id % 20 = 0", "CREATE TABLE nothing (id bigint PRIMARY KEY)",
                "CREATE TABLE words (k varchar(64) PRIMARY KEY, v bigint)", "INSERT INTO words SELECT v, id FROM t",
                "CREATE TABLE pairs (a int, b bigint, PRIMARY KEY (a, b))", "INSERT INTO pairs SELECT id % 3, id FROM t"):
        database.execute(sql)
    for name in ("t", "keyless", "nothing", "words", "pairs"):
        database.analyze(name)


def chunked(name, table, column, **keys):
    return export(name, table=table, mode="chunked", chunk_column=column, **keys)


def test_what_was_copied_matches_whatever_the_shape(any_db, rivet, configure):
    fill(any_db)
    exports = [
        export("whole", table="t"), export("keyless"), export("seen"), export("nothing"), export("pairs"),
        export("asked", query="SELECT id, v FROM t WHERE grp = 3"),
        chunked("width", "t", "id", chunk_size=7000, parallel=2), chunked("count", "t", "id", chunk_count=3),
        chunked("days", "t", "day", chunk_by_days=7), chunked("dense", "t", "id", chunk_dense=True, chunk_size=900),
        export("keys", table="words", mode="chunked", chunk_by_key="k", chunk_size=900),
        chunked("nulls", "t", "grp", chunk_size=2), chunked("nulls_without_key", "keyless", "grp", chunk_size=2),
        chunked("none", "nothing", "id", chunk_size=100), chunked("led", "pairs", "a", chunk_size=1),
        dict(chunked("asked_in_chunks", "", "id", chunk_size=20000), query="SELECT id, v FROM t WHERE grp IS NULL")]
    exports[-1].pop("table")
    configure(exports)
    outcome = rivet("run", "-c", "rivet.yaml", "--reconcile", "--json").expect(0)
    found = {one["export_name"]: one for one in outcome.json["per_export"]}
    wrong = {name: one for name, one in found.items()
             if one["reconciled"] is not True or one["source_count"] != one["rows"] or one["validated"] is not True}
    assert not wrong, json.dumps(wrong, indent=1)
    assert {name: found[name]["rows"] for name in ("whole", "keyless", "seen", "nothing", "days", "nulls", "none")} == {
        "whole": ROWS, "keyless": ROWS, "seen": ROWS // 2, "nothing": 0, "days": ROWS, "nulls": ROWS, "none": 0}
    rules = {name: {warning["rule"] for warning in one["warnings"]} for name, one in found.items()}
    for name in ("whole", "width", "days", "dense", "keys", "led"):
        assert "count-not-paced" not in rules[name] or (any_db.engine == "mariadb" and name == "days"), name
    assert ("count-not-paced" in rules["keyless"]) == (any_db.engine == "mariadb"), "a cursor passes over rows by short statements"


def test_it_is_told_everywhere(any_db, rivet, configure, folder):
    fill(any_db)
    configure([export("t", **CHUNKED)])
    outcome = rivet("run", "-c", "rivet.yaml", "--reconcile").expect(0)
    assert f"MATCH {ROWS}/{ROWS}" in outcome.err and "MISMATCH" not in outcome.err
    entries = rivet("journal", "-c", "rivet.yaml", "-e", "t", "--json").expect(0).json[0]["entries"]
    assert [entry["type"] for entry in entries][-3:] == ["ValidationResult", "ReconciliationResult", "RunCompleted"]
    assert (entries[-2]["source_count"], entries[-2]["exported_rows"], entries[-2]["matched"]) == (ROWS, ROWS, True)
    run_id = rivet("metrics", "-c", "rivet.yaml", "--json").expect(0).json[0]["run_id"]
    summary = json.loads((folder / ".rivet" / "runs" / run_id / "summary.json").read_text(encoding="utf-8"))
    assert summary["reconciliation"] == {"source_count": ROWS, "exported_rows": ROWS, "matched": True, "differences": []}


def test_dry_run_says_how_it_would_count(any_db, rivet, configure):
    fill(any_db)
    configure([export("t", **CHUNKED), chunked("groups", "t", "grp", chunk_size=2), export("keyless")])
    text = rivet("run", "-c", "rivet.yaml", "--reconcile", "--dry-run").expect(0).out
    assert "rows counted at the source afterwards along (id), chunk by chunk" in text
    assert "rows counted at the source afterwards along (id), all chunks together" in text
    assert "counted" not in rivet("run", "-c", "rivet.yaml", "--dry-run").expect(0).out


@pytest.mark.parametrize("change, source, says", [
    ("DELETE FROM t WHERE id = 500", ROWS - 1, "chunk 0 [10..1009]: 99 at the source, 100 exported"),
    ("INSERT INTO t VALUES (501, 1, '2024-01-01', 'late')", ROWS + 1, "chunk 0 [10..1009]: 101 at the source, 100 exported"),
    ("UPDATE t SET id = 1011 WHERE id = 500", ROWS, "chunk 0 [10..1009]: 99 at the source, 100 exported; "
                                                    "chunk 1 [1010..2009]: 101 at the source, 100 exported"),
], ids=["deleted", "inserted", "moved"])
def test_a_row_that_differs_is_3_and_names_its_window(any_db, rivet, configure, landed, folder, change, source, says):
    fill(any_db)
    configure([export("t", **CHUNKED)])
    assert rivet("run", "-c", "rivet.yaml", env={"RIVET_FAULT": "chunk_done:kill9:4"}).code == -9
    any_db.execute(change)
    outcome = rivet("run", "-c", "rivet.yaml", "--resume", "--reconcile", "--json", "--json-errors").expect(3)
    error = outcome.error()
    assert error["code"] == "RIVET_VALIDATE_SOURCE_DIFFERS" and error["export"] == "t"
    assert f"the source has {source} rows, and {ROWS} were exported; {says}" in error["error"]
    one = outcome.json["per_export"][0]
    assert one["status"] == "failed" and one["reconciled"] is False and one["validated"] is True and one["rows"] == ROWS
    assert one["source_count"] == source
    assert f"MISMATCH {source}/{ROWS}" in outcome.err and "--resume" not in outcome.err
    summary = json.loads((folder / ".rivet" / "runs" / one["run_id"] / "summary.json").read_text(encoding="utf-8"))
    assert summary["reconciliation"]["differences"] == says.split("; ") and summary["resumable"] is False
    assert landed("t").manifest["row_count"] == ROWS, "what was delivered stays as it is"
    rivet("validate", "-c", "rivet.yaml").expect(0)
    rivet("run", "-c", "rivet.yaml", "--reconcile").expect(0)


def test_a_row_without_key_or_with_one_of_text_is_found_too(any_db, rivet, configure):
    fill(any_db)
    groups = chunked("groups", "t", "grp", chunk_size=3, chunk_checkpoint=True)
    keys = export("keys", table="words", mode="chunked", chunk_by_key="k", chunk_size=2000, chunk_checkpoint=True)
    configure([groups, keys])
    for name in ("groups", "keys"):
        assert rivet("run", "-c", "rivet.yaml", "-e", name, env={"RIVET_FAULT": "all_done:kill9"}).code == -9
    any_db.execute("DELETE FROM t WHERE id = 500")
    word = any_db.value("SELECT max(k) FROM words")
    any_db.execute("DELETE FROM words WHERE k = %s", word)
    outcome = rivet("run", "-c", "rivet.yaml", "-e", "groups", "--resume", "--reconcile").expect(3)
    assert f"chunk 3 [NULL]: {ROWS // 50 - 1} at the source, {ROWS // 50} exported" in outcome.err
    outcome = rivet("run", "-c", "rivet.yaml", "-e", "keys", "--resume", "--reconcile").expect(3)
    assert "chunk 2 (" in outcome.err and f"..{word}]: 999 at the source, 1000 exported" in outcome.err


@contextlib.contextmanager
def held_before_its_books(rivet, folder, database, *flags):
    """A run of t that has published its file and waits for the ledger; it goes on after the block."""
    child = rivet.start("run", "-c", "rivet.yaml", "--reconcile", "--json", *flags)
    try:
        wait_for(database.reading, "a statement")
        with contextlib.closing(sqlite3.connect(folder / ".rivet_state.db", timeout=5, isolation_level=None)) as state:
            state.execute("BEGIN IMMEDIATE")
            try:
                wait_for(published(folder, "t"), "the file", seconds=8)
                yield child
            finally:
                state.execute("ROLLBACK")
    except BaseException:
        child.kill()
        child.communicate()
        raise


def test_a_full_export_names_both_counts(any_db, rivet, configure, folder):
    fill(any_db)
    configure([export("t", tuning=SLOW)])
    with held_before_its_books(rivet, folder, any_db) as child:
        any_db.execute("DELETE FROM t WHERE id <= 30")
    outcome = rivet.finish(child, ["run"]).expect(3)
    assert f"the source has {ROWS - 3} rows, and {ROWS} were exported" in outcome.err and "chunk" not in outcome.err.split("MISMATCH")[0]
    assert outcome.json["per_export"][0]["source_count"] == ROWS - 3


def test_what_cannot_be_counted_is_a_warning(any_db, rivet, configure, folder, landed):
    fill(any_db)
    configure([export("t", tuning=SLOW)])
    with held_before_its_books(rivet, folder, any_db) as child:
        any_db.execute("ALTER TABLE t RENAME TO gone")
    outcome = rivet.finish(child, ["run"]).expect(0)
    one = outcome.json["per_export"][0]
    assert one["status"] == "success" and one["reconciled"] is None and one["source_count"] is None
    assert "not-reconciled" in [warning["rule"] for warning in one["warnings"]] and "could not be counted" in outcome.err
    assert landed("t").manifest["row_count"] == ROWS


def test_a_stop_while_counting_leaves_what_was_delivered(db, rivet, configure, folder, landed):
    fill(db)
    configure([export("t", tuning=SLOW)])
    with psycopg.connect(db.server.url(db.name)) as locker:
        with held_before_its_books(rivet, folder, db) as child:
            locker.execute("LOCK TABLE t IN ACCESS EXCLUSIVE MODE")
        wait_for(lambda: db.execute("SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"),
                 "the count to wait for the lock")
        child.send_signal(signal.SIGINT)
        outcome = rivet.finish(child, ["run"], seconds=10).expect(130)
    one = outcome.json["per_export"][0]
    assert one["status"] == "interrupted" and one["reconciled"] is None and one["validated"] is True and one["rows"] == ROWS
    assert "is delivered" in outcome.err
    assert landed("t").manifest["row_count"] == ROWS
    rivet("validate", "-c", "rivet.yaml").expect(0)
    db.assert_clean()
    rivet("run", "-c", "rivet.yaml", "--reconcile").expect(0)


def test_standard_output_is_counted_as_well(any_db, rivet, configure):
    fill(any_db)
    entry = export("t", format="csv")
    entry["destination"] = {"type": "stdout"}
    configure([entry])
    outcome = rivet("run", "-c", "rivet.yaml", "--reconcile").expect(0)
    assert f"MATCH {ROWS}/{ROWS}" in outcome.err and len(outcome.out.splitlines()) == ROWS + 1


@pytest.mark.parametrize("keys", [{}, dict(CHUNKED, chunk_size=MANY)], ids=["full", "chunked"])
def test_counting_a_million_rows_takes_short_statements(db, rivet, configure, keys):
    db.make_table("t", MANY)
    db.execute("CREATE TABLE keyless AS SELECT * FROM t")
    configure([export("t", **keys)] + ([] if keys else [export("keyless")]))
    sampler = gentle.Sampler(db.server.url(db.name), "shop reader")
    sampler.start()
    try:
        outcome = rivet("run", "-c", "rivet.yaml", "--reconcile", "--json").expect(0)
    finally:
        sampler.finish()
    for one in outcome.json["per_export"]:
        assert one["reconciled"] is True and one["source_count"] == MANY
        print(one["export_name"], one["longest_statement_ms"], "ms of", one["statements"], "statements")
        assert one["longest_statement_ms"] <= STATEMENT_SECONDS * 1000
    assert sampler.samples > 5 and sampler.statement <= STATEMENT_SECONDS


def test_counting_a_million_rows_takes_short_statements_on_mariadb(mariadb, rivet, configure):
    mariadb.make_table("t", MANY)
    with every_statement_logged(mariadb):
        configure([export("t", **dict(CHUNKED, chunk_size=MANY))])
        outcome = rivet("run", "-c", "rivet.yaml", "--reconcile", "--json").expect(0)
    assert outcome.json["per_export"][0]["source_count"] == MANY
    steps = [one for one in statements_in(mariadb.server.slow_log) if "OFFSET" in one.text or "COUNT(*)" in one.text]
    assert len(steps) > 4, "paced steps"
    assert max(one.seconds for one in steps) <= STATEMENT_SECONDS
    for one in steps:
        assert not one.flags & {"Filesort", "Filesort_on_disk", "Tmp_table", "Tmp_table_on_disk"}, one
        assert "WHERE" in one.text or "LIMIT" in one.text, one


def test_strict_passes_what_loses_nothing(db, rivet, configure, folder):
    db.execute("CREATE TABLE t (id bigint PRIMARY KEY, n numeric, p numeric(12,2), j jsonb, a int[], e inet); INSERT INTO t VALUES (1)")
    configure([export("t")])
    outcome = rivet("run", "-c", "rivet.yaml", "--strict", "--json").expect(0)
    said = {one["rule"]: one["message"] for one in outcome.json["per_export"][0]["warnings"]}
    assert said["unbounded-numeric"].endswith(": n")
    rivet("run", "-c", "rivet.yaml", "--strict", "--dry-run").expect(0)
    rivet("check", "-c", "rivet.yaml", "--strict").expect(0)
    assert os.path.isdir(folder / "out" / "t")
