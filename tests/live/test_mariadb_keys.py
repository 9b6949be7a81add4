"""MariaDB: pages along keys of every kind and collation, large values, and columns read as text by override."""

import re

import pyarrow
import pytest

from harness import compare
from harness.program import export

WORDS = ["", " x", "a", "A ", "Ab", "aC", "ä", "Äb", "b", "é", "Ez", "ß", "ssx", "z", "Zz", "ÿ", "'\\\"`", "%_", "10", "9"]

# name: (type of the key, i-th value as SQL); ties in the column's own order are left out by INSERT IGNORE
KEYS = {
    "latin1": ("varchar(40) CHARACTER SET latin1", None),
    "utf8mb3": ("varchar(40) CHARACTER SET utf8mb3 COLLATE utf8mb3_german2_ci", None),
    "general": ("varchar(40) COLLATE utf8mb4_general_ci", None),
    "unicode": ("varchar(40) COLLATE utf8mb4_unicode_520_nopad_ci", None),
    "bin": ("varchar(40) COLLATE utf8mb4_bin", None),
    "utf16": ("varchar(40) CHARACTER SET utf16", None),
    "char": ("char(40)", None),
    "binary": ("binary(6)", lambda i: f"unhex(lpad(hex({i} * 7919), 8, '0'))"),
    "decimal": ("decimal(30,10)", lambda i: f"{i - 500} * 1234567890.0000000007"),
    "date": ("date", lambda i: f"date_add('1969-01-01', INTERVAL {i} DAY)"),
    "datetime": ("datetime(6)", lambda i: f"date_add('1969-12-31 23:59:59.5', INTERVAL {i} * 100001 MICROSECOND)"),
    "timestamp": ("timestamp(3)", lambda i: f"date_add('2024-03-31 00:00:00', INTERVAL {i} * 7 MINUTE)"),
    "unsigned": ("bigint unsigned", lambda i: f"18446744073709551615 - {i}"),
    "year": ("year", lambda i: f"1901 + {i} % 250"),
    "uuid": ("uuid", lambda i: f"uuid()" if i % 2 else f"md5({i})"),
}


def skip_unless_known(mariadb, kind):
    """Other versions, and MySQL, lack some."""
    collation = re.search(r"COLLATE (\w+)", kind)
    if collation and not mariadb.execute("SELECT 1 FROM information_schema.collations WHERE collation_name = %s", collation[1]):
        pytest.skip(f"this server has no {collation[1]}")
    if kind == "uuid" and (mariadb.dialect == "mysql" or mariadb.version < 100700):
        pytest.skip("this server has no type uuid")


def fill(mariadb, name, prefix=""):
    kind, value = KEYS[name]
    skip_unless_known(mariadb, kind)
    if value is None:
        literals = [mariadb.connection.escape(word + suffix) for word in WORDS for suffix in ("", "1", " 2", "é", "_3", "Q")]
    else:
        literals = [value(i) for i in range(1, 1000)]
    mariadb.execute(f"CREATE TABLE t ({prefix} k {kind} NOT NULL, v int NOT NULL, PRIMARY KEY ({'a, ' if prefix else ''}k))")
    lead = "7, " if prefix else ""
    for i in range(0, len(literals), 100):
        rows = ", ".join(f"({lead}{text}, {i + j})" for j, text in enumerate(literals[i:i + 100]))
        mariadb.execute(f"INSERT IGNORE INTO t VALUES {rows}")
    mariadb.execute("ANALYZE TABLE t")
    return mariadb.value("SELECT count(*) FROM t")


@pytest.mark.parametrize("key", KEYS)
def test_pages_along_a_key_hold_each_row_once(mariadb, rivet, configure, landed, key):
    """Full and keyset, by pages of a few rows: whatever order the column has, no row is skipped or repeated."""
    rows = fill(mariadb, key)
    assert rows > 50
    configure([export("full", table="t", tuning={"batch_size": 7}),
               export("keyset", table="t", mode="chunked", chunk_by_key="k", chunk_size=23, parallel=2,
                      tuning={"batch_size": 5})])
    rivet("run", "-c", "rivet.yaml").expect(0)
    for name in ("full", "keyset"):
        assert compare.assert_landed(mariadb.connection, "t", landed(name)) == rows
    mariadb.assert_clean()


@pytest.mark.parametrize("key", ["general", "latin1", "datetime", "decimal"])
def test_pages_along_a_key_of_two_columns(mariadb, rivet, configure, landed, key):
    rows = fill(mariadb, key, "a bigint NOT NULL,")
    configure([export("t", tuning={"batch_size": 7})])
    rivet("run", "-c", "rivet.yaml").expect(0)
    assert compare.assert_landed(mariadb.connection, "t", landed("t")) == rows


