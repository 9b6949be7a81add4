"""The tables of docs/types.md, made from what the golden matrix found. A table stands between `<!-- matrix: ENGINE -->` and
`<!-- end of matrix -->`; everything else of the page is written by hand. Needs nothing but Python, so that scripts/typematrix can use it."""

import os
import re

from .program import ROOT
from .type_cases import POSTGRES_SETUP

PAGE = os.path.join(ROOT, "docs", "types.md")
VERSIONS = ("15", "10.11")  # of the servers that the page tells of
NAMES = {"postgres": "PostgreSQL", "mariadb": "MySQL, MariaDB"}
READER_NAMES = {"pyarrow": "pyarrow", "duckdb": "DuckDB", "polars": "polars"}
_TABLE = re.compile(r"(<!-- matrix: (\w+) -->\n).*?(<!-- end of matrix -->)", re.S)


def _code(text):
    """As code within a table's cell, whatever the text holds."""
    text = "".join(c if c.isprintable() else {"\n": "\\n", "\r": "\\r", "\t": "\\t"}.get(c, f"\\x{ord(c):02x}") for c in text)
    text = text.replace("|", "\\|")
    ticks = "``" if "`" in text else "`"
    inner = f" {text} " if text.startswith(("`", " ")) or text.endswith(("`", " ")) else text
    return f"{ticks}{inner}{ticks}"


def _general(text):
    """Without the digits and elements that only the type's own name gives."""
    text = re.sub(r"decimal(128|256)\(\d+, \d+\)", r"decimal\1(p,s)", text)
    text = re.sub(r"DECIMAL\(\d+,\d+\)", "DECIMAL(p,s)", text)
    text = re.sub(r"extension<arrow\.(\w+)>", r"arrow.\1", text)
    return re.sub(r"list<element: (.*)>", r"list<\1>", text)


def _made():
    """What the types are that the cases make for themselves, in words."""
    kinds = {"ENUM": "an enum", "(": "a composite"}
    made = {name: kinds[kind] for name, kind in re.findall(r"CREATE TYPE (\w+) AS (ENUM|\()", POSTGRES_SETUP)}
    for name, base in re.findall(r"CREATE DOMAIN (\w+) AS (.*?)(?: CHECK .*)?;", POSTGRES_SETUP):
        made[name] = "a domain over " + (made[base] if base in made else _code(base))
    return made


def _types(names):
    """Types that differ in their numbers or their charset only are named once: `numeric` (1,0) (5,0)."""
    made, groups = _made(), {}
    for name in names:
        found = re.fullmatch(r'([\w "]+?)(\(\d+(?:,-?\d+)?\))?( NULL)?(?: CHARACTER SET (\w+))?', name)
        word, numbers, _, charset = found.groups() if found else (name, None, None, None)
        forms, charsets = groups.setdefault(word, ([], []))
        if charset:
            charsets.append(charset)
        else:
            forms.append(numbers or "")
    shown = []
    for word, (forms, charsets) in groups.items():
        base = word.rstrip("[]")
        if base in made:
            text = made[base] if base == word else f"{_code(word[len(base):])} of {made[base]}"
        elif len(forms) == 1:
            text = _code(_shortened(word) + forms[0])
        else:
            text = " ".join([_code(_shortened(word)), *filter(None, forms)])
        text += f" in {' '.join(charsets)}" if charsets else ""
        if text not in shown:
            shown.append(text)
    return ", ".join(shown)


def _shortened(word):
    """Not all the members of a large set."""
    return re.sub(r"^((?:set|enum)\(.{30}).*?('[^']*'\))", r"\1…,\2", word) if len(word) > 80 else word


def _readers(text):
    for name, shown in READER_NAMES.items():
        text = text.replace(name, shown)
    return text.replace("; ", ", ")


def telling(cell):
    """Of two cells the longer one says more, and of two as long the one with fewer zeros."""
    return len(cell.strip()), len(cell.replace("0", ""))


def table(told):
    """The lines of one engine: one for all types that land in the same way and are read alike."""
    rows = {}
    for found in told:
        rows.setdefault((_general(found.arrow), _general(found.parquet), found.fidelity, _readers(found.readers)), []).append(found)
    lines = [f"| {NAMES[told[0].engine]} | Arrow | Parquet | fidelity | a value | in CSV | read alike by |", "|---|" + "---|" * 6]
    for (arrow, parquet, fidelity, readers), found in rows.items():
        one = max(found, key=lambda each: telling("" if "…" in each.csv else each.csv))
        cells = [_types([each.sql for each in found]), _code(arrow), parquet, fidelity, _code(one.value), _code(one.csv), readers]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + f"\n\n{len(told)} cases.\n"


def page_with(text, told_by_engine):
    """The page with the tables of these engines made anew."""
    found = {engine for _, engine, _ in _TABLE.findall(text)}
    assert found == set(NAMES), f"the page has tables for {found}"
    return _TABLE.sub(lambda match: match.group(1) + table(told_by_engine[match.group(2)]) + match.group(3)
                      if match.group(2) in told_by_engine else match.group(0), text)


def read():
    with open(PAGE, encoding="utf-8") as file:
        return file.read()


def write(text):
    with open(PAGE, "w", encoding="utf-8") as file:
        file.write(text)
