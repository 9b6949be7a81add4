"""MariaDB by the whole program: what init writes runs as it is, chunked runs, and every type by the server's own word.
What both engines promise in the same words stands beside PostgreSQL's (any_db)."""

import glob
import json
import os
import re

import pyarrow
import pytest

from harness import compare
from harness.databases import READER
from harness.landed import Landed
from harness.program import export

SCHEMA = """
CREATE TABLE customers (id int unsigned AUTO_INCREMENT PRIMARY KEY, mail varchar(80) NOT NULL UNIQUE,
  mood enum('sad', 'ok', 'very, happy'), flags set('a', 'b', 'c d'), born date, limits decimal(12,2), active boolean NOT NULL);
INSERT INTO customers SELECT seq, concat('a', seq, '@b.c'), 1 + seq % 3, seq % 8,
  IF(seq % 3 > 0, date_add('1950-01-01', INTERVAL seq DAY), NULL), seq / 7, seq % 2 FROM seq_1_to_700;
CREATE TABLE big (id bigint unsigned PRIMARY KEY, pad text, amount decimal(18,4), at datetime(6) NOT NULL);
INSERT INTO big SELECT seq, repeat('x', seq % 50), seq / 3, date_add('2024-01-01', INTERVAL seq * 1000001 MICROSECOND)
  FROM seq_1_to_120000;
CREATE TABLE `Order Items` (`Id` int PRIMARY KEY, `Select` text, `with space` bit(1));
INSERT INTO `Order Items` SELECT seq, concat('it', seq), seq % 2 FROM seq_1_to_300;
CREATE TABLE composite_key (a int, b varchar(20), v float, PRIMARY KEY (a, b));
INSERT INTO composite_key SELECT CAST(seq AS SIGNED) % 10 - 5, concat('b', seq), seq / 8 FROM seq_1_to_300;
CREATE TABLE no_key (name text, n smallint);
INSERT INTO no_key SELECT concat('n', seq % 5), seq FROM seq_1_to_200;
CREATE TABLE uuid_key (id char(36) PRIMARY KEY, data json, `raw` varbinary(32));
INSERT INTO uuid_key SELECT concat('id-', md5(seq)), json_object('i', seq), unhex(md5(seq))
  FROM seq_1_to_300;
CREATE TABLE wide_numbers (id int PRIMARY KEY, n decimal(65,30), z int(5) unsigned zerofill, y year, m mediumint);
INSERT INTO wide_numbers VALUES (1, 99999999999999999999999999999999999.999999999999999999999999999999, 7, 1901, -8388608),
  (2, -0.000000000000000000000000000001, 4294967295, 2155, 8388607), (3, NULL, NULL, NULL, NULL);
CREATE TABLE empty_one (id int PRIMARY KEY, t text);
CREATE TABLE nulls_only (id int, t text, d date, b blob);
INSERT INTO nulls_only SELECT NULL, NULL, NULL, NULL FROM seq_1_to_20;
CREATE TABLE latin (id int PRIMARY KEY, t varchar(20) CHARACTER SET latin1, u varchar(20) COLLATE utf8mb4_bin);
INSERT INTO latin VALUES (1, 'Grüße, ½', '𝔘ñï 🎁'), (2, '', '');
CREATE TABLE measurements (id bigint NOT NULL, day date NOT NULL, v double) PARTITION BY RANGE COLUMNS (day)
  (PARTITION p1 VALUES LESS THAN ('2024-02-01'), PARTITION p2 VALUES LESS THAN (MAXVALUE));
INSERT INTO measurements SELECT seq, date_add('2024-01-01', INTERVAL seq % 50 DAY), sqrt(seq) FROM seq_1_to_500;
CREATE TABLE aria (id int PRIMARY KEY, t text) ENGINE = Aria;
INSERT INTO aria SELECT seq, seq FROM seq_1_to_100;
CREATE VIEW happy AS SELECT id, mail FROM customers WHERE mood = 'very, happy';
ANALYZE TABLE customers, big;
"""
RELATIONS = ("customers", "big", "`Order Items`", "composite_key", "no_key", "uuid_key", "wide_numbers", "empty_one",
             "nulls_only", "latin", "measurements", "aria", "happy")
WIDE_DECIMALS = {"wide_numbers": ["n"]}


def plain(name):
    return re.sub(r"[^a-z0-9]", "", name.lower())


