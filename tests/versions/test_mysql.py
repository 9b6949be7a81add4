"""What MySQL has and MariaDB has not, by the whole program. make test-versions tells these stories on each MySQL; what a
version lacks is skipped with the reason."""

import json

import pytest

from harness import compare, program
from harness.databases import READER
from harness.program import export
from harness.waiting import wait_for
from live.test_mariadb_keys import WORDS

ROWS = 60000


@pytest.fixture
def mysql(mariadb):
    if mariadb.dialect != "mysql":
        pytest.skip("a story of MySQL's own")
    return mariadb


def since(mysql, version, what):
    if mysql.version < version:
        pytest.skip(f"{what} came with MySQL {version // 10000}.{version // 100 % 100}.{version % 100}")


def checked(rivet):
    return {line["export"]: line["diagnostic"] for line in map(json.loads, rivet("check", "-c", "rivet.yaml", "--json").out.splitlines())}


@pytest.mark.parametrize("tls", [None, {"mode": "require"}], ids=["clear", "tls"])
@pytest.mark.parametrize("plugin", ["caching_sha2_password", "sha256_password", "mysql_native_password"])
def test_an_account_logs_in_whatever_its_plugin(mysql, rivet, configure, landed, plugin, tls):
    """The first time the server has nothing cached: then the password itself is sent, encrypted."""
    known = {row[0] for row in mysql.execute("SELECT plugin_name FROM information_schema.plugins WHERE plugin_status = 'ACTIVE' "
                                             "AND plugin_type = 'AUTHENTICATION'")}
    if plugin not in known:
        pytest.skip(f"this MySQL has no {plugin}")
    if tls or plugin == "sha256_password":
        since(mysql, 80000, "TLS 1.2, and RSA, in this build")
    account = mysql.connection.escape(READER) + "@'127.0.0.1'"
    mysql.make_table("t", 100)
    try:
        mysql.execute(f"ALTER USER {account} IDENTIFIED WITH {plugin} BY {mysql.connection.escape(program.CANARY)}")
        mysql.execute("FLUSH PRIVILEGES")
        configure([export("t")], source={"tls": tls} if tls else None)
        for _ in ("cold", "warm"):
            rivet("run", "-c", "rivet.yaml").expect(0)
            assert compare.assert_landed(mysql.connection, "t", landed("t")) == 100
        wrong = rivet("run", "-c", "rivet.yaml", "--json-errors", env={"DATABASE_URL": mysql.server.url(mysql.name, READER, "no")})
        assert wrong.expect(1).error()["code"] == "RIVET_SOURCE_AUTH"
    finally:
        usual = mysql.value("SELECT plugin FROM mysql.user WHERE user = %s LIMIT 1", mysql.server.admin)
        mysql.execute(f"ALTER USER {account} IDENTIFIED WITH {usual} BY {mysql.connection.escape(program.CANARY)}")


def test_a_server_that_insists_on_tls(mysql, rivet, configure, landed):
    since(mysql, 80000, "TLS 1.2 in this build")
    mysql.make_table("t", 100)
    mysql.execute("SET GLOBAL require_secure_transport = ON")
    try:
        configure([export("t")])
        error = rivet("run", "-c", "rivet.yaml", "--json-errors").expect(1).error()
        assert error["code"] == "RIVET_SOURCE_TLS" and "tls" in str(error), error
        configure([export("t")], source={"tls": {"mode": "require"}})
        rivet("run", "-c", "rivet.yaml").expect(0)
        assert compare.assert_landed(mysql.connection, "t", landed("t")) == 100
    finally:
        mysql.execute("SET GLOBAL require_secure_transport = OFF")


def test_the_server_ends_a_statement_over_its_limit(mysql, rivet, configure):
    configure([export("q", query=mysql.long_query(), tuning={"statement_timeout_s": 1, "max_retries": 0})])
    error = rivet("run", "-c", "rivet.yaml", "--json-errors").expect(75).error()
    assert "maximum statement execution time exceeded" in error["error"]
    mysql.assert_clean()


def test_the_number_of_rows_is_not_yesterdays(mysql, rivet, configure):
    """The server keeps its figures for a day and gives the old ones to whoever asks."""
    mysql.execute("CREATE TABLE t (id bigint PRIMARY KEY, v varchar(64))")
    asked = "SELECT table_rows FROM information_schema.tables WHERE table_schema = database() AND table_name = 't'"
    assert mysql.value(asked) == 0
    mysql.execute(f"INSERT INTO t SELECT i, md5(i) FROM {mysql.series(ROWS)}")
    with mysql.open() as other:
        cursor = other.cursor()
        if mysql.version >= 80000:
            cursor.execute("SET information_schema_stats_expiry = 0")

        def counted():
            cursor.execute(asked)
            return cursor.fetchone()[0] > ROWS // 2

        wait_for(counted, "the server's own count")
    configure([export("t")])
    assert checked(rivet)["t"]["row_estimate"] > ROWS // 2


@pytest.mark.parametrize("collation", ["utf8mb4_0900_ai_ci", "utf8mb4_0900_as_cs", "utf8mb4_0900_bin", "utf8mb4_ja_0900_as_cs_ks",
                                       "utf8mb4_unicode_520_ci"])
