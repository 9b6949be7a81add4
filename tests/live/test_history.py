"""What is told of past runs: metrics, journal, state, and the report beside the config."""

import json
import os
import signal

import pytest

from harness.landed import Landed
from harness.program import export
from harness.waiting import is_paused, published, wait_for

TABLE = "CREATE TABLE t (id bigint PRIMARY KEY, v text); INSERT INTO t SELECT i, 'v' || i FROM generate_series(1, 6000) i"
CHUNKED = {"mode": "chunked", "chunk_column": "id", "chunk_size": 1000, "chunk_checkpoint": True}


@pytest.fixture
def ran(db, rivet, configure):
    """Two good runs of t, one failed of gone, nothing of never."""
    db.execute(TABLE)
    configure([export("t", **CHUNKED), export("gone", table="not_there"), export("never", table="t")])
    rivet("run", "-c", "rivet.yaml", "-e", "t", "--validate").expect(0)
    rivet("run", "-c", "rivet.yaml", "-e", "gone").expect(1)
    rivet("run", "-c", "rivet.yaml", "-e", "t").expect(0)
    rivet.env.pop("DATABASE_URL")  # the source is not asked any more


def test_metrics(rivet, ran):
    del ran
    rows = rivet("metrics", "-c", "rivet.yaml", "--json").expect(0).json
    assert [row["export"] for row in rows] == ["t", "gone", "t"], "newest first"
    assert [row["status"] for row in rows] == ["success", "failed", "success"]
    assert rows[0]["rows"] == 6000 and rows[0]["files"] == 6 and rows[0]["bytes"] > 0
    assert rows[0]["validated"] is None and rows[2]["validated"] is True
    assert "RIVET_SOURCE_MISSING" in rows[1]["error"]
    assert [row["export"] for row in rivet("metrics", "-c", "rivet.yaml", "-e", "t", "-l", "1", "--json").expect(0).json] == ["t"]
    text = rivet("metrics", "-c", "rivet.yaml").expect(0).out
    assert text.splitlines()[0].split()[:3] == ["EXPORT", "STATUS", "ROWS"]
    assert rows[0]["run_id"] in text and "    error: RIVET_SOURCE_MISSING" in text and "    validated: pass" in text
    assert rivet("metrics", "-c", "rivet.yaml", "-e", "never", "--json").expect(0).json == []
    rivet("metrics", "-c", "rivet.yaml", "-e", "unknown").expect(2)


def test_journal(rivet, ran):
    del ran
    runs = rivet("journal", "-c", "rivet.yaml", "-e", "t", "--json").expect(0).json
    assert len(runs) == 2
    kinds = [entry["type"] for entry in runs[1]["entries"]]
    assert kinds[-2:] == ["ValidationResult", "RunCompleted"] and kinds.count("FileWritten") == 6
    assert all(entry["recorded_at"].endswith("Z") for entry in runs[1]["entries"])
    first = runs[1]["run_id"]
    one = rivet("journal", "-c", "rivet.yaml", "-e", "t", "--run-id", first, "--json").expect(0).json
    assert [run["run_id"] for run in one] == [first]
    assert len(rivet("journal", "-c", "rivet.yaml", "-e", "t", "-l", "1", "--json").expect(0).json) == 1
    text = rivet("journal", "-c", "rivet.yaml", "-e", "gone").expect(0).out
    assert text.startswith("✗ gone_") and "does not exist" in text
    assert "6 files, 6000 rows" in rivet("journal", "-c", "rivet.yaml", "-e", "t").expect(0).out
    assert rivet("journal", "-c", "rivet.yaml", "-e", "never", "--json").expect(0).json == []
    for args in (["-e", "unknown"], [], ["-e", "t", "--run-id", "nobody"], ["-e", "t", "--run-id", "../../etc"]):
        rivet("journal", "-c", "rivet.yaml", *args).expect(2)


