"""Values that a file cannot hold: each stops the run by name, until a policy says what lands instead (docs/special-values.md).
The others land exactly as they are, and what was altered is counted: in the manifest, in the journal and in the summary."""

import datetime
import decimal
import glob
import json
import os
import re

import pytest

from harness import program
from harness.landed import Landed
from harness.program import export

KILLED = -9
UTC = datetime.timezone.utc
FIRST, LAST = datetime.date(1, 1, 1), datetime.date(9999, 12, 31)
LAST_MICRO = datetime.datetime(9999, 12, 31, 23, 59, 59, 999999)

# key, word: engine, the column's type, a value that lands as it is, what it lands as, the bad value, what it lands as
POSTGRES = {
    ("infinity", "null"): [
        ("date", "2024-02-29", datetime.date(2024, 2, 29), "infinity", None),
        ("timestamp", "2024-02-29 01:02:03.4", datetime.datetime(2024, 2, 29, 1, 2, 3, 400000), "-infinity", None),
        ("timestamptz", "2024-02-29 01:02:03+00", datetime.datetime(2024, 2, 29, 1, 2, 3, tzinfo=UTC), "infinity", None),
        ("date[]", "{2024-02-29,NULL}", [datetime.date(2024, 2, 29), None], "{infinity}", [None])],
    ("infinity", "clamp"): [
        ("date", "2024-02-29", datetime.date(2024, 2, 29), "infinity", LAST),
        ("date", "2024-02-29", datetime.date(2024, 2, 29), "-infinity", FIRST),
        ("timestamp", "2024-02-29", datetime.datetime(2024, 2, 29), "infinity", LAST_MICRO),
        ("timestamp", "2024-02-29", datetime.datetime(2024, 2, 29), "-infinity", datetime.datetime(1, 1, 1)),
        ("timestamptz", "2024-02-29 00:00+00", datetime.datetime(2024, 2, 29, tzinfo=UTC), "infinity",
         LAST_MICRO.replace(tzinfo=UTC))],
    ("numeric_special", "null"): [
        ("numeric(10,2)", "12.30", decimal.Decimal("12.30"), "NaN", None),
        ("numeric(50,2)", "12.30", decimal.Decimal("12.30"), "NaN", None),
        ("numeric(10,2)[]", "{1.5,NULL}", [decimal.Decimal("1.50"), None], "{NaN,2}", [None, decimal.Decimal("2.00")])],
    ("out_of_range", "null"): [
        ("timestamp", "2024-02-29", datetime.datetime(2024, 2, 29), "294276-12-31", None),
        ("timestamptz", "2024-02-29 00:00+00", datetime.datetime(2024, 2, 29, tzinfo=UTC), "294276-12-31 00:00+00", None)],
    ("time_range", "null"): [("time", "23:59:59.999999", datetime.time(23, 59, 59, 999999), "24:00", None)],
    ("infinity", "text"): [
        ("date", "2024-02-29", "2024-02-29", "infinity", "infinity"),
        ("timestamp", "2024-02-29 01:02:03.4", "2024-02-29 01:02:03.4", "-infinity", "-infinity"),
        ("timestamptz", "2024-02-29 01:02:03+00", "2024-02-29 01:02:03+00", "infinity", "infinity"),
        ("date[]", "{2024-02-29,NULL}", "{2024-02-29,NULL}", "{infinity}", "{infinity}")],
    ("numeric_special", "text"): [("numeric(10,2)", "12.30", "12.30", "NaN", "NaN")],
    ("out_of_range", "text"): [("timestamp", "2024-02-29", "2024-02-29 00:00:00", "294276-12-31", "294276-12-31 00:00:00")],
    ("time_range", "text"): [("time", "23:59:59", "23:59:59", "24:00", "24:00:00")],
}
MARIADB = {
    ("zero_date", "null"): [
        ("date", "2024-02-29", datetime.date(2024, 2, 29), "0000-00-00", None),
        ("date", "2024-02-29", datetime.date(2024, 2, 29), "2024-00-10", None),
        ("datetime(6)", "2024-02-29 01:02:03.4", datetime.datetime(2024, 2, 29, 1, 2, 3, 400000), "0000-00-00 00:00:00", None),
        ("timestamp(6) NULL", "2024-02-29 01:02:03.4", datetime.datetime(2024, 2, 29, 1, 2, 3, 400000, UTC), "0000-00-00", None)],
    ("time_range", "null"): [
        ("time(6)", "23:59:59.999999", datetime.time(23, 59, 59, 999999), "-838:59:59", None),
        ("time", "01:02:03", datetime.time(1, 2, 3), "24:00:00", None)],
    ("zero_date", "text"): [
        ("date", "2024-02-29", "2024-02-29", "0000-00-00", "0000-00-00"),
        ("datetime(6)", "2024-02-29 01:02:03.4", "2024-02-29 01:02:03.400000", "2024-02-00 00:00:00", "2024-02-00 00:00:00.000000")],
    ("time_range", "text"): [("time", "01:02:03", "01:02:03", "-838:59:59", "-838:59:59")],
}
CASES = [(engine, *key, *case) for engine, table in (("postgres", POSTGRES), ("mariadb", MARIADB))
         for key, cases in table.items() for case in cases]


