"""Compares what landed with the server's own values, as multisets of rows.

Both sides are brought to one canonical text a cell, and the server does its side by itself, in SQL: integers of
days and microseconds for times, IEEE bits for floats, hex for bytes, its own output text for the rest. No arithmetic
of the program under test, nor of a driver, is trusted on the way.
"""

import collections
import decimal
import math
import struct

import pyarrow
import pymysql

from . import mariadb_rows

# Our own columns: no column of the server's.
META_PREFIX = "_rivet_"

FLOAT_NAN = "NaN"


def _canonical_sql(value, type_name, category):
    """SQL that gives the canonical text of an expression of that type."""
    if type_name in ("float4", "float8"):
        return f"CASE WHEN {value} = 'NaN' THEN '{FLOAT_NAN}' ELSE encode({type_name}send({value}), 'hex') END"
    if type_name == "bytea":
        return f"encode({value}, 'hex')"
    if type_name == "date":
        return f"({value} - date '1970-01-01')::text"
    if type_name == "time":
        return f"(extract(epoch from {value}) * 1000000)::bigint::text"
    if type_name in ("timestamp", "timestamptz"):
        # By parts: before version 14 extract() gives a double, which holds no microseconds of an epoch.
        return (f"(({value}::date - date '1970-01-01')::bigint * 86400000000 + extract(hour from {value})::bigint * 3600000000 + "
                f"extract(minute from {value})::bigint * 60000000 + extract(microseconds from {value})::bigint)::text")
    if type_name == "money":
        return f"{value}::numeric::text"
    if type_name == "interval":
        return f"pg_temp._rivet_iso({value})"
    if type_name == "hstore":
        return f"({value})::json::text"
    if category == "composite":
        return f"to_json({value})::text"
    # The output function's text: ::text would add /32 to an inet.
    return f"format('%s', {value})"


_COLUMNS = """
  SELECT a.attname, bt.typname, be.typname, CASE WHEN bt.typtype = 'c' THEN 'composite'
           WHEN bt.typcategory = 'A' THEN 'array' ELSE 'scalar' END,
         CASE WHEN be.typtype = 'c' THEN 'composite' ELSE 'scalar' END
  FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
  JOIN pg_type bt ON bt.oid = CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE t.oid END
  LEFT JOIN pg_type e ON e.oid = bt.typelem
  LEFT JOIN pg_type be ON be.oid = CASE WHEN e.typtype = 'd' THEN e.typbasetype ELSE e.oid END
  WHERE a.attrelid = %s::regclass AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum"""


# The server's own ISO 8601 text; only its fraction is written as long as ours.
_INTERVALS = """
  CREATE OR REPLACE FUNCTION pg_temp._rivet_iso(value interval) RETURNS text LANGUAGE sql SET IntervalStyle = 'iso_8601'
  AS $$ SELECT CASE WHEN value::text LIKE '%.%' THEN
          split_part(value::text, '.', 1) || '.' || rpad(rtrim(split_part(value::text, '.', 2), 'S'), 6, '0') || 'S'
        ELSE value::text END $$"""


def _nested(values, lengths):
    """The elements of an array, in the order they are stored, as tuples of tuples."""
    for length in reversed(lengths[1:]):
        values = [tuple(values[at:at + length]) for at in range(0, len(values), length)]
    return tuple(values)


def quoted(name):
    """PostgreSQL's; a database of either engine quotes by itself."""
    return '"' + name.replace('"', '""') + '"'


def server_rows(connection, relation, columns=None, where=""):
    """Column names and canonical rows of a table or view. `relation` is SQL text, quoted by the caller."""
    if isinstance(connection, pymysql.connections.Connection):
        return mariadb_rows.server_rows(connection, relation, columns, where)
    with connection.cursor() as cursor:
        facts = cursor.execute(_COLUMNS, [relation]).fetchall()
        facts = [fact for fact in facts if columns is None or fact[0] in columns]
        if any("interval" in fact[1:3] for fact in facts):
            cursor.execute(_INTERVALS)
        cells, is_array = [], []
        for name, base, element, kind, element_kind in facts:
            column = "r." + quoted(name)
            if kind == "array":
                inner = _canonical_sql("e", element, element_kind)
                # A composite would come apart into its columns; its elements land as the server's text.
                elements, inner = (column + "::text[]", "e") if element_kind == "composite" else (column, inner)
                text = (f"(SELECT array_agg(CASE WHEN num_nulls(e) = 0 THEN {inner} END ORDER BY o) "
                        f"FROM unnest({elements}) WITH ORDINALITY AS u(e, o))")
                cells.append(f"CASE WHEN {column} IS NULL THEN NULL WHEN cardinality({column}) = 0 "
                             f"THEN '{{}}'::text[] ELSE {text} END")
                cells.append(f"(SELECT array_agg(array_length({column}, d) ORDER BY d) "
                             f"FROM generate_series(1, array_ndims({column})) d)")
                is_array += [True, False]
            else:
                cells.append(f"CASE WHEN num_nulls({column}) = 0 THEN {_canonical_sql(column, base, kind)} END")
                is_array.append(None)
        cursor.execute("SET TimeZone='UTC'; SET DateStyle='ISO'; SET IntervalStyle='postgres'; "
                       "SET extra_float_digits=3; SET bytea_output='hex'")
        rows = cursor.execute(f"SELECT {', '.join(cells)} FROM {relation} AS r {where}").fetchall()
    out = []
    for row in rows:
        cells = []
        for place, cell in enumerate(row):
            if is_array[place]:
                cells.append(None if cell is None else _nested(cell, row[place + 1] or [0]))
            elif is_array[place] is None:
                cells.append(cell)
        out.append(tuple(cells))
    return [fact[0] for fact in facts], out


