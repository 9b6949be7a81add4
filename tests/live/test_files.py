"""What lies at the destination: codecs, row groups, names, modes, meta columns, books."""

import os
import re
import stat
import struct

import pyarrow
import pyarrow.parquet
import pytest
import xxhash

from harness import compare
from harness.landed import files_below, strangers
from harness.program import export

TABLE = ("CREATE TABLE t (id bigint PRIMARY KEY, v text NOT NULL, flag boolean, n numeric(12,3), d date, at timestamptz, "
         "f double precision); INSERT INTO t SELECT i, 'value ' || i % 50, i % 3 = 0, i / 7.0, "
         "CASE WHEN i % 5 > 0 THEN date '1969-12-01' + i % 900 END, timestamptz '2024-01-01 00:00+00' + i * interval '1.5 s', "
         "i / 3.0 FROM generate_series(1, 20000) i")

CODECS = {"zstd": "ZSTD", "snappy": "SNAPPY", "gzip": "GZIP", "lz4": "LZ4", "none": "UNCOMPRESSED"}


def metadata(landed):
    return pyarrow.parquet.read_metadata(landed.paths[0])


@pytest.mark.parametrize("codec", CODECS)
def test_codecs(db, rivet, configure, landed, codec):
    db.execute(TABLE)
    configure([export("t", compression=codec)])
    rivet("run", "-c", "rivet.yaml").expect(0)
    found = landed("t")
    compare.assert_landed(db.connection, "t", found)
    assert metadata(found).row_group(0).column(1).compression == CODECS[codec]
    assert found.manifest["compression"] == codec


def test_levels_profiles_and_the_default(db, rivet, configure, landed):
    db.execute(TABLE)
    configure([export("plain", table="t"), export("strong", table="t", compression="zstd", compression_level=19),
               export("compact", table="t", compression_profile="compact"),
               export("fast", table="t", compression_profile="fast")])
    rivet("run", "-c", "rivet.yaml").expect(0)
    codec = lambda name: metadata(landed(name)).row_group(0).column(1).compression
    assert [codec(name) for name in ("plain", "strong", "compact", "fast")] == ["ZSTD", "ZSTD", "ZSTD", "SNAPPY"]
    assert os.path.getsize(landed("strong").paths[0]) < os.path.getsize(landed("plain").paths[0])


def test_row_groups_by_rows_and_by_bytes(db, rivet, configure, landed):
    db.execute("CREATE TABLE t (id bigint PRIMARY KEY, v text); INSERT INTO t "
               "SELECT i, md5(i::text) || md5((i * 7)::text) FROM generate_series(1, 50000) i")
    configure([export("rows", table="t", parquet={"row_group_strategy": "fixed_rows", "row_group_rows": 7000}),
               export("bytes", table="t", parquet={"row_group_strategy": "auto", "target_row_group_mb": 1})])
    rivet("run", "-c", "rivet.yaml").expect(0)
    sizes = [metadata(landed("rows")).row_group(i).num_rows for i in range(metadata(landed("rows")).num_row_groups)]
    assert sum(sizes) == 50000 and max(sizes) <= 7000 and len(sizes) >= 8
    assert metadata(landed("bytes")).num_row_groups >= 2
    for name in ("rows", "bytes"):
        compare.assert_landed(db.connection, "t", landed(name))


def test_files_are_private_and_nothing_is_left(db, rivet, configure, landed, folder):
    db.execute(TABLE)
    configure([export("t", mode="chunked", chunk_column="id", chunk_size=4000)])
    rivet("run", "-c", "rivet.yaml").expect(0)
    place = landed("t").folder
    for parent, _, names in os.walk(place):
        assert stat.S_IMODE(os.stat(parent).st_mode) == 0o700, parent
        for name in names:
            assert stat.S_IMODE(os.stat(os.path.join(parent, name)).st_mode) == 0o600, name
    assert stat.S_IMODE(os.stat(folder / ".rivet_state.db").st_mode) == 0o600
    assert not strangers(place)


def test_names_and_manifest(db, rivet, configure, landed):
    db.execute(TABLE)
    configure([export("whole", table="t"), export("cut", table="t", mode="chunked", chunk_column="id", chunk_size=10000)])
    result = rivet("run", "-c", "rivet.yaml", "--json").expect(0).json
    whole, cut = landed("whole"), landed("cut")
    assert re.fullmatch(r"whole_\d{8}_\d{6}(_part0)?_\w+\.parquet", whole.parts[0]["path"]), whole.parts[0]["path"]
    for index, part in enumerate(sorted(cut.parts, key=lambda part: part["path"])):
        assert re.fullmatch(rf"cut_\d{{8}}_\d{{6}}_chunk{index}(_part0)?_\w+\.parquet", part["path"]), part["path"]
    manifest = cut.manifest
    assert re.fullmatch(r"cut_\d{8}T\d{6}\.\d{3}(-\d+)?", manifest["run_id"])
    assert manifest["export_name"] == "cut" and manifest["format"] == "parquet" and manifest["compression"] == "zstd"
    assert manifest["source"]["engine"] == "postgres" and manifest["source"]["table"] == "t"
    assert manifest["destination"]["kind"] == "local" and manifest["destination"]["uri"].startswith("file://")
    assert re.fullmatch(r"xxh3:[0-9a-f]{16}", manifest["schema_fingerprint"])
    assert manifest["started_at"] <= manifest["finished_at"] and manifest["finished_at"].endswith("Z")
    one = {entry["export_name"]: entry for entry in result["per_export"]}["cut"]
    assert one["run_id"] == manifest["run_id"] and one["rows"] == 20000 and one["files"] == 2
    assert one["bytes"] == sum(part["size_bytes"] for part in cut.parts)
    assert result["total_rows"] == 40000 and result["success_count"] == 2 and result["failed_count"] == 0


