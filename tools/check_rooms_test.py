#!/usr/bin/env python3
"""Plants breaches of src/rooms.txt in a copy of src/ and demands that check_rooms.py sees each of them.

    tools/check_rooms_test.py        exit 0 when every breach is seen and the tree itself has none
"""
import pathlib
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
CHECK = ROOT / "tools" / "check_rooms.py"
# (file that gets the line, line, words that must be in the report)
BREACHES = [
    ("src/plan/plan.h", '#include "state/ledger.h"', "plan may not see state"),
    ("src/format/parquet/parquet.cc", '#include "destination/destination.h"', "format/parquet may not see destination"),
    ("src/state/sqlite/sqlite.cc", "#include <libpq-fe.h>", "state/sqlite may not use libpq"),
    ("src/state/ledger.h", "#include <yaml-cpp/yaml.h>", "state may not use yaml"),
    ("src/command/run.cc", '#include "engine/books_internal.h"', "private to engine"),
    ("src/engine/workers.cc", "static void Nap() { std::this_thread::yield(); }", "go through World"),
]


def check(root):
    done = subprocess.run([sys.executable, str(CHECK), str(root)], stdout=subprocess.PIPE, text=True, check=False)
    return done.returncode, done.stdout


def main():
    wrong = []
    with tempfile.TemporaryDirectory() as scratch:
        copy = pathlib.Path(scratch)
        shutil.copytree(ROOT / "src", copy / "src")
        status, report = check(copy)
        if status != 0:
            wrong.append(f"the tree as it is: exit {status}\n{report}")
        for name, line, words in BREACHES:
            path = copy / name
            before = path.read_text()
            path.write_text(before + "\n" + line + "\n")
            status, report = check(copy)
            path.write_text(before)
            if status != 1 or words not in report:
                wrong.append(f"{line} in {name} was not seen: exit {status}\n{report}")
    for text in wrong:
        print(text)
    print(f"check_rooms_test: {len(BREACHES)} planted breaches, {len(wrong)} failures")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
