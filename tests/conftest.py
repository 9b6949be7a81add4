"""Fixtures of the live, crash and reader groups."""

import contextlib
import itertools
import os
import signal
import subprocess

import psycopg
import pytest

from harness import program
from harness.databases import READER, MariaDatabase, PostgresDatabase
from harness.landed import Landed
from throwaway_mysql import server_under_test
from throwaway_postgres import ThrowawayPostgres


@pytest.fixture(scope="session")
def server():
    """The session's own PostgreSQL."""
    with ThrowawayPostgres() as running:
        with psycopg.connect(running.url(), autocommit=True) as admin:
            admin.execute(psycopg.sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(
                psycopg.sql.Identifier(READER), psycopg.sql.Literal(program.CANARY)))
        yield running


@pytest.fixture(scope="session")
def mariadb_server():
    """The session's own MariaDB, or what RIVET_TEST_MYSQL names; without one the tests that ask for it are skipped."""
    try:
        running = server_under_test()
        running.start()
    except (RuntimeError, OSError, subprocess.SubprocessError) as reason:
        pytest.skip(f"no MariaDB: {reason}")
    try:
        running.create_reader(READER, program.CANARY)
        yield running
    finally:
        running.stop()


_numbers = itertools.count(1)


@contextlib.contextmanager
def new_postgres(server):
    """A database of its own, dropped at the end."""
    name = f"t{next(_numbers)}"
    with psycopg.connect(server.url(), autocommit=True) as admin:
        admin.execute(f'CREATE DATABASE "{name}"')
    database = PostgresDatabase(server, name)
    yield database
    database.drop()


@contextlib.contextmanager
def new_mariadb(mariadb_server):
    """A database of its own, dropped at the end."""
    name = f"t{next(_numbers)}"
    mariadb_server.create_database(name)
    mariadb_server.grant(name, READER)
    database = MariaDatabase(mariadb_server, name)
    yield database
    database.drop()


@pytest.fixture
def db(server):
    with new_postgres(server) as database:
        yield database


@pytest.fixture
def mariadb(mariadb_server):
    with new_mariadb(mariadb_server) as database:
        yield database


@pytest.fixture(params=["postgres", "mariadb"])
def any_db(request):
    """The story is told on both engines."""
    return request.getfixturevalue("db" if request.param == "postgres" else "mariadb")


@pytest.fixture
def database(request):
    """The one that the test works with, whatever it calls it."""
    for name in ("any_db", "mariadb", "db"):
        if name in request.fixturenames:
            return request.getfixturevalue(name)
    return request.getfixturevalue("db")


@pytest.fixture
def folder(tmp_path):
    """The working folder of the program: config, ledger and output lie here."""
    return tmp_path


@pytest.fixture
def rivet(database, folder):
    """rivet(args...) in the test's folder, with the test's database in DATABASE_URL."""
    return program.Program(folder, {"DATABASE_URL": database.url})


@pytest.fixture
def configure(database, folder):
    """configure([export(...)], ...) writes rivet.yaml into the test's folder."""
    def write(exports, source=None, **root):
        return program.write_config(folder, exports, dict({"type": database.source_type}, **(source or {})), **root)

    return write


@pytest.fixture
def landed(folder):
    """landed('orders'): what lies at out/orders, its books checked."""
    def read(name, within="out"):
        return Landed(os.path.join(str(folder), within, name)).check_books()

    return read


@pytest.fixture
def background():
    """background(child) ends the child when the test ends, whatever happened."""
    children = []

    def keep(child):
        children.append(child)
        return child

    yield keep
    for child in children:
        if child.poll() is None:
            child.send_signal(signal.SIGKILL)
        try:
            child.communicate(timeout=10)
        except (subprocess.TimeoutExpired, ValueError):
            pass


def pytest_configure(config):
    del config
    os.umask(0o022)
