"""validate finds what was lost or changed after the run, without the source."""

import json
import os
import shutil

import pytest

from harness.program import export


@pytest.fixture
def delivered(db, rivet, configure, landed):
    db.execute("CREATE TABLE t (id bigint PRIMARY KEY, v text); INSERT INTO t SELECT i, md5(i::text) FROM generate_series(1, 9000) i")
    configure([export("t", mode="chunked", chunk_column="id", chunk_size=3000)])
    rivet("run", "-c", "rivet.yaml").expect(0)
    return landed("t")


def flip(path, at):
    with open(path, "r+b") as file:
        file.seek(at, os.SEEK_END if at < 0 else os.SEEK_SET)
        byte = file.read(1)
        file.seek(-1, os.SEEK_CUR)
        file.write(bytes([byte[0] ^ 0x10]))


def verdict(outcome):
    exports = outcome.json["exports"]
    assert len(exports) == 1 and exports[0]["export_name"] == "t"
    return exports[0]["verification"]


def test_what_is_whole_passes_and_needs_no_source(rivet, delivered):
    del delivered
    rivet.env.pop("DATABASE_URL")
    for depth in ("light", "sample", "full"):
        found = verdict(rivet("validate", "-c", "rivet.yaml", "--depth", depth, "--format", "json").expect(0))
        assert found["passed"] and not found["failures"] and found["manifest_found"]
    assert rivet("validate", "-c", "rivet.yaml").expect(0).out


def test_a_missing_part(rivet, delivered):
    os.remove(delivered.paths[1])
    found = verdict(rivet("validate", "-c", "rivet.yaml", "--format", "json").expect(3))
    assert [(one["kind"], one["path"]) for one in found["failures"]] == [("part_missing", delivered.parts[1]["path"])]
    assert not found["passed"] and found["parts_failed"] == 1 and found["parts_verified"] == 2


def test_a_part_of_another_size(rivet, delivered):
    with open(delivered.paths[0], "ab") as file:
        file.write(b"x")
    found = verdict(rivet("validate", "-c", "rivet.yaml", "--format", "json").expect(3))
    assert "part_size_mismatch" in [one["kind"] for one in found["failures"]]


@pytest.mark.parametrize("where", [4, 2000, -20], ids=["head", "middle", "footer"])
def test_one_flipped_bit(rivet, delivered, where):
    flip(delivered.paths[2], where)
    found = verdict(rivet("validate", "-c", "rivet.yaml", "--depth", "full", "--format", "json").expect(3))
    assert delivered.parts[2]["path"] in [one.get("path") for one in found["failures"]]


def test_a_changed_manifest_makes_the_marker_stale(rivet, delivered):
    path = os.path.join(delivered.folder, "manifest.json")
    with open(path, "ab") as file:
        file.write(b"\n")
    found = verdict(rivet("validate", "-c", "rivet.yaml", "--format", "json").expect(3))
    assert [one["kind"] for one in found["failures"]] == ["success_marker_stale"]
    assert not found["success_marker_consistent"]


def test_sums_that_do_not_add_up(rivet, delivered):
    path = os.path.join(delivered.folder, "manifest.json")
    manifest = dict(delivered.manifest, row_count=delivered.manifest["row_count"] + 1)
    with open(path, "w", encoding="utf-8") as file:
        json.dump(manifest, file)
    found = verdict(rivet("validate", "-c", "rivet.yaml", "--format", "json").expect(3))
    assert "manifest_self_inconsistent" in [one["kind"] for one in found["failures"]]


def test_a_marker_that_is_no_marker(rivet, delivered):
    with open(os.path.join(delivered.folder, "_SUCCESS"), "w", encoding="utf-8") as file:
        file.write("yes\n")
    found = verdict(rivet("validate", "-c", "rivet.yaml", "--format", "json").expect(3))
    assert "success_marker_malformed" in [one["kind"] for one in found["failures"]]


def test_a_foreign_file_is_told_and_no_failure(rivet, delivered):
    with open(os.path.join(delivered.folder, "foreign.parquet"), "w", encoding="utf-8") as file:
        file.write("not ours")
    found = verdict(rivet("validate", "-c", "rivet.yaml", "--format", "json").expect(0))
    assert found["passed"]
    assert [one["key"] for one in found["failures"] if one["kind"] == "untracked_object"] == ["foreign.parquet"]


def test_no_manifest_cannot_be_certified(rivet, configure):
    configure([export("t")])
    found = verdict(rivet("validate", "-c", "rivet.yaml", "--format", "json").expect(0))
    assert not found["manifest_found"] and found["legacy_run"]


def test_what_a_recorded_run_delivered_and_is_gone_is_a_failure(rivet, delivered, configure):
    shutil.rmtree(delivered.folder)
    outcome = rivet("validate", "-c", "rivet.yaml", "--format", "json").expect(3)
    found = verdict(outcome)
    run_id = delivered.manifest["run_id"]
    assert not found["passed"] and not found["manifest_found"] and not found["legacy_run"] and found["run_id"] == run_id
    assert [one["kind"] for one in found["failures"]] == ["manifest_missing"] and run_id in found["failures"][0]["detail"]
    text = rivet("validate", "-c", "rivet.yaml").expect(3).out
    assert "manifest_missing" in text and run_id in text and "FAIL" in text
    configure([export("t", folder="elsewhere")])
    assert verdict(rivet("validate", "-c", "rivet.yaml", "--format", "json").expect(0))["legacy_run"]


def test_a_run_that_was_given_up_delivered_nothing(db, rivet, configure):
    db.execute("CREATE TABLE t (id bigint PRIMARY KEY); INSERT INTO t SELECT generate_series(1, 900)")
    configure([export("t", mode="chunked", chunk_column="id", chunk_size=300, chunk_checkpoint=True)])
    assert rivet("run", "-c", "rivet.yaml", env={"RIVET_FAULT": "chunk_done:kill9:2"}).code == -9
    rivet("state", "reset-chunks", "-c", "rivet.yaml", "-e", "t").expect(0)
    assert verdict(rivet("validate", "-c", "rivet.yaml", "--format", "json").expect(0))["legacy_run"]


def test_the_manifest_of_another_export(rivet, delivered, configure):
    del delivered
    configure([dict(export("t"), name="other")])
    outcome = rivet("validate", "-c", "rivet.yaml", "--format", "json").expect(3)
    found = outcome.json["exports"][0]["verification"]
    assert [one["kind"] for one in found["failures"]] == ["manifest_of_another_export"] and not found["passed"]
    assert '"t"' in found["failures"][0]["detail"] and '"other"' in found["failures"][0]["detail"]
