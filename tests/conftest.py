"""Fixtures of the live, crash and reader groups."""

import itertools
import os
import signal
import subprocess
import time

import psycopg
import pytest

from harness import program
from harness.landed import Landed
from throwaway_postgres import ThrowawayPostgres

READER = "shop reader"  # quoted, as a role's name may be
SESSIONS_GONE_SECONDS = 10


class Database:
    """One database for one test; the program reads it as a role that may only read."""

    def __init__(self, server, name):
        self.server, self.name = server, name
        self.connection = psycopg.connect(server.url(name), autocommit=True)
        self.execute(f'ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO "{READER}"')

    @property
    def url(self):
        return self.server.url(self.name, READER, program.CANARY)

    def execute(self, sql, *values):
        """Runs SQL as the owner; rows where there are any."""
        with self.connection.cursor() as cursor:
            cursor.execute(sql, values or None)
            return cursor.fetchall() if cursor.description else []

    def value(self, sql, *values):
        return self.execute(sql, *values)[0][0]

    def sessions(self):
        """Sessions of the program in this database: (pid, state, query)."""
        return self.execute("SELECT pid, state, query FROM pg_stat_activity WHERE datname = current_database() "
                            "AND pid <> pg_backend_pid() AND backend_type = 'client backend'")

    def assert_clean(self, seconds=SESSIONS_GONE_SECONDS):
        """Within some seconds nothing of the program is left on the server (O7)."""
        deadline = time.monotonic() + seconds
        while self.sessions() and time.monotonic() < deadline:
            time.sleep(0.05)
        assert not self.sessions(), f"sessions left behind: {self.sessions()}"
        assert self.value("SELECT count(*) FROM pg_prepared_xacts") == 0

    def drop(self):
        self.connection.close()
        with psycopg.connect(self.server.url(), autocommit=True) as admin:
            admin.execute(f'DROP DATABASE "{self.name}" WITH (FORCE)')


@pytest.fixture(scope="session")
def server():
    """The session's own PostgreSQL."""
    with ThrowawayPostgres() as running:
        with psycopg.connect(running.url(), autocommit=True) as admin:
            admin.execute(psycopg.sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(
                psycopg.sql.Identifier(READER), psycopg.sql.Literal(program.CANARY)))
        yield running


_numbers = itertools.count(1)


@pytest.fixture
def db(server):
    name = f"t{next(_numbers)}"
    with psycopg.connect(server.url(), autocommit=True) as admin:
        admin.execute(f'CREATE DATABASE "{name}"')
    database = Database(server, name)
    yield database
    database.drop()


@pytest.fixture
def folder(tmp_path):
    """The working folder of the program: config, ledger and output lie here."""
    return tmp_path


@pytest.fixture
def rivet(db, folder):
    """rivet(args...) in the test's folder, with the test's database in DATABASE_URL."""
    return program.Program(folder, {"DATABASE_URL": db.url})


@pytest.fixture
def configure(folder):
    """configure([export(...)], ...) writes rivet.yaml into the test's folder."""
    def write(exports, source=None, **root):
        return program.write_config(folder, exports, source, **root)

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
