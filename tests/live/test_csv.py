"""CSV files against the server's rows: by the letter, and by pyarrow, DuckDB and Python's csv module."""

import base64
import csv
import os
import signal

import duckdb
import pyarrow
import pyarrow.csv
import pytest

from harness import csv_text
from harness.landed import files_below, strangers
from harness.program import export
from harness.type_cases import MARIADB, POSTGRES, fill
from harness.waiting import wait_for

AWKWARD = ["", " ", "  leading", "trailing ", "\ttab\t", "a,b", ",", '"', '""', 'say "hi"', "line\nfeed", "carriage\rreturn",
           "\r\n", "\n", "\\N", "\\.", "NULL", "null", "''", "𝔘ñï çödé 🎁", "=1+1", "-1", "+1", "@x", "#comment", "a;b|c\td",
           "x" * 300_000 + '"', "\ufeffbom"]
csv.field_size_limit(1 << 24)
TABLE = ("CREATE TABLE t (id bigint PRIMARY KEY, v text NOT NULL, flag boolean, n numeric(12,3), d date, at timestamptz, "
         "f double precision); INSERT INTO t SELECT i, 'value, ' || i % 50, i % 3 = 0, i / 7.0, "
         "CASE WHEN i % 5 > 0 THEN date '1969-12-01' + i % 900 END, timestamptz '2024-01-01 00:00+00' + i * interval '1.5 s', "
         "i / 3.0 FROM generate_series(1, 20000) i")


@pytest.fixture
def awkward(db):
    db.execute('CREATE TABLE t (id integer PRIMARY KEY, "a ""name"", with"  text, other text)')
    for i, text in enumerate(AWKWARD):
        db.execute("INSERT INTO t VALUES (%s, %s, %s)", i, text, None if i % 3 == 0 else text)
    db.execute("INSERT INTO t VALUES (-1, NULL, NULL)")


def rows_of(db, relation="t"):
    return sorted(db.execute(f"SELECT * FROM {relation}"))


def run_csv(rivet, configure, landed, name="t", csv=None, **keys):
    configure([export(name, format="csv", **({"csv": csv} if csv else {}), **keys)])
    rivet("run", "-c", "rivet.yaml").expect(0)
    return landed(name)


def by_pyarrow(path, columns, null="", **parse):
    table = pyarrow.csv.read_csv(
        path, parse_options=pyarrow.csv.ParseOptions(newlines_in_values=True, **parse),
        read_options=pyarrow.csv.ReadOptions(block_size=64 << 20),
        convert_options=pyarrow.csv.ConvertOptions(
            column_types=columns, null_values=[null], strings_can_be_null=True, quoted_strings_can_be_null=False))
    return sorted(zip(*(table.column(i).to_pylist() for i in range(table.num_columns))))


def by_duckdb(path, columns, null="", **options):
    text = "".join(f", {key}={value!r}" for key, value in options.items())
    with duckdb.connect() as connection:
        return sorted(connection.execute(
            f"SELECT * FROM read_csv(?, columns={columns}, header=true, nullstr=?, allow_quoted_nulls=false, auto_detect=false, "
            f"quote='\"', escape='\"', max_line_size=4000000, buffer_size=32000000, strict_mode=true{text})",
            [path, null]).fetchall())


def test_awkward_texts_by_four_readers(db, rivet, configure, landed, awkward):
    del awkward
    found = run_csv(rivet, configure, landed)
    expected = rows_of(db)
    (path,) = found.paths
    assert path.endswith(".csv") and found.manifest["format"] == "csv" and found.manifest["compression"] == "none"
    assert csv_text.assert_landed(db.connection, "t", found) == len(AWKWARD) + 1
    with open(path, "rb") as file:
        assert file.read().startswith(b'id,"a ""name"", with",other\n'), "no mark, the names quoted as cells are"
    # Python's module knows no NULL.
    with open(path, encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file, strict=True)
    assert header == ["id", 'a "name", with', "other"]
    assert sorted((int(i), a, b) for i, a, b in rows) == [(i, a or "", b or "") for i, a, b in expected]
    text = pyarrow.string()
    assert by_pyarrow(path, {"id": pyarrow.int32(), 'a "name", with': text, "other": text}) == expected
    assert by_duckdb(path, {"id": "INTEGER", 'a "name", with': "VARCHAR", "other": "VARCHAR"}) == expected


def test_the_text_of_null_is_told_from_the_same_text(db, rivet, configure, landed, awkward):
    del awkward
    for null in ("\\N", "NULL", "-1"):
        found = run_csv(rivet, configure, landed, csv={"null_value": null})
        csv_text.assert_landed(db.connection, "t", found, null=null)
        text = pyarrow.string()
        types = {"id": text, 'a "name", with': text, "other": text}
        expected = sorted((str(i), a, b) for i, a, b in rows_of(db))
        assert by_pyarrow(found.paths[0], types, null) == expected
        assert by_duckdb(found.paths[0], dict.fromkeys(types, "VARCHAR"), null) == expected


