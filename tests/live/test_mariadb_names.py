"""MariaDB: names of any shape, and the planted password in no output, file or row of state."""

import json
import os

import pytest

from harness import compare, program
from harness.databases import READER, mariadb_quoted
from harness.program import export, secret_files
from harness.waiting import published, wait_for

HOSTILE = [
    "x`; drop table t;--",
    "Mixed Case",
    "select",
    "dots.and.more",
    "tab\there",
    "ünï 日本",
    "a" * 64,
    "back\\slash 'quote' \"double\" ? %s {0} ${HOME}",
    "esc\x1b[31mape",
]
CHUNKED = {"mode": "chunked", "chunk_column": "id", "chunk_size": 200, "chunk_checkpoint": True}
LOUD = {"RIVET_LOG": "trace"}


def fill(mariadb, table, columns, rows=50):
    """Without parameters: a % is a %."""
    with mariadb.connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE {table} ({columns})")
        cursor.execute(f"INSERT INTO {table} SELECT seq, concat('v', seq) FROM seq_1_to_{rows}")


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_table_and_column_names(mariadb, rivet, configure, landed, name):
    table = mariadb_quoted(name)
    fill(mariadb, "t", "id int, v text", 1)
    if name != "t":
        fill(mariadb, table, f"`Key` int PRIMARY KEY, {table} text")
    query = f"SELECT `Key`, {table} FROM {table}".replace("${", "$${")  # a name may look like a substitution
    configure([export("e", query=query)])
    rivet("run", "-c", "rivet.yaml").expect(0)
    assert mariadb.value("SELECT count(*) FROM t") == 1
    found = next(landed("e").tables("pyarrow"))
    assert compare.data_columns(found) == ["Key", name]
    assert sorted(found.column(name).to_pylist()) == sorted("v" + str(i) for i in range(1, 51))


@pytest.mark.parametrize("name", [name for name in HOSTILE if "${" not in name])
def test_init_and_run_over_a_hostile_name(mariadb, rivet, folder, name):
    fill(mariadb, mariadb_quoted(name), f"{mariadb_quoted(name)} int PRIMARY KEY, v text")
    rivet("init", "--source-env", "DATABASE_URL", "-o", "rivet.yaml").expect(0)
    outcome = rivet("run", "-c", "rivet.yaml", "--json").expect(0)
    assert outcome.json["total_rows"] == 50
    assert "\x1b[31m" not in outcome.err, "control characters of a name reach the terminal"
    inside = {path.relative_to(folder).parts[0] for path in folder.rglob("*.parquet")}
    assert inside == {"output"}, "files stay below the output folder"


def test_a_chunked_table_with_a_quoted_key(mariadb, rivet, configure, landed):
    fill(mariadb, "`Big Table`", "`The Key` bigint PRIMARY KEY, `Va``lue` text", 5000)
    configure([export("e", query="SELECT * FROM `Big Table`", mode="chunked", chunk_column="The Key", chunk_size=1000)])
    rivet("run", "-c", "rivet.yaml").expect(0)
    assert compare.assert_landed(mariadb.connection, "`Big Table`", landed("e")) == 5000


def test_nothing_written_holds_the_password(mariadb, rivet, configure, folder):
    mariadb.make_table("t", 4000)
    configure([export("t", **CHUNKED), export("gone"), export("broken", query="SELECT nothing")])
    for args in (["check"], ["run"], ["run", "--json", "--json-errors"], ["validate"], ["state", "show"], ["run", "--dry-run"]):
        rivet(*args, "-c", "rivet.yaml", env=LOUD)
    rivet("init", "--source-env", "DATABASE_URL", "-o", "made.yaml", env=LOUD).expect(0)
    assert secret_files(str(folder)) == []


def test_every_way_to_give_it(mariadb, rivet, folder):
    mariadb.make_table("t", 1000)
    (folder / "url.txt").write_text(mariadb.url + "\n", encoding="utf-8")
    parts = {"host": "127.0.0.1", "port": mariadb.server.port, "user": READER, "database": mariadb.name}
    ways = {
        "url": {"type": "mysql", "url": mariadb.url},
        "url_file": {"type": "mysql", "url_file": str(folder / "url.txt")},
        "password": dict(parts, type="mysql", password=program.CANARY.replace("${", "$${")),
        "password_env": dict(parts, type="mysql", password_env="SHOP_PASSWORD"),
    }
    rivet.env.pop("DATABASE_URL")
    for way, source in ways.items():
        place = folder / way
        place.mkdir()
        path = place / "rivet.yaml"
        path.write_text(json.dumps({"source": source, "exports": [export("t")]}), encoding="utf-8")
        rivet("run", "-c", str(path), env=dict(LOUD, SHOP_PASSWORD=program.CANARY)).expect(0)
        path.unlink()
    (folder / "url.txt").unlink()
    assert secret_files(str(folder)) == []


def test_errors_do_not_show_it(mariadb, rivet, configure):
    configure([export("t", tuning={"max_retries": 0})])
    base = mariadb.url
    for url in (base.replace("shop%20reader", "nobody%20here"), base.replace("127.0.0.1", "no such host"),
                base + "?ssl-mode=nonsense", base.replace(f":{mariadb.server.port}/", ":notaport/"), base + "&&&=%zz",
                base.replace("mysql://", "mysql:/"), "mysql://x:" + program.CANARY + "@127.0.0.1/d"):
        outcome = rivet("run", "-c", "rivet.yaml", env=dict(LOUD, DATABASE_URL=url))
        assert outcome.code in (1, 2, 75), outcome


def test_the_process_list_does_not_show_it(mariadb, rivet, configure, folder, background):
    mariadb.make_table("t", 4000)
    configure([export("t", tuning={"batch_size": 50, "throttle_ms": 30}, **CHUNKED)])
    child = background(rivet.start("run", "-c", "rivet.yaml"))
    wait_for(published(folder, "t"), "a part")
    with open(f"/proc/{child.pid}/cmdline", "rb") as file:
        program.assert_no_secret(file.read().decode(errors="replace"), "the command line")
    program.assert_no_secret(str(mariadb.execute("SHOW FULL PROCESSLIST")), "the process list")
    rivet.finish(child, ["run"]).expect(0)
    path = os.path.join(rivet.cwd, ".rivet_state.db")
    assert os.path.exists(path) and secret_files(rivet.cwd) == []
