"""The planted password is in no output, file, state row or process list. (Every other test searches its output too.)"""

import json
import os

from harness import program
from harness.program import export, secret_files
from harness.waiting import published, wait_for

TABLE = "CREATE TABLE t (id bigint PRIMARY KEY, v text); INSERT INTO t SELECT i, md5(i::text) FROM generate_series(1, 4000) i"
CHUNKED = {"mode": "chunked", "chunk_column": "id", "chunk_size": 200, "chunk_checkpoint": True}
LOUD = {"RIVET_LOG": "trace"}


def proc_text(pid, what):
    with open(f"/proc/{pid}/{what}", "rb") as file:
        return file.read().replace(b"\0", b" ").decode(errors="replace")


def test_nothing_written_holds_the_password(db, rivet, configure, folder):
    db.execute(TABLE)
    configure([export("t", **CHUNKED), export("gone"), export("broken", query="SELECT 1/0 AS x")])
    for args in (["check"], ["run"], ["run", "--json", "--json-errors"], ["validate"], ["state", "show"], ["run", "--dry-run"]):
        rivet(*args, "-c", "rivet.yaml", env=LOUD)
    rivet("init", "--source-env", "DATABASE_URL", "-o", "made.yaml", env=LOUD).expect(0)
    assert secret_files(str(folder)) == []


def test_every_way_to_give_it(db, rivet, folder):
    db.execute(TABLE)
    (folder / "url.txt").write_text(db.url + "\n", encoding="utf-8")
    port = str(db.server.port)
    parts = {"host": "127.0.0.1", "port": int(port), "user": "shop reader", "database": db.name}
    ways = {
        "url": {"type": "postgres", "url": db.url},
        "url_file": {"type": "postgres", "url_file": str(folder / "url.txt")},
        "password": dict(parts, type="postgres", password=program.CANARY.replace("${", "$${")),
        "password_env": dict(parts, type="postgres", password_env="SHOP_PASSWORD"),
    }
    env = dict(LOUD, SHOP_PASSWORD=program.CANARY)
    rivet.env.pop("DATABASE_URL")
    for way, source in ways.items():
        place = folder / way
        place.mkdir()
        config = {"source": source, "exports": [export("t")]}
        path = place / "rivet.yaml"
        path.write_text(json.dumps(config), encoding="utf-8")
        outcome = rivet("run", "-c", str(path), env=env).expect(0)
        assert ("plain" in outcome.err.lower() or "inline" in outcome.err.lower()) == (way in ("url", "password")), outcome
        path.unlink()
    (folder / "url.txt").unlink()
    assert secret_files(str(folder)) == []


def test_pgpass_and_pg_variables(db, rivet, configure, folder):
    db.execute(TABLE)
    escaped = program.CANARY.replace("\\", "\\\\").replace(":", "\\:")
    (folder / "pgpass").write_text(f"127.0.0.1:*:*:shop reader:{escaped}\n", encoding="utf-8")
    os.chmod(folder / "pgpass", 0o600)
    configure([export("t")])
    env = {"DATABASE_URL": f"postgresql://shop%20reader@127.0.0.1:{db.server.port}/{db.name}",
           "PGPASSFILE": str(folder / "pgpass"), "PGAPPNAME": "someone"}
    rivet("run", "-c", "rivet.yaml", env=dict(LOUD, **env)).expect(0)


def test_errors_do_not_show_it(db, rivet, configure):
    configure([export("t")])
    base = db.server.url(db.name, "shop reader", program.CANARY)
    for url in (base.replace("shop%20reader", "nobody%20here"), base.replace("127.0.0.1", "no such host"),
                base + "?sslmode=nonsense", base.replace(f":{db.server.port}/", ":notaport/"), base + "&&&=%zz",
                base.replace("postgresql://", "postgres:/"), "postgresql://x:" + program.CANARY + "@127.0.0.1/d"):
        outcome = rivet("run", "-c", "rivet.yaml", env=dict(LOUD, DATABASE_URL=url))
        assert outcome.code in (1, 2, 75), outcome


def test_the_process_list_does_not_show_it(db, rivet, configure, folder, background):
    db.execute(TABLE)
    configure([export("t", tuning={"batch_size": 50, "throttle_ms": 30}, **CHUNKED)])
    child = background(rivet.start("run", "-c", "rivet.yaml"))
    wait_for(published(folder, "t"), "a part")
    program.assert_no_secret(proc_text(child.pid, "cmdline"), "the command line")
    names = db.execute("SELECT application_name, query FROM pg_stat_activity WHERE datname = current_database()")
    program.assert_no_secret(str(names), "pg_stat_activity")
    assert any(str(name).startswith("rivet") for name, _ in names)
    rivet.finish(child, ["run"]).expect(0)


def test_a_url_on_the_command_line_is_scrubbed_or_refused(db, rivet):
    """init --source takes a URL; nothing of its password may come out again."""
    db.execute(TABLE)
    assert rivet("init", "--source", db.url, "-o", "made.yaml").code in (0, 1, 2)
    path = os.path.join(rivet.cwd, "made.yaml")
    if os.path.exists(path):
        with open(path, encoding="utf-8") as file:
            program.assert_no_secret(file.read(), "the config that init wrote")
