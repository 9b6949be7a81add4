"""Types beyond the golden matrix (test_type_matrix.py): what has two forms, what is refused, what a column may hold."""

import decimal

import pytest

from harness.program import export


def cells_of(landed, name, column):
    column = next(landed(name).tables("pyarrow")).column(column).combine_chunks()
    return getattr(column, "storage", column).to_pylist()


def test_a_composite_is_json_with_every_value_as_it_was(db, rivet, configure, landed):
    # What jsonb would lose: a repeated key and its order, the spelling of a number, the sign of a zero.
    db.execute("CREATE TYPE pair AS (a integer, b text, j json, f float8); CREATE TABLE t (id integer PRIMARY KEY, p pair); "
               "INSERT INTO t VALUES (1, (7, 'x, \"y\"', '{\"k\":1.0e2, \"a\":1, \"k\":2}', '-0')), (2, NULL), (3, (NULL, '', NULL, 'NaN'))")
    configure([export("t"), export("text", table="t", columns={"p": "text"}), export("json", table="t", columns={"p": "json"})])
    rivet("run", "-c", "rivet.yaml").expect(0)
    as_json = ['{"a":7,"b":"x, \\"y\\"","j":{"k":1.0e2, "a":1, "k":2},"f":-0}', None, '{"a":null,"b":"","j":null,"f":"NaN"}']
    assert cells_of(landed, "t", "p") == as_json == cells_of(landed, "json", "p")
    assert cells_of(landed, "text", "p") == [row[0] for row in db.execute("SELECT p::text FROM t ORDER BY id")]


def test_money_is_a_decimal(db, rivet, configure, landed):
    db.execute("CREATE DOMAIN coins AS money; CREATE TABLE t (id integer PRIMARY KEY, m money, c coins, a coins[]); "
               "INSERT INTO t (id, m) VALUES (1, 12.34), (2, -0.01), (3, NULL), (4, 92233720368547758.07); "
               "UPDATE t SET c = m, a = ARRAY[m, NULL]::coins[]")
    # What is said of numbers that are not finite concerns no amount.
    configure([export("t", numeric_special="text")])
    rivet("run", "-c", "rivet.yaml").expect(0)
    server = [row[0] for row in db.execute("SELECT m::numeric FROM t ORDER BY id")]
    assert cells_of(landed, "t", "m") == cells_of(landed, "t", "c") == server
    assert cells_of(landed, "t", "a") == [[amount, None] for amount in server]


def test_money_is_no_key_of_pages(db, rivet, configure, landed):
    # The literal of an amount means what the session's locale says: no page may end at one.
    db.execute("CREATE TABLE t (m money PRIMARY KEY); INSERT INTO t SELECT i::numeric / 100 FROM generate_series(1, 500) i")
    configure([export("t"), export("q", query="SELECT * FROM t")])
    rivet("run", "-c", "rivet.yaml").expect(0)
    for name in ("t", "q"):
        assert sorted(cells_of(landed, name, "m")) == [decimal.Decimal(i) / 100 for i in range(1, 501)]


def test_the_depth_of_an_array_can_be_told(db, rivet, configure, landed):
    # A view does not say how deep its arrays are, and of mixed ones nobody can.
    db.execute("CREATE TABLE t (id integer PRIMARY KEY, a integer[][], m integer[]); CREATE VIEW v AS SELECT id, a FROM t; "
               "INSERT INTO t VALUES (1, '{{1,2},{3,NULL}}', '{1}'), (2, '{}', '{{1},{2}}'), (3, NULL, NULL)")
    configure([export("t", columns={"m": "json"}), export("v", columns={"a": "list<list<int4>>"}), export("q", query="SELECT id, a FROM t"),
               export("x", table="t", columns={"a": "text", "m": "text"})])
    rivet("run", "-c", "rivet.yaml").expect(0)
    for name in ("t", "v", "q"):
        assert cells_of(landed, name, "a") == [[[1, 2], [3, None]], [], None]
    assert cells_of(landed, "t", "m") == ["[1]", "[[1],[2]]", None]
    assert cells_of(landed, "x", "a") == ["{{1,2},{3,NULL}}", "{}", None]
    assert cells_of(landed, "x", "m") == ["{1}", "{{1},{2}}", None]


def test_lower_bounds_are_lost_with_a_warning(db, rivet, configure, landed):
    db.execute("CREATE TABLE t (id integer PRIMARY KEY, a integer[], b text[][], c oidvector, d integer[]); INSERT INTO t VALUES "
               "(1, '[0:1]={7,8}', '[1:1][5:6]={{x,y}}', '1 2', '{1}'), (2, '[-3:-3]={9}', '{{z}}', '3', '{}'), (3, '{1}', NULL, '', NULL)")
    configure([export("t")])
    outcome = rivet("run", "-c", "rivet.yaml").expect(0)
    assert cells_of(landed, "t", "a") == [[7, 8], [9], [1]]
    assert cells_of(landed, "t", "b") == [[["x", "y"]], [["z"]], None]
    warned = [line for line in outcome.err.splitlines() if "array-lower-bound" in line]
    assert len(warned) == 2, outcome
    assert 'column "a" (integer[]): 2 arrays' in warned[0].replace('\\"', '"')
    assert 'column "b" (text[]): 1 arrays' in warned[1].replace('\\"', '"')


def test_json_goes_through_verbatim(db, rivet, configure, landed):
    text = '{"z" :1,\n "a":1.0e5, "z":12345678901234567890.50, "u":"\\u00e9"}'
    db.execute("CREATE TABLE t (id integer PRIMARY KEY, j json)")
    db.execute("INSERT INTO t VALUES (1, %s::json)", text)
    configure([export("t")])
    rivet("run", "-c", "rivet.yaml").expect(0)
    assert cells_of(landed, "t", "j") == [text]


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
    "array of one dimension": ("text[][]", "{a,b}"),
    "array of three dimensions": ("interval[][]", "{{{1 day}}}"),
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