def named(case):
    engine, key, word, kind, _, _, bad, _ = case
    return f"{engine} {key} {word} {kind} {bad}"


def make(database, kind, good, bad):
    """Row 1 is good, row 2 NULL, row 3 bad."""
    if database.engine == "mariadb":
        database.execute("SET sql_mode = ''; SET time_zone = '+00:00'")
    database.execute(f"CREATE TABLE t (id integer PRIMARY KEY, culprit {kind}); "
                     f"INSERT INTO t VALUES (1, '{good}'), (2, NULL), (3, '{bad}')")


def altered(column):
    return [(one["policy"], one["action"], one["values"]) for one in column.get("altered", [])]


def of(manifest, name):
    return next(column for column in manifest["columns"] if column["name"] == name)


@pytest.mark.parametrize("case", CASES, ids=named)
def test_one_bad_value(request, folder, case):
    engine, key, word, kind, good, good_lands, bad, bad_lands = case
    database = request.getfixturevalue("db" if engine == "postgres" else "mariadb")
    rivet = program.Program(folder, {"DATABASE_URL": database.url})
    make(database, kind, good, bad)

    program.write_config(folder, [export("t")], {"type": database.source_type})
    error = rivet("run", "-c", "rivet.yaml", "--json-errors").expect(1).error()
    assert error["code"] == "RIVET_TYPE_VALUE"
    shown = bad.strip("{}").split(",")[0].split("+")[0].split(" 00:00")[0]
    for needed in ("table ", "t: row with \"id\" = '3'", 'column "culprit"'):
        assert needed in error["error"], error
    if key != "out_of_range":
        assert shown in error["error"], error
    assert any(f"`{key}: null`" in hint for hint in error["hints"]), error
    assert not (folder / "out" / "t" / "_SUCCESS").exists()

    program.write_config(folder, [export("t", **{key: word})], {"type": database.source_type})
    outcome = rivet("run", "-c", "rivet.yaml", "--json").expect(0)
    landed = Landed(folder / "out" / "t").check_books()
    for reader in ("pyarrow", "duckdb"):
        if reader == "duckdb" and "(50," in kind:
            continue  # DuckDB has no decimal of 50 digits
        table = next(landed.tables(reader))
        assert table.column("id").to_pylist() == [1, 2, 3]
        assert table.column("culprit").to_pylist() == [good_lands, None, bad_lands], reader
    field = next(landed.tables("pyarrow")).schema.field("culprit")
    assert f"{key}: {word}".encode() in field.metadata[b"rivet.policy"]
    expected = [] if word == "text" else [(key, word, 1)]
    assert altered(of(landed.manifest, "culprit")) == expected
    assert altered(of(landed.manifest, "id")) == []
    result = outcome.json["per_export"][0]
    assert result["altered_values"] == [{"column": "culprit", "policy": key, "action": word, "values": 1}
                                        for _ in expected]
    warnings = [warning["message"] for warning in result["warnings"] if warning["rule"] == "values-altered"]
    assert len(warnings) == len(expected) and all("culprit" in text for text in warnings)
    journal = folder / ".rivet" / "runs" / result["run_id"] / (result["run_id"] + ".journal.jsonl")
    assert ("values-altered" in journal.read_text(encoding="utf-8")) == bool(expected)
    database.assert_clean()


