"""The golden matrix at work: one table of all cases on a server, copied in each way of reading and into CSV, and what of it
each reader gives back. tests/readers/test_type_matrix.py asks it case by case; type_page.py makes the tables of docs/types.md
from what it tells."""

import collections
import itertools
import re

import pyarrow
import pyarrow.compute
import pyarrow.parquet

from . import compare, csv_text, program
from .landed import READERS, Landed
from .program import export
from .type_cases import expected, fill
from .type_page import telling

# Whole by physical blocks (MariaDB: pages of the key), chunks along the key, and a view, which has no key.
WAYS = (export("full", table="t"), export("chunked", table="t", mode="chunked", chunk_column="id", chunk_size=3), export("view", table="v"))
CSV = export("csv", table="t", format="csv", csv={"nested": "json"})

# What a reader cannot hold: (reader, whether the case is one, what the reader does instead). A reader that agrees all
# the same fails the case, so that nothing stays in here which a newer version can do.
Limit = collections.namedtuple("Limit", "reader applies words")
LIMITS = (
    Limit("duckdb", lambda wanted: "decimal256" in wanted.arrow, "gives doubles"),
    Limit("polars", lambda wanted: "decimal256" in wanted.arrow, "knows 38 digits"),
)

# One line of the printed table: what the files hold of a case.
Told = collections.namedtuple("Told", "engine sql value arrow parquet fidelity csv readers")
VALUE_CHARACTERS = 40  # of a value that is shown


def limit_of(reader, wanted):
    found = [limit.words for limit in LIMITS if limit.reader == reader and limit.applies(wanted)]
    return found[0] if found else None


def override(logical):
    """The word of `columns:` for lists of lists: a view's columns do not say how deep their arrays are."""
    leaf = logical.replace("list<", "").rstrip(">")
    return logical.replace(leaf, "text") if leaf.startswith("text:") else logical