def test_the_journal_is_whole_without_its_file(rivet, ran, folder):
    del ran
    before = rivet("journal", "-c", "rivet.yaml", "-e", "t", "--json").expect(0).json
    for run in before:
        os.remove(folder / ".rivet" / "runs" / run["run_id"] / (run["run_id"] + ".journal.jsonl"))
    assert rivet("journal", "-c", "rivet.yaml", "-e", "t", "--json").expect(0).json == before


def test_a_killed_run_leaves_its_trace(db, rivet, configure):
    db.execute(TABLE)
    configure([export("t", **CHUNKED)])
    assert rivet("run", "-c", "rivet.yaml", env={"RIVET_FAULT": "chunk_done:kill9:3"}).code == -9
    runs = rivet("journal", "-c", "rivet.yaml", "-e", "t", "--json").expect(0).json
    assert len(runs) == 1 and runs[0]["finished_at"] is None
    assert [entry["type"] for entry in runs[0]["entries"]].count("ChunkCompleted") >= 2
    assert "no end was recorded" in rivet("journal", "-c", "rivet.yaml", "-e", "t").expect(0).out
    rivet("run", "-c", "rivet.yaml", "--resume").expect(0)
    runs = rivet("journal", "-c", "rivet.yaml", "-e", "t", "--json").expect(0).json
    kinds = [entry["type"] for entry in runs[0]["entries"]]
    assert len(runs) == 1 and kinds.count("PlanResolved") == 2 and kinds[-1] == "RunCompleted"
    assert kinds.count("ChunkCompleted") == 6, "of both processes"


def test_the_report_of_a_run(rivet, ran, folder):
    del ran
    runs = rivet("journal", "-c", "rivet.yaml", "-e", "t", "--json").expect(0).json
    place = folder / ".rivet" / "runs" / runs[1]["run_id"]
    summary = json.loads((place / "summary.json").read_text(encoding="utf-8"))
    wanted = {"run_id": runs[1]["run_id"], "export_name": "t", "status": "success", "source_engine": "postgres",
              "destination_kind": "local", "format": "parquet", "compression": "zstd", "batch_size": 10000,
              "total_rows": 6000, "files_produced": 6, "retries": 0, "resumable": False, "schema_changes": [],
              "validation": {"passed": True, "manifest": {"parts_verified": 6, "parts_failed": 0, "failures": []}}}
    assert {key: summary.get(key) for key in wanted} == wanted
    for key in ("started_at", "finished_at", "duration_ms", "tuning_profile", "bytes_written", "peak_rss_mb", "plan_warnings"):
        assert key in summary
    text = (place / "summary.md").read_text(encoding="utf-8")
    assert "## Plan" in text and "## Throughput" in text and "- validated: pass" in text


def test_a_validation_that_fails_is_3_and_told_everywhere(db, rivet, configure, folder):
    db.execute(TABLE)
    configure([export("t", **CHUNKED)])
    rivet("run", "-c", "rivet.yaml").expect(0)
    # A part is lost between the marker and the look at it.
    child = rivet.start("run", "-c", "rivet.yaml", "--validate", "--json", env={"RIVET_FAULT": "success_marker:pause"})
    wait_for(lambda: is_paused(child), "the marker")
    os.remove(Landed(folder / "out" / "t").paths[2])
    child.send_signal(signal.SIGCONT)
    outcome = rivet.finish(child, ["run"]).expect(3)
    one = outcome.json["per_export"][0]
    assert one["status"] == "failed" and one["error_code"] == "RIVET_VALIDATE_FAILED" and one["validated"] is False
    assert "validated" in outcome.err and "FAIL" in outcome.err and "--resume" not in outcome.err
    row = rivet("metrics", "-c", "rivet.yaml", "--json").expect(0).json[0]
    assert row["validated"] is False and row["status"] == "failed"
    summary = json.loads((folder / ".rivet" / "runs" / one["run_id"] / "summary.json").read_text(encoding="utf-8"))
    assert summary["resumable"] is False and "part_missing" in summary["validation"]["manifest"]["failures"][0]
    rivet("run", "-c", "rivet.yaml", "--validate").expect(0)