def places(folder):
    """Destination folder of each export, by the plain form of its table's name."""
    found = glob.glob(os.path.join(str(folder), "**", "manifest.json"), recursive=True)
    return {plain(os.path.basename(os.path.dirname(path))): os.path.dirname(path) for path in found}


@pytest.fixture
def made(mariadb, rivet):
    mariadb.execute(SCHEMA)
    return rivet("init", "--source-env", "DATABASE_URL", "-o", "rivet.yaml").expect(0)


def test_what_init_writes_runs_unedited(mariadb, rivet, made, folder):
    del made
    outcome = rivet("run", "-c", "rivet.yaml", "--json").expect(0)
    assert outcome.json["failed_count"] == 0
    found = places(folder)
    assert len(found) == len(RELATIONS)
    for relation in RELATIONS:
        landed = Landed(found[plain(relation)]).check_books()
        compare.assert_landed(mariadb.connection, relation, landed, not_by_duckdb=WIDE_DECIMALS.get(relation, ()))
    rivet("validate", "-c", "rivet.yaml").expect(0)
    mariadb.assert_clean()


def test_what_init_says_of_the_tables(rivet, made, folder):
    del made
    text = (folder / "rivet.yaml").read_text(encoding="utf-8")
    for relation in RELATIONS:
        assert relation.strip("`") in text
    assert re.search(r"type:\s*\"?mysql", text)
    assert re.search(r"mode:\s*\"?chunked", text), "big has 120 000 rows and an integer key"
    outcome = rivet("check", "-c", "rivet.yaml").expect(0)
    assert "chunked(id" in outcome.out, outcome
    reports = [json.loads(line) for line in rivet("check", "-c", "rivet.yaml", "--json").expect(0).out.splitlines()]
    assert len(reports) >= len(RELATIONS)


@pytest.mark.parametrize("parallel", [1, 4])
def test_a_chunked_run_holds_each_row_once(mariadb, rivet, configure, landed, parallel):
    mariadb.execute(SCHEMA)
    configure([export("big", mode="chunked", chunk_column="id", chunk_size=7001, parallel=parallel)])
    rivet("run", "-c", "rivet.yaml").expect(0)
    found = landed("big")
    assert compare.assert_landed(mariadb.connection, "big", found) == 120000
    assert len(found.parts) >= 120000 // 7001
    mariadb.assert_clean()


def test_rows_with_a_null_key_are_a_chunk_of_their_own(mariadb, rivet, configure, landed):
    mariadb.execute("CREATE TABLE t (k int NULL, v text, KEY by_k (k)); "
                    "INSERT INTO t SELECT IF(seq % 10 = 0, NULL, CAST(seq AS SIGNED) % 700 - 300), seq FROM seq_1_to_5000; ANALYZE TABLE t")
    configure([export("t", query="SELECT * FROM t", mode="chunked", chunk_column="k", chunk_size=100)])
    rivet("run", "-c", "rivet.yaml").expect(0)
    assert compare.assert_landed(mariadb.connection, "t", landed("t")) == 5000