def test_the_summary_for_people_tells_it(db, rivet, configure):
    make(db, "date", "2024-02-29", "infinity")
    configure([export("t", infinity="null")])
    outcome = rivet("run", "-c", "rivet.yaml").expect(0)
    assert '1 value of "culprit" landed as NULL (infinity: null)' in outcome.out + outcome.err


def test_the_exports_word_wins_over_the_sources(db, rivet, configure, landed):
    make(db, "date", "2024-02-29", "infinity")
    configure([export("t"), export("clamped", table="t", infinity="clamp"), export("strict", table="t", infinity="fail")],
              source={"infinity": "null"})
    error = rivet("run", "-c", "rivet.yaml", "--json-errors").expect(1).error()
    assert "strict" in str(error)
    assert next(landed("t").tables("pyarrow")).column("culprit").to_pylist()[2] is None
    assert next(landed("clamped").tables("pyarrow")).column("culprit").to_pylist()[2] == LAST


def test_a_key_is_never_altered(any_db, rivet, configure):
    bad = "infinity" if any_db.engine == "postgres" else "0000-00-00"
    if any_db.engine == "mariadb":
        any_db.execute("SET sql_mode = ''")
    any_db.execute(f"CREATE TABLE t (day date PRIMARY KEY, v integer); INSERT INTO t VALUES ('2024-02-29', 1), ('{bad}', 2)")
    configure([export("t", infinity="null", zero_date="null")])
    error = rivet("run", "-c", "rivet.yaml", "--json-errors").expect(1).error()
    assert error["code"] == "RIVET_TYPE_VALUE" and "day" in error["error"]


def test_a_column_with_a_type_of_its_own_keeps_it(db, rivet, configure, landed):
    db.execute("CREATE TABLE t (id integer PRIMARY KEY, a numeric(10,2), b numeric(10,2), c timestamp); "
               "INSERT INTO t VALUES (1, 1.5, 2.5, '2024-02-29')")
    configure([export("t", numeric_special="text", columns={"a": "decimal(12,3)"})])
    rivet("run", "-c", "rivet.yaml").expect(0)
    table = next(landed("t").tables("pyarrow"))
    assert [str(kind) for kind in table.schema.types[1:]] == ["decimal128(12, 3)", "string", "timestamp[us]"]
    assert table.column("b").to_pylist() == ["2.50"]


def test_policies_of_child_processes_come_to_the_parent(db, rivet, configure):
    make(db, "date", "2024-02-29", "infinity")
    db.execute("CREATE TABLE u AS SELECT * FROM t")
    configure([export("t", infinity="null"), export("u", infinity="clamp")])
    outcome = rivet("run", "-c", "rivet.yaml", "--json", "--parallel-export-processes").expect(0)
    told = {one["export_name"]: one["altered_values"] for one in outcome.json["per_export"]}
    assert told["t"] == [{"column": "culprit", "policy": "infinity", "action": "null", "values": 1}]
    assert told["u"] == [{"column": "culprit", "policy": "infinity", "action": "clamp", "values": 1}]