class Matrix:
    def __init__(self, database, cases, folder):
        self.columns, self.cases, self.engine = fill(database, cases), cases, database.engine
        digits = database.value("SELECT version()" if self.engine == "mariadb" else "SHOW server_version").split(".")
        self.version = ".".join(digits[:2] if self.engine == "mariadb" else digits[:1])
        database.execute("CREATE VIEW v AS SELECT * FROM t")
        deep = {name: override(case.logical) for names, case in zip(self.columns, cases) for name in names
                if case.logical.startswith("list<list<")}
        ways = [dict(way, columns=deep) if way["name"] == "view" and deep else way for way in WAYS]
        program.write_config(folder, [*ways, CSV], {"type": database.source_type})
        program.Program(folder, {"DATABASE_URL": database.url})("run", "-c", "rivet.yaml").expect(0)
        names, rows = compare.server_rows(database.connection, "t", where="ORDER BY id")
        self.server = {name: [row[place] for row in rows] for place, name in enumerate(names)}
        landed = {way["name"]: Landed(folder / "out" / way["name"]).check_books() for way in WAYS}
        self.tables = {(way, reader): self.by_id(found.tables(reader)) for way, found in landed.items() for reader in READERS}
        # The columns of each part, by their path.
        self.footers = {way: [self.leaves(path) for path in found.paths] for way, found in landed.items()}
        self.read_csv(Landed(folder / "out" / "csv").check_books(), csv_text.column_types(database.connection, "t"))
        self.found = {}

    def read_csv(self, landed, types):
        """The cells of CSV, as they stand there and as the server's."""
        header, *rows = csv_text.records("".join(csv_text.content(path) for path in landed.paths))
        assert len(landed.paths) == 1 and header == list(types)
        rows.sort(key=lambda row: int(row[header.index("id")]))
        for names, case in zip(self.columns, self.cases):
            for name in names:
                if types[name][0] == csv_text.LIST:
                    types[name] = (*types[name][:2], case.logical.count("list<"))
        by_name = lambda found: {name: [row[place] for row in found] for place, name in enumerate(header)}
        self.csv_text, self.csv = by_name(rows), by_name(csv_text.canonical(rows, types))

    @staticmethod
    def leaves(path):
        footer = pyarrow.parquet.read_metadata(path).schema
        return {footer.column(i).path: footer.column(i) for i in range(len(footer))}

    @staticmethod
    def by_id(tables):
        table = pyarrow.concat_tables(tables)
        return table.take(pyarrow.compute.sort_indices(table.column("id")))

    def check(self, place):
        """Compares everything that the files say of a case with the server. Gives what was found, as Told."""
        if place in self.found:
            return self.found[place]
        case, names, wanted = self.cases[place], self.columns[place], expected(self.cases[place].logical)
        for way, name in itertools.product(self.footers, names):
            self.check_schema(way, name, wanted)
        for name in names:
            assert self.csv[name] == self.server[name], "the cells of CSV"
        readers = [self.verdict(reader, names, wanted) for reader in READERS]
        value, cell = self.example(case, names[0])
        leaf = self.leaf(self.footers["full"][0], names[0], wanted)
        self.found[place] = Told(self.engine, case.sql, value, wanted.arrow, parquet_words(wanted.arrow, leaf), wanted.fidelity, cell,
                                 "; ".join(readers))
        return self.found[place]

    def verdict(self, reader, names, wanted):
        """The reader's name where it gives the server's values in every way of reading, else with its limit."""
        limit = limit_of(reader, wanted)
        for way, name in itertools.product(self.footers, names):
            table = self.tables[way, reader]
            found = None
            if name in table.column_names:
                found = [row[0] for row in compare.arrow_rows([table], [name])]
            if found == self.server[name]:
                continue
            assert limit, f"{way} read by {reader}: {found} is not {self.server[name]}"
            return f"not {reader}: {limit}"
        assert not limit, f"{reader} can do it by now: take its limit away ({limit})"
        return reader

    @staticmethod
    def leaf(leaves, name, wanted):
        return leaves[name + ".list.element" * wanted.arrow.count("list<")]

    def check_schema(self, way, name, wanted):
        field = self.tables[way, "pyarrow"].schema.field(name)
        # An extension type goes on with its storage's words.
        assert str(field.type) == wanted.arrow or str(field.type).startswith(wanted.arrow[:-1] + "["), field.type
        metadata = {key.decode(): value.decode() for key, value in (field.metadata or {}).items()}
        assert metadata["rivet.fidelity"] == wanted.fidelity, metadata
        assert metadata.get("rivet.logical_type") == wanted.tag, metadata
        for leaves in self.footers[way]:
            leaf = self.leaf(leaves, name, wanted)
            assert leaf.physical_type == wanted.physical
            assert str(leaf.logical_type).startswith(wanted.annotation), leaf.logical_type

    def example(self, case, name):
        """A value that a table can show, the longest of them, and its cell in CSV."""
        pairs = [(literal(value), cell or "") for value, cell in zip(case.values, self.csv_text[name])]
        fitting = [pair for pair in pairs if all(text.isprintable() and len(text) <= VALUE_CHARACTERS for text in pair)]
        value, cell = max(fitting or pairs, key=lambda pair: telling(pair[1]))
        return shortened(value), shortened(cell)


def literal(sql):
    """What stands between the quotes of a SQL literal; other expressions as they are."""
    found = re.fullmatch(r"'(.*)'(::.*)?", sql, re.S)
    return found.group(1).replace("''", "'") if found else sql


def shortened(text):
    return text if len(text) <= VALUE_CHARACTERS else f"{text[:VALUE_CHARACTERS - 16]}… ({len(text)} characters)"


_WORDS = (
    (r"None", ""), (r"Int\(bitWidth=(\d+), isSigned=true\)", r" INT(\1)"), (r"Int\(bitWidth=(\d+), isSigned=false\)", r" INT(\1,unsigned)"),
    (r"Decimal\(precision=(\d+), scale=(\d+)\)", r" DECIMAL(\1,\2)"), (r"Time\(.*", " TIME(MICROS)"),
    (r"Timestamp\(isAdjustedToUTC=(true|false),.*", r" TIMESTAMP(MICROS, UTC=\1)"), (r"(String|Date|JSON|UUID)", None),
)


def parquet_words(arrow, leaf):
    """`INT32 DECIMAL(9,2)`: the physical and the logical type of a column, or of what a list holds in the end."""
    logical = str(leaf.logical_type)
    for pattern, words in _WORDS:
        found = re.fullmatch(pattern, logical)
        if found:
            annotation = " " + logical.upper() if words is None else found.expand(words)
            physical = leaf.physical_type + ("(16)" if logical == "UUID" else "")
            return "LIST of " * arrow.count("list<") + physical + annotation
    raise AssertionError(f"no words for {logical}")
