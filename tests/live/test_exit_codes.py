"""Every failure has its class, its code and one clear line; scripts can rely on them."""

import socket

import pytest

from harness import compare, program
from harness.program import export

TABLE = "CREATE TABLE t (id integer PRIMARY KEY, v text); INSERT INTO t SELECT i, 'v' || i FROM generate_series(1, 50) i"
HASTY = {"tuning": {"max_retries": 0, "retry_backoff_ms": 1, "lock_timeout_s": 1}}


@pytest.fixture
def table(db, configure):
    db.execute(TABLE)
    configure([export("t")], HASTY)


def test_usage_and_config_errors_are_2(rivet, table, configure, folder):
    del table
    for args in (["run", "-c", "missing.yaml"], ["run", "-c", "rivet.yaml", "-e", "nope"], ["run", "-c", "rivet.yaml", "--nope"],
                 ["nope"], ["run", "-c", "rivet.yaml", "-p", "novalue"], ["validate", "-c", "rivet.yaml", "-e", "nope"],
                 ["init", "-o", "x.yaml"], ["init", "--source", "postgresql://h/d", "--source-env", "X"]):
        outcome = rivet(*args).expect(2)
        assert outcome.err.strip() and not outcome.out, outcome
    configure([export("t", modee="full"), export("t", max_file_size="-1")], name="wrong.yaml")
    error = rivet("run", "-c", "wrong.yaml", "--json-errors").expect(2).error()
    assert error["code"].startswith("RIVET_CONFIG_") and error["exit_class"] == 2
    assert "wrong.yaml" in error["location"]["file"] and error["location"]["line"] > 1
    assert len(error["errors"]) >= 2, "all problems at once"
    assert "modee" in str(error) and "mode" in str(error["hints"]) + error["error"]
    assert not (folder / "out").exists() and not (folder / ".rivet_state.db").exists(), "nothing was touched"


def test_an_unset_variable_is_2_and_named(rivet, table):
    del table
    rivet.env.pop("DATABASE_URL")
    assert "DATABASE_URL" in rivet("run", "-c", "rivet.yaml").expect(2).err


def test_unknown_export_names_the_nearest(db, rivet, configure):
    db.execute(TABLE)
    configure([export("orders", table="t"), export("other", table="t")])
    assert "orders" in rivet("run", "-c", "rivet.yaml", "-e", "order").expect(2).err


def test_what_is_not_built_yet_is_refused_by_name(rivet, table, configure):
    del table
    for keys, word in (({"mode": "incremental", "cursor_column": "id"}, "incremental"), ({"quality": {"row_count_min": 1}}, "quality"),
                       ({"destination": {"type": "s3", "bucket": "b"}}, "s3")):
        configure([export("t", **keys)])
        message = rivet("run", "-c", "rivet.yaml").expect(2).err
        assert word in message and "not available yet" in message


def test_wrong_password_is_1(db, rivet, table):
    del table
    rivet.env["DATABASE_URL"] = db.server.url(db.name, "shop reader", program.CANARY + "x")
    error = rivet("run", "-c", "rivet.yaml", "--json-errors").expect(1).error()
    assert error["code"].startswith("RIVET_SOURCE_") and not error["retryable"]


def test_missing_table_and_missing_right_are_1(db, rivet, configure):
    db.execute("CREATE TABLE secret (id integer PRIMARY KEY); REVOKE ALL ON secret FROM \"shop reader\"")
    configure([export("gone")])
    assert "gone" in rivet("run", "-c", "rivet.yaml").expect(1).err
    configure([export("secret")])
    error = rivet("run", "-c", "rivet.yaml", "--json-errors").expect(1).error()
    assert "secret" in str(error) and error["hints"]


def test_broken_sql_is_1(rivet, table, configure):
    del table
    configure([export("t", query="SELEC 1")])
    assert rivet("run", "-c", "rivet.yaml", "--json-errors").expect(1).error()["code"].startswith("RIVET_SOURCE_")


def test_a_query_that_writes_is_refused(db, rivet, table, configure):
    del table
    for query in ("DELETE FROM t RETURNING id", "SELECT 1; DELETE FROM t", "SELECT nextval('s')",
                  "SELECT 1) AS x; COMMIT; DROP TABLE t; --"):
        db.execute("CREATE SEQUENCE IF NOT EXISTS s; GRANT ALL ON SEQUENCE s TO \"shop reader\"; "
                   "GRANT ALL ON TABLE t TO \"shop reader\"")
        configure([export("q", query=query)])
        assert rivet("run", "-c", "rivet.yaml").code in (1, 2), query
    assert db.value("SELECT count(*) FROM t") == 50 and not db.value("SELECT is_called FROM s")


def test_refused_connection_is_75(rivet, table):
    del table
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))  # bound and not listening: refused
        rivet.env["DATABASE_URL"] = f"postgresql://u:p@127.0.0.1:{probe.getsockname()[1]}/d"
        error = rivet("run", "-c", "rivet.yaml", "--json-errors").expect(75).error()
    assert error["retryable"] and error["exit_class"] == 75


def test_a_locked_table_is_75_and_no_queue_piles_up(db, rivet, table):
    del table
    db.execute("BEGIN; LOCK TABLE t IN ACCESS EXCLUSIVE MODE")
    try:
        rivet("run", "-c", "rivet.yaml").expect(75)
    finally:
        db.execute("ROLLBACK")
    rivet("run", "-c", "rivet.yaml").expect(0)


def test_a_full_server_is_75(db, rivet, table, server):
    del table
    db.execute(f'ALTER DATABASE "{db.name}" CONNECTION LIMIT 0')
    rivet("run", "-c", "rivet.yaml").expect(75)


def test_the_worst_of_several_exports_wins_and_the_others_run(db, rivet, configure, landed):
    db.execute(TABLE)
    configure([export("gone"), export("t")])
    outcome = rivet("run", "-c", "rivet.yaml", "--json").expect(1)
    assert {one["export_name"]: one["status"] for one in outcome.json["per_export"]} == {"gone": "failed", "t": "success"}
    assert outcome.json["per_export"][0]["error_code"].startswith("RIVET_")
    assert landed("t").manifest["row_count"] == 50


def test_a_bad_value_in_the_environment_of_the_server(db, rivet, configure, landed):
    """A role's own settings must not change what lands."""
    db.execute(TABLE)
    for setting in ("DateStyle = 'German'", "IntervalStyle = 'sql_standard'", "bytea_output = 'escape'",
                    "extra_float_digits = -5", "TimeZone = 'Asia/Kathmandu'", "default_transaction_isolation = 'serializable'",
                    "lc_monetary = 'C'", "standard_conforming_strings = off", "search_path = 'pg_temp', 'public'"):
        db.execute(f'ALTER ROLE "shop reader" IN DATABASE "{db.name}" SET {setting}')
    db.execute("CREATE TABLE u (id integer PRIMARY KEY, d date, i interval, b bytea, f double precision, tz timestamptz, "
               "a timestamptz[], r tstzrange); INSERT INTO u VALUES (1, '2024-02-01', '1 day 2 hours', '\\xff00', 0.1, "
               "'2024-01-01 00:00+00', '{2024-01-01 00:00+00}', NULL)")
    configure([export("u"), export("cut", table="u", mode="chunked", chunk_column="id", chunk_size=10)])
    rivet("run", "-c", "rivet.yaml").expect(0)
    for name in ("u", "cut"):
        compare.assert_landed(db.connection, "u", landed(name))
