"""What must hold after a kill, after the resume, and at any instant between (O1 to O7 of reliability.md §4)."""

import decimal
import io
import json
import os
import threading

import pyarrow
import pyarrow.csv
import pyarrow.parquet

from harness import mariadb_rows
from harness.landed import Landed, final_names, strangers

RESUMES_MAX = 4

TABLES = {"postgres": """
CREATE TABLE t (id bigint PRIMARY KEY, v text NOT NULL, n numeric(14,3), at timestamp, flag boolean);
INSERT INTO t SELECT i, md5(i::text) || md5((i * 7)::text) || md5((i * 13)::text), i / 7.0,
  timestamp '2024-01-01' + i * interval '1.000001 seconds', CASE WHEN i % 3 > 0 THEN i % 2 = 0 END
  FROM generate_series(1::bigint, {rows}) i;
ANALYZE t""", "mariadb": """
CREATE TABLE t (id bigint PRIMARY KEY, v text NOT NULL, n decimal(14,3), at datetime(6), flag boolean);
INSERT INTO t SELECT i, concat(md5(i), md5(i * 7), md5(i * 13)), i / 7,
  date_add('2024-01-01', INTERVAL i * 1000001 MICROSECOND), IF(i % 3 > 0, i % 2 = 0, NULL)
  FROM (SELECT CAST(seq AS SIGNED) AS i FROM seq_1_to_{rows}) AS s;
ANALYZE TABLE t"""}

SCHEMA = pyarrow.schema([("id", pyarrow.int64()), ("v", pyarrow.string()), ("n", pyarrow.decimal128(14, 3)),
                         ("at", pyarrow.timestamp("us")), ("flag", pyarrow.bool_())])


def server_table(database):
    """The table as the server prints it, sorted by key: what every landed set is compared with."""
    if database.engine == "mariadb":
        return _mariadb_table(database)
    buffer = io.BytesIO()
    connection = database.connection
    with connection.cursor() as cursor, cursor.copy("COPY (SELECT * FROM t ORDER BY id) TO STDOUT (FORMAT csv)") as copy:
        for block in copy:
            buffer.write(block)
    return pyarrow.csv.read_csv(
        pyarrow.BufferReader(buffer.getvalue()), read_options=pyarrow.csv.ReadOptions(column_names=SCHEMA.names),
        convert_options=pyarrow.csv.ConvertOptions(column_types=SCHEMA, null_values=[""], true_values=["t"],
                                                   false_values=["f"]))


def _mariadb_table(database):
    names, rows = mariadb_rows.server_rows(database.connection, "t", where="ORDER BY id")
    assert names == SCHEMA.names
    made = {"id": int, "v": str, "n": decimal.Decimal, "at": int, "flag": lambda cell: cell == "t"}
    columns = []
    for name, cells in zip(names, zip(*rows)):
        kind = pyarrow.int64() if name == "at" else SCHEMA.field(name).type
        column = pyarrow.array([None if cell is None else made[name](cell) for cell in cells], kind)
        columns.append(column.cast(SCHEMA.field(name).type))
    return pyarrow.table(columns, schema=SCHEMA)


def landed_table(landed):
    tables = [table.select(SCHEMA.names).cast(SCHEMA) for table in landed.tables("pyarrow")]
    return pyarrow.concat_tables(tables or [SCHEMA.empty_table()]).sort_by("id").combine_chunks()


class Watcher(threading.Thread):
    """Looks at the destination all the time: each final name is whole at first sight and never changes (O3), and each
    manifest that can be seen names only parts that are there (P4)."""

    def __init__(self, place):
        super().__init__(daemon=True)
        self.place, self.seen, self.wrong, self.looks = place, {}, [], 0
        self.ended = threading.Event()

    def run(self):
        while not self.ended.wait(0.005):
            self.look()

    def look(self):
        self.looks += 1
        try:
            names = final_names(self.place) if os.path.isdir(self.place) else []
            for name in names:
                self.check(name)
        except Exception as error:  # a thread's failure must reach the test
            self.wrong.append(f"{type(error).__name__}: {error}")

    def check(self, name):
        path = os.path.join(self.place, name)
        if name.endswith(".parquet"):
            try:
                size = os.path.getsize(path)
                if name not in self.seen:
                    self.seen[name] = size
                    pyarrow.parquet.ParquetFile(path).read()
            except FileNotFoundError:
                return  # moved to quarantine between the listing and the look
            if size != self.seen[name]:
                self.wrong.append(f"{name} changed from {self.seen[name]} to {size} bytes")
        elif name.endswith(".json"):
            with open(path, "rb") as file:
                manifest = json.loads(file.read())
            for part in manifest["parts"]:
                there = os.path.join(self.place, part["path"])
                if part["status"] == "committed" and os.path.getsize(there) != part["size_bytes"]:
                    self.wrong.append(f"{name} names {part['path']} with another size")

    def finish(self):
        self.ended.set()
        self.join()
        self.look()
        assert not self.wrong, "torn at some instant:\n" + "\n".join(self.wrong[:5])


def resume_until_done(rivet, flag="--resume", env=None):
    """`run --resume` until 0; a run that was killed before it was registered has nothing to resume and starts anew."""
    outcomes = []
    for _ in range(RESUMES_MAX):
        outcome = rivet("run", "-c", "rivet.yaml", *([flag] if flag else []), env=env)
        outcomes.append(outcome)
        if outcome.code == 0:
            return outcomes
        if outcome.code == 2 and flag:
            flag = None
            continue
        assert outcome.code in (75, -9), outcome
    raise AssertionError(f"not done after {RESUMES_MAX} resumes:\n" + "\n".join(map(str, outcomes)))


def check_all(rivet, place, expected, orphans=False):
    """O1, O2, O3, O4: rows by manifest, no duplicate, whole files, closed books. `orphans`: a part that an attempt
    published before it failed may still lie there, named by no manifest; a resume would have moved it away."""
    landed = Landed(place).check_books()
    found = landed_table(landed)
    assert found.num_rows == expected.num_rows, f"{found.num_rows} rows by manifest, {expected.num_rows} at the server"
    assert found.equals(expected), "rows differ from the server's"
    unnamed = [name for name in strangers(place) if not (orphans and name.endswith(".parquet"))]
    assert not unnamed, f"neither named by a manifest nor in quarantine: {unnamed}"
    for name in final_names(place):
        if name.endswith(".parquet"):
            pyarrow.parquet.ParquetFile(os.path.join(place, name)).read()
    books = json.dumps(rivet("state", "files", "-c", "rivet.yaml", "-l", "100000", "--json").expect(0).json)
    for part in landed.parts:
        assert part["path"] in books, f"{part['path']} is in the manifest and not in the ledger"
    rivet("validate", "-c", "rivet.yaml", "--depth", "full").expect(0)
    return landed
