"""CSV read by the letter: a tokenizer that keeps NULL and the empty text apart, and cells as compare.py writes them."""

import gzip
import json
import re
import struct

import pyarrow
import pymysql

from harness import compare, mariadb_rows

MICROS_PER_DAY = 86_400_000_000
DATE = re.compile(r"([+-]?)(\d{4,})-(\d\d)-(\d\d)")
TIME = re.compile(r"(\d\d):(\d\d):(\d\d)\.(\d{6})")


def content(path):
    """The plain text of a file, whatever it is packed in."""
    path = str(path)
    with open(path, "rb") as file:
        data = file.read()
    if path.endswith(".gz"):
        data = gzip.decompress(data)
    elif path.endswith(".zst"):
        data = pyarrow.CompressedInputStream(pyarrow.BufferReader(data), "zstd").read()
    return data.decode("utf-8")


def records(text, delimiter=",", line_end="\n", null=""):
    """Rows of cells: None where an unquoted cell is the text of NULL. Anything loose is an error."""
    rows, row, at = [], [], 0
    while at < len(text):
        if text[at] == '"':
            cell = ""
            while True:
                end = text.index('"', at + 1)
                cell += text[at + 1:end]
                at = end + 1
                if text[at:at + 1] != '"':
                    break
                cell += '"'
            row.append(cell)
        else:
            end = at
            while text[end] not in (delimiter, "\r", "\n"):
                assert text[end] != '"', f"a quote within a bare cell at {end}"
                end += 1
            cell = text[at:end]
            assert cell == null or cell == cell.strip(" \t") and cell, f"a bare cell {cell!r} at {at}"
            row.append(None if cell == null else cell)
            at = end
        if text[at] == delimiter:
            at += 1
            continue
        assert text[at:at + len(line_end)] == line_end, f"{text[at:at + 4]!r} after a cell at {at}"
        at += len(line_end)
        rows.append(row)
        row = []
    assert not row, "the last line has no end"
    return rows


def _days(year, month, day):
    """Days since 1970-01-01 of a proleptic Gregorian day; any year."""
    year -= month <= 2
    era, of_era = year // 400, year % 400
    of_year = (153 * (month + (-3 if month > 2 else 9)) + 2) // 5 + day - 1
    return era * 146097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - 719468


def _date(text):
    sign, year, month, day = DATE.fullmatch(text).groups()
    return _days(int(year) * (-1 if sign == "-" else 1), int(month), int(day))


def _time(text):
    hours, minutes, seconds, micros = map(int, TIME.fullmatch(text).groups())
    return ((hours * 60 + minutes) * 60 + seconds) * 1_000_000 + micros


def _moment(text):
    date, time = text.split("T")
    return str(_date(date) * MICROS_PER_DAY + _time(time))


def _utc(text):
    assert text.endswith("Z"), text
    return _moment(text[:-1])


def _float(code):
    return lambda text: compare.FLOAT_NAN if text == "NaN" else struct.pack(code, float(text)).hex()


_CANONICAL = {
    "bool": {"true": "t", "false": "f"}.__getitem__, "float4": _float(">f"), "float8": _float(">d"),
    "date": lambda text: str(_date(text)), "time": lambda text: str(_time(text)), "timestamp": _moment, "timestamptz": _utc,
}
LIST = "list"
# PostgreSQL's names of what MariaDB calls otherwise.
_MARIADB = {"float": "float4", "double": "float8", "datetime": "timestamp", "timestamp": "timestamptz"}


def _elements(text):
    """What stands between the commas of a JSON array."""
    at, found = 1, []
    while text[at] != "]":
        _, end = json.JSONDecoder().raw_decode(text, at)
        found.append(text[at:end])
        assert text[end] in ",]", f"{text[end]!r} after an element at {end}"
        at = end + (text[end] == ",")
    assert text[0] == "[" and at == len(text) - 1, text
    return found


def _list(element, depth):
    """`depth` tells lists from JSON that is a list itself; for other elements it is seen."""
    as_it_stands = element in ("json", "jsonb", "hstore")

    def write(text, depth=depth):
        return tuple(None if one == "null" else cell(one, depth - 1) for one in _elements(text))

    def cell(one, depth):
        if depth > 0 or one.startswith("[") and not as_it_stands:
            return write(one, depth)
        if as_it_stands:
            return one
        return _CANONICAL.get(element, str)(json.loads(one) if one.startswith('"') else one)

    return write


def column_types(connection, relation):
    """Name -> the server's base type by PostgreSQL's names, in order; of lists (LIST, the elements' type, 1)."""
    if isinstance(connection, pymysql.connections.Connection):
        return {name: "bool" if column_type in mariadb_rows.BOOLEANS else _MARIADB.get(kind, kind)
                for name, kind, column_type in mariadb_rows.column_facts(connection, relation)}
    with connection.cursor() as cursor:
        return {name: (LIST, element, 1) if kind == "array" else base
                for name, base, element, kind, _ in cursor.execute(compare._COLUMNS, [relation]).fetchall()}


def assert_landed(connection, relation, landed, **form):
    """The rows of the relation are the records of the manifest's parts. Returns their number."""
    types = column_types(connection, relation)
    names, expected = compare.server_rows(connection, relation)
    found = []
    for part, path in zip(landed.parts, landed.paths):
        header, *rows = records(content(path), **form)
        assert header == names, f"{header} and {names}"
        assert len(rows) == part["rows"], path
        found += canonical(rows, types)
    differs = compare.difference(expected, found)
    assert not differs, f"{relation}: {differs}"
    assert landed.manifest["row_count"] == len(expected)
    return len(expected)


def canonical(rows, types):
    """Rows of cells as compare.server_rows() writes the server's."""
    writers = [_list(*kind[1:]) if kind[0] == LIST else _CANONICAL.get(kind, str) for kind in types.values()]
    return [tuple(None if cell is None else write(cell) for write, cell in zip(writers, row)) for row in rows]
