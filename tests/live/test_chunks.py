"""Every way to cut a chunked export, and the traps of each: no row between two windows, none in both."""

import pytest

from harness import compare
from harness.program import export

ROWS = 5000
WIDE_SPAN = "(i * 7919 % 5000)::bigint * 1000003 - 2500000000"


def chunked(name="t", **keys):
    return export(name, mode="chunked", chunk_checkpoint=True, **keys)


def run(rivet, configure, landed, db, entry, rows=ROWS, where=""):
    configure([entry])
    outcome = rivet("run", "-c", "rivet.yaml").expect(0)
    found = landed(entry["name"])
    assert compare.assert_landed(db.connection, "t", found, where=where) == rows
    rivet("validate", "-c", "rivet.yaml").expect(0)
    return found, outcome


def test_a_count_of_windows(db, rivet, configure, landed):
    db.execute(f"CREATE TABLE t (id bigint PRIMARY KEY, v text);"
               f"INSERT INTO t SELECT {WIDE_SPAN}, 'v' || i FROM generate_series(1, {ROWS}) i")
    found, _ = run(rivet, configure, landed, db, chunked(chunk_column="id", chunk_count=7, parallel=2))
    assert 1 < len(found.parts) <= 7


@pytest.mark.parametrize("kind", ["date", "timestamp", "timestamptz"])
def test_days_hold_their_last_microsecond(db, rivet, configure, landed, kind):
    # A role whose own zone is far from UTC must not move an edge.
    db.execute(f"ALTER DATABASE \"{db.name}\" SET timezone = 'Pacific/Auckland'")
    db.execute(f"CREATE TABLE t (id int PRIMARY KEY, at {kind}, v text); CREATE INDEX ON t (at);"
               f"INSERT INTO t SELECT i, timestamptz '2023-12-25 00:00:00+00' + i * interval '3 hours 7 minutes', 'v' "
               f"FROM generate_series(1, {ROWS - 6}) i;"
               "INSERT INTO t VALUES (-1, '1969-12-31 23:59:59.999999+00', 'before'), (-2, '1970-01-01+00', 'zero'),"
               "(-3, '2024-02-29 23:59:59.999999+00', 'last of a day'), (-4, '2024-03-01 00:00:00+00', 'first'),"
               "(-5, NULL, 'none'), (-6, '0044-03-15 12:00:00+00 BC', 'old')")
    entry = chunked(chunk_column="at", chunk_by_days=9000, parallel=2)
    found, outcome = run(rivet, configure, landed, db, entry)
    assert len(found.parts) > 3
    assert "null-chunk-keys" in outcome.err or "NULL" in outcome.err
    entry = chunked("week", table="t", query="SELECT * FROM t WHERE id > 0", chunk_column="at", chunk_by_days=7)
    del entry["table"]
    found, _ = run(rivet, configure, landed, db, entry, ROWS - 6, "WHERE id > 0")
    assert len(found.parts) > 80


def test_a_memory_target(db, rivet, configure, landed):
    db.execute("CREATE TABLE t (id int PRIMARY KEY, v text);"
               "INSERT INTO t SELECT i, repeat(md5(i::text), 30) FROM generate_series(1, 30000) i; ANALYZE t")
    found, _ = run(rivet, configure, landed, db, chunked(chunk_size_memory_mb=12), 30000)
    assert 2 <= len(found.parts) <= 4


KEYS = {
    "uuid": "md5(i::text)::uuid",
    "text": "CASE WHEN i % 3 = 0 THEN 'Ä' WHEN i % 3 = 1 THEN E'it''s \\\\ ' ELSE '' END || md5(i::text)",
    "varchar(40)": "md5(i::text)",
    "bytea": "decode(md5(i::text), 'hex')",
    "numeric(20,4)": "((i * 7919) % 5003)::numeric / 16 - 100",
    "date": "date '2020-01-01' + (i * 7919) % 5003",
    "timestamptz": "timestamptz '2020-01-01' + (i * 7919) % 5003 * interval '1 microsecond'",
    "bigint": "(i::bigint * 7919) % 5003 - 2500",
}


@pytest.mark.parametrize("kind", KEYS, ids=[kind.split("(")[0] for kind in KEYS])
def test_pages_along_any_unique_key(db, rivet, configure, landed, kind):
    db.execute(f"CREATE TABLE t (v text, k {kind} PRIMARY KEY); INSERT INTO t SELECT 'v' || i, {KEYS[kind]} "
               f"FROM generate_series(1, {ROWS}) i; ANALYZE t")
    found, _ = run(rivet, configure, landed, db, chunked(chunk_by_key="k", chunk_size=700, parallel=2))
    assert len(found.parts) == 8
    assert all("_keyset" in part["path"] for part in found.parts)
    assert sorted(part["rows"] for part in found.parts) == [100] + [700] * 7


def test_a_table_without_integer_key_is_cut_on_its_unique_key(db, rivet, configure, landed):
    db.execute(f"CREATE TABLE t (a text, token uuid NOT NULL UNIQUE); INSERT INTO t SELECT 'v', md5(i::text)::uuid "
               f"FROM generate_series(1, {ROWS}) i; ANALYZE t")
    found, outcome = run(rivet, configure, landed, db, chunked(chunk_size=1000))
    assert "token" in outcome.err and len(found.parts) == 5