@pytest.mark.parametrize("options, form", [
    ({"delimiter": "\t"}, {"delimiter": "\t"}), ({"delimiter": ";"}, {"delimiter": ";"}),
    ({"delimiter": "-"}, {"delimiter": "-"}), ({"quote": "all"}, {}),
    ({"line_ending": "crlf"}, {"line_end": "\r\n"}),
    ({"delimiter": "|", "quote": "all", "line_ending": "crlf", "null_value": "\\N"},
     {"delimiter": "|", "line_end": "\r\n", "null": "\\N"}),
], ids=lambda value: "-".join(map(str, value)) if isinstance(value, dict) else None)
def test_options(db, rivet, configure, landed, awkward, options, form):
    del awkward
    found = run_csv(rivet, configure, landed, csv=options)
    csv_text.assert_landed(db.connection, "t", found, **form)
    if options.get("quote") == "all":
        text = csv_text.content(found.paths[0])
        assert text.startswith('"id"')
        assert sum(text.count(f'{end}"{i}"') for end in "\n" for i in range(-1, len(AWKWARD))) == len(AWKWARD) + 1
    rivet("validate", "-c", "rivet.yaml").expect(0)


def test_without_a_header(db, rivet, configure, landed, awkward):
    del awkward
    found = run_csv(rivet, configure, landed, csv={"header": False})
    rows = csv_text.records(csv_text.content(found.paths[0]))
    assert sorted((int(i), a, b) for i, a, b in rows) == rows_of(db)
    rivet("validate", "-c", "rivet.yaml").expect(0)


@pytest.mark.parametrize("codec, extension", [("gzip", ".csv.gz"), ("zstd", ".csv.zst")])
def test_compression(db, rivet, configure, landed, codec, extension):
    db.execute(TABLE)
    fingerprints = set()
    for _ in range(2):
        found = run_csv(rivet, configure, landed, csv={"compression": codec})
        assert csv_text.assert_landed(db.connection, "t", found) == 20000
        fingerprints.add(found.parts[0]["content_fingerprint"])
    (path,) = found.paths
    assert path.endswith(extension) and found.manifest["compression"] == codec
    assert len(fingerprints) == 1, "the same rows, other bytes"
    rivet("validate", "-c", "rivet.yaml", "--deep").expect(0)
    with duckdb.connect() as connection:
        assert connection.execute("SELECT count(*), sum(id) FROM read_csv(?)", [path]).fetchall() == [(20000, 200010000)]
    assert [row["format"] for row in rivet("state", "files", "-c", "rivet.yaml", "--json").expect(0).json] == ["csv"] * 2


def test_every_type(db, rivet, configure, landed):
    fill(db, [case for case in POSTGRES if not case.logical.startswith("list<")])
    csv_text.assert_landed(db.connection, "t", run_csv(rivet, configure, landed))


def test_base64(db, rivet, configure, landed):
    db.execute("CREATE TABLE t (id integer PRIMARY KEY, b bytea); INSERT INTO t SELECT i, CASE WHEN i <> 7 THEN "
               "decode(repeat('00ff', i), 'hex') END FROM generate_series(0, 20) i")
    found = run_csv(rivet, configure, landed, csv={"binary": "base64"})
    rows = csv_text.records(csv_text.content(found.paths[0]))[1:]
    assert sorted((int(i), b if b is None else base64.b64decode(b, validate=True)) for i, b in rows) == rows_of(db)


def test_lists_are_refused_by_name_before_anything_is_read(db, rivet, configure, folder):
    db.execute("CREATE TABLE t (id integer PRIMARY KEY, tags text[], sizes integer[])")
    configure([export("t", format="csv")])
    for command in ("check", "run"):
        outcome = rivet(command, "-c", "rivet.yaml").expect(1)
        assert "`tags`" in outcome.err and "`sizes`" in outcome.err and "nested" in outcome.err, outcome
    assert not (folder / "out").exists()


def test_lists_as_json(db, rivet, configure, landed):
    kinds = ("boolean[]", "integer[]", "text[]", "uuid[]", "mood[]", "numeric(12,3)[]")
    fill(db, [case for case in POSTGRES if case.sql in kinds])
    csv_text.assert_landed(db.connection, "t", run_csv(rivet, configure, landed, csv={"nested": "json"}))


