"""What a server of another version does not know of the golden matrix (type_cases.py): whole types, and single values."""

import os
import re

import pytest

from .type_cases import MARIADB, _my, _quoted

# (engine, what the case's SQL type looks like, first version that knows it, why the others do not)
_TYPES = [
    ("postgres", r"multirange", 140000, "multiranges came with PostgreSQL 14"),
    ("postgres", r"xid8|pg_snapshot|regcollation", 130000, "the type came with PostgreSQL 13"),
    ("postgres", r"lquery", 130000, "what the case writes came with PostgreSQL 13"),
    ("postgres", r"numeric\(\d+,-\d+\)|numeric\(3,5\)", 150000, "scales beyond the precision came with PostgreSQL 15"),
    ("mysql", r"uuid|inet4|inet6", None, "the type is MariaDB's own"),
    ("mysql", r"_0900_", 80011, "the collation came with MySQL 8.0"),
    ("mariadb", r"inet6", 100500, "the type came with MariaDB 10.5"),
    ("mariadb", r"uuid", 100700, "the type came with MariaDB 10.7"),
    ("mariadb", r"inet4", 101000, "the type came with MariaDB 10.10"),
]
# Types of PostgreSQL that come with an extension, which a build may lack.
_EXTENSIONS = {"hstore": "hstore", "citext": "citext", "ltree": "ltree", "lquery": "ltree", "ltxtquery": "ltree"}
# The same as of types, of single values: what the SQL expression looks like.
_VALUES = [
    ("postgres", r"interval", r"infinity", 170000),
    ("postgres", r"interval", r"2562047788", 150000),  # before, fields were read as narrower numbers
    ("postgres", r"numeric$", r"Infinity", 140000),
    ("mysql", r"json", r"1e400", None),
    ("mysql", r"^double$", r"e-308", None),  # read back, the server's own text of it is another number
]
# What the case is to be there: what the SQL type looks like, first version for which the list holds, logical word before it.
_WORDS = [
    ("mariadb", r"^json$", 100502, "text"),  # the protocol did not tell it from longtext
]

# MySQL's own, beside those that it shares with MariaDB. Its json is a type: the server sorts the keys.
MYSQL_OWN = [
    _my("varchar(40) CHARACTER SET gb18030", "text", *_quoted("", "plain?", "漢字 🎁")),
    _my("varchar(40) COLLATE utf8mb4_0900_ai_ci", "text", *_quoted("", "ß SS", " x ")),
    _my("varchar(40) COLLATE utf8mb4_ja_0900_as_cs_ks", "text", *_quoted("", "ハは")),
]


def family_cases():
    """The cases of the server that stands in MariaDB's place."""
    return MARIADB + (MYSQL_OWN if os.environ.get("RIVET_TEST_MYSQL") else [])


def _lacks(database, engine, kind, first, case):
    return (engine == database.dialect and re.search(kind, case.sql) and (first is None or database.version < first))


def unknown(database, case):
    """Why the database's server has no such type; None where it has."""
    extension = _EXTENSIONS.get(re.match(r"\W*(\w*)", case.sql)[1]) if database.dialect == "postgres" else None
    if extension and not database.execute("SELECT 1 FROM pg_available_extensions WHERE name = %s", extension):
        return f"this server has no extension {extension}"
    return next((why for engine, kind, first, why in _TYPES if _lacks(database, engine, kind, first, case)), None)


def known(database, case):
    """The case with those of its values that the server knows, and with what it is there."""
    refused = [what for engine, kind, what, first in _VALUES if _lacks(database, engine, kind, first, case)]
    words = [word for engine, kind, first, word in _WORDS if _lacks(database, engine, kind, first, case)]
    values = [value for value in case.values if not any(re.search(what, value) for what in refused)]
    return case._replace(logical=words[0] if words else case.logical, values=values)


class MatrixOfServer:
    """The matrix of those cases that the database's server knows. Places are those of the whole list, and a case that is
    not known is skipped."""

    def __init__(self, make, database, cases, folder):
        self._unknown = [unknown(database, case) for case in cases]
        found = [known(database, case) for case, why in zip(cases, self._unknown) if why is None]
        self._matrix = make(database, found, folder)

    def __getattr__(self, name):
        return getattr(self._matrix, name)

    def check(self, place):
        if self._unknown[place] is not None:
            pytest.skip(self._unknown[place])
        return self._matrix.check(sum(why is None for why in self._unknown[:place]))
