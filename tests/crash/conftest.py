"""One table on each engine for all kills of a module: nothing here changes it."""

import os

import psycopg
import pytest

from harness import program
from harness.databases import READER, MariaDatabase, PostgresDatabase

from . import oracles

ROWS = int(os.environ.get("RIVET_CRASH_ROWS", "60000"))


def fill(database):
    database.execute(oracles.TABLES[database.engine].format(rows=ROWS))
    database.expected = oracles.server_table(database)
    assert database.expected.num_rows == ROWS
    return database


@pytest.fixture(scope="session")
def source(server):
    with psycopg.connect(server.url(), autocommit=True) as admin:
        admin.execute("CREATE DATABASE crash")
    database = fill(PostgresDatabase(server, "crash"))
    yield database
    database.drop()


@pytest.fixture(scope="session")
def mariadb_source(mariadb_server):
    mariadb_server.create_database("crash")
    mariadb_server.grant("crash", READER)
    database = fill(MariaDatabase(mariadb_server, "crash"))
    yield database
    database.drop()


@pytest.fixture(params=["postgres", "mariadb"])
def any_source(request):
    """The story is told on both engines."""
    return request.getfixturevalue("source" if request.param == "postgres" else "mariadb_source")


@pytest.fixture
def crash(request, folder):
    """The program in a fresh folder with a chunked export of about twelve units."""
    source = request.getfixturevalue("any_source" if "any_source" in request.fixturenames else "source")

    def make(**keys):
        mode = {"mode": "chunked", "chunk_column": "id", "chunk_size": max(1, ROWS // 12), "chunk_checkpoint": True,
                # Four pages or more a unit, so that there is a middle to be killed in.
                "tuning": {"profile": "fast", "batch_size": max(1, ROWS // 48), "max_retries": 2,
                           "retry_backoff_ms": 10}}
        mode.update(keys)
        program.write_config(folder, [program.export("t", **{k: v for k, v in mode.items() if v is not None})],
                             {"type": source.source_type})
        return program.Program(folder, {"DATABASE_URL": source.url})

    return make
