"""check: what it says of an export before anything is read, and what scripts can do with it."""

import json
import re

import pytest

from harness.program import export
from harness.waiting import wait_for

TABLES = """
CREATE TABLE dense (id bigint PRIMARY KEY, grp integer, day date NOT NULL, v text);
INSERT INTO dense SELECT i, i % 7, date '2024-01-01' + (i % 60)::int, 'v' || i FROM generate_series(1, 120000) i;
CREATE TABLE holes (id bigint PRIMARY KEY, v text);
INSERT INTO holes SELECT i * 1000, 'v' FROM generate_series(1, 60000) i;
ANALYZE;
"""
CHUNKED = {"mode": "chunked", "chunk_column": "id", "chunk_size": 10000}


@pytest.fixture
def tables(db):
    db.execute(TABLES)


def checked(outcome):
    return {line["export"]: line for line in map(json.loads, outcome.out.splitlines())}


def rules(line):
    return {warning["rule"]: warning for warning in line["diagnostic"]["warnings"]}


def test_the_diagnosis_of_each_way_to_read(tables, rivet, configure):
    del tables
    configure([export("whole", table="dense"), export("chunks", table="dense", **CHUNKED),
               export("days", table="dense", mode="chunked", chunk_column="day", chunk_by_days=7),
               export("group", table="dense", mode="chunked", chunk_column="grp", chunk_size=1),
               export("keys", table="dense", mode="chunked", chunk_by_key="id", chunk_size=50000),
               export("workers", table="dense", parallel=4, **CHUNKED)])
    found = checked(rivet("check", "-c", "rivet.yaml", "--json").expect(0))
    said = {name: line["diagnostic"] for name, line in found.items()}
    assert said["whole"]["strategy"] == "full-scan"
    assert said["chunks"]["strategy"] == "chunked(id, size=10000)"
    assert said["days"]["strategy"] == "date-chunked(day, 7d)"
    assert said["keys"]["strategy"] == "keyset(id, page=50000)"
    assert said["workers"]["strategy"] == "chunked-parallel(id, size=10000, p=4)"
    assert {name: one["verdict"] for name, one in said.items()} == {
        "whole": "acceptable", "chunks": "efficient", "days": "degraded", "group": "degraded", "keys": "efficient",
        "workers": "efficient"}
    assert said["chunks"]["cursor_range"] == "1..120000" and said["days"]["cursor_range"] == "2024-01-01..2024-02-29"
    assert said["chunks"]["row_estimate"] == 120000 and said["chunks"]["indexed"] is True
    assert said["group"]["recommended_parallelism"] == 2 and said["chunks"]["recommended_parallelism"] == 2
    assert said["chunks"]["recommended_profile"] == "fast" and said["days"]["recommended_profile"] == "balanced"
    assert "index" in said["days"]["suggestion"] and said["chunks"]["suggestion"] is None
    assert said["chunks"]["max_connections"] > 0 and said["chunks"]["bytes_per_statement"] > 0


def test_warnings(tables, rivet, configure):
    del tables
    configure([export("holes", **CHUNKED), export("many", table="dense", parallel=64, **CHUNKED),
               export("numbered", query="SELECT row_number() OVER (ORDER BY id) AS n, v FROM dense", mode="chunked",
                      chunk_column="n", chunk_size=30000),
               export("sorted", table="dense", mode="chunked", chunk_column="v", chunk_dense=True, chunk_size=50000)])
    found = checked(rivet("check", "-c", "rivet.yaml", "--json").expect(0))
    assert "99.9" not in rules(found["holes"])["sparse-key-range"]["message"]
    assert "chunks are empty" in rules(found["holes"])["sparse-key-range"]["message"]
    assert "dense-sort-cost" in rules(found["numbered"])
    assert rules(found["sorted"])["dense-sort-cost"]["severity"] == "medium"
    assert "sparse-key-range" not in rules(found["many"])
    assert all(warning["severity"] in ("low", "medium", "high") for line in found.values()
               for warning in line["diagnostic"]["warnings"])


