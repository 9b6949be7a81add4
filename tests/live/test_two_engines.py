"""Both engines at once: what init wrote for many tables, run unedited with --parallel-exports, each source by a process
of its own at the same time."""

import os

import pytest

from harness import compare, program
from harness.landed import Landed

TABLES = 40
BIG = 120000  # one table that init makes chunked


def rows_of(number):
    return BIG if number == 7 else number * 25


def fill(database):
    for number in range(TABLES):
        name = database.quoted(f"Table {number}" if number % 5 == 0 else f"table_{number}")
        database.execute(f"CREATE TABLE {name} (id bigint PRIMARY KEY, v varchar(64), n decimal(12,3), d date)")
        if rows_of(number):
            database.execute(f"INSERT INTO {name} SELECT i, md5(concat(i, '')), i / 8.0, CAST('2024-02-29' AS date) "
                             f"FROM {database.series(rows_of(number))}")
        database.analyze(name)
        yield name


def test_forty_tables_each_at_once(db, mariadb, folder):
    programs, names = {}, {}
    for database in (db, mariadb):
        place = folder / database.engine
        place.mkdir()
        programs[database] = program.Program(place, {"DATABASE_URL": database.url})
        if "--parallel-exports" not in programs[database]("run", "--help").out:
            pytest.skip("this program has no --parallel-exports")
        names[database] = list(fill(database))
        programs[database]("init", "--source-env", "DATABASE_URL", "-o", "rivet.yaml").expect(0)

    args = ("run", "-c", "rivet.yaml", "--parallel-exports", "--json")
    children = {database: rivet.start(*args) for database, rivet in programs.items()}
    try:
        for database, child in children.items():
            outcome = programs[database].finish(child, args).expect(0)
            assert outcome.json["failed_count"] == 0
            assert outcome.json["total_rows"] == sum(map(rows_of, range(TABLES)))
    finally:
        for child in children.values():
            if child.poll() is None:
                child.kill()
    for database in (db, mariadb):
        found = {}
        for parent, _, files in os.walk(folder / database.engine):
            if "manifest.json" in files:
                found[os.path.basename(parent).lower().replace(" ", "_")] = parent
        assert len(found) == TABLES, sorted(found)
        for name in names[database]:
            landed = Landed(found[name.strip('"`').lower().replace(" ", "_")]).check_books()
            compare.assert_landed(database.connection, name, landed, readers=("pyarrow",))
        database.assert_clean()
