"""One table for all kills of a module: nothing here changes it."""

import os

import psycopg
import pytest

from harness import program
from harness.databases import PostgresDatabase

from . import oracles

ROWS = int(os.environ.get("RIVET_CRASH_ROWS", "60000"))


@pytest.fixture(scope="session")
def source(server):
    with psycopg.connect(server.url(), autocommit=True) as admin:
        admin.execute("CREATE DATABASE crash")
    database = PostgresDatabase(server, "crash")
    database.execute(oracles.TABLE.format(rows=ROWS))
    database.expected = oracles.server_table(database.connection)
    assert database.expected.num_rows == ROWS
    yield database
    database.drop()


@pytest.fixture
def crash(source, folder):
    """The program in a fresh folder with a chunked export of about twelve units."""
    def make(**keys):
        mode = {"mode": "chunked", "chunk_column": "id", "chunk_size": max(1, ROWS // 12), "chunk_checkpoint": True,
                # Four pages or more a unit, so that there is a middle to be killed in.
                "tuning": {"profile": "fast", "batch_size": max(1, ROWS // 48), "max_retries": 2,
                           "retry_backoff_ms": 10}}
        mode.update(keys)
        program.write_config(folder, [program.export("t", **{k: v for k, v in mode.items() if v is not None})])
        return program.Program(folder, {"DATABASE_URL": source.url})

    return make
