"""MariaDB's own account of its rows, in the canonical texts of compare.py. The server turns what it can into text by
itself, in SQL; floats come as its shortest text that reads back, and only their bits are made here."""

import struct

FLOATS = {"float": ">f", "double": ">d"}


BOOLEANS = ("bit(1)", "tinyint(1)", "tinyint(1) unsigned")


def _canonical_sql(value, kind, column_type):
    if column_type in BOOLEANS:
        return f"CASE WHEN {value} = 0 THEN 'f' WHEN {value} = 1 THEN 't' WHEN {value} IS NOT NULL THEN 'neither' END"
    if kind == "bit":
        return f"CAST(CAST({value} AS UNSIGNED) AS CHAR)"
    if kind in FLOATS:
        return f"CAST({value} * 1e0 AS CHAR)"
    if kind in ("binary", "varbinary", "tinyblob", "blob", "mediumblob", "longblob"):
        return f"lower(hex({value}))"
    if kind == "date":
        return f"CAST(datediff({value}, '1970-01-01') AS CHAR)"
    if kind in ("datetime", "timestamp"):
        return f"CAST(timestampdiff(MICROSECOND, '1970-01-01 00:00:00', {value}) AS CHAR)"
    if kind == "time":
        # MySQL's time_to_sec knows whole seconds only.
        return (f"CAST(CAST(truncate(time_to_sec({value}), 0) * 1000000 + IF({value} < '00:00:00', -1, 1) * "
                f"microsecond({value}) AS SIGNED) AS CHAR)")
    if kind == "year" or kind.endswith("int"):  # + 0: without the zeros of ZEROFILL
        return f"CAST({value} + 0 AS CHAR)"
    return f"CONVERT({value} USING utf8mb4)"


def unquoted(relation):
    return relation[1:-1].replace("``", "`") if relation.startswith("`") else relation


def column_facts(connection, relation):
    """(name, data type, column type) of each column, in order."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT column_name, data_type, column_type FROM information_schema.columns "
                       "WHERE table_schema = database() AND table_name = %s ORDER BY ordinal_position",
                       [unquoted(relation)])
        facts = cursor.fetchall()
    assert facts, f"the server knows no {relation}"
    return facts


def server_rows(connection, relation, columns=None, where=""):
    """Column names and canonical rows of a table or view of the session's database."""
    facts = [fact for fact in column_facts(connection, relation) if columns is None or fact[0] in columns]
    with connection.cursor() as cursor:
        cells = [_canonical_sql("r.`" + name.replace("`", "``") + "`", kind, column_type)
                 for name, kind, column_type in facts]
        cursor.execute(f"SELECT {', '.join(cells)} FROM {relation} AS r {where}")
        rows = cursor.fetchall()
    codes = [FLOATS.get(kind) for _, kind, _ in facts]
    if any(codes):
        rows = [tuple(struct.pack(code, float(cell)).hex() if code and cell is not None else cell
                      for code, cell in zip(codes, row)) for row in rows]
    return [name for name, _, _ in facts], list(rows)
