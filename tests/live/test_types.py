"""Types beyond the golden matrix (test_type_matrix.py): what has two forms, what is refused, what a column may hold."""

import decimal

import pytest

from harness.program import export


def test_a_composite_keeps_its_values(db, rivet, configure, landed):
    db.execute("CREATE TYPE pair AS (a integer, b text); CREATE TABLE t (id integer PRIMARY KEY, p pair); "
               "INSERT INTO t VALUES (1, (7, 'x, \"y\"')), (2, NULL), (3, (NULL, ''))")
    configure([export("t")])
    rivet("run", "-c", "rivet.yaml").expect(0)
    cells = next(landed("t").tables("pyarrow")).column("p").to_pylist()
    as_json = [row[0] for row in db.execute("SELECT to_jsonb(p)::text FROM t ORDER BY id")]
    as_text = [row[0] for row in db.execute("SELECT p::text FROM t ORDER BY id")]
    assert cells in (as_json, as_text)


def test_money_is_a_decimal(db, rivet, configure, landed):
    db.execute("CREATE TABLE t (id integer PRIMARY KEY, m money); INSERT INTO t VALUES (1, 12.34), (2, -0.01), (3, NULL), "
               "(4, 92233720368547758.07)")
    configure([export("t")])
    rivet("run", "-c", "rivet.yaml").expect(0)
    cells = next(landed("t").tables("pyarrow")).column("m").to_pylist()
    server = [row[0] for row in db.execute("SELECT m::numeric::text FROM t ORDER BY id")]
    shown = [str(cell) if isinstance(cell, decimal.Decimal) else cell for cell in cells]
    texts = [row[0] for row in db.execute("SELECT m::text FROM t ORDER BY id")]
    assert shown in (server, texts)


def test_json_goes_through_verbatim(db, rivet, configure, landed):
    text = '{"z" :1,\n "a":1.0e5, "z":12345678901234567890.50, "u":"\\u00e9"}'
    db.execute("CREATE TABLE t (id integer PRIMARY KEY, j json)")
    db.execute("INSERT INTO t VALUES (1, %s::json)", text)
    configure([export("t")])
    rivet("run", "-c", "rivet.yaml").expect(0)
    column = next(landed("t").tables("pyarrow")).column("j").combine_chunks()
    assert getattr(column, "storage", column).to_pylist() == [text]


def test_a_latin1_database_lands_as_utf8(server, db, rivet, configure, landed):
    name = db.name + "_latin1"
    db.execute(f"CREATE DATABASE {name} ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0")
    other = type(db)(server, name)
    try:
        other.execute("CREATE TABLE t (id integer PRIMARY KEY, s text); INSERT INTO t VALUES (1, 'Grüße, ½')")
        configure([export("t")])
        rivet.env["DATABASE_URL"] = other.url
        rivet("run", "-c", "rivet.yaml").expect(0)
        assert next(landed("t").tables("duckdb")).column("s").to_pylist() == ["Grüße, ½"]
    finally:
        other.drop()


# What a column cannot hold stops the export: the column is named, nothing is delivered (P6).
REFUSED = {
    "numeric NaN": ("numeric(10,2)", "NaN"),
    "date infinity": ("date", "infinity"),
    "timestamp minus infinity": ("timestamp", "-infinity"),
    "timestamptz infinity": ("timestamptz", "infinity"),
    "time 24:00": ("time", "24:00"),
    "timestamp past 64 bits": ("timestamp", "294276-12-31"),
    "array of two dimensions": ("integer[]", "{{1,2},{3,4}}"),
    "NaN in an array": ("numeric(10,2)[]", "{1,NaN}"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_held_is_refused_by_name(db, rivet, configure, folder, case):
    kind, value = REFUSED[case]
    db.execute(f"CREATE TABLE t (id integer PRIMARY KEY, culprit {kind}); INSERT INTO t VALUES (1, NULL), (2, '{value}')")
    configure([export("t")])
    error = rivet("run", "-c", "rivet.yaml", "--json-errors").expect(1).error()
    assert error["code"].startswith("RIVET_") and "culprit" in str(error)
    assert "row with \"id\" = '2'" in error["error"]
    assert error["exit_class"] == 1
    assert not (folder / "out" / "t" / "_SUCCESS").exists()
    db.assert_clean()


def test_a_value_over_the_limit_is_refused_by_name(db, rivet, configure, folder):
    db.execute("CREATE TABLE t (id integer PRIMARY KEY, culprit text); "
               "INSERT INTO t VALUES (1, 'small'), (2, repeat('x', 3000000))")
    configure([export("t", tuning={"max_value_mb": 1})])
    error = rivet("run", "-c", "rivet.yaml", "--json-errors").expect(1).error()
    assert error["code"] == "RIVET_VALUE_TOO_LARGE" and "culprit" in str(error)
    assert not (folder / "out" / "t" / "_SUCCESS").exists()