def test_postgres_itself_refuses_text_that_is_none(server, db, rivet, configure, folder):
    """A database without an encoding keeps any bytes, and the server sends none that are no UTF-8."""
    name = db.name + "_ascii"
    db.execute(f"CREATE DATABASE {name} ENCODING 'SQL_ASCII' LOCALE 'C' TEMPLATE template0")
    other = type(db)(server, name)
    try:
        other.execute("CREATE TABLE t (id integer PRIMARY KEY, culprit text); SET client_encoding = 'SQL_ASCII'; "
                      "INSERT INTO t VALUES (1, 'fine'), (2, E'x\\377y')")
        rivet.env["DATABASE_URL"] = other.url
        configure([export("t", invalid_utf8="replace")])
        error = rivet("run", "-c", "rivet.yaml", "--json-errors").expect(1).error()
        assert error["code"] == "RIVET_SOURCE_SQL" and "0xff" in error["error"]
        assert not (folder / "out" / "t" / "_SUCCESS").exists()
    finally:
        other.drop()


def test_bytes_of_mariadb_that_are_no_character(mariadb, rivet, configure, landed):
    """The server sends a question mark for them: each column of each row is counted, and one that was typed is none."""
    mariadb.execute("SET sql_mode = ''; CREATE TABLE t (id int PRIMARY KEY, a varchar(20) CHARACTER SET ascii, "
                    "b varchar(20) CHARACTER SET hebrew, c varchar(20))")
    mariadb.execute("INSERT INTO t VALUES (1, 'why?', 'why?', 'why?'), (2, _binary x'61ff', _binary x'61a1', 'x'), "
                    "(3, _binary x'80', NULL, 'y'), (4, NULL, NULL, NULL)")
    configure([export("t")])
    error = rivet("run", "-c", "rivet.yaml", "--json-errors").expect(1).error()
    assert "row with \"id\" = '2'" in error["error"] and 'column "a"' in error["error"]
    assert any("`invalid_utf8: replace`" in hint for hint in error["hints"])
    configure([export("t", invalid_utf8="replace")])
    rivet("run", "-c", "rivet.yaml").expect(0)
    found = landed("t")
    table = next(found.tables("pyarrow"))
    assert table.column("a").to_pylist() == ["why?", "a?", "?", None]
    assert table.column("b").to_pylist() == ["why?", "a?", None, None]
    assert table.column("c").to_pylist() == ["why?", "x", "y", None]
    assert altered(of(found.manifest, "a")) == [("invalid_utf8", "replace", 2)]
    assert altered(of(found.manifest, "b")) == [("invalid_utf8", "replace", 1)]
    assert altered(of(found.manifest, "c")) == []


def test_the_example_of_the_page(mariadb, rivet, folder):
    """What docs/special-values.md shows is what the program does and says."""
    with open(os.path.join(program.ROOT, "docs", "special-values.md"), encoding="utf-8") as file:
        page = file.read()
    example = re.search(r"```yaml\n(.*?)```", page, re.S).group(1)
    mariadb.execute("SET sql_mode = ''; CREATE TABLE members (id int PRIMARY KEY, born date); "
                    "INSERT INTO members VALUES (1, '0000-00-00'), (2, '1999-12-31'), (3, '1999-00-31')")
    (folder / "rivet.yaml").write_text(example, encoding="utf-8")
    rivet("run", "-c", "rivet.yaml").expect(0)
    found = Landed(folder / "out" / "members").check_books()
    assert next(found.tables("pyarrow")).column("born").to_pylist() == ["0000-00-00", "1999-12-31", "1999-00-31"]
    # Without its own word the export takes the source's.
    text = example.replace("    zero_date: text\n", "")
    assert text != example
    (folder / "rivet.yaml").write_text(text, encoding="utf-8")
    outcome = rivet("run", "-c", "rivet.yaml").expect(0)
    found = Landed(folder / "out" / "members").check_books()
    assert next(found.tables("pyarrow")).column("born").to_pylist() == [None, datetime.date(1999, 12, 31), None]
    told = '2 values of "born" landed as NULL (zero_date: null)'
    assert told in outcome.out + outcome.err and told in page
    assert '"altered": ' + json.dumps(of(found.manifest, "born")["altered"]) in page


