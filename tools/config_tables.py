#!/usr/bin/env python3
"""Writes the tables of docs/config.md from what the program declares.

    tools/config_tables.py [PROGRAM]    PROGRAM: a built rivet; without it build/crash/bin/rivet or build/bin/rivet

A table stands between `<!-- keys: SECTION -->` and `<!-- end of keys -->`, where SECTION is a name below $defs of
`rivet schema config`, or `root`. tests/live/test_schema.py compares the page with the program.
"""
import json
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "config.md"
TABLE = re.compile(r"(<!-- keys: (\S+) -->\n).*?(<!-- end of keys -->)", re.S)


def number(value):
    text = str(value)
    return f"{value:,}".replace(",", " ") if isinstance(value, int) and len(text) > 4 else text


LARGEST = 2**63 - 1  # what a whole number is bounded by where nothing else bounds it


def bounds(schema):
    if schema.get("maximum", LARGEST) != LARGEST:
        return f"{number(schema['minimum'])} to {number(schema['maximum'])}"
    return f"{number(schema['minimum'])} or more"


def alternatives(schema):
    """The schema without its ways to say nothing and to say `${NAME}`."""
    found = []
    for one in schema.get("anyOf", [schema]):
        if "anyOf" in one:
            found += alternatives(one)
        elif one.get("type") != "null" and one.get("pattern") != r"\$\{":
            found.append(one)
    return found


def kind(schema, later):
    one = alternatives(schema)[0]
    if "$ref" in one:
        return "section"
    if "enum" in one:
        return ", ".join(f"`{word}`" for word in one["enum"] if word not in later)
    if one.get("type") == "integer":
        return "whole number, " + bounds(one)
    if one.get("type") == "number" and "minimum" in one and len(alternatives(schema)) == 1:
        return "number, " + bounds(one)
    if one.get("type") == "boolean":
        return "`true`, `false`"
    if one.get("type") == "array":
        return "list"
    if one.get("type") == "object":
        return "mapping"
    return "text"


def later_words(description):
    found = re.search(r" Not available in this version: (.*)\.$", description)
    return found.group(1).split(", ") if found else []


def cell(text):
    return text.replace("|", "\\|")


def default(facts):
    text = facts.get("default", "–")
    return f"`{text}`" if re.fullmatch(r"[a-z0-9_.,-]+|,", text) and text not in ("profile", "empty") else text


def table(section):
    rows = ["| key | value | default | meaning |", "|---|---|---|---|"]
    later = []
    required = section.get("required", [])
    for name, schema in section["properties"].items():
        if not schema["x-rivet"]["available"]:
            later.append(f"`{name}`")
            continue
        words = later_words(schema["description"])
        meaning = schema["description"].split(" Not available in this version")[0]
        if words:
            meaning += " Not available yet: " + ", ".join(f"`{word}`" for word in words) + "."
        default_text = "**required**" if name in required else default(schema["x-rivet"])
        only = schema["x-rivet"].get("only_with")
        if only and len(only.split()) == 1:
            meaning = f"Only with `{only}`. " + meaning
        rows.append(f"| `{name}` | {cell(kind(schema, words))} | {cell(default_text)} | {cell(meaning)} |")
    text = "\n".join(rows) + "\n"
    if later:
        text += "\nRefused as not available yet: " + ", ".join(later) + ".\n"
    return text


def filled(page, schema):
    def one(match):
        section = schema if match.group(2) == "root" else schema["$defs"][match.group(2)]
        return match.group(1) + "\n" + table(section) + "\n" + match.group(3)

    return TABLE.sub(one, page)


def main():
    programs = sys.argv[1:] or [str(path) for path in (ROOT / "build/crash/bin/rivet", ROOT / "build/bin/rivet")
                                if path.exists()]
    if not programs:
        sys.exit("config_tables: no program is built")
    schema = json.loads(subprocess.run([programs[0], "schema", "config"], check=True, stdout=subprocess.PIPE).stdout)
    PAGE.write_text(filled(PAGE.read_text(encoding="utf-8"), schema), encoding="utf-8")


if __name__ == "__main__":
    main()
