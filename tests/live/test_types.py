"""Every type of types.md §3: values exact, by the server's own word."""

import decimal

import pyarrow
import pytest

from harness import compare
from harness.program import export

# name: (SQL type, values, Arrow type or None where only the text counts)
SCALARS = {
    "b": ("boolean", ["true", "false"], pyarrow.bool_()),
    "i2": ("smallint", ["-32768", "32767", "0"], pyarrow.int16()),
    "i4": ("integer", ["-2147483648", "2147483647"], pyarrow.int32()),
    "i8": ("bigint", ["-9223372036854775808", "9223372036854775807"], pyarrow.int64()),
    "o": ("oid", ["0", "4294967295"], pyarrow.int64()),
    "f4": ("real", ["NaN", "Infinity", "-Infinity", "-0", "1e-45", "3.4028235e38", "0.1"], pyarrow.float32()),
    "f8": ("double precision", ["NaN", "Infinity", "-Infinity", "-0", "5e-324", "1.7976931348623157e308", "0.1"],
           pyarrow.float64()),
    "t": ("text", ["", " ", "x", "say \"hi\",\r\n\t\\N", "\\.", "𝔘ñï çödé 🎁", "a" * 70000], pyarrow.string()),
    "vc": ("varchar(9)", ["", "äöü", "123456789"], pyarrow.string()),
    "bc": ("char(6)", ["", "ab", "abcdef"], pyarrow.string()),
    "nm": ("name", ["pg_class", ""], pyarrow.string()),
    "by": ("bytea", ["", "\\x00", "\\xdeadbeef00ff", "\\x" + "ab" * 5000], pyarrow.binary()),
    "u": ("uuid", ["00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff",
                   "01234567-89ab-cdef-0123-456789abcdef"], pyarrow.uuid()),
    "js": ("json", ['{"b":1, "a":2,  "b":3}', "null", "1e400", '"\\ud83c\\udf81"', "[123456789012345678901234567890.0]",
                    " [1 , 2]\n"], None),
    "jb": ("jsonb", ['{"b":1,"a":{"c":[null,1.50]}}', "null", "1e400", '"x"', "12345678901234567890.10"], None),
    "d": ("date", ["4713-01-01 BC", "0001-01-01", "0044-03-15 BC", "1969-12-31", "1970-01-01", "9999-12-31",
                   "5874897-12-31"], pyarrow.date32()),
    "tm": ("time", ["00:00", "23:59:59.999999", "12:00:00.5"], pyarrow.time64("us")),
    "ts": ("timestamp", ["4713-01-01 00:00:00 BC", "0001-01-01", "1700-06-01 12:00:00.5", "1969-12-31 23:59:59.999999",
                         "9999-12-31 23:59:59.999999", "294246-12-31 23:59:59.999999"], pyarrow.timestamp("us")),
    "tz": ("timestamptz", ["4713-01-02 00:00:00+00 BC", "1969-12-31 23:59:59.999999+00", "2024-03-31 02:30:00+05:45",
                           "2024-10-27 01:30:00+00", "294246-12-31 23:59:59+00"], pyarrow.timestamp("us", "UTC")),
    "e": ("mood", ["sad", "very, \"happy\"", "ok"], pyarrow.string()),
    "dm": ("positive", ["1", "2147483647"], pyarrow.int32()),
    "iv": ("interval", ["1 year 2 mons 3 days 04:05:06", "-1 year -2 mons", "25:01:01", "-00:00:00.5", "0",
                        "1 mon -1 day 00:00:00.000001", "178000000 years"], pyarrow.string()),
    "n5": ("numeric(5)", ["99999", "-99999", "0"], pyarrow.decimal128(5, 0)),
    "n9": ("numeric(9,2)", ["9999999.99", "-0.01", "0.00"], pyarrow.decimal128(9, 2)),
    "n18": ("numeric(18,18)", ["0.999999999999999999", "-0.000000000000000001"], pyarrow.decimal128(18, 18)),
    "n38": ("numeric(38,10)", ["9999999999999999999999999999.9999999999", "-0.0000000001", "10000", "0.5"],
            pyarrow.decimal128(38, 10)),
    "n39": ("numeric(39,0)", ["9" * 39, "-" + "9" * 39, "1" + "0" * 36], pyarrow.decimal256(39, 0)),
    "n76": ("numeric(76,38)", ["9" * 38 + "." + "9" * 38, "-" + "9" * 38 + "." + "9" * 38, "0." + "0" * 37 + "1"],
            pyarrow.decimal256(76, 38)),
    "n77": ("numeric(77,2)", ["9" * 75 + ".99", "0.10"], pyarrow.string()),
    "nn": ("numeric(5,-2)", ["1234567", "-99", "0"], pyarrow.decimal128(7, 0)),
    "nu": ("numeric", ["1.50", "0", "-0.000", "1e30", "1" * 200 + "." + "2" * 100, "10000.0001"], pyarrow.string()),
}

