"""Signals, killed sessions and tiny limits: what was promised about stopping and going on."""

import os
import signal
import time

import pyarrow.parquet
import pytest

from harness import compare
from harness.landed import final_names, strangers
from harness.program import export
from harness.waiting import published, wait_for

ROWS = 20000
# About 40 ms a statement and 8 s the whole: long enough to be met in the middle.
SLOW = {"batch_size": 100, "throttle_ms": 40, "retry_backoff_ms": 20}
CHUNKED = {"mode": "chunked", "chunk_column": "id", "chunk_size": 1000, "chunk_checkpoint": True}
STOP_SECONDS = 5


def assert_whole_files(place):
    for name in final_names(place):
        if name.endswith(".parquet"):
            pyarrow.parquet.ParquetFile(os.path.join(place, name)).read()


@pytest.mark.parametrize("keys", [dict(CHUNKED), dict(CHUNKED, parallel=3), {}], ids=["chunked", "parallel", "full"])
@pytest.mark.parametrize("number, code", [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["int", "term"])
def test_a_signal_stops_cleanly_and_resume_completes(any_db, rivet, configure, landed, folder, background, keys, number, code):
    any_db.make_table("t", ROWS)
    configure([export("t", tuning=SLOW, **keys)])
    child = background(rivet.start("run", "-c", "rivet.yaml"))
    if "mode" in keys:
        wait_for(published(folder, "t", 2), "two parts")
    else:
        wait_for(any_db.sessions, "a session")
    begun = time.monotonic()
    child.send_signal(number)
    rivet.finish(child, ["run"]).expect(code)
    assert time.monotonic() - begun <= STOP_SECONDS
    any_db.assert_clean()
    place = str(folder / "out" / "t")
    if os.path.isdir(place):
        assert not strangers(place), "temporary files are left"
        assert_whole_files(place)
        assert not os.path.exists(os.path.join(place, "_SUCCESS"))
    configure([export("t", **keys)])
    rivet("run", "-c", "rivet.yaml", "--resume").expect(0)
    assert compare.assert_landed(any_db.connection, "t", landed("t")) == ROWS


def test_a_long_statement_is_cancelled_at_the_server(any_db, rivet, configure, background):
    """The one statement that nobody can pace: it must not outlive us."""
    configure([export("q", query=any_db.long_query())])
    child = background(rivet.start("run", "-c", "rivet.yaml"))
    wait_for(any_db.in_long_query, "the long statement")
    begun = time.monotonic()
    child.send_signal(signal.SIGINT)
    rivet.finish(child, ["run"]).expect(130)
    assert time.monotonic() - begun <= STOP_SECONDS
    any_db.assert_clean(seconds=2)


def test_a_second_signal_ends_at_once(any_db, rivet, configure, folder, background):
    any_db.make_table("t", ROWS)
    configure([export("t", tuning=SLOW, **CHUNKED)])
    child = background(rivet.start("run", "-c", "rivet.yaml"))
    wait_for(published(folder, "t"), "a part")
    child.send_signal(signal.SIGINT)
    child.send_signal(signal.SIGINT)
    begun = time.monotonic()
    assert rivet.finish(child, ["run"]).code in (130, -signal.SIGINT)
    assert time.monotonic() - begun <= STOP_SECONDS
    assert_whole_files(str(folder / "out" / "t"))
    any_db.assert_clean()


@pytest.mark.parametrize("keys", [dict(CHUNKED), {}], ids=["chunked", "full"])
def test_a_terminated_session_is_retried(any_db, rivet, configure, landed, folder, background, keys):
    any_db.make_table("t", ROWS)
    configure([export("t", tuning=SLOW, **keys)])
    child = background(rivet.start("run", "-c", "rivet.yaml", "--json"))
    wait_for(any_db.reading, "a statement")
    if "mode" in keys:
        wait_for(published(folder, "t"), "a part")
    assert any_db.end_sessions() >= 1
    rivet.finish(child, ["run"]).expect(0)
    assert compare.assert_landed(any_db.connection, "t", landed("t")) == ROWS
    assert not strangers(landed("t").folder)
    any_db.assert_clean()


def test_a_refused_run_after_all_retries_is_75_and_resumes(db, rivet, configure, landed, folder, background):
    db.make_table("t", ROWS)
    configure([export("t", tuning=dict(SLOW, max_retries=0), **CHUNKED)])
    child = background(rivet.start("run", "-c", "rivet.yaml"))
    wait_for(published(folder, "t"), "a part")
    db.execute('ALTER ROLE "shop reader" NOLOGIN')
    try:
        db.end_sessions()
        assert rivet.finish(child, ["run"]).code in (1, 75), "a role that may not log in is no reason to try for ever"
    finally:
        db.execute('ALTER ROLE "shop reader" LOGIN')
    configure([export("t", **CHUNKED)])
    rivet("run", "-c", "rivet.yaml", "--resume").expect(0)
    assert compare.assert_landed(db.connection, "t", landed("t")) == ROWS


@pytest.mark.parametrize("profile", ["fast", "balanced"])
def test_tiny_limits_at_the_role(db, rivet, configure, landed, profile):
    db.make_table("t", ROWS)
    for setting in ("statement_timeout = '250ms'", "idle_in_transaction_session_timeout = '150ms'", "lock_timeout = '100ms'"):
        db.execute(f'ALTER ROLE "shop reader" IN DATABASE "{db.name}" SET {setting}')
    configure([export("t", **CHUNKED), export("whole", table="t")], {"tuning": {"profile": profile}})
    rivet("run", "-c", "rivet.yaml").expect(0)
    for name in ("t", "whole"):
        assert compare.assert_landed(db.connection, "t", landed(name)) == ROWS


def test_settings_do_not_leak_into_the_role_or_database(db, rivet, configure):
    db.make_table("t", ROWS)
    before = db.execute("SELECT * FROM pg_db_role_setting ORDER BY 1, 2")
    configure([export("t", **CHUNKED)])
    rivet("run", "-c", "rivet.yaml").expect(0)
    assert db.execute("SELECT * FROM pg_db_role_setting ORDER BY 1, 2") == before


def test_a_column_that_changes_meanwhile_ends_the_run_and_says_the_way_out(any_db, rivet, configure, landed, folder, background):
    any_db.make_table("t", ROWS)
    configure([export("t", tuning=SLOW, **CHUNKED)])
    child = background(rivet.start("run", "-c", "rivet.yaml"))
    wait_for(published(folder, "t", 2), "two parts")
    any_db.execute("ALTER TABLE t DROP COLUMN v, ADD COLUMN v bigint")
    failed = rivet.finish(child, ["run"]).expect(4)
    assert "RIVET_SOURCE_DRIFT" in failed.err and "rivet state reset-chunks -e t" in failed.err
    configure([export("t", **CHUNKED)])
    rivet("state", "reset-chunks", "-c", "rivet.yaml", "-e", "t").expect(0)
    rivet("run", "-c", "rivet.yaml").expect(0)
    assert compare.assert_landed(any_db.connection, "t", landed("t")) == ROWS
