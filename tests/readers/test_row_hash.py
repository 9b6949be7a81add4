"""`_rivet_row_hash` by the very code that docs/row-hash.md gives to users."""

import os
import re
import subprocess
import sys

import pyarrow
import pyarrow.compute
import pyarrow.parquet
import pytest

from harness import program
from harness.program import export
from harness.type_cases import MARIADB, POSTGRES, fill

PAGE = os.path.join(program.ROOT, "docs", "row-hash.md")
HASH = "_rivet_row_hash"


@pytest.fixture
def check_of_the_page(tmp_path):
    """check_of_the_page(paths) runs the page's code over files."""
    with open(PAGE, encoding="utf-8") as file:
        (code,) = re.findall(r"```python\n(.*?)```", file.read(), re.S)
    script = tmp_path / "check.py"
    script.write_text(code, encoding="utf-8")
    return lambda paths: subprocess.run([sys.executable, str(script), *map(str, paths)], capture_output=True, text=True,
                                        timeout=program.SECONDS_MAX, check=False)


def run_hashed(rivet, configure, landed, **keys):
    configure([export("t", meta_columns={"row_hash": True, "exported_at": True}, **keys)])
    rivet("run", "-c", "rivet.yaml").expect(0)
    return landed("t")


def test_the_page_recomputes_it_for_every_type(any_db, rivet, configure, landed, check_of_the_page):
    fill(any_db, POSTGRES if any_db.engine == "postgres" else MARIADB)
    found = run_hashed(rivet, configure, landed, mode="chunked", chunk_column="id", chunk_size=3)
    rows = any_db.value("SELECT count(*) FROM t")
    assert len(found.paths) > 1 and rows > 3
    outcome = check_of_the_page(found.paths)
    assert outcome.returncode == 0, outcome.stderr
    counts = [line.split()[-2] for line in outcome.stdout.splitlines()]
    assert len(counts) == len(found.paths) and sum(map(int, counts)) == rows


FLOATS = ("CREATE TABLE t (id integer PRIMARY KEY, f real, d double precision); INSERT INTO t SELECT i, "
          "(CASE WHEN i % 2 = 0 THEN 1 ELSE -1 END * exp(ln(10) * (random() * 76 - 38)))::real, "
          "CASE WHEN i % 3 = 0 THEN 1 ELSE -1 END * exp(ln(10) * (random() * 600 - 300)) FROM generate_series(1, 3000) i; "
          "INSERT INTO t SELECT 10000 + i, power(2::float8, i - 60)::real, power(2::float8, i * 4 - 300) FROM generate_series(0, 120) i; "
          "INSERT INTO t SELECT 20000 + i, i * power(10::float8, i % 9), i * power(10::float8, i % 17) FROM generate_series(1, 500) i")


def test_the_page_writes_floats_as_the_program_does(db, rivet, configure, landed, check_of_the_page):
    db.execute(FLOATS)
    outcome = check_of_the_page(run_hashed(rivet, configure, landed).paths)
    assert outcome.returncode == 0, outcome.stderr


# Pairs of rows that a hash over texts with ends between them could not tell apart, each as (a, b, tags, facts).
ALIKE = [
    (("x\x1fy", "z", None, None), ("x", "y\x1fz", None, None)),
    (("x\x01y", "z", None, None), ("x", "y\x01z", None, None)),
    (("", None, None, None), (None, "", None, None)),
    ((None, None, "{}", None), (None, None, "{NULL}", None)),
    ((None, None, "{NULL}", None), (None, None, '{""}', None)),
    ((None, None, "{NULL}", None), (None, None, '{"NULL"}', None)),
    ((None, None, '{"a,b"}', None), (None, None, "{a,b}", None)),
    ((None, None, None, "{NULL}"), (None, None, None, "{null}")),
    ((None, None, None, None), (None, None, None, "{}")),
]


def test_rows_that_look_alike_differ(db, rivet, configure, landed, check_of_the_page):
    db.execute("CREATE TABLE t (id integer PRIMARY KEY, pair integer, a text, b text, tags text[], facts json[])")
    rows = [(pair, *row) for pair, two in enumerate(ALIKE) for row in two]
    for place, row in enumerate(rows):
        db.execute("INSERT INTO t VALUES (%s, %s, %s, %s, %s::text[], CASE WHEN %s THEN ARRAY['null'::json] ELSE %s::json[] END)",
                   place, *row[:-1], row[-1] == "{null}", None if row[-1] == "{null}" else row[-1])
    found = run_hashed(rivet, configure, landed, query="SELECT pair, a, b, tags, facts FROM t")
    assert check_of_the_page(found.paths).returncode == 0
    hashes = [value for table in found.tables("pyarrow") for value in table.column(HASH).to_pylist()]
    assert len(hashes) == len(set(hashes)) == len(rows)


def test_the_page_notices_a_changed_value(db, rivet, configure, landed, check_of_the_page, tmp_path):
    db.execute("CREATE TABLE t (id integer PRIMARY KEY, v text); INSERT INTO t SELECT i, 'v' || i FROM generate_series(1, 100) i")
    (path,) = run_hashed(rivet, configure, landed).paths
    table = pyarrow.parquet.ParquetFile(path).read()
    changed = pyarrow.compute.replace_substring(table.column("v"), "v77", "v78")
    other = tmp_path / "other.parquet"
    pyarrow.parquet.write_table(table.set_column(table.column_names.index("v"), table.schema.field("v"), changed), other)
    assert check_of_the_page([path]).returncode == 0
    outcome = check_of_the_page([other])
    assert outcome.returncode != 0 and "AssertionError" in outcome.stderr


def test_the_hash_is_of_the_row_alone(any_db, rivet, configure, landed):
    """Not of the chunk, the codec, or when it was read."""
    any_db.make_table("t", 5000)
    seen = set()
    for keys in ({}, {"mode": "chunked", "chunk_column": "id", "chunk_size": 700}, {"compression": "none"}):
        tables = list(run_hashed(rivet, configure, landed, **keys).tables("pyarrow"))
        pairs = [pair for table in tables for pair in zip(table.column("id").to_pylist(), table.column(HASH).to_pylist())]
        seen.add(tuple(sorted(pairs)))
    assert len(seen) == 1 and len({value for _, value in next(iter(seen))}) == 5000
