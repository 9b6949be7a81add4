"""The demo behind demo/run: server, shop, rivet, and DuckDB's word on what landed."""

import glob
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "scripts"))

import duckdb  # noqa: E402
import psycopg  # noqa: E402
import pyarrow.parquet  # noqa: E402

from throwaway_postgres import ThrowawayPostgres  # noqa: E402

READER_PASSWORD = "read only, please"
META_PREFIX = "_rivet_"
NULL_WORD = "\\N"  # how the server's CSV says NULL, so that it differs from an empty text


class Steps:
    """Prints what is done and how long it took."""

    def __init__(self):
        self.taken = []

    def __call__(self, title, work):
        print(f"\n== {title}", flush=True)
        begun = time.monotonic()
        result = work()
        self.taken.append((title, time.monotonic() - begun))
        print(f"   {self.taken[-1][1]:.1f} s", flush=True)
        return result


def load_shop(server):
    with psycopg.connect(server.url(), autocommit=True) as admin:
        admin.execute("CREATE DATABASE shop")
    with open(os.path.join(HERE, "shop.sql"), encoding="utf-8") as file:
        sql = file.read()
    with psycopg.connect(server.url("shop"), autocommit=True) as shop:
        shop.execute(sql)
    print(f"   PostgreSQL of our own on port {server.port}, database 'shop'")


def call(binary, folder, server, *args):
    """Runs rivet in the demo's folder; its output goes straight to the reader."""
    print("   $ rivet " + " ".join(args), flush=True)
    env = dict(os.environ, SHOP_URL=server.url("shop", "shop_reader", READER_PASSWORD))
    done = subprocess.run([binary, *args], cwd=folder, env=env, check=False)
    if done.returncode != 0:
        raise SystemExit(f"rivet {args[0]} ended with {done.returncode}")


def relations(connection):
    """Name and row count of every table and view, as the server says."""
    names = [row[0] for row in connection.execute(
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'v') ORDER BY 1")]
    return {name: connection.execute(f"SELECT count(*) FROM {quoted(name)}").fetchone()[0] for name in names}


def quoted(name):
    return '"' + name.replace('"', '""') + '"'


def plain(name):
    return re.sub(r"[^a-z0-9]", "", name.lower())


def landed(folder):
    """Folder and manifest of every export, by the plain form of its name."""
    found = {}
    for path in glob.glob(os.path.join(folder, "**", "manifest.json"), recursive=True):
        with open(path, encoding="utf-8") as file:
            manifest = json.load(file)
        found[plain(os.path.basename(os.path.dirname(path)))] = (os.path.dirname(path), manifest)
    return found


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
        rows = duck.execute("SELECT count(*) FROM files").fetchone()[0]
        return rows, count("server", "parquet"), count("parquet", "server")


def report(connection, folder, scratch):
    """Prints the table of files, rows and readers' agreement; True when all agree."""
    places, agree = landed(folder), True
    print(f"   {'table':<18}{'files':>6}{'MB':>8}{'server':>10}{'manifest':>10}{'pyarrow':>10}{'DuckDB':>10}  values")
    for relation, rows in relations(connection).items():
        if plain(relation) not in places:
            print(f"   {relation:<18} nothing landed")
            agree = False
            continue
        place, manifest = places[plain(relation)]
        parts = [part for part in manifest["parts"] if part["status"] == "committed"]
        files = [os.path.join(place, part["path"]) for part in parts]
        by_arrow = sum(pyarrow.parquet.read_metadata(file).num_rows for file in files)
        by_duck, lost, extra = compare(connection, relation, files, scratch) if files else (0, 0, 0)
        same = rows == manifest["row_count"] == by_arrow == by_duck and lost == extra == 0
        agree = agree and same
        verdict = "equal" if same else f"DIFFER: {lost} only at the server, {extra} only in the files"
        size = sum(part["size_bytes"] for part in parts) / 1e6
        print(f"   {relation:<18}{len(files):>6}{size:>8.1f}{rows:>10}{manifest['row_count']:>10}{by_arrow:>10}"
              f"{by_duck:>10}  {verdict}", flush=True)
    return agree


def look(folder):
    """One question that a person would ask, straight over the files."""
    places = landed(folder)
    files = {name: [os.path.join(places[name][0], part["path"]) for part in places[name][1]["parts"]]
             for name in ("orders", "customers")}
    with duckdb.connect() as duck:
        print(duck.sql(f"""
          SELECT c.country, count(*) AS orders, sum(o.total) AS total, min(o.ordered_at) AS first, max(o.ordered_at) AS last
          FROM read_parquet({files['orders']}) o JOIN read_parquet({files['customers']}) c ON c.id = o.customer_id
          GROUP BY 1 ORDER BY 3 DESC"""))


def main():
    binary = os.path.abspath(sys.argv[1])
    signal.signal(signal.SIGTERM, lambda *unused: sys.exit(143))
    step, keep = Steps(), bool(os.environ.get("DEMO_KEEP"))
    folder = tempfile.mkdtemp(prefix="rivet-demo-")
    scratch = tempfile.mkdtemp(prefix="rivet-demo-")
    try:
        with ThrowawayPostgres() as server:
            step("shop: 8 tables and a view, 1.2 million events", lambda: load_shop(server))
            config = ("-c", "rivet.yaml")
            step("init: look at the database, write rivet.yaml", lambda: call(
                binary, folder, server, "init", "--source-env", "SHOP_URL", "-o", "rivet.yaml"))
            step("check: what would happen", lambda: call(binary, folder, server, "check", *config))
            step("run: rivet.yaml as init wrote it", lambda: call(binary, folder, server, "run", *config))
            step("validate: read back what is there", lambda: call(binary, folder, server, "validate", *config))
            with psycopg.connect(server.url("shop"), autocommit=True) as connection:
                agree = step("compare: the server's values and the files, row by row, in DuckDB",
                             lambda: report(connection, folder, scratch))
            step("look: a question to the files", lambda: look(folder))
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
        if keep:
            print(f"\nkept: {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)
    print("\n" + "\n".join(f"   {title:<70}{seconds:>6.1f} s" for title, seconds in step.taken))
    print(f"   {'together':<70}{sum(seconds for _, seconds in step.taken):>6.1f} s")
    print("\nall readers agree with the server" if agree else "\nDIFFERENCES FOUND")
    return 0 if agree else 3


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
