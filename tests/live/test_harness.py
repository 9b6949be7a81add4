"""The tests' own comparison sees what it must see; without this a green run proves nothing."""

import decimal
import json
import os
import uuid

import pyarrow
import pyarrow.parquet
import pytest
import xxhash

from harness import compare
from harness.landed import Landed, strangers

TABLE = """
CREATE TABLE things (
  id bigint PRIMARY KEY, flag boolean, f4 real, f8 double precision, n numeric(12, 2), t text, b bytea, u uuid,
  j json, d date, tm time, ts timestamp, tz timestamptz, tags text[], i interval);
INSERT INTO things VALUES
  (1, true, 1.5, '-0', 12.30, 'a "b", c', '\\x00ff', '11111111-2222-3333-4444-555555555555', '{"b":1, "b":2}',
   '0044-03-15 BC', '23:59:59.999999', '1969-12-31 23:59:59.999999', '2024-02-29 12:00+05:30', '{a,NULL,"x y"}',
   '1 year 2 mons -3 days 25:00:00.5'),
  (2, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
  (3, false, 'NaN', '-Infinity', -0.01, '', '', '00000000-0000-0000-0000-000000000000', 'null', '9999-12-31',
   '00:00', '0001-01-01', '1700-01-01 00:00:00.5+00', '{}', '0');
"""

SECOND = 1000000


def things():
    day = 86400 * SECOND
    return pyarrow.table({
        "id": pyarrow.array([1, 2, 3], pyarrow.int64()),
        "flag": [True, None, False],
        "f4": pyarrow.array([1.5, None, float("nan")], pyarrow.float32()),
        "f8": [-0.0, None, float("-inf")],
        "n": pyarrow.array([decimal.Decimal("12.30"), None, decimal.Decimal("-0.01")], pyarrow.decimal128(12, 2)),
        "t": ['a "b", c', None, ""],
        "b": [b"\x00\xff", None, b""],
        "u": pyarrow.array([uuid.UUID("11111111-2222-3333-4444-555555555555").bytes, None, bytes(16)],
                           pyarrow.uuid()),
        "j": ['{"b":1, "b":2}', None, "null"],
        "d": pyarrow.array([-735160, None, 2932896], pyarrow.int32()).cast(pyarrow.date32()),
        "tm": pyarrow.array([day - 1, None, 0], pyarrow.int64()).cast(pyarrow.time64("us")),
        "ts": pyarrow.array([-1, None, -62135596800 * SECOND], pyarrow.int64()).cast(pyarrow.timestamp("us")),
        "tz": pyarrow.array([1709188200 * SECOND, None, -8520336000 * SECOND + 500000],
                            pyarrow.int64()).cast(pyarrow.timestamp("us", "UTC")),
        "tags": [["a", None, "x y"], None, []],
        "i": ["P1Y2M-3DT25H0.500000S", None, "PT0S"],
    })


def land(folder, table, rows=None):
    """Writes what a run would leave, by pyarrow."""
    os.makedirs(os.path.join(folder, "manifests"))
    path = os.path.join(folder, "things.parquet")
    pyarrow.parquet.write_table(table, path)
    with open(path, "rb") as file:
        content = file.read()
    part = {"part_id": 1, "path": "things.parquet", "rows": table.num_rows, "size_bytes": len(content),
            "content_fingerprint": "xxh3:" + xxhash.xxh3_64(content).hexdigest(), "status": "committed"}
    manifest = json.dumps({"manifest_version": 1, "run_id": "r", "status": "success", "part_count": 1,
                           "row_count": table.num_rows if rows is None else rows, "parts": [part]}).encode()
    for name in ("manifest.json", "manifests/r.json"):
        with open(os.path.join(folder, name), "wb") as file:
            file.write(manifest)
    with open(os.path.join(folder, "_SUCCESS"), "w", encoding="utf-8") as file:
        file.write(f"xxh3:{xxhash.xxh3_64(manifest).hexdigest()}\n")
    return Landed(folder)


def test_equal_values_are_equal_by_both_readers(db, tmp_path):
    db.execute(TABLE)
    landed = land(str(tmp_path / "out"), things()).check_books()
    assert compare.assert_landed(db.connection, "things", landed) == 3
    assert strangers(str(tmp_path / "out")) == []


@pytest.mark.parametrize("column, at, value", [
    ("id", 0, 4), ("f8", 0, 0.0), ("f4", 2, None), ("n", 0, decimal.Decimal("12.31")), ("t", 2, None), ("t", 1, ""),
    ("b", 0, b"\x00"), ("j", 0, '{"b":2}'), ("tags", 1, []), ("tags", 0, ["a", "x y", None]), ("flag", 2, None),
])
def test_one_changed_cell_is_seen(db, tmp_path, column, at, value):
    db.execute(TABLE)
    table = things()
    cells = table.column(column).to_pylist()
    cells[at] = value
    changed = pyarrow.array(cells, table.schema.field(column).type)
    table = table.set_column(table.column_names.index(column), column, changed)
    with pytest.raises(AssertionError, match="1 rows lost, 1 rows too many"):
        compare.assert_landed(db.connection, "things", land(str(tmp_path / "out"), table), readers=("pyarrow",))


