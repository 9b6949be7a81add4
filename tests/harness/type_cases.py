"""The golden matrix: every type of the types specification with its edge values, and what it becomes.

A case is (SQL type, logical word, values). Values are SQL expressions of that type; every column also gets a NULL, and
stands once more as a column of NULLs only. `expected` turns the logical word into what each file must say.
"""

import collections

Case = collections.namedtuple("Case", "sql logical values")
Expected = collections.namedtuple("Expected", "arrow physical annotation fidelity tag")

_MICROS = "isAdjustedToUTC={}, timeUnit=microseconds"
_PLAIN = {
    "bool": ("bool", "BOOLEAN", "None"), "int16": ("int16", "INT32", "Int(bitWidth=16, isSigned=true)"),
    "int32": ("int32", "INT32", "None"), "int64": ("int64", "INT64", "None"),
    "uint64": ("uint64", "INT64", "Int(bitWidth=64, isSigned=false)"),
    "float32": ("float", "FLOAT", "None"), "float64": ("double", "DOUBLE", "None"),
    "date": ("date32[day]", "INT32", "Date"),
    "time": ("time64[us]", "INT64", "Time(" + _MICROS.format("false")),
    "timestamp": ("timestamp[us]", "INT64", "Timestamp(" + _MICROS.format("false")),
    "timestamp_tz": ("timestamp[us, tz=UTC]", "INT64", "Timestamp(" + _MICROS.format("true")),
    "text": ("string", "BYTE_ARRAY", "String"), "binary": ("binary", "BYTE_ARRAY", "None"),
}


def _decimal(word):
    precision, scale = (int(number) for number in word[len("decimal("):-1].split(","))
    arrow = f"decimal{128 if precision <= 38 else 256}({precision}, {scale})"
    physical = "INT32" if precision <= 9 else "INT64" if precision <= 18 else "FIXED_LEN_BYTE_ARRAY"
    return Expected(arrow, physical, f"Decimal(precision={precision}, scale={scale})", "exact", None)


def expected(word):
    """What types.md §1 says of a logical word: `int16`, `decimal(9,2)`, `list<int16>`, `text:inet` (the server's text)."""
    if word.startswith("decimal("):
        return _decimal(word)
    if word.startswith("list<"):
        element = expected(word[5:-1])
        return Expected(f"list<element: {element.arrow}>", element.physical, element.annotation, "compatible", None)
    if word.startswith("text:"):
        return Expected("string", "BYTE_ARRAY", "String", "logical_string", word[5:])
    if word in ("enum", "interval"):
        return Expected("string", "BYTE_ARRAY", "String", "compatible", word)
    if word == "json":
        return Expected("extension<arrow.json>", "BYTE_ARRAY", "JSON", "logical_string", "json")
    if word == "uuid":
        return Expected("extension<arrow.uuid>", "FIXED_LEN_BYTE_ARRAY", "UUID", "exact", "uuid")
    return Expected(*_PLAIN[word], "exact", None)


def _digits(precision, scale):
    """The greatest, the least, the smallest step and zero of numeric(precision, scale)."""
    whole, part = "9" * (precision - scale), "9" * scale
    top = (whole or "0") + ("." + part if part else "")
    step = "0." + "0" * (scale - 1) + "1" if scale else "1"
    return [top, "-" + top, step, "-" + step, "0"]


def _texts(kind, values):
    return ["'" + value.replace("'", "''") + f"'::{kind}" for value in values]


def _pg(sql, logical, *values):
    return Case(sql, logical, _texts(sql, values))


_DECIMALS = [(1, 0), (5, 0), (9, 0), (9, 2), (9, 9), (10, 0), (10, 3), (18, 0), (18, 18), (19, 0), (19, 4), (28, 10), (38, 0),
             (38, 10), (38, 38), (39, 0), (39, 20), (50, 5), (65, 30), (76, 0), (76, 38), (76, 76)]
_AWKWARD = ["", " ", " x ", "say \"hi\",\r\n\t\\N", "\\.", "NULL", "𝔘ñï çödé 🎁", "a" * 9000]
_JSON = ['{"b":1, "a":2,  "b":3}', "null", "1e400", '"\\ud83c\\udf81"', "[123456789012345678901234567890.0]", "[]"]
_DATES = ["4713-01-01 BC", "0044-03-15 BC", "0001-01-01", "1969-12-31", "1970-01-01", "9999-12-31", "5874897-12-31"]
_TIMES = ["00:00:00", "23:59:59.999999", "12:00:00.5", "00:00:00.000001"]
_STAMPS = ["4713-01-01 00:00:00 BC", "0001-01-01 00:00:00", "1700-06-01 12:00:00.5", "1969-12-31 23:59:59.999999",
           "9999-12-31 23:59:59", "294246-12-31 23:59:59.5"]
