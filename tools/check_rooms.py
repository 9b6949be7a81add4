#!/usr/bin/env python3
"""Compares every #include below src/ with src/rooms.txt, and the house's small rules with the code.

    tools/check_rooms.py [ROOT]      exit 0 when all hold, 1 with one line for each breach

A room may include its own headers, those of the rooms on its line, and the vendors on its line. Headers
named *_internal.h are for their own room. Outside base/ nobody sleeps, waits or starts threads.
"""
import pathlib
import re
import sys

VENDORS = [
    (re.compile(r"^(arrow)/"), "arrow"),
    (re.compile(r"^(parquet)/"), "parquet"),
    (re.compile(r"^xxhash\.h$"), "xxhash"),
    (re.compile(r"^yaml-cpp/"), "yaml"),
    (re.compile(r"^(libpq-fe|libpq-events|pg_config.*)\.h$|^libpq/"), "libpq"),
    (re.compile(r"^(mysql|mariadb)([/_].*)?\.h$|^(mysql|mariadb)/"), "mysql"),
    (re.compile(r"^sqlite3\.h$"), "sqlite"),
    (re.compile(r"^nlohmann/"), "json"),
    (re.compile(r"^CLI/"), "cli11"),
    (re.compile(r"^(gtest|gmock)/"), "test"),
]
WAITING = re.compile(r"std::(this_thread|thread\b|jthread|condition_variable|async\b)|\b(usleep|nanosleep|sleep)\(")
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')


def read_rooms(path):
    rooms = {}
    for line in path.read_text().splitlines():
        if not line or line.startswith("#"):
            continue
        name, sees, vendors = (part.strip() for part in line.split(":"))
        rooms[name] = (set(sees.split()), set(vendors.split()))
    return rooms


def room_of(relative, rooms):
    """The longest room name that is a leading folder of the path."""
    parts = pathlib.PurePosixPath(relative).parts[:-1]
    for length in range(len(parts), 0, -1):
        name = "/".join(parts[:length])
        if name in rooms:
            return name
    return None


def check_include(room, relative, quote, target, rooms, is_test):
    sees, vendors = rooms[room]
    for pattern, vendor in VENDORS:
        if pattern.match(target):
            if vendor == "test":
                return None if is_test else f"{target}: test framework outside a test"
            if vendor not in vendors and not (is_test and vendor in {"parquet", "json"}):
                return f"{target}: {room} may not use {vendor}"
            if relative.endswith(".h") and vendor not in {"arrow"} and not relative.endswith("_internal.h"):
                return f"{target}: a vendor's header in a header"
            return None
    if quote == "<":
        return None
    other = room_of(target, rooms)
    if other is None:
        return f"{target}: in no room of rooms.txt"
    if other != room and other not in sees:
        return f"{target}: {room} may not see {other}"
    if other != room and target.endswith("_internal.h"):
        return f"{target}: private to {other}"
    return None


def check_file(path, root, rooms):
    relative = path.relative_to(root / "src").as_posix()
    room = room_of(relative, rooms)
    if room is None:
        yield f"src/{relative}:1: in no room of rooms.txt"
        return
    is_test = relative.endswith("_test.cc")
    for number, line in enumerate(path.read_text().splitlines(), 1):
        include = INCLUDE.match(line)
        if include:
            breach = check_include(room, relative, include[1], include[2], rooms, is_test)
            if breach:
                yield f"src/{relative}:{number}: {breach}"
        elif room != "base" and not is_test and WAITING.search(line.split("//")[0]):
            yield f"src/{relative}:{number}: waiting and threads go through World (base/world.h)"


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parent.parent)
    rooms = read_rooms(root / "src" / "rooms.txt")
    breaches = []
    for path in sorted((root / "src").rglob("*")):
        if path.suffix in {".cc", ".h"}:
            breaches += check_file(path, root, rooms)
    for breach in breaches:
        print(breach)
    if breaches:
        print(f"check_rooms: {len(breaches)} breaches of src/rooms.txt")
    return 1 if breaches else 0


if __name__ == "__main__":
    sys.exit(main())