def test_state_reset_and_progression(rivet, ran):
    del ran
    rows = rivet("state", "progression", "-c", "rivet.yaml", "--json").expect(0).json
    assert [row["export"] for row in rows] == ["t"]
    assert rows[0]["committed"]["mode"] == "chunked" and rows[0]["committed"]["value"] == "chunk #5"
    assert rows[0]["verified"] is None
    assert "chunk #5" in rivet("state", "progression", "-c", "rivet.yaml").expect(0).out
    assert rivet("state", "progression", "-c", "rivet.yaml", "-e", "gone", "--json").expect(0).json == []
    found = rivet("state", "reset", "-c", "rivet.yaml", "-e", "t", "--json").expect(0).json
    assert found == {"export": "t", "previous_cursor": None, "cleared": False}
    assert "next run reads everything" in rivet("state", "reset", "-c", "rivet.yaml", "-e", "t").expect(0).out
    rivet("state", "reset", "-c", "rivet.yaml", "-e", "unknown").expect(2)
    rivet("state", "reset", "-c", "rivet.yaml").expect(2)
    for word in ("rebuild", "orphans", "prune"):
        assert "not available yet" in rivet("state", word, "-c", "rivet.yaml").expect(2).err
    alone = rivet("state", "-c", "rivet.yaml", "--json").expect(0).json
    assert alone == rivet("state", "show", "-c", "rivet.yaml", "--json").expect(0).json


def test_reset_chunks_of_all_that_are_stuck(db, rivet, configure, folder, background):
    db.execute(TABLE)
    slow = {"tuning": {"batch_size": 100, "throttle_ms": 40}}
    configure([export(name, table="t", **CHUNKED) for name in ("a", "b", "old")] + [export("live", table="t", **CHUNKED, **slow)])
    for name in ("a", "b", "old"):
        assert rivet("run", "-c", "rivet.yaml", "-e", name, env={"RIVET_FAULT": "chunk_done:kill9:2"}).code == -9
    child = background(rivet.start("run", "-c", "rivet.yaml", "-e", "live"))
    wait_for(published(folder, "live"), "a part")
    configure([export(name, table="t", **CHUNKED) for name in ("a", "b", "live")])
    rivet("run", "-c", "rivet.yaml", "-e", "a").expect(1)
    found = rivet("state", "reset-chunks", "-c", "rivet.yaml", "--stuck-checkpoints", "--json").expect(0).json
    removed = {one["export"]: one["removed"] for one in found}
    assert removed == {"a": True, "b": True, "live": False, "old": False}
    rivet.finish(child, ["run"]).expect(0)
    rivet("run", "-c", "rivet.yaml", "-e", "a").expect(0)
    assert rivet("state", "reset-chunks", "-c", "rivet.yaml", "-e", "b", "--json").expect(0).json == []
    assert "not in this config" in rivet("state", "reset-chunks", "-c", "rivet.yaml", "--failed").expect(0).out


def test_reset_chunks_takes_unfinished_files_away(db, rivet, configure, folder):
    db.execute(TABLE)
    configure([export("a", table="t", **CHUNKED)])
    place = folder / "out" / "a"
    for path in ("out/a", "elsewhere"):
        assert rivet("run", "-c", "rivet.yaml", env={"RIVET_FAULT": "part_fsynced:kill9:2"}).code == -9
        left = [one for one in place.iterdir() if one.name.startswith(".rivet-tmp-")]
        kept = [one for one in place.iterdir() if one.name.endswith(".parquet")]
        assert left and kept
        changed = export("a", table="t", **CHUNKED)
        changed["destination"]["path"] = path
        configure([changed])
        outcome = rivet("state", "reset-chunks", "-c", "rivet.yaml", "-e", "a").expect(0)
        configure([export("a", table="t", **CHUNKED)])
        moved = path != "out/a"
        assert ("temporary-files-left" in outcome.err or "unfinished files" in outcome.err) == moved
        assert all(one.exists() == moved for one in left) and all(one.exists() for one in kept)
