"""Shapes of tables and keys: each row lands once, whatever the table looks like."""

import pytest

from harness import compare
from harness.landed import strangers
from harness.program import export

ROWS = "INSERT INTO t SELECT i, 'v' || i, i / 3.0 FROM generate_series(1, 3000) i"
TABLE = "CREATE TABLE t (id bigint PRIMARY KEY, v text, n numeric(12,4)); " + ROWS
CHUNKED = {"mode": "chunked", "chunk_column": "id", "chunk_size": 500}


def run(rivet, configure, *exports):
    configure(list(exports))
    return rivet("run", "-c", "rivet.yaml", "--json").expect(0).json


def test_full_and_chunked_give_the_same(db, rivet, configure, landed):
    db.execute(TABLE)
    result = run(rivet, configure, export("whole", table="t"), export("cut", table="t", **CHUNKED))
    assert [one["mode"] for one in result["per_export"]] == ["full", "chunked"]
    for name in ("whole", "cut"):
        assert compare.assert_landed(db.connection, "t", landed(name)) == 3000
    assert len(landed("cut").parts) == 6


def test_parallel_workers(db, rivet, configure, landed):
    db.execute(TABLE)
    run(rivet, configure, export("t", parallel=4, **dict(CHUNKED, chunk_size=100)))
    assert compare.assert_landed(db.connection, "t", landed("t")) == 3000
    assert len(landed("t").parts) == 30
    db.assert_clean()


def test_null_chunk_keys_are_not_lost(db, rivet, configure, landed):
    db.execute("CREATE TABLE t (id integer UNIQUE, v text); "
               "INSERT INTO t SELECT CASE WHEN i % 4 > 0 THEN i END, 'v' || i FROM generate_series(1, 2000) i")
    run(rivet, configure, export("t", **CHUNKED))
    assert compare.assert_landed(db.connection, "t", landed("t")) == 2000


def test_only_null_chunk_keys(db, rivet, configure, landed):
    db.execute("CREATE TABLE t (id integer, v text); INSERT INTO t SELECT NULL, 'v' || i FROM generate_series(1, 10) i")
    run(rivet, configure, export("t", **CHUNKED))
    assert compare.assert_landed(db.connection, "t", landed("t")) == 10


KEYS = {
    "negative": "SELECT i - 1500 FROM generate_series(1, 3000) i",
    "sparse 64 bits": "SELECT i * 4000000000000000000::bigint FROM generate_series(-2, 2) i",
    "both ends": "VALUES (-9223372036854775808), (-1), (0), (9223372036854775807)",
    "one row": "SELECT 77",
    "gaps": "SELECT i * i FROM generate_series(1, 300) i",
}


@pytest.mark.parametrize("shape", KEYS)
def test_key_shapes(db, rivet, configure, landed, shape):
    db.execute(f"CREATE TABLE t (id bigint PRIMARY KEY, v text); INSERT INTO t SELECT k, 'v' || k FROM ({KEYS[shape]}) s(k)")
    size = 4611686018427387904 if shape in ("sparse 64 bits", "both ends") else 1000
    run(rivet, configure, export("t", mode="chunked", chunk_column="id", chunk_size=size))
    compare.assert_landed(db.connection, "t", landed("t"))


def test_a_chunk_column_that_is_not_unique(db, rivet, configure, landed):
    db.execute("CREATE TABLE t (id integer, v text); CREATE INDEX ON t (id); "
               "INSERT INTO t SELECT i % 100, 'v' || i % 7 FROM generate_series(1, 3000) i")
    run(rivet, configure, export("t", mode="chunked", chunk_column="id", chunk_size=10))
    assert compare.assert_landed(db.connection, "t", landed("t")) == 3000


def test_an_empty_table_is_a_success_without_parts(db, rivet, configure, landed):
    db.execute("CREATE TABLE t (id integer PRIMARY KEY, v text)")
    result = run(rivet, configure, export("t"), export("cut", table="t", **CHUNKED))
    assert [one["status"] for one in result["per_export"]] == ["success", "success"]
    for name in ("t", "cut"):
        found = landed(name)  # manifest, marker and sums checked
        assert found.manifest["parts"] == [] and found.manifest["row_count"] == 0
        assert not strangers(found.folder)


def test_skip_empty(db, rivet, configure, folder):
    db.execute("CREATE TABLE t (id integer PRIMARY KEY, v text)")
    result = run(rivet, configure, export("t", skip_empty=True))
    assert result["per_export"][0]["status"] == "skipped" and result["per_export"][0]["skip_reason"]
    assert result["skipped_count"] == 1
    assert not (folder / "out" / "t" / "manifest.json").exists() and not (folder / "out" / "t" / "_SUCCESS").exists()


def test_skip_empty_leaves_the_last_good_run(db, rivet, configure, landed):
    db.execute(TABLE)
    run(rivet, configure, export("t", skip_empty=True))
    before = landed("t").manifest_bytes
    db.execute("DELETE FROM t")
    assert run(rivet, configure, export("t", skip_empty=True))["per_export"][0]["status"] == "skipped"
    assert landed("t").manifest_bytes == before


