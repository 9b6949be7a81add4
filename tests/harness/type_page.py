"""The tables of docs/types.md, made from what the golden matrix found. A table stands between `<!-- matrix: ENGINE -->` and
`<!-- end of matrix -->`; everything else of the page is written by hand."""

import os
import re

from .program import ROOT

PAGE = os.path.join(ROOT, "docs", "types.md")
VERSIONS = ("15", "10.11")  # of the servers that the page tells of
NAMES = {"postgres": "PostgreSQL", "mariadb": "MySQL, MariaDB"}
READER_VERSIONS = ("15", "10.11")  # of the servers that the page tells of
NAMES = {"pyarrow": "pyarrow", "duckdb": "DuckDB", "polars": "polars"}
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


def _types(names):
    """Types that differ in their numbers or their charset only are named once: `numeric` (1,0) (5,0)."""
    groups = {}
    for name in names:
        found = re.fullmatch(r'([\w "]+?)(\(\d+(?:,-?\d+)?\))?(?: CHARACTER SET (\w+))?', name)
        word, numbers, charset = found.groups() if found else (name, None, None)
        forms, charsets = groups.setdefault(word, ([], []))
        if charset:
            charsets.append(charset)
        else:
            forms.append(numbers or "")
    shown = []
    for word, (forms, charsets) in groups.items():
        text = _code(word + forms[0]) if len(forms) == 1 else f"{_code(word)} {' '.join(form for form in forms if form)}"
        shown.append(text.strip() + (" in " + " ".join(charsets) if charsets else ""))
    return ", ".join(shown)


def _readers(text):
    for name, shown in READER_NAMES.items():
        text = text.replace(name, shown)
    return text.replace("; ", ", ")


def table(told):
    """The lines of one engine: one for all types that land in the same way and are read alike."""
    rows = {}
    for found in told:
        rows.setdefault((_general(found.arrow), _general(found.parquet), found.fidelity, _readers(found.readers)), []).append(found)
    lines = [f"| {NAMES[told[0].engine]} | Arrow | Parquet | fidelity | a value | in CSV | read alike by |", "|---|" + "---|" * 6]
    for (arrow, parquet, fidelity, readers), found in rows.items():
        one = found[0]
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