# name: (SQL type, SQL values, Arrow type)
SCALARS = {
    "b": ("tinyint(1)", ["0", "1"], pyarrow.bool_()),
    "i1": ("tinyint", ["-128", "127", "0"], pyarrow.int16()),
    "u1": ("tinyint unsigned", ["255", "0"], pyarrow.int16()),
    "i2": ("smallint", ["-32768", "32767"], pyarrow.int16()),
    "u2": ("smallint unsigned", ["65535"], pyarrow.int32()),
    "i3": ("mediumint", ["-8388608", "8388607"], pyarrow.int32()),
    "u3": ("mediumint unsigned", ["16777215"], pyarrow.int64()),
    "i4": ("int", ["-2147483648", "2147483647"], pyarrow.int32()),
    "u4": ("int unsigned", ["4294967295"], pyarrow.int64()),
    "zf": ("int(8) unsigned zerofill", ["42"], pyarrow.int64()),
    "i8": ("bigint", ["-9223372036854775808", "9223372036854775807"], pyarrow.int64()),
    "u8": ("bigint unsigned", ["18446744073709551615", "0", "9223372036854775808"], pyarrow.uint64()),
    "f4": ("float", ["1.17549e-38", "3.402823466e38", "0.1", "16777217"], pyarrow.float32()),
    "f8": ("double", ["2.2250738585072014e-308", "1.7976931348623157e308", "0.1", "-1e-300"], pyarrow.float64()),
    "n5": ("decimal(5)", ["99999", "-99999"], pyarrow.decimal128(5, 0)),
    "n9": ("decimal(9,2)", ["9999999.99", "-0.01", "0"], pyarrow.decimal128(9, 2)),
    "n18": ("decimal(18,18)", ["0.999999999999999999", "-0.000000000000000001"], pyarrow.decimal128(18, 18)),
    "nu": ("decimal(10,2) unsigned", ["99999999.99"], pyarrow.decimal128(10, 2)),
    "n38": ("decimal(38,10)", ["9999999999999999999999999999.9999999999", "-0.0000000001"], pyarrow.decimal128(38, 10)),
    "n39": ("decimal(39,0)", ["9" * 39, "-" + "9" * 39], pyarrow.decimal256(39, 0)),
    "n65": ("decimal(65,30)", ["9" * 35 + "." + "9" * 30, "-0." + "0" * 29 + "1"], pyarrow.decimal256(65, 30)),
    "b1": ("bit(1)", ["b'1'", "b'0'"], pyarrow.bool_()),
    "b16": ("bit(16)", ["0x3132", "0", "65535"], pyarrow.int64()),
    "b64": ("bit(64)", ["0xffffffffffffffff", "0x8000000000000000"], pyarrow.uint64()),
    "y": ("year", ["1901", "2155", "0"], pyarrow.int16()),
    "d": ("date", ["'1000-01-01'", "'1969-12-31'", "'9999-12-31'", "'0001-01-01'"], pyarrow.date32()),
    "dt": ("datetime(6)", ["'1969-12-31 23:59:59.999999'", "'9999-12-31 23:59:59.999999'", "'1000-01-01 00:00:00'"],
           pyarrow.timestamp("us")),
    "d0": ("datetime", ["'2024-02-29 12:34:56'"], pyarrow.timestamp("us")),
    "d3": ("datetime(3)", ["'2024-02-29 12:34:56.789'"], pyarrow.timestamp("us")),
    "ts": ("timestamp(6) NULL", ["'1970-01-01 00:00:01'", "'2038-01-19 03:14:07.999999'", "'2024-03-31 01:30:00.5'"],
           pyarrow.timestamp("us", "UTC")),
    "tm": ("time(6)", ["'00:00:00'", "'23:59:59.999999'", "'12:00:00.5'"], pyarrow.time64("us")),
    "ch": ("char(6)", ["''", "'ab'", "'äöü'"], pyarrow.string()),
    "vc": ("varchar(40)", ["''", "' '", "'say \"hi\",\\r\\n\\t\\\\N'", "'𝔘ñï çödé 🎁'"], pyarrow.string()),
    "tx": ("longtext", ["''", "repeat('a', 70000)"], pyarrow.string()),
    "l1": ("varchar(20) CHARACTER SET latin1", ["'Grüße ½'"], pyarrow.string()),
    "u16": ("varchar(20) CHARACTER SET utf16", ["'日本🎁'"], pyarrow.string()),
    "bn": ("binary(4)", ["x'00ff'", "x'41424344'"], pyarrow.binary()),
    "vb": ("varbinary(40)", ["x''", "x'deadbeef00ff27'"], pyarrow.binary()),
    "bl": ("longblob", ["x''", "repeat(x'ab', 5000)"], pyarrow.binary()),
    "e": ("enum('sad','very, \"happy\"','ok')", ["'sad'", "'very, \"happy\"'"], pyarrow.string()),
    "s": ("set('a','b','c d')", ["''", "'a,c d'", "'a,b,c d'"], pyarrow.string()),
    "js": ("json", ["'{\"b\":1, \"a\":2,  \"b\":3}'", "'null'", "'1e400'", "'[123456789012345678901234567890.0]'"], None),
    "u": ("uuid", ["'00000000-0000-0000-0000-000000000000'", "'01234567-89ab-4def-8123-456789abcdef'"], None),
    "ip": ("inet6", ["'::1'", "'2001:db8::ff00:42:8329'"], pyarrow.string()),
}


def create_scalars(mariadb):
    """A table `t` with an id, one column each, one row for every value, one of NULLs."""
    definitions = ", ".join(f"`{name}` {kind}" for name, (kind, *_) in SCALARS.items())
    mariadb.execute(f"CREATE TABLE t (id int PRIMARY KEY, {definitions})")
    for i in range(max(len(values) for _, values, _ in SCALARS.values()) + 1):
        cells = [(name, values[i]) for name, (_, values, _) in SCALARS.items() if i < len(values)]
        names = "".join(f", `{name}`" for name, _ in cells)
        mariadb.execute(f"INSERT INTO t (id{names}) VALUES ({i}{''.join(', ' + value for _, value in cells)})")


