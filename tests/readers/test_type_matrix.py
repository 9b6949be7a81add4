"""The golden matrix: every type, by value, Arrow type, Parquet type, metadata and CSV text, against the server's own word; and
docs/types.md says what it found."""

import json
import os

import pytest

from conftest import new_mariadb, new_postgres
from harness import type_page
from harness.type_cases import POSTGRES
from harness.type_matrix import Matrix
from harness.type_versions import MatrixOfServer, family_cases

FAMILY = family_cases()

# scripts/typematrix names a file here, and gets what was found in place of a comparison with the page.
TOLD_TO = os.environ.get("RIVET_TYPEMATRIX")


@pytest.fixture(scope="module")
def postgres_matrix(server, tmp_path_factory):
    with new_postgres(server) as database:
        yield MatrixOfServer(Matrix, database, POSTGRES, tmp_path_factory.mktemp("postgres"))


@pytest.fixture(scope="module")
def mariadb_matrix(mariadb_server, tmp_path_factory):
    with new_mariadb(mariadb_server) as database:
        yield MatrixOfServer(Matrix, database, FAMILY, tmp_path_factory.mktemp("mariadb"))


@pytest.mark.parametrize("place", range(len(POSTGRES)), ids=[case.sql for case in POSTGRES])
def test_postgres(postgres_matrix, place):
    postgres_matrix.check(place)


@pytest.mark.parametrize("place", range(len(FAMILY)), ids=[case.sql for case in FAMILY])
def test_mariadb(mariadb_matrix, place):
    mariadb_matrix.check(place)


def test_the_page_says_what_was_found(postgres_matrix, mariadb_matrix):
    if (postgres_matrix.version, mariadb_matrix.version) != type_page.VERSIONS:
        pytest.skip(f"the page tells of PostgreSQL {type_page.VERSIONS[0]} and MariaDB {type_page.VERSIONS[1]}")
    told = {matrix.engine: [matrix.check(place) for place in range(len(matrix.cases))]
            for matrix in (postgres_matrix, mariadb_matrix)}
    if TOLD_TO:
        with open(TOLD_TO, "w", encoding="utf-8") as file:
            json.dump(told, file)
        return
    page = type_page.read()
    assert type_page.page_with(page, told) == page, "docs/types.md is not what the matrix finds: run scripts/typematrix --write"