def _storage(array):
    if isinstance(array, pyarrow.ChunkedArray):
        array = array.combine_chunks()
        if isinstance(array, pyarrow.ChunkedArray):
            array = pyarrow.concat_arrays(array.chunks)
    return array.storage if isinstance(array, pyarrow.ExtensionArray) else array


def _cell_writer(arrow_type):
    """Python value of that Arrow type to canonical text."""
    types = pyarrow.types
    if types.is_floating(arrow_type):
        code = ">f" if types.is_float32(arrow_type) else ">d"
        return lambda v: FLOAT_NAN if math.isnan(v) else struct.pack(code, v).hex()
    if types.is_boolean(arrow_type):
        return lambda v: "t" if v else "f"
    if types.is_decimal(arrow_type):
        return lambda v: format(v, "f") if isinstance(v, decimal.Decimal) else str(v)
    if types.is_fixed_size_binary(arrow_type):
        return lambda v: "-".join((v[:4].hex(), v[4:6].hex(), v[6:8].hex(), v[8:10].hex(), v[10:].hex()))
    if types.is_binary(arrow_type) or types.is_large_binary(arrow_type):
        return lambda v: bytes(v).hex()
    return str


def _canonical_column(array):
    array = _storage(array)
    kind, types = array.type, pyarrow.types
    if types.is_list(kind) or types.is_large_list(kind):
        # Not flatten(): it does not know lists of extension types within lists.
        values, edges = _canonical_column(array.values), array.offsets.to_pylist()
        return [tuple(values[begin:end]) if valid else None
                for begin, end, valid in zip(edges, edges[1:], array.is_valid().to_pylist())]
    if types.is_date32(kind):
        array = array.cast(pyarrow.int32())
    elif types.is_time64(kind) or types.is_timestamp(kind):
        assert kind.unit == "us", kind
        array = array.cast(pyarrow.int64())
    write = _cell_writer(array.type)
    return [None if value is None else write(value) for value in array.to_pylist()]


def arrow_rows(tables, columns):
    """Canonical rows of Arrow tables, with the columns in the order given."""
    rows = []
    for table in tables:
        assert len(set(table.column_names)) == len(table.column_names), table.column_names
        rows += zip(*(_canonical_column(table.column(name)) for name in columns)) if columns else []
    return rows


def data_columns(table):
    return [name for name in table.column_names if not name.startswith(META_PREFIX)]


def difference(expected, found, limit=5):
    """What is missing and what is too much, in words; empty when the multisets are equal."""
    expected, found = collections.Counter(expected), collections.Counter(found)
    lost, extra = expected - found, found - expected
    if not lost and not extra:
        return ""
    lines = [f"{sum(lost.values())} rows lost, {sum(extra.values())} rows too many"]
    lines += [f"  lost:  {row!r}" for row in list(lost)[:limit]]
    lines += [f"  extra: {row!r}" for row in list(extra)[:limit]]
    return "\n".join(lines)


def assert_landed(connection, relation, landed, columns=None, where="", readers=("pyarrow", "duckdb"),
                  not_by_duckdb=()):
    """The rows of the relation are the rows of the manifest's parts, by each reader. Returns their number."""
    names, expected = server_rows(connection, relation, columns, where)
    for reader in readers:
        tables = list(landed.tables(reader))
        shown = [name for name in names if reader != "duckdb" or name not in not_by_duckdb]
        for table in tables:
            if columns is None:
                assert data_columns(table) == names, f"columns differ: {data_columns(table)} and {names}"
        wanted = [tuple(cell for name, cell in zip(names, row) if name in shown) for row in expected]
        differs = difference(wanted, arrow_rows(tables, shown))
        assert not differs, f"{relation} read by {reader}: {differs}"
    assert landed.manifest["row_count"] == len(expected)
    return len(expected)