def test_more_workers_than_connections(tables, db, rivet, configure):
    del tables
    most = int(db.value("SHOW max_connections"))
    if most > 64:
        pytest.skip("the server takes more connections than parallel may be")
    configure([export("many", table="dense", parallel=most, **CHUNKED)])
    found = checked(rivet("check", "-c", "rivet.yaml", "--json").expect(0))
    assert str(most - 3) in rules(found["many"])["connection-limit"]["message"]


def test_fail_on(tables, rivet, configure):
    del tables
    configure([export("good", table="dense", **CHUNKED),
               export("bad", table="dense", mode="chunked", chunk_column="grp", chunk_size=1)])
    rivet("check", "-c", "rivet.yaml").expect(0)
    outcome = rivet("check", "-c", "rivet.yaml", "--fail-on", "degraded,unsafe", "--json", "--json-errors").expect(3)
    assert outcome.error()["code"] == "RIVET_CHECK_VERDICT" and outcome.error()["export"] == "bad"
    assert set(checked(outcome)) == {"good", "bad"}, "all are told all the same"
    rivet("check", "-c", "rivet.yaml", "--fail-on", "unsafe").expect(0)
    rivet("check", "-c", "rivet.yaml", "-e", "good", "--fail-on", "degraded").expect(0)
    rivet("check", "-c", "rivet.yaml", "--fail-on", "slow").expect(2)


def test_one_that_cannot_be_planned_hides_no_other(tables, rivet, configure):
    del tables
    configure([export("gone", table="not_there"), export("good", table="dense", **CHUNKED)])
    outcome = rivet("check", "-c", "rivet.yaml", "--json").expect(1)
    found = checked(outcome)
    assert found["gone"]["error"]["code"] == "RIVET_SOURCE_MISSING"
    assert found["good"]["diagnostic"]["verdict"] == "efficient"


def test_for_people(tables, rivet, configure):
    del tables
    configure([export("chunks", table="dense", **CHUNKED)])
    text = rivet("check", "-c", "rivet.yaml").expect(0).out
    labels = [line.split("  ")[1] for line in text.splitlines() if line.startswith("  ")]
    assert [label for label in labels if label not in ("Warning",)] == [
        "Export", "Strategy", "Mode", "Row estimate", "Row width", "Cursor range", "Cursor col", "Scan type", "Verdict",
        "Recommended", "Parallelism"]
    assert "EFFICIENT (about " in text and "~120K" in text and "Next: rivet run -c rivet.yaml" in text
    assert "Fidelity" in rivet("check", "-c", "rivet.yaml", "--strict").expect(0).out


def index_reads(db):
    """(scans, entries read) of the primary key of `dense`, as far as sessions that ended have told."""
    return db.execute("SELECT idx_scan, idx_tup_read FROM pg_stat_user_indexes WHERE indexrelname = 'dense_pkey'")[0]


@pytest.mark.parametrize("keys", [{"chunk_by_key": "id", "chunk_size": 1000},
                                  {"chunk_column": "id", "chunk_dense": True, "chunk_size": 1000},
                                  {"chunk_column": "id", "chunk_count": 12}], ids=["keyset", "dense", "count"])
def test_a_check_walks_along_no_key(tables, db, rivet, configure, keys):
    del tables
    configure([export("t", table="dense", mode="chunked", **keys)])
    scans, entries = index_reads(db)
    said = checked(rivet("check", "-c", "rivet.yaml", "--json").expect(0))["t"]["diagnostic"]
    assert said["cursor_range"] == "1..120000" and said["verdict"] == "efficient"
    wait_for(lambda: index_reads(db)[0] > scans, "the statistics of the session that ended")
    db.assert_clean()
    assert index_reads(db)[1] - entries < 100, "only the two ends of the key were looked at"


def test_errors_of_several_exports_say_whose_they_are(db, rivet, configure):
    db.execute('CREATE TABLE denied (id integer PRIMARY KEY); REVOKE ALL ON denied FROM "shop reader";'
               "CREATE TABLE fine (id integer PRIMARY KEY)")
    configure([export("denied"), export("fine"), export("missing")])
    for command in ("check", "run"):
        err = rivet(command, "-c", "rivet.yaml").expect(1).err
        assert re.search(r'Error: \[RIVET_SOURCE_DENIED\] export "denied": ', err)
        assert re.search(r'Error: \[RIVET_SOURCE_\w+\] export "missing": ', err)