# Whatever else there is travels as the server's text.
OTHERS = {
    "inet": ["192.168.0.1", "10.0.0.0/8", "::1", "2001:db8::/32"], "cidr": ["10.0.0.0/8", "192.168.1.7/32"],
    "macaddr": ["08:00:2b:01:02:03"], "macaddr8": ["08:00:2b:01:02:03:04:05"], "bit(5)": ["10101", "00000"],
    "varbit": ["", "1", "0101010101"], "xml": ["<a b=\"c\">d</a>"], "timetz": ["12:00:00.5+05:30", "24:00:00-12"],
    "int4range": ["[1,5)", "empty", "(,)"], "numrange": ["[1.50,2.5]"], "tstzrange": ["[2024-01-01 00:00+00,)"],
    "int4multirange": ["{[1,3),[5,9)}", "{}"], "point": ["(1.5,-2)"], "box": ["(2,2),(0,0)"], "circle": ["<(0,0),1.5>"],
    "path": ["[(0,0),(1,1)]"], "polygon": ["((0,0),(1,1),(1,0))"], "line": ["{1,2,3}"], "lseg": ["[(0,0),(1,1)]"],
    "tsvector": ["'cat':3 'fat':2"], "tsquery": ["'fat' & 'rat'"], "jsonpath": ["$.\"a\""], "pg_lsn": ["16/B374D848"],
    "tid": ["(0,1)"], "regclass": ["pg_class"], "pg_snapshot": ["10:20:10,14"],
}

ARRAYS = {
    "a_b": ("boolean[]", ["{t,f,NULL}"]), "a_i2": ("smallint[]", ["{1,-2}"]), "a_i4": ("integer[]", ["{2147483647,NULL}"]),
    "a_i8": ("bigint[]", ["{-9223372036854775808}"]), "a_f4": ("real[]", ["{NaN,-0,1.5}"]),
    "a_f8": ("double precision[]", ["{Infinity,0.1}"]), "a_t": ("text[]", ['{a,"",NULL,"NULL","x,\\"y\\\\"}']),
    "a_vc": ("varchar(5)[]", ["{ab,NULL}"]), "a_by": ("bytea[]", ['{"\\\\x00ff",NULL}']),
    "a_u": ("uuid[]", ["{00000000-0000-0000-0000-000000000001,NULL}"]), "a_d": ("date[]", ["{1969-12-31,NULL}"]),
    "a_tm": ("time[]", ["{23:59:59.999999}"]), "a_ts": ("timestamp[]", ['{"1700-01-01 00:00:00.5"}']),
    "a_tz": ("timestamptz[]", ['{"2024-01-01 00:00:00+05",NULL}']), "a_n": ("numeric(12,3)[]", ["{1.5,-0.001,NULL}"]),
    "a_nw": ("numeric(60,5)[]", ["{1.5,NULL}"]), "a_js": ("json[]", ['{"{\\"b\\":1, \\"b\\":2}",NULL}']),
    "a_e": ("mood[]", ['{sad,"very, \\"happy\\"",NULL}']),
}


def create(db, columns):
    """A table `t` with an id, one column each, one row for every value, one of NULLs."""
    db.execute("CREATE TYPE mood AS ENUM ('sad', 'ok', 'very, \"happy\"'); "
               "CREATE DOMAIN positive AS integer CHECK (value > 0)")
    definitions = ", ".join(f'"{name}" {kind}' for name, (kind, *_) in columns.items())
    db.execute(f"CREATE TABLE t (id integer PRIMARY KEY, {definitions})")
    rows = max(len(values) for _, values, *_ in columns.values()) + 1
    for i in range(rows):
        cells = [(name, kind, values[i]) for name, (kind, values, *_) in columns.items() if i < len(values)]
        names = "".join(f', "{name}"' for name, _, _ in cells)
        places = "".join(f", CAST(%s::text AS {kind})" for _, kind, _ in cells)
        db.execute(f"INSERT INTO t (id{names}) VALUES ({i}{places})", *[value for _, _, value in cells])


@pytest.mark.parametrize("mode", [{}, {"mode": "chunked", "chunk_column": "id", "chunk_size": 3}], ids=["full", "chunked"])
def test_scalars(db, rivet, configure, landed, mode):
    create(db, SCALARS)
    configure([export("t", **mode)])
    rivet("run", "-c", "rivet.yaml").expect(0)
    found = landed("t")
    wide = [name for name, (kind, *_) in SCALARS.items() if kind.startswith(("numeric(39", "numeric(76"))]
    compare.assert_landed(db.connection, "t", found, not_by_duckdb=wide)
    schema = next(found.tables("pyarrow")).schema
    for name, (kind, _, arrow_type) in SCALARS.items():
        if arrow_type is not None:
            assert schema.field(name).type == arrow_type, f"{name} {kind}: {schema.field(name).type}"


def test_by_a_cursor_where_there_is_no_key(db, rivet, configure, landed):
    """A view has no key: rows come by FETCH, not by COPY, and decode alike."""
    create(db, SCALARS)
    db.execute("CREATE VIEW v AS SELECT * FROM t")
    configure([export("v")])
    rivet("run", "-c", "rivet.yaml").expect(0)
    wide = [name for name, (kind, *_) in SCALARS.items() if kind.startswith(("numeric(39", "numeric(76"))]
    compare.assert_landed(db.connection, "v", landed("v"), not_by_duckdb=wide)


def test_everything_else_as_the_servers_text(db, rivet, configure, landed):
    columns = {"c " + kind: (kind, values) for kind, values in OTHERS.items()}
    create(db, columns)
    configure([export("t")])
    rivet("run", "-c", "rivet.yaml").expect(0)
    compare.assert_landed(db.connection, "t", landed("t"))


def test_arrays(db, rivet, configure, landed):
    create(db, {name: (kind, values + ["{}"]) for name, (kind, values) in ARRAYS.items()})
    configure([export("t")])
    rivet("run", "-c", "rivet.yaml").expect(0)
    found = landed("t")
    compare.assert_landed(db.connection, "t", found, not_by_duckdb=["a_nw"])
    schema = next(found.tables("pyarrow")).schema
    for name in ARRAYS:
        assert pyarrow.types.is_list(schema.field(name).type), f"{name}: {schema.field(name).type}"


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
    db.execute(f"CREATE DATABASE {name} ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0")
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