@pytest.mark.parametrize("mode", [{}, {"mode": "chunked", "chunk_column": "id", "chunk_size": 3}], ids=["full", "chunked"])
def test_every_type(mariadb, rivet, configure, landed, mode):
    create_scalars(mariadb)
    mariadb.execute("CREATE VIEW w AS SELECT * FROM t")
    exports = [export("t", **mode)] + ([export("w")] if not mode else [])
    configure(exports)
    rivet("run", "-c", "rivet.yaml").expect(0)
    for name in [one["name"] for one in exports]:  # a view has no key to page along
        found = landed(name)
        compare.assert_landed(mariadb.connection, name, found, not_by_duckdb=["n39", "n65"])
        schema = next(found.tables("pyarrow")).schema
        for column, (kind, _, arrow_type) in SCALARS.items():
            if arrow_type is not None:
                assert schema.field(column).type == arrow_type, f"{column} {kind}: {schema.field(column).type}"


# What a column cannot hold stops the export: the column is named, nothing is delivered (P6).
REFUSED = {
    "zero date": ("date", "'0000-00-00'"),
    "zero month": ("date", "'2024-00-10'"),
    "zero datetime": ("datetime(6)", "'0000-00-00 00:00:00'"),
    "zero timestamp": ("timestamp(6) NULL", "'0000-00-00 00:00:00'"),
    "negative time": ("time", "'-00:00:01'"),
    "time past a day": ("time", "'24:00:00'"),
    "tinyint(1) of 2": ("tinyint(1)", "2"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_held_is_refused_by_name(mariadb, rivet, configure, folder, case):
    kind, value = REFUSED[case]
    mariadb.execute(f"SET sql_mode = ''; CREATE TABLE t (id int PRIMARY KEY, culprit {kind}); "
                    f"INSERT INTO t VALUES (1, NULL), (2, {value}); SET sql_mode = DEFAULT")
    configure([export("t")])
    error = rivet("run", "-c", "rivet.yaml", "--json-errors").expect(1).error()
    assert error["code"].startswith("RIVET_") and "culprit" in str(error)
    assert "row with \"id\" = '2'" in error["error"]
    assert not (folder / "out" / "t" / "_SUCCESS").exists()
    mariadb.assert_clean()


def test_a_value_over_the_limit_is_refused_by_name(mariadb, rivet, configure, folder):
    mariadb.execute("CREATE TABLE t (id int PRIMARY KEY, culprit longtext); "
                    "INSERT INTO t VALUES (1, 'small'), (2, repeat('x', 3000000))")
    configure([export("t", tuning={"max_value_mb": 1})])
    error = rivet("run", "-c", "rivet.yaml", "--json-errors").expect(1).error()
    assert error["code"] == "RIVET_VALUE_TOO_LARGE" and "culprit" in str(error)
    assert not (folder / "out" / "t" / "_SUCCESS").exists()


def test_the_servers_settings_are_left_as_they_were(mariadb, rivet, configure):
    mariadb.make_table("t", 1000)
    before = mariadb.execute("SHOW GLOBAL VARIABLES WHERE variable_name NOT LIKE '%%gtid%%' AND "
                             "variable_name NOT LIKE 'innodb_%%' AND variable_name NOT LIKE '%%timestamp%%'")
    configure([export("t", mode="chunked", chunk_column="id", chunk_size=100)])
    rivet("run", "-c", "rivet.yaml").expect(0)
    assert mariadb.execute("SHOW GLOBAL VARIABLES WHERE variable_name NOT LIKE '%%gtid%%' AND "
                           "variable_name NOT LIKE 'innodb_%%' AND variable_name NOT LIKE '%%timestamp%%'") == before


def test_what_the_reader_may_not_read_is_named(mariadb, rivet, configure):
    mariadb.execute(f"CREATE TABLE t (id int PRIMARY KEY); REVOKE ALL ON `{mariadb.name}`.* FROM '{READER}'@'127.0.0.1'; "
                    f"GRANT INSERT ON `{mariadb.name}`.* TO '{READER}'@'127.0.0.1'")
    configure([export("t")])
    error = rivet("run", "-c", "rivet.yaml", "--json-errors").expect(1).error()
    assert error["code"] == "RIVET_SOURCE_DENIED", error
