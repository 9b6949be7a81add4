"""The half of the demo that is on MariaDB: the warehouse, rivet, and pyarrow's word on what landed."""

import collections
import os
import shutil

import pyarrow
import pyarrow.parquet

from steps import META_PREFIX, Rivet, report
from throwaway_mariadb import ThrowawayMariaDB, quoted

HERE = os.path.dirname(os.path.abspath(__file__))
DATABASE, READER, READER_PASSWORD = "warehouse", "warehouse reader", "read only, please"

# SQL of a cell's text, and the text of what pyarrow reads.
BYTES = ("binary", "varbinary", "blob", "longblob")
FLOATS = ("float", "double")


def load(server):
    server.create_database(DATABASE)
    server.create_reader(READER, READER_PASSWORD)
    server.grant(DATABASE, READER)
    with open(os.path.join(HERE, "warehouse.sql"), encoding="utf-8") as file:
        sql = file.read()
    with server.connect(DATABASE) as connection, connection.cursor() as cursor:
        cursor.execute(sql)
        while cursor.nextset():
            pass
    print(f"   MariaDB of our own on port {server.port}, database '{DATABASE}'")


def relations(connection):
    """Name and row count of every table and view, as the server says."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT table_name FROM information_schema.tables WHERE table_schema = database() ORDER BY 1")
        counts = {}
        for (name,) in cursor.fetchall():
            cursor.execute(f"SELECT count(*) FROM {quoted(name)}")
            counts[name] = cursor.fetchone()[0]
        return counts


def server_text(name, kind, column_type):
    cell = quoted(name)
    if kind in BYTES:
        return f"lower(hex({cell}))"
    if kind == "bit" or column_type == "tinyint(1)":
        return f"CAST({cell} + 0 AS CHAR)"
    if kind in FLOATS:
        return f"CAST(CAST({cell} AS DOUBLE) AS CHAR)"
    if kind in ("datetime", "timestamp"):
        return f"date_format({cell}, '%Y-%m-%d %H:%i:%s.%f')"
    return f"time_format({cell}, '%H:%i:%s.%f')" if kind == "time" else f"CONVERT({cell} USING utf8mb4)"


def file_text(kind):
    """Of a value of that Arrow type."""
    types = pyarrow.types
    if types.is_boolean(kind):
        return lambda value: "1" if value else "0"
    if types.is_binary(kind):
        return bytes.hex
    if types.is_timestamp(kind):
        return lambda value: value.replace(tzinfo=None).isoformat(sep=" ", timespec="microseconds")
    if types.is_time(kind):
        return lambda value: value.isoformat(timespec="microseconds")
    return (lambda value: format(value, "f")) if types.is_decimal(kind) else str


def compare(connection, relation, files):
    """Rows that only the server has and rows that only the files have, cell by cell as text."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT column_name, data_type, column_type FROM information_schema.columns "
                       "WHERE table_schema = database() AND table_name = %s ORDER BY ordinal_position", [relation])
        columns = cursor.fetchall()
        cursor.execute(f"SELECT {', '.join(server_text(*column) for column in columns)} FROM {quoted(relation)}")
        rows = cursor.fetchall()
    reals = [kind in FLOATS for _, kind, _ in columns]
    theirs = collections.Counter(
        tuple(float(cell) if real and cell is not None else cell for real, cell in zip(reals, row)) for row in rows)
    ours = collections.Counter()
    for path in files:
        table = pyarrow.parquet.ParquetFile(path).read()
        names = [name for name in table.column_names if not name.startswith(META_PREFIX)]
        assert names == [name for name, _, _ in columns], names
        texts = []
        for name, real in zip(names, reals):
            column = table.column(name)
            if isinstance(column.type, pyarrow.BaseExtensionType):
                column = pyarrow.chunked_array([chunk.storage for chunk in column.chunks], column.type.storage_type)
            write = float if real else file_text(column.type)
            texts.append([None if cell is None else write(cell) for cell in column.to_pylist()])
        ours.update(zip(*texts))
    return (theirs - ours).total(), (ours - theirs).total()


def tell(step, binary, folder):
    """The whole of it; True when what landed equals the server's values."""
    with ThrowawayMariaDB() as server:
        step("warehouse: 6 tables and a view on MariaDB, 150 thousand rows in one", lambda: load(server))
        rivet = Rivet(binary, folder, "WAREHOUSE_URL", server.url(DATABASE, READER, READER_PASSWORD))
        config = ("-c", "rivet.yaml")
        step("init: the same command, the engine is in the URL", lambda: rivet(
            "init", "--source-env", "WAREHOUSE_URL", "-o", "rivet.yaml"))
        step("check: what would happen", lambda: rivet("check", *config))
        step("run: rivet.yaml as init wrote it", lambda: rivet("run", *config))
        step("validate: read back what is there", lambda: rivet("validate", *config))
        shutil.copy(os.path.join(HERE, "scans.yaml"), folder)
        step("run: chunks along a key that has NULLs", lambda: rivet("run", "-c", "scans.yaml"))
        with server.connect(DATABASE) as connection:
            counts = relations(connection)
            with_key = lambda relation, files: compare(connection, relation, files)
            agree = step("compare: the server's values and the files, row by row, by pyarrow",
                         lambda: report(counts, os.path.join(folder, "output"), with_key))
            chunked = step("compare: the chunks", lambda: report(
                {"scans": counts["scans"]}, os.path.join(folder, "chunked"), with_key))
    return agree and chunked