def test_two_runs_of_the_same_rows_give_the_same_bytes(db, rivet, configure, landed):
    db.execute(TABLE)
    configure([export("t", mode="chunked", chunk_column="id", chunk_size=7000)])
    fingerprints = []
    for _ in range(2):
        rivet("run", "-c", "rivet.yaml").expect(0)
        fingerprints.append([part["content_fingerprint"] for part in landed("t").parts])
    assert fingerprints[0] == fingerprints[1]
    assert metadata(landed("t")).created_by.startswith("rivet")


def test_bytes_do_not_depend_on_locale_zone_or_workers(db, rivet, configure, landed):
    db.execute(TABLE)
    seen = set()
    for env, workers in (({}, 1), ({"LC_ALL": "C", "TZ": "Asia/Kathmandu"}, 3), ({"LANG": "tr_TR.UTF-8", "PGTZ": "EST"}, 2)):
        configure([export("t", mode="chunked", chunk_column="id", chunk_size=7000, parallel=workers)])
        rivet("run", "-c", "rivet.yaml", env=env).expect(0)
        seen.add(tuple(sorted(part["content_fingerprint"] for part in landed("t").parts)))
    assert len(seen) == 1


def row_hash(cells):
    """By docs/row-hash.md, whose own code tests/readers/test_row_hash.py runs."""
    number = lambda value: value.to_bytes(8, "little")
    cell = lambda text: b"\0" if text is None else b"\1" + number(len(text.encode())) + text.encode()
    digest = xxhash.xxh3_128(number(len(cells)) + b"".join(map(cell, cells))).digest()
    return struct.unpack(">q", digest[8:])[0]


def test_meta_columns(db, rivet, configure, landed):
    db.execute("CREATE TABLE t (id integer PRIMARY KEY, v text, b boolean, n numeric(8,2), d date, raw bytea); INSERT INTO t "
               "VALUES (1, 'a', true, 1.5, '2024-02-29', '\\x00ff'), (2, NULL, NULL, NULL, NULL, NULL), (3, '', false, 0, "
               "'1969-12-31', '')")
    configure([export("t", meta_columns={"exported_at": True, "row_hash": True})])
    rivet("run", "-c", "rivet.yaml").expect(0)
    found = landed("t")
    compare.assert_landed(db.connection, "t", found)
    table = next(found.tables("pyarrow"))
    assert table.column_names[-2:] == ["_rivet_exported_at", "_rivet_row_hash"]
    assert table.schema.field("_rivet_exported_at").type == pyarrow.timestamp("us", "UTC")
    assert table.schema.field("_rivet_row_hash").type == pyarrow.int64()
    assert not table.schema.field("_rivet_row_hash").nullable and not table.schema.field("_rivet_exported_at").nullable
    moment = table.column("_rivet_exported_at").to_pylist()[0].timestamp()
    age = db.value("SELECT extract(epoch FROM clock_timestamp())") - int(moment)
    assert -2 <= age <= 120
    by_key = dict(zip(table.column("id").to_pylist(), table.column("_rivet_row_hash").to_pylist()))
    assert by_key == {1: row_hash(["1", "a", "true", "1.50", "2024-02-29", "00ff"]), 2: row_hash(["2"] + [None] * 5),
                      3: row_hash(["3", "", "false", "0.00", "1969-12-31", ""])}


def test_the_schema_in_the_footer_says_where_columns_come_from(db, rivet, configure, landed):
    db.execute("CREATE TABLE t (id integer PRIMARY KEY, n numeric(8,2), a inet); INSERT INTO t VALUES (1, 1, '::1')")
    configure([export("t")])
    rivet("run", "-c", "rivet.yaml").expect(0)
    schema = next(landed("t").tables("pyarrow")).schema
    for name in ("id", "n", "a"):
        meta = schema.field(name).metadata
        assert b"rivet.native_type" in meta and b"rivet.fidelity" in meta, (name, meta)
    assert schema.field("id").metadata[b"rivet.fidelity"] == b"exact"
    assert schema.field("a").metadata[b"rivet.fidelity"] == b"logical_string"


def test_a_folder_is_made_and_files_of_others_stay(db, rivet, configure, landed, folder):
    db.execute(TABLE)
    (folder / "out" / "t").mkdir(parents=True)
    (folder / "out" / "t" / "mine.parquet").write_text("not yours", encoding="utf-8")
    configure([export("t"), export("deep", folder="out/a/b", table="t")])
    rivet("run", "-c", "rivet.yaml").expect(0)
    assert (folder / "out" / "t" / "mine.parquet").read_text(encoding="utf-8") == "not yours"
    assert strangers(landed("t").folder) == ["mine.parquet"]
    assert "manifest.json" in files_below(str(folder / "out" / "a" / "b" / "deep"))
