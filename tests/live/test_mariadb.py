"""MariaDB by the whole program: what init writes runs as it is, chunked runs, and every type by the server's own word.
What both engines promise in the same words stands beside PostgreSQL's (any_db)."""

import glob
import json
import os
import re

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
