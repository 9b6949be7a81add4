"""Several exports at once, on threads of one process."""

import json
import signal
import time

import pytest

from harness import compare
from harness.program import export
from harness.waiting import published, wait_for

TABLE = ("CREATE TABLE t (id bigint PRIMARY KEY, v text); "
         "INSERT INTO t SELECT i, md5(i::text) FROM generate_series(1, 5000) i; ANALYZE t")
CHUNKED = {"mode": "chunked", "chunk_column": "id", "chunk_size": 500, "chunk_checkpoint": True}
SLOW = {"tuning": {"batch_size": 100, "throttle_ms": 40}}
NAMES = ["a", "b", "c", "d"]


def four(**keys):
    return [export(name, table="t", **keys) for name in NAMES]


def most_sessions(db, child):
    """The most exports that were seen on the server at one time while the child ran."""
    most = 0
    while child.poll() is None:
        found = db.execute("SELECT count(DISTINCT application_name) FROM pg_stat_activity "
                           "WHERE datname = current_database() AND application_name LIKE 'rivet/%'")
        most = max(most, found[0][0])
        time.sleep(0.005)
    return most


@pytest.mark.parametrize("how", ["flag", "key"])
def test_exports_run_at_once_and_all_arrive(db, rivet, configure, landed, background, how):
    db.execute(TABLE)
    configure(four(**CHUNKED, **SLOW), **({"parallel_exports": True} if how == "key" else {}))
    args = ["run", "-c", "rivet.yaml", "--json"] + (["--parallel-exports"] if how == "flag" else [])
    child = background(rivet.start(*args))
    assert most_sessions(db, child) >= 3
    outcome = rivet.finish(child, args).expect(0)
    aggregate = outcome.json
    assert aggregate["parallel_mode"] == "parallel-threads"
    assert [one["export_name"] for one in aggregate["per_export"]] == NAMES, "in the order of the config"
    assert aggregate["total_rows"] == 20000 and aggregate["success_count"] == 4
    assert len({one["run_id"] for one in aggregate["per_export"]}) == 4
    for name in NAMES:
        assert compare.assert_landed(db.connection, "t", landed(name)) == 5000
        assert len(landed(name).parts) == 10
    db.assert_clean()
    files = rivet("state", "files", "-c", "rivet.yaml", "-l", "100", "--json").expect(0).json
    assert len(files) == 40
    for one in aggregate["per_export"]:
        told = rivet("journal", "-c", "rivet.yaml", "-e", one["export_name"], "--json").expect(0).json
        kinds = [entry["type"] for entry in told[0]["entries"]]
        assert kinds.count("FileWritten") == 10 and kinds.count("ChunkCompleted") == 10
        assert kinds[-1] == "RunCompleted"


def test_at_most_so_many_at_a_time(db, rivet, configure, background):
    db.execute(TABLE)
    configure(four(**CHUNKED, **SLOW))
    args = ["run", "-c", "rivet.yaml", "--parallel-exports", "--max-parallel", "2"]
    child = background(rivet.start(*args))
    assert most_sessions(db, child) == 2
    rivet.finish(child, args).expect(0)


def test_one_that_fails_stops_no_other_and_the_worst_code_wins(db, rivet, configure, landed, folder):
    db.execute(TABLE)
    configure([export("gone", table="not_there"), export("good", table="t"),
               export("bad", query="SELECT 1 / (id - 4000) AS v FROM t"), export("also_good", table="t")])
    summary = folder / "deep" / "er" / "summary.json"
    outcome = rivet("run", "-c", "rivet.yaml", "--parallel-exports", "--json", "--summary-output", str(summary)).expect(1)
    assert json.loads(summary.read_text(encoding="utf-8")) == outcome.json
    status = {one["export_name"]: one["status"] for one in outcome.json["per_export"]}
    assert status == {"gone": "failed", "good": "success", "bad": "failed", "also_good": "success"}
    codes = {one["export_name"]: one["error_code"] for one in outcome.json["per_export"]}
    assert codes["gone"] == "RIVET_SOURCE_MISSING" and codes["good"] is None
    for name in ("good", "also_good"):
        assert compare.assert_landed(db.connection, "t", landed(name)) == 5000
    assert "Run summary" in outcome.err and "parallel-threads" in outcome.err
    assert "2 success, 2 failed" in outcome.err


def test_a_summary_that_cannot_be_written_is_a_warning(db, rivet, configure):
    db.execute(TABLE)
    configure([export("t")])
    outcome = rivet("run", "-c", "rivet.yaml", "--summary-output", "/proc/nowhere/summary.json").expect(0)
    assert "summary-not-written" in outcome.err


@pytest.mark.parametrize("number, code", [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["int", "term"])
def test_a_signal_stops_all_and_all_go_on(db, rivet, configure, landed, folder, background, number, code):
    db.execute(TABLE)
    configure(four(**CHUNKED, **SLOW), parallel_exports=True)
    child = background(rivet.start("run", "-c", "rivet.yaml", "--max-parallel", "3", "--json"))
    for name in NAMES[:3]:
        wait_for(published(folder, name), f"a part of {name}")
    begun = time.monotonic()
    child.send_signal(number)
    stopped = rivet.finish(child, ["run"]).expect(code)
    assert time.monotonic() - begun <= 5
    assert [one["status"] for one in stopped.json["per_export"]] == ["interrupted"] * 3
    assert "1 of 4 exports were not started" in stopped.err
    db.assert_clean()
    configure(four(**CHUNKED), parallel_exports=True)
    rivet("run", "-c", "rivet.yaml", "-e", "d").expect(0)
    rivet("run", "-c", "rivet.yaml", "--resume").expect(0)
    for name in NAMES:
        assert compare.assert_landed(db.connection, "t", landed(name)) == 5000


def test_flags_that_do_nothing_say_so(db, rivet, configure):
    db.execute(TABLE)
    configure([export("t")])
    assert "at least two exports" in rivet("run", "-c", "rivet.yaml", "--parallel-exports").expect(0).err
    assert "with --export" in rivet("run", "-c", "rivet.yaml", "-e", "t", "--parallel-exports").expect(0).err
    assert "--max-parallel" in rivet("run", "-c", "rivet.yaml", "--max-parallel", "3").expect(0).err
    assert "--force does nothing" in rivet("run", "-c", "rivet.yaml", "--force").expect(0).err
