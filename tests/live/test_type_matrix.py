"""The golden matrix: every type, by value, Arrow type, Parquet type and metadata, against the server's own word."""

import itertools

import pyarrow
import pyarrow.compute
import pyarrow.parquet
import pytest

from conftest import new_mariadb, new_postgres
from harness import compare, program
from harness.landed import Landed
from harness.program import export
from harness.type_cases import POSTGRES, expected, fill
from harness.type_versions import MatrixOfServer, family_cases


FAMILY = family_cases()

# Whole by physical blocks (MariaDB: pages of the key), chunks along the key, and a view, which has no key.
WAYS = (export("full", table="t"), export("chunked", table="t", mode="chunked", chunk_column="id", chunk_size=3), export("view", table="v"))


def override(logical):
    """The word of `columns:` for lists of lists: a view's columns do not say how deep their arrays are."""
    leaf = logical.replace("list<", "").rstrip(">")
    return logical.replace(leaf, "text") if leaf.startswith("text:") else logical


class Matrix:
    """One table of all cases, copied in each way of reading; each case looks at its own columns."""

    def __init__(self, database, cases, folder):
        self.columns, self.cases = fill(database, cases), cases
        database.execute("CREATE VIEW v AS SELECT * FROM t")
        deep = {name: override(case.logical) for names, case in zip(self.columns, cases) for name in names
                if case.logical.startswith("list<list<")}
        exports = [dict(way, columns=deep) if way["name"] == "view" and deep else way for way in WAYS]
        program.write_config(folder, exports, {"type": database.source_type})
        program.Program(folder, {"DATABASE_URL": database.url})("run", "-c", "rivet.yaml").expect(0)
        names, rows = compare.server_rows(database.connection, "t", where="ORDER BY id")
        self.server = {name: [row[place] for row in rows] for place, name in enumerate(names)}
        landed = {way["name"]: Landed(folder / "out" / way["name"]).check_books() for way in WAYS}
        self.tables = {(way, reader): self.by_id(found.tables(reader)) for way, found in landed.items()
                       for reader in ("pyarrow", "duckdb")}
        # The columns of each part, by their path.
        self.footers = {way: [self.leaves(path) for path in found.paths] for way, found in landed.items()}

    @staticmethod
    def leaves(path):
        footer = pyarrow.parquet.read_metadata(path).schema
        return {footer.column(i).path: footer.column(i) for i in range(len(footer))}

    @staticmethod
    def by_id(tables):
        table = pyarrow.concat_tables(tables)
        return table.take(pyarrow.compute.sort_indices(table.column("id")))

    def check(self, place):
        wanted = expected(self.cases[place].logical)
        for way, name in itertools.product(self.footers, self.columns[place]):
            self.check_schema(way, name, wanted)
            for reader in ("pyarrow", "duckdb"):
                # DuckDB reads decimals beyond 38 digits as doubles.
                if reader == "duckdb" and "decimal256" in wanted.arrow:
                    continue
                found = [row[0] for row in compare.arrow_rows([self.tables[way, reader]], [name])]
                assert found == self.server[name], f"{way} read by {reader}"

    def check_schema(self, way, name, wanted):
        field = self.tables[way, "pyarrow"].schema.field(name)
        # An extension type goes on with its storage's words.
        assert str(field.type) == wanted.arrow or str(field.type).startswith(wanted.arrow[:-1] + "["), field.type
        metadata = {key.decode(): value.decode() for key, value in (field.metadata or {}).items()}
        assert metadata["rivet.fidelity"] == wanted.fidelity, metadata
        assert metadata.get("rivet.logical_type") == wanted.tag, metadata
        for leaves in self.footers[way]:
            leaf = leaves[name + ".list.element" * wanted.arrow.count("list<")]
            assert leaf.physical_type == wanted.physical
            assert str(leaf.logical_type).startswith(wanted.annotation), leaf.logical_type


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
