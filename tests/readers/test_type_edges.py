"""Edges of types that no column of the golden matrix can hold: what is refused by name, whatever the server is set to, and one
value of 300 MiB."""

import hashlib

import pyarrow.parquet
import pytest

from harness import compare
from harness.program import export


def assert_refused(rivet, folder, words):
    error = rivet("run", "-c", "rivet.yaml", "--json-errors").expect(1).error()
    for word in ("culprit", *words):
        assert word in error["error"], error
    assert not (folder / "out" / "t" / "_SUCCESS").exists()


# sql_mode of the server: what can be stored is the writer's mode, what is read must not depend on it.
MODES = ["", "NO_ZERO_DATE", "NO_ZERO_IN_DATE,NO_ZERO_DATE,STRICT_TRANS_TABLES", "TRADITIONAL", "ALLOW_INVALID_DATES"]
NO_DATES = {"date": ["0000-00-00", "2024-00-10", "2024-10-00", "2024-02-30"],
            "datetime(3)": ["0000-00-00 00:00:00", "2024-00-10 01:02:03", "2023-02-29 12:00:00.5"],
            "timestamp(6) NULL": ["0000-00-00 00:00:00"]}


@pytest.mark.parametrize("mode", MODES)
def test_dates_that_are_none_are_refused_in_every_mode_of_the_server(mariadb, rivet, configure, folder, mode):
    mariadb.execute("SET sql_mode = 'ALLOW_INVALID_DATES'")
    configure([export("t")])
    mariadb.execute("SET GLOBAL sql_mode = %s", mode)
    try:
        for kind, values in NO_DATES.items():
            mariadb.execute(f"CREATE OR REPLACE TABLE t (id int PRIMARY KEY, culprit {kind}); INSERT INTO t VALUES (1, NULL)")
            for value in values:
                mariadb.execute("REPLACE INTO t VALUES (2, %s)", value)
                assert_refused(rivet, folder, ["row with \"id\" = '2'", value.split(" ")[0]])
    finally:
        mariadb.execute("SET GLOBAL sql_mode = DEFAULT")


@pytest.mark.parametrize("value", ["-838:59:59", "838:59:59", "24:00:00", "-00:00:00.000001", "838:59:59.999999"])
def test_times_that_are_no_time_of_a_day_are_refused(mariadb, rivet, configure, folder, value):
    mariadb.execute("CREATE TABLE t (id int PRIMARY KEY, culprit time(6)); INSERT INTO t VALUES (1, '23:59:59.999999')")
    mariadb.execute("INSERT INTO t VALUES (2, %s)", value)
    configure([export("t")])
    assert_refused(rivet, folder, ["row with \"id\" = '2'", value.split(".")[0]])


@pytest.mark.parametrize("kind", ["geometry", "point", "linestring", "polygon", "multipoint", "multilinestring", "multipolygon",
                                  "geometrycollection"])
def test_geometry_is_refused_before_anything_is_read(mariadb, rivet, configure, folder, kind):
    mariadb.execute(f"CREATE TABLE t (id int PRIMARY KEY, culprit {kind})")
    configure([export("t")])
    rivet("check", "-c", "rivet.yaml").expect(1)
    assert_refused(rivet, folder, [kind])
    configure([export("t", query="SELECT id FROM t")])
    rivet("run", "-c", "rivet.yaml").expect(0)


def test_the_label_of_no_member_is_the_empty_text(mariadb, rivet, configure, landed):
    mariadb.execute("SET sql_mode = ''")
    mariadb.execute("CREATE TABLE t (id int PRIMARY KEY, e enum('a,b','c') CHARACTER SET latin1, s set('x','y'))")
    mariadb.execute("INSERT INTO t VALUES (1, 'no such label', 'no such member'), (2, 'a,b', 'x,y'), (3, NULL, NULL), (4, 0, 0), (5, 2, 2)")
    configure([export("t")])
    rivet("run", "-c", "rivet.yaml").expect(0)
    assert compare.assert_landed(mariadb.connection, "t", landed("t"), readers=("pyarrow", "duckdb", "polars")) == 5
    table = next(landed("t").tables("pyarrow")).sort_by("id")
    assert table.column("e").to_pylist() == ["", "a,b", None, "", "c"]
    assert table.column("s").to_pylist() == ["", "x,y", None, "", "y"]


def test_bytes_that_are_no_utf8_are_refused(server, db, rivet, configure, folder):
    """A SQL_ASCII database takes any bytes for text; the server itself refuses to send them as UTF-8."""
    name = db.name + "_ascii"
    db.execute(f"CREATE DATABASE {name} ENCODING 'SQL_ASCII' LOCALE 'C' TEMPLATE template0")
    other = type(db)(server, name)
    try:
        other.execute("CREATE TABLE t (id integer PRIMARY KEY, v text); INSERT INTO t VALUES (1, 'fine'), "
                      "(2, convert_from(decode('61ff62', 'hex'), 'SQL_ASCII'))")
        configure([export("t")])
        rivet.env["DATABASE_URL"] = other.url
        error = rivet("run", "-c", "rivet.yaml", "--json-errors").expect(1).error()
        assert "0xff" in error["error"] and error["export"] == "t"
        assert not (folder / "out" / "t" / "_SUCCESS").exists()
    finally:
        other.drop()


MIB = 1 << 20
HUGE = {"postgres": "CREATE TABLE t (id integer PRIMARY KEY, v text)",
        "mariadb": "CREATE TABLE t (id int PRIMARY KEY, v longtext) ENGINE = Aria"}


@pytest.mark.slow
def test_a_value_of_300_mib(any_db, rivet, configure, landed):
    """By its length and its sum on both sides; pyarrow reads it column by column, so that it stands in memory once."""
    any_db.execute(HUGE[any_db.engine])
    filling = "INSERT INTO t VALUES (1, repeat('0123456789abcdef', 300 * 65536)), (2, 'small'), (3, NULL)"
    if any_db.engine == "mariadb":
        before = any_db.value("SELECT @@GLOBAL.max_allowed_packet")
        any_db.execute("SET GLOBAL max_allowed_packet = 1073741824")
        any_db.connection.close()
        any_db.connection = any_db.open()  # sessions keep the limit they began with
    try:
        any_db.execute(filling)
        configure([export("t", tuning={"max_value_mb": 512})])
        rivet("run", "-c", "rivet.yaml").expect(0)
        sizes = any_db.execute("SELECT octet_length(v), md5(v) FROM t ORDER BY id")
    finally:
        if any_db.engine == "mariadb":
            any_db.execute(f"SET GLOBAL max_allowed_packet = {before}")
    cells = [cell for path in landed("t").paths
             for cell in pyarrow.parquet.ParquetFile(path).read(columns=["v"]).column("v")]
    found = [(None, None) if not cell.is_valid else (cell.as_buffer().size, hashlib.md5(cell.as_buffer()).hexdigest()) for cell in cells]
    assert sizes[0][0] == 300 * MIB
    assert sorted(found, key=str) == sorted(map(tuple, sizes), key=str)
