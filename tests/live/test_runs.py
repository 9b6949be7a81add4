"""One run after another, one beside another, and the ledger's own account of them."""

import json

import pytest

from harness import compare
from harness.landed import Landed, final_names, strangers
from harness.program import export
from harness.waiting import published, wait_for

TABLE = "CREATE TABLE t (id bigint PRIMARY KEY, v text); INSERT INTO t SELECT i, 'v' || i FROM generate_series(1, 6000) i"
CHUNKED = {"mode": "chunked", "chunk_column": "id", "chunk_size": 500, "chunk_checkpoint": True}
SLOW = {"tuning": {"batch_size": 100, "throttle_ms": 40}}


@pytest.mark.parametrize("keys", [{}, CHUNKED], ids=["full", "chunked"])
def test_a_second_run_is_complete_and_new(db, rivet, configure, landed, keys):
    db.execute(TABLE)
    configure([export("t", **keys)])
    rivet("run", "-c", "rivet.yaml").expect(0)
    first = landed("t")
    db.execute("INSERT INTO t VALUES (6001, 'late'); DELETE FROM t WHERE id = 7")
    rivet("run", "-c", "rivet.yaml").expect(0)
    second = landed("t")
    assert first.manifest["run_id"] != second.manifest["run_id"]
    assert not set(first.paths) & set(second.paths)
    assert compare.assert_landed(db.connection, "t", second) == 6000
    old = Landed(first.folder, f"manifests/{first.manifest['run_id']}.json")
    assert old.manifest["parts"] == first.manifest["parts"] and old.manifest["row_count"] == 6000
    assert not strangers(first.folder), "both runs stay readable by their own manifests"
    rivet("validate", "-c", "rivet.yaml").expect(0)


def test_a_second_live_run_of_one_export_is_75(db, rivet, configure, landed, folder, background):
    db.execute(TABLE)
    configure([export("t", **CHUNKED, **SLOW)])
    child = background(rivet.start("run", "-c", "rivet.yaml"))
    wait_for(published(folder, "t"), "the first part")
    outcome = rivet("run", "-c", "rivet.yaml").expect(75)
    assert str(child.pid) in outcome.err, "the holder is named"
    assert rivet("run", "-c", "rivet.yaml", "--resume").code == 75
    rivet.finish(child, ["run"]).expect(0)
    assert compare.assert_landed(db.connection, "t", landed("t")) == 6000
    assert not strangers(landed("t").folder)


def test_lock_wait_waits_for_the_other(db, rivet, configure, landed, folder, background):
    db.execute(TABLE)
    configure([export("t", **CHUNKED, **SLOW)])
    child = background(rivet.start("run", "-c", "rivet.yaml"))
    wait_for(published(folder, "t"), "the first part")
    rivet("run", "-c", "rivet.yaml", "--lock-wait", "60").expect(0)
    rivet.finish(child, ["run"]).expect(0)
    assert compare.assert_landed(db.connection, "t", landed("t")) == 6000


def test_resume_after_a_failure(db, rivet, configure, landed, folder):
    db.execute(TABLE)
    configure([export("t", tuning={"max_retries": 0}, **CHUNKED)])
    outcome = rivet("run", "-c", "rivet.yaml", "--json", env={"RIVET_FAULT": "chunk_done:kill9:5"})
    assert outcome.code == -9
    assert not (folder / "out" / "t" / "_SUCCESS").exists() and len(final_names(str(folder / "out" / "t"))) >= 4
    refused = rivet("run", "-c", "rivet.yaml").expect(1)
    assert "--resume" in refused.err and "reset-chunks" in refused.err
    rivet("run", "-c", "rivet.yaml", "--resume").expect(0)
    found = landed("t")
    assert compare.assert_landed(db.connection, "t", found) == 6000
    assert len(found.parts) == 12 and not strangers(found.folder)
    again = rivet("run", "-c", "rivet.yaml", "--resume").expect(0)
    assert "nothing to resume" in again.err + again.out
    assert landed("t").manifest_bytes == found.manifest_bytes


def test_resume_of_what_never_ran_is_2(db, rivet, configure):
    db.execute(TABLE)
    configure([export("t", **CHUNKED)])
    rivet("run", "-c", "rivet.yaml", "--resume").expect(2)


def test_resume_with_another_plan_is_1(db, rivet, configure):
    db.execute(TABLE)
    configure([export("t", **CHUNKED)])
    assert rivet("run", "-c", "rivet.yaml", env={"RIVET_FAULT": "chunk_done:kill9:3"}).code == -9
    configure([export("t", **dict(CHUNKED, chunk_size=700))])
    rivet("run", "-c", "rivet.yaml", "--resume").expect(1)


def test_state_commands(db, rivet, configure, landed):
    db.execute(TABLE)
    configure([export("t", **CHUNKED), export("whole", table="t")])
    assert rivet("state", "show", "-c", "rivet.yaml").expect(0).out
    assert rivet("state", "files", "-c", "rivet.yaml", "--json").expect(0).json == []
    rivet("run", "-c", "rivet.yaml").expect(0)
    assert "t" in rivet("state", "show", "-c", "rivet.yaml").expect(0).out
    files = rivet("state", "files", "-c", "rivet.yaml", "-e", "t", "-l", "100", "--json").expect(0).json
    parts = landed("t").parts
    assert len(files) == len(parts) == 12
    text = json.dumps(files)
    assert all(part["path"] in text for part in parts)
    assert len(rivet("state", "files", "-c", "rivet.yaml", "-l", "5", "--json").expect(0).json) == 5
    chunks = rivet("state", "chunks", "-c", "rivet.yaml", "-e", "t", "--json").expect(0).json
    assert landed("t").manifest["run_id"] in json.dumps(chunks)
    assert rivet("state", "chunks", "-c", "rivet.yaml", "-e", "t").expect(0).out.count("completed") >= 12
    rivet.env.pop("DATABASE_URL")  # the source is not asked
    rivet("state", "show", "-c", "rivet.yaml").expect(0)


def test_a_dry_run_reads_and_writes_nothing(db, rivet, configure, folder):
    db.execute(TABLE)
    configure([export("t", **CHUNKED)])
    outcome = rivet("run", "-c", "rivet.yaml", "--dry-run").expect(0)
    assert "t" in outcome.out and not (folder / "out").exists()
    rivet("run", "-c", "rivet.yaml").expect(0)


def test_one_of_several_by_name(db, rivet, configure, folder):
    db.execute(TABLE)
    configure([export("a", table="t"), export("b", table="t")])
    rivet("run", "-c", "rivet.yaml", "-e", "b").expect(0)
    assert (folder / "out" / "b" / "_SUCCESS").exists() and not (folder / "out" / "a").exists()


def test_paths_are_relative_to_the_config(db, rivet, configure, folder):
    db.execute(TABLE)
    (folder / "sub").mkdir()
    configure([export("t")], name="sub/rivet.yaml")
    rivet("run", "-c", "sub/rivet.yaml").expect(0)
    assert (folder / "sub" / "out" / "t" / "_SUCCESS").exists() and (folder / "sub" / ".rivet_state.db").exists()