def test_pages_along_a_key_hold_each_row_once(mysql, rivet, configure, landed, collation):
    if not mysql.execute("SELECT 1 FROM information_schema.collations WHERE collation_name = %s", collation):
        pytest.skip(f"this MySQL has no {collation}")
    mysql.execute(f"CREATE TABLE t (k varchar(40) CHARACTER SET {collation.split('_')[0]} COLLATE {collation} PRIMARY KEY, v int)")
    words = [word + suffix for word in WORDS for suffix in ("", " ", "1", " 2", "é", "_3", "Q", "かﾊ")]
    for number, word in enumerate(words):
        mysql.execute("INSERT IGNORE INTO t VALUES (%s, %s)", word, number)
    rows = mysql.value("SELECT count(*) FROM t")
    assert rows > 50
    configure([export("full", table="t", tuning={"batch_size": 7}),
               export("keyset", table="t", mode="chunked", chunk_by_key="k", chunk_size=23, parallel=2, tuning={"batch_size": 5})])
    rivet("run", "-c", "rivet.yaml").expect(0)
    for name in ("full", "keyset"):
        assert compare.assert_landed(mysql.connection, "t", landed(name)) == rows


def test_indexes_that_are_no_order_of_pages(mysql, rivet, configure, landed):
    """Of expressions, hidden, descending: none of them misleads, each row lands once."""
    since(mysql, 80013, "an index of an expression")
    mysql.execute("CREATE TABLE t (a bigint NOT NULL, b varchar(20) NOT NULL, c int NOT NULL, d int NOT NULL, "
                  "UNIQUE KEY an_expression ((a + 1)), UNIQUE KEY hidden (c) INVISIBLE, UNIQUE KEY downwards (d DESC))")
    mysql.execute(f"INSERT INTO t SELECT i, concat('b', i), i, 5000 - i FROM {mysql.series(3000)}")
    mysql.execute("CREATE TABLE u (a int, b int, PRIMARY KEY (a DESC, b)); INSERT INTO u SELECT a % 7, a FROM t")
    configure([export("t"), export("u"), export("cut", table="u", mode="chunked", chunk_column="a", chunk_size=2)])
    rivet("run", "-c", "rivet.yaml").expect(0)
    for name, table in (("t", "t"), ("u", "u"), ("cut", "u")):
        assert compare.assert_landed(mysql.connection, table, landed(name)) == 3000


def test_what_select_star_does_not_show(mysql, rivet, configure, folder, landed):
    """A hidden column, and a primary key that the server made by itself: neither is in the file, and no row is lost."""
    since(mysql, 80030, "a primary key made by the server")
    mysql.execute("SET sql_generate_invisible_primary_key = ON; CREATE TABLE t (v varchar(64), hidden int INVISIBLE DEFAULT 7)")
    mysql.execute(f"INSERT INTO t (v) SELECT md5(i) FROM {mysql.series(3000)}")
    mysql.execute("CREATE VIEW seen AS SELECT v FROM t")
    rivet("init", "--source-env", "DATABASE_URL", "--table", "t", "-o", "init.yaml").expect(0)
    configure([export("t"), export("q", query="SELECT * FROM t")])
    rivet("run", "-c", "rivet.yaml").expect(0)
    for name in ("t", "q"):
        assert compare.data_columns(next(landed(name).tables("pyarrow"))) == ["v"]
        assert compare.assert_landed(mysql.connection, "seen", landed(name)) == 3000
    rivet("run", "-c", "init.yaml").expect(0)


def test_a_vector_is_refused_by_name_or_kept(mysql, rivet, configure, folder):
    since(mysql, 90000, "the type vector")
    mysql.execute("CREATE TABLE t (id int PRIMARY KEY, culprit vector(3)); INSERT INTO t VALUES (1, to_vector('[1,2,3]')), (2, NULL)")
    configure([export("t"), export("rest", query="SELECT id FROM t")])
    outcome = rivet("run", "-c", "rivet.yaml", "-e", "t", "--json-errors")
    if outcome.code:
        error = outcome.expect(1).error()
        assert error["code"] == "RIVET_TYPE_UNSUPPORTED" and "culprit" in str(error)
        assert not (folder / "out" / "t" / "_SUCCESS").exists()
    rivet("run", "-c", "rivet.yaml", "-e", "rest").expect(0)


def test_json_lands_as_the_server_spells_it(mysql, rivet, configure, landed):
    mysql.execute("CREATE TABLE t (id int PRIMARY KEY, j json, k json NOT NULL); INSERT INTO t VALUES "
                  "(1, '{\"b\": 1, \"a\": [1.50, null, \"é\\\\u0000\"], \"b\": 2}', '[]'), (2, NULL, 'null'), "
                  "(3, cast(1e300 AS json), cast(cast('2024-02-29 01:02:03.5' AS datetime(3)) AS json))")
    configure([export("t"), export("q", query="SELECT id, j, json_extract(j, '$.a') AS k FROM t")])
    rivet("run", "-c", "rivet.yaml").expect(0)
    assert compare.assert_landed(mysql.connection, "t", landed("t")) == 3
