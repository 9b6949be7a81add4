"""Each kind of file, read by three readers that share no code with us or each other's decoders: pyarrow, DuckDB and
fastparquet; and the physical and logical type of each column, as each of them reads the footer (types.md §1)."""

import datetime
import decimal
import os

import duckdb
import fastparquet
import numpy
import pyarrow.parquet
import pytest

from harness import compare
from harness.program import export

# column: (SQL type, expression of i, physical type, pyarrow's words for the logical type, DuckDB's column type)
COLUMNS = {
    "b": ("boolean", "i % 2 = 0", "BOOLEAN", "None", "BOOLEAN"),
    "i2": ("smallint", "i - 300", "INT32", "Int(bitWidth=16, isSigned=true)", "SMALLINT"),
    "i4": ("integer", "i * 7 - 1000", "INT32", "None", "INTEGER"),
    "i8": ("bigint", "i::bigint * 40000000000", "INT64", "None", "BIGINT"),
    "f4": ("real", "i / 8.0", "FLOAT", "None", "FLOAT"),
    "f8": ("double precision", "i / 3.0", "DOUBLE", "None", "DOUBLE"),
    "n9": ("numeric(9,2)", "i / 4.0 - 20", "INT32", "Decimal(precision=9, scale=2)", "DECIMAL(9,2)"),
    "n18": ("numeric(18,3)", "i * 1000001.125", "INT64", "Decimal(precision=18, scale=3)", "DECIMAL(18,3)"),
    "n38": ("numeric(38,10)", "i * 10000000000000000.5", "FIXED_LEN_BYTE_ARRAY", "Decimal(precision=38, scale=10)",
            "DECIMAL(38,10)"),
    "n76": ("numeric(76,2)", "i::numeric * 1e60 + 0.25", "FIXED_LEN_BYTE_ARRAY", "Decimal(precision=76, scale=2)", "DOUBLE"),
    "d": ("date", "date '1960-01-01' + i * 30", "INT32", "Date", "DATE"),
    "tm": ("time", "time '00:00:00.5' + i * interval '1 minute'", "INT64",
           "Time(isAdjustedToUTC=false, timeUnit=microseconds)", "TIME"),
    "ts": ("timestamp", "timestamp '1960-01-01 00:00:00.000001' + i * interval '30 days'", "INT64",
           "Timestamp(isAdjustedToUTC=false, timeUnit=microseconds", "TIMESTAMP"),
    "tz": ("timestamptz", "timestamptz '1960-01-01 00:00:00.000001+03' + i * interval '30 days'", "INT64",
           "Timestamp(isAdjustedToUTC=true, timeUnit=microseconds", "TIMESTAMP WITH TIME ZONE"),
    "t": ("text", "'text ' || i % 37", "BYTE_ARRAY", "String", "VARCHAR"),
    "by": ("bytea", "decode(md5(i::text), 'hex')", "BYTE_ARRAY", "None", "BLOB"),
    "u": ("uuid", "md5(i::text)::uuid", "FIXED_LEN_BYTE_ARRAY", "UUID", "UUID"),
    "j": ("jsonb", "jsonb_build_object('i', i)", "BYTE_ARRAY", "JSON", "JSON"),
    "e": ("mood", "(enum_range(NULL::mood))[1 + i % 2]", "BYTE_ARRAY", "String", "VARCHAR"),
    "iv": ("interval", "i * interval '1 day 1 second'", "BYTE_ARRAY", "String", "VARCHAR"),
    "ip": ("inet", "inet '10.0.0.0' + i", "BYTE_ARRAY", "String", "VARCHAR"),
}
LISTS = {"a_i": ("integer[]", "ARRAY[i, NULL, -i]", "INTEGER[]"), "a_t": ("text[]", "ARRAY['a' || i, NULL, '']", "VARCHAR[]"),
         "a_n": ("numeric(8,2)[]", "ARRAY[i / 4.0]", "DECIMAL(8,2)[]")}
ROWS = 600
LAYOUTS = {
    "plain": {},
    "snappy": {"compression": "snappy"},
    "gzip": {"compression": "gzip"},
    "lz4": {"compression": "lz4"},
    "uncompressed": {"compression": "none"},
    "many row groups": {"parquet": {"row_group_strategy": "fixed_rows", "row_group_rows": 100}},
    "meta columns": {"meta_columns": {"exported_at": True, "row_hash": True}},
    "chunked": {"mode": "chunked", "chunk_column": "id", "chunk_size": 250},
}