def test_formulas_only_when_asked(db, rivet, configure, landed, awkward):
    del awkward
    plain = csv_text.content(run_csv(rivet, configure, landed).paths[0])
    assert "\n20,=1+1," in plain and "\n-1,," in plain
    escaped = csv_text.content(run_csv(rivet, configure, landed, csv={"escape_formulas": True}).paths[0])
    for text in ("=1+1", "-1", "+1", "@x"):
        assert f",'{text}," in escaped
    assert "\n-1,," in escaped, "numbers stay numbers"


FLOATS = ("CREATE TABLE t (id integer PRIMARY KEY, f real, d double precision, l double precision[]); INSERT INTO t VALUES "
          "(1, 0.1, -2.5, '{1,NaN}'), (2, 'NaN', 'Infinity', '{-Infinity,NULL}'), (3, '-Infinity', 'NaN', NULL), (4, NULL, NULL, '{}')")


def test_special_floats(db, rivet, configure, landed, folder):
    db.execute(FLOATS)

    def rows(**options):
        found = run_csv(rivet, configure, landed, csv={"nested": "json", **options})
        return sorted(csv_text.records(csv_text.content(found.paths[0]))[1:])

    assert rows() == rows(float_special="names") == [
        ["1", "0.1", "-2.5", '[1,"NaN"]'], ["2", "NaN", "Infinity", '["-Infinity",null]'], ["3", "-Infinity", "NaN", None],
        ["4", None, None, "[]"]]
    assert rows(float_special="empty") == [
        ["1", "0.1", "-2.5", "[1,null]"], ["2", None, None, "[null,null]"], ["3", None, None, None], ["4", None, None, "[]"]]
    configure([export("t", "fails", format="csv", csv={"nested": "json", "float_special": "fail"})])
    outcome = rivet("run", "-c", "rivet.yaml").expect(1)
    assert "RIVET_FORMAT_ENCODE" in outcome.err and "`f` holds NaN" in outcome.err and "float_special" in outcome.err, outcome
    assert not [name for name in files_below(str(folder / "fails")) if name.endswith(".csv")]
    db.execute("DELETE FROM t WHERE id < 4")
    assert rows(float_special="fail") == [["4", None, None, "[]"]]


def test_every_type_of_mariadb(mariadb, rivet, configure, landed):
    fill(mariadb, MARIADB)
    rows = len(mariadb.execute("SELECT id FROM t"))
    assert rows > 3 and csv_text.assert_landed(mariadb.connection, "t", run_csv(rivet, configure, landed)) == rows
    options = {"delimiter": ";", "quote": "all", "null_value": "\\N"}
    found = run_csv(rivet, configure, landed, csv=options)
    csv_text.assert_landed(mariadb.connection, "t", found, delimiter=";", null="\\N")


def test_one_column_never_gives_an_empty_line(db, rivet, configure, landed):
    db.execute("CREATE TABLE t (n integer); INSERT INTO t VALUES (1), (NULL), (3), (NULL)")
    (path,) = run_csv(rivet, configure, landed).paths
    assert csv_text.content(path).count("\n") == 5 and "\n\n" not in csv_text.content(path)
    nulls = lambda column: sorted(value if value is not None else -1 for value in column)
    # As these readers are by themselves: no row is lost, and of a number the empty cell is NULL.
    assert nulls(pyarrow.csv.read_csv(path).column("n").to_pylist()) == [-1, -1, 1, 3]
    with duckdb.connect() as connection:
        assert nulls(row[0] for row in connection.execute("SELECT n FROM read_csv(?)", [path]).fetchall()) == [-1, -1, 1, 3]
    with open(path, encoding="utf-8", newline="") as file:
        assert sorted(csv.reader(file)) == [[""], [""], ["1"], ["3"], ["n"]]


def test_null_in_the_only_column_of_texts_needs_a_text_of_its_own(db, rivet, configure, landed, folder):
    db.execute("CREATE TABLE t (v text); INSERT INTO t VALUES ('a'), (''), (NULL)")
    configure([export("t", format="csv")])
    outcome = rivet("run", "-c", "rivet.yaml").expect(1)
    assert "`v`" in outcome.err and "null_value" in outcome.err
    assert not [name for name in files_below(str(folder / "out")) if name.endswith(".csv")]
    (path,) = run_csv(rivet, configure, landed, csv={"null_value": "\\N"}).paths
    assert sorted(csv_text.content(path).splitlines()) == sorted(["v", "a", '""', "\\N"])
    db.execute("DELETE FROM t WHERE v IS NULL")
    assert run_csv(rivet, configure, landed).manifest["row_count"] == 2


