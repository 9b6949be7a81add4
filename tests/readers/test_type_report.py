"""check --target and --emit ddl over the whole matrix of types: what each warehouse makes of it, and SQL that runs."""

import collections
import json
import re

import duckdb
import pytest

from conftest import new_mariadb, new_postgres
from harness import goldens, program
from harness.landed import Landed
from harness.program import export
from harness.type_cases import MARIADB, POSTGRES, fill

TARGETS = ("duckdb", "bigquery", "snowflake", "clickhouse", "redshift")
# The whole matrix once as Parquet and once as CSV.
CSV = {"format": "csv", "csv": {"nested": "json", "compression": "gzip"}}
EXPORTS = [export("t"), export("comma", table="t", **CSV), export("matrix"),
           export("query", query="SELECT * FROM matrix")]


NAME_LENGTH = 40  # both servers take half as much again


def names_of(cases):
    """A plain name for the type of each case: `numeric_9_2`, `integer_array`."""
    names = []
    for case in cases:
        name = re.sub(r"[^A-Za-z0-9]+", "_", case.sql.replace("[]", " array")).strip("_").lower()[:NAME_LENGTH]
        while name in names:
            name += "_again"
        names.append(name)
    return names


class Matrix:
    """The tables `t`, with rows, and `matrix`, whose columns are named for their types."""

    def __init__(self, database, cases, folder):
        self.engine, self.folder, self.names = database.engine, folder, names_of(cases)
        self.database = database.name
        fill(database, cases)
        columns = ", ".join(f"{database.quoted(name)} {case.sql}" for name, case in zip(self.names, cases))
        database.execute(f"CREATE TABLE matrix ({columns})")
        program.write_config(folder, EXPORTS, {"type": database.source_type})
        self.rivet = program.Program(folder, {"DATABASE_URL": database.url})

    def check(self, name, *words):
        return self.rivet("check", "-c", "rivet.yaml", "-e", name, *words)

    def ddl(self, name, target):
        return self.check(name, "--emit", "ddl", "--target", target).expect(0).out


@pytest.fixture(scope="module", params=["postgres", "mariadb"])
def matrix(request, tmp_path_factory):
    server = request.getfixturevalue("server" if request.param == "postgres" else "mariadb_server")
    new, cases = (new_postgres, POSTGRES) if request.param == "postgres" else (new_mariadb, MARIADB)
    with new(server) as database:
        made = Matrix(database, cases, tmp_path_factory.mktemp(request.param))
        made.rivet("run", "-c", "rivet.yaml").expect(0)
        yield made


@pytest.mark.parametrize("target", TARGETS)
def test_the_ddl_of_the_whole_matrix(matrix, target):
    text = matrix.ddl("matrix", target).replace(str(matrix.folder), "/data")
    text = text.replace(f"table {matrix.database}.", "table shop.")
    goldens.check(f"ddl/{matrix.engine}.{target}.sql", text)


@pytest.mark.parametrize("target", TARGETS)
def test_a_query_lands_as_its_table_does(matrix, target):
    def columns(name):
        # A query's column may be of a type that its table's is a domain over: only what lands counts.
        found = matrix.check(name, "--target", target, "--json").expect(0).json["columns"]
        return [(column["column"], column["target_type"], column["target_status"]) for column in found]

    assert [name for name, *_ in columns("matrix")] == matrix.names
    if target != "redshift":  # which takes the length of texts from the column
        assert columns("query") == columns("matrix")


@pytest.mark.parametrize("target", TARGETS)
def test_the_report_of_the_whole_matrix(matrix, target):
    line = matrix.check("matrix", "--target", target, "--json").expect(0).json
    assert [column["column"] for column in line["columns"]] == matrix.names
    statuses = collections.Counter()
    for column in line["columns"]:
        status = column["target_status"]
        statuses[status] += 1
        assert status in ("ok", "warn", "fail"), column
        assert ("target_note" in column) == (status != "ok"), column
        assert (column["target_type"] == "none") == (status == "fail"), column
        if "decimal256" in column["arrow_type"]:
            assert status != "ok" or target in ("clickhouse", "bigquery"), column
        if column["rivet_type"] == "uint64":
            assert status == ("ok" if target in ("duckdb", "clickhouse") else "warn"), column
    fails = statuses["fail"] > 0
    assert line.get("target_failures", False) == fails
    assert fails == (target in ("bigquery", "snowflake", "redshift"))
    strict = matrix.check("matrix", "--target", target, "--strict", "--json-errors").expect(1 if fails else 0)
    if fails:
        error = strict.error()
        assert error["code"] == "RIVET_TYPE_TARGET" and error["exit_class"] == 1 and error["export"] == "matrix"
        failed = [column["column"] for column in line["columns"] if column["target_status"] == "fail"]
        assert all(f"'{name}'" in error["error"] for name in failed)
    for heading in ("Column", "Source type", "Rivet type", "Arrow type", "Fidelity", "Target type", "Status", "Note"):
        assert heading in strict.out
    assert ("✗ fail" in strict.out) == fails and "~ warn" in strict.out