@pytest.fixture
def filled(db):
    columns = {name: fact[:2] for name, fact in {**COLUMNS, **LISTS}.items()}
    definitions = ", ".join(f"{name} {kind}" for name, (kind, _) in columns.items())
    # Every seventh row is NULL in every column but the key.
    cells = ", ".join(f"CASE WHEN i % 7 > 0 THEN ({expression})::{kind} END" for kind, expression in columns.values())
    db.execute(f"CREATE TYPE mood AS ENUM ('sad', 'ok'); CREATE TABLE t (id integer PRIMARY KEY, {definitions}); "
               f"INSERT INTO t SELECT i, {cells} FROM generate_series(1, {ROWS}) i")
    return db


def run(rivet, configure, landed, **keys):
    configure([export("t", **keys)])
    rivet("run", "-c", "rivet.yaml").expect(0)
    return landed("t")


def test_types_as_pyarrow_reads_the_footer(filled, rivet, configure, landed):
    found = run(rivet, configure, landed)
    schema = pyarrow.parquet.read_metadata(found.paths[0]).schema
    columns = {schema.column(i).path: schema.column(i) for i in range(len(schema))}
    for name, (_, _, physical, logical, _) in COLUMNS.items():
        assert columns[name].physical_type == physical, name
        assert str(columns[name].logical_type).startswith(logical), f"{name}: {columns[name].logical_type}"
        assert columns[name].max_definition_level == 1, f"{name} is not OPTIONAL"
    for name in LISTS:
        assert f"{name}.list.element" in columns, sorted(columns)


def test_types_as_duckdb_reads_the_footer(filled, rivet, configure, landed):
    found = run(rivet, configure, landed)
    with duckdb.connect() as connection:
        physical = dict(connection.execute("SELECT name, type FROM parquet_schema(?) WHERE num_children IS NULL",
                                           [found.paths[0]]).fetchall())
        seen = dict(connection.execute("SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM read_parquet(?))",
                                       [found.paths[0]]).fetchall())
    for name, (_, _, kind, _, column_type) in COLUMNS.items():
        assert physical[name] == kind, name
        assert seen[name] == column_type, name
    for name, (_, _, column_type) in LISTS.items():
        assert seen[name] == column_type, name


def test_types_as_fastparquet_reads_the_footer(filled, rivet, configure, landed):
    found = run(rivet, configure, landed)
    elements = {element.name.decode() if isinstance(element.name, bytes) else element.name: element
                for element in fastparquet.ParquetFile(found.paths[0]).schema.schema_elements}
    types = ("BOOLEAN", "INT32", "INT64", "INT96", "FLOAT", "DOUBLE", "BYTE_ARRAY", "FIXED_LEN_BYTE_ARRAY")
    for name, (_, _, physical, _, _) in COLUMNS.items():
        assert types[elements[name].type] == physical, name
    assert elements["u"].type_length == 16 and elements["n9"].scale == 2 and elements["n9"].precision == 9


def numbers(column):
    """A pandas column as Python values, missing ones as None."""
    out = []
    for value in column.tolist():
        missing = value is None or (isinstance(value, float) and numpy.isnan(value)) or str(value) in ("NaT", "<NA>", "nan")
        out.append(None if missing else value)
    return out


@pytest.mark.parametrize("layout", LAYOUTS)
def test_values_by_all_three(filled, rivet, configure, landed, layout):
    found = run(rivet, configure, landed, **LAYOUTS[layout])
    compare.assert_landed(filled.connection, "t", found, not_by_duckdb=["n76"])

    names = ["id", "b", "i2", "i4", "i8", "f4", "f8", "d", "ts", "tz", "t", "by", "e", "iv", "ip"]
    epoch = datetime.datetime(1970, 1, 1)
    rows = []
    for path in found.paths:
        frame = fastparquet.ParquetFile(path).to_pandas(columns=names)
        columns = [numbers(frame[name]) for name in names]
        rows += zip(*columns)
    rows.sort()
    server = filled.execute("SELECT id, b, i2, i4, i8, f4, f8, d, ts, tz AT TIME ZONE 'UTC', t, by, e::text, iv, ip::text "
                            "FROM t ORDER BY id")
    assert len(rows) == len(server) == ROWS
    micros = lambda moment: (moment - epoch) // datetime.timedelta(microseconds=1)
    for row, (key, b, i2, i4, i8, f4, f8, d, ts, tz, t, by, e, _, _) in zip(rows, server):
        r = dict(zip(names, row))
        assert r["id"] == key
        assert (None if r["b"] is None else bool(r["b"])) == b
        for name, value in (("i2", i2), ("i4", i4), ("i8", i8), ("f8", f8), ("t", t), ("e", e), ("by", by)):
            assert r[name] == value or (name == "i8" and r[name] is not None and int(r[name]) == value), (key, name, r[name])
        assert (r["f4"] is None) == (f4 is None) and (f4 is None or numpy.float32(r["f4"]) == numpy.float32(f4))
        assert (r["d"] is None) == (d is None) and (d is None or r["d"].to_pydatetime().date() == d)
        for name, value in (("ts", ts), ("tz", tz)):
            assert (r[name] is None) == (value is None), (key, name)
            if value is not None:
                assert micros(r[name].to_pydatetime(warn=False).replace(tzinfo=None)) == micros(value), (key, name)