def test_relations_that_are_not_plain_tables(db, rivet, configure, landed):
    db.execute(TABLE)
    db.execute("""
      CREATE VIEW a_view AS SELECT id, v FROM t WHERE id % 2 = 0;
      CREATE MATERIALIZED VIEW a_matview AS SELECT id, n FROM t WHERE id % 3 = 0;
      CREATE TABLE a_parent (id bigint, day date) PARTITION BY RANGE (day);
      CREATE TABLE a_part1 PARTITION OF a_parent FOR VALUES FROM ('2024-01-01') TO ('2024-02-01');
      CREATE TABLE a_part2 PARTITION OF a_parent DEFAULT;
      INSERT INTO a_parent SELECT i, date '2024-01-01' + i % 60 FROM generate_series(1, 900) i;
      CREATE TABLE an_ancestor (id bigint PRIMARY KEY, v text);
      CREATE TABLE a_child (extra integer) INHERITS (an_ancestor);
      INSERT INTO an_ancestor VALUES (1, 'p'); INSERT INTO a_child VALUES (1, 'c', 5), (2, 'c', 6);
      CREATE TABLE no_key (v text); INSERT INTO no_key SELECT 'v' || i % 3 FROM generate_series(1, 500) i;
      CREATE TABLE changed (id integer PRIMARY KEY, gone text, v text, twice integer GENERATED ALWAYS AS (id * 2) STORED);
      INSERT INTO changed (id, v) SELECT i, 'v' || i FROM generate_series(1, 100) i;
      ALTER TABLE changed DROP COLUMN gone; ALTER TABLE changed ADD COLUMN late integer DEFAULT 7;
      CREATE TABLE composite (a integer, b text, v text, PRIMARY KEY (a, b));
      INSERT INTO composite SELECT i % 7, 'b' || i, 'v' FROM generate_series(1, 400) i;
      CREATE TABLE by_text (k text PRIMARY KEY, v integer);
      INSERT INTO by_text SELECT chr(97 + i % 26) || i || CASE WHEN i % 5 = 0 THEN 'É''"' ELSE '' END, i
        FROM generate_series(1, 400) i;
      CREATE TABLE by_uuid (k uuid PRIMARY KEY); INSERT INTO by_uuid SELECT md5(i::text)::uuid FROM generate_series(1, 400) i;
      ANALYZE""")
    names = ["a_view", "a_matview", "a_parent", "an_ancestor", "no_key", "changed", "composite", "by_text", "by_uuid"]
    run(rivet, configure, *[export(name) for name in names])
    for name in names:
        assert compare.assert_landed(db.connection, name, landed(name)) > 0, name


def test_no_columns_but_rows_and_one_wide_table(db, rivet, configure, landed):
    columns = ", ".join(f"c{i} integer" for i in range(1500))
    db.execute(f"CREATE TABLE wide (id integer PRIMARY KEY, {columns}); INSERT INTO wide (id, c1499) VALUES (1, 5), (2, NULL)")
    run(rivet, configure, export("wide"))
    assert compare.assert_landed(db.connection, "wide", landed("wide")) == 2


def test_a_query_with_its_own_order_and_join(db, rivet, configure, landed):
    db.execute(TABLE)
    db.execute("CREATE VIEW same AS SELECT t.id, u.v, sum(t.n) OVER () AS total FROM t JOIN t u USING (id)")
    query = "SELECT t.id, u.v, sum(t.n) OVER () AS total FROM t JOIN t u USING (id) ORDER BY id DESC"
    run(rivet, configure, export("q", query=query))
    assert compare.assert_landed(db.connection, "same", landed("q")) == 3000


def test_a_query_from_a_file_with_a_parameter(db, rivet, configure, landed, folder):
    db.execute(TABLE)
    (folder / "q.sql").write_text("SELECT * FROM t WHERE id <= ${limit}\n", encoding="utf-8")
    configure([export("q", query_file="q.sql")])
    rivet("run", "-c", "rivet.yaml", "-p", "limit=10", "-p", "limit=20").expect(0)
    assert compare.assert_landed(db.connection, "t", landed("q"), where="WHERE id <= 20") == 20


def test_max_file_size_cuts_parts(db, rivet, configure, landed):
    db.execute("CREATE TABLE t (id bigint PRIMARY KEY, v text); INSERT INTO t "
               "SELECT i, md5(i::text) || md5((i * 7)::text) || md5((i * 3)::text) FROM generate_series(1, 60000) i")
    run(rivet, configure, export("t", max_file_size="1MB", compression="none"))
    found = landed("t")
    assert compare.assert_landed(db.connection, "t", found) == 60000
    assert len(found.parts) >= 4
    assert max(part["size_bytes"] for part in found.parts) < 3 * 1024 * 1024


def test_rows_may_move_while_a_chunked_run_reads(db, rivet, configure, landed, background):
    """F70: updates that move rows between pages, and deletes behind, lose no row that stays."""
    db.execute("CREATE TABLE t (id integer PRIMARY KEY, v integer, pad text) WITH (fillfactor = 50); "
               "INSERT INTO t SELECT i, 0, repeat('p', 100) FROM generate_series(1, 20000) i")
    configure([export("t", tuning={"batch_size": 500, "throttle_ms": 10}, **dict(CHUNKED, chunk_size=2000))])
    child = background(rivet.start("run", "-c", "rivet.yaml"))
    turn = 0
    while child.poll() is None:
        turn += 1
        db.execute("UPDATE t SET v = v + 1, pad = repeat('q', 100 + %s) WHERE id %% 97 = %s", turn % 50, turn % 97)
    rivet.finish(child, ["run"]).expect(0)
    keys = [row[0] for row in compare.arrow_rows(landed("t").tables("pyarrow"), ["id"])]
    assert sorted(map(int, keys)) == list(range(1, 20001)) and turn > 3