def test_nothing_to_cut_on_names_the_ways(db, rivet, configure):
    db.execute("CREATE TABLE t (a text); INSERT INTO t VALUES ('x')")
    configure([chunked(chunk_size=1000)])
    outcome = rivet("run", "-c", "rivet.yaml").expect(1)
    for way in ("chunk_column", "chunk_by_key", "mode: full"):
        assert way in outcome.err
    configure([chunked(chunk_by_key="a", chunk_size=1000)])
    assert "unique" in rivet("run", "-c", "rivet.yaml").expect(1).err


@pytest.mark.parametrize("indexed", [True, False], ids=["indexed", "sorted"])
@pytest.mark.parametrize("shape", ["table", "query"])
def test_dense_keys_with_ties_and_nulls(db, rivet, configure, landed, indexed, shape):
    """Boundary keys, never row numbers: rows of one key stay together, whatever the order of ties is."""
    db.execute("CREATE TABLE t (id int PRIMARY KEY, k int, v text);"
               f"INSERT INTO t SELECT i, CASE WHEN i % 50 = 0 THEN NULL WHEN i % 3 = 0 THEN 1000000000 ELSE i / 10 END, 'v' "
               f"FROM generate_series(1, {ROWS}) i" + ("; CREATE INDEX ON t (k)" if indexed else ""))
    entry = chunked(chunk_column="k", chunk_dense=True, chunk_size=400, parallel=2)
    if shape == "query":
        entry["query"] = "SELECT id, k, v FROM t"
        del entry["table"]
    found, outcome = run(rivet, configure, landed, db, entry)
    assert len(found.parts) >= 8
    assert ("dense-sort-cost" in outcome.err or "sorts the whole" in outcome.err)


def test_dense_along_sparse_keys_needs_few_chunks(db, rivet, configure, landed):
    db.execute(f"CREATE TABLE t (id bigint PRIMARY KEY, v text); INSERT INTO t SELECT i::bigint * 1000000000, 'v' "
               f"FROM generate_series(1, {ROWS}) i")
    found, _ = run(rivet, configure, landed, db, chunked(chunk_column="id", chunk_dense=True, chunk_size=1000))
    assert len(found.parts) == 5


@pytest.mark.parametrize("keys", [{"chunk_count": 3}, {"chunk_dense": True}, {"chunk_by_days": 30},
                                  {"chunk_size": 100}], ids=lambda keys: next(iter(keys)))
def test_an_empty_table_is_a_success_without_windows(db, rivet, configure, landed, keys):
    db.execute("CREATE TABLE t (id int PRIMARY KEY, at date)")
    found, _ = run(rivet, configure, landed, db,
                   chunked(chunk_column="at" if "chunk_by_days" in keys else "id", **keys), 0)
    assert not found.parts


def test_only_null_keys_land_in_one_chunk(db, rivet, configure, landed):
    db.execute("CREATE TABLE t (v text, k int); INSERT INTO t SELECT 'v', NULL FROM generate_series(1, 50) i")
    for keys in ({"chunk_count": 3}, {"chunk_dense": True}):
        name = next(iter(keys))
        found, _ = run(rivet, configure, landed, db, chunked(name, table="t", chunk_column="k", **keys), 50)
        assert len(found.parts) == 1


def test_types_that_cannot_be_cut_are_named(db, rivet, configure):
    db.execute("CREATE TABLE t (id int PRIMARY KEY, price numeric(12,2), ratio float8, name text, at date)")
    for column, keys, says in (("price", {}, "numeric(12,2)"), ("ratio", {"chunk_dense": True}, "double precision"),
                               ("name", {"chunk_count": 4}, "text"), ("at", {}, "chunk_by_days"),
                               ("id", {"chunk_by_days": 7}, "date")):
        configure([chunked(chunk_column=column, **keys)])
        outcome = rivet("run", "-c", "rivet.yaml").expect(1)
        assert says in outcome.err and column in outcome.err


@pytest.mark.parametrize("keys", [{"chunk_by_key": "k", "chunk_size": 300}, {"chunk_column": "k", "chunk_dense": True,
                                  "chunk_size": 300}], ids=["keyset", "dense"])
def test_a_killed_run_goes_on_with_its_own_windows(db, rivet, configure, landed, keys):
    db.execute(f"CREATE TABLE t (k text PRIMARY KEY, v int); INSERT INTO t SELECT md5(i::text), i "
               f"FROM generate_series(1, {ROWS}) i")
    configure([chunked(**keys)])
    assert rivet("run", "-c", "rivet.yaml", env={"RIVET_FAULT": "chunk_done:kill9:5"}).code == -9
    # Rows that come meanwhile fall into the windows there are: those of before are all there, none twice.
    db.execute("INSERT INTO t SELECT '0' || md5((-i)::text), -i FROM generate_series(1, 200) i")
    rivet("run", "-c", "rivet.yaml", "--resume").expect(0)
    found = landed("t")
    values = [value for table in found.tables("pyarrow") for value in table.column("v").to_pylist()]
    assert len(values) == len(set(values)) and set(range(1, ROWS + 1)) <= set(values)
