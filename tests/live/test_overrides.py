"""Columns read as another type than their own: every value lands exactly, or the run names the row that cannot."""

import decimal
import uuid

import pyarrow
import pytest

from harness.program import export

A_UUID = "A0EEBC99-9c0b-4ef8-bb6d-6bb9bd380a11"
TOP = 2**63 - 1

# engine, the column's type, override, values as SQL, what lands, a value that cannot, what the error says
CASES = [
    ("postgres", "smallint", "int32", ["-32768", "32767"], [-32768, 32767], None, None),
    ("postgres", "integer", "int8", ["-2147483648", "7"], [-2**31, 7], None, None),
    ("postgres", "bigint", "int4", ["-2147483648", "2147483647"], [-2**31, 2**31 - 1], "2147483648", "'2147483648' is out of range"),
    ("postgres", "bigint", "int2", ["-32768", "1"], [-32768, 1], "-32769", "'-32769' is out of range"),
    ("postgres", "bigint", "uint64", ["0", str(TOP)], [0, TOP], "-1", "'-1' is out of range"),
    ("postgres", "oid", "int4", ["1", "2147483647"], [1, 2**31 - 1], "4294967295", "'4294967295' is out of range"),
    ("postgres", "bigint", "decimal(19,0)", [str(TOP), "-1"], [decimal.Decimal(TOP), decimal.Decimal(-1)], None, None),
    ("postgres", "integer", "decimal(6,2)", ["9999", "0"], [decimal.Decimal("9999.00"), decimal.Decimal("0.00")], "10000", "10000"),
    ("postgres", "real", "float8", ["0.1", "'-0'"], [0.10000000149011612, -0.0], None, None),
    ("postgres", "text", "uuid", [f"'{A_UUID}'", "NULL"], [uuid.UUID(A_UUID).bytes, None], "'a0eebc99'", "is no uuid"),
    ("postgres", "varchar(40)", "uuid", [f"'{A_UUID}'"], [uuid.UUID(A_UUID).bytes], f"'{{{A_UUID}}}'", "is no uuid"),
    ("mariadb", "tinyint unsigned", "int8", ["255", "0"], [255, 0], None, None),
    ("mariadb", "bigint", "int32", ["-2147483648", "5"], [-2**31, 5], "-2147483649", "'-2147483649' is out of range"),
    ("mariadb", "bigint unsigned", "int64", [str(TOP), "0"], [TOP, 0], str(TOP + 1), f"'{TOP + 1}' is out of range"),
    ("mariadb", "int", "uint64", ["0", "7"], [0, 7], "-7", "'-7' is out of range"),
    ("mariadb", "tinyint(1)", "int32", ["-128", "1"], None, None, "not available yet"),
    ("mariadb", "mediumint", "decimal(9,1)", ["-8388608", "1"], [decimal.Decimal("-8388608.0"), decimal.Decimal("1.0")], None, None),
    ("mariadb", "bigint", "decimal(18,0)", ["-999999999999999999"], [decimal.Decimal(-(10**18) + 1)], "1000000000000000000", "decimal(18"),
    ("mariadb", "float", "float64", ["0.1", "-2.5"], [0.10000000149011612, -2.5], None, None),
    ("mariadb", "char(36)", "uuid", [f"'{A_UUID}'", "NULL"], [uuid.UUID(A_UUID).bytes, None], "'x'", "is no uuid"),
    ("mariadb", "binary(16)", "uuid", [f"x'{A_UUID.replace('-', '')}'"], [uuid.UUID(A_UUID).bytes], None, None),
]


def of_engine(engine):
    chosen = [case[1:] for case in CASES if case[0] == engine]
    return pytest.mark.parametrize("kind, word, values, lands, wrong, says", chosen, ids=[f"{c[0]}-{c[1]}" for c in chosen])


@of_engine("postgres")
def test_postgres(db, rivet, configure, landed, kind, word, values, lands, wrong, says):
    check(db, rivet, configure, landed, kind, word, values, lands, wrong, says)


@of_engine("mariadb")
def test_mariadb(mariadb, rivet, configure, landed, kind, word, values, lands, wrong, says):
    check(mariadb, rivet, configure, landed, kind, word, values, lands, wrong, says)


def check(database, rivet, configure, landed, kind, word, values, lands, wrong, says):
    rows = ", ".join(f"({i}, {value})" for i, value in enumerate(values))
    database.execute(f"CREATE TABLE t (id int PRIMARY KEY, c {kind})")
    database.execute(f"INSERT INTO t VALUES {rows}")
    configure([export("t", columns={"c": word})])
    if lands is None:
        assert says in rivet("run", "-c", "rivet.yaml", "--json-errors").expect(2).error()["error"]
        return
    rivet("run", "-c", "rivet.yaml").expect(0)
    table = pyarrow.concat_tables(landed("t").tables("pyarrow")).sort_by("id")
    found = table.column("c").combine_chunks()
    if isinstance(found, pyarrow.ExtensionArray):
        found = found.storage
    assert [repr(value) for value in found.to_pylist()] == [repr(value) for value in lands]
    if wrong is None:
        return
    database.execute(f"INSERT INTO t VALUES (41, {wrong})")
    error = rivet("run", "-c", "rivet.yaml", "--json-errors").expect(1).error()
    assert says in error["error"] and '"c"' in error["error"], error
    if error["code"] == "RIVET_TYPE_VALUE":
        assert "'41'" in error["error"], error


def test_a_key_read_as_another_type_is_still_a_key(db, rivet, configure, landed):
    """Pages and chunks go along the column itself: 'B…' and 'b…' are two keys of one uuid."""
    db.execute("CREATE TABLE t (k text PRIMARY KEY, n bigint)")
    db.execute("INSERT INTO t SELECT CASE WHEN i % 2 = 0 THEN upper(md5((i / 2)::text)::uuid::text) "
                     "ELSE md5((i / 2)::text)::uuid::text END, i FROM generate_series(0, 5999) i")
    configure([export("t", columns={"k": "uuid", "n": "int4"}, mode="chunked", chunk_by_key="k", chunk_size=500, parallel=2,
                      tuning={"batch_size": 100})])
    rivet("run", "-c", "rivet.yaml", "--validate").expect(0)
    table = pyarrow.concat_tables(landed("t").tables("pyarrow"))
    assert sorted(table.column("n").to_pylist()) == list(range(6000))
    assert table.schema.field("n").type == pyarrow.int32()


def test_a_value_that_does_not_come_back_ends_no_chunk(db, rivet, configure):
    """money means what its session says: the refusal names the type, and no charset that is not there."""
    db.execute("CREATE TABLE t (id int PRIMARY KEY, m money NOT NULL UNIQUE); INSERT INTO t SELECT i, i::money FROM generate_series(1, 50) i")
    configure([export("t", mode="chunked", chunk_dense=True, chunk_column="m", chunk_size=10)])
    error = rivet("run", "-c", "rivet.yaml", "--json-errors").expect(1).error()
    assert "money" in error["error"] and "may be another value" in error["error"] and "charset" not in error["error"], error