def load(matrix, name, connection):
    connection.execute("SET TimeZone='UTC'")
    connection.execute(matrix.ddl(name, "duckdb"))


def columns_in(connection, relation):
    return {row[0]: row[1] for row in connection.execute(f"DESCRIBE SELECT * FROM {relation}").fetchall()}


def test_duckdb_loads_what_the_file_holds(matrix):
    landed = Landed(matrix.folder / "out" / "t").check_books()
    with duckdb.connect() as connection:
        load(matrix, "t", connection)
        files = f"read_parquet({landed.paths}, hive_partitioning=false)"
        assert columns_in(connection, "t") == columns_in(connection, files), "as DuckDB reads them by itself"
        assert connection.execute("SELECT count(*) FROM t").fetchone()[0] == landed.manifest["row_count"] > 1
        for one, other in (("t", files), (files, "t")):
            assert connection.execute(f"SELECT * FROM {one} EXCEPT ALL SELECT * FROM {other}").fetchall() == []


def test_duckdb_loads_csv_files_with_their_types(matrix):
    with duckdb.connect() as connection:
        load(matrix, "t", connection)
        load(matrix, "comma", connection)
        parquet, csv = columns_in(connection, "t"), columns_in(connection, "comma")
        assert list(parquet) == list(csv)
        for name, kind in csv.items():
            # Lists are JSON there, and decimals beyond DuckDB's keep their digits as text.
            assert kind == parquet[name] or (kind, parquet[name][-2:]) == ("JSON", "[]") or (
                kind, parquet[name]) == ("VARCHAR", "DOUBLE"), name
        same = ", ".join(name for name in csv if csv[name] == parquet[name])
        assert connection.execute("SELECT count(*) FROM comma").fetchone() == connection.execute(
            "SELECT count(*) FROM t").fetchone()
        for name in same.split(", "):
            rows = [connection.execute(f"SELECT id, {name} FROM {table} ORDER BY id").fetchall() if not csv[name].startswith(
                ("DATE", "TIMESTAMP")) else connection.execute(
                    f"SELECT id, {name}::VARCHAR FROM {table} ORDER BY id").fetchall() for table in ("t", "comma")]
            assert repr(rows[0]) == repr(rows[1]), name


def test_only_the_last_run_is_loaded(db, rivet, configure, folder):
    db.make_table("orders", 50)
    configure([export("orders", meta_columns={"exported_at": True, "row_hash": True})])
    rivet("run", "-c", "rivet.yaml").expect(0)
    db.execute("DELETE FROM orders WHERE id > 40")
    rivet("run", "-c", "rivet.yaml").expect(0)
    ddl = rivet("check", "-c", "rivet.yaml", "--target", "duckdb", "--emit", "ddl").expect(0).out
    with duckdb.connect() as connection:
        connection.execute(ddl)
        assert connection.execute('SELECT count(*), count("_rivet_exported_at"), count("_rivet_row_hash") FROM orders'
                                  ).fetchone() == (40, 40, 40)
    assert len(list((folder / "out" / "orders").glob("*.parquet"))) == 2


def test_places_that_are_still_open(db, rivet, configure, folder):
    db.make_table("orders", 5)
    configure([export("orders", destination={"type": "local", "path": "out/{export}/{date}"}),
               export("piped", table="orders", destination={"type": "stdout"})])
    both = rivet("check", "-c", "rivet.yaml", "--target", "duckdb", "--emit", "ddl").expect(0).out
    assert f"'{folder}/out/orders/{{date}}/manifest.json'" in both and "the place of {date}" in both
    assert "Next: rivet run" not in both and "EFFICIENT" not in both
    assert both.index('CREATE TABLE "orders"') < both.index('CREATE TABLE "piped"')
    with open(folder / "piped.parquet", "wb") as file:
        child = rivet.start("run", "-c", "rivet.yaml", "-e", "piped", stdout=file)
        assert child.wait() == 0
    ddl = rivet("check", "-c", "rivet.yaml", "-e", "piped", "--target", "duckdb", "--emit", "ddl").expect(0).out
    with duckdb.connect() as connection:
        connection.execute(ddl.replace("['<FILES>']", f"['{folder}/piped.parquet']"))
        assert connection.execute("SELECT count(*) FROM piped").fetchone() == (5,)


