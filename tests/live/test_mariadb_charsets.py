"""MariaDB: text that the server cannot turn into Unicode and back without loss."""

import pytest

from harness import compare
from harness.program import export

# charset: (a byte that is a character of it, bytes that stand for none)
HOLES = {
    "ascii": ("41", ["80", "e9", "ff"]),
    "swe7": ("41", ["80", "ff"]),
    "hebrew": ("e0", ["a1", "bf"]),
    "geostd8": ("c0", ["ff"]),
    "cp1250": ("8a", ["81"]),
    "gbk": ("b0a1", []),
}


def quiet(mariadb):
    mariadb.execute("SET sql_mode = ''")


@pytest.mark.parametrize("charset", HOLES)
def test_bytes_that_are_no_character_end_the_run_by_name(mariadb, rivet, configure, landed, folder, charset):
    good, bad = HOLES[charset]
    quiet(mariadb)
    mariadb.execute(f"CREATE TABLE t (id int PRIMARY KEY, other int, v varchar(20) CHARACTER SET {charset})")
    mariadb.execute(f"INSERT INTO t VALUES (1, 1, 'why?'), (2, 2, NULL), (3, 3, ''), (4, 4, CONVERT(x'{good}' USING {charset}))")
    configure([export("t")])
    rivet("run", "-c", "rivet.yaml").expect(0)
    assert compare.assert_landed(mariadb.connection, "t", landed("t")) == 4
    for i, byte in enumerate(bad):
        mariadb.execute("DELETE FROM t WHERE id > 4")
        mariadb.execute(f"INSERT INTO t VALUES ({5 + i}, 5, _binary x'61{byte}')")
        stored = mariadb.value("SELECT hex(v) FROM t WHERE id > 4").lower()
        if mariadb.dialect == "mysql" and stored == "61":
            continue  # newer versions keep no such byte
        assert stored == "61" + byte
        error = rivet("run", "-c", "rivet.yaml", "--json-errors").expect(1).error()
        assert error["code"] == "RIVET_TYPE_VALUE"
        for words in (f"row with \"id\" = '{5 + i}'", 'column "v"', charset):
            assert words in error["error"]


# Two codes of cp932 are one character (U+FFE2), and only one of them comes back.
DOUBLED = ("concat(if(seq % 2, convert(unhex('FA54') USING cp932), convert(unhex('81CA') USING cp932)), "
           "lpad(seq, 6, '0'))")


@pytest.mark.parametrize("key", ["k", "g, k"])
def test_keys_that_do_not_come_back_are_no_page_keys(mariadb, rivet, configure, landed, key):
    mariadb.execute(f"CREATE TABLE t (g int NOT NULL, k varchar(20) CHARACTER SET cp932 NOT NULL, n int, PRIMARY KEY ({key}))")
    mariadb.execute(f"INSERT INTO t SELECT seq % 3, {DOUBLED}, seq FROM seq_1_to_5000")
    configure([export("t", tuning={"batch_size": 100})])
    rivet("run", "-c", "rivet.yaml").expect(0)
    assert compare.assert_landed(mariadb.connection, "t", landed("t")) == 5000
    configure([export("t", mode="chunked", chunk_by_key="k", chunk_size=500)])
    error = rivet("run", "-c", "rivet.yaml", "--json-errors").expect(1).error()
    assert "chunk_by_key" in error["error"]
    configure([export("t", mode="chunked", chunk_dense=True, chunk_column="k", chunk_size=500)])
    rivet("run", "-c", "rivet.yaml", "--json-errors").expect(1)


@pytest.mark.parametrize("strategy", [{"chunk_by_key": "k"}, {"chunk_dense": True, "chunk_column": "k"}], ids=["keyset", "dense"])
def test_a_chunk_ends_only_at_a_key_that_kept_its_bytes(mariadb, rivet, configure, landed, strategy):
    """uuids are often kept in ascii. A key with a byte of no character is told, never cut at."""
    quiet(mariadb)
    mariadb.execute("CREATE TABLE t (k varchar(40) CHARACTER SET ascii PRIMARY KEY, n int)")
    mariadb.execute("INSERT INTO t SELECT if(seq % 100, md5(seq), concat('why?', seq)), seq FROM seq_1_to_3000")
    configure([export("t", mode="chunked", chunk_size=500, parallel=2, tuning={"batch_size": 100}, **strategy)])
    rivet("run", "-c", "rivet.yaml", "--reconcile").expect(0)
    assert compare.assert_landed(mariadb.connection, "t", landed("t")) == 3000
    # The last one: the end of the last chunk.
    mariadb.execute("INSERT INTO t VALUES (_binary x'7a7a80', 0)")
    error = rivet("run", "-c", "rivet.yaml", "--json-errors").expect(1).error()
    assert error["code"] == "RIVET_SOURCE_NULL_CHUNK_KEY" and "no character of its charset" in error["error"]


def test_what_init_writes_runs_whatever_charset_the_key_has(mariadb, rivet, landed):
    for charset in ("ascii", "cp932"):
        mariadb.execute(f"CREATE TABLE {charset} (k varchar(40) CHARACTER SET {charset} PRIMARY KEY, n int)")
        mariadb.execute(f"INSERT INTO {charset} SELECT concat('k', lpad(seq, 7, '0')), seq FROM seq_1_to_150000")
        mariadb.execute(f"ANALYZE TABLE {charset}")
    rivet("init", "--source-env", "DATABASE_URL", "-o", "rivet.yaml").expect(0)
    rivet("run", "-c", "rivet.yaml").expect(0)
    for charset in ("ascii", "cp932"):
        assert compare.assert_landed(mariadb.connection, charset, landed(charset, within="output")) == 150000


def test_padding_of_char_does_not_depend_on_the_servers_mode(mariadb, rivet, configure, landed):
    mariadb.execute("CREATE TABLE t (id int PRIMARY KEY, c char(6)); INSERT INTO t VALUES (1, 'ab')")
    configure([export("t")])
    mariadb.execute("SET GLOBAL sql_mode = concat(@@GLOBAL.sql_mode, ',PAD_CHAR_TO_FULL_LENGTH'); "
                    "SET GLOBAL completion_type = 2; SET GLOBAL max_join_size = 1")
    try:
        rivet("run", "-c", "rivet.yaml").expect(0)
    finally:
        mariadb.execute("SET GLOBAL sql_mode = DEFAULT; SET GLOBAL completion_type = DEFAULT; SET GLOBAL max_join_size = DEFAULT")
    assert [table.column("c").to_pylist() for table in landed("t").tables("pyarrow")] == [["ab"]]


def test_a_view_over_tables_one_may_not_see_is_copied(mariadb, mariadb_server, rivet, configure, landed):
    """EXPLAIN wants rights on the tables below; reading the view does not."""
    mariadb_server.create_database("hidden_below")
    try:
        mariadb.execute("CREATE TABLE hidden_below.t (id int PRIMARY KEY); INSERT INTO hidden_below.t VALUES (1), (2); "
                        "CREATE VIEW v AS SELECT * FROM hidden_below.t")
        configure([export("v")])
        rivet("check", "-c", "rivet.yaml").expect(0)
        rivet("run", "-c", "rivet.yaml").expect(0)
        assert compare.assert_landed(mariadb.connection, "v", landed("v")) == 2
    finally:
        mariadb.execute("DROP DATABASE hidden_below")