def test_a_lost_and_a_repeated_row_are_seen(db, tmp_path):
    db.execute(TABLE)
    with pytest.raises(AssertionError, match="1 rows lost, 0 rows too many"):
        compare.assert_landed(db.connection, "things", land(str(tmp_path / "a"), things().slice(1)))
    with pytest.raises(AssertionError, match="0 rows lost, 1 rows too many"):
        twice = pyarrow.concat_tables([things(), things().slice(0, 1)])
        compare.assert_landed(db.connection, "things", land(str(tmp_path / "b"), twice))


def test_a_changed_byte_and_a_wrong_sum_are_seen(tmp_path):
    landed = land(str(tmp_path / "a"), things())
    with open(landed.paths[0], "r+b") as file:
        file.seek(100)
        byte = file.read(1)
        file.seek(100)
        file.write(bytes([byte[0] ^ 1]))
    with pytest.raises(AssertionError):
        landed.check_books()
    with pytest.raises(AssertionError):
        land(str(tmp_path / "b"), things(), rows=4).check_books()


MARIADB_TABLE = """
CREATE TABLE things (
  id bigint unsigned PRIMARY KEY, flag boolean, bits bit(9), f4 float, f8 double, n decimal(12, 2), t text, b blob,
  d date, tm time(6), dt datetime(6), ts timestamp(6) NULL, e enum('a', 'b'), s set('x', 'y z'));
INSERT INTO things VALUES
  (18446744073709551615, 1, 257, 0.1, 0.1, 12.30, 'a "b", c', x'00ff', '1969-12-31', '23:59:59.999999',
   '1969-12-31 23:59:59.999999', '2024-02-29 06:30:00', 'b', 'x,y z'),
  (2, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
  (3, 0, 0, -1.5, -1e-300, -0.01, '', '', '9999-12-31', '00:00', '1000-01-01', '1970-01-01 00:00:00.5', 'a', '');
"""


def mariadb_things():
    at = lambda days, micros: days * 86400 * SECOND + micros
    return pyarrow.table({
        "id": pyarrow.array([2**64 - 1, 2, 3], pyarrow.uint64()),
        "flag": [True, None, False],
        "bits": pyarrow.array([257, None, 0], pyarrow.int64()),
        "f4": pyarrow.array([0.1, None, -1.5], pyarrow.float32()),
        "f8": [0.1, None, -1e-300],
        "n": pyarrow.array([decimal.Decimal("12.30"), None, decimal.Decimal("-0.01")], pyarrow.decimal128(12, 2)),
        "t": ['a "b", c', None, ""],
        "b": [b"\x00\xff", None, b""],
        "d": pyarrow.array([-1, None, 2932896], pyarrow.int32()).cast(pyarrow.date32()),
        "tm": pyarrow.array([at(1, -1), None, 0], pyarrow.int64()).cast(pyarrow.time64("us")),
        "dt": pyarrow.array([-1, None, at(-354285, 0)], pyarrow.int64()).cast(pyarrow.timestamp("us")),
        "ts": pyarrow.array([1709188200 * SECOND, None, 500000], pyarrow.int64()).cast(pyarrow.timestamp("us", "UTC")),
        "e": ["b", None, "a"],
        "s": ["x,y z", None, ""],
    })


def test_mariadbs_equal_values_are_equal_by_both_readers(mariadb, tmp_path):
    mariadb.execute(MARIADB_TABLE)
    landed = land(str(tmp_path / "out"), mariadb_things()).check_books()
    assert compare.assert_landed(mariadb.connection, "things", landed) == 3


@pytest.mark.parametrize("column, at, value", [
    ("id", 0, 2**63), ("flag", 2, None), ("flag", 1, False), ("bits", 0, 1), ("f4", 0, 0.25), ("f8", 0, 0.25), ("t", 1, ""),
    ("b", 0, b"\x00"), ("e", 0, "a"), ("s", 2, None), ("dt", 0, 0), ("ts", 2, 0), ("tm", 2, 1),
])
def test_one_changed_cell_of_mariadbs_is_seen(mariadb, tmp_path, column, at, value):
    mariadb.execute(MARIADB_TABLE)
    table = mariadb_things()
    kind = table.schema.field(column).type
    temporal = pyarrow.types.is_temporal(kind)
    cells = table.column(column).cast(pyarrow.int64()).to_pylist() if temporal else table.column(column).to_pylist()
    cells[at] = value
    changed = pyarrow.array(cells, pyarrow.int64()).cast(kind) if temporal else pyarrow.array(cells, kind)
    table = table.set_column(table.column_names.index(column), column, changed)
    with pytest.raises(AssertionError, match="1 rows lost, 1 rows too many"):
        compare.assert_landed(mariadb.connection, "things", land(str(tmp_path / "out"), table), readers=("pyarrow",))