def test_names_that_a_target_refuses(db, rivet, configure):
    db.execute('CREATE TABLE t (id integer PRIMARY KEY, "ID" integer, "it\'s ""x"";`y`" text, "prénom" text)')
    configure([export("t"), export("q", query="SELECT count(*), 1 AS one FROM t")])

    def statuses(target, name):
        found = rivet("check", "-c", "rivet.yaml", "-e", name, "--target", target, "--json").expect(0).json["columns"]
        return [column["target_status"] for column in found]

    assert statuses("bq", "t") == ["ok", "fail", "fail", "warn"]
    assert statuses("duckdb", "t") == ["ok", "fail", "ok", "ok"]
    assert statuses("clickhouse", "t") == ["ok", "ok", "ok", "ok"]
    assert statuses("bigquery", "q") == ["ok", "ok"]
    rivet("run", "-c", "rivet.yaml", "-e", "t").expect(0)


def test_awkward_names_in_duckdb(db, rivet, configure):
    db.execute('CREATE TABLE t (id integer PRIMARY KEY, "it\'s ""x"";`y`" text, "a,b" text, "select" text)')
    db.execute("INSERT INTO t VALUES (1, 'a', 'b', 'c')")
    configure([export("it-s.t", table="t"), export("comma", table="t", **CSV)], state={"path": "state.db"})
    rivet("run", "-c", "rivet.yaml").expect(0)
    ddl = rivet("check", "-c", "rivet.yaml", "--target", "duckdb", "--emit", "ddl").expect(0).out
    with duckdb.connect() as connection:
        connection.execute(ddl)
        for table in ('"it-s.t"', "comma"):
            assert connection.execute(f"SELECT * FROM {table}").fetchall() == [(1, "a", "b", "c")]


def test_surprises_whatever_the_target(db, rivet, configure):
    db.execute("CREATE TABLE t (id integer PRIMARY KEY, c char(3), m money, a timestamp, z timestamptz, l integer[])")
    configure([export("t")])
    line = rivet("check", "-c", "rivet.yaml", "--json").expect(0).json
    warnings = {column["column"]: " ".join(column.get("warnings", [])) for column in line["columns"]}
    assert warnings["id"] == "" and "padded" in warnings["c"] and "'z'" in warnings["a"]
    assert "infinity" in warnings["z"] and "lower bounds" in warnings["l"] and "currency" in warnings["m"]
    assert not any(key.startswith("target") for column in line["columns"] for key in column)
    plain = rivet("check", "-c", "rivet.yaml", "--type-report").expect(0).out
    assert "Target type" not in plain and "padded" not in plain
    assert "c: padded" in rivet("check", "-c", "rivet.yaml", "--target", "duckdb").expect(0).out


def test_words_that_make_no_sense(db, rivet, configure):
    db.make_table("t", 1)
    configure([export("t", format="csv", csv={"compression": "zstd"})])

    def refused(*words):
        return rivet("check", "-c", "rivet.yaml", *words, "--json-errors").expect(2).error()

    unknown = refused("--target", "bigqueri")
    assert unknown["code"] == "RIVET_CLI_USAGE" and all(name in unknown["error"] for name in TARGETS)
    assert "--target" in refused("--emit", "ddl")["error"]
    assert "--json" in refused("--emit", "ddl", "--target", "bq", "--json")["error"]
    assert "ddl" in refused("--emit", "sql", "--target", "bq")["error"]
    zstd = refused("--emit", "ddl", "--target", "bq")
    assert zstd["code"] == "RIVET_TARGET_FILE" and "BigQuery" in zstd["error"] and "zstd" in zstd["error"]
    flags = json.loads(rivet("schema", "cli").expect(0).out)["commands"]
    check = {flag["long"][0]: flag for command in flags if command["path"] == "check" for flag in command["flags"]}
    assert set(TARGETS) < set(check["--target"]["choices"]) and check["--emit"]["choices"] == ["ddl"]


ORDERS = """
CREATE TABLE orders (id bigint PRIMARY KEY, total numeric(12,2), rate numeric(40,39), placed timestamp, ref uuid, tags text[]);
INSERT INTO orders VALUES (1, 9.99, 0.5, '2026-01-31 12:00:00', '01234567-89ab-cdef-0123-456789abcdef', '{new}');
"""


def test_the_examples_of_the_docs(db, rivet, configure, folder):
    db.execute(ORDERS)
    configure([export("orders")])
    told = {
        "report bigquery": rivet("check", "-c", "rivet.yaml", "--target", "bigquery").expect(0).out,
        "ddl duckdb": rivet("check", "-c", "rivet.yaml", "--target", "duckdb", "--emit", "ddl").expect(0).out,
        "ddl snowflake": rivet("check", "-c", "rivet.yaml", "--target", "snowflake", "--emit", "ddl").expect(0).out}
    report = told["report bigquery"]
    told["report bigquery"] = report[report.index("Column "):report.index("EFFICIENT:")]
    goldens.check_examples("targets.md", {name: text.replace(f"{folder}/out", "/data").strip() for name, text in told.items()})