_ZONED = ["4713-01-02 00:00:00+00 BC", "1969-12-31 23:59:59.999999+00", "2024-03-31 02:30:00+05:45", "294246-12-31 23:59:59+00"]
_SPANS = ["1 year 2 mons 3 days 04:05:06", "-1 year -2 mons", "25:01:01", "-00:00:00.5", "0", "1 mon -1 day 00:00:00.000001",
          "178000000 years", "178956970 years 7 mons", "-178956970 years -8 mons", "2147483647 days", "-2147483648 days",
          "2562047788:00:54.775807", "-2562047788:00:54.775807", "-1 year 13 mons", "1 day -24:00:00", "-59.5 s", "-1 m", "00:59:59.1"]

_ADDRESSES = ["192.168.0.1", "10.0.0.0/8", "0.0.0.0/0", "255.255.255.255", "::1", "2001:db8::/32", "::", "::/0", "::1.2.3.4",
              "::ffff:1.2.3.4", "::ffff:0:0", "::fffe:1.2.3.4", "1::", "1:0:0:2::", "1::2:0:0:3", "1:0:2:0:3:0:4:0", "0:1:2:3:4:5:6:7",
              "fe80::a:b/10", "0:0:0:0:0:1:0:0", "0:0:0:0:0:0:1:0", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/127", "2001:db8:0:0:1::1/64"]
_NETWORKS = ["10.0.0.0/8", "192.168.1.7/32", "0.0.0.0/0", "::/0", "::1/128", "2001:db8::/32", "::ffff:1.2.3.0/120"]

POSTGRES_SETUP = """
CREATE TYPE mood AS ENUM ('sad', 'ok', 'very, "happy"', '');
CREATE TYPE pair AS (a integer, b text);
CREATE DOMAIN positive AS integer CHECK (value > 0);
CREATE DOMAIN price AS numeric(12,2);
CREATE DOMAIN label AS varchar(10);
CREATE DOMAIN moment AS timestamptz(3);
CREATE DOMAIN feeling AS mood;
CREATE DOMAIN tags AS text[];
CREATE DOMAIN grid AS integer[][];
CREATE DOMAIN small_grid AS grid;
CREATE DOMAIN padded AS char(3);
CREATE TYPE crate AS (p pair, tags text[], n numeric, f double precision, j json);
-- Where the server has them at all.
DO $$ DECLARE found text; BEGIN
  FOR found IN SELECT name FROM pg_available_extensions WHERE name IN ('hstore', 'citext', 'ltree', 'isn', 'cube', 'seg') LOOP
    EXECUTE 'CREATE EXTENSION ' || found;
  END LOOP;
END $$;
"""

POSTGRES = [
    _pg("boolean", "bool", "t", "f"),
    _pg("smallint", "int16", "-32768", "32767", "0"), _pg("integer", "int32", "-2147483648", "2147483647", "0"),
    _pg("bigint", "int64", "-9223372036854775808", "9223372036854775807", "0"),
    _pg("oid", "int64", "0", "4294967295"), _pg("xid", "int64", "0", "4294967295"), _pg("cid", "int64", "0", "4294967295"),
    _pg("real", "float32", "NaN", "Infinity", "-Infinity", "-0", "1e-45", "3.4028235e38", "0.1"),
    _pg("double precision", "float64", "NaN", "Infinity", "-Infinity", "-0", "5e-324", "1.7976931348623157e308", "0.1"),
    *[_pg(f"numeric({p},{s})", f"decimal({p},{s})", *_digits(p, s)) for p, s in _DECIMALS],
    _pg("numeric(5,-2)", "decimal(7,0)", "1234567", "-99", "0"), _pg("numeric(1,-3)", "decimal(4,0)", "9000", "-400"),
    _pg("numeric(70,-6)", "decimal(76,0)", "9" * 70 + "000000", "-1000000"),
    _pg("numeric(3,5)", "decimal(5,5)", "0.00999", "-0.00001", "0"),
    _pg("numeric(77,2)", "text:numeric", "9" * 75 + ".99", "0.10", "-0.01"),
    _pg("numeric(1000,500)", "text:numeric", "9" * 500 + "." + "9" * 500, "0." + "0" * 499 + "1"),
    _pg("numeric", "text:numeric", "1.50", "0", "-0.000", "1e30", "1" * 200 + "." + "2" * 100, "10000.0001", "NaN"),
    _pg("text", "text", *_AWKWARD), _pg("varchar", "text", *_AWKWARD), _pg("varchar(9)", "text", "", "äöü", "123456789"),
    _pg("char(6)", "text", "", "ab", "abcdef"), _pg("char(1)", "text", "x", " "), _pg("name", "text", "pg_class", "", "ä"),
    _pg("\"char\"", "text", "a", "", "~"),
    _pg("bytea", "binary", "", "\\x00", "\\xdeadbeef00ff", "\\x" + "ab" * 3000),
    _pg("uuid", "uuid", "00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff",
        "01234567-89ab-cdef-0123-456789abcdef"),
    _pg("json", "json", *_JSON, " [1 , 2]\n"), _pg("jsonb", "json", '{"b":1,"a":{"c":[null,1.50]}}', "null", "1e400", '"x"'),
    _pg("date", "date", *_DATES), _pg("time", "time", *_TIMES), _pg("timestamp", "timestamp", *_STAMPS),
    _pg("timestamptz", "timestamp_tz", *_ZONED),
    *[_pg(f"time({n})", "time", "00:00:00", "12:34:56.123456", "23:59:58.9") for n in range(7)],
    *[_pg(f"timestamp({n})", "timestamp", "1969-12-31 23:59:58.654321", "2024-02-29 12:34:56.123456") for n in range(7)],
    *[_pg(f"timestamptz({n})", "timestamp_tz", "1969-12-31 23:59:58.654321+00", "2024-02-29 12:34:56.123456-08") for n in range(7)],
    _pg("interval", "interval", *_SPANS),
    *[_pg(f"interval {fields}", "interval", "3 years 4 mons 5 days 06:07:08.9", "-1 mon")
      for fields in ("year", "month", "day", "hour", "minute", "second", "second(3)", "year to month", "day to second")],
    _pg("timetz", "text:timetz", "12:00:00.5+05:30", "24:00:00-12", "00:00:00+00"),
    _pg("timetz(3)", "text:timetz", "12:00:00.567891+05:30"),
    _pg("mood", "enum", "sad", 'very, "happy"', ""), _pg("feeling", "enum", "ok"),
    _pg("positive", "int32", "1", "2147483647"), _pg("price", "decimal(12,2)", "9999999999.99", "-0.01"),
    _pg("label", "text", "0123456789", ""), _pg("moment", "timestamp_tz", "2024-01-01 00:00:00.123456+01"),
    _pg("tags", "list<text>", '{a,NULL,""}', "{}"),
    _pg("money", "decimal(19,2)", "92233720368547758.07", "-92233720368547758.08", "0", "-0.01", "12.34"),
    _pg("inet", "text:inet", *_ADDRESSES), _pg("cidr", "text:cidr", *_NETWORKS), _pg("macaddr", "text:macaddr", "08:00:2b:01:02:03"),
    _pg("macaddr8", "text:macaddr8", "08:00:2b:01:02:03:04:05"),
    _pg("hstore", "json", '"b"=>"1", "a"=>NULL, ""=>"x \\"y\\""', ""), _pg("citext", "text:citext", "Ab", "", "äÖ"),
    _pg("ltree", "text:ltree", "Top.Science", ""), _pg("lquery", "text:lquery", "*.a{1,2}.b*"),
    _pg("ltxtquery", "text:ltxtquery", "a & !b*@"), _pg("isbn", "text:isbn", "978-0-393-04002-9"),
    _pg("cube", "text:cube", "(1,2),(3,4.5)"), _pg("seg", "text:seg", "1.50 .. 2.5", "<5.0"),
    _pg("bit(1)", "text:bit", "0", "1"), _pg("bit(5)", "text:bit", "10101", "00000"), _pg("bit(64)", "text:bit", "1" * 64),
    _pg("bit(16)", "text:bit", "0011000100110010"), _pg("bit varying", "text:varbit", "", "1", "0101010101"),
    _pg("bit varying(65)", "text:varbit", "", "1" * 65),
    _pg("xml", "text:xml", "<a b=\"c\">d</a>", ""), _pg("tsvector", "text:tsvector", "'cat':3 'fat':2", ""),
    _pg("tsquery", "text:tsquery", "'fat' & 'rat'"), _pg("jsonpath", "text:jsonpath", "$.\"a\"[*] ? (@ > 1)"),
    _pg("pg_lsn", "text:pg_lsn", "16/B374D848", "0/0"), _pg("tid", "text:tid", "(0,1)", "(4294967295,65535)"),
    _pg("xid8", "text:xid8", "18446744073709551615"), _pg("pg_snapshot", "text:pg_snapshot", "10:20:10,14"),
    _pg("txid_snapshot", "text:txid_snapshot", "10:20:10,14"), _pg("refcursor", "text:refcursor", "c", ""),
    *[_pg(kind, "text:" + kind, value) for kind, value in {
        "regclass": "pg_class", "regtype": "integer", "regproc": "now", "regprocedure": "abs(integer)",
        "regnamespace": "pg_catalog", "regoper": "||/", "regoperator": "+(integer,integer)",
        "regrole": "pg_monitor", "regconfig": "english", "regdictionary": "simple", "regcollation": "\"C\""}.items()],
    _pg("oidvector", "list<int64>", "1 2 4294967295", ""), _pg("int2vector", "list<int16>", "1 2 -3"),
    _pg("int4range", "text:int4range", "[1,5)", "empty", "(,)"), _pg("int8range", "text:int8range", "[1,)"),
    _pg("numrange", "text:numrange", "[1.50,2.5]"), _pg("daterange", "text:daterange", "[2024-01-01,2024-02-01)"),
    _pg("tsrange", "text:tsrange", "[2024-01-01 00:00,)"), _pg("tstzrange", "text:tstzrange", "[2024-01-01 00:00+00,)"),
    _pg("int4multirange", "text:int4multirange", "{[1,3),[5,9)}", "{}"), _pg("int8multirange", "text:int8multirange", "{[1,3)}"),
    _pg("nummultirange", "text:nummultirange", "{[1.5,3)}"), _pg("datemultirange", "text:datemultirange", "{[2024-01-01,2024-01-03)}"),
    _pg("tsmultirange", "text:tsmultirange", "{}"), _pg("tstzmultirange", "text:tstzmultirange", "{[2024-01-01 00:00+00,)}"),
    _pg("point", "text:point", "(1.5,-2)", "(1e300,NaN)"), _pg("box", "text:box", "(2,2),(0,0)"),
    _pg("circle", "text:circle", "<(0,0),1.5>"), _pg("path", "text:path", "[(0,0),(1,1)]", "((0,0),(1,1))"),
    _pg("polygon", "text:polygon", "((0,0),(1,1),(1,0))"), _pg("line", "text:line", "{1,2,3}"),
    _pg("lseg", "text:lseg", "[(0,0),(1,1)]"),
    _pg("pair", "text:composite", "(7,\"x, \"\"y\"\"\")", "(,)"),
    Case("crate", "text:composite", [
        "ROW(ROW(1, 'x')::pair, '{a,NULL}', 1.50, '-0', '{\"b\":1, \"b\":1e400}')::crate",
        "ROW(NULL, '{}', 'NaN', 'Infinity', '[1.0e5]')::crate"]),
    *[_pg(f"{kind}[]", f"list<{logical}>", *values, "{}") for kind, logical, values in [
        ("boolean", "bool", ["{t,f,NULL}"]), ("smallint", "int16", ["{1,-2}"]), ("integer", "int32", ["{2147483647,NULL}"]),
        ("bigint", "int64", ["{-9223372036854775808}"]), ("oid", "int64", ["{4294967295}"]), ("real", "float32", ["{NaN,-0,1.5}"]),
        ("double precision", "float64", ["{Infinity,0.1}"]), ("text", "text", ['{a,"",NULL,"NULL","x,\\"y\\\\"}']),
        ("varchar(5)", "text", ["{ab,NULL}"]), ("char(3)", "text", ["{ab,NULL}"]), ("name", "text", ["{ab}"]),
        ("bytea", "binary", ['{"\\\\x00ff",NULL}']), ("uuid", "uuid", ["{00000000-0000-0000-0000-000000000001,NULL}"]),
        ("date", "date", ["{1969-12-31,NULL}"]), ("time", "time", ["{23:59:59.999999}"]),
        ("timestamp", "timestamp", ['{"1700-01-01 00:00:00.5"}']), ("timestamptz", "timestamp_tz", ['{"2024-01-01 00:00:00+05",NULL}']),
        ("numeric(12,3)", "decimal(12,3)", ["{1.5,-0.001,NULL}"]), ("numeric(60,5)", "decimal(60,5)", ["{1.5,NULL}"]),
        ("json", "json", ['{"{\\"b\\":1, \\"b\\":2}",NULL}']), ("jsonb", "json", ['{"{\\"b\\":1}",NULL}']),
        ("mood", "enum", ['{sad,"very, \\"happy\\"",NULL}']),
        ("interval", "interval", ['{1 day,NULL,"-1 mon 00:00:00.5"}']), ("interval(3)", "interval", ["{00:00:00.123456}"]),
        ("money", "decimal(19,2)", ["{1.5,NULL,-92233720368547758.08}"]), ("numeric", "text:numeric", ["{1.50,NULL,NaN}"]),
        ("inet", "text:inet", ["{192.168.0.1,10.0.0.0/8,NULL,::1}"]), ("cidr", "text:cidr", ["{10.0.0.0/8,::/0,1.2.3.4/32}"]),
        ("macaddr", "text:macaddr", ["{08:00:2b:01:02:03,NULL}"]), ("macaddr8", "text:macaddr8", ["{08:00:2b:01:02:03:04:05}"]),
        ("\"char\"", "text", ["{a,~,NULL}"]), ("xid", "int64", ["{4294967295}"]), ("cid", "int64", ["{0,NULL}"]),
        ("timetz", "text:timetz", ["{12:00:00.5+05:30,24:00:00-12,NULL}"]), ("bit(3)", "text:bit", ["{101,NULL}"]),
        ("bit varying", "text:varbit", ['{"",1,NULL}']), ("xml", "text:xml", ['{"<a b=\\"c\\"/>",NULL}']),
        ("tsvector", "text:tsvector", ["{\"'a':1 'b'\"}"]), ("tsquery", "text:tsquery", ["{\"'a' & 'b'\",NULL}"]),
        ("jsonpath", "text:jsonpath", ["{$.a}"]), ("pg_lsn", "text:pg_lsn", ["{0/0,NULL}"]), ("tid", "text:tid", ['{"(0,1)"}']),
        ("regclass", "text:regclass", ["{pg_class}"]), ("regtype", "text:regtype", ["{integer}"]),
        ("int4range", "text:int4range", ['{"[1,5)",empty,NULL}']), ("tstzrange", "text:tstzrange", ['{"[2024-01-01 00:00+00,)"}']),
        ("int4multirange", "text:int4multirange", ['{"{[1,3),[5,9)}","{}",NULL}']), ("point", "text:point", ['{"(1.5,-2)",NULL}']),
        ("box", "text:box", ["{(2,2),(0,0);(1,1),(0,0)}"]), ("polygon", "text:polygon", ['{"((0,0),(1,1),(1,0))"}']),
        ("pair", "text:pair", ['{"(7,\\"x, y\\")","(,)",NULL}']), ("crate", "text:crate", ['{"(\\"(1,x)\\",,,,)"}']),
        ("hstore", "json", ['{"a=>1, b=>NULL",NULL,""}']), ("citext", "text:citext", ["{Ab,NULL}"]),
        ("ltree", "text:ltree", ["{a.b,NULL}"]), ("refcursor", "text:refcursor", ["{c}"]),
        ("positive", "int32", ["{1,NULL}"]), ("price", "decimal(12,2)", ["{9999999999.99,NULL}"]), ("label", "text", ["{abc,NULL}"]),
        ("padded", "text", ["{ab,NULL}"]), ("moment", "timestamp_tz", ['{"2024-01-01 00:00:00.123456+01",NULL}']),
        ("feeling", "enum", ["{ok,NULL}"])]],
    *[_pg(f"{kind}{'[]' * depth}", "list<" * depth + logical + ">" * depth, *values, "{}") for kind, logical, depth, values in [
        ("integer", "int32", 2, ["{{1,2},{3,NULL}}", "{{1},{2},{3}}"]), ("integer", "int32", 3, ["{{{1,2}},{{3,4}}}"]),
        ("integer", "int32", 6, ["{{{{{{1}}}}},{{{{{2}}}}}}"]), ("text", "text", 2, ['{{a,""},{NULL,"x,\\"y"}}']),
        ("double precision", "float64", 2, ["{{NaN,-0},{NULL,Infinity}}"]), ("numeric(12,3)", "decimal(12,3)", 2, ["{{1.5,-0.001}}"]),
        ("interval", "interval", 2, ["{{1 day,NULL}}"]), ("jsonb", "json", 2, ['{{"{\\"a\\": 1}",null}}']),
        ("mood", "enum", 2, ["{{sad,ok}}"]), ("inet", "text:inet", 2, ["{{::1},{1.2.3.4/31}}"]),
        ("money", "decimal(19,2)", 2, ["{{1,2},{3,4}}"]), ("int4range", "text:int4range", 2, ['{{"[1,2)",empty}}']),
        ("pair", "text:pair", 2, ['{{"(1,a)",NULL}}']), ("bytea", "binary", 2, ['{{"\\\\x00"}}'])]],
    _pg("grid", "list<list<int32>>", "{{1,2},{3,4}}", "{}"), _pg("small_grid", "list<list<int32>>", "{{5}}"),
]


def _my(sql, logical, *values):
    return Case(sql, logical, list(values))


def _quoted(*values):
    return ["'" + value.replace("\\", "\\\\").replace("'", "''") + "'" for value in values]


_MY_DECIMALS = [(1, 0), (5, 0), (9, 0), (9, 2), (9, 9), (10, 3), (18, 0), (18, 18), (19, 4), (28, 10), (38, 0), (38, 10), (38, 30),
                (39, 0), (50, 5), (65, 0), (65, 30)]
_MY_CHARSETS = {"utf8mb4": "𝔘ñï 🎁", "utf8mb3": "äöü€", "latin1": "Grüße, ½ €", "latin2": "łódź", "utf16": "𝔘ñï 🎁",
                "utf32": "𝔘ñï 🎁", "ucs2": "äöü€", "koi8r": "Привет", "ascii": "~", "cp1250": "Łódź, €", "gbk": "汉字",
                "big5": "漢字", "cp932": "①かな", "sjis": "かなｶﾅ", "ujis": "漢字かな", "euckr": "한글"}
_INTEGERS = {"tinyint": (8, "int16", "int16"), "smallint": (16, "int16", "int32"), "mediumint": (24, "int32", "int64"),
             "int": (32, "int32", "int64"), "bigint": (64, "int64", "uint64")}

MARIADB = [
    _my("tinyint(1)", "bool", "0", "1"), _my("boolean", "bool", "0", "1"),
    *[_my(kind, signed, str(-2 ** (bits - 1)), str(2 ** (bits - 1) - 1), "0") for kind, (bits, signed, _) in _INTEGERS.items()],
    *[_my(kind + " unsigned", unsigned, "0", str(2 ** bits - 1), str(2 ** (bits - 1)))
      for kind, (bits, _, unsigned) in _INTEGERS.items()],
    _my("int(8) unsigned zerofill", "int64", "42", "0"), _my("tinyint(4)", "int16", "-128", "127"),
    _my("float", "float32", "1.17549e-38", "3.402823466e38", "0.1", "16777217", "-0.0"),
    _my("double", "float64", "2.2250738585072014e-308", "1.7976931348623157e308", "0.1", "-1e-300"),
    _my("float unsigned", "float32", "16777216"), _my("double unsigned", "float64", "0.1"),
    _my("float(10,3)", "float32", "1.125", "-2.5"), _my("double(20,5)", "float64", "0.12345"),
    *[_my(f"decimal({p},{s})", f"decimal({p},{s})", *_digits(p, s)) for p, s in _MY_DECIMALS],
    _my("decimal(10,2) unsigned", "decimal(10,2)", "99999999.99", "0"), _my("decimal", "decimal(10,0)", "9999999999"),
    _my("bit(1)", "bool", "b'1'", "b'0'"), _my("bit(2)", "int64", "b'11'", "0"), _my("bit(7)", "int64", "b'1000001'"),
    _my("bit(8)", "int64", "0x32"), _my("bit(16)", "int64", "0x3132", "0", "65535"),
    _my("bit(63)", "int64", "0x7fffffffffffffff"), _my("bit(64)", "uint64", "0xffffffffffffffff", "0x8000000000000000", "0"),
    _my("year", "int16", "1901", "2155", "0"),
    _my("date", "date", *_quoted("1000-01-01", "1969-12-31", "9999-12-31", "0001-01-01", "2000-02-29")),
    *[_my(f"datetime({n})", "timestamp", *_quoted("1969-12-31 23:59:58.654321", "2024-02-29 12:34:56.123456")) for n in range(7)],
    _my("datetime", "timestamp", *_quoted("1000-01-01 00:00:00", "9999-12-31 23:59:59")),
    *[_my(f"timestamp({n}) NULL", "timestamp_tz", *_quoted("1970-01-01 00:00:01", "2024-03-31 01:30:00.123456")) for n in range(7)],
    *[_my(f"time({n})", "time", *_quoted("00:00:00", "12:34:56.123456", "23:59:58.9")) for n in (0, 3, 6)],
    *[_my(f"varchar(40) CHARACTER SET {name}", "text", *_quoted("", "plain?", sample)) for name, sample in _MY_CHARSETS.items()],
    _my("text CHARACTER SET gbk", "text", *_quoted("汉字" * 300, "")),
    _my("char(4) CHARACTER SET latin1 COLLATE latin1_bin", "text", *_quoted("é", "")),
    _my("national varchar(10)", "text", *_quoted("äöü")),
    _my("char(6)", "text", *_quoted("", "ab", "äöü")), _my("char(1)", "text", *_quoted("x")),
    _my("varchar(60)", "text", *_quoted("", " ", "say \"hi\",\r\n\t\\N", "it's", "NUL\0in", "𝔘ñï çödé 🎁")),
    *[_my(kind, "text", *_quoted("", "a" * 200)) for kind in ("tinytext", "text", "mediumtext", "longtext")],
    _my("varchar(20) COLLATE utf8mb4_bin", "text", *_quoted("Ab", "aB")),
    _my("binary(1)", "binary", "x'00'", "x'ff'"), _my("char(3) BYTE", "binary", "x'610000'"),
    _my("binary(4)", "binary", "x'00ff'", "x'41424344'"), _my("varbinary(40)", "binary", "x''", "x'deadbeef00ff27'"),
    *[_my(kind, "binary", "x''", "x'00ff'") for kind in ("tinyblob", "blob", "mediumblob", "longblob")],
    _my("varchar(20) CHARACTER SET binary", "binary", "x'80ff'"),
    _my("enum('sad','very, \"happy\"','ok','')", "enum", *_quoted("sad", "very, \"happy\"", "")),
    _my("enum('a,b','é') CHARACTER SET latin1", "enum", *_quoted("a,b", "é")),
    _my("set('a','b','c d')", "enum", *_quoted("", "a,c d", "a,b,c d")),
    _my("set(" + ",".join(f"'m{i}'" for i in range(64)) + ")", "enum", *_quoted("m0,m63", ",".join(f"m{i}" for i in range(64)))),
    _my("json", "json", *_quoted(*_JSON)),
    _my("uuid", "uuid", *_quoted("00000000-0000-0000-0000-000000000000", "01234567-89ab-4def-8123-456789abcdef")),
    _my("inet6", "text:inet6", *_quoted("::1", "2001:db8::ff00:42:8329")), _my("inet4", "text:inet4", *_quoted("10.0.0.1", "255.255.255.255")),
]


def fill(database, cases):
    """A table `t` with an id and the column `c<i>` for the i-th case. Row i holds the i-th value of each case, the last only NULLs;
    the columns `n<i>` hold nothing but NULLs. Gives the columns of each case."""
    if database.engine == "postgres":
        database.execute(POSTGRES_SETUP)
    definitions = ", ".join(f"c{i} {case.sql}, n{i} {case.sql}" for i, case in enumerate(cases))
    database.execute(f"CREATE TABLE t (id integer PRIMARY KEY, {definitions})")
    for row in range(max(len(case.values) for case in cases) + 1):
        cells = {f"c{i}": case.values[row] for i, case in enumerate(cases) if row < len(case.values)}
        names, values = "".join(", " + name for name in cells), "".join(", " + value for value in cells.values())
        database.execute(f"INSERT INTO t (id{names}) VALUES ({row}{values})")
    return [(f"c{i}", f"n{i}") for i in range(len(cases))]