def test_days_up_to_the_end_of_the_calendar(mariadb, rivet, configure, landed):
    mariadb.execute("CREATE TABLE t (id int PRIMARY KEY, at datetime(6) NOT NULL, ts timestamp NOT NULL, KEY (at)); "
                    "INSERT INTO t VALUES (1, '9999-12-31 23:59:59.999999', '2038-01-19 03:14:07'), "
                    "(2, '9999-12-30 00:00:00', '2038-01-18 00:00:00'), (3, '9999-12-01 12:00:00', '2037-12-31 00:00:00')")
    configure([export("at", table="t", mode="chunked", chunk_column="at", chunk_by_days=7),
               export("ts", table="t", mode="chunked", chunk_column="ts", chunk_by_days=7)])
    rivet("run", "-c", "rivet.yaml").expect(0)
    for name in ("at", "ts"):
        assert compare.assert_landed(mariadb.connection, "t", landed(name)) == 3


def test_values_of_several_packets(mariadb, rivet, configure, landed):
    """A packet of the protocol ends at 16 MiB; a value does not."""
    mariadb.execute("CREATE TABLE t (id int PRIMARY KEY, body longtext, raw longblob); INSERT INTO t VALUES "
                    "(1, repeat('é', 9000000), repeat(x'00ff', 5)), (2, 'x', repeat(x'fe', 16777215)), (3, NULL, '')")
    configure([export("paged", table="t"), export("streamed", query="SELECT * FROM t")])
    rivet("run", "-c", "rivet.yaml").expect(0)
    for name in ("paged", "streamed"):
        assert compare.assert_landed(mariadb.connection, "t", landed(name)) == 3


# (type, SQL value, the text of it)
TEXTS = {
    "i": ("bigint unsigned", "18446744073709551615", "18446744073709551615"),
    "b": ("tinyint(1)", "-7", "-7"),
    "n": ("decimal(20,5)", "-0.5", "-0.50000"),
    "d": ("date", "'0000-00-00'", "0000-00-00"),
    "dt": ("datetime(3)", "'2024-02-29 01:02:03.4'", "2024-02-29 01:02:03.400"),
    "tm": ("time", "'-838:59:59'", "-838:59:59"),
    "y": ("year", "2024", "2024"),
    "bit": ("bit(9)", "258", "258"),
    "bl": ("blob", "'plain é'", "plain é"),
    "e": ("enum('a','b')", "'b'", "b"),
    "js": ("json", "'{\"a\":  1}'", '{"a":  1}'),
    "g": ("point", "point(1, 2.5)", "POINT(1 2.5)"),
}


def test_any_column_as_text(mariadb, rivet, configure, landed):
    columns = ", ".join(f"`{name}` {kind}" for name, (kind, _, _) in TEXTS.items())
    values = ", ".join(value for _, value, _ in TEXTS.values())
    mariadb.execute(f"SET sql_mode = ''; CREATE TABLE t (id int PRIMARY KEY, {columns}); INSERT INTO t VALUES (1, {values}); "
                    f"INSERT INTO t (id) VALUES (2); SET sql_mode = DEFAULT")
    configure([export("t", columns={name: "text" for name in TEXTS})])
    rivet("run", "-c", "rivet.yaml").expect(0)
    table = pyarrow.concat_tables(landed("t").tables("pyarrow")).sort_by("id")
    for name, (_, _, text) in TEXTS.items():
        if name == "js" and mariadb.dialect == "mysql":  # a type there, spelled by the server
            text = '{"a": 1}'
        assert table.column(name).to_pylist() == [text, None], name


def test_numbers_as_other_numbers(mariadb, rivet, configure, landed):
    mariadb.execute("CREATE TABLE t (id int PRIMARY KEY, flag tinyint(1), big bigint unsigned, n decimal(9,2)); "
                    "INSERT INTO t VALUES (1, 7, 18446744073709551615, 1.5), (2, -128, 0, NULL)")
    configure([export("t", columns={"flag": "int16", "big": "decimal(20,0)", "n": "decimal(20,4)"})])
    rivet("run", "-c", "rivet.yaml").expect(0)
    schema = next(landed("t").tables("pyarrow")).schema
    assert schema.field("flag").type == pyarrow.int16()
    assert schema.field("big").type == pyarrow.decimal128(20, 0)
    assert schema.field("n").type == pyarrow.decimal128(20, 4)
    table = pyarrow.concat_tables(landed("t").tables("pyarrow")).sort_by("id")
    assert table.column("flag").to_pylist() == [7, -128]
    assert [str(value) for value in table.column("big").to_pylist()] == ["18446744073709551615", "0"]


def test_what_has_no_form_is_refused_before_the_first_row(mariadb, rivet, configure, folder):
    mariadb.execute("CREATE TABLE t (id int PRIMARY KEY, culprit point); INSERT INTO t VALUES (1, point(1, 2))")
    configure([export("t"), export("rest", query="SELECT id FROM t")])
    error = rivet("run", "-c", "rivet.yaml", "-e", "t", "--json-errors").expect(1).error()
    assert error["code"] == "RIVET_TYPE_UNSUPPORTED" and "culprit" in str(error)
    assert not (folder / "out" / "t" / "_SUCCESS").exists()
    rivet("run", "-c", "rivet.yaml", "-e", "rest").expect(0)
