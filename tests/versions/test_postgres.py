"""What came to PostgreSQL with one version or another, by the whole program. make test-versions tells these stories on each;
what a version or a build lacks is skipped with the reason."""

import psycopg
import pytest

from harness import compare
from harness.program import export

ROWS = 3000


def since(db, version, what):
    if db.version < version:
        pytest.skip(f"{what} came with PostgreSQL {version // 10000}")


def test_a_column_worked_out_when_it_is_read(db, rivet, configure, landed):
    since(db, 180000, "a virtual column")
    db.execute("CREATE TABLE t (id integer PRIMARY KEY, n numeric(9,2), twice numeric(9,2) GENERATED ALWAYS AS (n * 2) VIRTUAL); "
               f"INSERT INTO t (id, n) SELECT i, i / 4.0 FROM generate_series(1, {ROWS}) i")
    configure([export("t"), export("cut", table="t", mode="chunked", chunk_column="id", chunk_size=700)])
    rivet("run", "-c", "rivet.yaml").expect(0)
    for name in ("t", "cut"):
        assert compare.assert_landed(db.connection, "t", landed(name)) == ROWS


def test_not_null_that_nobody_has_checked(db, rivet, configure, landed):
    """The catalog says NOT NULL, and the table holds NULLs: they land, in the key of chunks too."""
    since(db, 180000, "NOT NULL NOT VALID")
    db.execute("CREATE TABLE t (id integer UNIQUE, v text); CREATE INDEX ON t (id); "
               f"INSERT INTO t SELECT CASE WHEN i % 4 > 0 THEN i END, CASE WHEN i % 3 > 0 THEN 'v' END FROM generate_series(1, {ROWS}) i; "
               "ALTER TABLE t ADD CONSTRAINT a NOT NULL id NOT VALID; ALTER TABLE t ADD CONSTRAINT b NOT NULL v NOT VALID")
    configure([export("t"), export("cut", table="t", mode="chunked", chunk_column="id", chunk_size=700)])
    rivet("run", "-c", "rivet.yaml").expect(0)
    for name in ("t", "cut"):
        assert compare.assert_landed(db.connection, "t", landed(name)) == ROWS


def test_an_interval_without_end_is_kept_or_refused_by_name(db, rivet, configure, landed, folder):
    since(db, 170000, "an interval without end")
    db.execute("CREATE TABLE t (id integer PRIMARY KEY, culprit interval); INSERT INTO t VALUES (1, '1 day'), (2, 'infinity')")
    configure([export("t")])
    outcome = rivet("run", "-c", "rivet.yaml", "--json-errors")
    if outcome.code == 0:
        assert compare.assert_landed(db.connection, "t", landed("t")) == 2
        return
    assert "culprit" in str(outcome.expect(1).error())
    assert not (folder / "out" / "t" / "_SUCCESS").exists()


COLLATIONS = {
    "C": "CREATE COLLATION other FROM \"C\"",
    "ICU": "CREATE COLLATION other (provider = icu, locale = 'de-u-co-phonebk')",
    "ICU, case does not count": "CREATE COLLATION other (provider = icu, locale = 'und-u-ks-level2', deterministic = false)",
    "builtin": "CREATE COLLATION other (provider = builtin, locale = 'C.UTF-8')",
}


@pytest.mark.parametrize("collation", COLLATIONS)
def test_pages_along_text_of_any_collation(db, rivet, configure, landed, collation):
    if collation == "builtin":
        since(db, 170000, "the builtin provider")
    try:
        db.execute(COLLATIONS[collation])
    except psycopg.errors.FeatureNotSupported as reason:
        pytest.skip(f"this build: {reason}")
    db.execute("CREATE TABLE t (k text COLLATE other PRIMARY KEY, v integer); INSERT INTO t "
               f"SELECT (ARRAY['ä', 'Ä', 'ae', 'z', 'ß', 'é ', '_', ''])[1 + i % 8] || md5(i::text), i FROM generate_series(1, {ROWS}) i; ANALYZE t")
    configure([export("full", table="t", tuning={"batch_size": 100}),
               export("keys", table="t", mode="chunked", chunk_by_key="k", chunk_size=400, parallel=2, tuning={"batch_size": 70})])
    rivet("run", "-c", "rivet.yaml").expect(0)
    for name in ("full", "keys"):
        assert compare.assert_landed(db.connection, "t", landed(name)) == ROWS


def test_a_table_without_key_in_short_statements(db, rivet, configure, landed):
    """By physical blocks where the server can (14 and later), else through a cursor."""
    db.execute(f"CREATE TABLE t (v text, n integer); INSERT INTO t SELECT md5(i::text), i % 10 FROM generate_series(1, {20 * ROWS}) i; "
               "DELETE FROM t WHERE n = 3; ANALYZE t")
    configure([export("t", tuning={"batch_size": 500})])
    rivet("run", "-c", "rivet.yaml").expect(0)
    assert compare.assert_landed(db.connection, "t", landed("t")) == 18 * ROWS
    db.assert_clean()
