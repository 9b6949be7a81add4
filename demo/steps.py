"""What both halves of the demo share: steps with their seconds, rivet called where people can see it, and the table
that says whether readers agree with the server."""

import glob
import json
import os
import re
import subprocess
import time

import duckdb
import pyarrow.parquet

META_PREFIX = "_rivet_"


class Steps:
    """Prints what is done and how long it took."""

    def __init__(self):
        self.taken = []

    def __call__(self, title, work):
        print(f"\n== {title}", flush=True)
        begun = time.monotonic()
        result = work()
        self.taken.append((title, time.monotonic() - begun))
        print(f"   {self.taken[-1][1]:.1f} s", flush=True)
        return result

    def summary(self):
        for title, seconds in self.taken:
            print(f"   {title:<78}{seconds:>6.1f} s")
        print(f"   {'together':<78}{sum(seconds for _, seconds in self.taken):>6.1f} s")


class Rivet:
    """The program in one folder, with the source's URL in one variable. Its output goes straight to the reader."""

    def __init__(self, binary, folder, variable, url):
        self.binary, self.folder = binary, folder
        self.env = dict(os.environ, **{variable: url})

    def __call__(self, *args):
        print("   $ rivet " + " ".join(args), flush=True)
        done = subprocess.run([self.binary, *args], cwd=self.folder, env=self.env, check=False)
        if done.returncode != 0:
            raise SystemExit(f"rivet {args[0]} ended with {done.returncode}")


def plain(name):
    return re.sub(r"[^a-z0-9]", "", name.lower())


def landed(folder):
    """Folder and manifest of every export, by the plain form of its name."""
    found = {}
    for path in glob.glob(os.path.join(folder, "**", "manifest.json"), recursive=True):
        with open(path, encoding="utf-8") as file:
            manifest = json.load(file)
        found[plain(os.path.basename(os.path.dirname(path)))] = (os.path.dirname(path), manifest)
    return found


def files_of(place, manifest):
    return [os.path.join(place, part["path"]) for part in manifest["parts"] if part["status"] == "committed"]


def report(rows_by_relation, folder, compare):
    """Prints files, rows and readers' agreement; True when all agree. compare(relation, files) gives the rows that only
    the server has and the rows that only the files have."""
    places, agree = landed(folder), True
    print(f"   {'table':<18}{'files':>6}{'MB':>8}{'server':>10}{'manifest':>10}{'pyarrow':>10}{'DuckDB':>10}  values")
    for relation, rows in rows_by_relation.items():
        if plain(relation) not in places:
            print(f"   {relation:<18} nothing landed")
            agree = False
            continue
        place, manifest = places[plain(relation)]
        files = files_of(place, manifest)
        by_arrow = sum(pyarrow.parquet.read_metadata(file).num_rows for file in files)
        by_duck = lost = extra = 0
        if files:
            by_duck = duckdb.execute("SELECT count(*) FROM read_parquet(?, hive_partitioning=false)", [files]).fetchone()[0]
            lost, extra = compare(relation, files)
        same = rows == manifest["row_count"] == by_arrow == by_duck and lost == extra == 0
        agree = agree and same
        verdict = "equal" if same else f"DIFFER: {lost} only at the server, {extra} only in the files"
        size = sum(os.path.getsize(file) for file in files) / 1e6
        print(f"   {relation:<18}{len(files):>6}{size:>8.1f}{rows:>10}{manifest['row_count']:>10}{by_arrow:>10}"
              f"{by_duck:>10}  {verdict}", flush=True)
    return agree