ROWS = 4800


def many(database):
    """One row in a hundred has a special value: four in each of twelve chunks, and other ones beside them."""
    if database.engine == "postgres":
        database.execute(f"CREATE TABLE t (id integer PRIMARY KEY, d date, n numeric(10,2)); INSERT INTO t SELECT i, "
                         f"CASE WHEN i % 100 = 0 THEN 'infinity'::date ELSE date '2024-01-01' + i % 300 END, "
                         f"CASE WHEN i % 400 = 7 THEN 'NaN'::numeric ELSE i / 4.0 END FROM generate_series(1, {ROWS}) AS s(i)")
        return {"infinity": "null", "numeric_special": "null"}, {"d": ("infinity", 48), "n": ("numeric_special", 12)}
    database.execute("SET sql_mode = ''; CREATE TABLE t (id integer PRIMARY KEY, d date, n time); INSERT INTO t SELECT seq, "
                     "IF(seq % 100 = 0, '0000-00-00', date_add('2024-01-01', INTERVAL seq % 300 DAY)), "
                     f"IF(seq % 400 = 7, '25:00:00', '01:02:03') FROM seq_1_to_{ROWS}")
    return {"zero_date": "null", "time_range": "null"}, {"d": ("zero_date", 48), "n": ("time_range", 12)}


CHUNKED = {"mode": "chunked", "chunk_column": "id", "chunk_size": ROWS // 12, "chunk_checkpoint": True,
           "tuning": {"profile": "fast", "batch_size": ROWS // 48, "max_retries": 2, "retry_backoff_ms": 10}}


@pytest.mark.parametrize("fault", ["recorded:kill9:5", "published:kill9:5", "mid_chunk:kill9:9", "all_done:kill9",
                                   "manifest_done:kill9", "success_marker:kill9", "mid_chunk:throw:9", "published:throw:3",
                                   "recorded:kill9:5 and a part lost"])
@pytest.mark.parametrize("parallel", [1, 3])
def test_each_altered_value_is_counted_once(any_db, rivet, configure, landed, folder, fault, parallel):
    policies, expected = many(any_db)
    configure([export("t", parallel=parallel, **CHUNKED, **policies)])
    outcome = rivet("run", "-c", "rivet.yaml", "--json", env={"RIVET_FAULT": fault.split(" ")[0]})
    if "kill9" in fault:
        assert outcome.code == KILLED, outcome
        if "lost" in fault:
            os.remove(sorted(glob.glob(str(folder / "out" / "t" / "*.parquet")))[0])
        outcome = rivet("run", "-c", "rivet.yaml", "--json", "--resume").expect(0)
    else:
        outcome.expect(0)
    found = landed("t")
    for name, (policy, values) in expected.items():
        assert altered(of(found.manifest, name)) == [(policy, "null", values)], name
        assert sum(table.column(name).null_count for table in found.tables("pyarrow")) == values
    result = outcome.json["per_export"][0]
    if result["status"] == "success":  # books that the dead process had closed are skipped, and tell nothing new
        assert {(one["column"], one["values"]) for one in result["altered_values"]} == {
            (name, values) for name, (_, values) in expected.items()}
    assert json.loads(found.manifest_bytes)["row_count"] == ROWS


def test_a_resume_does_not_mix_policies(db, rivet, configure):
    policies, _ = many(db)
    configure([export("t", **CHUNKED, **policies)])
    assert rivet("run", "-c", "rivet.yaml", env={"RIVET_FAULT": "recorded:kill9:5"}).code == KILLED
    configure([export("t", **CHUNKED, **dict(policies, infinity="clamp"))])
    error = rivet("run", "-c", "rivet.yaml", "--resume", "--json-errors").error()
    assert "not what run" in error["error"]
