"""The demo behind demo/run: servers, shop and warehouse, rivet, and what other readers say of what landed."""

import os
import shutil
import signal
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "scripts"))

import duckdb  # noqa: E402
import psycopg  # noqa: E402

import warehouse  # noqa: E402
from steps import META_PREFIX, Rivet, Steps, files_of, landed, report  # noqa: E402
from throwaway_postgres import ThrowawayPostgres  # noqa: E402

READER_PASSWORD = "read only, please"
NULL_WORD = "\\N"  # how the server's CSV says NULL, so that it differs from an empty text


def load_shop(server):
    with psycopg.connect(server.url(), autocommit=True) as admin:
        admin.execute("CREATE DATABASE shop")
    with open(os.path.join(HERE, "shop.sql"), encoding="utf-8") as file:
        sql = file.read()
    with psycopg.connect(server.url("shop"), autocommit=True) as shop:
        shop.execute(sql)
    print(f"   PostgreSQL of our own on port {server.port}, database 'shop'")


def relations(connection):
    """Name and row count of every table and view, as the server says."""
    names = [row[0] for row in connection.execute(
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'v') ORDER BY 1")]
    return {name: connection.execute(f"SELECT count(*) FROM {quoted(name)}").fetchone()[0] for name in names}


def quoted(name):
    return '"' + name.replace('"', '""') + '"'


def server_side(connection, relation, path):
    """The server's own values as CSV: arrays as JSON, bytes as hex, all else as its own text."""
    columns = connection.execute(
        "SELECT a.attname, t.typcategory, t.typname FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid "
        "WHERE a.attrelid = %s::regclass AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum",
        [quoted(relation)]).fetchall()
    cells = []
    for name, category, kind in columns:
        text = f"to_json({quoted(name)})::text" if category == "A" else f"{quoted(name)}::text"
        cells.append(f"encode({quoted(name)}, 'hex')" if kind == "bytea" else text)
    connection.execute("SET TimeZone='UTC'; SET DateStyle='ISO'; SET extra_float_digits=3")
    with open(path, "wb") as file, connection.cursor() as cursor:
        sql = f"COPY (SELECT {', '.join(cells)} FROM {quoted(relation)}) TO STDOUT (FORMAT csv, NULL '{NULL_WORD}')"
        with cursor.copy(sql) as copy:
            for block in copy:
                file.write(block)
    return [name for name, _, _ in columns]


def compare(connection, relation, files, scratch):
    """Rows that only the server has and rows that only the files have, by DuckDB."""
    csv = os.path.join(scratch, "server.csv")
    names = server_side(connection, relation, csv)
    with duckdb.connect() as duck:
        duck.execute("SET TimeZone='UTC'; SET enable_progress_bar=false")
        duck.execute("CREATE VIEW files AS SELECT * FROM read_parquet($1, hive_partitioning=false)".replace(
            "$1", str([str(file) for file in files])))
        kinds = dict(duck.execute("SELECT column_name, column_type FROM (DESCRIBE files)").fetchall())
        assert [name for name in kinds if not name.startswith(META_PREFIX)] == names, list(kinds)
        theirs, ours = [], []
        for i, name in enumerate(names):
            cell, kind = f"c{i}", kinds[name]
            if kind == "BLOB":
                theirs.append(f"unhex({cell})")
            elif kind.endswith("[]"):
                theirs.append(f"CAST(CAST({cell} AS JSON) AS {kind})")
            else:
                theirs.append(cell if kind == "JSON" else f"CAST({cell} AS {kind})")
            ours.append(f"CAST({quoted(name)} AS VARCHAR)" if kind == "JSON" else quoted(name))
        cells = ", ".join(f"'c{i}': 'VARCHAR'" for i in range(len(names)))
        duck.execute(f"CREATE VIEW server AS SELECT {', '.join(theirs)} FROM read_csv('{csv}', header=false, "
                     f"columns={{{cells}}}, nullstr='{NULL_WORD}', quote='\"', escape='\"', auto_detect=false, "
                     "max_line_size=10000000)")
        duck.execute(f"CREATE VIEW parquet AS SELECT {', '.join(ours)} FROM files")
        count = lambda one, other: duck.execute(
            f"SELECT count(*) FROM (FROM {one} EXCEPT ALL FROM {other})").fetchone()[0]
        return count("server", "parquet"), count("parquet", "server")


def look(folder):
    """One question that a person would ask, straight over the files."""
    places = landed(folder)
    files = {name: files_of(*places[name]) for name in ("orders", "customers")}
    with duckdb.connect() as duck:
        print(duck.sql(f"""
          SELECT c.country, count(*) AS orders, sum(o.total) AS total, min(o.ordered_at) AS first, max(o.ordered_at) AS last
          FROM read_parquet({files['orders']}) o JOIN read_parquet({files['customers']}) c ON c.id = o.customer_id
          GROUP BY 1 ORDER BY 3 DESC"""))


def tell(step, binary, folder, scratch):
    """The half that is on PostgreSQL; True when what landed equals the server's values."""
    with ThrowawayPostgres() as server:
        step("shop: 8 tables and a view on PostgreSQL, 1.2 million events", lambda: load_shop(server))
        rivet = Rivet(binary, folder, "SHOP_URL", server.url("shop", "shop_reader", READER_PASSWORD))
        config = ("-c", "rivet.yaml")
        step("init: look at the database, write rivet.yaml",
             lambda: rivet("init", "--source-env", "SHOP_URL", "-o", "rivet.yaml"))
        step("check: what would happen", lambda: rivet("check", *config))
        step("run: rivet.yaml as init wrote it", lambda: rivet("run", *config))
        step("validate: read back what is there", lambda: rivet("validate", *config))
        with psycopg.connect(server.url("shop"), autocommit=True) as connection:
            agree = step("compare: the server's values and the files, row by row, in DuckDB",
                         lambda: report(relations(connection), folder,
                                        lambda relation, files: compare(connection, relation, files, scratch)))
        step("look: a question to the files", lambda: look(folder))
    return agree


def main():
    binary = os.path.abspath(sys.argv[1])
    signal.signal(signal.SIGTERM, lambda *unused: sys.exit(143))
    step, keep = Steps(), bool(os.environ.get("DEMO_KEEP"))
    folder = tempfile.mkdtemp(prefix="rivet-demo-")
    scratch = tempfile.mkdtemp(prefix="rivet-demo-")
    try:
        for half in ("shop", "warehouse"):
            os.mkdir(os.path.join(folder, half))
        agree = tell(step, binary, os.path.join(folder, "shop"), scratch)
        agree = warehouse.tell(step, binary, os.path.join(folder, "warehouse")) and agree
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
        if keep:
            print(f"\nkept: {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)
    print()
    step.summary()
    print("\nall readers agree with the servers" if agree else "\nDIFFERENCES FOUND")
    return 0 if agree else 3


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