def test_max_file_size_cuts_and_each_part_has_its_names(db, rivet, configure, landed):
    db.execute(TABLE)
    found = run_csv(rivet, configure, landed, max_file_size="256KB")
    assert csv_text.assert_landed(db.connection, "t", found) == 20000
    sizes = [part["size_bytes"] for part in found.parts]
    assert len(sizes) >= 5 and max(sizes) < 2 * 256 * 1024, sizes
    rivet("validate", "-c", "rivet.yaml").expect(0)


def test_chunks_and_meta_columns(db, rivet, configure, landed):
    db.execute(TABLE)
    configure([export("t", format="csv", mode="chunked", chunk_column="id", chunk_size=6000, parallel=2,
                      meta_columns={"row_hash": True, "exported_at": True})])
    rivet("run", "-c", "rivet.yaml", "--validate").expect(0)
    found = landed("t")
    assert len(found.parts) == 4
    ids = set()
    for path in found.paths:
        header, *rows = csv_text.records(csv_text.content(path))
        assert header[-2:] == ["_rivet_exported_at", "_rivet_row_hash"]
        ids.update(int(row[0]) for row in rows)
        assert all(row[-2].endswith("Z") and int(row[-1]) is not None for row in rows)
    assert ids == set(range(1, 20001))


def test_no_rows(db, rivet, configure, landed):
    db.execute("CREATE TABLE t (id integer PRIMARY KEY, v text)")
    assert run_csv(rivet, configure, landed).parts == []


def test_a_file_that_was_changed_is_noticed(db, rivet, configure, landed):
    db.execute(TABLE)
    (path,) = run_csv(rivet, configure, landed).paths
    with open(path, "r+b") as file:
        file.seek(os.path.getsize(path) // 2)
        block = file.read(4096)
        file.seek(os.path.getsize(path) // 2)
        file.write(block.replace(b"\n", b" ", 1))
    outcome = rivet("validate", "-c", "rivet.yaml").expect(3)
    assert "part_row_count_mismatch" in outcome.out + outcome.err
    with open(path, "r+b") as file:
        file.seek(-1, os.SEEK_END)
        file.write(b" ")
    outcome = rivet("validate", "-c", "rivet.yaml").expect(3)
    assert "part_content_mismatch" in outcome.out + outcome.err


def killed_midway(rivet, folder, background, condition):
    child = background(rivet.start("run", "-c", "rivet.yaml"))
    wait_for(condition, "the run to be under way")
    child.send_signal(signal.SIGKILL)
    child.wait(30)
    place = str(folder / "out" / "t")
    for name in files_below(place):
        if name.endswith(".csv"):
            csv_text.records(csv_text.content(os.path.join(place, name)))  # whole, or not there


SLOW = {"throttle_ms": 20, "batch_size": 200}


def test_killed_and_resumed(db, rivet, configure, landed, folder, background):
    db.execute(TABLE)
    keys = dict(format="csv", mode="chunked", chunk_column="id", chunk_size=1000, chunk_checkpoint=True)
    configure([export("t", tuning=SLOW, **keys)])
    place = folder / "out" / "t"
    killed_midway(rivet, folder, background, lambda: len(list(place.glob("*.csv"))) >= 3)
    configure([export("t", **keys)])
    rivet("run", "-c", "rivet.yaml", "--resume").expect(0)
    assert csv_text.assert_landed(db.connection, "t", landed("t")) == 20000
    assert not strangers(str(place))
    rivet("validate", "-c", "rivet.yaml", "--deep").expect(0)


def test_killed_and_run_again(db, rivet, configure, landed, folder, background):
    db.execute(TABLE)
    configure([export("t", format="csv", tuning=SLOW)])
    place = folder / "out" / "t"
    killed_midway(rivet, folder, background, lambda: list(place.glob(".rivet-tmp-*")))
    assert not list(place.glob("*.csv")) and not (place / "_SUCCESS").exists()
    configure([export("t", format="csv")])
    rivet("run", "-c", "rivet.yaml").expect(0)
    assert csv_text.assert_landed(db.connection, "t", landed("t")) == 20000
    assert not strangers(str(place)) and not list(place.glob(".rivet-tmp-*"))


def test_a_resume_with_other_options_is_refused(db, rivet, configure, folder, background):
    db.execute(TABLE)
    keys = dict(format="csv", mode="chunked", chunk_column="id", chunk_size=1000, chunk_checkpoint=True, tuning=SLOW)
    configure([export("t", **keys)])
    killed_midway(rivet, folder, background, lambda: list((folder / "out" / "t").glob("*.csv")))
    configure([export("t", csv={"delimiter": ";"}, **keys)])
    outcome = rivet("run", "-c", "rivet.yaml", "--resume", "--json-errors").expect(1)
    assert outcome.error()["code"] == "RIVET_PLAN_CHANGED"
    assert not os.path.exists(folder / "out" / "t" / "manifest.json")