def test_decimals_up_to_18_digits_by_fastparquet(filled, rivet, configure, landed):
    """fastparquet gives decimals as floats: within a float's precision they must agree."""
    found = run(rivet, configure, landed)
    frame = fastparquet.ParquetFile(found.paths[0]).to_pandas(columns=["id", "n9", "n18"]).sort_values("id")
    server = filled.execute("SELECT n9, n18 FROM t ORDER BY id")
    for name, at in (("n9", 0), ("n18", 1)):
        for value, row in zip(numbers(frame[name]), server):
            assert (value is None) == (row[at] is None)
            if value is not None:
                assert abs(decimal.Decimal(value) - row[at]) <= abs(row[at]) * decimal.Decimal("1e-12")


def test_statistics_let_readers_skip_row_groups(filled, rivet, configure, landed):
    found = run(rivet, configure, landed, parquet={"row_group_strategy": "fixed_rows", "row_group_rows": 100})
    metadata = pyarrow.parquet.read_metadata(found.paths[0])
    assert metadata.num_row_groups >= 6
    highest = []
    for i in range(metadata.num_row_groups):
        group = metadata.row_group(i)
        at = [group.column(c).path_in_schema for c in range(group.num_columns)].index("id")
        statistics = group.column(at).statistics
        assert statistics.has_min_max and statistics.null_count == 0
        highest.append(statistics.max)
    assert max(highest) == ROWS
    with duckdb.connect() as connection:
        assert connection.execute("SELECT count(*) FROM read_parquet(?) WHERE id > 590", [found.paths[0]]).fetchone() == (10,)


def test_an_empty_string_a_null_and_an_empty_list_differ(db, rivet, configure, landed):
    db.execute("CREATE TABLE t (id integer PRIMARY KEY, s text, b bytea, a text[]); "
               "INSERT INTO t VALUES (1, '', '', '{}'), (2, NULL, NULL, NULL), (3, 'x', 'x', '{NULL}'), (4, 'y', 'y', '{\"\"}')")
    found = run(rivet, configure, landed)
    for reader in ("pyarrow", "duckdb"):
        table = next(found.tables(reader)).sort_by("id")
        assert table.column("s").to_pylist() == ["", None, "x", "y"], reader
        assert table.column("b").to_pylist() == [b"", None, b"x", b"y"], reader
        assert table.column("a").to_pylist() == [[], None, [None], [""]], reader
    frame = fastparquet.ParquetFile(found.paths[0]).to_pandas(columns=["id", "s"]).sort_values("id")
    assert numbers(frame["s"]) == ["", None, "x", "y"]


def test_all_null_columns(db, rivet, configure, landed):
    kinds = {name: fact[0] for name, fact in {**COLUMNS, **LISTS}.items() if fact[0] != "mood"}
    db.execute(f"CREATE TABLE t (id integer PRIMARY KEY, {', '.join(f'{n} {k}' for n, k in kinds.items())}); "
               "INSERT INTO t SELECT i FROM generate_series(1, 100) i")
    found = run(rivet, configure, landed)
    compare.assert_landed(db.connection, "t", found)
    frame = fastparquet.ParquetFile(found.paths[0]).to_pandas(columns=["id", "i8", "t", "d"])
    assert len(frame) == 100 and frame["t"].isna().all() and frame["d"].isna().all()


def test_the_file_is_no_larger_than_twice_pyarrows(filled, rivet, configure, landed, tmp_path):
    """A writer that forgot its encodings would still be correct, and no one would see it."""
    found = run(rivet, configure, landed)
    again = os.path.join(str(tmp_path), "again.parquet")
    pyarrow.parquet.write_table(pyarrow.parquet.ParquetFile(found.paths[0]).read(), again, compression="zstd")
    assert os.path.getsize(found.paths[0]) <= 2 * os.path.getsize(again)
