"""Names of any shape, straight from the catalog to the file."""

import pytest

from harness import compare
from harness.program import export

HOSTILE = [
    'x"; drop table t;--',
    "Mixed Case",
    "select",
    "dots.and.more",
    "tab\there",
    "emoji 🎁 ünï",
    "a" * 63,
    "back\\slash 'quote' $1 %s {0} ${HOME}",
    "esc\x1b[31mape",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_table_and_column_names(db, rivet, configure, landed, name):
    table, column = compare.quoted(name), compare.quoted(name)
    db.execute("CREATE TABLE t (id integer); INSERT INTO t VALUES (1)")
    with db.connection.cursor() as cursor:  # no parameters: a % is a %
        cursor.execute(f"CREATE TABLE {table} (\"Key\" integer PRIMARY KEY, {column} text)".encode())
        cursor.execute(f"INSERT INTO {table} SELECT i, 'v' || i FROM generate_series(1, 50) i".encode())
    query = f'SELECT "Key", {column} FROM {table}'.replace("${", "$${")  # a name may look like a substitution
    configure([export("e", query=query)])
    rivet("run", "-c", "rivet.yaml").expect(0)
    assert db.value("SELECT count(*) FROM t") == 1
    found = next(landed("e").tables("pyarrow"))
    assert compare.data_columns(found) == ["Key", name]
    assert sorted(found.column(name).to_pylist()) == sorted("v" + str(i) for i in range(1, 51))


@pytest.mark.parametrize("name", [name for name in HOSTILE if "${" not in name])
def test_init_and_run_over_a_hostile_name(db, rivet, folder, name):
    table = compare.quoted(name)
    with db.connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE {table} ({table} integer PRIMARY KEY, v text)".encode())
        cursor.execute(f"INSERT INTO {table} SELECT i, 'v' || i FROM generate_series(1, 50) i".encode())
    rivet("init", "--source-env", "DATABASE_URL", "-o", "rivet.yaml").expect(0)
    outcome = rivet("run", "-c", "rivet.yaml", "--json").expect(0)
    assert outcome.json["total_rows"] == 50
    assert "\x1b[31m" not in outcome.err, "control characters of a name reach the terminal"
    inside = {path.relative_to(folder).parts[0] for path in folder.rglob("*.parquet")}
    assert inside == {"output"}, "files stay below the output folder"


def test_a_chunked_table_with_a_quoted_key(db, rivet, configure, landed):
    db.execute('CREATE TABLE "Big Table" ("The Key" bigint PRIMARY KEY, "Va""lue" text); '
               'INSERT INTO "Big Table" SELECT i, \'v\' || i FROM generate_series(1, 5000) i')
    configure([export("e", query='SELECT * FROM "Big Table"', mode="chunked", chunk_column="The Key", chunk_size=1000)])
    rivet("run", "-c", "rivet.yaml").expect(0)
    assert compare.assert_landed(db.connection, '"Big Table"', landed("e")) == 5000


def test_duplicate_column_names_are_refused(db, rivet, configure):
    db.execute("CREATE TABLE t (id integer PRIMARY KEY)")
    configure([export("e", query="SELECT id, id FROM t")])
    assert "id" in rivet("run", "-c", "rivet.yaml").expect(1).err
